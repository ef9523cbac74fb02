package oteltrace_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// reading is a call of the tests.
var reading = partnercenter.Request{
	Operation: "getting customer " + contoso, Resource: partnercenter.Customers, Path: partnercenter.Path("customers", contoso),
}

func TestSpansShowWhatIsPartOfWhat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		fake := partnercentertest.New(partnercentertest.Customer{ID: contoso, Company: "Contoso BV"}.With(partnercentertest.License(subA)))
		fake.Inject(partnercentertest.Fault{Path: "/entitlements", Status: 503})
		workflow, err := offboard.New(offboard.NewPartner(b.client(fake)), new(offboard.MemoryStore), offboard.WithObserver(b.observer))
		if err != nil {
			t.Fatal(err)
		}
		ctx, caller := b.tracer.Start(t.Context(), "the caller")
		if _, err := offboard.NewRunner(workflow, offboard.Options{}).Run(ctx, contoso); err != nil {
			t.Fatal(err)
		}
		caller.End()
		want := []string{
			"the caller",
			"  offboard run",
			"    partnercenter GET /v1/customers/{id} [token]",
			"      GET /v1/customers/{id}",
			"    partnercenter GET /v1/customers/{id}/subscriptions",
			"      GET /v1/customers/{id}/subscriptions",
			"    partnercenter GET /v1/customers/{id}/entitlements [retry wait]",
			"      GET /v1/customers/{id}/entitlements",
			"      GET /v1/customers/{id}/entitlements",
			"    offboard round",
			"      partnercenter PATCH /v1/customers/{id}/subscriptions/{id}",
			"        PATCH /v1/customers/{id}/subscriptions/{id}",
			"    offboard round",
			"      partnercenter GET /v1/customers/{id}/subscriptions",
			"        GET /v1/customers/{id}/subscriptions",
			"      partnercenter PATCH /v1/customers/{id}",
			"        PATCH /v1/customers/{id}",
			"    offboard round",
			"      partnercenter GET /v1/customers/{id}",
			"        GET /v1/customers/{id}",
		}
		if diff := cmp.Diff(want, b.tree()); diff != "" {
			t.Errorf("spans (-want +got):\n%s", diff)
		}
		const customer = "cspkit.customer.id=" + contoso
		for name, want := range map[string]string{
			"offboard run":   customer + " cspkit.offboard.phase=done cspkit.offboard.state=done",
			"offboard round": customer + " cspkit.offboard.phase=cancelling cspkit.offboard.state=running",
		} {
			span := b.named(name)[0]
			if got := text(span.Attributes); got != want || span.SpanKind != trace.SpanKindInternal || span.Status.Code != codes.Unset {
				t.Errorf("the first %s is %s with %s and status %v, want %s", name, span.SpanKind, got, span.Status, want)
			}
		}
	})
}

func TestAnAttemptFollowsTheConventionsForHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		fake := partnercentertest.New(partnercentertest.Customer{ID: contoso})
		fake.Inject(partnercentertest.Fault{Path: "/customers/", Status: 429, RetryAfter: "7"})
		client := b.client(fake)
		resp, err := client.Send(t.Context(), reading)
		if err != nil {
			t.Fatal(err)
		}
		const common = "http.request.method=GET "
		want := []string{
			"error.type=429 " + common + "http.response.status_code=429 server.address=api.partnercenter.microsoft.com server.port=443 url.full=https://api.partnercenter.microsoft.com/v1/customers/REDACTED url.template=/v1/customers/{id}",
			common + "http.request.resend_count=1 http.response.status_code=200 server.address=api.partnercenter.microsoft.com server.port=443 url.full=https://api.partnercenter.microsoft.com/v1/customers/REDACTED url.template=/v1/customers/{id}",
		}
		var got []string
		attempts := b.named("GET /v1/customers/{id}")
		for _, s := range attempts {
			got = append(got, text(s.Attributes))
			if s.SpanKind != trace.SpanKindClient {
				t.Errorf("an attempt is %s, want client", s.SpanKind)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		if len(attempts) != 2 || attempts[0].Status.Code != codes.Error || attempts[1].Status.Code != codes.Unset {
			t.Error("want an attempt of status Error and one without")
		}
		operation := b.named("partnercenter GET /v1/customers/{id}")[0]
		wantOperation := "cspkit.correlation_id=" + resp.CorrelationID + " cspkit.credential=app-only cspkit.operation=getting customer " + contoso +
			" cspkit.request_id=" + resp.RequestID + " cspkit.resource=customers http.request.method=GET http.response.status_code=200 url.template=/v1/customers/{id}"
		if diff := cmp.Diff(wantOperation, text(operation.Attributes)); diff != "" {
			t.Errorf("the operation (-want +got):\n%s", diff)
		}
		if wait := operation.Events[len(operation.Events)-1]; wait.Name != "retry wait" || text(wait.Attributes) != "cspkit.wait.duration=7" {
			t.Errorf("the operation has the event %s with %s, want a retry wait of 7 s", wait.Name, text(wait.Attributes))
		}
		if took := operation.EndTime.Sub(operation.StartTime); took != 7*time.Second {
			t.Errorf("the operation took %s, want 7s", took)
		}
	})
}

