package offboard_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

const (
	contoso customers.TenantID = "11111111-aaaa-4aaa-8aaa-000000000001"
	subA    string             = "aaaaaaaa-0000-4000-8000-000000000001"
	subB    string             = "aaaaaaaa-0000-4000-8000-000000000002"
	subC    string             = "aaaaaaaa-0000-4000-8000-000000000003"
)

// customer returns Contoso with the items.
func customer(items ...partnercentertest.Item) partnercentertest.Customer {
	return partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV", Domain: "contoso.example"}.With(items...)
}

// bench is an emulator with a workflow on it.
type bench struct {
	t        *testing.T
	fake     *partnercentertest.Server
	creds    auth.Credentials
	partner  offboard.Partner
	store    *offboard.MemoryStore
	workflow *offboard.Workflow
	events   []offboard.Event
}

// newBench puts a workflow on an emulator.
func newBench(t *testing.T, fake *partnercentertest.Server, opts ...offboard.Option) *bench {
	t.Helper()
	b := &bench{t: t, fake: fake, store: new(offboard.MemoryStore)}
	b.creds = credentials(t, fake)
	b.restart(nil, opts...)
	return b
}

func credentials(t *testing.T, fake http.RoundTripper) auth.Credentials {
	t.Helper()
	through := &http.Client{Transport: fake}
	registration := auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		ClientSecret: partnercentertest.ClientSecret, HTTPClient: through,
	}
	creds, err := auth.NewCredentials(auth.UserConfig{App: registration, RefreshToken: partnercentertest.RefreshToken})
	if err != nil {
		t.Fatal(err)
	}
	return creds
}

// restart makes a new workflow over the same store, as a new process would.
func (b *bench) restart(logger *slog.Logger, opts ...offboard.Option) {
	b.t.Helper()
	options := []partnercenter.Option{partnercenter.WithTransport(b.fake), partnercenter.WithRateBudget(partnercenter.PerMinute(0))}
	if logger != nil {
		options = append(options, partnercenter.WithLogger(logger))
		opts = append(opts, offboard.WithLogger(logger))
	}
	client, err := partnercenter.New(b.creds, options...)
	if err != nil {
		b.t.Fatal(err)
	}
	b.partner = offboard.NewPartner(client)
	opts = append([]offboard.Option{offboard.WithEvents(func(e offboard.Event) { b.events = append(b.events, e) })}, opts...)
	if b.workflow, err = offboard.New(b.partner, b.store, opts...); err != nil {
		b.t.Fatal(err)
	}
}

// run offboards Contoso and fails the test on an error.
func (b *bench) run(opts offboard.Options) *offboard.Report {
	b.t.Helper()
	report, err := offboard.NewRunner(b.workflow, opts).Run(b.t.Context(), contoso)
	if err != nil {
		b.t.Fatalf("Run: %v", err)
	}
	return report
}

// want checks how a run ended.
func (b *bench) want(report *offboard.Report, state offboard.State, phase offboard.Phase) {
	b.t.Helper()
	if report.State != state || report.Phase != phase {
		b.t.Fatalf("the run is %s in phase %s (%s, blockers %q, error %v), want %s in phase %s",
			report.State, report.Phase, report.Reason, report.Blockers, report.Err, state, phase)
	}
}

// calls returns the requests to Partner Center and Graph, without those for tokens.
func (b *bench) calls() []partnercentertest.Request {
	var out []partnercentertest.Request
	for _, r := range b.fake.Requests() {
		if r.Service != "entra" {
			out = append(out, r)
		}
	}
	return out
}

// writes returns those that change something.
func (b *bench) writes() []partnercentertest.Request {
	var out []partnercentertest.Request
	for _, r := range b.calls() {
		if r.Method != http.MethodGet {
			out = append(out, r)
		}
	}
	return out
}

// status returns what the emulator says of a subscription now.
func (b *bench) status(id string) string {
	b.t.Helper()
	for _, s := range b.fake.State(string(contoso)).Subscriptions {
		if strings.EqualFold(s.ID, id) {
			return s.Status
		}
	}
	b.t.Fatalf("no subscription %s", id)
	return ""
}

// inOrder checks that nothing was removed before it was ended.
func (b *bench) inOrder() {
	b.t.Helper()
	removed := false
	for _, r := range b.writes() {
		switch {
		case r.Method == http.MethodPatch && strings.EqualFold(r.Path, "/v1/customers/"+string(contoso)):
			removed = true
		case r.Method == http.MethodDelete:
			if !removed {
				b.t.Error("the customer was deleted before the removal")
			}
		case removed:
			b.t.Errorf("%s %s was sent after the removal", r.Method, r.Path)
		}
	}
	if n := b.fake.PartialWrites(); n != 0 {
		b.t.Errorf("%d updates lost members of the resource", n)
	}
}

const minute = time.Minute
