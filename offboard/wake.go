package offboard

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cspkit/cspkit/customers"
)

// Wake makes a run of the customer that waits for Partner Center in [Runner.Run]
// or [Runner.GiveUp] look again at once: an event has told that something
// changed. A wake that comes between two waits ends the next one, unless a
// look that began after it has shown what there is to see. Where no run of
// this runner is in, it does nothing: call Run, or [Workflow.Advance].
//
// Wakes are merged, and never make a run faster than [Options].Poll allows or
// stay longer than [Options].Wait. The waits that Partner Center itself asks
// for are not cut short.
func (r *Runner) Wake(customer customers.TenantID) {
	r.wakes.ring(customers.TenantID(strings.ToLower(string(customer))))
}

// wakes finds the runs to wake by their customer.
type wakes struct {
	mu   sync.Mutex
	runs map[customers.TenantID][]alarm
}

// listen returns the alarm of a run. The run calls done when it ends.
func (w *wakes) listen(customer customers.TenantID) (a alarm, done func()) {
	a = make(alarm, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.runs == nil {
		w.runs = map[customers.TenantID][]alarm{}
	}
	w.runs[customer] = append(w.runs[customer], a)
	return a, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		rest := slices.DeleteFunc(w.runs[customer], func(other alarm) bool { return other == a })
		if w.runs[customer] = rest; len(rest) == 0 {
			delete(w.runs, customer)
		}
	}
}

func (w *wakes) ring(customer customers.TenantID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.runs[customer] {
		select {
		case a <- struct{}{}:
		default: // it rings already
		}
	}
}

// alarm holds at most one wake that its run has yet to act on.
type alarm chan struct{}

func (a alarm) rings() bool { return len(a) > 0 }

// off forgets a wake: what it is about will be seen by the look that begins.
func (a alarm) off() {
	select {
	case <-a:
	default:
	}
}

// pauseUntil waits as [pauseUntil] does, or until the alarm rings.
func (a alarm) pauseUntil(ctx context.Context, t time.Time) error {
	d := time.Until(t)
	timer := time.NewTimer(d + rand.N(max(d/20, 0)+1))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-a:
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
