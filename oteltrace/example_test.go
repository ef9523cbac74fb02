package oteltrace_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/oteltrace"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// printer prints the name of each span as it ends: parts come before the whole.
type printer struct{}

func (printer) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, s := range spans {
		fmt.Println(s.Name())
	}
	return nil
}

func (printer) Shutdown(context.Context) error { return nil }

// A program that has set OpenTelemetry up calls New without options.
func ExampleNew() {
	reader := sdkmetric.NewManualReader()
	observer, err := oteltrace.New(
		oteltrace.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(printer{}))),
		oteltrace.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
	if err != nil {
		log.Fatal(err)
	}

	fake := partnercentertest.New(partnercentertest.Customer{ID: contoso, Company: "Contoso BV"})
	user, err := auth.NewUser(auth.UserConfig{
		App: auth.AppConfig{
			Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
			ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: fake},
		},
		RefreshToken: partnercentertest.RefreshToken,
	})
	if err != nil {
		log.Fatal(err)
	}
	client, err := cspkit.New(auth.Credentials{AppUser: user.PartnerCenter()},
		partnercenter.WithTransport(fake), partnercenter.WithObserver(observer))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	report, err := client.Customer(contoso).Offboard(ctx, new(offboard.MemoryStore), offboard.Options{Poll: time.Millisecond}, offboard.WithObserver(observer))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.State)

	var collected metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &collected); err != nil {
		log.Fatal(err)
	}
	for _, m := range collected.ScopeMetrics[0].Metrics {
		fmt.Println(m.Name, "in", m.Unit)
	}
	// Output:
	// GET /v1/customers/{id}
	// partnercenter GET /v1/customers/{id}
	// GET /v1/customers/{id}/subscriptions
	// partnercenter GET /v1/customers/{id}/subscriptions
	// GET /v1/customers/{id}/entitlements
	// partnercenter GET /v1/customers/{id}/entitlements
	// PATCH /v1/customers/{id}
	// partnercenter PATCH /v1/customers/{id}
	// offboard round
	// GET /v1/customers/{id}
	// partnercenter GET /v1/customers/{id}
	// offboard round
	// offboard run
	// done
	// http.client.request.duration in s
	// cspkit.operation.duration in s
	// cspkit.offboard.run.duration in s
	// cspkit.offboard.round.duration in s
	// cspkit.offboard.runs.active in {run}
	// cspkit.budget.used in {request}
}
