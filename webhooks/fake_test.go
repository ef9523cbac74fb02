package webhooks_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/subscriptions"
	"github.com/cspkit/cspkit/webhooks"
)

const (
	contoso customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	license subscriptions.ID   = "a4c1340d-6911-4758-bba3-0c4c6007d161"
)

// eventOf returns an event as it comes, about Contoso's licence.
func eventOf(changed time.Time) string {
	return fmt.Sprintf(`{"EventName":"subscription-updated","ResourceUri":"https://api.partnercenter.microsoft.com/webhooks/v1/customers/%s/subscriptions/%s",`+
		`"ResourceName":"subscription","AuditUri":null,"ResourceChangeUtcDate":"%s"}`, contoso, license, changed.UTC().Format("2006-01-02T15:04:05.0000000-07:00"))
}

// consumer takes events, and does with them what a test says.
type consumer struct {
	mu  sync.Mutex
	got []webhooks.Event
	do  func(webhooks.Event) error // nil takes them
}

func (c *consumer) take(_ context.Context, e webhooks.Event) error {
	c.mu.Lock()
	c.got = append(c.got, e)
	do := c.do
	c.mu.Unlock()
	if do == nil {
		return nil
	}
	return do(e)
}

func (c *consumer) events() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.got)
}

// receiver is a handler with its consumer and the certificates that it can get.
type receiver struct {
	t testing.TB
	*consumer
	*storage
	root    *authority
	handler http.Handler
}

// newReceiver returns a receiver that trusts a chain like Microsoft's, which
// vouches for microsoftKey.
func newReceiver(t testing.TB, opts ...webhooks.Option) *receiver {
	t.Helper()
	root := newAuthority(t, nil)
	issuer := newAuthority(t, root)
	r := &receiver{t: t, consumer: new(consumer), root: root,
		storage: stores(issuer.issue(microsoftKey().Public()).Raw, issuer.cert.Raw)}
	r.handler = newHandler(t, r.take, append([]webhooks.Option{
		webhooks.WithHTTPClient(&http.Client{Transport: r.storage}), webhooks.WithRoots(root.pool()),
	}, opts...)...)
	return r
}

func newHandler(t testing.TB, take func(context.Context, webhooks.Event) error, opts ...webhooks.Option) http.Handler {
	t.Helper()
	handler, err := webhooks.NewHandler(take, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

// post sends a delivery and returns the status and text of the answer.
func (r *receiver) post(req *http.Request) (status int, text string) {
	r.t.Helper()
	resp, err := partnercentertest.Handler{Handler: r.handler}.RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(body))
}

// want sends a delivery and checks the status, and how many events have been
// taken by then.
func (r *receiver) want(what string, req *http.Request, status, events int) {
	r.t.Helper()
	got, text := r.post(req)
	if got != status || r.events() != events {
		r.t.Errorf("%s: %d %q, %d events taken, want %d and %d", what, got, text, r.events(), status, events)
	}
}

// newService returns the registration on an emulator.
func newService(t testing.TB, fake http.RoundTripper) *webhooks.Service {
	t.Helper()
	service, err := serviceOf(fake)
	if err != nil {
		t.Fatal(err)
	}
	return service
}

func serviceOf(fake http.RoundTripper) (*webhooks.Service, error) {
	app, err := auth.NewApp(auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: fake},
	})
	if err != nil {
		return nil, err
	}
	client, err := partnercenter.New(auth.Credentials{App: app}, partnercenter.WithTransport(fake))
	if err != nil {
		return nil, err
	}
	return webhooks.New(client), nil
}
