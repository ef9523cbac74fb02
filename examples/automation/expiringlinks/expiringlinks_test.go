package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/account"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // the operator's zone, whatever the machine's is
	os.Exit(m.Run())
}

func noEnv(string) string { return "" }

// office is an account with a store in which links are recorded.
type office struct {
	*account.Account
	cfg  *config.Config
	desk *mca.Desk
}

// newOffice begins on Thursday 26 November 2026, at noon.
func newOffice(t *testing.T) office {
	t.Helper()
	account.Today()
	a := account.New(t)
	cfg := a.Config(0)
	desk, err := newDesk(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return office{a, cfg, desk}
}

// attest starts an attestation, and returns its id.
func (o office) attest(t *testing.T, customer customers.TenantID, valid time.Duration) string {
	t.Helper()
	record, err := o.desk.Start(t.Context(), customer, mca.NewAttestation("Company of "+string(customer)[:4]).
		Country("NL").Language("nl-NL").Signatory("Wilhelmina", "Oosterhout", "w.oosterhout@alpine.example", "+31612345678").ValidFor(valid))
	if err != nil {
		t.Fatal(err)
	}
	return record.Newest().ID.Reveal()
}

// warn runs the program, and checks that it tells neither links nor signatories.
func (o office) warn(ctx context.Context, t *testing.T, args ...string) (int, *account.Screen) {
	t.Helper()
	var s account.Screen
	c := s.Console("expiringlinks", "")
	before := len(o.Writes())
	req, err := parse(args, time.Now(), c.Err)
	if err != nil {
		t.Fatal(err)
	}
	status := warn(ctx, o.cfg, req, noEnv, c)
	o.CheckSecrets(&s, "Wilhelmina", "Oosterhout", "alpine.example", "612345678", "https://")
	if n := len(o.Writes()) - before; n != 0 {
		t.Errorf("%d writes, want none", n)
	}
	return status, &s
}

func TestLinksThatExpireByTheEndOfTomorrowAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.attest(t, account.Alpine, 35*time.Hour)   // Friday, 23:00
		o.attest(t, account.Litware, 37*time.Hour)  // Saturday, 1:00
		o.attest(t, account.Northwind, 2*time.Hour) // Thursday, 14:00
		status, s := o.warn(t.Context(), t)
		want := `Acceptance links that expire until Friday 27 November 2026 23:59:59 UTC, or have expired in the last 7 days:

Customer                              Expires          What to do
Company of 2a1b                       Thu 26 Nov 2026  Remind the signatory to open the link and accept.
2a1b7d6f-4c63-4e1d-9b8f-6c2e3da05f12  14:00 UTC
Company of 8071                       Fri 27 Nov 2026  Remind the signatory to open the link and accept.
8071d3c5-a2c9-4473-91e5-c2849306b578  23:00 UTC
`
		if status != cli.ExitUnfinished || s.Out.String() != want || s.Err.String() != "" {
			t.Errorf("status = %d with\n%s%s\nwant %d with\n%s", status, &s.Out, &s.Err, cli.ExitUnfinished, want)
		}
	})
}

func TestWhoHasAcceptedIsNotToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		if err := o.Accept(o.attest(t, account.Alpine, time.Hour)); err != nil {
			t.Fatal(err)
		}
		o.attest(t, account.Litware, time.Hour)
		o.Edit(account.Litware, func(c *partnercentertest.Customer) { c.DirectlySigned = true })
		status, s := o.warn(t.Context(), t)
		if status != cli.ExitDone || s.Out.String() != "Nobody has to be reminded: no open acceptance link expires until Friday 27 November 2026 23:59:59 UTC, and none has in the last 7 days.\n" {
			t.Errorf("status = %d, want 0 and that there is none:\n%s%s", status, &s.Out, &s.Err)
		}
	})
}

func TestAnExpiredLinkIsToldForAWeekWithTheCommandThatRenewsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.attest(t, account.Alpine, time.Hour)
		for day := range 9 {
			status, s := o.warn(t.Context(), t)
			toldOf := strings.Contains(s.Out.String(), "Company of 8071")
			if toldOf != (day <= 7) || (status == cli.ExitUnfinished) != toldOf {
				t.Errorf("after %d days: status = %d with\n%s%s", day, status, &s.Out, &s.Err)
			}
			if expired := strings.Contains(s.Out.String(), "go run ./examples/mca renew "+account.Alpine); toldOf && expired != (day > 0) {
				t.Errorf("after %d days the command to renew is shown: %t", day, expired)
			}
			time.Sleep(24 * time.Hour)
		}
	})
}

func TestALinkThatExpiredEarlyIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.ExpireAttestation(o.attest(t, account.Alpine, 24*time.Hour))
		if status, s := o.warn(t.Context(), t); status != cli.ExitUnfinished || !strings.Contains(s.Out.String(), "It has expired.") {
			t.Errorf("status = %d, want %d and that it has expired:\n%s", status, cli.ExitUnfinished, &s.Out)
		}
	})
}

func TestWithinTellsHowFarToLook(t *testing.T) {
	for within, status := range map[string]int{"59m": cli.ExitDone, "60m": cli.ExitUnfinished, "168h": cli.ExitUnfinished} {
		synctest.Test(t, func(t *testing.T) {
			o := newOffice(t)
			o.attest(t, account.Alpine, time.Hour)
			if got, s := o.warn(t.Context(), t, "-within", within); got != status {
				t.Errorf("-within %s = %d, want %d:\n%s", within, got, status, &s.Out)
			}
		})
	}
}

func TestOnlyCustomersThatMatterAreLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.attest(t, account.Alpine, time.Hour)
		o.attest(t, account.Litware, 7*24*time.Hour)
		before := len(o.Sent())
		o.warn(t.Context(), t)
		if n := len(o.Sent()) - before; n != 3 {
			t.Errorf("%d requests, want the three about one customer", n)
		}
	})
}

func TestACustomerThatCannotBeLookedAtFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.attest(t, account.Alpine, time.Hour)
		o.attest(t, account.Litware, time.Hour)
		o.Inject(partnercentertest.Fault{Path: account.Alpine + "/agreements", Status: 403, Code: "900308", Times: -1})
		status, s := o.warn(t.Context(), t)
		if status != cli.ExitFailed || !strings.Contains(s.Out.String(), "Company of 6e5f") || strings.Contains(s.Out.String(), "Company of 8071") ||
			!strings.HasPrefix(s.Err.String(), "expiringlinks: ") || !strings.Contains(s.Err.String(), account.Alpine) || strings.Count(s.Err.String(), "\n") != 1 {
			t.Errorf("status = %d, want %d, the other link and the one error:\n%s%s", status, cli.ExitFailed, &s.Out, &s.Err)
		}
		o.Inject(partnercentertest.Fault{Path: "/agreements", Status: 403, Code: "900308", Times: -1})
		if status, s := o.warn(t.Context(), t); status != cli.ExitFailed || s.Out.String() != "" {
			t.Errorf("status = %d, want %d, and not that there is none:\n%s", status, cli.ExitFailed, &s.Out)
		}
	})
}

func TestInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.attest(t, account.Alpine, time.Hour)
		o.Inject(partnercentertest.Fault{Path: "/agreements", Delay: time.Minute, Times: -1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if status, s := o.warn(ctx, t); status != cli.ExitInterrupted || s.Out.String() != "" || s.Err.String() != "expiringlinks: interrupted: run it again\n" {
			t.Errorf("status = %d, want %d and nothing:\n%s%s", status, cli.ExitInterrupted, &s.Out, &s.Err)
		}
	})
}

func TestJSONLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.attest(t, account.Alpine, time.Hour)
		status, s := o.warn(t.Context(), t, "-json")
		want := `{"type":"status","customer":"8071d3c5-a2c9-4473-91e5-c2849306b578","company":"Company of 8071","status":"pending","reason":"The customer has an acceptance link and has not accepted yet.","link_expires":"2026-11-26T13:00:00Z"}` + "\n"
		if status != cli.ExitUnfinished || s.Out.String() != want {
			t.Errorf("status = %d with\n%s\nwant %d with\n%s", status, &s.Out, cli.ExitUnfinished, want)
		}
	})
}

func TestTheTableFitsATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.attest(t, account.Alpine, time.Hour)
		o.ExpireAttestation(o.attest(t, account.Litware, time.Hour))
		var s account.Screen
		c := s.Console("expiringlinks", "")
		c.Live, c.Width = true, 80
		req, err := parse(nil, time.Now(), c.Err)
		if err != nil {
			t.Fatal(err)
		}
		if status := warn(t.Context(), o.cfg, req, noEnv, c); status != cli.ExitUnfinished {
			t.Errorf("status = %d, want %d", status, cli.ExitUnfinished)
		}
		account.CheckWidth(t, &s, 80)
	})
}

func TestBadInputSendsNothing(t *testing.T) {
	tests := []struct {
		name string
		args []string
		env  string // NAME=value, overriding
		want string
	}{
		{"no time", []string{"-within", "0s"}, "", "set a time above zero"},
		{"negative", []string{"-within", "-1h"}, "", "set a time above zero"},
		{"not a time", []string{"-within", "tomorrow"}, "", "-within"},
		{"an argument", []string{account.Alpine}, "", "there are no arguments"},
		{"unknown flag", []string{"-renew"}, "", "-renew"},
		{"memory", nil, "CSPKIT_STORE=memory:", "set the store in which examples/mca keeps them"},
		{"no refresh token", nil, "CSPKIT_REFRESH_TOKEN=", "set CSPKIT_REFRESH_TOKEN"},
		{"no tenant", nil, "CSPKIT_TENANT_ID=", "CSPKIT_TENANT_ID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := account.New(t)
			env := a.Env()
			env["CSPKIT_STORE"] = "sqlite:" + t.TempDir() + "/cspkit.db"
			if name, value, ok := strings.Cut(tt.env, "="); ok {
				env[name] = value
			}
			var s account.Screen
			status := run(t.Context(), tt.args, func(name string) string { return env[name] }, s.Console("expiringlinks", ""))
			if status != cli.ExitUsage || s.Out.String() != "" || len(a.Sent()) != 0 || !strings.Contains(s.Err.String(), tt.want) {
				t.Errorf("status = %d, output %q, %d requests; want %d, nothing and an error with %q:\n%s", status, &s.Out, len(a.Sent()), cli.ExitUsage, tt.want, &s.Err)
			}
		})
	}
}

func TestAnEmptyStoreHasNobodyToRemind(t *testing.T) {
	a := account.New(t)
	env := a.Env()
	env["CSPKIT_STORE"] = "sqlite:" + t.TempDir() + "/cspkit.db"
	var s account.Screen
	status := run(t.Context(), nil, func(name string) string { return env[name] }, s.Console("expiringlinks", ""))
	if status != cli.ExitDone || !strings.HasPrefix(s.Out.String(), "Nobody has to be reminded") || len(a.Sent()) != 0 {
		t.Errorf("status = %d, %d requests; want 0 and none:\n%s%s", status, len(a.Sent()), &s.Out, &s.Err)
	}
}

func TestTheDemoHasLinksOfItsOwn(t *testing.T) {
	for _, args := range [][]string{nil, {"-json"}} {
		var s account.Screen
		status := run(t.Context(), args, noEnv, s.Console("expiringlinks", ""))
		said := s.Out.String()
		if args != nil {
			said = s.Err.String()
		}
		if status != cli.ExitUnfinished || !strings.HasPrefix(said, "The built-in emulator") || !strings.Contains(said, "the demo creates three") ||
			!strings.Contains(s.Out.String(), "Northwind Traders") || !strings.Contains(s.Out.String(), "Litware Legal") || strings.Contains(s.Out.String(), "Alpine") {
			t.Errorf("%q = %d, want %d with two of the three links:\n%s%s", args, status, cli.ExitUnfinished, &s.Out, &s.Err)
		}
		if strings.Contains(s.Out.String()+s.Err.String(), "attestationid") || strings.Contains(s.Out.String()+s.Err.String(), "Sanne") {
			t.Error("the output holds a link or who signs")
		}
	}
}

func TestHelp(t *testing.T) {
	var s account.Screen
	if status := run(t.Context(), []string{"-h"}, noEnv, s.Console("expiringlinks", "")); status != cli.ExitDone || !strings.Contains(s.Err.String(), "-within long") || s.Out.String() != "" {
		t.Errorf("-h = %d, want 0 with the flags:\n%s", status, &s.Err)
	}
}
