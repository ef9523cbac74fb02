package mca_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// bench is an emulator with a desk on it.
type bench struct {
	t       *testing.T
	fake    *partnercentertest.Server
	partner mca.Partner
	store   mca.Store
	desk    *mca.Desk
	logs    *bytes.Buffer
}

// atDesk runs a test in a bubble, in November 2026: agreements of the year in
// which bubbles begin would be too old to count.
func atDesk(t *testing.T, customer partnercentertest.Customer, test func(b *bench), opts ...mca.DeskOption) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)))
		customer.ID, customer.Company = string(fabrikam), "Fabrikam BV"
		test(newBench(t, partnercentertest.New(customer), opts...))
	})
}

func newBench(t *testing.T, fake *partnercentertest.Server, opts ...mca.DeskOption) *bench {
	t.Helper()
	registration := auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: fake},
	}
	creds, err := auth.NewCredentials(auth.UserConfig{App: registration, RefreshToken: partnercentertest.RefreshToken})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, fake: fake, store: new(mca.MemoryStore), logs: new(bytes.Buffer)}
	logger := slog.New(slog.NewTextHandler(b.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	client, err := partnercenter.New(creds, partnercenter.WithTransport(fake),
		partnercenter.WithRateBudget(partnercenter.PerMinute(0)), partnercenter.WithLogger(logger))
	if err != nil {
		t.Fatal(err)
	}
	if b.partner, err = mca.NewPartner(client); err != nil {
		t.Fatal(err)
	}
	b.desk = b.another(append(opts, mca.WithLogger(logger))...)
	return b
}

// another returns the desk of another process over the same store.
func (b *bench) another(opts ...mca.DeskOption) *mca.Desk {
	b.t.Helper()
	desk, err := mca.NewDesk(b.partner, b.store, opts...)
	if err != nil {
		b.t.Fatal(err)
	}
	return desk
}

// start attests and returns the newest attestation.
func (b *bench) start(a mca.Attestation) *mca.Issued {
	b.t.Helper()
	record, err := b.desk.Start(b.t.Context(), fabrikam, a)
	if err != nil {
		b.t.Fatalf("Start: %v", err)
	}
	return record.Newest()
}

// accept accepts, as the customer does on the page.
func (b *bench) accept(issued *mca.Issued) {
	b.t.Helper()
	if err := b.fake.Accept(issued.ID.Reveal()); err != nil {
		b.t.Fatal(err)
	}
}

// want fails unless the customer's status is state.
func (b *bench) want(state mca.State) mca.Status {
	b.t.Helper()
	status, err := b.desk.Refresh(b.t.Context(), fabrikam)
	if err != nil || status.State != state {
		b.t.Fatalf("Refresh = %+v, %v, want %s", status, err, state)
	}
	return status
}

// agreements returns how many agreements were created.
func (b *bench) agreements() int { return b.fake.Applied(string(fabrikam), "agreements") }

func (b *bench) finalize() {
	b.t.Helper()
	if status, err := b.desk.Finalize(b.t.Context(), fabrikam); err != nil || status.State != mca.Compliant {
		b.t.Fatalf("Finalize = %+v, %v, want compliant", status, err)
	}
}

func TestTheStepsOfAnAttestation(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		b.want(mca.Required)
		issued := b.start(complete())
		if issued.Link == "" || !strings.Contains(issued.Link.Reveal(), issued.ID.Reveal()) {
			t.Error("the link does not lead to the attestation")
		}
		if status := b.want(mca.Pending); !status.LinkExpires.Equal(issued.Expires) || time.Until(issued.Expires) != mca.LongestLife {
			t.Errorf("the link expires %s, in %s; want in 7 days", status.LinkExpires, time.Until(issued.Expires))
		}
		if _, err := b.desk.Finalize(t.Context(), fabrikam); !errors.Is(err, mca.ErrNotAccepted) || errors.Is(err, mca.ErrLinkExpired) {
			t.Errorf("Finalize = %v, want ErrNotAccepted", err)
		}
		time.Sleep(time.Hour)
		accepted := time.Now()
		b.accept(issued)
		time.Sleep(time.Hour)
		b.want(mca.ReadyToCreateAgreement)
		b.finalize()
		b.want(mca.Compliant)
		b.finalize() // once more changes nothing
		if n := b.agreements(); n != 1 {
			t.Errorf("%d agreements were created, want 1", n)
		}
		got := b.fake.State(string(fabrikam)).Agreements
		if len(got) != 1 || !got[0].DateAgreed.Equal(accepted.Truncate(time.Second)) || got[0].Contact.FirstName != ada.FirstName {
			t.Errorf("agreements = %+v, want one of the moment of acceptance %s, signed by the signatory", got, accepted)
		}
	})
}

