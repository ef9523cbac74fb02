package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

// acquire takes a lease that is free.
func acquire(t *testing.T, store offboard.Store, customer customers.TenantID, holder string, ttl time.Duration) offboard.Lease {
	t.Helper()
	lease, err := store.Acquire(t.Context(), customer, holder, ttl)
	must(t, "Acquire of a free lease", err)
	if lease.Customer != customer || lease.Holder != holder {
		t.Errorf("Acquire(%s, %s) = %+v, want that customer and holder", customer, holder, lease)
	}
	return lease
}

// taken checks that somebody else has the lease, and returns until when.
func taken(t *testing.T, store offboard.Store, customer customers.TenantID, holder string) time.Time {
	t.Helper()
	_, err := store.Acquire(t.Context(), customer, holder, time.Hour)
	want(t, "Acquire of what somebody else holds", err, offboard.ErrLeased)
	e, ok := errors.AsType[*offboard.LeasedError](err)
	switch {
	case !ok:
		t.Errorf("Acquire of what somebody else holds: error %v is no *LeasedError", err)
		return time.Time{}
	case e.Customer != customer || e.Until.IsZero():
		t.Errorf("Acquire of what somebody else holds: customer %q until %s, want this customer and when the lease ends", e.Customer, e.Until)
	}
	return e.Until
}

func leaseKeepsOut(t *testing.T, one, other offboard.Store) {
	first := acquire(t, one, contoso, "first", time.Hour)
	if first.Fence != 1 {
		t.Errorf("the first lease of a customer has fence %d, want 1", first.Fence)
	}
	until := taken(t, other, contoso, "second")
	// The units are those of the caller: an hour more is an hour later.
	acquire(t, one, fabrikam, "first", 2*time.Hour)
	if more := taken(t, other, fabrikam, "second").Sub(until); more < 55*time.Minute || more > 65*time.Minute {
		t.Errorf("a lease for an hour more ends %s later", more)
	}
	again := acquire(t, one, contoso, "first", time.Hour)
	if again.Fence != first.Fence {
		t.Errorf("the holder's lease was prolonged with fence %d, want %d as before", again.Fence, first.Fence)
	}
	acquire(t, one, contoso, "first", 3*time.Hour)
	if more := taken(t, other, contoso, "second").Sub(until); more < 115*time.Minute {
		t.Errorf("a lease that was prolonged by two hours ends %s later", more)
	}
}

func oneLease(t *testing.T, one, other offboard.Store) {
	for round := range int64(5) { // the first one makes the lease
		var mu sync.Mutex
		var got []offboard.Lease
		var wg sync.WaitGroup
		for i := range rivals {
			wg.Go(func() {
				lease, err := handle(i, one, other).Acquire(t.Context(), contoso, fmt.Sprint("holder ", i), time.Hour)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					got = append(got, lease)
				case !errors.Is(err, offboard.ErrLeased):
					t.Errorf("Acquire in competition: %v, want ErrLeased", err)
				}
			})
		}
		wg.Wait()
		if len(got) != 1 || got[0].Fence != round+1 {
			t.Fatalf("round %d: leases %+v were given, want one with fence %d", round, got, round+1)
		}
		must(t, "Release", one.Release(t.Context(), got[0]))
	}
}

// leaseEnds waits for short leases to end, all of them at once.
func leaseEnds(t *testing.T, one, other offboard.Store) {
	const short = time.Second
	mine := acquire(t, one, customer(1), "mine", short)
	acquire(t, one, customer(2), "prolonged", short)
	prolonged := acquire(t, one, customer(2), "prolonged", time.Hour)
	acquire(t, one, customer(3), "gone", short)
	saved := fresh(customer(3))
	saved.Fence = 1
	save(t, one, saved)

	deadline := time.Now().Add(10 * time.Second)
	for {
		next, err := other.Acquire(t.Context(), customer(3), "next", time.Hour)
		if err == nil {
			if next.Fence != 2 {
				t.Errorf("the lease after one that ended has fence %d, want 2", next.Fence)
			}
			break
		}
		want(t, "Acquire of what somebody else holds", err, offboard.ErrLeased)
		if time.Now().After(deadline) {
			t.Fatal("a lease of a second has not ended after ten")
		}
		time.Sleep(20 * time.Millisecond)
	}
	want(t, "Save of a holder whose lease ended and was taken", one.Save(t.Context(), saved), offboard.ErrLeaseLost)
	// customer(1)'s lease ended before that of customer(3), which was taken later.
	run := fresh(customer(1))
	run.Fence = mine.Fence
	must(t, "Save after a lease that nobody else has taken", one.Save(t.Context(), run))
	if again := acquire(t, one, customer(1), "mine", time.Hour); again.Fence != mine.Fence+1 {
		t.Errorf("a holder whose lease had ended got fence %d, want %d: it is a new lease", again.Fence, mine.Fence+1)
	}
	taken(t, other, customer(2), "next")
	if again := acquire(t, one, customer(2), "prolonged", time.Hour); again.Fence != prolonged.Fence {
		t.Errorf("a lease that was prolonged in time got fence %d, want %d", again.Fence, prolonged.Fence)
	}
}

