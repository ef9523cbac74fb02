package partnercenter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

func TestWhatIsRetried(t *testing.T) {
	onGraph, onWebhooks := write, write
	onGraph.Service, onWebhooks.Service = partnercenter.Graph, partnercenter.Webhooks
	post, remove := write, write
	post.Method, remove.Method, remove.Body = http.MethodPost, http.MethodDelete, nil
	tests := []struct {
		name    string
		request partnercenter.Request
		first   answer
		want    bool
	}{
		{"read 400", read, says(400, ""), false},
		{"read 403", read, says(403, ""), false},
		{"read 404", read, says(404, ""), false},
		{"read 408", read, says(408, ""), true},
		{"read 409", read, says(409, ""), false},
		{"read 412", read, says(412, ""), false},
		{"read 429", read, says(429, ""), true},
		{"read 500", read, says(500, ""), true},
		{"read 501", read, says(501, ""), false},
		{"read 502", read, says(502, "<html>"), true},
		{"read 503", read, says(503, ""), true},
		{"read 504", read, says(504, ""), true},
		{"read 599", read, says(599, ""), true},
		{"read 400 of a passing code", read, says(400, `{"code":800094}`), true},
		{"read 404 of a code unknown, retryable", read, says(404, `{"code":999999,"isRetryable":true}`), true},
		{"read 500 of a code unknown, not retryable", read, says(500, `{"code":999999,"isRetryable":false}`), false},
		{"read no connection", read, fails(errors.New("connection refused")), true},
		{"read cut short", read, cut(`{"items":[`), true},
		{"write 400", write, says(400, ""), false},
		{"write 408", write, says(408, ""), true},
		{"write 409", write, says(409, ""), false},
		{"write 417", write, says(417, ""), false},
		{"write 429", write, says(429, ""), true},
		{"write 500", write, says(500, ""), true},
		{"write no connection", write, fails(io.EOF), true},
		{"write cut short", write, cut(`{`), true},
		{"POST 503", post, says(503, ""), true},
		{"DELETE 503", remove, says(503, ""), true},
		{"write on webhooks 503", onWebhooks, says(503, ""), true},
		{"write on Graph 429", onGraph, says(429, ""), true},
		{"write on Graph 503", onGraph, says(503, ""), false},
		{"write on Graph no connection", onGraph, fails(io.EOF), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := play(tt.first, says(200, "{}"))
				_, err := newClient(t, service).Send(t.Context(), tt.request)
				got := service.requests()
				if (len(got) == 2) != tt.want || (err == nil) != tt.want {
					t.Fatalf("Send = %v after %d requests, want a retry: %t", err, len(got), tt.want)
				}
				for _, r := range got[1:] {
					if id := r.Header.Get("MS-RequestId"); id != got[0].Header.Get("MS-RequestId") || id == "" {
						t.Errorf("the retry has MS-RequestId %q, want that of the first attempt, %q", id, got[0].Header.Get("MS-RequestId"))
					}
					if r.body != string(tt.request.Body) {
						t.Errorf("the retry has the body %q, want %q", r.body, tt.request.Body)
					}
				}
			})
		})
	}
}

