package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

// save saves a run with new entries, each about detail.
func save(t *testing.T, store offboard.Store, run *offboard.Run, details ...string) {
	t.Helper()
	var entries []offboard.Entry
	for _, detail := range details {
		entries = append(entries, record(run, detail))
	}
	must(t, "Save", store.Save(t.Context(), run, entries...))
}

// load loads the run of a customer.
func load(t *testing.T, store offboard.Store, customer customers.TenantID) *offboard.Run {
	t.Helper()
	run, err := store.Load(t.Context(), customer)
	must(t, "Load", err)
	return run
}

// unchanged checks that a customer's run and trail are still as they were.
func unchanged(t *testing.T, after string, store offboard.Store, was *offboard.Run) {
	t.Helper()
	same(t, "the run after "+after, encoded(t, load(t, store, was.Customer)), encoded(t, was))
	if got := len(list(t, "Audit", store.Audit(t.Context(), was.ID))); got != was.Entries {
		t.Errorf("the trail has %d entries after %s, want %d as before", got, after, was.Entries)
	}
}

func noRun(t *testing.T, one, other offboard.Store) {
	_, err := one.Load(t.Context(), contoso)
	want(t, "Load of an empty store", err, offboard.ErrNoRun)
	_, err = one.Acquire(t.Context(), contoso, "holder", time.Hour)
	must(t, "Acquire", err)
	save(t, one, fresh(fabrikam))
	_, err = other.Load(t.Context(), contoso)
	want(t, "Load of a customer that has a lease, but no run", err, offboard.ErrNoRun)
	for _, run := range list(t, "Due", other.Due(t.Context(), day(1))) {
		if run.Customer != fabrikam {
			t.Errorf("Due yields a run of %q, who has none", run.Customer)
		}
	}
	for range other.Audit(t.Context(), "unknown") {
		t.Error("Audit of an unknown run yields something")
	}
}

func runKept(t *testing.T, one, other offboard.Store) {
	run := full(t)
	save(t, one, run, "begun")
	same(t, "the run", encoded(t, load(t, other, contoso)), encoded(t, run))
	// What is left empty stays empty: no field of the old form shines through.
	bare := &offboard.Run{Version: 1, ID: run.ID, Customer: contoso, Revision: run.Revision, Entries: run.Entries, Head: run.Head}
	save(t, other, bare)
	same(t, "the run", encoded(t, load(t, one, contoso)), encoded(t, bare))
}

func revisionRaised(t *testing.T, one, other offboard.Store) {
	run := fresh(contoso)
	for i := range int64(5) {
		if run.Revision != i {
			t.Errorf("Revision is %d after %d saves", run.Revision, i)
		}
		save(t, handle(int(i), one, other), run)
		if got := load(t, other, contoso).Revision; got != run.Revision {
			t.Errorf("Load returns revision %d, Save left %d in the run", got, run.Revision)
		}
	}
}

func behind(t *testing.T, one, other offboard.Store) {
	run := fresh(fabrikam)
	run.Revision = 1
	want(t, "Save of revision 1 where there is no run", one.Save(t.Context(), run), offboard.ErrBehind)
	_, err := other.Load(t.Context(), fabrikam)
	want(t, "Load after a Save that was behind", err, offboard.ErrNoRun)

	run = fresh(contoso)
	save(t, one, run, "first")
	save(t, one, run, "second")
	for _, revision := range []int64{0, 1, 3, -1} {
		late := *run
		late.Revision, late.Reason, late.Phase = revision, "late", offboard.PhaseDone
		want(t, fmt.Sprintf("Save of revision %d where 2 is stored", revision), other.Save(t.Context(), &late, record(&late, "late")), offboard.ErrBehind)
		if late.Revision != revision {
			t.Errorf("a Save that was behind changed run.Revision from %d to %d", revision, late.Revision)
		}
		unchanged(t, "a Save that was behind", one, run)
	}
}

