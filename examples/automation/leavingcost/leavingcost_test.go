package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/examples/internal/account"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

func noEnv(string) string { return "" }

// ask runs the program with a configuration that needs no port, and checks that
// it changes nothing.
func ask(ctx context.Context, t *testing.T, a *account.Account, cfg *config.Config, args ...string) (int, *account.Screen) {
	t.Helper()
	var s account.Screen
	c := s.Console("leavingcost", "")
	req, err := parse(args, c.Err)
	if err != nil {
		t.Fatal(err)
	}
	status := survey(ctx, cfg, req, noEnv, c)
	a.CheckSecrets(&s)
	if n := len(a.Writes()); n != 0 {
		t.Errorf("%d writes, want none", n)
	}
	return status, &s
}

func TestAllCustomersByTheLatestDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		status, s := ask(t.Context(), t, a, a.Config(0))
		want := `If the relationships were ended today:

Customer                              Billed until  What goes on being billed, and why
Fabrikam Residences                   2027-09-26    Microsoft 365 Business Standard: its cancellation window closed on 2026-08-26 12:00 UTC; it is not
1f0a6c5e-3b52-4d0c-8a7e-5b1d2c9f4e01                renewed, and billed until 2027-08-26 12:00 UTC
                                                    Widget SaaS: its cancellation window closed on 2026-11-20 12:00 UTC; it is not renewed, and billed
                                                    until 2026-12-17 12:00 UTC
                                                    Windows Server 2022 Standard - 8 Core - 1 year: its cancellation window closed on 2026-10-03 12:00
                                                    UTC; it is not renewed, and billed until 2027-09-26 12:00 UTC
Litware Legal                         2027-08-26    Microsoft 365 Business Standard: suspended, which does not end billing; its cancellation window
6e5fb1a3-80a7-4251-9fc3-a06271e49356                closed on 2026-08-26 12:00 UTC; billed until 2027-08-26 12:00 UTC
Northwind Traders                     unknown       DZH318Z0BQ3W: an Azure reservation is open: it is ended through Azure support or the Azure portal;
2a1b7d6f-4c63-4e1d-9b8f-6c2e3da05f12                its term ends on 2028-11-26
                                                    Of the rest, 0 should be refunded in full and 1 in part.
Tailspin Toys                         unknown       Compute savings plan, 1 Year: a savings plan is ended in the Azure portal; its term ends on
3b2c8e70-5d74-4f2e-8c90-7d3f4eb16023                2027-07-26
Wide World Importers                  unknown       Quantum Credits: this kind of product is not known: end it in Partner Center yourself; its term ends
4c3d9f81-6e85-403f-9da1-8e405fc27134                on 2027-10-26
                                                    Of the rest, 0 should be refunded in full and 1 in part.

9 customers: for 4 nothing more is billed than what was used until now, for 2 until a known date (the last: 2027-09-26), for 3 it is unknown, 0 could not be looked at.
Of what would be cancelled, 2 should be refunded in full and 6 in part. There are no amounts: the subscriptions that Partner Center lists carry no prices.
`
		if status != cli.ExitDone || s.Out.String() != want || s.Err.String() != "" {
			t.Errorf("status = %d with\n%s%s\nwant 0 with\n%s", status, &s.Out, &s.Err, want)
		}
	})
}

func TestThoseThatAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		status, s := ask(t.Context(), t, a, a.Config(0), account.Alpine, strings.ToUpper(account.Litware), account.Litware)
		if status != cli.ExitDone || !strings.Contains(s.Out.String(), "\n2 customers: for 1 nothing more") || !strings.Contains(s.Out.String(), "Litware Legal") {
			t.Errorf("status = %d, want 0 with two customers:\n%s", status, &s.Out)
		}
		for _, r := range a.Sent() {
			if r.Path == "/v1/customers" {
				t.Error("all customers were listed")
			}
		}
	})
}

func TestWhatIsKnownAndWhatIsNotAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		customer := func(id, name string) partnercentertest.Customer {
			return partnercentertest.Customer{ID: id, Company: name, Domain: "contoso.example"}
		}
		adviser := customer(account.Bakery, "Advised")
		adviser.Relationship = "advisor"
		a := account.New(t, adviser, customer(account.Stranger, "Contoso").With(
			partnercentertest.LicenseClosed("aaaaaaaa-0000-4000-8000-000000000001"),
			partnercentertest.SavingsPlan("aaaaaaaa-0000-4000-8000-000000000002"),
		))
		status, s := ask(t.Context(), t, a, a.Config(0), account.Stranger, account.Bakery)
		for _, want := range []string{"  2027-08-26  ", "  or later  ", "Compute savings plan, 1 Year: a savings plan", "Microsoft 365 Business Standard: its cancellation", "advisor", "for 0 until a known date, for 2 it is unknown"} {
			if !strings.Contains(s.Out.String(), want) {
				t.Errorf("the output lacks %q:\n%s", want, &s.Out)
			}
		}
		if status != cli.ExitDone {
			t.Errorf("status = %d, want 0: %s", status, &s.Err)
		}
	})
}

func TestACustomerThatCannotBeLookedAtFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		status, s := ask(t.Context(), t, a, a.Config(0), account.Stranger, account.Litware)
		if status != cli.ExitFailed || !strings.Contains(s.Out.String(), "Litware Legal") || !strings.Contains(s.Out.String(), "1 could not be looked at") ||
			!strings.Contains(s.Err.String(), "leavingcost: customer "+account.Stranger+": not a customer") {
			t.Errorf("status = %d, want %d, the other customer and the error:\n%s%s", status, cli.ExitFailed, &s.Out, &s.Err)
		}
		a.Inject(partnercentertest.Fault{Path: "/subscriptions", Status: 403, Code: "900308", Times: -1})
		status, s = ask(t.Context(), t, a, a.Config(0))
		if status != cli.ExitFailed || strings.Count(s.Err.String(), "900308") != told || !strings.Contains(s.Err.String(), "6 customers more could not be looked at") {
			t.Errorf("status = %d, want %d with %d errors and how many more there are:\n%s", status, cli.ExitFailed, told, &s.Err)
		}
		a.Inject(partnercentertest.Fault{Path: "/v1/customers", Status: 403, Code: "900308", Times: -1})
		if status, s = ask(t.Context(), t, a, a.Config(0)); status != cli.ExitFailed || s.Out.String() != "" || !strings.Contains(s.Err.String(), "listing customers") {
			t.Errorf("status = %d, want %d, and no count without a list:\n%s%s", status, cli.ExitFailed, &s.Out, &s.Err)
		}
	})
}

func TestInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		a.Inject(partnercentertest.Fault{Path: "/subscriptions", Delay: time.Minute, Times: -1, After: 3})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if status, s := ask(ctx, t, a, a.Config(0)); status != cli.ExitInterrupted || s.Out.String() != "" || s.Err.String() != "leavingcost: interrupted: run it again\n" {
			t.Errorf("status = %d, want %d and nothing:\n%s%s", status, cli.ExitInterrupted, &s.Out, &s.Err)
		}
	})
}

func TestJSONLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		status, s := ask(t.Context(), t, a, a.Config(0), "-json", account.Northwind, account.Alpine, account.Fabrikam)
		var got []string
		for text := range strings.Lines(s.Out.String()) {
			var l struct {
				Type, Customer, Cost string
				BillingUntil         string `json:"billing_until"`
				Subscriptions        []map[string]string
				Refunds              map[string]int
			}
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				t.Fatalf("standard output holds %q: %v", text, err)
			}
			var effects []string
			for _, s := range l.Subscriptions {
				effects = append(effects, s["effect"])
			}
			got = append(got, strings.TrimSpace(fmt.Sprint(l.Type, " ", l.Customer, " ", l.Cost, " ", l.BillingUntil, " ", l.Refunds["full"], l.Refunds["partial"], " ", effects)))
		}
		want := []string{
			"cost " + account.Fabrikam + " until 2027-09-26T12:00:00Z 0 0 [goes_on goes_on goes_on]",
			"cost " + account.Northwind + " unknown  0 1 [unknown]",
			"summary   2027-09-26T12:00:00Z 0 1 []",
		}
		if status != cli.ExitDone || !slices.Equal(got, want) {
			t.Errorf("status = %d with\n%s\nwant 0 with\n%s", status, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// many returns customers, each with a subscription.
func many(n int) []partnercentertest.Customer {
	var all []partnercentertest.Customer
	for i := range n {
		all = append(all, partnercentertest.Customer{ID: fmt.Sprintf("11111111-2222-4333-8444-%012d", i), Company: fmt.Sprint("Company ", i), Domain: fmt.Sprintf("c%d.example", i)}.
			With(partnercentertest.License(fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", i))))
	}
	return all
}

func TestCustomersAreAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t, many(1100)...)
		status, s := ask(t.Context(), t, a, a.Config(0))
		if status != cli.ExitDone || !strings.Contains(s.Out.String(), "1100 customers: for 1100 nothing more") {
			t.Errorf("status = %d, want 0 with all:\n%s%s", status, &s.Out, &s.Err)
		}
		looked, pages := 0, []int{}
		for _, r := range a.Sent() {
			switch {
			case r.Path == "/v1/customers":
				pages = append(pages, looked)
			case strings.HasSuffix(r.Path, "/subscriptions"):
				looked++
			}
		}
		// A page is read when all but a few customers of the one before are done.
		if len(pages) != 3 || pages[1] < 500-2*atOnce || pages[2] < 1000-2*atOnce {
			t.Errorf("pages were read after %d customers had been looked at, want 0, about 500, about 1000", pages)
		}
	})
}

func TestTheBudgetIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		const budget = 20
		a := account.New(t, many(50)...)
		began := time.Now()
		if status, s := ask(t.Context(), t, a, a.Config(budget)); status != cli.ExitDone {
			t.Errorf("status = %d, want 0:\n%s%s", status, &s.Out, &s.Err)
		}
		reads := slices.DeleteFunc(a.Sent(), func(r partnercentertest.Request) bool { return !strings.HasSuffix(r.Path, "/subscriptions") })
		for i := budget; i < len(reads); i++ {
			if d := reads[i].Time.Sub(reads[i-budget].Time); d < time.Minute {
				t.Fatalf("%d requests about subscriptions within %s", budget+1, d)
			}
		}
		if took := time.Since(began); len(reads) != 50 || took < 2*time.Minute || took > 6*time.Minute {
			t.Errorf("%d reads in %s, want 50, as fast as the budget allows", len(reads), took)
		}
	})
}

func TestTheTableFitsATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		var s account.Screen
		c := s.Console("leavingcost", "")
		c.Live, c.Width = true, 80
		if status := survey(t.Context(), a.Config(0), new(request), noEnv, c); status != cli.ExitDone {
			t.Errorf("status = %d, want 0", status)
		}
		account.CheckWidth(t, &s, 80)
	})
}

func TestBadInputSendsNothing(t *testing.T) {
	tests := []struct {
		name string
		args []string
		env  string // NAME=value, overriding
		want []string
	}{
		{"malformed ids", []string{"one", account.Alpine, "two"}, "", []string{`not "one"`, `not "two"`}},
		{"unknown flag", []string{"-yes"}, "", []string{"-yes"}},
		{"own tenant", []string{account.Alpine, partnercentertest.TenantID}, "", []string{"own tenant"}},
		{"no refresh token", nil, "CSPKIT_REFRESH_TOKEN=", []string{"set CSPKIT_REFRESH_TOKEN"}},
		{"no tenant", nil, "CSPKIT_TENANT_ID=", []string{"CSPKIT_TENANT_ID"}},
		{"budget", nil, "CSPKIT_BUDGET=0", []string{"CSPKIT_BUDGET"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := account.New(t)
			env := a.Env()
			if name, value, ok := strings.Cut(tt.env, "="); ok {
				env[name] = value
			}
			var s account.Screen
			status := run(t.Context(), tt.args, func(name string) string { return env[name] }, s.Console("leavingcost", ""))
			if status != cli.ExitUsage || s.Out.String() != "" || len(a.Requests()) != 0 {
				t.Errorf("status = %d, output %q, %d requests; want %d and nothing", status, &s.Out, len(a.Requests()), cli.ExitUsage)
			}
			for _, want := range tt.want {
				if !strings.Contains(s.Err.String(), want) {
					t.Errorf("the error lacks %q:\n%s", want, &s.Err)
				}
			}
		})
	}
}

func TestTheDemoNeedsNoEnvironment(t *testing.T) {
	for _, args := range [][]string{nil, {"-json"}} {
		var s account.Screen
		status := run(t.Context(), args, noEnv, s.Console("leavingcost", ""))
		said := s.Out.String()
		if args != nil {
			said = s.Err.String()
		}
		if status != cli.ExitDone || !strings.HasPrefix(said, "The built-in emulator") || !strings.Contains(s.Out.String(), "Fabrikam Residences") {
			t.Errorf("%q = %d, want 0 with the emulator and its customers:\n%s%s", args, status, &s.Out, &s.Err)
		}
	}
}

func TestHelp(t *testing.T) {
	var s account.Screen
	if status := run(t.Context(), []string{"-h"}, noEnv, s.Console("leavingcost", "")); status != cli.ExitDone || !strings.Contains(s.Err.String(), "-json") || s.Out.String() != "" {
		t.Errorf("-h = %d, want 0 with the flags:\n%s", status, &s.Err)
	}
}
