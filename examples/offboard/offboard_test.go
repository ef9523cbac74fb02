package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	emulated "github.com/cspkit/cspkit/examples/internal/account"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/partnercentertest"
)

// The demo customers that the tests use.
const (
	bakery   = emulated.Bakery
	alpine   = emulated.Alpine
	fabrikam = emulated.Fabrikam
	tailspin = emulated.Tailspin
	stranger = emulated.Stranger
)

// account is an emulated account that the program reaches through a port, and
// the environment that leads there.
type account struct {
	*emulated.Account
	env map[string]string
}

func newAccount(t *testing.T) account {
	t.Helper()
	a := emulated.New(t)
	return account{a, a.Env()}
}

// result is what a run of the program left behind.
type result struct {
	status      int
	out, errout string
}

// start runs the program as a pipe does, or with an answer as a person would.
func (a account) start(ctx context.Context, answer string, args ...string) result {
	var out, errout emulated.Buffer
	c := cli.Console{Name: "offboard", In: strings.NewReader(answer), Out: &out, Err: &errout, Person: answer != ""}
	status := run(ctx, args, func(name string) string { return a.env[name] }, c)
	return result{status, out.String(), errout.String()}
}

func (a account) run(t *testing.T, args ...string) result {
	t.Helper()
	r := a.start(t.Context(), "", args...)
	for _, secret := range a.Secrets() {
		if strings.Contains(r.out+r.errout, secret) {
			t.Errorf("the output of %q holds a secret", args)
		}
	}
	return r
}

// line is the union of all JSON lines.
type line struct {
	Type, Customer, Action, Subject, Outcome, State, Phase, Error string
	At                                                            string
	RequestID                                                     string `json:"request_id"`
	WaitUntil                                                     string `json:"wait_until"`
	Blockers                                                      []string
	Subscriptions                                                 []map[string]string
	Calls                                                         int
}

// lines decodes JSON lines.
func (r result) lines(t *testing.T) []line {
	t.Helper()
	var all []line
	for s := bufio.NewScanner(strings.NewReader(r.out)); s.Scan(); {
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatalf("standard output holds %q: %v", s.Text(), err)
		}
		all = append(all, l)
	}
	return all
}

