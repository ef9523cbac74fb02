package webhooks_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/webhooks"
)

func TestASignedEventReachesTheConsumerOnce(t *testing.T) {
	for name, header := range map[string]bool{"Authorization": false, "x-ms-signature": true} {
		synctest.Test(t, func(t *testing.T) {
			fake := partnercentertest.New()
			_, err := newService(t, fake).Register(t.Context(), webhooks.Registration{
				URL: "https://receiver.example/events", Events: []webhooks.EventName{webhooks.SubscriptionUpdated}, SignatureHeader: header,
			})
			if err != nil {
				t.Fatal(err)
			}
			c := new(consumer)
			handler := partnercentertest.Handler{Handler: newHandler(t, c.take,
				webhooks.WithHTTPClient(&http.Client{Transport: fake}), webhooks.WithRoots(fake.WebhookRoots()))}
			event := partnercentertest.SubscriptionUpdated(string(contoso), string(license))
			event.ChangedAt = time.Now()
			for range 3 {
				if err := fake.Deliver(t.Context(), handler, event); err != nil {
					t.Errorf("%s: Deliver: %v", name, err)
				}
			}
			if len(c.got) != 1 || c.got[0].Name != webhooks.SubscriptionUpdated || !c.got[0].ChangedAt.Equal(event.ChangedAt) {
				t.Errorf("%s: the consumer got %v, want the event once", name, c.got)
			}
		})
	}
}

func TestEveryTestAgainstTheReceiverStartsFromAGoodDelivery(t *testing.T) {
	r := newReceiver(t)
	r.want("good", delivery(t.Context(), microsoftKey(), eventOf(time.Now())), 200, 1)
	if r.downloads(certificateURL) != 1 || r.downloads(issuerURL) != 1 || r.downloads("") != 2 {
		t.Errorf("asked for %v, want the certificate and its issuer once", r.asked)
	}
}