func TestAnExpiredLinkIsRenewedWithTheSameSignatory(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		first := b.start(complete().ValidFor(time.Hour))
		b.want(mca.Pending)
		time.Sleep(time.Hour + time.Second)
		b.want(mca.LinkExpired) // on the clock alone
		if _, err := b.desk.Finalize(t.Context(), fabrikam); !errors.Is(err, mca.ErrLinkExpired) {
			t.Errorf("Finalize = %v, want ErrLinkExpired", err)
		}
		record, err := b.desk.Renew(t.Context(), fabrikam)
		if err != nil {
			t.Fatal(err)
		}
		second := record.Newest()
		if len(record.Attestations) != 2 || record.Attestations[0].ID != first.ID || second.ID == first.ID {
			t.Errorf("%d attestations are recorded; want the old one in the history, and a new one", len(record.Attestations))
		}
		if second.Details != first.Details {
			t.Error("the new attestation has other details")
		}
		b.want(mca.Pending)
		b.accept(second)
		b.finalize()
	})
}

func TestALinkThatWasAcceptedAtTheLastMomentCounts(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		issued := b.start(complete().ValidFor(time.Hour))
		time.Sleep(time.Hour - time.Second)
		b.accept(issued)
		time.Sleep(48 * time.Hour) // nobody looked
		b.want(mca.ReadyToCreateAgreement)
		b.finalize()
	})
}

func TestNothingIsSentForAnAttestationThatBreaksARule(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		_, err := b.desk.Start(t.Context(), fabrikam, mca.NewAttestation("X").Country("Nederland").Signatory("Ada", "", "ada@microsoft.com", "020"))
		if !errors.Is(err, mca.ErrInvalid) || strings.Count(err.Error(), "\n") < 4 {
			t.Errorf("Start = %v, want every problem at once", err)
		}
		if _, err := b.desk.Start(t.Context(), "fabrikam", complete()); !errors.Is(err, customers.ErrTenantID) {
			t.Errorf("Start = %v, want ErrTenantID", err)
		}
		if n := len(b.fake.Requests()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
		if _, err := b.desk.Record(t.Context(), fabrikam); !errors.Is(err, mca.ErrNoRecord) {
			t.Errorf("Record = %v, want ErrNoRecord", err)
		}
		if _, err := b.desk.Renew(t.Context(), fabrikam); !errors.Is(err, mca.ErrNoRecord) {
			t.Errorf("Renew = %v, want ErrNoRecord", err)
		}
	})
}

func TestARefusedAttestationLeavesNoTrace(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		b.fake.Inject(partnercentertest.Fault{Method: http.MethodPost, Path: "/attestations", Status: 403, Code: "900308", Description: "no role"})
		if _, err := b.desk.Start(t.Context(), fabrikam, complete()); !errors.Is(err, partnercenter.ErrForbidden) {
			t.Errorf("Start = %v, want ErrForbidden", err)
		}
		if record, err := b.desk.Record(t.Context(), fabrikam); err != nil || len(record.Attestations) != 0 {
			t.Errorf("Record = %v, %v, want no attestation", record, err)
		}
		b.want(mca.Required)
	})
}