// The address that the conventions require has no identifier and no query, nor a
// port that goes without saying.
func TestTheAddressOfAnAttemptIsScrubbed(t *testing.T) {
	for base, want := range map[string]string{
		"https://api.partnercenter.microsoft.com": "https://api.partnercenter.microsoft.com/v1/customers/REDACTED",
		"https://proxy.example:8443":              "https://proxy.example:8443/v1/customers/REDACTED",
		"http://127.0.0.1:80":                     "http://127.0.0.1/v1/customers/REDACTED",
		"http://[::1]:8080":                       "http://[::1]:8080/v1/customers/REDACTED",
	} {
		b := newBench(t)
		client := b.client(answers(200, "{}", nil), partnercenter.WithBaseURL(base))
		asked := reading
		asked.Query = map[string][]string{"filter": {"Contoso"}}
		if _, err := client.Send(t.Context(), asked); err != nil {
			t.Fatal(err)
		}
		for _, s := range b.spans.GetSpans() {
			if shown := text(s.Attributes); s.SpanKind == trace.SpanKindClient && !strings.Contains(shown, "url.full="+want+" ") {
				t.Errorf("an attempt at %s has %s, want url.full=%s", base, shown, want)
			}
		}
	}
}

// service answers by a function.
type service func(*http.Request) (*http.Response, error)

func (s service) RoundTrip(r *http.Request) (*http.Response, error) { return s(r) }

// answers gives one answer to all but requests for tokens, which go to the emulator.
func answers(status int, body string, err error) service {
	entra := partnercentertest.New()
	return func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/token") {
			return entra.RoundTrip(r)
		}
		if err != nil {
			return nil, err
		}
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

func TestFailuresHaveATypeAndNoText(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused to /secret")}
	slow := service(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/token") {
			return partnercentertest.New().RoundTrip(r)
		}
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	noSignIn := partnercentertest.New()
	noSignIn.SecretExpired = true
	for name, tt := range map[string]struct {
		service            http.RoundTripper
		attempt, operation string // their error.type; "" where there is no attempt
		code               string
	}{
		"a code":         {answers(417, `{"code":800036,"description":"/secret"}`, nil), "417", "precondition", "800036"},
		"no code":        {answers(404, "/secret", nil), "404", "not_found", ""},
		"a strange code": {answers(403, `{"code":"/secret"}`, nil), "403", "forbidden", ""},
		"a strange 200":  {answers(200, "/secret", nil), "", "unexpected_answer", ""},
		"DNS":            {answers(0, "", &net.DNSError{Err: "no such host", Name: "/secret"}), "dns", "transient", ""},
		"no connection":  {answers(0, "", refused), "connection", "transient", ""},
		"a broken pipe":  {answers(0, "", errors.New("broken: /secret")), "_OTHER", "transient", ""},
		"no answer":      {slow, "timeout", "transient", ""},
		"no token":       {noSignIn, "", "misconfigured", "AADSTS7000222"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				client := b.client(tt.service, partnercenter.WithRetry(partnercenter.Retry{Attempts: 1}))
				if err := client.Do(t.Context(), reading, new(struct{})); err == nil {
					t.Fatal("Do gave no error")
				}
				operation := b.named("partnercenter GET /v1/customers/{id}")[0]
				got := map[string]string{}
				for _, a := range operation.Attributes {
					got[string(a.Key)] = a.Value.String()
				}
				if got["error.type"] != tt.operation || got["cspkit.error.code"] != tt.code || operation.Status.Code != codes.Error {
					t.Errorf("the operation has %s and status %v, want error.type %s and code %q", text(operation.Attributes), operation.Status, tt.operation, tt.code)
				}
				for _, s := range b.named("GET /v1/customers/{id}") {
					if shown := text(s.Attributes); (tt.attempt != "") != strings.Contains(shown, "error.type="+tt.attempt) {
						t.Errorf("the attempt has %s, want error.type %q", shown, tt.attempt)
					}
				}
				if strings.Contains(b.everything(), "/secret") {
					t.Errorf("what came from outside shows in\n%s", b.everything())
				}
			})
		})
	}
}

func TestARunThatFailsSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		fake := partnercentertest.New(partnercentertest.Customer{ID: contoso})
		fake.Inject(partnercentertest.Fault{Method: "PATCH", Times: -1, Status: 401})
		workflow, err := offboard.New(offboard.NewPartner(b.client(fake)), new(offboard.MemoryStore), offboard.WithObserver(b.observer))
		if err != nil {
			t.Fatal(err)
		}
		runner := offboard.NewRunner(workflow, offboard.Options{})
		if _, err := runner.Run(t.Context(), contoso); err == nil {
			t.Fatal("Run gave no error")
		}
		if _, err := runner.Run(t.Context(), "Ada Visser"); err == nil {
			t.Fatal("Run of what is no customer gave no error")
		}
		runs := b.named("offboard run")
		want := []string{
			"cspkit.customer.id=" + contoso + " cspkit.offboard.phase=removing cspkit.offboard.state=failed error.type=unauthorized",
			"cspkit.offboard.phase=planned cspkit.offboard.state=failed error.type=_OTHER",
		}
		for i, s := range runs {
			if got := text(s.Attributes); got != want[i] || s.Status.Code != codes.Error || s.Status.Description != "" {
				t.Errorf("run %d has %s and status %v, want %s", i, got, s.Status, want[i])
			}
		}
	})
}

// Dead credentials are found before the first call, so no operation tells of them.
func TestARunThatCannotSignInSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		fake := partnercentertest.New(partnercentertest.Customer{ID: contoso})
		workflow, err := offboard.New(offboard.NewPartner(b.client(fake)), new(offboard.MemoryStore), offboard.WithObserver(b.observer))
		if err != nil {
			t.Fatal(err)
		}
		fake.RevokeRefreshTokens()
		if _, err := offboard.NewRunner(workflow, offboard.Options{}).Run(t.Context(), contoso); !errors.Is(err, partnercenter.ErrSignInAgain) {
			t.Fatalf("Run = %v, want ErrSignInAgain", err)
		}
		b.want("cspkit.operation.duration")
		b.want("cspkit.offboard.run.duration", "cspkit.offboard.phase=planned cspkit.offboard.state=failed error.type=sign_in_again: 1 in 0s")
	})
}

// An observer behind another one that does not pass Start on must not end the
// span of its caller.
func TestOnlySpansOfItsOwnEnd(t *testing.T) {
	b := newBench(t)
	fake := partnercentertest.New(partnercentertest.Customer{ID: contoso})
	client := b.client(fake, partnercenter.WithObserver(partnercenter.ObserverFunc(b.observer.Observe)))
	ctx, caller := b.tracer.Start(t.Context(), "the caller")
	ctx = b.observer.Start(ctx, partnercenter.Event{Kind: partnercenter.EventOperation, RequestID: "another"})
	if _, err := client.Send(ctx, reading); err != nil {
		t.Fatal(err)
	}
	if n := len(b.spans.GetSpans()); n != 0 || !caller.IsRecording() {
		t.Errorf("%d spans have ended, want none", n)
	}
	if n := len(b.points("http.client.request.duration")); n != 1 {
		t.Errorf("%d points of metrics, want one all the same", n)
	}
}

// One request id stands for an operation and its attempts, one customer for a
// run and its rounds.
func TestTheEndOfTheWholeDoesNotEndAPart(t *testing.T) {
	b := newBench(t)
	call := partnercenter.Event{Kind: partnercenter.EventAttempt, RequestID: "one"}
	attempt := b.observer.Start(t.Context(), call)
	call.Kind = partnercenter.EventOperation
	b.observer.Observe(attempt, call)
	run := offboard.Activity{Kind: offboard.ActivityRound, Customer: contoso}
	round := b.observer.Begin(t.Context(), run)
	run.Kind = offboard.ActivityRun
	b.observer.End(round, run)
	if got := b.tree(); len(got) != 0 {
		t.Errorf("%q have ended, want none", got)
	}
}

func TestAnObserverServesManyGoroutines(t *testing.T) {
	b := newBench(t)
	client := b.client(partnercentertest.New(partnercentertest.Customer{ID: contoso}), partnercenter.WithRateBudget(partnercenter.PerMinute(0)))
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			ctx, span := b.tracer.Start(context.Background(), "the caller")
			defer span.End()
			if _, err := client.Send(ctx, reading); err != nil {
				t.Errorf("Send: %v", err)
			}
		})
	}
	group.Wait()
	for _, s := range b.tree() {
		if !strings.HasPrefix(s, " ") && s != "the caller" {
			t.Errorf("%s has no parent", s)
		}
	}
	if n := len(b.spans.GetSpans()); n != 60 {
		t.Errorf("%d spans, want 60", n)
	}
}
