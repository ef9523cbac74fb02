package oteltrace_test

import (
	"testing"

	"go.opentelemetry.io/otel"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/oteltrace"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// A client without an observer makes no spans, whatever the process has set up.
func TestNobodyIsToldWhoDoesNotAsk(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)))
	defer otel.SetTracerProvider(before)
	fake := partnercentertest.New(partnercentertest.Customer{ID: contoso})
	client, err := partnercenter.New(credentials(t, fake), partnercenter.WithTransport(fake))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Send(t.Context(), reading); err != nil {
		t.Fatal(err)
	}
	if n := len(spans.GetSpans()); n != 0 {
		t.Errorf("%d spans without an observer", n)
	}

	observer, err := oteltrace.New() // the global providers are the default
	if err != nil {
		t.Fatal(err)
	}
	client, err = partnercenter.New(credentials(t, fake), partnercenter.WithTransport(fake), partnercenter.WithObserver(observer))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Send(t.Context(), reading); err != nil {
		t.Fatal(err)
	}
	if n := len(spans.GetSpans()); n != 2 {
		t.Errorf("%d spans with an observer, want an operation and an attempt", n)
	}
}

// Where the process has not set OpenTelemetry up, contexts stay as they are.
func TestNothingIsObservedWhereNobodyListens(t *testing.T) {
	observer, err := oteltrace.New(
		oteltrace.WithTracerProvider(tracenoop.NewTracerProvider()), oteltrace.WithMeterProvider(metricnoop.NewMeterProvider()))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for _, kind := range []partnercenter.EventKind{partnercenter.EventOperation, partnercenter.EventAttempt} {
		if observer.Start(ctx, partnercenter.Event{Kind: kind, RequestID: "one"}) != ctx {
			t.Errorf("an %s changes the context", kind)
		}
		observer.Observe(ctx, partnercenter.Event{Kind: kind, RequestID: "one"})
	}
	for _, kind := range []offboard.ActivityKind{offboard.ActivityRun, offboard.ActivityRound} {
		if observer.Begin(ctx, offboard.Activity{Kind: kind, Customer: contoso}) != ctx {
			t.Errorf("a %s changes the context", kind)
		}
		observer.End(ctx, offboard.Activity{Kind: kind, Customer: contoso})
	}
}

// What a sampler leaves out is no parent of what is recorded, and no orphan.
func TestSpansThatAreNotSampledLeaveNoOrphans(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	observer, err := oteltrace.New(oteltrace.WithTracerProvider(
		sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())))))
	if err != nil {
		t.Fatal(err)
	}
	fake := partnercentertest.New(partnercentertest.Customer{ID: contoso})
	client, err := partnercenter.New(credentials(t, fake), partnercenter.WithTransport(fake), partnercenter.WithObserver(observer))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Send(t.Context(), reading); err != nil {
		t.Fatal(err)
	}
	if n := len(spans.GetSpans()); n != 0 {
		t.Errorf("%d spans that nobody sampled", n)
	}
}

func TestProvidersMustNotBeNil(t *testing.T) {
	if _, err := oteltrace.New(oteltrace.WithTracerProvider(nil), oteltrace.WithMeterProvider(nil)); err == nil ||
		err.Error() != "oteltrace: the tracer provider must not be nil\nthe meter provider must not be nil" {
		t.Errorf("New with nil providers: error = %v", err)
	}
}