func TestALostAnswerIsFollowedByANewAttestation(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		b.fake.Inject(partnercentertest.Fault{Method: http.MethodPost, Path: "/attestations", Times: -1, Cut: true})
		if _, err := b.desk.Start(t.Context(), fabrikam, complete()); !partnercenter.OutcomeUnknown(err) {
			t.Errorf("Start = %v, want an unknown outcome", err)
		}
		b.want(mca.Required) // nobody knows its id
		fresh := newBench(t, partnercentertest.New(partnercentertest.Customer{ID: string(fabrikam)}))
		fresh.store, b.store = b.store, nil
		fresh.desk = fresh.another()
		record, err := fresh.desk.Renew(t.Context(), fabrikam) // the details are kept
		if err != nil || record.Newest() == nil {
			t.Errorf("Renew = %v, %v", record, err)
		}
	})
}

func TestADuplicateIsDoneOnlyIfTheCustomerIsCompliant(t *testing.T) {
	contact := partnercentertest.Contact{FirstName: ada.FirstName, LastName: ada.LastName, Email: ada.Email, Phone: ada.Phone}
	old := partnercentertest.Agreement{Type: partnercentertest.CustomerAgreement, Contact: contact, DateAgreed: time.Date(2021, 5, 1, 0, 0, 0, 0, time.UTC)}
	atDesk(t, partnercentertest.Customer{Agreements: []partnercentertest.Agreement{old}}, func(b *bench) {
		t := b.t
		b.want(mca.Required) // from before the cut-off
		b.accept(b.start(complete()))
		for range 2 {
			_, err := b.desk.Finalize(t.Context(), fabrikam)
			if !errors.Is(err, mca.ErrAnotherSignatory) || !strings.Contains(err.Error(), "another signatory") || !strings.Contains(err.Error(), "(request ") {
				t.Errorf("Finalize = %v, want ErrAnotherSignatory with what to do and the request id", err)
			}
		}
		before := len(b.fake.Requests())
		if _, err := b.desk.Advance(t.Context(), fabrikam); !errors.Is(err, mca.ErrAnotherSignatory) {
			t.Errorf("Advance = %v, want ErrAnotherSignatory", err)
		}
		for _, r := range b.fake.Requests()[before:] {
			if r.Method == http.MethodPost {
				t.Error("Advance sent again what was refused")
			}
		}
		b.accept(b.start(complete().Signatory("Bram", "de Wit", "bram.dewit@fabrikam.example", "+31201234568")))
		b.finalize()
		if n := b.agreements(); n != 1 {
			t.Errorf("%d agreements were created, want 1", n)
		}
	})
	// With a valid agreement there is nothing left to do.
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		b.fake.Inject(partnercentertest.Fault{Method: http.MethodPost, Path: "/attestations", Status: 409, Code: "600061"})
		b.fake.Edit(string(fabrikam), func(c *partnercentertest.Customer) { c.DirectlySigned = true })
		record, err := b.desk.Start(t.Context(), fabrikam, complete())
		if err != nil || record.State != mca.Compliant {
			t.Errorf("Start = %v, %v, want compliant", record, err)
		}
	})
}

func TestTwoProcessesFinaliseAtOnce(t *testing.T) {
	for _, delay := range []time.Duration{0, time.Minute} { // until the list shows the agreement
		atDesk(t, partnercentertest.Customer{}, func(b *bench) {
			t := b.t
			b.fake.Delays.Agreement = delay
			b.accept(b.start(complete()))
			results := make(chan error, 5)
			for range cap(results) {
				desk := b.another()
				go func() {
					status, err := desk.Finalize(t.Context(), fabrikam)
					if err == nil && status.State != mca.Compliant {
						err = fmt.Errorf("the customer is %s", status.State)
					}
					results <- err
				}()
			}
			for range cap(results) {
				if err := <-results; err != nil {
					t.Errorf("Finalize: %v", err)
				}
			}
			if n := b.agreements(); n != 1 {
				t.Errorf("%d agreements were created, want 1", n)
			}
		})
	}
}