func TestBadInputSendsNothing(t *testing.T) {
	list := filepath.Join(t.TempDir(), "customers.txt")
	if err := os.WriteFile(list, []byte("# ours\n\n"+bakery+" # the bakery\nnot-an-id\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		env  []string // NAME=value, overriding
		want string   // in the error
	}{
		{"malformed id", []string{"-yes", "contoso"}, nil, `not "contoso"`},
		{"all malformed ids", []string{"-yes", bakery, "one", "two"}, nil, `not "two"`},
		{"unknown flag", []string{"-yes", bakery, "-force"}, nil, "-force"},
		{"no customer", []string{"-yes"}, nil, "no customer is named"},
		{"nobody to ask", []string{bakery}, nil, "-yes"},
		{"bad line in file", []string{"-yes", "-from", list}, nil, "customers.txt:4:"},
		{"no file", []string{"-yes", "-from", list + ".none"}, nil, "-from"},
		{"reseller", []string{"-yes", "-role", "reseller", bakery}, nil, "only the CSP"},
		{"customer", []string{"-yes", "-role=customer", bakery}, nil, "only the CSP"},
		{"unknown role", []string{"-yes", "-role", "boss", bakery}, nil, "-role"},
		{"own tenant", []string{"-yes", strings.ToUpper(partnercentertest.TenantID)}, nil, "own tenant"},
		{"window-closed", []string{"-yes", "-window-closed", "now", bakery}, nil, "-window-closed"},
		{"concurrency", []string{"-yes", "-concurrency", "0", bakery}, nil, "-concurrency"},
		{"poll", []string{"-yes", "-poll", "0s", bakery}, nil, "-poll"},
		{"wait", []string{"-yes", "-wait", "-1s", bakery}, nil, "-wait"},
		{"reactivate in memory", []string{"-yes", "-reactivate", bakery}, nil, "memory:"},
		{"reactivate a plan", []string{"-plan", "-reactivate", bakery}, nil, "-plan"},
		{"no refresh token", []string{"-yes", bakery, alpine}, []string{"CSPKIT_REFRESH_TOKEN="}, "removing the reseller relationship"},
		{"no refresh token for a plan", []string{"-plan", bakery}, []string{"CSPKIT_REFRESH_TOKEN="}, "set CSPKIT_REFRESH_TOKEN, or sign in with examples/consent"},
		{"GDAP where there is none", []string{"-yes", "-gdap", bakery}, []string{"CSPKIT_CLOUD=china"}, "leave -gdap out"},
		{"no secret", []string{"-yes", bakery}, []string{"CSPKIT_CLIENT_SECRET="}, "CSPKIT_CLIENT_SECRET"},
		{"store of another kind", []string{"-yes", bakery}, []string{"CSPKIT_STORE=redis://:hunter2@host"}, "CSPKIT_STORE names no store"},
		{"store without a file", []string{"-yes", bakery}, []string{"CSPKIT_STORE=sqlite:"}, "CSPKIT_STORE names no store"},
		{"store in no folder", []string{"-yes", bakery}, []string{"CSPKIT_STORE=sqlite:" + filepath.Join(t.TempDir(), "none", "cspkit.db")}, "none"},
		{"store that is none", []string{"-yes", bakery}, []string{"CSPKIT_STORE=sqlite:" + list}, "customers.txt"},
		{"foreign host over http", []string{"-yes", bakery}, []string{"CSPKIT_API_URL=http://partner.example"}, "CSPKIT_API_URL must be https"},
		{"foreign sign-in over http", []string{"-yes", bakery}, []string{"CSPKIT_LOGIN_URL=http://login.example"}, "CSPKIT_LOGIN_URL"},
		{"foreign Graph over http", []string{"-yes", bakery}, []string{"CSPKIT_GRAPH_URL=http://graph.example"}, "CSPKIT_GRAPH_URL must be https"},
		{"tenant", []string{"-yes", bakery}, []string{"CSPKIT_TENANT_ID=common"}, "CSPKIT_TENANT_ID"},
		{"cloud", []string{"-yes", bakery}, []string{"CSPKIT_CLOUD=mars"}, "CSPKIT_CLOUD"},
		{"budget", []string{"-yes", bakery}, []string{"CSPKIT_BUDGET=lots"}, "CSPKIT_BUDGET"},
		{"log", []string{"-yes", bakery}, []string{"CSPKIT_LOG=loud"}, "CSPKIT_LOG"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newAccount(t)
			for _, e := range tt.env {
				name, value, _ := strings.Cut(e, "=")
				a.env[name] = value
			}
			r := a.run(t, tt.args...)
			if r.status != cli.ExitUsage || r.out != "" || !strings.Contains(r.errout, tt.want) {
				t.Errorf("status = %d, output %q, error %q; want %d, nothing, and an error with %q", r.status, r.out, r.errout, cli.ExitUsage, tt.want)
			}
			if n := len(a.Requests()); n != 0 || strings.Contains(r.errout, "hunter2") {
				t.Errorf("%d requests were sent, want none, and no password: %s", n, r.errout)
			}
		})
	}
}

func TestAllProblemsOfTheEnvironmentAreReportedAtOnce(t *testing.T) {
	a := newAccount(t)
	a.env["CSPKIT_TENANT_ID"], a.env["CSPKIT_CLIENT_ID"], a.env["CSPKIT_STORE"] = "", "", "redis:"
	r := a.run(t, "-plan", bakery)
	for _, name := range []string{"CSPKIT_TENANT_ID", "CSPKIT_CLIENT_ID", "CSPKIT_STORE"} {
		if !strings.Contains(r.errout, name) {
			t.Errorf("the error does not name %s:\n%s", name, r.errout)
		}
	}
}

func TestHelp(t *testing.T) {
	if r := newAccount(t).run(t, "-h"); r.status != cli.ExitDone || !strings.Contains(r.errout, "-window-closed") {
		t.Errorf("run(-h) = %d with %q, want 0 with the flags", r.status, r.errout)
	}
}

func TestDemoPlanNeedsNoEnvironment(t *testing.T) {
	r := account{Account: emulated.New(t)}.run(t, "-plan")
	first, rest, _ := strings.Cut(r.out, "\n")
	if r.status != cli.ExitDone || !strings.Contains(first, "emulator") || !strings.Contains(first, "http://127.0.0.1:") {
		t.Errorf("run(-plan) = %d, first line %q; want 0 and the emulator's address", r.status, first)
	}
	for _, want := range []string{"Contoso Bakery (" + bakery + ")", "Billed until", "Blocked:"} {
		if !strings.Contains(rest, want) {
			t.Errorf("the plans do not hold %q", want)
		}
	}
}