func TestForgedDeliveriesAreRefused(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	certificate := func(address string) func(*http.Request) { return header("X-MS-Certificate-Url", address) }
	signed := func(body string) func(*http.Request) {
		return func(r *http.Request) { *r = *delivery(r.Context(), microsoftKey(), body) }
	}
	now := time.Now()
	tests := []struct {
		name   string
		change func(*http.Request)
		status int
		asks   bool // whether a certificate is downloaded at all
	}{
		{"GET", func(r *http.Request) { r.Method = http.MethodGet }, 405, false},
		{"PUT", func(r *http.Request) { r.Method = http.MethodPut }, 405, false},
		{"a form", header("Content-Type", "application/x-www-form-urlencoded"), 415, false},
		{"no signature", func(r *http.Request) { r.Header.Del("Authorization") }, 401, false},
		{"an empty signature", header("Authorization", "Signature "), 401, false},
		{"another scheme", func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "Signature", "Bearer", 1))
		}, 401, false},
		{"a signature that is not base64", header("Authorization", "Signature %%%%"), 401, false},
		{"an endless signature", header("Authorization", "Signature "+strings.Repeat("AAAA", 2000)), 401, false},
		{"an empty x-ms-signature beside none", func(r *http.Request) {
			r.Header.Del("Authorization")
			r.Header.Set("x-ms-signature", "Signature")
		}, 401, false},
		{"no algorithm", func(r *http.Request) { r.Header.Del("X-MS-Signature-Algorithm") }, 400, false},
		{"SHA-1", header("X-MS-Signature-Algorithm", "rsa-sha1"), 400, false},
		{"no algorithm at all", header("X-MS-Signature-Algorithm", "none"), 400, false},
		{"no certificate", func(r *http.Request) { r.Header.Del("X-MS-Certificate-Url") }, 403, false},

		{"another host", certificate("https://evil.example/cert/pcnotifications-dispatch.microsoft.com.cer"), 403, false},
		{"a host below", certificate("https://3psostorageacct.blob.core.windows.net.evil.example/cert.cer"), 403, false},
		{"a host beside", certificate("https://evil.blob.core.windows.net/cert.cer"), 403, false},
		{"this host", certificate("https://localhost/cert.cer"), 403, false},
		{"an address of the cloud", certificate("http://169.254.169.254/metadata"), 403, false},
		{"plain http", certificate("http://3psostorageacct.blob.core.windows.net/cert.cer"), 403, false},
		{"another port", certificate("https://3psostorageacct.blob.core.windows.net:8443/cert.cer"), 403, false},
		{"a user", certificate("https://3psostorageacct.blob.core.windows.net@evil.example/cert.cer"), 403, false},
		{"a user of the host", certificate("https://x@3psostorageacct.blob.core.windows.net/cert.cer"), 403, false},
		{"a query", certificate(certificateURL + "?a=1"), 403, false},
		{"an empty query", certificate(certificateURL + "?"), 403, false},
		{"a fragment", certificate(certificateURL + "#a"), 403, false},
		{"another spelling of the path", certificate(strings.Replace(certificateURL, "/cert/", "/cert/x/../", 1)), 403, false},
		{"another spelling of a slash", certificate(strings.Replace(certificateURL, "/cert/", "/cert%2F/", 1)), 403, false},
		{"no path", certificate("https://3psostorageacct.blob.core.windows.net"), 403, false},
		{"a backslash", certificate(`https:\\3psostorageacct.blob.core.windows.net\cert.cer`), 403, false},
		{"no URL", certificate("cert.cer"), 403, false},
		{"not readable", certificate("https://3psostorageacct.blob.core.windows.net/%zz"), 403, false},

		{"a body changed by one byte", func(r *http.Request) {
			body := strings.Replace(eventOf(now), "subscription-updated", "subscription-updatee", 1)
			*r = *delivery(r.Context(), microsoftKey(), body)
			r.Header.Set("Authorization", "Signature "+sign(microsoftKey(), eventOf(now)))
		}, 401, true},
		{"another key", func(r *http.Request) { *r = *delivery(r.Context(), otherKey(), eventOf(now)) }, 401, true},
		{"a signature of nothing", header("Authorization", "Signature "+sign(microsoftKey(), "")), 401, true},

		{"cut short", func(r *http.Request) { r.ContentLength++ }, 400, false},
		{"longer than said", func(r *http.Request) { r.ContentLength-- }, 400, false},
		{"too large", signed(eventOf(now) + strings.Repeat(" ", 64<<10)), 413, false},
		{"too large, by its own word", func(r *http.Request) {
			r.ContentLength, r.Body = 64<<10+1, io.NopCloser(iotest.ErrReader(errors.New("it was read")))
		}, 413, false},
		{"too large, without saying so", func(r *http.Request) {
			*r = *delivery(r.Context(), microsoftKey(), eventOf(now)+strings.Repeat(" ", 64<<10))
			r.ContentLength = -1
		}, 413, false},

		{"no JSON", signed("subscription-updated"), 400, true},
		{"nothing", signed(""), 400, true},
		{"no object", signed("[]"), 400, true},
		{"no name", signed(`{"ResourceChangeUtcDate":"` + now.UTC().Format(time.RFC3339) + `"}`), 400, true},
		{"no date", signed(`{"EventName":"test-created"}`), 400, true},
		{"a date that is none", signed(`{"EventName":"test-created","ResourceChangeUtcDate":"yesterday"}`), 400, true},
		{"8 days old", signed(eventOf(now.AddDate(0, 0, -8))), 403, true},
		{"of tomorrow", signed(eventOf(now.AddDate(0, 0, 1))), 403, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newReceiver(t)
			req := delivery(t.Context(), microsoftKey(), eventOf(now))
			tt.change(req)
			status, text := r.post(req)
			if status != tt.status || r.events() != 0 {
				t.Errorf("answer %d %q, %d events taken, want %d and none", status, text, r.events(), tt.status)
			}
			if len(text) == 0 || len(text) > 60 || strings.Contains(text, "\n") {
				t.Errorf("text = %q, want one short line", text)
			}
			if asks := r.downloads("") > 0; asks != tt.asks {
				t.Errorf("asked for %v, want a download: %t", r.asked, tt.asks)
			}
		})
	}
}