func TestACrashBetweenSendingAndRecordingCreatesOneAgreement(t *testing.T) {
	for name, fault := range map[string]partnercentertest.Fault{
		"before it took effect": {Method: http.MethodPost, Path: "/agreements", Drop: true},
		"after it took effect":  {Method: http.MethodPost, Path: "/agreements", Cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			atDesk(t, partnercentertest.Customer{}, func(b *bench) {
				t := b.t
				b.fake.Delays.Agreement = time.Minute
				b.accept(b.start(complete()))
				ctx, kill := context.WithTimeout(t.Context(), 100*time.Millisecond) // the process dies while it waits for an answer
				defer kill()
				b.fake.Inject(fault)
				if _, err := b.desk.Finalize(ctx, fabrikam); err == nil {
					t.Fatal("Finalize of the killed process succeeded")
				}
				first := b.posted()
				next := b.another()
				if status, err := next.Finalize(t.Context(), fabrikam); err != nil || status.State != mca.Compliant {
					t.Fatalf("Finalize of the next process = %+v, %v, want compliant", status, err)
				}
				for _, id := range b.posted() {
					if id != first[0] {
						t.Error("the next process used another request id for the same write")
					}
				}
				if n := b.agreements(); n != 1 {
					t.Errorf("%d agreements were created, want 1", n)
				}
			})
		})
	}
}

// posted returns the request ids under which agreements were sent.
func (b *bench) posted() (ids []string) {
	for _, r := range b.fake.Requests() {
		if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/agreements") {
			ids = append(ids, r.RequestID)
		}
	}
	return ids
}

func TestAnAgreementThatDoesNotShowIsCreatedOnceMoreAndThenReported(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		b.fake.Delays.Agreement = 24 * time.Hour
		b.accept(b.start(complete()))
		status, err := b.desk.Finalize(t.Context(), fabrikam)
		if err != nil || status.State != mca.ReadyToCreateAgreement || !strings.Contains(status.Reason, "does not show it yet") {
			t.Fatalf("Finalize = %+v, %v, want that it was created and does not show", status, err)
		}
		if _, err := b.desk.Finalize(t.Context(), fabrikam); err != nil || len(b.posted()) != 1 {
			t.Errorf("Finalize = %v after %d requests, want none more", err, len(b.posted()))
		}
		time.Sleep(time.Hour)
		_, err = b.desk.Advance(t.Context(), fabrikam)
		if ids := b.posted(); len(ids) != 2 || ids[0] == ids[1] {
			t.Errorf("sent under %d ids after the settle time (%v), want a second one", len(ids), err)
		}
		time.Sleep(24 * time.Hour)
		b.want(mca.Compliant)
	})
}

func TestARefusedAttestationIsReportedWithMicrosoftsReason(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		b.accept(b.start(complete()))
		b.fake.Inject(partnercentertest.Fault{Method: http.MethodPost, Path: "/agreements", Status: 400, Code: "600999", Description: "the attestation is stale"})
		for _, call := range []func(context.Context, customers.TenantID) (mca.Status, error){b.desk.Finalize, b.desk.Advance} {
			if _, err := call(t.Context(), fabrikam); !errors.Is(err, mca.ErrAttestationUnusable) || !strings.Contains(err.Error(), "600999") {
				t.Errorf("error = %v, want ErrAttestationUnusable with the code", err)
			}
		}
		b.finalize() // a person asks again
	})
}

func TestWhatWasAcceptedIsNotFinalisedWithoutCredentials(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		b.accept(b.start(complete()))
		b.fake.Inject(partnercentertest.Fault{Method: http.MethodPost, Path: "/agreements", Status: 403, Code: "900308", Description: "no role"})
		if _, err := b.desk.Finalize(t.Context(), fabrikam); !errors.Is(err, partnercenter.ErrForbidden) {
			t.Errorf("Finalize = %v, want ErrForbidden", err)
		}
		b.finalize()
	})
}

// outbox is a Sender that can fail.
type outbox struct {
	fail error
	sent []mca.Delivery
}

func (o *outbox) Send(_ context.Context, d mca.Delivery) error {
	o.sent = append(o.sent, d)
	return o.fail
}

