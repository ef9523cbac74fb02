package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
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
	time.Local = time.UTC // the operator's zone, whatever the machine's is
	os.Exit(m.Run())
}

func noEnv(string) string { return "" }

// start runs the program with a configuration that needs no port.
func start(ctx context.Context, cfg *config.Config, c cli.Console, args ...string) int {
	req, err := parse(args, time.Now(), c)
	if err != nil {
		return c.Usage(err)
	}
	job, err := newJob(ctx, cfg, req, noEnv, c)
	if err != nil {
		return c.Usage(err)
	}
	return job.do(ctx)
}

// leave runs the program on a list from standard input.
func leave(ctx context.Context, a *account.Account, cfg *config.Config, list string, args ...string) (int, *account.Screen) {
	var s account.Screen
	status := start(ctx, cfg, s.Console("offboardlist", list), append(args, "-")...)
	a.CheckSecrets(&s)
	return status, &s
}

func check(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}

func TestAPlanSaysWhatItCostsAndWhoCannotMakeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		list := strings.Join([]string{account.Alpine, account.Fabrikam, account.Tailspin, account.Litware}, "\n")
		status, s := leave(t.Context(), a, a.Config(0), list, "-plan", "-by", "friday")
		if status != cli.ExitDone || s.Err.String() != "" || len(a.Writes()) != 0 {
			t.Errorf("status = %d, error %q, %d writes; want 0, none, none", status, &s.Err, len(a.Writes()))
		}
		check(t, "the plan", s.Out.String(), `4 customers to be offboarded by Friday 27 November 2026 23:59:59 UTC.

Customer             Subscription                      What happens      Refund  Billed until
Fabrikam Residences  Microsoft 365 Business Standard   end with its      -       2027-08-26
                                                       term
Fabrikam Residences  Widget SaaS                       end with its      -       2026-12-17
                                                       term
Fabrikam Residences  Windows Server 2022 Standard - 8  end with its      -       2027-09-26
                     Core - 1 year                     term
Tailspin Toys        Azure plan                        cancel Azure,     -       -
                                                       then suspend
Tailspin Toys        Compute savings plan, 1 Year      BLOCKED           -       unknown
Litware Legal        Microsoft 365 Business Standard   nothing to do     -       2027-08-26

Of what is cancelled, 0 should be refunded in full and 0 in part. There are no amounts: the subscriptions that Partner Center lists carry no prices.

Customer                              In time?   Why not
Alpine Ski House                      yes        -
8071d3c5-a2c9-4473-91e5-c2849306b578
Fabrikam Residences                   no         the last of its terms ends on 2027-09-26
1f0a6c5e-3b52-4d0c-8a7e-5b1d2c9f4e01
Tailspin Toys                         blocked    Compute savings plan, 1 Year (933303f5-10bf-47dd-83ba-e522139c7095): a savings plan is ended in the
3b2c8e70-5d74-4f2e-8c90-7d3f4eb16023             Azure portal
Litware Legal                         uncertain  what is suspended is billed until 2027-08-26, and Microsoft may refuse the removal before
6e5fb1a3-80a7-4251-9fc3-a06271e49356

By Friday 27 November 2026 23:59:59 UTC: 1 in time, 1 not, 1 blocked, 1 uncertain.
`)
	})
}

func TestTheReportSaysHowEachCustomerStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		list := strings.Join([]string{account.Bakery, account.Fabrikam, account.Tailspin, account.Litware, account.Stranger}, "\n")
		status, s := leave(t.Context(), a, a.Config(0), list, "-yes")
		_, report, _ := strings.Cut(s.Out.String(), "uncertain.\n\n")
		if status != cli.ExitFailed || !strings.HasPrefix(s.Err.String(), "offboardlist: customer "+account.Stranger+": not a customer") || strings.Count(s.Err.String(), "\n") != 1 {
			t.Errorf("status = %d, want %d and the one error: %s", status, cli.ExitFailed, &s.Err)
		}
		// The error names its request, which is another one each time.
		before, failed, _ := strings.Cut(report, account.Stranger+"  failed          ")
		_, after, _ := strings.Cut(failed, "\n\n")
		if !strings.HasPrefix(failed, "customer "+account.Stranger+": not a customer of this partner") {
			t.Errorf("the stranger is reported as %s", failed)
		}
		check(t, "the report", before+"\n"+after, `Customer                              How it stands   Why, and what goes on costing money
Contoso Bakery                        done            -
b44bb1fb-c595-45b0-9e09-d657365580bf
Fabrikam Residences                   waiting until   Cannot be done before 2027-09-26
1f0a6c5e-3b52-4d0c-8a7e-5b1d2c9f4e01  2026-12-17      Widget SaaS (8db6c880-a5ac-4641-9351-82b933831634) runs, and is billed, until 2026-12-17
                                                      Microsoft 365 Business Standard is billed until 2027-08-26
                                                      Widget SaaS is billed until 2026-12-17
                                                      Windows Server 2022 Standard - 8 Core - 1 year is billed until 2027-09-26
Tailspin Toys                         blocked         Compute savings plan, 1 Year (933303f5-10bf-47dd-83ba-e522139c7095): a savings plan is ended in
3b2c8e70-5d74-4f2e-8c90-7d3f4eb16023                  the Azure portal
                                                      Compute savings plan, 1 Year goes on being billed, until when is not known
Litware Legal                         done            Microsoft 365 Business Standard is billed until 2027-08-26
6e5fb1a3-80a7-4251-9fc3-a06271e49356

2 done, 1 waiting, 1 blocked, 1 failed, 0 stopped on the way.
The same command goes on from there, with a later -by if need be.
`)
	})
}

// contoso has something whose term ends on Sunday evening.
func contoso() partnercentertest.Customer {
	return partnercentertest.Customer{ID: account.Stranger, Company: "Contoso", Domain: "contoso.example"}.With(
		partnercentertest.License("aaaaaaaa-0000-4000-8000-000000000001"),
		partnercentertest.SaaSClosed("aaaaaaaa-0000-4000-8000-000000000002").EndsAt(time.Date(2026, 11, 29, 18, 0, 0, 0, time.UTC)))
}

func TestTheProgramStaysForWhatEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t, contoso())
		status, s := leave(t.Context(), a, a.Config(0), account.Stranger, "-yes", "-by", "monday")
		if status != cli.ExitDone || !strings.Contains(s.Out.String(), "\n1 done, 0 waiting") {
			t.Errorf("status = %d, want 0 and that it is done:\n%s%s", status, &s.Out, &s.Err)
		}
		if now := time.Now(); now.Before(time.Date(2026, 11, 29, 18, 0, 0, 0, time.UTC)) || now.Weekday() != time.Sunday {
			t.Errorf("it ended on %v, want right after the term", now)
		}
		if !strings.Contains(s.Out.String(), "on 2026-11-29, when the last of its terms ends") {
			t.Errorf("the plan does not say when it can be done:\n%s", &s.Out)
		}
		check(t, "standard error", s.Err.String(), "Something may change in time for 1 customer: staying until Sunday 29 November 2026 18:00:01 UTC, to look again.\n")
	})
}

func TestTheProgramEndsAtOnceIfNothingCanChangeInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t, contoso())
		status, s := leave(t.Context(), a, a.Config(0), account.Stranger, "-yes", "-by", "saturday")
		if status != cli.ExitUnfinished || !strings.Contains(s.Out.String(), "Cannot be done before 2026-11-29") || time.Now().Weekday() != time.Thursday {
			t.Errorf("status = %d on a %s, want %d on Thursday:\n%s", status, time.Now().Weekday(), cli.ExitUnfinished, &s.Out)
		}
	})
}

func TestTheDeadlineStopsTheWorkAndALaterOneGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		a.Delays = partnercentertest.Delays{Relationship: 25 * time.Minute}
		cfg := a.Config(0)
		status, s := leave(t.Context(), a, cfg, account.Alpine, "-yes", "-by", "2026-11-26T12:20:00Z")
		if status != cli.ExitUnfinished || !strings.Contains(s.Out.String(), "the deadline is there") || !time.Now().Equal(time.Date(2026, 11, 26, 12, 20, 0, 0, time.UTC)) {
			t.Errorf("status = %d at %v, want %d at the deadline:\n%s", status, time.Now(), cli.ExitUnfinished, &s.Out)
		}
		status, s = leave(t.Context(), a, cfg, account.Alpine, "-yes", "-by", "thursday")
		if status != cli.ExitDone || !strings.Contains(s.Out.String(), "1 done") {
			t.Errorf("again: status = %d, want 0:\n%s", status, &s.Out)
		}
		if n := len(a.Writes()); n != 1 {
			t.Errorf("%d writes, want the removal alone", n)
		}
	})
}

func TestInterruptedAndResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		a.Delays = partnercentertest.Delays{Subscription: time.Minute}
		cfg := a.Config(0)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // while it waits for what it has cancelled to show
		defer cancel()
		status, s := leave(ctx, a, cfg, account.Bakery+"\n"+account.Alpine, "-yes", "-by", "friday")
		if status != cli.ExitInterrupted || !strings.Contains(s.Err.String(), "goes on from there") || !strings.Contains(s.Out.String(), "\n1 done, 0 waiting, 0 blocked, 0 failed, 1 stopped on the way.") {
			t.Errorf("status = %d, want %d and how far it came:\n%s%s", status, cli.ExitInterrupted, &s.Out, &s.Err)
		}
		status, s = leave(t.Context(), a, cfg, account.Bakery+"\n"+account.Alpine, "-yes", "-by", "friday")
		if status != cli.ExitDone {
			t.Errorf("again: status = %d, want 0:\n%s%s", status, &s.Out, &s.Err)
		}
		for _, w := range a.Writes() {
			if n := a.Applied(account.Bakery, w.RequestID); n > 1 {
				t.Errorf("%s %s was applied %d times", w.Method, w.Path, n)
			}
		}
	})
}

func TestInterruptedWhileItStaysForADate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t, contoso())
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		status, s := leave(ctx, a, a.Config(0), account.Stranger, "-yes", "-by", "monday")
		if status != cli.ExitInterrupted || !strings.Contains(s.Out.String(), "waiting until") {
			t.Errorf("status = %d, want %d and that it waits:\n%s", status, cli.ExitInterrupted, &s.Out)
		}
	})
}

func TestAPersonIsAskedAfterThePlan(t *testing.T) {
	for answer, agreed := range map[string]bool{"y\n": true, "\n": false} {
		synctest.Test(t, func(t *testing.T) {
			account.Today()
			a := account.New(t)
			var s account.Screen
			c := s.Console("offboardlist", answer)
			c.Person = true
			list := filepath.Join(t.TempDir(), "customers.txt")
			if err := os.WriteFile(list, []byte("\ufeff# leaving\r\n"+strings.ToUpper(account.Alpine)+" # skis\r\n\r\n"+account.Alpine+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			status := start(t.Context(), a.Config(0), c, list)
			if status != cli.ExitDone || (len(a.Writes()) == 1) != agreed || !strings.Contains(s.Out.String(), "1 customer to be offboarded") ||
				!strings.Contains(s.Err.String(), "Offboard 1 customer as planned? [y/N] ") || strings.Contains(s.Err.String(), "Nothing was sent.") == agreed {
				t.Errorf("answer %q: status = %d, %d writes:\n%s", answer, status, len(a.Writes()), &s.Err)
			}
		})
	}
}

// answerAfter agrees after it has called f.
type answerAfter func()

func (f answerAfter) Read(p []byte) (int, error) {
	f()
	return copy(p, "y\n"), nil
}

func TestAPlanThatChangedSinceItWasShownIsNotCarriedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		var s account.Screen
		c := s.Console("offboardlist", "")
		c.Person, c.In = true, answerAfter(func() {
			a.Edit(account.Bakery, func(c *partnercentertest.Customer) { c.Subscriptions[0].Status = "deleted" })
		})
		list := filepath.Join(t.TempDir(), "customers.txt")
		if err := os.WriteFile(list, []byte(account.Bakery), 0o600); err != nil {
			t.Fatal(err)
		}
		if status := start(t.Context(), a.Config(0), c, list); status != cli.ExitFailed || len(a.Writes()) != 0 || !strings.Contains(s.Out.String(), "the plan was declined, because it has changed") {
			t.Errorf("status = %d, %d writes; want %d and none:\n%s", status, len(a.Writes()), cli.ExitFailed, &s.Out)
		}
	})
}

func TestAnInterruptedQuestionSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t, contoso())
		var s account.Screen
		c := s.Console("offboardlist", "")
		in, answer := io.Pipe() // nobody answers
		c.Person, c.In = true, in
		list := filepath.Join(t.TempDir(), "customers.txt")
		if err := os.WriteFile(list, []byte(account.Stranger), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		status := start(ctx, a.Config(0), c, list)
		answer.CloseWithError(errors.New("over"))
		if status != cli.ExitInterrupted || len(a.Writes()) != 0 || !strings.Contains(s.Err.String(), "interrupted: nothing was sent") {
			t.Errorf("status = %d, %d writes; want %d and none: %s", status, len(a.Writes()), cli.ExitInterrupted, &s.Err)
		}
	})
}

func TestJSONLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		status, s := leave(t.Context(), a, a.Config(0), account.Alpine+"\n"+account.Fabrikam+"\n"+account.Stranger, "-yes", "-json")
		var got []string
		for text := range strings.Lines(s.Out.String()) {
			var l struct {
				Type, Customer, Action, State, By, Outlook string
				NotBefore                                  string `json:"not_before"`
			}
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				t.Fatalf("standard output holds %q: %v", text, err)
			}
			if l.Customer == account.Alpine || l.Type != "event" {
				got = append(got, strings.Join([]string{l.Type, l.Customer[:4], l.Action, l.State, l.By, l.Outlook, l.NotBefore}, " "))
			}
		}
		want := []string{
			"plan 8071   2026-11-27T23:59:59Z in_time ",
			"plan 1f0a   2026-11-27T23:59:59Z too_late 2027-09-26T12:00:00Z",
			"report 1111  failed   ",
			"event 8071 remove_relationship    ",
			"report 8071  done   ",
			"report 1f0a  waiting   ",
		}
		if status != cli.ExitFailed || !slices.Equal(got, want) {
			t.Errorf("status = %d with\n%s\nwant %d with\n%s", status, strings.Join(got, "\n"), cli.ExitFailed, strings.Join(want, "\n"))
		}
	})
}

func TestInterruptedBeforeTheFirstWriteEveryCustomerHasAReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		a.Inject(partnercentertest.Fault{Path: account.Alpine + "/subscriptions", Delay: time.Minute, Times: -1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		status, s := leave(ctx, a, a.Config(0), account.Stranger+"\n"+account.Alpine+"\n"+account.Bakery, "-yes", "-json")
		reports := strings.Count(s.Out.String(), `"type":"report"`)
		if status != cli.ExitInterrupted || reports != 3 || strings.Count(s.Out.String(), `"state":"interrupted","phase":"planned"`) != 2 || len(a.Writes()) != 0 {
			t.Errorf("status = %d with %d reports, %d writes; want %d, three, none:\n%s", status, reports, len(a.Writes()), cli.ExitInterrupted, &s.Out)
		}
	})
}

func TestProgressIsShownToAPersonOnly(t *testing.T) {
	for _, live := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			account.Today()
			a := account.New(t)
			var s account.Screen
			c := s.Console("offboardlist", account.Alpine+"\n"+account.Tailspin)
			c.LiveErr = live
			if status := start(t.Context(), a.Config(0), c, "-yes", "-"); status != cli.ExitUnfinished || strings.Contains(s.Err.String(), "2 of 2 customers ended, 0 in work\n") != live {
				t.Errorf("status = %d, want %d, progress: %t:\n%s", status, cli.ExitUnfinished, live, &s.Err)
			}
		})
	}
}

func TestTheBudgetIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		began := time.Now()
		status, s := leave(t.Context(), a, a.Config(10), account.Bakery+"\n"+account.Alpine, "-yes", "-by", "friday")
		if status != cli.ExitDone {
			t.Fatalf("status = %d, want 0:\n%s", status, &s.Out)
		}
		subscriptions := slices.DeleteFunc(a.Sent(), func(r partnercentertest.Request) bool { return !strings.Contains(r.Path, "/subscriptions") })
		for i, r := range subscriptions {
			if i >= 10 && r.Time.Sub(subscriptions[i-10].Time) < time.Minute {
				t.Errorf("11 requests about subscriptions in %s", r.Time.Sub(subscriptions[i-10].Time))
			}
		}
		if len(subscriptions) <= 10 || time.Since(began) < time.Minute {
			t.Errorf("%d requests in %s do not meet the budget", len(subscriptions), time.Since(began))
		}
	})
}

func TestTablesFitATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		var s account.Screen
		c := s.Console("offboardlist", strings.Join([]string{account.Bakery, account.Fabrikam, account.Tailspin}, "\n"))
		c.Live, c.Width = true, 80
		if status := start(t.Context(), a.Config(0), c, "-yes", "-"); status != cli.ExitUnfinished {
			t.Errorf("status = %d, want %d", status, cli.ExitUnfinished)
		}
		account.CheckWidth(t, &s, 80)
	})
}

func TestBadInputSendsNothing(t *testing.T) {
	folder := t.TempDir()
	list := filepath.Join(folder, "customers.txt")
	if err := os.WriteFile(list, []byte("# ours\n\n"+account.Bakery+" # the bakery\nnot-an-id\n"+account.Alpine+",Alpine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		args  []string
		input string
		env   string // NAME=value, overriding
		want  []string
	}{
		{"bad lines", []string{"-yes", list}, "", "", []string{"customers.txt:4: ", `not "not-an-id"`, "customers.txt:5: "}},
		{"bad lines of standard input", []string{"-yes", "-"}, account.Bakery + "\nnot-an-id", "", []string{"standard input:2: "}},
		{"empty list", []string{"-yes", "-"}, "# nobody\n", "", []string{"names no customer"}},
		{"no file", []string{"-yes", list + ".none"}, "", "", []string{"the list: open "}},
		{"two files", []string{"-yes", list, list}, "", "", []string{"one FILE"}},
		{"no list", []string{"-yes"}, "", "", []string{"no customer is named: pass a FILE"}},
		{"nobody to ask", []string{"-"}, account.Alpine, "", []string{"pass -yes"}},
		{"past", []string{"-yes", "-by", "2020-01-01", "-"}, account.Alpine, "", []string{"-by is 2020-01-01: that has passed"}},
		{"no deadline", []string{"-yes", "-by", "soon", "-"}, account.Alpine, "", []string{`-by is "soon"`}},
		{"all at once", []string{"-by", "soon", "-window-closed", "now", "-poll", "0s", "-"}, "x", "", []string{"-by", "-window-closed", "-poll", "pass -yes", "standard input:1"}},
		{"unknown flag", []string{"-force"}, "", "", []string{"-force"}},
		{"own tenant", []string{"-yes", "-"}, partnercentertest.TenantID, "", []string{"own tenant"}},
		{"no refresh token", []string{"-yes", "-"}, account.Alpine, "CSPKIT_REFRESH_TOKEN=", []string{"removing the reseller relationship", "set CSPKIT_REFRESH_TOKEN"}},
		{"no refresh token for a plan", []string{"-plan", "-"}, account.Alpine, "CSPKIT_REFRESH_TOKEN=", []string{"set CSPKIT_REFRESH_TOKEN"}},
		{"no secret", []string{"-plan", "-"}, account.Alpine, "CSPKIT_CLIENT_SECRET=", []string{"CSPKIT_CLIENT_SECRET"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := account.New(t)
			env := a.Env()
			if name, value, ok := strings.Cut(tt.env, "="); ok {
				env[name] = value
			}
			var s account.Screen
			status := run(t.Context(), tt.args, func(name string) string { return env[name] }, s.Console("offboardlist", tt.input))
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

func TestHelp(t *testing.T) {
	var s account.Screen
	if status := run(t.Context(), []string{"-h"}, noEnv, s.Console("offboardlist", "")); status != cli.ExitDone || !strings.Contains(s.Err.String(), "-by deadline") {
		t.Errorf("-h = %d, want 0 with the flags:\n%s", status, &s.Err)
	}
}

func TestTheDemoNeedsNoEnvironment(t *testing.T) {
	var s account.Screen
	status := run(t.Context(), []string{"-plan"}, noEnv, s.Console("offboardlist", ""))
	first, rest, _ := strings.Cut(s.Out.String(), "\n")
	if status != cli.ExitDone || !strings.HasPrefix(first, "The built-in emulator") || !strings.HasPrefix(rest, "9 customers to be offboarded") {
		t.Errorf("-plan = %d, want 0 with the emulator and its customers:\n%s", status, &s.Out)
	}
}