func TestWhatIsNoForgeryIsTaken(t *testing.T) {
	now := time.Now()
	tests := []struct {
		name   string
		change func(*http.Request)
	}{
		{"no content type", func(r *http.Request) { r.Header.Del("Content-Type") }},
		{"charset", func(r *http.Request) { r.Header.Set("Content-Type", "text/json; charset=utf-8") }},
		{"the default port", func(r *http.Request) {
			r.Header.Set("X-MS-Certificate-Url", strings.Replace(certificateURL, ".net/", ".NET:443/", 1))
		}},
		{"another spelling of a letter", func(r *http.Request) {
			r.Header.Set("X-MS-Certificate-Url", strings.Replace(certificateURL, "/cert/", "/%63ert/", 1))
		}},
		{"letter case", func(r *http.Request) {
			r.Header.Set("X-MS-Signature-Algorithm", "RSA-SHA256")
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "Signature ", "signature  ", 1))
		}},
		{"x-ms-signature", func(r *http.Request) {
			r.Header.Set("x-ms-signature", strings.TrimPrefix(r.Header.Get("Authorization"), "Signature "))
			r.Header.Set("Authorization", "Bearer of something else")
		}},
		{"x-ms-signature with its scheme", func(r *http.Request) {
			r.Header.Set("x-ms-signature", r.Header.Get("Authorization"))
			r.Header.Del("Authorization")
		}},
		{"of unknown length", func(r *http.Request) { r.ContentLength = -1 }},
		{"48 hours late", func(r *http.Request) { *r = *delivery(r.Context(), microsoftKey(), eventOf(now.Add(-48*time.Hour))) }},
		{"a clock ahead of ours", func(r *http.Request) { *r = *delivery(r.Context(), microsoftKey(), eventOf(now.Add(time.Minute))) }},
		{"a byte order mark", func(r *http.Request) { *r = *delivery(r.Context(), microsoftKey(), "\xef\xbb\xbf"+eventOf(now)) }},
		{"an unknown name", func(r *http.Request) {
			*r = *delivery(r.Context(), microsoftKey(), strings.Replace(eventOf(now), "subscription-updated", "subscription-active", 1))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newReceiver(t)
			req := delivery(t.Context(), microsoftKey(), eventOf(now))
			tt.change(req)
			r.want(tt.name, req, 200, 1)
			if r.downloads(certificateURL) != 1 {
				t.Errorf("asked for %v, want the certificate under its one address", r.asked)
			}
		})
	}
}

func TestADeliveryThatIsReplayedLaterIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, webhooks.WithMaxAge(3*24*time.Hour))
		replay := func() *http.Request { return delivery(t.Context(), microsoftKey(), eventOf(time.Unix(946771200, 0))) }
		time.Sleep(time.Until(time.Unix(946771200, 0)))
		r.want("the first time", replay(), 200, 1)
		for range 3 {
			time.Sleep(24*time.Hour - time.Minute)
			r.want("a replay that is recent", replay(), 200, 1)
		}
		time.Sleep(4 * time.Minute)
		r.want("a replay that is old", replay(), 403, 1)
		time.Sleep(100 * 24 * time.Hour)
		r.want("a replay that is forgotten", replay(), 403, 1)
	})
}

