package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/partnercentertest"
)

// ids are what Microsoft support asks for, at the end of a line.
var ids = regexp.MustCompile(`\(request [0-9a-f-]{36}, correlation [0-9a-f-]{36}\)$`)

// What goes wrong most often is one line on standard error, which says what to
// do and ends with the ids of the request.
func TestTheCommonFailuresSayWhatToDo(t *testing.T) {
	always := func(f partnercentertest.Fault) func(account) {
		return func(a account) {
			f.Times = -1
			a.Inject(f)
		}
	}
	tests := []struct {
		name     string
		customer string
		prepare  func(account)
		want     string
	}{
		{"a wrong secret", bakery, func(a account) { a.env["CSPKIT_CLIENT_SECRET"] = "wrong" }, "the client secret is wrong: set its value"},
		{"an expired secret", bakery, func(a account) { a.SecretExpired = true }, "make a new one in the app registration"},
		{"no multi-factor authentication", bakery, func(a account) { a.NoMFA = true }, "sign in again with multi-factor authentication"},
		{"a dead refresh token", bakery, func(a account) { a.RevokeRefreshTokens() }, "sign in again"},
		{"a Conditional Access policy", bakery, func(a account) { a.ConditionalAccess = true }, "ask the tenant's administrator which policy"},
		{"nobody consented", bakery, func(a account) { a.NoConsent = true }, "let an administrator of the tenant consent"},
		{"not a customer", stranger, func(account) {}, "not a customer of this partner: check the id"},
		{"a missing role", bakery, always(partnercentertest.Fault{Path: "/v1/customers", Status: 403, Code: "900308", Description: "Access denied."}), "such as the role Admin agent"},
		{"an enrolment that lapsed", bakery, always(partnercentertest.Fault{Method: "PATCH", Status: 403, Code: "900149", Description: "Not enrolled."}), "let an administrator of the partner look at it"},
		{"a write without an answer", bakery, always(partnercentertest.Fault{Method: "PATCH", Drop: true}), "whether it was done is not known"},
		{"a read without an answer", bakery, always(partnercentertest.Fault{Path: "/v1/customers", Drop: true}), "no complete answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel() // some wait for retries
			a := newAccount(t)
			a.env["CSPKIT_LOG"] = "error"
			tt.prepare(a)
			r := a.run(t, "-yes", "-json", tt.customer)
			var problems []string
			for line := range strings.Lines(r.errout) {
				if strings.HasPrefix(line, "offboard: ") {
					problems = append(problems, strings.TrimSuffix(line, "\n"))
				}
			}
			if r.status != cli.ExitFailed || len(problems) != 1 {
				t.Fatalf("status = %d with %d problems, want %d with one:\n%s", r.status, len(problems), cli.ExitFailed, r.errout)
			}
			if !strings.Contains(problems[0], tt.want) || !ids.MatchString(problems[0]) {
				t.Errorf("problem = %q, want %q in it and the ids at its end", problems[0], tt.want)
			}
		})
	}
}

// A failure is told once in a report, and is nothing that the run waits for.
func TestAReportOfAFailureSaysItOnce(t *testing.T) {
	a := newAccount(t)
	a.Inject(partnercentertest.Fault{Method: "PATCH", Status: 403, Code: "900149", Description: "Not enrolled.", Times: -1})
	r := a.run(t, "-yes", bakery)
	if r.status != cli.ExitFailed || !strings.Contains(r.out, "\nError: ") || strings.Contains(r.out, "Waits: ") {
		t.Errorf("status = %d with\n%s\nwant %d, an error and nothing that is waited for", r.status, r.out, cli.ExitFailed)
	}
}

func TestAProblemNamesTheProgramOnce(t *testing.T) {
	a := newAccount(t)
	a.env["CSPKIT_STORE"] = "sqlite:" + t.TempDir() + "/cspkit.db"
	if r := a.run(t, "-yes", "-reactivate", bakery); r.status != cli.ExitFailed || !strings.Contains(r.errout, "offboard: customer "+bakery+": no offboarding") || strings.Contains(r.errout, "offboard: offboard:") {
		t.Errorf("status = %d, error %q; want %d and the program's name once", r.status, r.errout, cli.ExitFailed)
	}
}
