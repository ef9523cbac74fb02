package offboard

import (
	"context"
	"time"

	"github.com/cspkit/cspkit/customers"
)

// Observer sees runs and rounds begin and end, such as to make spans of them.
// It is called from the goroutine of the run, so it must be quick and safe for
// concurrent use.
type Observer interface {
	// Begin returns the context that the activity goes on in, derived from ctx.
	// How the run stands is what is known by then.
	Begin(ctx context.Context, a Activity) context.Context
	// End is called with that context, and with how the run stands now.
	End(ctx context.Context, a Activity)
}

// ActivityKind says what an [Activity] is.
type ActivityKind string

const (
	// ActivityRun is a call of [Runner.Run] or [Runner.GiveUp], with all of its
	// waits. A scheduler that calls [Workflow.Advance] has rounds only.
	ActivityRun ActivityKind = "run"
	// ActivityRound is one round: observe, decide, act, record.
	ActivityRound ActivityKind = "round"
)

// Activity is a run or round on its way. It holds no secret.
type Activity struct {
	Kind     ActivityKind
	Customer customers.TenantID
	Phase    Phase // how the run stands
	State    State
	Start    time.Time
	Duration time.Duration // at the end
	Err      error         // at the end: why it failed, or was interrupted
}

// WithObserver tells o about runs and rounds.
func WithObserver(o Observer) Option {
	return func(w *Workflow) error { w.observer = o; return required("observer", o == nil) }
}

// enter tells the observer that something begins. It returns the context that
// it goes on in, and what tells its end.
func (w *Workflow) enter(ctx context.Context, a Activity) (context.Context, func(Phase, State, error)) {
	if w.observer == nil {
		return ctx, func(Phase, State, error) {}
	}
	a.Start = time.Now()
	ctx = w.observer.Begin(ctx, a)
	return ctx, func(phase Phase, state State, err error) {
		a.Phase, a.State, a.Err, a.Duration = phase, state, err, time.Since(a.Start)
		w.observer.End(ctx, a)
	}
}