func TestRetryWaitsAsLongAsTheServiceAsks(t *testing.T) {
	tests := []struct {
		name   string
		answer func() answer
		want   time.Duration
	}{
		{"seconds", func() answer { return says(429, "", "Retry-After", "57") }, 57 * time.Second},
		{"date", func() answer {
			return says(503, "", "Retry-After", time.Now().Add(90*time.Second).UTC().Format(http.TimeFormat))
		}, 90 * time.Second},
		{"text of the gateway", func() answer {
			return says(429, `{"statusCode":429,"message":"Rate limit is exceeded. Try again in 42 seconds."}`)
		}, 42 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := play(tt.answer(), says(200, "{}"))
				if _, err := newClient(t, service).Send(t.Context(), read); err != nil {
					t.Fatal(err)
				}
				if got := service.waits(); !slices.Equal(got, []time.Duration{tt.want}) {
					t.Errorf("waits = %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestRetryPausesGrowUpToAMaximum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := play(says(503, ""))
		client := newClient(t, service, partnercenter.WithRetry(partnercenter.Retry{Attempts: 9, MinWait: time.Second, MaxWait: 20 * time.Second}))
		_, err := client.Send(t.Context(), read)
		if !errors.Is(err, partnercenter.ErrTransient) {
			t.Fatalf("Send error = %v, want ErrTransient", err)
		}
		waits := service.waits()
		if len(waits) != 8 {
			t.Fatalf("%d retries, want 8", len(waits))
		}
		for i, want := range []time.Duration{1, 2, 4, 8, 16, 20, 20, 20} {
			if want *= time.Second; waits[i] < want/2 || waits[i] > want {
				t.Errorf("wait %d = %v, want between %v and %v", i+1, waits[i], want/2, want)
			}
		}
	})
}

func TestAnotherThrottleWaitsLongerThanItAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := play(says(429, "", "Retry-After", "1"))
		client := newClient(t, service, partnercenter.WithRetry(partnercenter.Retry{Attempts: 6, MinWait: 4 * time.Second}))
		_, err := client.Send(t.Context(), read)
		e, ok := errors.AsType[*partnercenter.Error](err)
		if !ok || !errors.Is(err, partnercenter.ErrThrottled) || e.RetryAfter != time.Second {
			t.Fatalf("Send error = %v, want ErrThrottled with RetryAfter 1s", err)
		}
		waits := service.waits()
		if waits[0] != time.Second || waits[1] < 4*time.Second || waits[4] < 15*time.Second {
			t.Errorf("waits = %v, want what is asked first, then growing", waits)
		}
	})
}

func TestAVeryLongRetryAfterEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := play(says(429, "", "Retry-After", "3600"), says(200, "{}"))
		client := newClient(t, service)
		start := time.Now()
		_, err := client.Send(t.Context(), read)
		if e, ok := errors.AsType[*partnercenter.Error](err); !ok || e.RetryAfter != time.Hour || !e.Is(partnercenter.ErrThrottled) || time.Since(start) > 0 {
			t.Errorf("Send error = %v after %v, want ErrThrottled with RetryAfter 1h at once", err, time.Since(start))
		}
		// The next call does not wait the hour either.
		if _, err := client.Send(t.Context(), read); err != nil || time.Since(start) > 5*time.Minute {
			t.Errorf("the next Send = %v after %v, want an answer within MaxRetryAfter", err, time.Since(start))
		}
	})
}

func TestExtremeRetrySettingsDoNotOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := play(says(503, ""))
		year := 365 * 24 * time.Hour
		client := newClient(t, service, partnercenter.WithRetry(partnercenter.Retry{Attempts: 40, MinWait: time.Nanosecond, MaxWait: 100 * year}))
		if _, err := client.Send(t.Context(), read); !errors.Is(err, partnercenter.ErrTransient) {
			t.Errorf("Send error = %v, want ErrTransient", err)
		}
		if n := len(service.requests()); n != 40 {
			t.Errorf("%d attempts, want 40", n)
		}
	})
}

func TestA401IsRetriedOnceWithANewToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &tokens{list: []string{"old-token", "new-token", "newest-token"}}
		service := play(says(401, ""), says(200, "{}"))
		client, err := partnercenter.New(auth.Credentials{App: source}, partnercenter.WithTransport(service))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Send(t.Context(), read); err != nil {
			t.Fatal(err)
		}
		got := service.requests()
		if len(got) != 2 || got[0].Header.Get("Authorization") != "Bearer old-token" || got[1].Header.Get("Authorization") != "Bearer new-token" {
			t.Errorf("%d requests, want the second with the new token", len(got))
		}
		if got[0].Header.Get("MS-RequestId") != got[1].Header.Get("MS-RequestId") {
			t.Error("the retry has another MS-RequestId")
		}
		if waits := service.waits(); waits[0] != 0 {
			t.Errorf("waited %v, want none: there is a new token", waits[0])
		}
	})
}

