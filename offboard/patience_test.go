package offboard_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestAGDAPTerminationThatGraphGivesUpIsBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		item := partnercentertest.GDAPRelationship("gdap-1")
		item.GDAP[0].FailTermination = true
		b := newBench(t, partnercentertest.New(customer(item)))
		opts := offboard.Options{Policy: offboard.Policy{GDAP: true}}
		b.want(b.run(opts), offboard.Blocked, offboard.Removing)
		if n := len(b.writes()); n != 1 {
			t.Errorf("%d requests were sent to terminate it, want 1", n)
		}
		b.run(opts) // a new start tries once more
		if n := len(b.writes()); n != 2 {
			t.Errorf("%d requests after a new start, want 2", n)
		}
	})
}

func TestABusyResourceIsNotTriedForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA)))
		fake.Inject(partnercentertest.Fault{Method: http.MethodPatch, Status: 409, Code: "800060", Times: -1})
		b := newBench(t, fake)
		start := time.Now()
		if report := b.run(offboard.Options{Wait: 5 * time.Minute}); report.State != offboard.Waiting {
			t.Errorf("the run is %s, want waiting", report.State)
		}
		if stayed := time.Since(start); stayed > 7*time.Minute {
			t.Errorf("the runner stayed for %s, want 5 minutes", stayed)
		}
		if report := b.run(offboard.Options{Wait: 24 * time.Hour}); report.State != offboard.Blocked {
			t.Errorf("the run is %s in the end, want blocked", report.State)
		}
		if n := len(b.writes()); n > 60 {
			t.Errorf("%d attempts, want at most 60", n)
		}
	})
}

func TestARemovalThatIsRefusedIsLeftAloneForAnHour(t *testing.T) {
	for _, status := range []int{400, 403, 409, 412, 417} {
		synctest.Test(t, func(t *testing.T) {
			fake := partnercentertest.New(customer())
			fake.Inject(partnercentertest.Fault{Method: http.MethodPatch, Status: status, Code: "999999", Times: -1})
			b := newBench(t, fake)
			b.want(b.run(offboard.Options{Wait: 12 * time.Hour}), offboard.Blocked, offboard.Removing)
			for range 5 {
				time.Sleep(10 * time.Minute)
				if _, err := b.workflow.Advance(t.Context(), contoso); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(b.writes()); n != 1 {
				t.Errorf("%d: %d removals in an hour, want 1", status, n)
			}
		})
	}
}

func TestSlowReadsDoNotKeepARunFromActing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA)))
		fake.Inject(partnercentertest.Fault{Method: http.MethodGet, Delay: 11 * time.Second, Times: -1})
		b := newBench(t, fake)
		b.want(b.run(offboard.Options{Confirm: func(context.Context, *offboard.Plan) error { return nil }}), offboard.Done, offboard.PhaseDone)
	})
}

func TestASchedulerThatKeepsToDueAtDoesNotSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA), partnercentertest.AzurePlan(subB, "azure-1")))
		fake.Delays = partnercentertest.Delays{Subscription: 5 * time.Minute, Azure: 10 * time.Minute, Relationship: 10 * time.Minute}
		b := newBench(t, fake)
		run, err := b.workflow.Start(t.Context(), contoso, offboard.Actor{}, offboard.Policy{})
		rounds := 0
		for ; err == nil && !run.Finished(); rounds++ {
			time.Sleep(time.Until(run.DueAt))
			run, err = b.workflow.Advance(t.Context(), contoso)
		}
		if err != nil || rounds > 80 {
			t.Errorf("done after %d rounds, %v; want at most 80", rounds, err)
		}
	})
}

