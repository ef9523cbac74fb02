package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
)

// MCA checks the stores that open returns against the promises of [mca.Store].
// Each is expected to be empty, and is used by one subtest.
func MCA(t *testing.T, open func(t *testing.T) mca.Store) {
	t.Helper()
	agreements.run(t, alone(open))
}

// MCAShared is [MCA] for a store of several processes: open returns two
// handles of one store, as two processes have them.
func MCAShared(t *testing.T, open func(t *testing.T) (one, other mca.Store)) {
	t.Helper()
	agreements.run(t, open)
}

var agreements = suite[mca.Store]{
	{"ACustomerWithoutARecordHasNone", noRecord,
		`Load returns an error that matches ErrNoRecord for a customer without a record, also if it is remembered as compliant.`},
	{"ARecordIsKeptAsItIs", recordKept,
		`Load returns every field as it was saved. Keep the text of Record.Encode and read it with DecodeRecord: encoding/json leaves links and signatories out.`},
	{"SaveRaisesTheRevision", recordRaised,
		`Save raises the stored revision and record.Revision by one.`},
	{"WhoIsBehindChangesNothing", recordBehind,
		`Save returns ErrBehind, and changes neither the store nor the record, unless record.Revision is the stored one, or zero where the customer has no record.`},
	{"OneOfManySavesWins", oneRecordWins,
		`Of those who save the same revision at the same time one gets through, the others get ErrBehind. Compare and write in one statement, or under one lock that all processes respect.`},
	{"WhatIsLoadedIsTheCallers", recordIsTheCallers,
		`What a caller changes in a record that it saved, loaded or got from a list changes nothing in the store. Keep text, or a deep copy.`},
	{"LargeRecordsAreTaken", largeRecord,
		`A text of a megabyte in a record is kept. Choose types and limits accordingly.`},
	{"ACancelledContextChangesNothing", cancelledRecord,
		`A call whose context has ended returns the context's error, as the last item in a list, and changes nothing. Pass the context on, or look at ctx.Err first.`},
	{"ErrorsHoldNoSecret", quietRecords,
		`No error holds a link, the id of an attestation, or who the signatory is. Wrap no error that quotes the text of a record.`},

	{"DueRecordsComeEarliestFirst", dueRecords,
		`Due yields the records with a DueAt that is not after now, by DueAt as moments, to the nanosecond, whatever their zone. A record without a date is never due.`},
	{"RecordsAreListedByState", recordsByState,
		`ByState yields the records in one of the states, all if none is named, by customer id. As with Due, the store can be used meanwhile, and a context that has ended is the last item's error.`},
	{"TheStoreCanBeUsedWhileDueYields", dueRecordsInUse,
		`The store can be used inside of a loop over Due, and a record that is saved meanwhile does not come again. Note first which records are due, and hold no lock and no connection while the caller works.`},

	{"CompliantCustomersAreRemembered", remembered,
		`Compliant returns those of the ids that Remember was called with, once or often, whether they have a record or not.`},
	{"ManyCustomersAreAskedForAtOnce", manyRemembered,
		`Compliant takes tens of thousands of ids. Databases limit the parameters of a statement: pass one array, or ask in parts.`},
}

const (
	secretLink  = "https://example.com/accept?secret=b7c1f7a2"
	secretID    = "attestation-3e9d0c51"
	secretEmail = "ada.9f31@example.com"
)

// fullRecord returns a record with every field filled.
func fullRecord() *mca.Record {
	issued := mca.Issued{
		RequestID: "5f2c6c14-4f0e-4f3b-9d0f-0f6f3f1f7a01",
		Details: mca.Details{
			Company: text, Country: "NL", Language: "nl-NL", ValidFor: time.Hour,
			Signatory: mca.Signatory{FirstName: text, LastName: "Lovelace", Email: secretEmail, Phone: "+31201234567"},
		},
		ID: secretID, Link: secretLink, Requested: day(0), Expires: day(1), State: mca.AttestationState("pending"),
		Accepted: day(2), Delivered: day(3), SeenExpired: true,
	}
	return &mca.Record{
		Version: 1, Customer: contoso, Attestations: []mca.Issued{issued, {RequestID: "the next", Requested: day(4)}},
		Agreement: &mca.AgreementWrite{
			RequestID: "f2a6", Attestation: issued.RequestID, TemplateID: "t1", Agreed: day(5), State: mca.Refused, SentAt: day(6),
			Repeated: true, Duplicate: true, Reason: text,
		},
		State: mca.Pending, Reason: text, LookedAt: day(7), DueAt: day(8), Created: day(0), Updated: day(9),
	}
}