func TestTheSenderIsToldAtLeastOnceAndCanTellARepetition(t *testing.T) {
	box := &outbox{fail: errors.New("mail server down")}
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		if _, err := b.desk.Start(t.Context(), fabrikam, complete()); !errors.Is(err, mca.ErrNotDelivered) || !errors.Is(err, box.fail) {
			t.Errorf("Start = %v, want ErrNotDelivered", err)
		}
		b.want(mca.Pending) // the attestation is there all the same
		if due := b.due(); len(due) != 1 {
			t.Errorf("%d records are due, want the one that was not delivered", len(due))
		}
		box.fail = nil
		for range 3 {
			if _, err := b.desk.Advance(t.Context(), fabrikam); err != nil {
				t.Errorf("Advance = %v", err)
			}
		}
		if len(box.sent) != 2 || box.sent[0].ID != box.sent[1].ID || box.sent[0].ID == "" || box.sent[1].Link == "" ||
			box.sent[1].Customer != fabrikam || box.sent[1].Details.Signatory != ada {
			t.Errorf("%d deliveries %+v, want two of the same id", len(box.sent), box.sent)
		}
		if _, err := b.desk.Renew(t.Context(), fabrikam); err != nil || len(box.sent) != 3 || box.sent[2].ID == box.sent[0].ID {
			t.Errorf("Renew = %v with %d deliveries, want a third of another id", err, len(box.sent))
		}
	}, mca.WithSender(box))
}

func (b *bench) due() (due []*mca.Record) {
	b.t.Helper()
	for record, err := range b.desk.Due(b.t.Context(), time.Now()) {
		if err != nil {
			b.t.Fatal(err)
		}
		due = append(due, record)
	}
	return due
}

func TestDueNamesLinksThatExpireSoonAndAcceptancesWithoutAgreement(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		issued := b.start(complete())
		if n := len(b.due()); n != 0 {
			t.Errorf("%d records are due on the first day", n)
		}
		time.Sleep(6*24*time.Hour + time.Second) // a day before the end
		if due := b.due(); len(due) != 1 || due[0].State != mca.Pending {
			t.Errorf("due a day before the end: %v", due)
		}
		b.accept(issued)
		b.want(mca.ReadyToCreateAgreement)
		if due := b.due(); len(due) != 1 || due[0].State != mca.ReadyToCreateAgreement {
			t.Errorf("due after the acceptance: %v", due)
		}
		b.finalize()
		if n := len(b.due()); n != 0 {
			t.Errorf("%d records are due when all is done", n)
		}
	})
}

func TestWatchWaitsForTheAcceptanceAndFinalises(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		issued := b.start(complete())
		go func() {
			time.Sleep(30 * time.Hour)
			b.fake.Inject(partnercentertest.Fault{Path: "/v1/", Times: 8, Status: 503}) // and the service is unwell
			b.accept(issued)
		}()
		status, err := b.desk.Watch(t.Context(), fabrikam, mca.WatchOptions{})
		if err != nil || status.State != mca.Compliant {
			t.Errorf("Watch = %+v, %v, want compliant", status, err)
		}
		if n := b.agreements(); n != 1 {
			t.Errorf("%d agreements were created", n)
		}
		if n := len(b.fake.Requests()); n > 3*30*60/5+200 {
			t.Errorf("%d requests in 30 hours: the polls do not grow apart", n)
		}
	})
}

func TestWatchEnds(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		b.start(complete().ValidFor(2 * time.Hour))
		start := time.Now()
		status, err := b.desk.Watch(t.Context(), fabrikam, mca.WatchOptions{Wait: time.Hour})
		if err != nil || status.State != mca.Pending || time.Since(start) > time.Hour {
			t.Errorf("Watch = %+v, %v after %s, want pending within the hour", status, err, time.Since(start))
		}
		if _, err := b.desk.Watch(t.Context(), fabrikam, mca.WatchOptions{}); !errors.Is(err, mca.ErrLinkExpired) {
			t.Errorf("Watch = %v, want ErrLinkExpired", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := b.desk.Watch(ctx, fabrikam, mca.WatchOptions{}); !errors.Is(err, context.Canceled) {
			t.Errorf("Watch = %v, want the context's error", err)
		}
		if _, err := b.desk.Watch(t.Context(), fabrikam, mca.WatchOptions{Poll: -1}); err == nil {
			t.Error("Watch with a negative poll gave no error")
		}
	})
}

