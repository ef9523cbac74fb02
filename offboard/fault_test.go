package offboard_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// TestTheRunCompletesWhateverGoesWrong gives every kind of mishap to a run,
// and checks that each write is in effect once, under one request id.
func TestTheRunCompletesWhateverGoesWrong(t *testing.T) {
	patch := http.MethodPatch
	tests := []struct {
		name   string
		faults []partnercentertest.Fault
		set    func(*partnercentertest.Server)
	}{
		{name: "429 with seconds", faults: []partnercentertest.Fault{{Method: patch, Times: 3, Status: 429, RetryAfter: "17"}}},
		{name: "429 with a date", faults: []partnercentertest.Fault{{Status: 429, RetryAfter: time.Date(2000, 1, 1, 0, 1, 0, 0, time.UTC).Format(http.TimeFormat)}}},
		{name: "429 for longer than a call waits", faults: []partnercentertest.Fault{{Method: patch, Times: 2, Status: 429, RetryAfter: "400"}}},
		{name: "503 for longer than a call waits", faults: []partnercentertest.Fault{{Times: 1, Status: 503, RetryAfter: "400"}}},
		{name: "503 burst on reads", faults: []partnercentertest.Fault{{Method: "GET", Times: 4, Status: 503}}},
		{name: "503 burst on writes", faults: []partnercentertest.Fault{{Method: patch, Times: 4, Status: 503, Body: "<html>busy</html>", ContentType: "text/html"}}},
		{name: "500 although it was applied", faults: []partnercentertest.Fault{{Method: patch, Times: 2, Status: 500, Apply: true}}},
		{name: "cut after a cancellation was applied", faults: []partnercentertest.Fault{{Method: patch, Path: "/subscriptions/", Cut: true, Times: 2}}},
		{name: "cut for longer than a call retries", faults: []partnercentertest.Fault{{Method: patch, Path: subB, Cut: true, Times: 5}}},
		{name: "cut after the removal was applied", faults: []partnercentertest.Fault{{Method: patch, Path: "/customers/" + string(contoso), After: 3, Cut: true}}},
		{name: "cut before a write", faults: []partnercentertest.Fault{{Method: patch, Drop: true, Times: 3}}},
		{name: "half a body", faults: []partnercentertest.Fault{{Method: "GET", CutBody: true, Times: 3}}},
		{name: "no items", faults: []partnercentertest.Fault{{Path: "/subscriptions", Method: "GET", Status: 200, Body: `{"totalCount":0}`, Times: 2}}},
		{name: "busy", faults: []partnercentertest.Fault{{Method: patch, Path: subA, Status: 409, Code: "800060", Times: 2}}},
		{name: "no answer", faults: []partnercentertest.Fault{{Method: patch, Delay: 3 * time.Minute, Times: 1}}},
		{name: "throttled by the budget", set: func(s *partnercentertest.Server) { s.Budget = 3 }},
		{name: "202", set: func(s *partnercentertest.Server) { s.Accept202, s.Delays.Subscription = true, 4*time.Minute }},
		{name: "everything shows late", set: func(s *partnercentertest.Server) {
			s.Delays = partnercentertest.Delays{Subscription: 9 * time.Minute, Relationship: 20 * time.Minute}
		}},
		{name: "tokens live for two minutes", set: func(s *partnercentertest.Server) {
			s.TokenLife, s.Delays.Subscription, s.Delays.Relationship = 2*time.Minute, 10*time.Minute, 10*time.Minute
		}},
		{name: "rotating refresh tokens", set: func(s *partnercentertest.Server) {
			s.StrictRotation, s.TokenLife, s.Delays.Relationship = true, 2*time.Minute, 20*time.Minute
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := partnercentertest.New(customer(partnercentertest.License(subA), partnercentertest.Legacy(subB), partnercentertest.SaaS(subC)))
				if tt.set != nil {
					tt.set(fake)
				}
				b := newBench(t, fake)
				fake.Inject(tt.faults...)
				var report *offboard.Report
				for range 3 { // as an operator would, who is told to run the same command again
					var err error
					if report, err = offboard.NewRunner(b.workflow, offboard.Options{}).Run(t.Context(), contoso); err == nil {
						break
					}
					if !errors.Is(err, partnercenter.ErrTransient) && !errors.Is(err, partnercenter.ErrThrottled) {
						t.Fatalf("Run: %v", err)
					}
				}
				b.want(report, offboard.Done, offboard.PhaseDone)
				for _, subject := range []string{subA, subB, subC, string(contoso)} {
					if n := fake.Applied(string(contoso), subject); n != 1 {
						t.Errorf("%s: %d writes took effect, want 1", subject, n)
					}
				}
				ids := map[string]string{}
				for _, w := range b.writes() {
					if id := ids[w.Path]; id != "" && id != w.RequestID && w.Status != 0 && tt.name != "busy" {
						t.Errorf("%s: request id %s after %s", w.Path, w.RequestID, id)
					}
					ids[w.Path] = w.RequestID
				}
				b.inOrder()
			})
		})
	}
}

