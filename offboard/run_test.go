package offboard_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestEverythingIsEndedThenRemovedThenDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(
			partnercentertest.License(subA), partnercentertest.AddOn(subB, subA), partnercentertest.SaaS(subC),
			partnercentertest.Trial("aaaaaaaa-0000-4000-8000-000000000004"), partnercentertest.Legacy("aaaaaaaa-0000-4000-8000-000000000005"),
			partnercentertest.LegacyAzure("aaaaaaaa-0000-4000-8000-000000000006"),
			partnercentertest.AzurePlan("aaaaaaaa-0000-4000-8000-000000000007", "azure-1", "azure-2"),
			partnercentertest.SoftwareSubscription("aaaaaaaa-0000-4000-8000-000000000008"), partnercentertest.Perpetual("order_-1"),
			partnercentertest.GDAPRelationship("gdap-1"),
		))
		fake.Delays = partnercentertest.Delays{Subscription: minute, Relationship: 2 * minute, Azure: 10 * minute, Order: 14 * minute, GDAP: minute}
		b := newBench(t, fake)
		b.want(b.run(offboard.Options{Policy: offboard.Policy{GDAP: true}}), offboard.Done, offboard.PhaseDone)
		b.inOrder()
		if got := fake.State(string(contoso)).Relationship; got != "none" {
			t.Errorf("relationship = %s, want none", got)
		}
		for _, subject := range []string{subA, subB, subC, "azure-1", "azure-2", "gdap-1", string(contoso)} {
			if n := fake.Applied(string(contoso), subject); n != 1 {
				t.Errorf("%s: %d writes took effect, want 1", subject, n)
			}
		}
		if events := len(b.events); events != len(b.writes()) {
			t.Errorf("%d events for %d writes", events, len(b.writes()))
		}
		for i, w := range b.writes() {
			if b.events[i].RequestID != w.RequestID || b.events[i].Outcome != offboard.Succeeded {
				t.Errorf("event %d = %+v, want the request id %s, succeeded", i, b.events[i], w.RequestID)
			}
		}
		if err := offboard.VerifyAudit(b.workflow.Audit(t.Context(), contoso), ""); err != nil {
			t.Error(err)
		}
	})
}

func TestSimpleSubscriptionsCostOneRequestEachAndSixMore(t *testing.T) {
	for _, n := range []int{0, 1, 5, 60} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var items []partnercentertest.Item
				for i := range n {
					items = append(items, partnercentertest.License(fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", i)))
				}
				b := newBench(t, partnercentertest.New(customer(items...)))
				var plan *offboard.Plan
				b.want(b.run(offboard.Options{Confirm: func(_ context.Context, p *offboard.Plan) error { plan = p; return nil }}), offboard.Done, offboard.PhaseDone)
				if got := len(b.calls()); got > n+6 {
					t.Errorf("%d requests for %d subscriptions, want at most %d", got, n, n+6)
				} else if n > 0 && got != plan.Calls {
					t.Errorf("%d requests, and the plan said %d", got, plan.Calls)
				}
			})
		})
	}
}

