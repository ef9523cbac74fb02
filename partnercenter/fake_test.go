package partnercenter_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

const (
	appToken   = "opaque-app-only-token"
	graphToken = "opaque-graph-token"
	host       = "https://api.partnercenter.microsoft.com"
)

// userToken is what Entra gives for a user with multi-factor authentication.
var userToken = jwt(`{"amr":["pwd","mfa"]}`)

// jwt makes a token with these claims.
func jwt(claims string) string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"RS256"}`) + "." + part(claims) + "." + part("a signature")
}

// credentials are all that a client can have.
func credentials() auth.Credentials {
	return auth.Credentials{App: auth.Static(appToken), AppUser: auth.Static(userToken), Graph: auth.Static(graphToken)}
}

// newClient returns a client that sends through transport.
func newClient(t testing.TB, transport http.RoundTripper, opts ...partnercenter.Option) *partnercenter.Client {
	t.Helper()
	client, err := partnercenter.New(credentials(), append([]partnercenter.Option{partnercenter.WithTransport(transport)}, opts...)...)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return client
}

// sent is a request as it left.
type sent struct {
	*http.Request
	body string
	at   time.Time
}

// answer is what a fake service does with one request.
type answer func(*http.Request) (*http.Response, error)

// script is a transport that gives its answers in turn, the last one again
// and again, and remembers the requests.
type script struct {
	answers []answer
	mu      sync.Mutex
	got     []sent
}

func play(answers ...answer) *script { return &script{answers: answers} }

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body.Close()
	}
	s.mu.Lock()
	s.got = append(s.got, sent{r, string(body), time.Now()})
	next := s.answers[min(len(s.got), len(s.answers))-1]
	s.mu.Unlock()
	resp, err := next(r)
	if resp != nil {
		resp.Request = r
	}
	return resp, err
}

// requests returns what was sent so far.
func (s *script) requests() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// waits returns the pauses between the requests.
func (s *script) waits() (waits []time.Duration) {
	got := s.requests()
	for i := 1; i < len(got); i++ {
		waits = append(waits, got[i].at.Sub(got[i-1].at))
	}
	return waits
}

// says answers with a status, a body and pairs of header names and values.
func says(status int, body string, header ...string) answer {
	return func(*http.Request) (*http.Response, error) {
		return response(status, strings.NewReader(body), header...), nil
	}
}

func response(status int, body io.Reader, header ...string) *http.Response {
	resp := &http.Response{
		StatusCode: status, Status: strconv.Itoa(status) + " " + http.StatusText(status),
		Header: http.Header{}, Body: io.NopCloser(body), ContentLength: -1,
	}
	for i := 0; i < len(header); i += 2 {
		resp.Header.Add(header[i], header[i+1])
	}
	return resp
}

// fails is a connection that breaks before an answer.
func fails(err error) answer {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// cut is an answer whose connection breaks in the middle of the body.
func cut(body string) answer {
	return func(*http.Request) (*http.Response, error) {
		return response(200, io.MultiReader(strings.NewReader(body), broken{})), nil
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// hangs never answers.
func hangs(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// tokens is a source whose token can be refused: it then gives the next one,
// and stays with the last.
type tokens struct {
	mu      sync.Mutex
	list    []string
	err     error // given when the list is empty
	fetched int
}

func (s *tokens) Token(context.Context) (*oauth2.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetched++
	if len(s.list) == 0 {
		return nil, s.err
	}
	return &oauth2.Token{AccessToken: s.list[0]}, nil
}

func (s *tokens) Invalidate(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) > 1 && s.list[0] == token || len(s.list) == 1 && s.err != nil {
		s.list = s.list[1:]
	}
}

// recorder is an observer that keeps what it is told.
type recorder struct {
	mu     sync.Mutex
	events []partnercenter.Event
}

func (r *recorder) Observe(_ context.Context, e partnercenter.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// of returns the events of one kind.
func (r *recorder) of(kind partnercenter.EventKind) (events []partnercenter.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.Kind == kind {
			events = append(events, e)
		}
	}
	return events
}

// Requests that the tests send.
var (
	read = partnercenter.Request{
		Operation: "listing customers", Credential: partnercenter.Either, Resource: partnercenter.Customers,
		Path: partnercenter.Path("customers"),
	}
	write = partnercenter.Request{
		Operation: "removing the relationship", Credential: partnercenter.AppUser, Resource: partnercenter.Customers,
		Method: http.MethodPatch, Path: partnercenter.Path("customers", "1"), Body: []byte(`{"relationshipToPartner":"none"}`),
	}
)

// once makes a client that tries everything once.
var once = partnercenter.WithRetry(partnercenter.Retry{Attempts: 1})

// transport is a fake service of one function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