func TestASecond401IsTheAnswer(t *testing.T) {
	source := &tokens{list: []string{"old-token", "new-token", "newest-token"}}
	service := play(says(401, ""))
	client, err := partnercenter.New(auth.Credentials{App: source}, partnercenter.WithTransport(service))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Send(t.Context(), read); !errors.Is(err, partnercenter.ErrUnauthorized) {
		t.Errorf("Send error = %v, want ErrUnauthorized", err)
	}
	if n := len(service.requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestA401WithoutAnotherTokenIsTheAnswer(t *testing.T) {
	service := play(says(401, ""))
	if _, err := newClient(t, service).Send(t.Context(), read); !errors.Is(err, partnercenter.ErrUnauthorized) {
		t.Errorf("Send error = %v, want ErrUnauthorized", err)
	}
	if n := len(service.requests()); n != 1 {
		t.Errorf("%d requests with the same token, want 1", n)
	}
}

func TestA401ForWantOfMFAIsNotRetried(t *testing.T) {
	mfa := func(*http.Request) (*http.Response, error) {
		resp := response(401, strings.NewReader(""), "WWW-Authenticate", `Bearer error="invalid_token"`)
		resp.Status = "401 Unauthorized - MFA required"
		return resp, nil
	}
	source := &tokens{list: []string{"old-token", "new-token"}}
	service := play(mfa)
	client, err := partnercenter.New(auth.Credentials{App: source}, partnercenter.WithTransport(service))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Send(t.Context(), read)
	if !errors.Is(err, partnercenter.ErrMFARequired) || len(service.requests()) != 1 || source.fetched != 1 {
		t.Errorf("Send error = %v after %d requests and %d tokens, want ErrMFARequired after one", err, len(service.requests()), source.fetched)
	}
}

func TestAnAttemptHasItsOwnTime(t *testing.T) {
	tests := map[string]answer{
		"no answer": hangs,
		"a body that does not end": func(r *http.Request) (*http.Response, error) {
			return response(200, stalled{r.Context()}), nil
		},
	}
	for name, first := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := play(first, says(200, "{}"))
				client := newClient(t, service, partnercenter.WithRetry(partnercenter.Retry{AttemptTimeout: 7 * time.Second}))
				start := time.Now()
				if _, err := client.Send(t.Context(), write); err != nil {
					t.Fatal(err)
				}
				if d := time.Since(start); d < 7*time.Second || d > 8*time.Second {
					t.Errorf("Send took %v, want 7s and a short pause", d)
				}
			})
		})
	}
}

func TestAttemptsThatAllTimeOutAreTransient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, play(hangs), partnercenter.WithHTTPClient(&http.Client{Transport: play(hangs), Timeout: time.Second}))
		start := time.Now()
		_, err := client.Send(t.Context(), write)
		if !errors.Is(err, partnercenter.ErrTransient) || errors.Is(err, context.DeadlineExceeded) || !partnercenter.OutcomeUnknown(err) {
			t.Errorf("Send error = %v, want ErrTransient of unknown outcome, and not the context's error", err)
		}
		if d := time.Since(start); d > 15*time.Second {
			t.Errorf("Send took %v, want five times the client's timeout and short pauses", d)
		}
	})
}

type stalled struct{ ctx context.Context }

func (s stalled) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

// blocked is a token source, and a rate budget, that never gives anything.
type blocked struct {
	auth.TokenSource
	partnercenter.RateBudget
}

