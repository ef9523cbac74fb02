package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/cspkit/cspkit/offboard"
)

// record appends an event to the run's chain, as package offboard does, and
// returns the entry. [offboard.VerifyAudit] says whether the chain is the same.
func record(run *offboard.Run, detail string) offboard.Entry {
	run.Entries++
	entry := offboard.Entry{
		Run: run.ID, Seq: run.Entries, Actor: "operator", Previous: run.Head,
		Event: offboard.Event{Customer: run.Customer, At: day(0), Phase: run.Phase, Outcome: offboard.Changed, Detail: detail},
	}
	b, err := json.Marshal(entry)
	if err != nil { // only strings, numbers and times: cannot happen
		panic(err)
	}
	sum := sha256.Sum256(b)
	entry.Hash = hex.EncodeToString(sum[:])
	run.Head = entry.Hash
	return entry
}

// verify checks the chain of a run's trail, and that nothing is missing.
func verify(t *testing.T, store offboard.Store, run *offboard.Run) {
	t.Helper()
	if err := offboard.VerifyAudit(store.Audit(t.Context(), run.ID), run.Head); err != nil {
		t.Fatalf("the trail of a run: %v", err)
	}
	if got := len(list(t, "Audit", store.Audit(t.Context(), run.ID))); got != run.Entries {
		t.Fatalf("the trail has %d entries, the run counts %d", got, run.Entries)
	}
}

func trailOrder(t *testing.T, one, other offboard.Store) {
	run, want := fresh(contoso), []offboard.Entry(nil)
	// One by one, many at once, and more than fit on a page.
	for i, n := range []int{1, 0, 2, 300, 1, 7} {
		var entries []offboard.Entry
		for j := range n {
			entries = append(entries, record(run, fmt.Sprintf("%d/%d %s", i, j, text)))
		}
		must(t, "Save", handle(i, one, other).Save(t.Context(), run, entries...))
		want = append(want, entries...)
	}
	verify(t, other, run)
	trail := other.Audit(t.Context(), run.ID)
	for range 2 { // a sequence can be ranged twice
		same(t, "the trail", encoded(t, list(t, "Audit", trail)), encoded(t, want))
	}
	// Who breaks out leaves nothing behind that others would wait for.
	for range 50 {
		for _, err := range trail {
			must(t, "Audit", err)
			break
		}
	}
	ctx, cancel := hurry(t)
	defer cancel()
	must(t, "Save after loops that were left", other.Save(ctx, run))
}

func earlierTrails(t *testing.T, one, other offboard.Store) {
	earlier := fresh(contoso)
	earlier.Phase = offboard.PhaseDone
	save(t, one, earlier, "begun", "done")
	next := fresh(contoso)
	next.ID, next.Revision = "the next run", earlier.Revision
	save(t, one, next, "begun")
	if got := load(t, other, contoso); got.ID != next.ID {
		t.Errorf("Load returns run %q, want the newest", got.ID)
	}
	verify(t, other, earlier)
	verify(t, other, next)
}

func growingTrail(t *testing.T, one, other offboard.Store) {
	run := fresh(contoso)
	save(t, one, run, "a", "b", "c")
	ctx, cancel := hurry(t)
	defer cancel()
	last := 0
	for e, err := range other.Audit(ctx, run.ID) {
		must(t, "Audit", err)
		if e.Seq != last+1 {
			t.Fatalf("entry %d comes after entry %d", e.Seq, last)
		}
		if last = e.Seq; last <= 3 {
			must(t, "Save inside a loop over Audit", other.Save(ctx, run, record(run, "inside")))
		}
	}
	if last < 3 {
		t.Errorf("Audit ended after %d entries, want the 3 that were there at least", last)
	}
	verify(t, one, run)
}
