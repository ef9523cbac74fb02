package mca_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
)

const (
	fabrikam   customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	id                            = "49a69a39-8244-4c51-9805-4f5aa3adac6b"
	template                      = "117a77b0-9360-443b-8795-c6dedc750cf9"
	base                          = "https://api.partnercenter.microsoft.com/v1/"
	ofFabrikam                    = base + "customers/" + string(fabrikam) + "/"
)

// ada signs for Fabrikam.
var ada = mca.Signatory{FirstName: "Ada", LastName: "Visser", Email: "ada.visser@fabrikam.example", Phone: "+31201234567"}

// complete is an attestation with nothing wrong.
func complete() mca.Attestation {
	return mca.NewAttestation("Fabrikam BV").Country("NL").Language("nl-NL").
		Signatory(ada.FirstName, ada.LastName, ada.Email, ada.Phone)
}

// sent is a request as it left.
type sent struct {
	Method, URL, Token, Body string
	Header                   http.Header
}

// reply is what the service answers, if it answers.
type reply struct {
	Status int
	Body   string
	Header map[string]string
	Broken bool // no answer, and an error that repeats the request
}

// wire answers with the replies in turn, the last one for ever, and keeps what
// was sent.
type wire struct {
	replies []reply
	sent    []sent
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	w.sent = append(w.sent, sent{
		Method: r.Method, URL: r.URL.String(), Token: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
		Body: string(body), Header: r.Header,
	})
	a := w.replies[0]
	if len(w.replies) > 1 {
		w.replies = w.replies[1:]
	}
	if a.Broken {
		return nil, fmt.Errorf("sending %s to %s: broken", body, r.URL)
	}
	h := http.Header{}
	for k, v := range a.Header {
		h.Set(k, v)
	}
	return &http.Response{
		StatusCode: a.Status, Status: http.StatusText(a.Status), Header: h, Request: r,
		Body: io.NopCloser(strings.NewReader(a.Body)), ContentLength: int64(len(a.Body)),
	}, nil
}

// last is the latest request.
func (w *wire) last() sent { return w.sent[len(w.sent)-1] }

// service returns the agreements behind a wire that gives these replies. Its
// tokens are named after their kind, and it tries everything once.
func service(t testing.TB, opts []mca.Option, replies ...reply) (*mca.Service, *wire) {
	t.Helper()
	w := &wire{replies: replies}
	client, err := partnercenter.New(
		auth.Credentials{App: auth.Static("app"), AppUser: auth.Static("user")},
		partnercenter.WithTransport(w), partnercenter.WithRetry(partnercenter.Retry{Attempts: 1}), partnercenter.WithRateBudget(partnercenter.PerMinute(0)),
	)
	if err != nil {
		t.Fatal(err)
	}
	s, err := mca.New(client, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s, w
}

// checkSent compares a request with what it should be.
func checkSent(t *testing.T, got sent, method, url, token, body string) {
	t.Helper()
	if got.Method != method || got.URL != url || got.Token != token || got.Body != body {
		t.Errorf("sent %s %s\n  as %s with %s\nwant %s %s\n  as %s with %s", got.Method, got.URL, got.Token, got.Body, method, url, token, body)
	}
}

// checkIs reports an error that is not one of the kind that is wanted, nil for
// none.
func checkIs(t *testing.T, call string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s = %v, want %v", call, err, want)
	}
}