func TestATermThatGoesOnIsWaitedForAndMended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ends := time.Now().Add(20 * 24 * time.Hour)
		fake := partnercentertest.New(customer(partnercentertest.LicenseClosed(subA).EndsAt(ends), partnercentertest.License(subB)))
		b := newBench(t, fake)
		report := b.run(offboard.Options{})
		b.want(report, offboard.Waiting, offboard.Cancelling)
		if !report.WaitUntil.Equal(ends.Truncate(time.Second)) && !report.WaitUntil.Equal(ends) {
			t.Errorf("WaitUntil = %s, want %s", report.WaitUntil, ends)
		}
		if b.status(subB) != "deleted" {
			t.Errorf("what can be cancelled is %s, want deleted", b.status(subB))
		}
		// Somebody switches auto-renew on again.
		fake.Edit(string(contoso), func(c *partnercentertest.Customer) {
			c.Subscriptions[0].AutoRenew, c.Subscriptions[0].ScheduledActions = true, nil
		})
		rounds := 0
		for {
			run, err := b.store.Load(t.Context(), contoso)
			if err != nil {
				t.Fatal(err)
			}
			if run.Finished() {
				break
			}
			due := 0
			for range b.workflow.Due(t.Context(), run.DueAt.Add(-time.Second)) {
				due++
			}
			if due != 0 {
				t.Fatalf("the run is due before %s", run.DueAt)
			}
			if time.Until(run.DueAt) > 7*24*time.Hour {
				t.Fatalf("the run is due in %s, want at least weekly", time.Until(run.DueAt))
			}
			time.Sleep(time.Until(run.DueAt))
			if _, err := b.workflow.Advance(t.Context(), contoso); err != nil {
				t.Fatal(err)
			}
			if rounds++; rounds > 50 {
				t.Fatalf("after %d rounds the run is %s: %s %q", rounds, run.State, run.Reason, run.Blockers)
			}
		}
		if time.Now().Before(ends) {
			t.Error("the run finished before the term ended")
		}
		if got := fake.State(string(contoso)).Relationship; got != "none" {
			t.Errorf("relationship = %s, want none", got)
		}
		b.inOrder()
	})
}

func TestWhatBlocksIsNamedAndNothingIsRemoved(t *testing.T) {
	tests := []struct {
		name string
		item func() partnercentertest.Item
		want string
	}{
		{"reservation", func() partnercentertest.Item { return partnercentertest.ReservationItem("order-r") }, "reservation"},
		{"savings plan", func() partnercentertest.Item { return partnercentertest.SavingsPlan(subB) }, "savings plan"},
		{"unknown kind", func() partnercentertest.Item { return partnercentertest.UnknownKind(subB) }, "not known"},
		{"pending", func() partnercentertest.Item {
			return partnercentertest.License(subB).Tweak(func(s *partnercentertest.Subscription) { s.Status = "pending" })
		}, "pending"},
		{"unknown status", func() partnercentertest.Item {
			return partnercentertest.License(subB).Tweak(func(s *partnercentertest.Subscription) { s.Status = "hibernating" })
		}, "hibernating"},
		{"operation under way", func() partnercentertest.Item {
			return partnercentertest.License(subB).Tweak(func(s *partnercentertest.Subscription) { s.PendingOperation = true })
		}, "900278"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA), tt.item())))
				report := b.run(offboard.Options{})
				b.want(report, offboard.Blocked, offboard.Cancelling)
				if !strings.Contains(strings.Join(report.Blockers, "\n"), tt.want) {
					t.Errorf("blockers = %q, want one that names %q", report.Blockers, tt.want)
				}
				if b.status(subA) != "deleted" {
					t.Errorf("the other subscription is %s, want deleted", b.status(subA))
				}
				if b.fake.State(string(contoso)).Relationship == "none" {
					t.Error("the relationship was removed")
				}
			})
		})
	}
}

func TestPolicyForAClosedWindow(t *testing.T) {
	for policy, want := range map[offboard.WindowClosed]struct {
		status string
		state  offboard.State
	}{
		offboard.EndOfTerm:     {"active", offboard.Waiting},
		offboard.SuspendClosed: {"suspended", offboard.Done},
		offboard.Refuse:        {"active", offboard.Blocked},
	} {
		t.Run(string(policy), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, partnercentertest.New(customer(partnercentertest.LicenseClosed(subA))))
				report := b.run(offboard.Options{Policy: offboard.Policy{WindowClosed: policy}})
				if report.State != want.state || b.status(subA) != want.status {
					t.Errorf("the run is %s, the subscription %s; want %s, %s", report.State, b.status(subA), want.state, want.status)
				}
			})
		})
	}
}