// freshRecord returns a record of a customer that is due at a time.
func freshRecord(customer customers.TenantID, due time.Time) *mca.Record {
	return &mca.Record{Version: 1, Customer: customer, State: mca.Required, Created: day(0), DueAt: due}
}

// sameRecord compares two records. It shows neither.
func sameRecord(t *testing.T, what string, got, want *mca.Record) {
	t.Helper()
	g, err := got.Encode()
	must(t, "Encode", err)
	w, err := want.Encode()
	must(t, "Encode", err)
	if string(g) != string(w) {
		t.Errorf("%s is not what was saved", what)
	}
}

func loadRecord(t *testing.T, store mca.Store, customer customers.TenantID) *mca.Record {
	t.Helper()
	r, err := store.Load(t.Context(), customer)
	must(t, "Load", err)
	return r
}

func noRecord(t *testing.T, one, other mca.Store) {
	_, err := one.Load(t.Context(), contoso)
	want(t, "Load of an empty store", err, mca.ErrNoRecord)
	must(t, "Remember", one.Remember(t.Context(), contoso))
	must(t, "Save", one.Save(t.Context(), freshRecord(fabrikam, day(0))))
	_, err = other.Load(t.Context(), contoso)
	want(t, "Load of a customer who is compliant, but has no record", err, mca.ErrNoRecord)
}

func recordKept(t *testing.T, one, other mca.Store) {
	r := fullRecord()
	must(t, "Save", one.Save(t.Context(), r))
	sameRecord(t, "the record", loadRecord(t, other, contoso), r)
	bare := &mca.Record{Version: 1, Customer: contoso, Revision: r.Revision}
	must(t, "Save", other.Save(t.Context(), bare))
	sameRecord(t, "the record, after it lost its fields,", loadRecord(t, one, contoso), bare)
}

func recordRaised(t *testing.T, one, other mca.Store) {
	r := freshRecord(contoso, day(0))
	for i := range int64(5) {
		if r.Revision != i {
			t.Errorf("Revision is %d after %d saves", r.Revision, i)
		}
		must(t, "Save", handle(int(i), one, other).Save(t.Context(), r))
		if got := loadRecord(t, other, contoso).Revision; got != r.Revision {
			t.Errorf("Load returns revision %d, Save left %d in the record", got, r.Revision)
		}
	}
}

func recordBehind(t *testing.T, one, other mca.Store) {
	r := freshRecord(contoso, day(0))
	r.Revision = 1
	want(t, "Save of revision 1 where there is no record", one.Save(t.Context(), r), mca.ErrBehind)
	_, err := other.Load(t.Context(), contoso)
	want(t, "Load after a Save that was behind", err, mca.ErrNoRecord)
	r.Revision = 0
	must(t, "Save", one.Save(t.Context(), r))
	must(t, "Save", one.Save(t.Context(), r))
	for _, revision := range []int64{0, 1, 3, -1} {
		late := *r
		late.Revision, late.Reason = revision, "late"
		want(t, fmt.Sprintf("Save of revision %d where 2 is stored", revision), other.Save(t.Context(), &late), mca.ErrBehind)
		if late.Revision != revision {
			t.Errorf("a Save that was behind changed record.Revision from %d to %d", revision, late.Revision)
		}
		sameRecord(t, "the record after a Save that was behind", loadRecord(t, one, contoso), r)
	}
}

