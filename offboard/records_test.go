package offboard_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// recording puts a workflow with a recorder on an emulator.
func recording(t *testing.T, fake *partnercentertest.Server) *bench {
	t.Helper()
	b := newBench(t, fake)
	b.restart(nil, offboard.WithRecorder(b.recorder()))
	return b
}

// recorder returns the real one, with app-only credentials.
func (b *bench) recorder() offboard.Recorder {
	b.t.Helper()
	creds := b.creds
	creds.AppUser, creds.Graph = nil, nil
	client, err := partnercenter.New(creds, partnercenter.WithTransport(b.fake))
	if err != nil {
		b.t.Fatal(err)
	}
	return offboard.NewRecorder(client)
}

// start begins a run of Contoso and sends nothing.
func (b *bench) start() {
	b.t.Helper()
	if _, err := b.workflow.Start(b.t.Context(), contoso, offboard.Actor{Name: "operator"}, offboard.Policy{}); err != nil {
		b.t.Fatal(err)
	}
}

// add calls AddRecords and checks how many were new.
func (b *bench) add(want int) {
	b.t.Helper()
	if added, err := b.workflow.AddRecords(b.t.Context(), contoso); err != nil || added != want {
		b.t.Errorf("AddRecords = %d, %v, want %d", added, err, want)
	}
}

// recorded returns what Microsoft recorded by Contoso's trail, after a check
// that the trail is whole, in the order of time, and names nobody.
func (b *bench) recorded() []offboard.Entry {
	b.t.Helper()
	run, err := b.store.Load(b.t.Context(), contoso)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := offboard.VerifyAudit(b.store.Audit(b.t.Context(), run.ID), run.Head); err != nil {
		b.t.Error(err)
	}
	var out []offboard.Entry
	var before time.Time
	for e := range b.store.Audit(b.t.Context(), run.ID) {
		if e.At.Before(before) {
			b.t.Errorf("entry %d is of %s, and the one before it of %s", e.Seq, e.At, before)
		}
		before = e.At
		if text, _ := json.Marshal(e); bytes.Contains(text, []byte("@")) {
			b.t.Errorf("entry %d names a person: %s", e.Seq, text)
		}
		if e.Outcome == offboard.RecordedByMicrosoft {
			if e.Actor != "" || e.Phase == "" || e.Customer != contoso {
				b.t.Errorf("entry %d = %+v, want a phase, the customer, and no actor", e.Seq, e)
			}
			out = append(out, e)
		}
	}
	return out
}

func TestWhatMicrosoftRecordedIsAddedToTheTrail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(
			partnercentertest.License(subA), partnercentertest.Legacy(subB), partnercentertest.SoftwareSubscription(subC), partnercentertest.GDAPRelationship("gdap-1"),
		))
		fake.PageSize, fake.Sandbox = 2, true
		order := fake.State(string(contoso)).Orders[0].ID
		b := recording(t, fake)
		b.want(b.run(offboard.Options{Actor: offboard.Actor{Name: "operator"}, Policy: offboard.Policy{GDAP: true, Sandbox: true}}), offboard.Done, offboard.PhaseDone)

		type line struct{ step, subject, what string }
		var got []line
		for _, e := range b.recorded() {
			_, what, _ := strings.Cut(e.Detail, "Microsoft recorded ")
			what, when, _ := strings.Cut(what, " at ")
			at, how, _ := strings.Cut(when, ": ")
			if when, err := time.Parse(time.RFC3339, at); err != nil || when.After(e.At) || !strings.HasPrefix(how, "succeeded (correlation ") {
				t.Errorf("detail = %q (%v), want when it was done, the status and the correlation id", e.Detail, err)
			}
			got = append(got, line{string(e.Step), e.Subject, what})
		}
		want := []line{
			{"cancel_subscription", subA, "update_subscription"},
			{"suspend_subscription", subB, "update_subscription"},
			{"cancel_order", order, "update_order"},
			{"terminate_gdap", "gdap-1", "granular_admin_relationship_termination_requested"},
			{"terminate_gdap", "gdap-1", "granular_admin_relationship_terminated"},
			{"remove_relationship", string(contoso), "remove_partner_customer_relationship"},
			{"delete_customer", string(contoso), "delete_customer"},
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(line{})); diff != "" {
			t.Errorf("recorded (-want +got):\n%s", diff)
		}
		before, _ := b.store.Load(t.Context(), contoso)
		b.add(0)
		if after, _ := b.store.Load(t.Context(), contoso); after.Revision != before.Revision {
			t.Error("a call that finds nothing new saves the run")
		}
	})
}

func TestLateRecordsAreAddedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA), partnercentertest.License(subB)))
		fake.Delays = partnercentertest.Delays{Audit: time.Hour, Relationship: 10 * minute}
		b := recording(t, fake)
		report := b.run(offboard.Options{})
		b.want(report, offboard.Done, offboard.PhaseDone)
		if len(b.recorded()) != 0 || len(report.Notes) != 0 {
			t.Errorf("%d records at once, notes %q; want none", len(b.recorded()), report.Notes)
		}
		time.Sleep(51 * minute) // the subscriptions' show, the removal's may not
		b.add(3)
		time.Sleep(time.Hour)
		b.add(0)
		if n := len(b.recorded()); n != 3 {
			t.Errorf("%d records in the trail, want 3", n)
		}
	})
}

func TestOnlyRecordsOfTheRunAndItsCustomerAreAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := recording(t, partnercentertest.New(customer()))
		time.Sleep(time.Hour + 300*time.Millisecond)
		b.start()
		now := time.Now()
		record := func(id, customer string, at time.Time) partnercentertest.AuditRecord {
			return partnercentertest.AuditRecord{ID: id, CustomerID: customer, Date: at, UserName: partnercentertest.UserName, Operation: "update_subscription"}
		}
		b.fake.Record(
			record("later", string(contoso), now.Add(time.Minute)),
			record("before", string(contoso), now.Add(-6*minute)),
			record("by-a-clock-behind-ours", string(contoso), now.Add(-4*minute)),
			record("of-another", "b44bb1fb-c595-45b0-9e09-d657365580bf", now),
			record("at-once", strings.ToUpper(string(contoso)), now.Truncate(time.Second)), // a date without fractions
		)
		b.add(3)
		var got []string
		for _, e := range b.recorded() {
			got = append(got, e.RecordID)
		}
		if diff := cmp.Diff([]string{"by-a-clock-behind-ours", "at-once", "later"}, got); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
	})
}

func TestARecordIsAddedOnceWhateverItsID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := recording(t, partnercentertest.New(customer()))
		b.start()
		now := time.Now()
		without := partnercentertest.AuditRecord{CustomerID: string(contoso), Date: now, Operation: "update_subscription", ResourceType: "subscription", NewValue: `{"id":"s","quantity":1}`}
		other := without
		other.NewValue = `{"id":"s","quantity":2}`
		odd := without
		odd.ID = "ada@partner.example"
		b.fake.Record(without, other, odd, without) // a list that changes while it is read may show one twice
		b.add(3)
		b.fake.Record(partnercentertest.AuditRecord{ID: "p", CustomerID: string(contoso), Status: "progress"})
		b.add(1)
		b.fake.Record(partnercentertest.AuditRecord{ID: "p", CustomerID: string(contoso), Status: "succeeded"}) // it has ended
		b.add(1)
		b.add(0)
		if n := len(b.recorded()); n != 5 {
			t.Errorf("%d records in the trail, want 5", n)
		}
	})
}

func TestOfAnOldRunTheLastNinetyDaysAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := recording(t, partnercentertest.New(customer()))
		time.Sleep(14 * time.Hour)
		b.start()
		b.fake.Record(partnercentertest.AuditRecord{ID: "first", CustomerID: string(contoso)})
		time.Sleep(89 * 24 * time.Hour)
		b.add(1)
		for _, e := range b.recorded() {
			if e.RecordID != "first" {
				t.Errorf("entry %q: %s, want only the record", e.RecordID, e.Detail)
			}
		}
		time.Sleep(11 * 24 * time.Hour)
		b.fake.Record(partnercentertest.AuditRecord{ID: "new", CustomerID: string(contoso)})
		b.fake.Record(partnercentertest.AuditRecord{ID: "oldest", CustomerID: string(contoso), Date: time.Now().AddDate(0, 0, -89)})
		b.add(2)
		b.add(0)
		var got []string
		for _, e := range b.recorded() {
			got = append(got, e.RecordID)
			if e.RecordID == "out-of-reach" && !strings.Contains(e.Detail, time.Now().UTC().AddDate(0, 0, -89).Format(time.DateOnly)) {
				t.Errorf("detail = %q, want the first day that was read", e.Detail)
			}
		}
		if diff := cmp.Diff([]string{"first", "out-of-reach", "oldest", "new"}, got); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		for _, r := range b.calls() {
			if r.Status != 200 {
				t.Errorf("%s?%s was answered %d", r.Path, r.RawQuery, r.Status)
			}
		}
	})
}

