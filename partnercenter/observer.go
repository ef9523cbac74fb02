package partnercenter

import (
	"context"
	"time"
)

// Observer sees what happens to the calls of a client. It is called from the
// goroutine of the call, so it must be quick and safe for concurrent use. An
// event never holds a token, a body or a link.
type Observer interface {
	Observe(ctx context.Context, e Event)
}

// ObserverFunc makes an [Observer] of a function.
type ObserverFunc func(ctx context.Context, e Event)

// Observe calls f.
func (f ObserverFunc) Observe(ctx context.Context, e Event) { f(ctx, e) }

// EventKind says what an [Event] tells.
type EventKind string

const (
	EventAttempt EventKind = "attempt" // one request was sent and answered, or failed
	EventWait    EventKind = "wait"    // a retry waits before its next attempt
	EventBudget  EventKind = "budget"  // a request waited for the rate budget
	EventToken   EventKind = "token"   // a token source gave another token than before
)

// Event is one thing that happened to a call.
type Event struct {
	Kind          EventKind
	Operation     string
	Resource      Resource
	Method        string
	RequestID     string
	CorrelationID string
	Credential    Credential    // the kind of token in use
	Attempt       int           // counts from 1, a followed redirect too; 0 in [Client.Authorize]
	Start         time.Time     // when it began
	Duration      time.Duration // how long it took; for a wait, how long it will take
	Status        int           // of an attempt: the HTTP status, zero without an answer
	Err           error         // of an attempt: why there is no answer
}
