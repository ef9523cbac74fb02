package oteltrace

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
)

// scope names the instrumentation in what it gives out.
const scope = "github.com/cspkit/cspkit/oteltrace"

// Observer makes spans and metrics. Give the same one to
// [partnercenter.WithObserver], [offboard.WithObserver] and [mca.WithObserver]. An observer that
// wraps it must pass Start on, too, or there are metrics only. It is safe for
// concurrent use.
type Observer struct {
	tracer  trace.Tracer
	metrics *metrics
}

var (
	_ partnercenter.StartObserver = (*Observer)(nil)
	_ offboard.Observer           = (*Observer)(nil)
	_ mca.Observer                = (*Observer)(nil)
)

// Option changes one default of an [Observer].
type Option func(*config) error

type config struct {
	tracers trace.TracerProvider
	meters  metric.MeterProvider
}

// WithTracerProvider sends spans to p. The default is the global provider.
func WithTracerProvider(p trace.TracerProvider) Option {
	return func(c *config) error { c.tracers = p; return required("tracer provider", p == nil) }
}

// WithMeterProvider sends metrics to p. The default is the global provider.
func WithMeterProvider(p metric.MeterProvider) Option {
	return func(c *config) error { c.meters = p; return required("meter provider", p == nil) }
}

func required(what string, missing bool) error {
	if missing {
		return fmt.Errorf("the %s must not be nil", what)
	}
	return nil
}

// New returns an observer that gives spans and metrics to OpenTelemetry. The
// error joins all that is wrong with the options.
func New(opts ...Option) (*Observer, error) {
	c := config{tracers: otel.GetTracerProvider(), meters: otel.GetMeterProvider()}
	var problems []error
	for _, opt := range opts {
		problems = append(problems, opt(&c))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("oteltrace: %w", err)
	}
	m, err := newMetrics(c.meters.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL)))
	if err != nil {
		return nil, fmt.Errorf("oteltrace: %w", err)
	}
	return &Observer{c.tracers.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL)), m}, nil
}

// Start implements [partnercenter.StartObserver].
func (o *Observer) Start(ctx context.Context, e partnercenter.Event) context.Context {
	switch e.Kind {
	case partnercenter.EventOperation:
		return o.begin(ctx, e.Kind, e.RequestID, "partnercenter "+e.Method+" "+e.Path, trace.SpanKindInternal, e.Start, operation(e))
	case partnercenter.EventAttempt:
		return o.begin(ctx, e.Kind, e.RequestID, e.Method+" "+e.Path, trace.SpanKindClient, e.Start, attempt(e))
	}
	return ctx
}

// Observe implements [partnercenter.Observer].
func (o *Observer) Observe(ctx context.Context, e partnercenter.Event) {
	switch e.Kind {
	case partnercenter.EventOperation:
		o.metrics.operation(ctx, e)
		o.end(ctx, e.Kind, e.RequestID, e.Start.Add(e.Duration), operationEnd(e))
	case partnercenter.EventAttempt:
		o.metrics.attempt(ctx, e)
		o.end(ctx, e.Kind, e.RequestID, e.Start.Add(e.Duration), attemptEnd(e))
	case partnercenter.EventWait:
		o.metrics.wait(ctx, e)
		o.note(ctx, e, "retry wait", waitDuration.Float64(e.Duration.Seconds()))
	case partnercenter.EventBudget:
		o.metrics.wait(ctx, e)
		o.note(ctx, e, "budget wait", waitDuration.Float64(e.Duration.Seconds()))
	case partnercenter.EventToken:
		o.note(ctx, e, "token")
	}
}

// Begin implements [offboard.Observer].
func (o *Observer) Begin(ctx context.Context, a offboard.Activity) context.Context {
	if a.Kind == offboard.ActivityRun {
		o.metrics.runBegins(ctx)
	}
	return o.begin(ctx, a.Kind, string(a.Customer), "offboard "+string(a.Kind), trace.SpanKindInternal, a.Start, customer(a.Customer))
}

// End implements [offboard.Observer].
func (o *Observer) End(ctx context.Context, a offboard.Activity) {
	o.metrics.activity(ctx, a)
	o.end(ctx, a.Kind, string(a.Customer), a.Start.Add(a.Duration), activityEnd(a))
}

// Enter implements [mca.Observer].
func (o *Observer) Enter(ctx context.Context, a mca.Activity) context.Context {
	return o.begin(ctx, a.Kind, string(a.Customer), "mca "+string(a.Kind), trace.SpanKindInternal, a.Start, customer(a.Customer))
}

// Leave implements [mca.Observer].
func (o *Observer) Leave(ctx context.Context, a mca.Activity) {
	o.metrics.desk(ctx, a)
	o.end(ctx, a.Kind, string(a.Customer), a.Start.Add(a.Duration), deskEnd(a))
}