func TestTokensThatAreRefusedAreRenewedOnceAndTheWriteKeepsItsID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA)))
		b := newBench(t, fake)
		b.want(b.run(offboard.Options{Confirm: func(context.Context, *offboard.Plan) error { fake.ExpireTokens(); return nil }}), offboard.Done, offboard.PhaseDone)
		w := b.writes()
		if w[0].Status != 401 || w[1].Status != 200 || w[0].RequestID != w[1].RequestID {
			t.Errorf("the first writes were answered %d, %d with ids %s, %s; want 401, 200 with one id", w[0].Status, w[1].Status, w[0].RequestID, w[1].RequestID)
		}
	})
}

func TestAStaleETagIsReadAgainAndSentUnderANewID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.Legacy(subA)))
		b := newBench(t, fake)
		b.want(b.run(offboard.Options{Confirm: func(context.Context, *offboard.Plan) error {
			fake.Edit(string(contoso), func(c *partnercentertest.Customer) { c.Subscriptions[0].Quantity++ })
			return nil
		}}), offboard.Done, offboard.PhaseDone)
		w := b.writes()
		if len(w) != 3 || w[0].Status < 400 || w[0].RequestID == w[1].RequestID {
			t.Fatalf("writes = %+v, want a refused one, another under a new id, the removal", w)
		}
		if b.events[0].Outcome != offboard.RefusedBy || b.events[1].Outcome != offboard.Succeeded {
			t.Errorf("outcomes = %s, %s, want refused, succeeded", b.events[0].Outcome, b.events[1].Outcome)
		}
	})
}

// TestACrashAtAnyRequestLosesNothing stops the process at each of its requests
// in turn, with and without the request taking effect, and starts it again.
func TestACrashAtAnyRequestLosesNothing(t *testing.T) {
	for _, applied := range []bool{true, false} {
		for at := range 14 {
			t.Run(fmt.Sprintf("request %d, applied=%t", at, applied), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					fake := partnercentertest.New(customer(partnercentertest.License(subA), partnercentertest.LicenseClosed(subB), partnercentertest.Legacy(subC)))
					b := newBench(t, fake)
					b.partner = nil
					ctx, crash := context.WithCancel(t.Context())
					client, err := partnercenter.New(b.creds, partnercenter.WithTransport(&crasher{fake, crash, at, applied}))
					if err != nil {
						t.Fatal(err)
					}
					w, err := offboard.New(offboard.NewPartner(client), b.store)
					if err != nil {
						t.Fatal(err)
					}
					opts := offboard.Options{Policy: offboard.Policy{WindowClosed: offboard.SuspendClosed}}
					report, err := offboard.NewRunner(w, opts).Run(ctx, contoso)
					if err == nil && report.State == offboard.Done {
						return // it makes fewer requests than that
					}
					if report.State != offboard.Interrupted {
						t.Fatalf("the report says %s (%v), want interrupted", report.State, err)
					}
					b.want(b.run(opts), offboard.Done, offboard.PhaseDone)
					for _, subject := range []string{subA, subB, subC, string(contoso)} {
						if n := fake.Applied(string(contoso), subject); n != 1 {
							t.Errorf("%s: %d writes took effect, want 1", subject, n)
						}
					}
					run, err := b.store.Load(t.Context(), contoso)
					if err != nil {
						t.Fatal(err)
					}
					if err := offboard.VerifyAudit(b.workflow.Audit(t.Context(), contoso), run.Head); err != nil {
						t.Error(err)
					}
					b.inOrder()
				})
			})
		}
	}
}

// crasher cancels the context of the process at one request.
type crasher struct {
	next    http.RoundTripper
	crash   context.CancelFunc
	after   int
	applied bool
}

func (c *crasher) RoundTrip(r *http.Request) (*http.Response, error) {
	c.after--
	if c.after != -1 {
		return c.next.RoundTrip(r)
	}
	if c.applied {
		resp, err := c.next.RoundTrip(r)
		if err == nil {
			resp.Body.Close()
		}
	}
	c.crash()
	return nil, context.Canceled
}

func TestAFailureThatStaysIsReportedWithItsIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA)))
		fake.Inject(partnercentertest.Fault{Method: http.MethodPatch, Status: 503, Times: -1})
		b := newBench(t, fake)
		report, err := offboard.NewRunner(b.workflow, offboard.Options{}).Run(t.Context(), contoso)
		e, ok := errors.AsType[*partnercenter.Error](err)
		if !ok || report.State != offboard.Failed || !strings.Contains(err.Error(), e.RequestID) || !strings.Contains(err.Error(), e.CorrelationID) ||
			!strings.Contains(err.Error(), "updating subscription "+subA) {
			t.Errorf("Run = %+v, %v; want a failure that names the operation and its ids", report, err)
		}
		for _, e := range b.events {
			if e.Outcome != offboard.Unknown {
				t.Errorf("event %+v, want outcome unknown", e)
			}
		}
	})
}

