package customers_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
)

const (
	fabrikam customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	contoso  customers.TenantID = "1f0a6c5e-3b52-4d0c-8a7e-5b1d2c9f4e01"
	gdap     string             = "de7afef6-6bd0-4ae5-b5c1-3f6e1f4ce9b9-ce7d2c8e-1111-4d7f-9d4f-7e0e6a2b3c4d"
)

// sent is a request as it left.
type sent struct {
	Method, URL, Token, Body string
	Header                   http.Header
}

// reply is what the service answers.
type reply struct {
	Status int
	Reason string // of the status line
	Header map[string]string
	Body   string
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
	h := http.Header{}
	for k, v := range a.Header {
		h.Set(k, v)
	}
	status := a.Reason
	if status == "" {
		status = http.StatusText(a.Status)
	}
	return &http.Response{
		StatusCode: a.Status, Status: status, Header: h, Request: r,
		Body: io.NopCloser(strings.NewReader(a.Body)), ContentLength: int64(len(a.Body)),
	}, nil
}

// last is the latest request.
func (w *wire) last() sent { return w.sent[len(w.sent)-1] }

// service returns the customers behind a wire that gives these replies. Its
// tokens are named after their kind, and it tries everything once.
func service(t testing.TB, replies ...reply) (*customers.Service, *wire) {
	t.Helper()
	w := &wire{replies: replies}
	client, err := partnercenter.New(
		auth.Credentials{App: auth.Static("app"), AppUser: auth.Static("user"), Graph: auth.Static("graph")},
		partnercenter.WithTransport(w), partnercenter.WithRetry(partnercenter.Retry{Attempts: 1}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return customers.New(client), w
}

// checkSent compares a request with what it should be.
func checkSent(t *testing.T, got sent, method, url, token, body string) {
	t.Helper()
	if got.Method != method || got.URL != url || got.Token != token || got.Body != body {
		t.Errorf("sent %s %s\n  as %s with %q\nwant %s %s\n  as %s with %q", got.Method, got.URL, got.Token, got.Body, method, url, token, body)
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
