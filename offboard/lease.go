package offboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/guid"
	"github.com/cspkit/cspkit/internal/pause"
)

// How long a lease lasts unless it is prolonged, and how often it is.
const (
	leaseLife  = 30 * time.Second
	leaseRenew = 10 * time.Second
)

var (
	// ErrLeased: somebody else works on the customer's run at the moment: leave
	// it to them, or try again later. The error is a [*LeasedError], which says when.
	ErrLeased = errors.New("another process works on this customer")
	// ErrLeaseLost: this process stood still, or could not reach its store, for
	// so long that somebody else has taken the run over, or may have. It stops
	// before its next write; call again, which goes on from what is recorded.
	ErrLeaseLost = errors.New("another process has taken this customer over")
)

// Lease is the right to work on a customer's run, for a while. Its fencing
// number grows with each new lease of that customer: what an earlier holder
// still wants to save is refused by it.
type Lease struct {
	Customer customers.TenantID
	Holder   string // who works: made up anew each time
	Fence    int64
}

// LeasedError says how long somebody else's lease lasts, unless it is prolonged.
type LeasedError struct {
	Customer customers.TenantID
	Until    time.Time // by the store's clock
}

// Error says when to try again.
func (e *LeasedError) Error() string {
	return fmt.Sprintf("customer %s: %v: try again after %s", e.Customer, ErrLeased, e.Until.UTC().Format(time.RFC3339))
}

// Is reports whether target is [ErrLeased].
func (e *LeasedError) Is(target error) bool { return target == ErrLeased }

// hold is a lease that this process has and prolongs.
type hold struct {
	workflow *Workflow
	lease    Lease
	newest   Lease // what the store gave last; belongs to prolong until stopped
	stop     context.CancelCauseFunc
	stopped  chan struct{}
}

// errReleased ends the prolonging of a lease that is no longer needed.
var errReleased = errors.New("the lease was given back")

// hold takes the customer's lease and prolongs it until release. The context
// that it returns ends, with ErrLeaseLost as its cause, when that fails for so
// long that somebody else may have it.
func (w *Workflow) hold(ctx context.Context, customer customers.TenantID) (context.Context, *hold, error) {
	holder, asked := guid.New(), time.Now()
	lease, err := w.store.Acquire(ctx, customer, holder, leaseLife)
	if err != nil {
		return ctx, nil, fmt.Errorf("offboard: %w", err)
	}
	held, stop := context.WithCancelCause(ctx)
	h := &hold{workflow: w, lease: lease, newest: lease, stop: stop, stopped: make(chan struct{})}
	go h.prolong(held, asked)
	return held, h, nil
}

// wait is hold for somebody who can wait: for as long as a Runner stays.
func (w *Workflow) wait(ctx context.Context, customer customers.TenantID, stay time.Duration) (context.Context, *hold, error) {
	deadline := time.Now().Add(stay)
	for {
		held, h, err := w.hold(ctx, customer)
		if !errors.Is(err, ErrLeased) || time.Now().Add(leasePoll).After(deadline) {
			return held, h, err
		}
		if err := pause.For(ctx, leasePoll); err != nil {
			return ctx, nil, err
		}
	}
}

// leasePoll is how often a Runner looks whether somebody else has finished.
const leasePoll = 2 * time.Second

// prolong keeps the lease until the context ends.
func (h *hold) prolong(ctx context.Context, acquired time.Time) {
	defer close(h.stopped)
	for {
		if pause.For(ctx, leaseRenew) != nil {
			return
		}
		asked := time.Now()
		// A store that hangs must not hide that the time is over.
		attempt, cancel := context.WithDeadline(ctx, acquired.Add(leaseLife))
		lease, err := h.workflow.store.Acquire(attempt, h.lease.Customer, h.lease.Holder, leaseLife)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && lease.Fence == h.lease.Fence:
			acquired = asked
		case err == nil: // it had ended, as where the machine slept, and this is another
			h.newest = lease
			h.lost()
			return
		case errors.Is(err, ErrLeased), !time.Now().Add(leaseRenew).Before(acquired.Add(leaseLife)):
			h.lost()
			return
		default:
			h.workflow.logger.LogAttrs(ctx, slog.LevelWarn, "the lease could not be prolonged yet",
				slog.String("customer", string(h.lease.Customer)), slog.String("error", err.Error()))
		}
	}
}

// lost ends the work under the lease.
func (h *hold) lost() {
	h.stop(fmt.Errorf("offboard: customer %s: %w", h.lease.Customer, ErrLeaseLost))
}

// release gives the lease back, so that nobody has to wait for its end.
func (h *hold) release(ctx context.Context) {
	h.stop(errReleased)
	<-h.stopped
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseRenew)
	defer cancel()
	if err := h.workflow.store.Release(ctx, h.newest); err != nil {
		h.workflow.logger.LogAttrs(ctx, slog.LevelWarn, "the lease could not be given back: it ends by itself",
			slog.String("customer", string(h.lease.Customer)), slog.String("error", err.Error()))
	}
}