func oneSaveWins(t *testing.T, one, other offboard.Store) {
	base := fresh(contoso)
	for round := range 5 { // the first one makes the run
		var won, wrong atomic.Int32
		var wg sync.WaitGroup
		for i := range rivals {
			wg.Go(func() {
				mine := *base
				entry := record(&mine, "round")
				err := handle(i, one, other).Save(t.Context(), &mine, entry)
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, offboard.ErrBehind):
					wrong.Add(1)
					t.Errorf("Save in competition: %v, want ErrBehind", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Fatalf("round %d: %d of %d saves of one revision went through, want 1", round, won.Load(), rivals)
		}
		base = load(t, one, contoso)
		if got := len(list(t, "Audit", other.Audit(t.Context(), base.ID))); got != round+1 {
			t.Fatalf("round %d: the trail has %d entries, want one a round", round, got)
		}
	}
}

func noChangeLost(t *testing.T, one, other offboard.Store) {
	save(t, one, fresh(contoso))
	const each = 4
	var wg sync.WaitGroup
	for i := range rivals {
		wg.Go(func() {
			store := handle(i, one, other)
			for done := 0; done < each; {
				run, err := store.Load(t.Context(), contoso)
				if err != nil {
					t.Errorf("Load in competition: %v", err)
					return
				}
				run.Notes = append(run.Notes, fmt.Sprint(i))
				switch err := store.Save(t.Context(), run, record(run, "a note")); {
				case err == nil:
					done++
				case !errors.Is(err, offboard.ErrBehind):
					t.Errorf("Save in competition: %v, want ErrBehind", err)
					return
				}
			}
		})
	}
	wg.Wait()
	run := load(t, other, contoso)
	if len(run.Notes) != rivals*each {
		t.Errorf("%d changes are left of %d", len(run.Notes), rivals*each)
	}
	verify(t, other, run)
}

// savedTogether reads while others save. What a reader sees of the trail after
// the run is at least what the run counts, and before the run at most that.
func savedTogether(t *testing.T, one, other offboard.Store) {
	run := fresh(contoso)
	save(t, one, run, "begun")
	done := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		defer close(done)
		for range 60 {
			if err := one.Save(t.Context(), run, record(run, "a"), record(run, "b")); err != nil {
				t.Errorf("Save: %v", err)
				return
			}
		}
	})
	for saving := true; saving; {
		select {
		case <-done:
			saving = false
		default:
		}
		before := len(list(t, "Audit", other.Audit(t.Context(), run.ID)))
		counted := load(t, other, contoso).Entries
		after := len(list(t, "Audit", other.Audit(t.Context(), run.ID)))
		if before > counted || counted > after {
			t.Fatalf("the trail had %d entries, then the run counted %d, then the trail had %d: they are not saved together", before, counted, after)
		}
	}
}

// interruptedSave gives up on saves at any moment.
func interruptedSave(t *testing.T, one, other offboard.Store) {
	save(t, one, fresh(contoso), "begun")
	for i := range 60 {
		run := load(t, one, contoso)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(3000))*time.Microsecond)
		known := run.Revision
		err := one.Save(ctx, run, record(run, "a"), record(run, "b"))
		cancel()
		stored := load(t, other, contoso)
		switch {
		case err == nil && stored.Revision != known+1:
			t.Fatalf("save %d succeeded, and revision %d is stored, want %d", i, stored.Revision, known+1)
		case err != nil && run.Revision != known:
			t.Fatalf("save %d failed, and changed run.Revision from %d to %d", i, known, run.Revision)
		}
		verify(t, other, stored)
	}
}

