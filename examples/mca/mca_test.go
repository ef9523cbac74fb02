package main

import (
	"bufio"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	emulated "github.com/cspkit/cspkit/examples/internal/account"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercentertest"
)

// The demo customers that the tests use.
const (
	bakery    = emulated.Bakery    // compliant, by an agreement
	fabrikam  = emulated.Fabrikam  // compliant, by its own acceptance
	northwind = emulated.Northwind // has to accept again
	alpine    = emulated.Alpine    // never accepted
	litware   = emulated.Litware   // nor did this one
	stranger  = emulated.Stranger
)

// signatory is whom the tests name, and nobody may read.
var signatory = []string{"-first", "Wilhelmina", "-last", "Oosterhout", "-email", "w.oosterhout@alpine.example", "-phone", "+31612345678"}

// attest are the arguments for an attestation with nothing wrong.
func attest(customer string, more ...string) []string {
	return slices.Concat([]string{"attest", customer, "-company", "Alpine Ski House BV", "-country", "NL", "-language", "nl-NL"}, signatory, more)
}

// account is an emulated account that the program reaches through a port, and
// the environment that leads there.
type account struct {
	*emulated.Account
	env   map[string]string
	store mca.Store // lasts from run to run, as one in a database does; nil: memory:
}

func newAccount(t *testing.T) *account {
	t.Helper()
	a := emulated.New(t)
	env := a.Env()
	env["CSPKIT_LOG"] = "debug" // which must tell no secret either
	return &account{a, env, new(mca.MemoryStore)}
}

func (a *account) getenv(name string) string { return a.env[name] }

// start runs the program, with the store of the account if it has one.
func (a *account) start(ctx context.Context, c console, args ...string) int {
	if a.store == nil {
		return run(ctx, args, a.getenv, c)
	}
	req, err := parse(args, false, c.Err)
	if err != nil {
		return c.Usage(err)
	}
	cfg, err := config.Load(ctx, a.getenv, c.Err)
	if err != nil {
		return c.Usage(err)
	}
	defer cfg.Close()
	cfg.Agreements, cfg.Forgets = a.store, false
	job, err := newJob(cfg, req, a.getenv, c)
	if err != nil {
		return c.Usage(err)
	}
	return job.do(ctx)
}

// result is what a run of the program left behind.
type result struct {
	status      int
	out, errout string
}

// run runs the program in a pipe, and checks that it shows nothing secret.
func (a *account) run(t *testing.T, args ...string) result {
	t.Helper()
	return a.runWith(t.Context(), t, nil, args...)
}

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// runWith does so while somebody does something else.
func (a *account) runWith(ctx context.Context, t *testing.T, meanwhile func(out *buffer), args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out, errout, done := new(buffer), new(buffer), make(chan int)
	go func() {
		done <- a.start(ctx, console{Console: cli.Console{Name: "mca", Out: out, Err: errout}}, args...)
	}()
	if meanwhile != nil {
		meanwhile(out)
	}
	r := result{<-done, out.String(), errout.String()}
	a.checkSecrets(t, args, r)
	return r
}

// checkSecrets checks that a signatory shows nowhere, and a link only where it
// was asked for.
func (a *account) checkSecrets(t *testing.T, args []string, r result) {
	t.Helper()
	shown := r.errout
	if !slices.ContainsFunc(args, func(s string) bool { return s == "attest" || s == "renew" }) {
		shown += r.out
	}
	for _, secret := range a.Secrets() {
		if strings.Contains(shown, secret) {
			t.Errorf("the output of %q shows a secret", args)
		}
	}
	for _, of := range []string{"Wilhelmina", "Oosterhout", "alpine.example", "612345678"} {
		if strings.Contains(r.out+r.errout, of) {
			t.Errorf("the output of %q shows who signs", args)
		}
	}
}

