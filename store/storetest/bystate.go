package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
)

func byState(t *testing.T, one, other offboard.Store) {
	states := []offboard.State{offboard.Waiting, offboard.Blocked, offboard.Done, offboard.Waiting, "a state to come", offboard.Failed}
	for i := range states { // saved in another order than that of their ids
		i = len(states) - 1 - i
		run := fresh(customer(i))
		run.State = states[i]
		save(t, handle(i, one, other), run)
	}
	// Somebody holds the lease of a customer that has no run: there is none to list.
	acquire(t, one, customer(len(states)), "somebody", 1<<40)
	for _, want := range [][]offboard.State{{offboard.Waiting}, {offboard.Blocked, "a state to come"}, {offboard.Running}, nil} {
		var got []customers.TenantID
		for _, run := range list(t, "ByState", other.ByState(t.Context(), want...)) {
			got = append(got, run.Customer)
		}
		inStates(t, states, want, got)
	}
	want(t, "ByState with a cancelled context", failure(t, "ByState", one.ByState(cancelled(t))), context.Canceled)
	ctx, cancel := hurry(t)
	defer cancel()
	seen := 0
	for run, err := range one.ByState(ctx) {
		must(t, "ByState", err)
		seen++
		run.State = offboard.Running // which is also listed
		must(t, "Save inside a loop over ByState", one.Save(ctx, run))
	}
	if seen != len(states) {
		t.Errorf("ByState yields %d runs while they are saved, want each of %d once", seen, len(states))
	}
}

func recordsByState(t *testing.T, one, other mca.Store) {
	states := []mca.State{mca.Pending, mca.Compliant, mca.LinkExpired, mca.Pending}
	for i := range states {
		i = len(states) - 1 - i
		if err := one.Save(t.Context(), &mca.Record{Version: 1, Customer: customer(i), State: states[i], Created: day(0)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range [][]mca.State{{mca.Pending}, {mca.LinkExpired, mca.Compliant}, {mca.Required}, nil} {
		var got []customers.TenantID
		for _, record := range list(t, "ByState", other.ByState(t.Context(), want...)) {
			got = append(got, record.Customer)
		}
		inStates(t, states, want, got)
	}
	want(t, "ByState with a cancelled context", failure(t, "ByState", one.ByState(cancelled(t))), context.Canceled)
	ctx, cancel := hurry(t)
	defer cancel()
	seen := 0
	for record, err := range one.ByState(ctx) {
		must(t, "ByState", err)
		seen++
		record.State = mca.Pending // which is also listed
		must(t, "Save inside a loop over ByState", one.Save(ctx, record))
	}
	if seen != len(states) {
		t.Errorf("ByState yields %d records while they are saved, want each of %d once", seen, len(states))
	}
}

// inStates checks that got are the customers, of those with these states, that
// ByState(want...) asks for.
func inStates[S ~string](t *testing.T, states, want []S, got []customers.TenantID) {
	t.Helper()
	var ids []customers.TenantID
	for i, s := range states {
		if len(want) == 0 || slices.Contains(want, s) {
			ids = append(ids, customer(i))
		}
	}
	slices.Sort(ids)
	if !slices.Equal(got, ids) {
		t.Errorf("ByState(%q) yields %q, want %q", want, got, ids)
	}
}
