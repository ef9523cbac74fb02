package offboard

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

// TestEveryPathEndsDoneWaitingOrBlocked drives a run from every kind of
// subscription, under every policy and every way in which Partner Center can
// answer, through months if need be. The fake itself checks the order.
func TestEveryPathEndsDoneWaitingOrBlocked(t *testing.T) {
	for _, m := range modes {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			for _, kind := range kindOrder {
				for _, it := range pathItems(kind) {
					for _, p := range policies() {
						if p.GDAP != p.Sandbox || m != atOnce && (!p.GDAP || p.WindowClosed == Refuse) {
							continue // how it is answered makes no difference there
						}
						t.Run(fmt.Sprintf("%v %s gdap and sandbox=%t", it, p.WindowClosed, p.GDAP), func(t *testing.T) {
							synctest.Test(t, func(t *testing.T) { follow(t, newWorld(t, m, it), p) })
						})
					}
				}
			}
		})
	}
}

// pathItems are the combinations of a kind that differ in their path.
func pathItems(kind subscriptions.Kind) []item {
	items := []item{
		{kind, subscriptions.Suspended, open}, {kind, subscriptions.Suspended, closed}, {kind, subscriptions.Suspended, endless},
		{kind, subscriptions.Pending, closed}, {kind, subscriptions.Deleted, closed},
	}
	for _, w := range windows {
		items = append(items, item{kind, subscriptions.Active, w})
	}
	return items
}

// follow drives a run until it is done, or has stayed blocked or waiting for
// long enough to say that it ends there.
func follow(t *testing.T, w *world, p Policy) {
	t.Helper()
	workflow, err := New(w, new(MemoryStore), WithDirectory(w))
	if err != nil {
		t.Fatal(err)
	}
	// Two runners in turn stand for a process that was started again.
	var r *Report
	for range 2 {
		r, err = NewRunner(workflow, Options{Policy: p}).Run(t.Context(), contoso)
		if err != nil && !errors.Is(err, partnercenter.ErrTransient) {
			t.Fatalf("Run = %+v, %v", r, err)
		}
		if r.State == Done {
			break
		}
	}
	// A scheduler goes on with it, at the dates that the run names.
	blocked := 0
	for range 60 {
		run, err := workflow.store.Load(t.Context(), contoso)
		if err != nil || run.Finished() {
			break
		}
		if run.State == Blocked {
			if blocked++; blocked > 8 {
				break
			}
		}
		if d := time.Until(run.DueAt); d > 0 {
			time.Sleep(d)
		}
		if _, err := workflow.Advance(t.Context(), contoso); err != nil && !errors.Is(err, partnercenter.ErrTransient) {
			t.Fatalf("Advance: %v", err)
		}
	}
	run, err := workflow.store.Load(t.Context(), contoso)
	if err != nil {
		t.Fatal(err)
	}
	switch run.State {
	case Done:
		// Whether a customer without a relationship is deleted in the sandbox
		// cannot be read: the call is all there is.
		deleted := w.tries[string(DeleteCustomer)+" "+string(contoso)] > 0
		if !w.removed || w.record || deleted != run.Policy.Sandbox {
			t.Errorf("done, but removed=%t, record=%t, deletion sent=%t", w.removed, w.record, deleted)
		}
	case Waiting:
		if run.Reason == "" || run.WaitUntil.IsZero() {
			t.Errorf("waiting without a reason or a date: %+v", run)
		}
	case Blocked:
		if len(run.Blockers) == 0 {
			t.Errorf("blocked without a reason: %+v", run)
		}
	default:
		t.Errorf("the run ends %s in phase %s: %s", run.State, run.Phase, run.Reason)
	}
	if w.mode == atOnce || w.mode == slowly || w.mode == cut || w.mode == dropped || w.mode == busyOnce {
		for key, n := range w.applied {
			if n != 1 {
				t.Errorf("%s took effect %d times", key, n)
			}
		}
	}
	if err := VerifyAudit(workflow.Audit(t.Context(), contoso), run.Head); err != nil {
		t.Error(err)
	}
}