// savingStore lets a test come between the reading of a run and its save.
type savingStore struct {
	*offboard.MemoryStore
	save func(save func() error) error
}

func (s *savingStore) Save(ctx context.Context, run *offboard.Run, entries ...offboard.Entry) error {
	saved := func() error { return s.MemoryStore.Save(ctx, run, entries...) }
	if s.save == nil {
		return saved()
	}
	return s.save(saved)
}

// saving returns a workflow with a recorder over such a store.
func (b *bench) saving() *savingStore {
	b.t.Helper()
	store := &savingStore{MemoryStore: b.store}
	w, err := offboard.New(b.partner, store, offboard.WithRecorder(b.recorder()))
	if err != nil {
		b.t.Fatal(err)
	}
	b.workflow = w
	return store
}

// seeded returns a bench with a run and three records of it.
func seeded(t *testing.T) (*bench, *savingStore) {
	t.Helper()
	b := newBench(t, partnercentertest.New(customer()))
	store := b.saving()
	b.start()
	for i := range 3 {
		b.fake.Record(partnercentertest.AuditRecord{ID: fmt.Sprint(i), CustomerID: string(contoso)})
	}
	return b, store
}

func TestRecordsAreNeitherLostNorDoubledByACrash(t *testing.T) {
	for name, crash := range map[string]func(save func() error) error{
		"before the save": func(func() error) error { return errors.New("disk full") },
		"after the save":  func(save func() error) error { return errors.Join(save(), errors.New("connection lost")) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, store := seeded(t)
				store.save = crash
				if added, err := b.workflow.AddRecords(t.Context(), contoso); err == nil || added != 0 {
					t.Errorf("AddRecords = %d, %v, want an error", added, err)
				}
				store.save = nil
				b.add(3 - len(b.recorded()))
				if n := len(b.recorded()); n != 3 {
					t.Errorf("%d records in the trail, want 3", n)
				}
			})
		})
	}
}

func TestNothingIsAddedWhileSomebodyElseWorksOnTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := seeded(t)
		if _, err := b.store.Acquire(t.Context(), contoso, "a runner", time.Hour); err != nil {
			t.Fatal(err)
		}
		if added, err := b.workflow.AddRecords(t.Context(), contoso); !errors.Is(err, offboard.ErrLeased) || added != 0 || len(b.recorded()) != 0 {
			t.Errorf("AddRecords = %d, %v, with %d entries; want ErrLeased and none", added, err, len(b.recorded()))
		}
	})
}

func TestTwoWhoAddTheSameRecordsAddThemOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := seeded(t)
		b.fake.Inject(partnercentertest.Fault{Path: "/auditrecords", Delay: time.Second, Times: -1}) // so that both have loaded the run
		total := make(chan int, 2)
		for range 2 {
			go func() {
				added, err := b.workflow.AddRecords(t.Context(), contoso)
				if err != nil {
					t.Errorf("AddRecords: %v", err)
				}
				total <- added
			}()
		}
		time.Sleep(1500 * time.Millisecond) // the one has read, the other waits for the lease
		b.fake.Record(partnercentertest.AuditRecord{ID: "late", CustomerID: string(contoso)})
		if n := <-total + <-total; n != 4 || len(b.recorded()) != 4 {
			t.Errorf("%d records were added, %d are in the trail, want 4", n, len(b.recorded()))
		}
	})
}