func TestGivingUpWaitsForWhatIsUnderWay(t *testing.T) {
	for name, seed := range map[string]func() partnercentertest.Item{
		"end of term": func() partnercentertest.Item { return partnercentertest.LicenseClosed(subA) },
		"Azure":       func() partnercentertest.Item { return partnercentertest.AzurePlan(subA, "azure-1") },
		"suspension":  func() partnercentertest.Item { return partnercentertest.Legacy(subA) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				item := seed() // in the bubble: its dates lie around the time there
				fake := partnercentertest.New(customer(item))
				fake.Delays = partnercentertest.Delays{Subscription: 10 * time.Minute, Azure: 10 * time.Minute}
				b := newBench(t, fake)
				b.want(b.run(offboard.Options{Wait: -1}), offboard.Waiting, offboard.Cancelling)
				report, err := offboard.NewRunner(b.workflow, offboard.Options{Wait: 2 * time.Hour}).GiveUp(t.Context(), contoso)
				if err != nil {
					t.Fatal(err)
				}
				b.want(report, offboard.Done, offboard.Abandoned)
				time.Sleep(time.Hour)
				s := fake.State(string(contoso)).Subscriptions[0]
				if was := item.Subscriptions[0]; s.AutoRenew != was.AutoRenew || s.Status != "active" || len(s.ScheduledActions) != 0 {
					t.Errorf("%s is %s, auto-renew %t, %v; want it as it was", s.ID, s.Status, s.AutoRenew, s.ScheduledActions)
				}
				for _, a := range s.Azure {
					if a.Status != "active" {
						t.Errorf("Azure subscription %s is %s, want active", a.ID, a.Status)
					}
				}
			})
		})
	}
}

func TestGivingUpEndsWhenTheRelationshipDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.LicenseClosed(subA)))
		b := newBench(t, fake)
		b.want(b.run(offboard.Options{}), offboard.Waiting, offboard.Cancelling)
		if _, err := b.workflow.Abandon(t.Context(), contoso, offboard.Actor{}); err != nil {
			t.Fatal(err)
		}
		fake.Edit(string(contoso), func(c *partnercentertest.Customer) { c.Relationship = "none" })
		report, err := offboard.NewRunner(b.workflow, offboard.Options{}).GiveUp(t.Context(), contoso)
		if err != nil {
			t.Fatal(err)
		}
		b.want(report, offboard.Done, offboard.Abandoned)
		if len(report.Notes) != 1 {
			t.Errorf("notes = %q, want one that nothing could be restored", report.Notes)
		}
	})
}

func TestANoRelationshipCodeBeforeTheRemovalIsNotBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phone{records: map[customers.TenantID]bool{contoso: true}}
		fake := partnercentertest.New(customer(partnercentertest.AzurePlan(subA, "azure-1")))
		fake.Inject(partnercentertest.Fault{Path: "azureEntitlements", Status: 403, Code: "900159", Times: -1})
		b := newBench(t, fake, offboard.WithDirectory(p), offboard.WithNotifier(p))
		report, err := offboard.NewRunner(b.workflow, offboard.Options{}).Run(t.Context(), contoso)
		if err == nil || report.State != offboard.Failed || len(p.notices) != 0 || !p.records[contoso] {
			t.Errorf("Run = %+v, %v; want a failure, no notice and the record kept", report, err)
		}
	})
}

func TestOffboardingAgainTellsNobodyAgain(t *testing.T) {
	for _, after := range []string{"20002", "404"} {
		synctest.Test(t, func(t *testing.T) {
			p := &phone{records: map[customers.TenantID]bool{}}
			fake := partnercentertest.New(customer())
			fake.AfterRemoval = after
			b := newBench(t, fake, offboard.WithNotifier(p))
			b.want(b.run(offboard.Options{}), offboard.Done, offboard.PhaseDone)
			b.want(b.run(offboard.Options{}), offboard.Done, offboard.PhaseDone)
			if len(p.notices) != 1 {
				t.Errorf("%s: %d notices, want one", after, len(p.notices))
			}
		})
	}
}

func TestGDAPThatIsNotThereIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer(partnercentertest.LicenseClosed(subA).Suspended())))
		b.want(b.run(offboard.Options{Policy: offboard.Policy{GDAP: true}}), offboard.Done, offboard.PhaseDone)
	})
}

func TestARunFromANewerLibraryIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA))))
		if err := b.store.Save(t.Context(), &offboard.Run{Version: 99, ID: "x", Customer: contoso}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.workflow.Advance(t.Context(), contoso); err == nil {
			t.Error("Advance goes on with it")
		}
		if _, err := b.workflow.Abandon(t.Context(), contoso, offboard.Actor{}); err == nil {
			t.Error("Abandon goes on with it")
		}
		if n := len(b.calls()); n != 0 {
			t.Errorf("%d requests were sent, want none", n)
		}
	})
}

// plainPartner answers as a transport of somebody else might: with sentinels,
// but not with our error type.
type plainPartner struct {
	offboard.Partner
	err error
}

func (p plainPartner) RemoveRelationship(context.Context, customers.TenantID, string) error {
	return fmt.Errorf("their transport: %w", p.err)
}

func TestPlainErrorsOfAnotherPartnerAreUnderstood(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want offboard.WriteState
	}{
		{partnercenter.ErrNotFound, offboard.Refused},
		{partnercenter.ErrPrecondition, offboard.Refused},
		{partnercenter.ErrAccountLocked, offboard.Refused},
		{partnercenter.ErrTransient, offboard.Intended},
		{context.DeadlineExceeded, offboard.Intended},
		{partnercenter.ErrMissingCredential, offboard.Intended},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, partnercentertest.New(customer()))
			w, err := offboard.New(plainPartner{b.partner, tt.err}, b.store)
			if err != nil {
				t.Fatal(err)
			}
			report, _ := offboard.NewRunner(w, offboard.Options{}).Run(t.Context(), contoso)
			if len(report.Writes) != 1 || report.Writes[0].State != tt.want {
				t.Errorf("%v: writes = %+v, want one that is %s", tt.err, report.Writes, tt.want)
			}
		})
	}
}

func TestARefusalIsNotRepeatedBecauseSomethingElseChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		items := []partnercentertest.Item{partnercentertest.License(subA).Tweak(func(s *partnercentertest.Subscription) { s.PendingOperation = true })}
		for i := range 5 {
			items = append(items, partnercentertest.Legacy(fmt.Sprintf("bbbbbbbb-0000-4000-8000-%012d", i)))
		}
		fake := partnercentertest.New(customer(items...))
		fake.Delays.Subscription = 30 * time.Second
		b := newBench(t, fake)
		b.want(b.run(offboard.Options{}), offboard.Blocked, offboard.Cancelling)
		if n := len(b.writes()); n != 6 {
			t.Errorf("%d writes, want one for each subscription", n)
		}
	})
}

func TestALongThrottleBeforeThePlanIsAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer())
		b := newBench(t, fake)
		fake.Inject(partnercentertest.Fault{Method: http.MethodGet, Path: "/v1/customers", Status: 429, RetryAfter: "3600"})
		report := b.run(offboard.Options{})
		b.want(report, offboard.Waiting, offboard.Planned)
		if got := time.Until(report.WaitUntil); got != time.Hour {
			t.Errorf("WaitUntil is in %s, want 1h", got)
		}
	})
}

func TestATermThatEndsWithinTheWaitIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer(partnercentertest.LicenseClosed(subA).NoRenewal().EndsAt(time.Now().Add(10*time.Second)))))
		b.want(b.run(offboard.Options{Wait: 30 * time.Second}), offboard.Done, offboard.PhaseDone)
	})
}

func TestAnOrderWithoutLinesIsNotTakenForACancelledOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.Perpetual("order-p")))
		for _, body := range []string{`{"id":"order-p","status":"completed"}`, `{"id":"order-p","status":"completed","lineItems":[]}`} {
			b := newBench(t, fake)
			fake.Inject(partnercentertest.Fault{Path: "/orders/order-p", Status: 200, Body: body})
			report, err := offboard.NewRunner(b.workflow, offboard.Options{}).Run(t.Context(), contoso)
			if report.State == offboard.Done || len(b.writes()) != 0 {
				t.Errorf("%s: the run is %s (%v), %d writes; want none", body, report.State, err, len(b.writes()))
			}
		}
	})
}