func TestARefusedRemovalIsBlockedUntilTheCommitmentEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ends := time.Now().Add(40 * 24 * time.Hour).Truncate(time.Second)
		fake := partnercentertest.New(customer(partnercentertest.LicenseClosed(subA).Suspended().EndsAt(ends)))
		fake.SuspendedBlocksRemoval = true
		b := newBench(t, fake)
		report := b.run(offboard.Options{})
		b.want(report, offboard.Blocked, offboard.Removing)
		if n := len(b.writes()); n != 1 || len(report.Blockers) != 2 || report.WaitUntil.IsZero() {
			t.Errorf("%d removals sent, blockers %q, until %s; want one, the suspended subscription and the refusal, a date", n, report.Blockers, report.WaitUntil)
		}
		run, err := b.workflow.Advance(t.Context(), contoso)
		if err != nil || len(b.writes()) != 1 {
			t.Errorf("a round right after = %v, %d removals sent; want no other one", err, len(b.writes()))
		}
		for range 200 {
			if run.Finished() {
				break
			}
			time.Sleep(time.Until(run.DueAt))
			if run, err = b.workflow.Advance(t.Context(), contoso); err != nil {
				t.Fatal(err)
			}
		}
		if run.State != offboard.Done || time.Now().Before(ends) {
			t.Errorf("the run is %s at %s, want done after %s", run.State, time.Now(), ends)
		}
	})
}

func TestGDAPStaysWhileASuspendedSubscriptionIsBilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer(partnercentertest.LicenseClosed(subA).Suspended(), partnercentertest.GDAPRelationship("gdap-1"))))
		b.want(b.run(offboard.Options{Policy: offboard.Policy{GDAP: true}}), offboard.Waiting, offboard.Removing)
		if n := len(b.writes()); n != 0 {
			t.Errorf("%d writes were sent, want none", n)
		}
	})
}

func TestAnAcceptedRemovalThatDoesNotShowIsSentOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer())
		fake.Delays.Relationship = 24 * time.Hour
		b := newBench(t, fake)
		report := b.run(offboard.Options{Wait: 3 * time.Hour})
		b.want(report, offboard.Blocked, offboard.Removing)
		w := b.writes()
		if len(w) != 2 || w[0].RequestID == w[1].RequestID {
			t.Fatalf("%d removals sent (%+v), want two under two ids", len(w), w)
		}
		if apart := w[1].Time.Sub(w[0].Time); apart < 30*minute || apart > 40*minute {
			t.Errorf("the second removal came %s after the first, want right after the settle time", apart)
		}
	})
}

func TestHowPartnerCenterAnswersAfterTheRemovalMakesNoDifference(t *testing.T) {
	for _, after := range []string{"20002", "900159", "60003", "404", "none"} {
		t.Run(after, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := partnercentertest.New(customer(partnercentertest.License(subA)))
				fake.AfterRemoval, fake.Delays.Relationship = after, minute
				b := newBench(t, fake)
				b.want(b.run(offboard.Options{}), offboard.Done, offboard.PhaseDone)
				// Asked again, another process finds it gone and sends nothing.
				sent := len(b.writes())
				again := newBench(t, fake)
				report, err := offboard.NewRunner(again.workflow, offboard.Options{}).Run(t.Context(), contoso)
				if after == "404" {
					if !errors.Is(err, offboard.ErrNotCustomer) {
						t.Errorf("a bare 404 of a customer never seen: %v, want ErrNotCustomer", err)
					}
				} else if err != nil || report.State != offboard.Done {
					t.Errorf("offboarding again = %+v, %v, want done", report, err)
				}
				if len(b.writes()) != sent {
					t.Error("offboarding again sent a write")
				}
			})
		})
	}
}

func TestASandboxCustomerIsDeletedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA), partnercentertest.ReservationItem("order-r")))
		fake.Sandbox = true
		b := newBench(t, fake)
		b.want(b.run(offboard.Options{Policy: offboard.Policy{Sandbox: true}}), offboard.Done, offboard.PhaseDone)
		b.inOrder()
		if w := b.writes(); w[len(w)-1].Method != http.MethodDelete {
			t.Errorf("the last write is %s %s, want the deletion", w[len(w)-1].Method, w[len(w)-1].Path)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer())) // production, by mistake
		report := b.run(offboard.Options{Policy: offboard.Policy{Sandbox: true}})
		b.want(report, offboard.Done, offboard.PhaseDone)
		if len(report.Notes) != 1 {
			t.Errorf("notes = %q, want one that the deletion is not supported", report.Notes)
		}
	})
}

