package oteltrace

import (
	"context"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/cspkit/cspkit/partnercenter"
)

// open is a span of an observer that has not ended. A context carries it under
// the observer as its key. What it covers is compared when it is to end:
// somebody who calls the observer with another context than the one it gave
// must not end the span of something else.
type open struct {
	span trace.Span
	kind any // a partnercenter.EventKind, an offboard.ActivityKind or an mca.ActivityKind
	id   string
}

// begin starts a span. Where nobody listens, the context stays as it is.
func (o *Observer) begin(ctx context.Context, kind any, id, name string, as trace.SpanKind, at time.Time, attrs []attribute.KeyValue) context.Context {
	inside, span := o.tracer.Start(ctx, name, trace.WithSpanKind(as), trace.WithTimestamp(at), trace.WithAttributes(attrs...))
	if !span.IsRecording() && span.SpanContext().Equal(trace.SpanContextFromContext(ctx)) {
		return ctx
	}
	return context.WithValue(inside, o, &open{span, kind, id})
}

// find returns the span of a context if it is that of kind and id, or nil.
func (o *Observer) find(ctx context.Context, kind any, id string) trace.Span {
	if s, ok := ctx.Value(o).(*open); ok && s.kind == kind && s.id == id {
		return s.span
	}
	return nil
}

// end ends a span. An attribute error.type among the others makes it failed.
func (o *Observer) end(ctx context.Context, kind any, id string, at time.Time, attrs []attribute.KeyValue) {
	span := o.find(ctx, kind, id)
	if span == nil {
		return
	}
	span.SetAttributes(attrs...)
	if slices.ContainsFunc(attrs, func(a attribute.KeyValue) bool { return a.Key == semconv.ErrorTypeKey }) {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(at))
}

// note adds an event to the span of the operation.
func (o *Observer) note(ctx context.Context, e partnercenter.Event, name string, attrs ...attribute.KeyValue) {
	if span := o.find(ctx, partnercenter.EventOperation, e.RequestID); span != nil {
		span.AddEvent(name, trace.WithTimestamp(e.Start), trace.WithAttributes(attrs...))
	}
}