// sent returns what arrived at Partner Center under a method, "" for any.
func (a *account) sent(method string) []partnercentertest.Request {
	return slices.DeleteFunc(a.Requests(), func(r partnercentertest.Request) bool {
		return r.Service == "entra" || method != "" && r.Method != method
	})
}

// awaitRequests waits until n requests have arrived at Partner Center.
func (a *account) awaitRequests(t *testing.T, n int) {
	t.Helper()
	for until := time.Now().Add(patience); len(a.sent("")) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%d requests never came", n)
		}
	}
}

// anyLine is the union of all JSON lines.
type anyLine struct {
	Type, Customer, Status, Reason, Link, Expires string
	LinkExpires                                   string `json:"link_expires"`
	AttestationID                                 string `json:"attestation_id"`
	DateAgreed                                    string `json:"date_agreed"`
	Total, Required, Pending, Compliant, Unknown  int
	Ready                                         int `json:"ready_to_create_agreement"`
	LinkExpired                                   int `json:"link_expired"`
}

// lines decodes JSON lines.
func (r result) lines(t *testing.T) []anyLine {
	t.Helper()
	var all []anyLine
	for s := bufio.NewScanner(strings.NewReader(r.out)); s.Scan(); {
		var l anyLine
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatalf("standard output holds what is no JSON line: %v", err)
		}
		all = append(all, l)
	}
	return all
}

// only returns the one line of a run that ended with a status.
func (r result) only(t *testing.T, status int) anyLine {
	t.Helper()
	lines := r.lines(t)
	if r.status != status || len(lines) != 1 {
		t.Fatalf("status = %d with %d lines, want %d and one:\n%s", r.status, len(lines), status, r.errout)
	}
	return lines[0]
}

// attested creates an attestation and returns its id.
func (a *account) attested(t *testing.T, customer string) string {
	t.Helper()
	return a.run(t, attest(customer, "-json")...).only(t, cli.ExitDone).AttestationID
}

// accepted creates an attestation that the customer accepts.
func (a *account) accepted(t *testing.T, customer string) {
	t.Helper()
	if err := a.Accept(a.attested(t, customer)); err != nil {
		t.Fatal(err)
	}
}

// buffer is what a program that still runs has written.
type buffer struct{ emulated.Buffer }

// await returns what the pattern finds in the output, as soon as it is there.
func (b *buffer) await(t *testing.T, pattern string) string {
	t.Helper()
	find, until := regexp.MustCompile(pattern), time.Now().Add(patience)
	for ; time.Now().Before(until); time.Sleep(time.Millisecond) {
		if found := find.FindString(b.String()); found != "" {
			return found
		}
	}
	t.Fatalf("%s never came", pattern)
	return ""
}