func (blocked) Wait(ctx context.Context, _ partnercenter.Resource) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestTheContextEndsEverythingAtOnce(t *testing.T) {
	tests := []struct {
		name    string
		service *script
		opts    []partnercenter.Option
		unsent  bool
	}{
		{"an attempt", play(hangs), nil, false},
		{"a body", play(func(r *http.Request) (*http.Response, error) { return response(200, stalled{r.Context()}), nil }), nil, false},
		{"a retry pause", play(says(429, "", "Retry-After", "120")), nil, false},
		{"a wait for the budget", play(says(200, "{}")), []partnercenter.Option{partnercenter.WithRateBudget(blocked{})}, true},
	}
	for _, tt := range tests {
		for _, how := range []string{"cancelled", "out of time", "cancelled with a cause"} {
			t.Run(tt.name+" "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancelCause(t.Context())
					want := context.Canceled
					switch how {
					case "out of time":
						timed, stop := context.WithTimeout(ctx, 3*time.Second)
						defer stop()
						ctx, want = timed, context.DeadlineExceeded
					case "cancelled":
						time.AfterFunc(3*time.Second, func() { cancel(nil) })
					default:
						time.AfterFunc(3*time.Second, func() { cancel(errors.New("the user left")) })
					}
					start := time.Now()
					_, err := newClient(t, tt.service, tt.opts...).Send(ctx, write)
					if !errors.Is(err, want) || errors.Is(err, partnercenter.ErrTransient) || time.Since(start) != 3*time.Second {
						t.Errorf("Send error = %v after %v, want %v after 3s", err, time.Since(start), want)
					}
					if partnercenter.NotSent(err) != tt.unsent || partnercenter.OutcomeUnknown(err) == tt.unsent {
						t.Errorf("NotSent(%v) = %t, want %t, and OutcomeUnknown the opposite", err, partnercenter.NotSent(err), tt.unsent)
					}
					cancel(nil)
				})
			})
		}
	}
}

func TestAnAnswerThatCameInTimeCounts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	service := play(func(*http.Request) (*http.Response, error) {
		cancel() // while the answer is on its way
		return response(200, strings.NewReader(`{"id":"1"}`)), nil
	})
	if _, err := newClient(t, service).Send(ctx, write); err != nil {
		t.Errorf("Send error = %v, want the answer: the write was carried out", err)
	}
}

func TestAContextThatHasEndedSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	service := play(says(200, "{}"))
	_, err := newClient(t, service).Send(ctx, write)
	if !errors.Is(err, context.Canceled) || len(service.requests()) != 0 || !partnercenter.NotSent(err) {
		t.Errorf("Send error = %v after %d requests, want context.Canceled after none", err, len(service.requests()))
	}
}

func TestATokenThatCannotBeHad(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want error
		code string
	}{
		{"dead refresh token", &auth.Error{Status: 400, Code: "invalid_grant", AADSTS: 700082}, partnercenter.ErrSignInAgain, "AADSTS700082"},
		{"MFA", &auth.Error{Status: 400, Code: "interaction_required", AADSTS: 50076}, partnercenter.ErrMFARequired, "AADSTS50076"},
		{"consent", &auth.Error{Status: 400, AADSTS: 65001}, partnercenter.ErrConsentRequired, "AADSTS65001"},
		{"conditional access", &auth.Error{Status: 400, AADSTS: 53003}, partnercenter.ErrConditionalAccess, "AADSTS53003"},
		{"wrong secret", &auth.Error{Status: 401, Code: "invalid_client"}, partnercenter.ErrUnauthorized, "invalid_client"},
		{"sign-in service down", &auth.Error{Status: 503}, partnercenter.ErrTransient, ""},
		{"network", fmt.Errorf("dialling: %w", auth.ErrTransient), partnercenter.ErrTransient, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			service := play(says(200, "{}"))
			client, err := partnercenter.New(auth.Credentials{App: &tokens{err: tt.err}}, partnercenter.WithTransport(service))
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Send(t.Context(), read)
			e, ok := errors.AsType[*partnercenter.Error](err)
			if !ok || !errors.Is(err, tt.want) || !errors.Is(err, tt.err) || e.Code != tt.code {
				t.Errorf("Send error = %v, want %v with code %q", err, tt.want, tt.code)
			}
			if !partnercenter.NotSent(err) || partnercenter.OutcomeUnknown(err) || !strings.Contains(err.Error(), "not sent: getting the app-only token") {
				t.Errorf("error %v: want it to say that nothing was sent", err)
			}
		})
	}
}

