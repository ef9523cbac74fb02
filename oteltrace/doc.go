// Package oteltrace turns what happens in this library into OpenTelemetry
// spans and metrics.
//
//	observer, err := oteltrace.New()
//	…
//	client, err := cspkit.New(credentials, partnercenter.WithObserver(observer))
//	…
//	report, err := client.Customer(tenantID).Offboard(ctx, store, offboard.Options{}, offboard.WithObserver(observer))
//
// Spans are children of the span in the caller's context, and of each other.
// One observer serves a whole process.
//
//	span                              kind      what it covers
//	offboard run                      internal  a call of Runner.Run or GiveUp, with its waits
//	offboard round                    internal  observe, decide, act, record
//	partnercenter GET /v1/customers   internal  an operation: one call with its retries; each page of a list is one
//	GET /v1/customers                 client    an attempt: one HTTP request, as the conventions for HTTP want it
//
// An operation has the events "token", "budget wait" and "retry wait", the last
// two with the attribute cspkit.wait.duration in seconds. Status Error means
// that an operation, round or run failed, or an attempt got no answer or one of
// 400 and above; a run that is blocked or waits has not failed.
//
//	attribute                 on                       example
//	http.request.method       operation, attempt       GET
//	url.template              operation, attempt       /v1/customers/{id}/subscriptions
//	server.address            attempt                  api.partnercenter.microsoft.com
//	server.port               attempt                  443
//	http.request.resend_count attempt, but the first   1
//	http.response.status_code attempt, operation       429
//	error.type                all that failed          429, timeout; of operations, rounds and runs: throttled
//	cspkit.operation          operation                getting customer b44bb1fb-c595-45b0-9e09-d657365580bf
//	cspkit.resource           operation                customers
//	cspkit.credential         operation                app+user
//	cspkit.request_id         operation                MS-RequestId, which Microsoft support asks for
//	cspkit.correlation_id     operation                MS-CorrelationId
//	cspkit.error.code         operation that failed    800036
//	cspkit.customer.id        run, round               tenant id of the customer
//	cspkit.offboard.phase     run, round               removing
//	cspkit.offboard.state     run, round               waiting
//
// The full address of a request, which the conventions ask for as url.full, is
// left out: what an address carries may be anybody's business.
//
//	metric                         kind            unit       attributes
//	http.client.request.duration   histogram       s          http.request.method, url.template, server.address, server.port, http.response.status_code, error.type
//	cspkit.operation.duration      histogram       s          http.request.method, url.template, cspkit.resource, error.type
//	cspkit.retries                 counter         {retry}    http.request.method, url.template, cspkit.resource
//	cspkit.wait.duration           histogram       s          cspkit.resource, cspkit.wait.reason: budget, throttled (429) or failure
//	cspkit.budget.used             gauge           {request}  cspkit.resource: attempts of the last minute that count against its budget
//	cspkit.offboard.runs.active    up-down counter {run}
//	cspkit.offboard.run.duration   histogram       s          cspkit.offboard.state, cspkit.offboard.phase, error.type: its count is that of runs by state
//	cspkit.offboard.round.duration histogram       s          cspkit.offboard.state, cspkit.offboard.phase, error.type
//
// No span, event or metric holds a token, a body, a link, an attestation id, or
// a text that came from outside. The work of mca.Desk shows as its operations.
// Requests for tokens are not observed here: instrument the HTTP client of
// auth.AppConfig for that.
//
// Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and
// https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
package oteltrace
