package oteltrace_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/mca"
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

// watched makes what a service works with, so that one observer sees all of it.
func watched(tracers trace.TracerProvider, meters metric.MeterProvider, logger *slog.Logger, credentials auth.Credentials, runs offboard.Store, agreements mca.Store) (*offboard.Workflow, *mca.Desk, error) {
	observer, err := oteltrace.New(oteltrace.WithTracerProvider(tracers), oteltrace.WithMeterProvider(meters))
	if err != nil {
		return nil, nil, err
	}
	client, err := cspkit.New(credentials, partnercenter.WithObserver(observer), partnercenter.WithLogger(logger))
	if err != nil {
		return nil, nil, err
	}
	workflow, err := offboard.New(client.Partner(), runs, offboard.WithObserver(observer), offboard.WithLogger(logger))
	if err != nil {
		return nil, nil, err
	}
	partner, err := client.MCAPartner()
	if err != nil {
		return nil, nil, err
	}
	desk, err := mca.NewDesk(partner, agreements, mca.WithObserver(observer), mca.WithLogger(logger))
	if err != nil {
		return nil, nil, err
	}
	return workflow, desk, nil
}

// measure adds gauges of what only the stores know. They are read each time that
// metrics are collected.
func measure(meter metric.Meter, workflow *offboard.Workflow, desk *mca.Desk, user *auth.User) error {
	var problems []error
	count := func(name string, read func(ctx context.Context, o metric.Int64Observer) error) {
		_, err := meter.Int64ObservableGauge(name, metric.WithInt64Callback(read))
		problems = append(problems, err)
	}
	count("csp.offboard.runs", func(ctx context.Context, o metric.Int64Observer) error {
		counts := map[offboard.State]int64{offboard.Waiting: 0, offboard.Blocked: 0, offboard.Failed: 0}
		for run, err := range workflow.Runs(ctx, offboard.Waiting, offboard.Blocked, offboard.Failed) {
			if err != nil {
				return err
			}
			counts[run.State]++
		}
		for state, n := range counts {
			o.Observe(n, metric.WithAttributes(attribute.String("state", string(state))))
		}
		return nil
	})
	count("csp.offboard.runs.overdue", func(ctx context.Context, o metric.Int64Observer) error {
		overdue := int64(0)
		for _, err := range workflow.Due(ctx, time.Now().Add(-time.Hour)) {
			if err != nil {
				return err
			}
			overdue++
		}
		o.Observe(overdue)
		return nil
	})
	count("csp.mca.due", func(ctx context.Context, o metric.Int64Observer) error {
		due := map[mca.State]int64{mca.Pending: 0, mca.LinkExpired: 0, mca.ReadyToCreateAgreement: 0}
		for record, err := range desk.Due(ctx, time.Now()) {
			if err != nil {
				return err
			}
			due[record.State]++
		}
		for state, n := range due {
			o.Observe(n, metric.WithAttributes(attribute.String("state", string(state))))
		}
		return nil
	})
	_, err := meter.Float64ObservableGauge("csp.refresh_token.life", metric.WithUnit("s"),
		metric.WithFloat64Callback(func(ctx context.Context, o metric.Float64Observer) error {
			dies, err := user.RefreshTokenExpires(ctx)
			if err == nil && !dies.IsZero() { // it is not known of one that was never used
				o.Observe(time.Until(dies).Seconds())
			}
			return err
		}))
	return errors.Join(append(problems, err)...)
}