func TestRequireLetsOnlyCompliantCustomersThrough(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		err := b.desk.Require(t.Context(), fabrikam)
		required, ok := errors.AsType[*mca.AgreementRequiredError](err)
		if !errors.Is(err, mca.ErrAgreementRequired) || !ok || required.Status.State != mca.Required || !strings.Contains(err.Error(), "Start an attestation") {
			t.Errorf("Require = %v, want ErrAgreementRequired with the way forward", err)
		}
		b.fake.Inject(partnercentertest.Fault{Path: "/agreements", Status: 403, Code: "900308"})
		if err := b.desk.Require(t.Context(), fabrikam); err == nil || errors.Is(err, mca.ErrAgreementRequired) || !errors.Is(err, partnercenter.ErrForbidden) {
			t.Errorf("Require = %v after a failed read; want that error, and not that an agreement is required", err)
		}
		b.accept(b.start(complete()))
		if err := b.desk.Require(t.Context(), fabrikam); !errors.Is(err, mca.ErrAgreementRequired) || !strings.Contains(err.Error(), "Finalise") {
			t.Errorf("Require = %v, want ErrAgreementRequired", err)
		}
		b.finalize()
		before := len(b.fake.Requests())
		if err := b.desk.Require(t.Context(), fabrikam); err != nil {
			t.Errorf("Require = %v, want nil", err)
		}
		if n := len(b.fake.Requests()) - before; n != 0 {
			t.Errorf("%d requests for a customer that is remembered as compliant", n)
		}
	})
}

func TestADeskShowsNoSecretAndNobody(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		var said []string
		note := func(v any, err error) {
			said = append(said, fmt.Sprintf("%v %+v %#v %v", v, v, v, err))
		}
		b.fake.Inject(partnercentertest.Fault{Method: http.MethodPost, Path: "/attestations", Status: 400, Code: "3000", Description: "no " + ada.Email + " " + ada.LastName})
		record, err := b.desk.Start(t.Context(), fabrikam, complete())
		note(record, err)
		record, err = b.desk.Start(t.Context(), fabrikam, complete())
		note(record, err)
		issued := record.Newest()
		note(*issued, nil)
		note(b.store, nil)
		for range 3 {
			b.fake.Inject(partnercentertest.Fault{Path: "/attestations/enhanced/", Status: 500, Body: "unknown " + issued.ID.Reveal()})
		}
		note(b.desk.Refresh(t.Context(), fabrikam))
		b.accept(issued)
		b.fake.Inject(partnercentertest.Fault{Method: http.MethodPost, Path: "/agreements", Status: 409, Code: "1", Description: "attestation " + issued.ID.Reveal() + " of " + ada.Email})
		note(b.desk.Finalize(t.Context(), fabrikam))
		note(b.desk.Advance(t.Context(), fabrikam))
		record, err = b.desk.Record(t.Context(), fabrikam)
		note(record, err)
		note(record.Agreement.Reason, nil)
		note(b.desk.Finalize(t.Context(), fabrikam))
		text := strings.Join(said, "\n") + b.logs.String()
		for _, hidden := range append(b.fake.Secrets(), issued.Link.Reveal(), ada.Email, ada.LastName, strings.TrimPrefix(ada.Phone, "+")) {
			if i := strings.Index(text, hidden); i >= 0 {
				t.Errorf("…%s[SECRET]", text[max(0, i-150):i])
			}
		}
		if !strings.Contains(b.logs.String(), "attestations/enhanced") && !strings.Contains(b.logs.String(), "attestation created") {
			t.Errorf("the log does not hold what it should: the test looked at nothing\n%s", b.logs)
		}
	})
}
