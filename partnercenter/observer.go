package partnercenter

import (
	"context"
	"errors"
	"log/slog"
	"strings"
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

// StartObserver is an [Observer] that is also told when an operation and each
// of its attempts begin, such as one that makes spans of them.
type StartObserver interface {
	Observer
	// Start returns the context that the operation or attempt goes on in,
	// derived from ctx. What happens meanwhile is observed with it, and at last
	// the end, as an event of the same kind. Duration, Status and Err are not
	// known yet.
	Start(ctx context.Context, e Event) context.Context
}

// EventKind says what an [Event] tells.
type EventKind string

const (
	EventOperation EventKind = "operation" // a call has ended, after all of its attempts; each page of a list is a call
	EventAttempt   EventKind = "attempt"   // one request was sent and answered, or failed
	EventWait      EventKind = "wait"      // a retry waits before its next attempt
	EventBudget    EventKind = "budget"    // a request waited for the rate budget
	EventToken     EventKind = "token"     // a token source gave another token than before
)

// Event is one thing that happened to a call.
type Event struct {
	Kind          EventKind
	Operation     string
	Resource      Resource
	Method        string
	Scheme        string // of the service: https, or http on loopback
	Host          string // of the service, with its port
	Path          string // with {id} in place of each identifier, such as /v1/customers/{id}
	RequestID     string
	CorrelationID string
	Credential    Credential    // the kind of token in use
	Attempt       int           // counts from 1, a followed redirect too; 0 before the first, as in [Client.Authorize]
	Start         time.Time     // when it began
	Duration      time.Duration // how long it took; for a wait, how long it will take
	Status        int           // of an attempt: the HTTP status, zero without an answer; of a wait: that of the answer before it; of an operation: the last one
	Code          string        // of an operation that failed: the service's code, such as "800036" or "AADSTS700082"
	Err           error         // of an attempt: why there is no answer; of an operation: which sentinel its error matches
}

// watched reports whether anybody wants to know what happens to the call.
func (c *call) watched(ctx context.Context) bool {
	return c.client.config.observer != nil || c.client.config.logger.Enabled(ctx, slog.LevelDebug)
}

// describe fills in what is common to all events of the call.
func (c *call) describe(e Event) Event {
	to := c.client.endpoint(c.request.Service)
	e.Operation, e.Resource, e.Method = c.request.Operation, c.request.Resource, c.request.Method
	e.Scheme, e.Host = strings.ToLower(to.base.Scheme), hostPort(to.base, to.base.Scheme)
	e.Path = pathTemplate(to.version + c.request.Path)
	e.RequestID, e.CorrelationID = c.request.RequestID, c.request.CorrelationID
	e.Credential, e.Attempt = c.kind, c.attempt
	return e
}

// start tells an observer that wants to know that the operation or an attempt
// begins, and returns the context that it goes on in.
func (c *call) start(ctx context.Context, kind EventKind, at time.Time) context.Context {
	if observer, ok := c.client.config.observer.(StartObserver); ok {
		return observer.Start(ctx, c.describe(Event{Kind: kind, Start: at}))
	}
	return ctx
}

// ending says how a call ended, in words of our own: the service's may hold
// what only the packages above this one know to be secret.
func ending(status int, err error) (int, string, error) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return status, "", err
	}
	text := "the service reports a failure"
	switch {
	case e.Status == 0 && e.cause != nil:
		text = e.cause.Error()
	case e.class != nil:
		text = e.class.Error()
	}
	code := e.Code
	if strings.Trim(strings.TrimPrefix(code, "AADSTS"), "0123456789") != "" || len(code) > len("AADSTS1234567890") {
		code = ""
	}
	return e.Status, code, &ended{text, err}
}

// ended is how a call failed. It can be told from others by errors.Is alone.
type ended struct {
	text string
	err  error
}

func (e *ended) Error() string        { return e.text }
func (e *ended) Is(target error) bool { return errors.Is(e.err, target) }

// observe tells the observer and the log about the call.
func (c *call) observe(ctx context.Context, e Event) {
	if !c.watched(ctx) {
		return
	}
	e = c.describe(e)
	if e.Kind == EventOperation {
		e.Status, e.Code, e.Err = ending(e.Status, e.Err)
	} else {
		e.Err = c.presentable(e.Err)
	}
	if observer := c.client.config.observer; observer != nil {
		observer.Observe(ctx, e)
	}
	log := c.client.config.logger
	if !log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("operation", e.Operation), slog.String("request_id", e.RequestID),
		slog.String("correlation_id", e.CorrelationID), slog.Int("attempt", e.Attempt), slog.Duration("duration", e.Duration),
	}
	if e.Status != 0 {
		attrs = append(attrs, slog.Int("status", e.Status))
	}
	if e.Code != "" {
		attrs = append(attrs, slog.String("code", e.Code))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	log.LogAttrs(ctx, slog.LevelDebug, "partner center "+string(e.Kind), attrs...)
}