func leaseReleased(t *testing.T, one, other offboard.Store) {
	must(t, "Release of a lease that never was", one.Release(t.Context(), offboard.Lease{Customer: contoso, Holder: "nobody", Fence: 1}))
	first := acquire(t, one, contoso, "first", time.Hour)
	for _, foreign := range []offboard.Lease{
		{Customer: contoso, Holder: "first", Fence: first.Fence + 1}, {Customer: contoso, Holder: "another", Fence: first.Fence},
	} {
		must(t, "Release of another lease", other.Release(t.Context(), foreign))
		taken(t, other, contoso, "second")
	}
	must(t, "Release", one.Release(t.Context(), first))
	second := acquire(t, other, contoso, "second", time.Hour)
	must(t, "Release of what somebody else has by now", one.Release(t.Context(), first))
	taken(t, one, contoso, "first")
	must(t, "Release", other.Release(t.Context(), second))
	must(t, "Release once more", other.Release(t.Context(), second))
	acquire(t, one, contoso, "first", time.Hour)
}

func fencesGrow(t *testing.T, one, other offboard.Store) {
	for i := range int64(6) {
		store := handle(int(i), one, other)
		holder := fmt.Sprint("holder ", i/2) // the same one again is a new lease, too
		lease := acquire(t, store, contoso, holder, time.Hour)
		if lease.Fence != i+1 {
			t.Fatalf("lease number %d has fence %d", i+1, lease.Fence)
		}
		run := fresh(contoso)
		run.Revision, run.Fence = i, lease.Fence
		save(t, store, run)
		must(t, "Release", store.Release(t.Context(), lease))
		run.Revision = i + 1
		if got := load(t, other, contoso); got.Fence != lease.Fence {
			t.Errorf("Load returns fence %d, saved was %d", got.Fence, lease.Fence)
		}
	}
}

func oldFence(t *testing.T, one, other offboard.Store) {
	run := fresh(contoso)
	save(t, one, run, "before any lease")
	refused := func(what string, fence int64) {
		t.Helper()
		late := *run
		late.Fence, late.Reason = fence, "late"
		want(t, "Save "+what, other.Save(t.Context(), &late, record(&late, "late")), offboard.ErrLeaseLost)
		if late.Revision != run.Revision {
			t.Errorf("a Save %s changed run.Revision", what)
		}
		unchanged(t, "a Save "+what, one, run)
	}
	refused("with a fence where there never was a lease", 1)
	first := acquire(t, one, contoso, "first", time.Hour)
	refused("without a fence under a lease", 0)
	run.Fence = first.Fence
	save(t, one, run, "under the first lease")
	must(t, "Release", one.Release(t.Context(), first))
	save(t, one, run, "after the first lease, which nobody has taken over")
	second := acquire(t, other, contoso, "second", time.Hour)
	refused("with the fence of an earlier lease", first.Fence)
	refused("with the fence of a lease to come", second.Fence+1)
	run.Fence = second.Fence
	save(t, other, run, "under the second lease")
	// Who is behind and has lost the lease is told first that it is behind.
	late := *run
	late.Fence, late.Revision = first.Fence, run.Revision-1
	want(t, "Save of an earlier revision with an earlier fence", one.Save(t.Context(), &late, record(&late, "late")), offboard.ErrBehind)
	unchanged(t, "a Save of an earlier revision with an earlier fence", other, run)
}

// noSaveAfterTakeover lets a holder save at the moment at which another takes
// over. The new holder reads the run once it has the lease: nothing that the
// old one still wanted may come after that.
func noSaveAfterTakeover(t *testing.T, one, other offboard.Store) {
	for i := range 40 {
		old := acquire(t, one, customer(i), "old", time.Hour)
		run := fresh(customer(i))
		run.Fence = old.Fence
		save(t, one, run)
		must(t, "Release", one.Release(t.Context(), old))
		saved := make(chan error, 1)
		go func() { saved <- one.Save(context.WithoutCancel(t.Context()), run) }()
		time.Sleep(time.Duration(i) * 100 * time.Microsecond) // each time at another moment of the save
		acquire(t, other, customer(i), "new", time.Hour)
		taken := load(t, other, customer(i)).Revision
		err := <-saved
		if err != nil {
			want(t, "Save of a holder whose lease was taken over", err, offboard.ErrLeaseLost)
		}
		if late := load(t, other, customer(i)).Revision; late != taken {
			t.Fatalf("a run went from revision %d to %d under an earlier lease, after another had taken over", taken, late)
		}
	}
}