func oneRecordWins(t *testing.T, one, other mca.Store) {
	base := freshRecord(contoso, day(0))
	for round := range 5 { // the first one makes the record
		var won atomic.Int32
		var wg sync.WaitGroup
		for i := range rivals {
			wg.Go(func() {
				mine := *base
				switch err := handle(i, one, other).Save(t.Context(), &mine); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, mca.ErrBehind):
					t.Errorf("Save in competition: %v, want ErrBehind", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Fatalf("round %d: %d of %d saves of one revision went through, want 1", round, won.Load(), rivals)
		}
		base = loadRecord(t, one, contoso)
	}
}

func recordIsTheCallers(t *testing.T, one, other mca.Store) {
	r := fullRecord()
	must(t, "Save", one.Save(t.Context(), r))
	saved := fullRecord()
	saved.Revision = r.Revision
	spoil := func(r *mca.Record) { r.Attestations[0].Link, r.Agreement.State = "spoiled", mca.Seen }
	spoil(r)
	loaded := loadRecord(t, one, contoso)
	sameRecord(t, "the record, after the caller changed what it had saved,", loaded, saved)
	spoil(loaded)
	sameRecord(t, "the record, after the caller changed what it had loaded,", loadRecord(t, one, contoso), saved)
	for _, due := range list(t, "Due", one.Due(t.Context(), day(1000))) {
		spoil(due)
	}
	sameRecord(t, "the record, after the caller changed what Due had yielded,", loadRecord(t, other, contoso), saved)
}

func largeRecord(t *testing.T, one, other mca.Store) {
	r := freshRecord(contoso, day(0))
	r.Reason = large
	must(t, "Save", one.Save(t.Context(), r))
	sameRecord(t, "a large record", loadRecord(t, other, contoso), r)
}

func cancelledRecord(t *testing.T, one, other mca.Store) {
	r := freshRecord(contoso, day(0))
	must(t, "Save", one.Save(t.Context(), r))
	ctx := cancelled(t)
	_, err := one.Load(ctx, contoso)
	want(t, "Load with a cancelled context", err, context.Canceled)
	next := *r
	next.Reason = "changed"
	want(t, "Save with a cancelled context", one.Save(ctx, &next), context.Canceled)
	if next.Revision != r.Revision {
		t.Error("Save with a cancelled context changed record.Revision")
	}
	want(t, "Due with a cancelled context", failure(t, "Due", one.Due(ctx, day(1))), context.Canceled)
	want(t, "Remember with a cancelled context", one.Remember(ctx, fabrikam), context.Canceled)
	_, err = one.Compliant(ctx, []customers.TenantID{fabrikam})
	want(t, "Compliant with a cancelled context", err, context.Canceled)
	sameRecord(t, "the record after calls with a cancelled context", loadRecord(t, other, contoso), r)
	known, err := other.Compliant(t.Context(), []customers.TenantID{fabrikam})
	if err != nil || len(known) != 0 {
		t.Errorf("Compliant after a Remember with a cancelled context = %v, %v, want nobody", known, err)
	}
}

func quietRecords(t *testing.T, one, other mca.Store) {
	r := fullRecord()
	must(t, "Save", one.Save(t.Context(), r))
	late := fullRecord()
	behind := other.Save(t.Context(), late)
	want(t, "Save of revision 0 where 1 is stored", behind, mca.ErrBehind)
	ctx := cancelled(t)
	_, load := one.Load(ctx, contoso)
	for _, err := range []error{behind, one.Save(ctx, r), load, failure(t, "Due", one.Due(ctx, day(1000)))} {
		shown := fmt.Sprintf("%v %+v", err, err)
		for _, secret := range []string{secretLink, secretID, secretEmail, "Lovelace", "+31201234567"} {
			if strings.Contains(shown, secret) {
				t.Error("an error holds a link, an id or personal data of the record")
			}
		}
	}
}

func dueRecords(t *testing.T, one, other mca.Store) {
	last := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	dates := []time.Time{day(4), {}, day(2), last, day(0), day(3).Add(2).In(time.FixedZone("", -11*3600)), day(1), day(3).Add(1), time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC)}
	for i, at := range dates {
		must(t, "Save", handle(i, one, other).Save(t.Context(), freshRecord(customer(i), at)))
	}
	for _, tt := range []struct {
		name string
		now  time.Time
		want []customers.TenantID
	}{
		{"before all dates", day(-1), nil},
		{"a nanosecond too early", day(2).Add(-1), []customers.TenantID{customer(4), customer(6)}},
		{"at that moment", day(2), []customers.TenantID{customer(4), customer(6), customer(2)}},
		{"elsewhere on earth", day(2).In(time.FixedZone("", 9*3600)), []customers.TenantID{customer(4), customer(6), customer(2)}},
		{"after all dates", last, []customers.TenantID{
			customer(4), customer(6), customer(2), customer(7), customer(5), customer(0), customer(8), customer(3),
		}},
	} {
		due := other.Due(t.Context(), tt.now)
		for range 2 { // a sequence can be ranged twice
			var got []customers.TenantID
			for _, r := range list(t, "Due", due) {
				got = append(got, r.Customer)
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("Due %s yields %v, want %v: the earliest first, and none without a date", tt.name, got, tt.want)
			}
		}
	}
	r := loadRecord(t, other, customer(0))
	r.DueAt = time.Time{}
	must(t, "Save", other.Save(t.Context(), r))
	for _, due := range list(t, "Due", one.Due(t.Context(), last)) {
		if due.Customer == r.Customer {
			t.Error("Due yields a record that was saved without a date")
		}
	}
}

func dueRecordsInUse(t *testing.T, one, other mca.Store) {
	const n = 150
	for i := range n {
		must(t, "Save", one.Save(t.Context(), freshRecord(customer(i), day(0).Add(time.Duration(i)*time.Minute))))
	}
	ctx, cancel := hurry(t)
	defer cancel()
	seen := map[customers.TenantID]bool{}
	for r, err := range one.Due(ctx, day(10)) {
		must(t, "Due", err)
		if seen[r.Customer] {
			t.Fatal("Due yields a record again that was saved meanwhile")
		}
		seen[r.Customer] = true
		r.DueAt = day(5) // which is still due
		must(t, "Save inside a loop over Due", one.Save(ctx, r))
	}
	if len(seen) != n {
		t.Errorf("Due yields %d records, want %d", len(seen), n)
	}
	for range 50 {
		for _, err := range one.Due(ctx, day(10)) {
			must(t, "Due", err)
			break
		}
	}
	must(t, "Save after loops that were left", other.Save(ctx, freshRecord(contoso, day(0))))
}

func remembered(t *testing.T, one, other mca.Store) {
	known := func(ids ...customers.TenantID) string {
		t.Helper()
		got, err := other.Compliant(t.Context(), ids)
		must(t, "Compliant", err)
		return fmt.Sprint(len(got), got)
	}
	if got := known(contoso); got != "0 []" {
		t.Errorf("Compliant of an empty store = %s, want nobody", got)
	}
	var wg sync.WaitGroup
	for i := range rivals { // once is as good as often
		wg.Go(func() {
			if err := handle(i, one, other).Remember(t.Context(), contoso); err != nil {
				t.Errorf("Remember: %v", err)
			}
		})
	}
	wg.Wait()
	must(t, "Save", one.Save(t.Context(), freshRecord(fabrikam, day(0))))
	for _, tt := range []struct {
		ids  []customers.TenantID
		want string
	}{
		{[]customers.TenantID{contoso}, fmt.Sprint(1, []customers.TenantID{contoso})},
		{[]customers.TenantID{fabrikam, contoso, customer(1)}, fmt.Sprint(1, []customers.TenantID{contoso})},
		{[]customers.TenantID{fabrikam}, "0 []"},
		{nil, "0 []"},
	} {
		if got := known(tt.ids...); got != tt.want {
			t.Errorf("Compliant(%v) = %s, want %s", tt.ids, got, tt.want)
		}
	}
}

func manyRemembered(t *testing.T, one, other mca.Store) {
	ids := make([]customers.TenantID, 40_000)
	for i := range ids {
		ids[i] = customer(i)
	}
	want := map[customers.TenantID]bool{}
	for i := 0; i < len(ids); i += 1000 {
		must(t, "Remember", one.Remember(t.Context(), ids[i]))
		want[ids[i]] = true
	}
	got, err := other.Compliant(t.Context(), ids)
	must(t, "Compliant", err)
	for _, id := range got {
		if !want[id] {
			t.Errorf("Compliant returns %s, who was not remembered, or returns it twice", id)
		}
		delete(want, id)
	}
	if len(want) > 0 {
		t.Errorf("Compliant leaves out %d of those who were remembered", len(want))
	}
}
