// Package account is an emulated account for the tests of the programs.
package account

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// The demo customers of partnercentertest that the tests name.
const (
	Bakery    = "b44bb1fb-c595-45b0-9e09-d657365580bf" // everything can be ended now
	Fabrikam  = "1f0a6c5e-3b52-4d0c-8a7e-5b1d2c9f4e01" // waits for terms to end
	Northwind = "2a1b7d6f-4c63-4e1d-9b8f-6c2e3da05f12" // blocked by a reservation
	Tailspin  = "3b2c8e70-5d74-4f2e-8c90-7d3f4eb16023" // blocked by a savings plan
	Litware   = "6e5fb1a3-80a7-4251-9fc3-a06271e49356" // suspended, and billed all the same
	Alpine    = "8071d3c5-a2c9-4473-91e5-c2849306b578" // bought nothing
	Stranger  = "11111111-2222-4333-8444-555555555555"
)

// Account is an emulated account.
type Account struct {
	*partnercentertest.Server
	t *testing.T
}

// New returns an account with the customers, or those of the demo.
func New(t *testing.T, seed ...partnercentertest.Customer) *Account {
	if len(seed) == 0 {
		seed = partnercentertest.Demo()
	}
	return &Account{partnercentertest.New(seed...), t}
}

// Env is an environment that leads to the account through a port.
func (a *Account) Env() map[string]string {
	web := httptest.NewServer(a)
	a.t.Cleanup(web.Close)
	return map[string]string{
		"CSPKIT_API_URL": web.URL, "CSPKIT_LOGIN_URL": web.URL, "CSPKIT_GRAPH_URL": web.URL,
		"CSPKIT_TENANT_ID":     partnercentertest.TenantID,
		"CSPKIT_CLIENT_ID":     partnercentertest.ClientID,
		"CSPKIT_CLIENT_SECRET": partnercentertest.ClientSecret, "CSPKIT_REFRESH_TOKEN": partnercentertest.RefreshToken,
		"CSPKIT_STORE": "memory:", "CSPKIT_BUDGET": "1000000", // tests do not wait for it
	}
}

// Config leads to the account without a port, so that it works in a bubble of
// testing/synctest, where time passes by itself. budget is in requests a minute
// and resource, zero without a limit.
func (a *Account) Config(budget int) *config.Config {
	a.t.Helper()
	through := &http.Client{Transport: a}
	registration := auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID, ClientSecret: partnercentertest.ClientSecret, HTTPClient: through,
	}
	creds, err := auth.NewCredentials(auth.UserConfig{App: registration, RefreshToken: partnercentertest.RefreshToken})
	if err != nil {
		a.t.Fatal(err)
	}
	cfg := &config.Config{
		Credentials: creds,
		App:         registration, Logger: slog.New(slog.DiscardHandler), Tenant: customers.TenantID(partnercentertest.TenantID),
		Stores: &config.Stores{Runs: new(offboard.MemoryStore), Agreements: new(mca.MemoryStore), Name: "memory"},
	}
	cfg.Client, err = cspkit.New(cfg.Credentials, partnercenter.WithHTTPClient(through), partnercenter.WithRateBudget(partnercenter.PerMinute(budget)))
	if err != nil {
		a.t.Fatal(err)
	}
	return cfg
}

// Sent returns what arrived at Partner Center and Graph.
func (a *Account) Sent() []partnercentertest.Request {
	return slices.DeleteFunc(a.Requests(), func(r partnercentertest.Request) bool { return r.Service == "entra" })
}

// Writes returns what of it changes something.
func (a *Account) Writes() []partnercentertest.Request {
	return slices.DeleteFunc(a.Sent(), func(r partnercentertest.Request) bool { return r.Method == "GET" })
}

// Screen is what a program writes to, and what it wrote.
type Screen struct{ Out, Err Buffer }

// Console is a console in a pipe.
func (s *Screen) Console(name, input string) cli.Console {
	return cli.Console{Name: name, In: strings.NewReader(input), Out: &s.Out, Err: &s.Err}
}

// CheckSecrets checks that nothing secret of the account, and none of the other
// texts, was written.
func (a *Account) CheckSecrets(s *Screen, others ...string) {
	a.t.Helper()
	for _, secret := range append(a.Secrets(), others...) {
		if strings.Contains(s.Out.String()+s.Err.String(), secret) {
			a.t.Error("the output holds a secret")
		}
	}
}

var colors = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// CheckWidth checks that no line is wider than a terminal, and that there is a
// table.
func CheckWidth(t *testing.T, s *Screen, width int) {
	t.Helper()
	text := colors.ReplaceAllString(s.Out.String(), "")
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
			t.Errorf("a line has %d columns, %d at most are there:\n%s", n, width, line)
		}
	}
	if !strings.Contains(text, "╭") {
		t.Errorf("there is no table:\n%s", text)
	}
}

// Buffer may be written to by many goroutines, as a file may.
type Buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Today lets a bubble reach a Thursday in 2026, at noon: the agreement's dates
// lie long after the year in which a bubble begins.
func Today() {
	time.Sleep(time.Until(time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)))
}
