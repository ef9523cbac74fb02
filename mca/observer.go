package mca

import (
	"context"
	"errors"
	"time"

	"github.com/cspkit/cspkit/customers"
)

// Observer sees the work of a [Desk] begin and end, such as to make spans of
// it. It is called from the goroutine of the work, so it must be quick and safe
// for concurrent use. Its methods are not named as those of offboard.Observer,
// so that one type can be both.
type Observer interface {
	// Enter returns the context that the work goes on in, derived from ctx.
	Enter(ctx context.Context, a Activity) context.Context
	// Leave is called with that context at the end of the work.
	Leave(ctx context.Context, a Activity)
}

// ActivityKind says what an [Activity] is.
type ActivityKind string

const (
	// ActivityStart is a call of [Desk.Start] or [Desk.Renew]: the attestation
	// is created, recorded, and its link handed to the [Sender].
	ActivityStart ActivityKind = "start"
	// ActivityRound looks at a customer and does the one next thing.
	// [Desk.Advance] does one round, [Desk.Finalize] and [Desk.Watch] do many,
	// with waits between them.
	ActivityRound ActivityKind = "round"
	// ActivityLook only reads and records: [Desk.Refresh], [Desk.Require], and
	// each customer of [Desk.Statuses] that is not remembered as compliant.
	ActivityLook ActivityKind = "look"
)

// Activity is a piece of work on its way. It holds no secret.
type Activity struct {
	Kind     ActivityKind
	Customer customers.TenantID
	State    State // at the end: where the customer stands; empty if that was not found out
	Start    time.Time
	Duration time.Duration // at the end
	Err      error         // at the end: why it failed, or what a person has to put right
}

// WithObserver tells o about the work of a desk.
func WithObserver(o Observer) DeskOption {
	return func(c *deskConfig) error { c.observer = o; return required("observer", o == nil) }
}

// enter tells the observer that something begins. It returns the context that
// it goes on in, and what tells its end.
func (d *Desk) enter(ctx context.Context, kind ActivityKind, customer customers.TenantID) (context.Context, func(State, error)) {
	if d.config.observer == nil {
		return ctx, func(State, error) {}
	}
	a := Activity{Kind: kind, Customer: customer, Start: time.Now()}
	ctx = d.config.observer.Enter(ctx, a)
	return ctx, func(state State, err error) {
		a.State, a.Err, a.Duration = state, err, time.Since(a.Start)
		d.config.observer.Leave(ctx, a)
	}
}

// errNotVisible: the agreement was created twice, and no read shows it.
var errNotVisible = errors.New("the agreement was created twice, and Microsoft shows none: ask Microsoft support")

// stuck is why a round ends in an action that a person has to take over, or nil.
func stuck(act action) error {
	switch act {
	case conflict:
		return ErrAnotherSignatory
	case unusable:
		return ErrAttestationUnusable
	case notVisible:
		return errNotVisible
	}
	return nil
}
