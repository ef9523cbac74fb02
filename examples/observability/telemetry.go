package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/cspkit/cspkit/oteltrace"
)

// telemetry is OpenTelemetry as a service sets it up, but for the two ends: here
// spans and metrics stay in memory until they are printed.
type telemetry struct {
	tracers  *sdktrace.TracerProvider
	meters   *sdkmetric.MeterProvider
	observer *oteltrace.Observer

	spans  *tracetest.InMemoryExporter
	reader *sdkmetric.ManualReader
}

// newTelemetry sets it up. For a collector, replace the two ends:
//
//	spans, err := otlptracegrpc.New(ctx)     // in place of the exporter in memory
//	metrics, err := otlpmetricgrpc.New(ctx)
//	reader := sdkmetric.NewPeriodicReader(metrics) // in place of the manual reader
//
// Both read OTEL_EXPORTER_OTLP_ENDPOINT. Nothing else changes; and shut both
// providers down as the service ends, or the last minute is lost.
func newTelemetry() (*telemetry, error) {
	service, err := resource.Merge(resource.Default(), resource.NewSchemaless(semconv.ServiceName("csp-offboarding")))
	if err != nil {
		return nil, err
	}
	t := &telemetry{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	t.tracers = sdktrace.NewTracerProvider(sdktrace.WithResource(service), sdktrace.WithBatcher(t.spans))
	t.meters = sdkmetric.NewMeterProvider(sdkmetric.WithResource(service), sdkmetric.WithReader(t.reader))
	t.observer, err = oteltrace.New(oteltrace.WithTracerProvider(t.tracers), oteltrace.WithMeterProvider(t.meters))
	return t, err
}

// tokenClient makes the requests for tokens, as the HTTPClient of
// auth.AppConfig. They are no calls of Partner Center, so the observer does not
// see them; the instrumentation of net/http does, and never looks into a body,
// which is where the secrets are.
func (t *telemetry) tokenClient() *http.Client {
	return &http.Client{
		Timeout:   30 * time.Second, // the library's default has it, too
		Transport: otelhttp.NewTransport(http.DefaultTransport, otelhttp.WithTracerProvider(t.tracers), otelhttp.WithMeterProvider(t.meters)),
	}
}

// print prints what was gathered. A service does not: its exporters send it.
func (t *telemetry) print(ctx context.Context, out io.Writer) error {
	var metrics metricdata.ResourceMetrics
	err := errors.Join(t.tracers.ForceFlush(ctx), t.reader.Collect(ctx, &metrics))
	fmt.Fprintln(out, "\nSPANS")
	printSpans(out, t.spans.GetSpans())
	fmt.Fprintln(out, "\nMETRICS")
	printMetrics(out, metrics)
	return err
}

// shutdown sends what is left, and ends what runs in the background.
func (t *telemetry) shutdown(ctx context.Context) error {
	return errors.Join(t.tracers.Shutdown(ctx), t.meters.Shutdown(ctx))
}
