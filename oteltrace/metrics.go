package oteltrace

import (
	"context"
	"errors"
	"net/http"

	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
)

// metrics are the instruments of an observer.
type metrics struct {
	requests   metric.Float64Histogram
	operations metric.Float64Histogram
	retries    metric.Int64Counter
	waits      metric.Float64Histogram
	active     metric.Int64UpDownCounter
	runs       metric.Float64Histogram
	rounds     metric.Float64Histogram
	desks      metric.Float64Histogram
	budget     *lastMinute
}

// Bounds of buckets, in seconds.
var (
	// Those of the conventions for HTTP.
	requestBounds = metric.WithExplicitBucketBoundaries(.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10)
	// From a quick call to one that waited as long as Partner Center may ask.
	waitBounds = metric.WithExplicitBucketBoundaries(.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
	// From a customer without anything to the half hour that a runner stays, and more.
	runBounds = metric.WithExplicitBucketBoundaries(.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200)
)

func newMetrics(meter metric.Meter) (*metrics, error) {
	m := &metrics{budget: new(lastMinute)}
	var problems []error
	seconds := func(name, description string, bounds metric.HistogramOption) metric.Float64Histogram {
		h, err := meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description), bounds)
		problems = append(problems, err)
		return h
	}
	m.requests = seconds("http.client.request.duration", "Duration of HTTP client requests.", requestBounds)
	m.operations = seconds("cspkit.operation.duration", "Duration of calls with all of their attempts and waits.", waitBounds)
	m.waits = seconds("cspkit.wait.duration", "Waits for the rate budget, and before retries.", waitBounds)
	m.runs = seconds("cspkit.offboard.run.duration", "Duration of offboarding runs, by the state that they ended in.", runBounds)
	m.rounds = seconds("cspkit.offboard.round.duration", "Duration of the rounds of offboarding runs.", runBounds)
	m.desks = seconds("cspkit.mca.activity.duration", "Duration of what a desk does for a customer: attestations started, rounds and looks.", waitBounds)
	var err error
	m.retries, err = meter.Int64Counter("cspkit.retries", metric.WithUnit("{retry}"), metric.WithDescription("Attempts after the first of a call."))
	problems = append(problems, err)
	m.active, err = meter.Int64UpDownCounter("cspkit.offboard.runs.active", metric.WithUnit("{run}"), metric.WithDescription("Offboarding runs that are being driven now."))
	problems = append(problems, err)
	_, err = meter.Int64ObservableGauge("cspkit.budget.used", metric.WithUnit("{request}"),
		metric.WithDescription("Attempts of the last minute that count against a budget."), metric.WithInt64Callback(m.budget.observe))
	problems = append(problems, err)
	return m, errors.Join(problems...)
}

func (m *metrics) attempt(ctx context.Context, e partnercenter.Event) {
	m.budget.add(e.Resource, e.Start)
	if e.Attempt > 1 {
		m.retries.Add(ctx, 1, metric.WithAttributes(append(request(e), resourceKey.String(string(e.Resource)))...))
	}
	if m.requests.Enabled(ctx) {
		attrs := append(append(request(e), server(e)...), attemptEnd(e)...)
		m.requests.Record(ctx, e.Duration.Seconds(), metric.WithAttributes(attrs...))
	}
}

func (m *metrics) operation(ctx context.Context, e partnercenter.Event) {
	if !m.operations.Enabled(ctx) {
		return
	}
	attrs := append(request(e), resourceKey.String(string(e.Resource)))
	if e.Err != nil {
		attrs = append(attrs, semconv.ErrorTypeKey.String(errorType(e.Err)))
	}
	m.operations.Record(ctx, e.Duration.Seconds(), metric.WithAttributes(attrs...))
}

func (m *metrics) wait(ctx context.Context, e partnercenter.Event) {
	reason := "failure"
	switch {
	case e.Kind == partnercenter.EventBudget:
		reason = "budget"
	case e.Status == http.StatusTooManyRequests:
		reason = "throttled"
	}
	m.waits.Record(ctx, e.Duration.Seconds(), metric.WithAttributes(resourceKey.String(string(e.Resource)), waitReason.String(reason)))
}

func (m *metrics) activity(ctx context.Context, a offboard.Activity) {
	duration := metric.WithAttributes(activityEnd(a)...)
	if a.Kind == offboard.ActivityRound {
		m.rounds.Record(ctx, a.Duration.Seconds(), duration)
		return
	}
	m.active.Add(ctx, -1)
	m.runs.Record(ctx, a.Duration.Seconds(), duration)
}

func (m *metrics) desk(ctx context.Context, a mca.Activity) {
	attrs := append(deskEnd(a), mcaActivity.String(string(a.Kind)))
	m.desks.Record(ctx, a.Duration.Seconds(), metric.WithAttributes(attrs...))
}

func (m *metrics) runBegins(ctx context.Context) { m.active.Add(ctx, 1) }
