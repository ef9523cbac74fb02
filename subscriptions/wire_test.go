package subscriptions_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

const (
	fabrikam customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	license  subscriptions.ID   = "a4c1340d-6911-4758-bba3-0c4c6007d161"
	plan     subscriptions.ID   = "3f15978e-005c-b763-bb78-2a8fab289c58"
	base                        = "https://api.partnercenter.microsoft.com/v1/customers/" + string(fabrikam)
)

// now is the moment at which the tests judge.
var now = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// sent is a request as it left.
type sent struct {
	Method, URL, Token, Body string
	Header                   http.Header
	At                       time.Time
}

// reply is what the service answers.
type reply struct {
	Status int
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
		Body: string(body), Header: r.Header, At: time.Now(),
	})
	a := w.replies[0]
	if len(w.replies) > 1 {
		w.replies = w.replies[1:]
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

// service returns the subscriptions behind a wire that gives these replies.
// Its tokens are named after their kind, and it tries everything once.
func service(t testing.TB, replies ...reply) (*subscriptions.Service, *wire) {
	t.Helper()
	w := &wire{replies: replies}
	client, err := partnercenter.New(
		auth.Credentials{App: auth.Static("app"), AppUser: auth.Static("user"), Graph: auth.Static("graph")},
		partnercenter.WithTransport(w), partnercenter.WithRetry(partnercenter.Retry{Attempts: 1}),
		partnercenter.WithRateBudget(partnercenter.PerMinute(0)),
	)
	if err != nil {
		t.Fatal(err)
	}
	return subscriptions.New(client), w
}

// checkSent compares a request with what it should be.
func checkSent(t *testing.T, got sent, method, url, token, body string) {
	t.Helper()
	if got.Method != method || got.URL != url || got.Token != token || got.Body != body {
		t.Errorf("sent %s %s\n  as %s with %q\nwant %s %s\n  as %s with %q", got.Method, got.URL, got.Token, got.Body, method, url, token, body)
	}
}

// read decodes a subscription.
func read(t testing.TB, text string) *subscriptions.Subscription {
	t.Helper()
	s := new(subscriptions.Subscription)
	if err := json.Unmarshal([]byte(text), s); err != nil {
		t.Fatalf("decoding %s: %v", text, err)
	}
	return s
}

// file returns a sample of the page.
func file(t testing.TB, page string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + page + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// at is the moment that long after now.
func at(d time.Duration) partnercenter.Time { return partnercenter.Time{Time: now.Add(d)} }

const day = 24 * time.Hour