func runIsTheCallers(t *testing.T, one, other offboard.Store) {
	run := full(t)
	save(t, one, run, "begun")
	want := encoded(t, run)
	spoil := func(r *offboard.Run) {
		r.Notes[0], r.Writes[0].Subject, r.Company = "spoiled", "spoiled", "spoiled"
		r.Originals["a1"] = offboard.Original{}
		// Still JSON, so that a store that shares it says so, and does not fail to encode it.
		actions := r.Writes[0].Change.ScheduledActions
		copy(actions[1:], strings.Repeat(" ", len(actions)-2))
	}
	spoil(run)
	loaded := load(t, one, contoso)
	same(t, "the run, after the caller changed what it had saved,", encoded(t, loaded), want)
	spoil(loaded)
	same(t, "the run, after the caller changed what it had loaded,", encoded(t, load(t, one, contoso)), want)
	for _, due := range list(t, "Due", one.Due(t.Context(), day(1000))) {
		spoil(due)
	}
	same(t, "the run, after the caller changed what Due had yielded,", encoded(t, load(t, other, contoso)), want)
}

func customersApart(t *testing.T, one, other offboard.Store) {
	a, b := fresh(contoso), fresh(fabrikam)
	save(t, one, a, "a1", "a2")
	save(t, one, b, "b1")
	lease, err := one.Acquire(t.Context(), contoso, "holder", time.Hour)
	must(t, "Acquire", err)
	if other, err := other.Acquire(t.Context(), fabrikam, "another", time.Hour); err != nil || other.Fence != 1 {
		t.Errorf("Acquire of another customer = %+v, %v, want its first lease", other, err)
	}
	must(t, "Release", one.Release(t.Context(), offboard.Lease{Customer: fabrikam, Holder: lease.Holder, Fence: lease.Fence}))
	_, err = other.Acquire(t.Context(), fabrikam, "a third", time.Hour)
	want(t, "Acquire of what somebody else holds", err, offboard.ErrLeased)
	a.Fence, a.Phase, a.Reason = lease.Fence, offboard.PhaseDone, "changed"
	save(t, other, a, "a3")
	unchanged(t, "a Save of another customer", one, b)
	unchanged(t, "its Save", one, a)
}

func largeRun(t *testing.T, one, other offboard.Store) {
	run := fresh(contoso)
	run.Notes = []string{large}
	save(t, one, run, large)
	same(t, "a large run", encoded(t, load(t, other, contoso)), encoded(t, run))
	verify(t, other, run)
	if due := list(t, "Due", other.Due(t.Context(), day(1))); len(due) != 1 || len(due[0].Notes) != 1 || due[0].Notes[0] != large {
		t.Error("Due does not yield a large run as it was saved")
	}
}

func cancelledRun(t *testing.T, one, other offboard.Store) {
	run := fresh(contoso)
	save(t, one, run, "begun")
	lease, err := one.Acquire(t.Context(), contoso, "holder", time.Hour)
	must(t, "Acquire", err)
	run.Fence = lease.Fence
	save(t, one, run)

	ctx := cancelled(t)
	_, err = one.Load(ctx, contoso)
	want(t, "Load with a cancelled context", err, context.Canceled)
	next := *run
	next.Reason = "changed"
	want(t, "Save with a cancelled context", one.Save(ctx, &next, record(&next, "changed")), context.Canceled)
	if next.Revision != run.Revision {
		t.Error("Save with a cancelled context changed run.Revision")
	}
	_, err = one.Acquire(ctx, fabrikam, "holder", time.Hour)
	want(t, "Acquire with a cancelled context", err, context.Canceled)
	want(t, "Release with a cancelled context", one.Release(ctx, lease), context.Canceled)
	want(t, "Due with a cancelled context", failure(t, "Due", one.Due(ctx, day(1))), context.Canceled)
	want(t, "Audit with a cancelled context", failure(t, "Audit", one.Audit(ctx, run.ID)), context.Canceled)

	unchanged(t, "calls with a cancelled context", other, run)
	_, err = other.Acquire(t.Context(), contoso, "another", time.Hour)
	want(t, "Acquire after a Release with a cancelled context", err, offboard.ErrLeased)
	first, err := other.Acquire(t.Context(), fabrikam, "another", time.Hour)
	if err != nil || first.Fence != 1 {
		t.Errorf("Acquire after an Acquire with a cancelled context = %+v, %v, want the first lease", first, err)
	}
}
