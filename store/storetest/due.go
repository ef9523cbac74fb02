package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

func dueOrder(t *testing.T, one, other offboard.Store) {
	// Far dates stand for "never"; zero is earlier than any other date.
	dates := []time.Time{
		day(5), day(1), day(3).Add(1), day(3), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC),
		day(2), {}, time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC), day(3).Add(2).In(time.FixedZone("", -11*3600)), day(3).Add(time.Second),
	}
	for i, at := range dates {
		run := fresh(customer(i))
		run.DueAt = at
		save(t, handle(i, one, other), run, "begun")
	}
	slices.SortFunc(dates, time.Time.Compare)
	due := other.Due(t.Context(), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
	for range 2 { // a sequence can be ranged twice
		runs := list(t, "Due", due)
		if len(runs) != len(dates) {
			t.Fatalf("Due yields %d runs, want %d", len(runs), len(dates))
		}
		for i, run := range runs {
			if !run.DueAt.Equal(dates[i]) {
				t.Errorf("run %d of Due is due at %s, want %s: the earliest comes first", i+1, run.DueAt, dates[i])
			}
		}
	}
}

func dueChoice(t *testing.T, one, other offboard.Store) {
	now := day(10)
	want := map[customers.TenantID]bool{}
	i := 0
	for _, phase := range []offboard.Phase{
		offboard.Planned, offboard.Cancelling, offboard.Removing, offboard.Deleting, offboard.PhaseDone,
		offboard.Reactivating, offboard.Abandoned, "a phase to come",
	} {
		for _, state := range []offboard.State{offboard.Running, offboard.Waiting, offboard.Blocked, offboard.Done, offboard.Failed} {
			for _, at := range []time.Time{{}, now.Add(-1), now, now.In(time.FixedZone("", 9*3600)), now.Add(1), day(11)} {
				run := fresh(customer(i))
				i++
				run.Phase, run.State, run.DueAt = phase, state, at
				save(t, one, run)
				if !run.Finished() && !at.After(now) {
					want[run.Customer] = true
				}
			}
		}
	}
	for _, run := range list(t, "Due", other.Due(t.Context(), now)) {
		if !want[run.Customer] {
			t.Errorf("Due yields a run in phase %s, due %s after now, or yields it twice", run.Phase, run.DueAt.Sub(now))
		}
		delete(want, run.Customer)
	}
	if len(want) > 0 {
		t.Errorf("Due leaves out %d runs that are due", len(want))
	}
	// A run that was due is not any more once it was saved as finished.
	run := load(t, other, customer(0))
	run.Phase = offboard.PhaseDone
	save(t, other, run)
	for _, due := range list(t, "Due", one.Due(t.Context(), now)) {
		if due.Customer == run.Customer {
			t.Error("Due yields a run that was saved as finished")
		}
	}
}

// dueInUse does what a scheduler does: each due run is taken, changed and
// saved while the list goes on.
func dueInUse(t *testing.T, one, other offboard.Store) {
	const n = 150
	for i := range n {
		run := fresh(customer(i))
		run.DueAt = day(0).Add(time.Duration(i) * time.Minute)
		save(t, one, run)
	}
	ctx, cancel := hurry(t)
	defer cancel()
	seen := map[customers.TenantID]bool{}
	for run, err := range one.Due(ctx, day(10)) {
		must(t, "Due", err)
		if seen[run.Customer] {
			t.Fatal("Due yields a run again that was saved meanwhile")
		}
		seen[run.Customer] = true
		lease, err := one.Acquire(ctx, run.Customer, "scheduler", time.Hour)
		must(t, "Acquire inside a loop over Due", err)
		run.Fence, run.DueAt = lease.Fence, day(5) // which is still due
		must(t, "Save inside a loop over Due", one.Save(ctx, run, record(run, "inside")))
		must(t, "Release inside a loop over Due", one.Release(ctx, lease))
	}
	if len(seen) != n {
		t.Errorf("Due yields %d runs, want %d", len(seen), n)
	}
	// Who breaks out leaves nothing behind that others would wait for.
	for range 50 {
		for _, err := range one.Due(ctx, day(10)) {
			must(t, "Due", err)
			break
		}
	}
	must(t, "Save after loops that were left", other.Save(ctx, fresh(contoso)))
}