func TestAWaitThatIsLongerThanTheRunnerStaysIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA)))
		fake.Inject(partnercentertest.Fault{Method: http.MethodPatch, Status: 429, RetryAfter: "7200"})
		b := newBench(t, fake)
		report := b.run(offboard.Options{})
		b.want(report, offboard.Waiting, offboard.Cancelling)
		if wait := time.Until(report.WaitUntil); wait != 2*time.Hour {
			t.Errorf("WaitUntil is in %s, want 2h", wait)
		}
		first := b.writes()[0].RequestID
		time.Sleep(2 * time.Hour)
		b.want(b.run(offboard.Options{}), offboard.Done, offboard.PhaseDone)
		if second := b.writes()[1].RequestID; second != first {
			t.Errorf("the throttled write was sent again under %s, want its own id %s", second, first)
		}
	})
}

func TestAutoRenewThatIsNotEligibleIsDoneIfItIsOff(t *testing.T) {
	for _, off := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			fake := partnercentertest.New(customer(partnercentertest.LicenseClosed(subA).Tweak(func(s *partnercentertest.Subscription) { s.AutoRenew = !off })))
			fake.Inject(partnercentertest.Fault{Method: http.MethodPatch, Status: 400, Code: "800093", Times: -1})
			b := newBench(t, fake)
			want := offboard.Blocked
			if off {
				want = offboard.Waiting
			}
			if report := b.run(offboard.Options{}); report.State != want {
				t.Errorf("auto-renew off=%t: the run is %s (%q), want %s", off, report.State, report.Blockers, want)
			}
		})
	}
}

func TestAForeignLocationIsAnErrorAndNothingGoesThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA)))
		fake.Inject(partnercentertest.Fault{Method: http.MethodPatch, Status: 202, Apply: true, Header: http.Header{"Location": {"https://evil.example/customers/x"}}})
		b := newBench(t, fake)
		if _, err := offboard.NewRunner(b.workflow, offboard.Options{}).Run(t.Context(), contoso); !errors.Is(err, partnercenter.ErrForeignHost) {
			t.Errorf("Run = %v, want ErrForeignHost", err)
		}
		b.want(b.run(offboard.Options{}), offboard.Done, offboard.PhaseDone)
		if n := fake.Applied(string(contoso), subA); n != 1 {
			t.Errorf("the cancellation took effect %d times, want once", n)
		}
	})
}

// TestNoSecretShows looks for every secret that was in play in the logs, the
// errors, the events, the report, the record and the audit trail of a run
// in which much goes wrong.
func TestNoSecretShows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA), partnercentertest.Legacy(subB), partnercentertest.GDAPRelationship("gdap-1")))
		fake.RotateRefreshTokens, fake.TokenLife = true, 2*time.Minute
		fake.Delays = partnercentertest.Delays{Subscription: 5 * time.Minute, Relationship: 5 * time.Minute, GDAP: 5 * time.Minute}
		var out bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		b := newBench(t, fake)
		note := func(e any) { fmt.Fprintf(&out, "%v %+v %#v\n", e, e, e) }
		client, err := partnercenter.New(b.creds, partnercenter.WithTransport(fake), partnercenter.WithLogger(logger),
			partnercenter.WithObserver(partnercenter.ObserverFunc(func(_ context.Context, e partnercenter.Event) { note(e) })))
		if err != nil {
			t.Fatal(err)
		}
		w, err := offboard.New(offboard.NewPartner(client), b.store, offboard.WithLogger(logger), offboard.WithEvents(func(e offboard.Event) { note(e) }))
		if err != nil {
			t.Fatal(err)
		}
		run := func() {
			time.Sleep(time.Minute) // a refused token request is not repeated within a second
			report, err := offboard.NewRunner(w, offboard.Options{Policy: offboard.Policy{GDAP: true}}).Run(t.Context(), contoso)
			note(err)
			note(*report)
			note(client)
			note(b.creds)
		}
		echo := "no role for " + partnercentertest.RefreshToken + " with " + partnercentertest.ClientSecret
		fake.Inject(partnercentertest.Fault{Path: "/oauth2/", Status: 400, Body: `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret ` + partnercentertest.ClientSecret + `","error_codes":[7000215]}`})
		run()
		fake.Inject(partnercentertest.Fault{Method: http.MethodPatch, Status: 403, Code: "900308", Description: echo})
		run()
		fake.RevokeRefreshTokens()
		fake.ExpireTokens()
		run()
		for e, err := range w.Audit(t.Context(), contoso) {
			note(e)
			note(err)
		}
		record, err := b.store.Load(t.Context(), contoso)
		note(record)
		note(err)
		secrets := fake.Secrets()
		if len(secrets) < 5 {
			t.Errorf("only %d secrets were in play", len(secrets))
		}
		for _, secret := range secrets {
			if i := strings.Index(out.String(), secret); i >= 0 {
				t.Errorf("a secret shows: …%s[SECRET]", out.String()[max(0, i-200):i])
			}
		}
		if !strings.Contains(out.String(), "request_id=") || !strings.Contains(out.String(), "AADSTS7000215") {
			t.Error("the log does not hold what it should: the test looked at nothing")
		}
	})
}
