// Package wiretest is a transport for tests that look at single requests: it
// keeps what was sent, and gives answers that the test has written down.
package wiretest

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

// Sent is a request as it left.
type Sent struct {
	Method, URL, Token, Body string
	Header                   http.Header
	At                       time.Time
}

// Reply is what the service answers, if it answers.
type Reply struct {
	Status int
	Reason string // of the status line; "" = that of Status
	Header map[string]string
	Body   string
	Broken bool // no answer, and an error that repeats the request
}

// Wire answers with the replies in turn, the last one for ever.
type Wire struct {
	Replies []Reply
	Sent    []Sent
}

// RoundTrip implements [http.RoundTripper].
func (w *Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	w.Sent = append(w.Sent, Sent{
		Method: r.Method, URL: r.URL.String(), Token: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
		Body: string(body), Header: r.Header, At: time.Now(),
	})
	a := w.Replies[0]
	if len(w.Replies) > 1 {
		w.Replies = w.Replies[1:]
	}
	if a.Broken {
		return nil, fmt.Errorf("sending %s to %s: broken", body, r.URL)
	}
	h := http.Header{}
	for k, v := range a.Header {
		h.Set(k, v)
	}
	return &http.Response{
		StatusCode: a.Status, Status: cmp.Or(a.Reason, http.StatusText(a.Status)), Header: h, Request: r,
		Body: io.NopCloser(strings.NewReader(a.Body)), ContentLength: int64(len(a.Body)),
	}, nil
}

// Last is the latest request.
func (w *Wire) Last() Sent { return w.Sent[len(w.Sent)-1] }

// Client returns a client behind a wire that gives these replies. Its tokens
// are named after their kind, app, user and graph, and it tries everything once.
func Client(t testing.TB, replies ...Reply) (*partnercenter.Client, *Wire) {
	t.Helper()
	w := &Wire{Replies: replies}
	client, err := partnercenter.New(
		auth.Credentials{App: auth.Static("app"), AppUser: auth.Static("user"), Graph: auth.Static("graph")},
		partnercenter.WithTransport(w), partnercenter.WithRetry(partnercenter.Retry{Attempts: 1}),
		partnercenter.WithRateBudget(partnercenter.PerMinute(0)),
	)
	if err != nil {
		t.Fatal(err)
	}
	return client, w
}

// Check compares a request with what it should be.
func Check(t testing.TB, got Sent, method, url, token, body string) {
	t.Helper()
	if got.Method != method || got.URL != url || got.Token != token || got.Body != body {
		t.Errorf("sent %s %s\n  as %s with %s\nwant %s %s\n  as %s with %s", got.Method, got.URL, got.Token, got.Body, method, url, token, body)
	}
}