func TestATokenSourceThatGivesNothingIsAnError(t *testing.T) {
	service := play(says(200, "{}"))
	client, err := partnercenter.New(auth.Credentials{App: &tokens{}}, partnercenter.WithTransport(service))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Send(t.Context(), read); err == nil || len(service.requests()) != 0 {
		t.Errorf("Send error = %v after %d requests, want an error after none", err, len(service.requests()))
	}
}

// The first attempt may have been carried out: that the second one never left
// must not make anybody believe that nothing happened.
func TestAWriteIsNotCalledUnsentAfterItsFirstAttemptLeft(t *testing.T) {
	for _, first := range []answer{says(503, ""), says(401, ""), fails(io.EOF)} {
		synctest.Test(t, func(t *testing.T) {
			source := &tokens{list: []string{"good-token"}, err: &auth.Error{Status: 400, AADSTS: 700082}}
			service := play(func(r *http.Request) (*http.Response, error) {
				source.Invalidate("good-token")
				return first(r)
			})
			client, err := partnercenter.New(auth.Credentials{AppUser: source}, partnercenter.WithTransport(service))
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Send(t.Context(), write)
			if partnercenter.NotSent(err) || !partnercenter.OutcomeUnknown(err) || !errors.Is(err, partnercenter.ErrSignInAgain) {
				t.Errorf("Send error = %v: NotSent %t, OutcomeUnknown %t, want an unknown outcome and ErrSignInAgain",
					err, partnercenter.NotSent(err), partnercenter.OutcomeUnknown(err))
			}
			if n := len(service.requests()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

func TestOutcomeUnknown(t *testing.T) {
	for status, want := range map[int]bool{
		307: true, 400: false, 401: false, 403: false, 404: false, 408: true, 409: false, 412: false, 417: false,
		429: true, 500: true, 501: false, 502: true, 503: true, 504: true,
	} {
		_, err := newClient(t, play(says(status, "")), once).Send(t.Context(), write)
		if err == nil || partnercenter.OutcomeUnknown(err) != want || partnercenter.NotSent(err) {
			t.Errorf("status %d: error %v, OutcomeUnknown = %t, want %t", status, err, partnercenter.OutcomeUnknown(err), want)
		}
	}
	if !partnercenter.OutcomeUnknown(errors.New("other")) || partnercenter.OutcomeUnknown(nil) {
		t.Error("OutcomeUnknown: want true for an error of another kind, false for none")
	}
}

func TestAReadThatFailedChangedNothing(t *testing.T) {
	for name, service := range map[string]*script{
		"500": play(says(500, "")), "redirect": play(says(307, "")), "no JSON": play(says(200, "<html>")), "cut": play(fails(io.EOF)),
	} {
		err := newClient(t, service, once).Do(t.Context(), read, new(any))
		if err == nil || partnercenter.OutcomeUnknown(err) || partnercenter.NotSent(err) {
			t.Errorf("%s: OutcomeUnknown(%v) = %t, NotSent = %t, want neither", name, err, partnercenter.OutcomeUnknown(err), partnercenter.NotSent(err))
		}
	}
}

func TestUnsent(t *testing.T) {
	cause := errors.New("a bad name")
	err := partnercenter.Unsent(fmt.Errorf("creating: %w", cause))
	if !errors.Is(err, cause) || err.Error() != "creating: a bad name" || !partnercenter.NotSent(err) || partnercenter.OutcomeUnknown(err) {
		t.Errorf("Unsent = %v: NotSent %t, OutcomeUnknown %t", err, partnercenter.NotSent(err), partnercenter.OutcomeUnknown(err))
	}
	if partnercenter.Unsent(nil) != nil {
		t.Error("Unsent(nil) is an error")
	}
}