func TestBadInputSendsNothing(t *testing.T) {
	tests := []struct {
		name string
		args []string
		env  []string // NAME=value, overriding
		want []string // in the error
	}{
		{"no subcommand", nil, nil, []string{"no subcommand"}},
		{"only flags", []string{"-json"}, nil, []string{"no subcommand"}},
		{"unknown subcommand", []string{"Oosterhout"}, nil, []string{"no subcommand: pass summary"}},
		{"tour of a real account", []string{"tour"}, nil, []string{"CSPKIT_API_URL"}},
		{"unknown flag", []string{"summary", "-force"}, nil, []string{"-force"}},
		{"flag of another", []string{"summary", "-poll", "1s"}, nil, []string{"-poll does not go with summary"}},
		{"summary of one", []string{"summary", bakery}, nil, []string{"summary takes no CUSTOMER-ID"}},
		{"unknown status", []string{"summary", "-list", "maybe"}, nil, []string{"-list", "link_expired"}},
		{"status of nobody", []string{"status"}, nil, []string{"no customer is named"}},
		{"malformed ids", []string{"status", "one", bakery, "two"}, nil, []string{`"one"`, `"two"`}},
		{"finalize nobody", []string{"finalize"}, nil, []string{"no customer is named"}},
		{"finalize all and one", []string{"finalize", "-all-ready", bakery}, nil, []string{"exclude"}},
		{"watch nobody", []string{"watch"}, nil, []string{"no customer is named"}},
		{"poll", []string{"watch", "-poll", "0s", bakery}, nil, []string{"-poll is 0s"}},
		{"wait", []string{"watch", bakery, "-wait", "-1s"}, nil, []string{"-wait is -1s"}},
		{"renew two", []string{"renew", bakery, alpine}, nil, []string{"one CUSTOMER-ID"}},
		{"attest nobody", []string{"attest"}, nil, []string{"no customer is named", "first name is missing", "e-mail address is missing", "company name is missing", "country is missing", "language is missing"}},
		{"attest with all wrong", slices.Concat(attest("Oosterhout"), []string{"-email", "w.oosterhout", "-phone", "0612345678", "-country", "Alps", "-valid", "8h30s", "-poll", "1s"}), nil,
			[]string{"a customer id is a GUID", "e-mail", "phone number", "country must", "whole minutes", "-poll does not go with attest"}},
		{"attest for too long", attest(alpine, "-valid", "200h"), nil, []string{"5 minutes to 7 days"}},
		{"attest for no time", attest(alpine, "-valid", "0s"), nil, []string{"-valid is 0s"}},
		{"unquoted name", attest(alpine, "-last", "van", "Oosterhout"), nil, []string{"quote values with spaces"}},
		{"value of another flag", attest(alpine, "-valid", "Oosterhout"), nil, []string{"invalid value for flag -valid"}},
		{"no refresh token", attest(alpine), []string{"CSPKIT_REFRESH_TOKEN="}, []string{"listing agreements", "set CSPKIT_REFRESH_TOKEN"}},
		{"no refresh token to read", []string{"summary"}, []string{"CSPKIT_REFRESH_TOKEN="}, []string{"listing agreements", "set CSPKIT_REFRESH_TOKEN"}},
		{"a cloud without agreements", []string{"summary"}, []string{"CSPKIT_CLOUD=usgov"}, []string{"creating an attestation", "listing agreements", "usgov"}},
		{"no secret and no store", []string{"summary"}, []string{"CSPKIT_CLIENT_SECRET=", "CSPKIT_STORE=redis:"}, []string{"CSPKIT_CLIENT_SECRET", "CSPKIT_STORE"}},
		{"store in no folder", []string{"summary"}, []string{"CSPKIT_STORE=sqlite:/none/cspkit.db"}, []string{"CSPKIT_STORE", "/none/cspkit.db"}},
		{"foreign host over http", []string{"summary"}, []string{"CSPKIT_API_URL=http://partner.example"}, []string{"CSPKIT_API_URL must be https"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newAccount(t)
			a.store = nil
			for _, e := range tt.env {
				name, value, _ := strings.Cut(e, "=")
				a.env[name] = value
			}
			r := a.run(t, tt.args...)
			if r.status != cli.ExitUsage || r.out != "" {
				t.Errorf("status = %d with output %q, want %d and nothing", r.status, r.out, cli.ExitUsage)
			}
			for _, want := range tt.want {
				if !strings.Contains(r.errout, want) {
					t.Errorf("the error lacks %q:\n%s", want, r.errout)
				}
			}
			if n := len(a.sent("")); n != 0 {
				t.Errorf("%d requests arrived at Partner Center, want none", n)
			}
			for text := range strings.Lines(r.errout) {
				if strings.HasPrefix(text, "mca: mca:") {
					t.Errorf("the name stands twice in %q", text)
				}
			}
		})
	}
}

func TestHelp(t *testing.T) {
	a := newAccount(t)
	a.store = nil
	if r := a.run(t, "watch", "-h"); r.status != cli.ExitDone || !strings.Contains(r.errout, "-all-ready") || !strings.Contains(r.errout, "renew CUSTOMER-ID") {
		t.Errorf("run(-h) = %d with %q, want 0 with subcommands and flags", r.status, r.errout)
	}
}
