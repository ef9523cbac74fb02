package offboard_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestGivingUpRestoresWhatTheRunChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const base, addOn, plan, other = "aaaaaaaa-0000-4000-8000-000000000005", "aaaaaaaa-0000-4000-8000-000000000006", "aaaaaaaa-0000-4000-8000-000000000007", "aaaaaaaa-0000-4000-8000-000000000008"
		fake := partnercentertest.New(customer(
			partnercentertest.License(subA), // is cancelled, and cannot come back
			partnercentertest.LicenseClosed(subB).Tweak(func(s *partnercentertest.Subscription) {
				s.ScheduledActions = []partnercentertest.ScheduledAction{{ScheduledType: "TermEnd", ActionType: "RenewToNewTerm"}}
			}),
			partnercentertest.Legacy(base), partnercentertest.LegacyAddOn(addOn, base), partnercentertest.AzurePlan(plan, "azure-1"),
			partnercentertest.Legacy(other).Suspended(), // by somebody else
			partnercentertest.SavingsPlan("aaaaaaaa-0000-4000-8000-000000000009"),
		))
		fake.Delays = partnercentertest.Delays{Subscription: 30 * time.Second, Azure: 5 * time.Minute}
		before := fake.State(string(contoso))
		b := newBench(t, fake)
		b.want(b.run(offboard.Options{Policy: offboard.Policy{WindowClosed: offboard.SuspendClosed}}), offboard.Blocked, offboard.Cancelling)
		for _, id := range []string{subB, base, addOn, plan} {
			if got := b.status(id); got != "suspended" {
				t.Fatalf("%s is %s, want suspended", id, got)
			}
		}
		b.restart(nil) // another process gives it up
		report, err := offboard.NewRunner(b.workflow, offboard.Options{}).GiveUp(t.Context(), contoso)
		if err != nil {
			t.Fatal(err)
		}
		b.want(report, offboard.Done, offboard.Abandoned)
		after := fake.State(string(contoso))
		for i, s := range after.Subscriptions {
			was := before.Subscriptions[i]
			if s.ID == subA {
				continue
			}
			if s.Status != was.Status || s.AutoRenew != was.AutoRenew || len(s.ScheduledActions) != len(was.ScheduledActions) {
				t.Errorf("%s is %s, auto-renew %t, %v; it was %s, %t, %v", s.ID, s.Status, s.AutoRenew, s.ScheduledActions, was.Status, was.AutoRenew, was.ScheduledActions)
			}
			for j, a := range s.Azure {
				if a.Status != was.Azure[j].Status {
					t.Errorf("Azure subscription %s is %s, it was %s", a.ID, a.Status, was.Azure[j].Status)
				}
			}
		}
		if lost := strings.Join(report.Notes, "\n"); !strings.Contains(lost, subA) || strings.Count(lost, "\n") != 0 {
			t.Errorf("notes = %q, want the cancelled subscription alone", report.Notes)
		}
		for _, e := range b.events {
			if e.Phase == offboard.Reactivating && e.Step != offboard.ReactivateSubscription {
				t.Errorf("giving up sent %s", e.Step)
			}
		}
		if n := fake.PartialWrites(); n != 0 {
			t.Errorf("%d updates lost members of the resource", n)
		}
		// A later offboarding is a new run.
		first, err := b.store.Load(t.Context(), contoso)
		if err != nil {
			t.Fatal(err)
		}
		second, err := b.workflow.Start(t.Context(), contoso, offboard.Actor{}, offboard.Policy{})
		if err != nil || second.ID == first.ID || len(second.Writes) != 0 {
			t.Errorf("Start = %+v, %v, want a new run", second, err)
		}
	})
}

func TestGivingUpUndoesAnEndOfTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.LicenseClosed(subA)))
		b := newBench(t, fake)
		b.want(b.run(offboard.Options{}), offboard.Waiting, offboard.Cancelling)
		report, err := offboard.NewRunner(b.workflow, offboard.Options{}).GiveUp(t.Context(), contoso)
		if err != nil {
			t.Fatal(err)
		}
		b.want(report, offboard.Done, offboard.Abandoned)
		if s := fake.State(string(contoso)).Subscriptions[0]; !s.AutoRenew || len(s.ScheduledActions) != 0 {
			t.Errorf("auto-renew = %t, scheduled %v; want it as it was", s.AutoRenew, s.ScheduledActions)
		}
	})
}

func TestARunCannotBeGivenUpOnceTheRemovalWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.Legacy(subA)))
		fake.Delays.Relationship = 12 * time.Hour
		b := newBench(t, fake)
		b.want(b.run(offboard.Options{Wait: -1}), offboard.Waiting, offboard.Removing)
		giveUp := func() error {
			_, err := offboard.NewRunner(b.workflow, offboard.Options{}).GiveUp(t.Context(), contoso)
			return err
		}
		if err := giveUp(); !errors.Is(err, offboard.ErrRemovalSent) {
			t.Fatalf("GiveUp right after = %v, want ErrRemovalSent", err)
		}
		time.Sleep(20 * time.Minute)
		if err := giveUp(); !errors.Is(err, offboard.ErrRemovalSent) {
			t.Fatalf("GiveUp after 20 minutes = %v, want ErrRemovalSent", err)
		}
		time.Sleep(11 * time.Minute)
		if err := giveUp(); err != nil {
			t.Fatalf("GiveUp after the relationship has stood for the settle time = %v, want it done", err)
		}
		if got := b.status(subA); got != "active" {
			t.Errorf("the subscription is %s, want active", got)
		}
	})
}

func TestThereMustBeSomethingToGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer()))
		if _, err := b.workflow.Abandon(t.Context(), contoso, offboard.Actor{}); !errors.Is(err, offboard.ErrNoRun) {
			t.Errorf("Abandon = %v, want ErrNoRun", err)
		}
		if _, err := b.workflow.Abandon(t.Context(), contoso, offboard.Actor{Role: offboard.Reseller}); !errors.Is(err, offboard.ErrRole) {
			t.Errorf("Abandon by a reseller = %v, want ErrRole", err)
		}
		b.want(b.run(offboard.Options{}), offboard.Done, offboard.PhaseDone)
		if _, err := b.workflow.Abandon(t.Context(), contoso, offboard.Actor{}); !errors.Is(err, offboard.ErrFinished) {
			t.Errorf("Abandon = %v, want ErrFinished", err)
		}
	})
}
