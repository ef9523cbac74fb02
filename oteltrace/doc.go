// Package oteltrace turns what happens in this library into OpenTelemetry
// spans and metrics.
//
//	observer, err := oteltrace.New()
//	…
//	client, err := cspkit.New(credentials, partnercenter.WithObserver(observer))
//	…
//	report, err := client.Customer(tenantID).Offboard(ctx, store, offboard.Options{}, offboard.WithObserver(observer))
//	…
//	desk, err := mca.NewDesk(partner, agreements, mca.WithObserver(observer))
//
// Spans are children of the span in the caller's context, and of each other: a
// run has rounds, a round has operations (calls with their retries), and an
// operation has attempts, each a client span of the conventions for HTTP. One
// observer serves a whole process.
//
// The guide docs/observability.md has a table of all spans and attributes, one of
// all metrics, and what to alert on; tests compare them with what this package
// gives out. The program examples/observability prints them all.
//
// Status Error means that an operation, a round, a run or the work of a desk
// failed, or an attempt got no answer or one of 400 and above; a run that is
// blocked or waits has not failed.
//
// No span, event or metric holds a token, a body, a link, an attestation id, or
// a text that came from outside; url.full, which the conventions require, has
// REDACTED in place of each identifier, and no query. Requests for tokens are
// not observed here: give auth.AppConfig an HTTP client that is instrumented, as
// the guide shows.
//
// Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and
// https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
package oteltrace
