package main

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// inSpans is a handler that adds the trace and span that a line belongs to: the
// library logs with the context of the call that a line is about. (With the
// bridge otelslog, lines go to a collector, and have both without this.)
type inSpans struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h inSpans) Handle(ctx context.Context, r slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h inSpans) WithAttrs(attrs []slog.Attr) slog.Handler {
	return inSpans{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h inSpans) WithGroup(name string) slog.Handler { return inSpans{h.Handler.WithGroup(name)} }