func TestAddRecordsNeedsARecorderAndARun(t *testing.T) {
	b := newBench(t, partnercentertest.New(customer()))
	if _, err := b.workflow.AddRecords(t.Context(), contoso); !errors.Is(err, offboard.ErrNoRecorder) {
		t.Errorf("AddRecords without a recorder = %v, want ErrNoRecorder", err)
	}
	b.restart(nil, offboard.WithRecorder(b.recorder()))
	if _, err := b.workflow.AddRecords(t.Context(), contoso); !errors.Is(err, offboard.ErrNoRun) {
		t.Errorf("AddRecords without a run = %v, want ErrNoRun", err)
	}
	if _, err := b.workflow.AddRecords(t.Context(), "contoso.example"); !errors.Is(err, customers.ErrTenantID) {
		t.Errorf("AddRecords of no tenant id = %v, want ErrTenantID", err)
	}
	if n := len(b.calls()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
	if _, err := offboard.New(b.partner, b.store, offboard.WithRecorder(nil)); err == nil {
		t.Error("New with a recorder of nil gives a workflow")
	}
}

// half is a recorder that fails in the middle.
type half struct{}

func (half) Records(context.Context, customers.TenantID, time.Time) iter.Seq2[offboard.Record, error] {
	return func(yield func(offboard.Record, error) bool) {
		_ = yield(offboard.Record{Operation: "fold"}, nil) && yield(offboard.Record{}, errors.New("out of paper"))
	}
}

func TestHalfAListOfRecordsAddsNothing(t *testing.T) {
	b := newBench(t, partnercentertest.New(customer()), offboard.WithRecorder(half{}))
	b.start()
	if added, err := b.workflow.AddRecords(t.Context(), contoso); added != 0 || err == nil || !strings.Contains(err.Error(), "out of paper") {
		t.Errorf("AddRecords = %d, %v, want that the paper is out", added, err)
	}
	if n := len(b.recorded()); n != 0 {
		t.Errorf("%d records in the trail, want none", n)
	}
}

// The run is what counts: whatever becomes of the records, it ends as done and
// at once.
func TestARunEndsAsDoneWithoutItsRecords(t *testing.T) {
	for name, fault := range map[string]partnercentertest.Fault{
		"not available": {Path: "/auditrecords", Times: -1, Status: 404},
		"unwell":        {Path: "/auditrecords", Times: -1, Status: 503},
		"throttled":     {Path: "/auditrecords", Times: -1, Status: 429, RetryAfter: "3600"},
		"silent":        {Path: "/auditrecords", Times: -1, Delay: time.Hour},
		"nonsense":      {Path: "/auditrecords", Times: -1, Status: 200, Body: `{"items":["` + partnercentertest.UserName + `"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := partnercentertest.New(customer(partnercentertest.License(subA)))
				b := newBench(t, fake)
				var logs bytes.Buffer
				b.restart(slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug})), offboard.WithRecorder(b.recorder()))
				fake.Inject(fault)
				began := time.Now()
				report := b.run(offboard.Options{})
				b.want(report, offboard.Done, offboard.PhaseDone)
				if took := time.Since(began); took > time.Minute {
					t.Errorf("the run took %s, want seconds", took)
				}
				if len(report.Notes) != 1 || !strings.Contains(report.Notes[0], "AddRecords") || !strings.Contains(logs.String(), "audit records not added") {
					t.Errorf("notes = %q, want that the records are missing; log:\n%s", report.Notes, &logs)
				}
				if strings.Contains(logs.String(), partnercentertest.UserName) {
					t.Errorf("a person is named in the log:\n%s", &logs)
				}
				run, err := b.store.Load(t.Context(), contoso)
				if err != nil || !run.Finished() || len(run.Notes) != 1 {
					t.Fatalf("the run is %s with notes %q, %v; want done, and the note", run.Phase, run.Notes, err)
				}

				// Later, with the service in good health, even if it has nothing to tell.
				again := recording(t, partnercentertest.New(customer()))
				again.store = b.store
				again.restart(nil, offboard.WithRecorder(again.recorder()))
				again.add(0)
				if run, err := b.store.Load(t.Context(), contoso); err != nil || len(run.Notes) != 0 || run.State != offboard.Done {
					t.Errorf("the run is %s with notes %q, %v; want done without the note", run.State, run.Notes, err)
				}
			})
		})
	}
}

// deaf is a store that takes everything but what Microsoft recorded.
type deaf struct{ *offboard.MemoryStore }

func (s deaf) Save(ctx context.Context, run *offboard.Run, entries ...offboard.Entry) error {
	for _, e := range entries {
		if e.Outcome == offboard.RecordedByMicrosoft {
			return errors.New("disk full")
		}
	}
	return s.MemoryStore.Save(ctx, run, entries...)
}

func TestRecordsThatCannotBeSavedLeaveTheTrailWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA))))
		w, err := offboard.New(b.partner, deaf{b.store}, offboard.WithRecorder(b.recorder()))
		if err != nil {
			t.Fatal(err)
		}
		report, err := offboard.NewRunner(w, offboard.Options{}).Run(t.Context(), contoso)
		if err != nil || report.State != offboard.Done || len(report.Notes) != 1 {
			t.Errorf("Run = %+v, %v, want it done, with a note", report, err)
		}
		if n := len(b.recorded()); n != 0 { // it also checks the trail
			t.Errorf("%d records in the trail, want none", n)
		}
		b.restart(nil, offboard.WithRecorder(b.recorder()))
		b.add(2)
		b.recorded()
	})
}

func TestARecorderCostsOneRequestAtTheEnd(t *testing.T) {
	for _, tt := range []struct {
		item  func(string) partnercentertest.Item
		state offboard.State
		want  int
	}{
		{partnercentertest.License, offboard.Done, 1},
		{partnercentertest.LicenseClosed, offboard.Waiting, 0},
		{partnercentertest.SavingsPlan, offboard.Blocked, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := recording(t, partnercentertest.New(customer(tt.item(subA))))
			if report := b.run(offboard.Options{}); report.State != tt.state {
				t.Errorf("the run is %s, want %s", report.State, tt.state)
			}
			reads := 0
			for i, r := range b.calls() {
				if strings.HasSuffix(r.Path, "/auditrecords") {
					if reads++; i != len(b.calls())-1 {
						t.Errorf("request %d of %d reads the records, want the last", i+1, len(b.calls()))
					}
				}
			}
			if reads != tt.want {
				t.Errorf("%s: %d requests for records, want %d", tt.state, reads, tt.want)
			}
		})
	}
}

func TestWhatGivingUpDidIsAddedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := recording(t, partnercentertest.New(customer(partnercentertest.Legacy(subA), partnercentertest.LicenseClosed(subB))))
		b.want(b.run(offboard.Options{}), offboard.Waiting, offboard.Cancelling)
		report, err := offboard.NewRunner(b.workflow, offboard.Options{}).GiveUp(t.Context(), contoso)
		if err != nil {
			t.Fatal(err)
		}
		b.want(report, offboard.Done, offboard.Abandoned)
		var got []offboard.Step
		for _, e := range b.recorded() {
			got = append(got, e.Step)
		}
		// Between the two is the renewal of the other subscription, which is no step of its own.
		want := []offboard.Step{offboard.SuspendSubscription, offboard.EndAtTerm, "", offboard.ReactivateSubscription}
		if diff := cmp.Diff(want, got[:min(len(got), 4)]); diff != "" {
			t.Errorf("steps (-want +got):\n%s", diff)
		}
	})
}

// Whatever the service writes, the trail stays whole and holds plain words only.
func FuzzRecords(f *testing.F) {
	f.Add("1", "update_subscription", "subscription", "succeeded", "c", `{"id":"s","status":"active"}`, `{"Id":"s","Status":"deleted"}`)
	f.Add("", "", "", "", "", "", "")
	f.Add("ada@partner.example", "ada@partner.example", "order", "ada@partner.example", "ada@partner.example", `{"id":"ada@partner.example"}`, `{"id":{"@":5}}`)
	f.Add("#progress", "a\nb", "granular_admin_relationship", "progress", "\xff", `[]`, `{"id":"`)
	f.Fuzz(func(t *testing.T, id, operation, kind, status, correlation, before, after string) {
		b := newBench(t, partnercentertest.New(customer()))
		b.restart(nil, offboard.WithRecorder(b.recorder()))
		b.start()
		b.fake.Record(partnercentertest.AuditRecord{
			ID: id, CustomerID: string(contoso), Operation: operation, ResourceType: kind, Status: status, CorrelationID: correlation, OldValue: before, NewValue: after,
		})
		b.add(1)
		b.add(0)
		for _, e := range b.recorded() {
			text := e.Subject + e.Detail + e.RecordID
			if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' || r == '@' }) || len(text) > 600 {
				t.Errorf("entry %q, %q, %q", e.Subject, e.Detail, e.RecordID)
			}
		}
	})
}
