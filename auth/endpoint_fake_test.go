package auth_test

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/cspkit/cspkit/auth"
)

const (
	tenant   = "fabrikam.onmicrosoft.com"
	clientID = "0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b"
	secret   = "s3cret~value"
	seed     = "0.seed-refresh-token"

	trace       = "11111111-2222-4333-8444-555555555555"
	correlation = "66666666-7777-4888-8999-aaaaaaaaaaaa"
)

// endpoint stands in for the token endpoint. It gives its answers in order, the
// last one for ever, and keeps what it was asked.
type endpoint struct {
	mu      sync.Mutex
	answers []answer
	forms   []url.Values
	urls    []string
	hook    func(n int) // called before the n-th answer, counted from 1
}

type answer struct {
	status int
	header http.Header
	body   string
	err    error
	cut    bool // the body ends too early
}

func (e *endpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	e.forms = append(e.forms, form)
	e.urls = append(e.urls, r.Method+" "+r.URL.String())
	n := len(e.forms)
	a := e.answers[min(n, len(e.answers))-1]
	e.mu.Unlock()
	if e.hook != nil {
		e.hook(n)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if a.err != nil {
		return nil, a.err
	}
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	maps.Copy(header, a.header)
	var content io.Reader = strings.NewReader(a.body)
	if a.cut {
		content = io.MultiReader(content, cutReader{})
	}
	return &http.Response{StatusCode: a.status, Header: header, Body: io.NopCloser(content), Request: r}, nil
}

type cutReader struct{}

func (cutReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func (e *endpoint) requests() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.forms)
}

func (e *endpoint) form(n int) url.Values {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.forms[n-1]
}

func token(access string) answer {
	return answer{status: 200, body: `{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"` + access + `"}`}
}

func rotated(access, refresh string) answer {
	return answer{status: 200, body: `{"token_type":"Bearer","expires_in":3599,"access_token":"` + access + `","refresh_token":"` + refresh + `"}`}
}

// refused is shape 7 of the reference, with a description that echoes secrets.
func refused(status int, code, aadsts string) answer {
	return answer{status: status, body: `{"error":"` + code + `","error_description":"AADSTS` + aadsts +
		`: ada@fabrikam.com sent ` + secret + ` and ` + seed + `","error_codes":[` + aadsts +
		`],"timestamp":"2026-11-21 08:00:00Z","trace_id":"` + trace + `","correlation_id":"` + correlation + `"}`}
}

func appConfig(rt http.RoundTripper) auth.AppConfig {
	return auth.AppConfig{Tenant: tenant, ClientID: clientID, ClientSecret: secret, HTTPClient: &http.Client{Transport: rt}}
}

func newApp(t *testing.T, rt http.RoundTripper) auth.TokenSource {
	t.Helper()
	src, err := auth.NewApp(appConfig(rt))
	if err != nil {
		t.Fatalf("NewApp() error = %v", err)
	}
	return src
}

func newUser(t *testing.T, rt http.RoundTripper, store auth.TokenStore) *auth.User {
	t.Helper()
	u, err := auth.NewUser(auth.UserConfig{App: appConfig(rt), RefreshToken: seed, Store: store})
	if err != nil {
		t.Fatalf("NewUser() error = %v", err)
	}
	return u
}

// want fails unless src gives the access token.
func want(t *testing.T, src auth.TokenSource, access string) {
	t.Helper()
	got, err := src.Token(t.Context())
	if err != nil {
		t.Fatalf("Token() error = %v, want token %s", err, access)
	}
	if got.AccessToken != access {
		t.Fatalf("Token() = %s, want %s", got.AccessToken, access)
	}
}

// wantRequests fails unless the endpoint was asked n times.
func wantRequests(t *testing.T, e *endpoint, n int) {
	t.Helper()
	if got := e.requests(); got != n {
		t.Fatalf("token endpoint was asked %d times, want %d", got, n)
	}
}