// phone counts notices, and is the partner's directory.
type phone struct {
	notices []offboard.Notice
	records map[customers.TenantID]bool
	fail    int
}

func (p *phone) Notify(_ context.Context, n offboard.Notice) error {
	if p.fail > 0 {
		p.fail--
		return errors.New("the line is busy")
	}
	p.notices = append(p.notices, n)
	return nil
}

func (p *phone) Has(_ context.Context, id customers.TenantID) (bool, error) {
	return p.records[id], nil
}

func (p *phone) Delete(_ context.Context, id customers.TenantID, _ string) error {
	delete(p.records, id)
	return nil
}

func TestTheNotifierIsToldAndTheRecordDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phone{records: map[customers.TenantID]bool{contoso: true}, fail: 1}
		b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA))), offboard.WithDirectory(p), offboard.WithNotifier(p))
		if _, err := offboard.NewRunner(b.workflow, offboard.Options{}).Run(t.Context(), contoso); err == nil {
			t.Error("a notifier that fails is not reported")
		}
		if !p.records[contoso] {
			t.Error("the record was deleted before the notice")
		}
		b.want(b.run(offboard.Options{}), offboard.Done, offboard.PhaseDone)
		if len(p.notices) != 1 || p.notices[0].Company != "Contoso BV" || p.records[contoso] {
			t.Errorf("notices = %+v, record = %t; want one for Contoso BV, no record", p.notices, p.records[contoso])
		}
	})
}

func TestBadInputIsRefusedBeforeAnyRequest(t *testing.T) {
	type change func(*bench, *customers.TenantID, *offboard.Options)
	tests := []struct {
		name   string
		change change
		want   error
		text   string
	}{
		{"malformed id", func(_ *bench, id *customers.TenantID, _ *offboard.Options) { *id = "contoso.example" }, customers.ErrTenantID, "GUID"},
		{"reseller", func(_ *bench, _ *customers.TenantID, o *offboard.Options) { o.Actor.Role = offboard.Reseller }, offboard.ErrRole, "only the CSP"},
		{"customer", func(_ *bench, _ *customers.TenantID, o *offboard.Options) { o.Actor.Role = offboard.Customer }, offboard.ErrRole, "only the CSP"},
		{"one reseller only", func(_ *bench, _ *customers.TenantID, o *offboard.Options) { o.Actor.Reseller = "4847383" }, offboard.ErrResellerScope, "whole CSP tenant"},
		{"policy", func(_ *bench, _ *customers.TenantID, o *offboard.Options) { o.Policy.WindowClosed = "later" }, offboard.ErrPolicy, "end-of-term"},
		{"own tenant", func(_ *bench, id *customers.TenantID, _ *offboard.Options) { *id = partnercentertest.TenantID }, offboard.ErrOwnTenant, "own tenant"},
		{"no app+user credentials", func(b *bench, _ *customers.TenantID, _ *offboard.Options) { b.creds.AppUser = nil }, partnercenter.ErrMissingCredential, "removing the reseller relationship"},
		{"no Graph credentials", func(b *bench, _ *customers.TenantID, o *offboard.Options) { b.creds.Graph, o.Policy.GDAP = nil, true }, partnercenter.ErrMissingCredential, "GDAP"},
		{"no MFA", func(b *bench, _ *customers.TenantID, _ *offboard.Options) { b.fake.NoMFA = true }, auth.ErrMFARequired, "multi-factor"},
		{"dead refresh token", func(b *bench, _ *customers.TenantID, _ *offboard.Options) { b.fake.RevokeRefreshTokens() }, auth.ErrSignInAgain, "removing the reseller relationship"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA))))
				id, opts := contoso, offboard.Options{}
				tt.change(b, &id, &opts)
				b.restart(nil, offboard.WithOwnTenant(partnercentertest.TenantID))
				_, err := offboard.NewRunner(b.workflow, opts).Run(t.Context(), id)
				if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
					t.Errorf("Run = %v, want %v with %q", err, tt.want, tt.text)
				}
				if n := len(b.calls()); n != 0 {
					t.Errorf("%d requests were sent, want none", n)
				}
			})
		})
	}
}