func TestAnEventThatWasNotHandledIsDeliveredAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t)
		body := eventOf(time.Now())
		r.do = func(webhooks.Event) error { return errors.New("the database of ada@contoso.example is down") }
		status, text := r.post(delivery(t.Context(), microsoftKey(), body))
		if status != 500 || strings.Contains(text, "ada@") {
			t.Errorf("answer %d %q, want 500 without the consumer's error", status, text)
		}
		r.do = func(webhooks.Event) error { panic(http.ErrAbortHandler) }
		if _, err := (partnercentertest.Handler{Handler: r.handler}).RoundTrip(delivery(t.Context(), microsoftKey(), body)); err == nil {
			t.Error("a consumer that panicked was answered for")
		}
		r.do = nil
		r.want("after two failures", delivery(t.Context(), microsoftKey(), body), 200, 3)
		r.want("after that", delivery(t.Context(), microsoftKey(), body), 200, 3)
	})
}

func TestConcurrentDeliveriesOfAnEventCallTheConsumerOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t)
		r.do = func(webhooks.Event) error { time.Sleep(time.Minute); return nil }
		body, answers := eventOf(time.Now()), map[int]int{}
		var mu sync.Mutex
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				status, _ := r.post(delivery(t.Context(), microsoftKey(), body))
				mu.Lock()
				defer mu.Unlock()
				answers[status]++
			})
		}
		group.Wait()
		// Nobody knows yet whether the first will be handled: the others come again.
		if answers[200] != 1 || answers[503] != 19 || r.events() != 1 {
			t.Errorf("answers %v and %d events taken, want one of each", answers, r.events())
		}
		r.want("later", delivery(t.Context(), microsoftKey(), body), 200, 1)
		if r.downloads("") != 2 {
			t.Errorf("asked for %v, want the certificate and its issuer once", r.asked)
		}
	})
}

func TestDifferentEventsAreHandledAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t)
		r.do = func(webhooks.Event) error { time.Sleep(time.Minute); return nil }
		start := time.Now()
		var group sync.WaitGroup
		for i := range 5 {
			group.Go(func() {
				r.post(delivery(t.Context(), microsoftKey(), eventOf(start.Add(time.Duration(i)*time.Second))))
			})
		}
		group.Wait()
		if r.events() != 5 || time.Since(start) != time.Minute {
			t.Errorf("%d events in %s, want 5 in a minute", r.events(), time.Since(start))
		}
	})
}

func TestTheConsumerHearsThatTheDelivererIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t)
		body := eventOf(time.Now())
		heard := make(chan error, 1)
		handler := newHandler(t, func(ctx context.Context, _ webhooks.Event) error {
			<-ctx.Done()
			heard <- ctx.Err()
			return ctx.Err()
		}, webhooks.WithHTTPClient(&http.Client{Transport: r.storage}), webhooks.WithRoots(r.root.pool()))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := (partnercentertest.Handler{Handler: handler}).RoundTrip(delivery(ctx, microsoftKey(), body)); err != nil {
			t.Fatal(err)
		}
		if err := <-heard; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the context ended with %v", err)
		}
	})
}

func TestARequestThatIsCutShortOnTheWayIsRefused(t *testing.T) {
	r := newReceiver(t)
	server := httptest.NewServer(r.handler)
	defer server.Close()
	body := eventOf(time.Now())
	send := func(body string, length int) string {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: receiver.example\r\nConnection: close\r\nContent-Length: %d\r\n"+
			"Authorization: Signature %s\r\nX-MS-Signature-Algorithm: rsa-sha256\r\nX-MS-Certificate-Url: %s\r\n\r\n%s",
			length, sign(microsoftKey(), body), certificateURL, body)
		if length > len(body) {
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return fmt.Sprint(resp.StatusCode, " ", strings.TrimSpace(string(text)))
	}
	if got := send(body, len(body)+10); got != "400 the event is cut short" || r.events() != 0 {
		t.Errorf("cut short = %s, %d events taken, want 400 and none", got, r.events())
	}
	if got := send(body, len(body)); got != "200 " || r.events() != 1 {
		t.Errorf("whole = %s, %d events taken, want 200 and one", got, r.events())
	}
}
