package auth_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
)

func TestPassingFailuresAreRetried(t *testing.T) {
	tests := []struct {
		name     string
		failure  answer
		min, max time.Duration // of the wait before the second try
	}{
		{"503", answer{status: 503}, 500 * time.Millisecond, time.Second},
		{"429 with Retry-After", answer{status: 429, header: http.Header{"Retry-After": {"7"}}}, 7 * time.Second, 7 * time.Second},
		{"429 with a long Retry-After", answer{status: 429, header: http.Header{"Retry-After": {"3600"}}}, 30 * time.Second, 30 * time.Second},
		{"network error", answer{err: io.ErrUnexpectedEOF}, 500 * time.Millisecond, time.Second},
		{"body cut short", answer{status: 200, body: `{"access_`, cut: true}, 500 * time.Millisecond, time.Second},
		{"AADSTS90033", refused(400, "temporarily_unavailable", "90033"), 500 * time.Millisecond, time.Second},
		{"AADSTS90012", refused(400, "invalid_request", "90012"), 500 * time.Millisecond, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := &endpoint{answers: []answer{tt.failure, token("at1")}}
				start := time.Now()
				want(t, newApp(t, fake), "at1")
				if waited := time.Since(start); waited < tt.min || waited > tt.max {
					t.Errorf("waited %s, want %s to %s", waited, tt.min, tt.max)
				}
				wantRequests(t, fake, 2)
				if first, second := fake.form(1).Encode(), fake.form(2).Encode(); first != second {
					t.Errorf("second try sent %q, want %q", second, first)
				}
			})
		})
	}
}

func TestRetryAfterMayBeADate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat)
		fake := &endpoint{answers: []answer{{status: 503, header: http.Header{"Retry-After": {at}}}, token("at1")}}
		start := time.Now()
		want(t, newApp(t, fake), "at1")
		if waited := time.Since(start); waited != 9*time.Second {
			t.Errorf("waited %s, want 9s", waited)
		}
	})
}

func TestRetriesEndAfterFourTries(t *testing.T) {
	for _, failure := range []answer{{status: 500}, {status: 429}, {err: io.ErrUnexpectedEOF}, refused(400, "x", "90033")} {
		synctest.Test(t, func(t *testing.T) {
			fake := &endpoint{answers: []answer{failure}}
			if _, err := newApp(t, fake).Token(t.Context()); !errors.Is(err, auth.ErrTransient) {
				t.Errorf("Token() error = %v, want ErrTransient", err)
			}
			wantRequests(t, fake, 4)
		})
	}
}

// Two waits of 30 s do not fit into a minute. The last answer is reported, not
// the end of a deadline that the caller never set.
func TestRetriesStayInsideTheFetchTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &endpoint{answers: []answer{{status: 429, header: http.Header{"Retry-After": {"30"}}}}}
		_, err := newApp(t, fake).Token(t.Context())
		if e, ok := errors.AsType[*auth.Error](err); !ok || e.Status != 429 {
			t.Errorf("Token() error = %v, want an *auth.Error with status 429", err)
		}
		wantRequests(t, fake, 2)
	})
}

func TestDefiniteFailuresAreNotRetried(t *testing.T) {
	certificate := &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	for name, failure := range map[string]answer{
		"invalid_grant":    refused(400, "invalid_grant", "700082"),
		"invalid_client":   refused(401, "invalid_client", "7000215"),
		"loop of requests": refused(429, "invalid_request", "50196"),
		"redirect":         {status: 307, header: http.Header{"Location": {"https://login.example.com/"}}},
		"certificate":      {err: certificate},
		"not JSON":         {status: 200, body: "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := &endpoint{answers: []answer{failure}}
			if _, err := newApp(t, fake).Token(t.Context()); err == nil {
				t.Error("Token() gave no error")
			}
			wantRequests(t, fake, 1)
		})
	}
}

func TestByteOrderMarkIsIgnored(t *testing.T) {
	bom := token("at1")
	bom.body = "\ufeff" + bom.body
	want(t, newApp(t, &endpoint{answers: []answer{bom}}), "at1")
}

func TestNetworkErrorNamesHostAndCauseOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("connection reset")
		nested := &url.Error{Op: "Post", URL: "https://login.example.com/?client_secret=" + secret, Err: cause}
		_, err := newApp(t, &endpoint{answers: []answer{{err: nested}}}).Token(t.Context())
		if !errors.Is(err, cause) || !errors.Is(err, auth.ErrTransient) {
			t.Fatalf("Token() error = %v, want the cause and ErrTransient", err)
		}
		if _, ok := errors.AsType[*url.Error](err); ok || strings.Contains(err.Error(), secret) {
			t.Errorf("Token() error = %v, want no URL in it", err)
		}
		if !strings.Contains(err.Error(), "login.microsoftonline.com") {
			t.Errorf("Token() error = %v, want the host in it", err)
		}
	})
}