// Whoever agrees to a plan is told what it leads to: the date until which the
// run waits, and how many requests that takes.
func TestAFirstPlanSaysUntilWhenTheRunWaits(t *testing.T) {
	tests := []struct {
		name   string
		policy offboard.Policy
		items  func() []partnercentertest.Item // made in the bubble: their dates lie around now
	}{
		{"ends with its term", offboard.Policy{}, func() []partnercentertest.Item {
			return []partnercentertest.Item{partnercentertest.LicenseClosed(subA)}
		}},
		{"beside what is cancelled", offboard.Policy{}, func() []partnercentertest.Item {
			return []partnercentertest.Item{partnercentertest.License(subB), partnercentertest.LicenseClosed(subA)}
		}},
		{"is suspended, and GDAP stays until its term ends", offboard.Policy{WindowClosed: offboard.SuspendClosed, GDAP: true},
			func() []partnercentertest.Item {
				return []partnercentertest.Item{partnercentertest.LicenseClosed(subA), partnercentertest.GDAPRelationship("g1")}
			}},
		{"is suspended, and the removal is tried", offboard.Policy{WindowClosed: offboard.SuspendClosed}, func() []partnercentertest.Item {
			return []partnercentertest.Item{partnercentertest.LicenseClosed(subA)}
		}},
		{"all can be cancelled", offboard.Policy{}, func() []partnercentertest.Item { return []partnercentertest.Item{partnercentertest.License(subA)} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, partnercentertest.New(customer(tt.items()...)))
				var plan *offboard.Plan
				report := b.run(offboard.Options{Policy: tt.policy, Confirm: func(_ context.Context, p *offboard.Plan) error { plan = p; return nil }})
				if !plan.WaitUntil.Equal(report.WaitUntil) {
					t.Errorf("the plan says it waits until %s, and the run waits until %s", plan.WaitUntil, report.WaitUntil)
				}
				if got := len(b.calls()); got != plan.Calls {
					t.Errorf("%d requests, and the plan said %d", got, plan.Calls)
				}
			})
		})
	}
}

func TestADeclinedPlanSendsNothingAndRecordsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA))))
		_, err := offboard.NewRunner(b.workflow, offboard.Options{Confirm: func(context.Context, *offboard.Plan) error { return offboard.ErrDeclined }}).Run(t.Context(), contoso)
		if !errors.Is(err, offboard.ErrDeclined) || len(b.writes()) != 0 {
			t.Errorf("Run = %v with %d writes, want ErrDeclined and none", err, len(b.writes()))
		}
		if _, err := b.store.Load(t.Context(), contoso); !errors.Is(err, offboard.ErrNoRun) {
			t.Errorf("Load = %v, want ErrNoRun", err)
		}
	})
}

func TestASlowAnswerIsAskedAgainIfThePlanChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA))))
		asked := 0
		b.want(b.run(offboard.Options{Confirm: func(context.Context, *offboard.Plan) error {
			if asked++; asked == 1 {
				time.Sleep(minute)
				b.fake.Edit(string(contoso), func(c *partnercentertest.Customer) { *c = c.With(partnercentertest.License(subB)) })
			}
			return nil
		}}), offboard.Done, offboard.PhaseDone)
		if asked != 2 || b.status(subB) != "deleted" {
			t.Errorf("asked %d times, the new subscription is %s; want twice, deleted", asked, b.status(subB))
		}
	})
}

// A customer whose turn comes when all is being stopped has not failed.
func TestARunThatWasInterruptedBeforeItWasReadHasNotFailed(t *testing.T) {
	b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA))))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	runner := offboard.NewRunner(b.workflow, offboard.Options{})
	for phase, do := range map[offboard.Phase]func(context.Context, customers.TenantID) (*offboard.Report, error){
		offboard.Planned: runner.Run, offboard.Reactivating: runner.GiveUp,
	} {
		report, err := do(ctx, contoso)
		if !errors.Is(err, context.Canceled) || !errors.Is(report.Err, context.Canceled) {
			t.Errorf("phase %s: the error is %v, the report's %v; want what ended the context", phase, err, report.Err)
		}
		b.want(report, offboard.Interrupted, phase)
	}
}
