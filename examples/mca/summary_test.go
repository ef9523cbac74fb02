package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestSummaryCountsEveryCustomer(t *testing.T) {
	a := newAccount(t)
	a.attested(t, litware)
	a.accepted(t, alpine)
	a.ExpireAttestation(a.attested(t, northwind))
	for _, args := range [][]string{{"summary", "-json"}, {"-json", "summary"}} {
		want := anyLine{Type: "summary", Total: 9, Required: 3, Pending: 1, LinkExpired: 1, Ready: 1, Compliant: 3}
		if got := a.run(t, args...).only(t, cli.ExitDone); got != want {
			t.Errorf("%q = %+v, want %+v", args, got, want)
		}
	}
}

func TestListNamesTheCustomersOfOneStatus(t *testing.T) {
	for state, want := range map[string][]string{
		"compliant": {bakery, fabrikam, "3b2c8e70-5d74-4f2e-8c90-7d3f4eb16023"},
		"Pending":   {litware},
		"unknown":   nil,
	} {
		a := newAccount(t)
		a.attested(t, litware)
		r := a.run(t, "summary", "-list", state, "-json")
		lines := r.lines(t)
		var ids []string
		for _, l := range lines[1:] {
			if l.Type != "status" || l.Status != strings.ToLower(state) || l.Reason == "" || (l.LinkExpires != "") != (state == "Pending") {
				t.Errorf("line = %+v, want a status with its reason", l)
			}
			ids = append(ids, l.Customer)
		}
		if r.status != cli.ExitDone || lines[0].Type != "summary" || !slices.Equal(ids, want) {
			t.Errorf("-list %s = %d with %q, want %q", state, r.status, ids, want)
		}
		if writes := a.sent("POST"); len(writes) != 1 {
			t.Errorf("%d writes, want the attestation alone", len(writes))
		}
	}
}

func TestSummaryIsASmallTable(t *testing.T) {
	a := newAccount(t)
	r := a.run(t, "summary", "-list", "required")
	for _, want := range []string{"MCA required                       6\n", "MCA pending                        0\n", "Expired links                      0\n",
		"Ready to create agreement          0\n", "Compliant                          3\n", "Total                              9\n", "\nAlpine Ski House", "before 1 April 2023"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("the output lacks %q:\n%s", want, r.out)
		}
	}
	if r.status != cli.ExitDone || strings.Contains(r.out, "Unknown") || strings.ContainsAny(r.out, "\x1b\r│") {
		t.Errorf("status = %d, want 0, and no row of unknown, control or box characters:\n%s", r.status, r.out)
	}
	if r := a.run(t, "summary", "-list", "link_expired"); !strings.Contains(r.out, "No customer is link expired.") {
		t.Errorf("the list of nobody = %s", r.out)
	}
}

func TestCustomersThatCannotBeReadAreUnknown(t *testing.T) {
	a := newAccount(t)
	a.Inject(partnercentertest.Fault{Method: "GET", Path: "/agreements", Status: 403, Code: "900308", Times: -1})
	r := a.run(t, "summary", "-json")
	if l := r.only(t, cli.ExitFailed); l.Unknown != 8 || l.Compliant != 1 || l.Required != 0 {
		t.Errorf("summary = %+v, want one that accepted itself, the others unknown, and none required", l)
	}
	if n := strings.Count(r.errout, "\nmca: listing agreements of customer"); n < told-1 || !strings.Contains(r.errout, "5 more customers") || !strings.Contains(r.errout, "(request ") {
		t.Errorf("%d errors are told, want %d with their requests, and how many more there are:\n%s", n, told, r.errout)
	}
	if r := a.run(t, "summary"); r.status != cli.ExitFailed || !strings.Contains(r.out, "Unknown") {
		t.Errorf("the table of %d lacks the unknown:\n%s", r.status, r.out)
	}
	a.Inject(partnercentertest.Fault{Method: "GET", Path: "/v1/customers", Status: 403, Code: "900308", Times: -1})
	if r := a.run(t, "summary", "-json"); r.status != cli.ExitFailed || r.out != "" || !strings.Contains(r.errout, "listing customers") {
		t.Errorf("summary without a list = %d with %q, want %d and no count:\n%s", r.status, r.out, cli.ExitFailed, r.errout)
	}
}

func TestStatusSaysHowEachCustomerStands(t *testing.T) {
	a := newAccount(t)
	a.attested(t, litware)
	a.accepted(t, alpine)
	r := a.run(t, "status", "-json", bakery, strings.ToUpper(litware), alpine, northwind, bakery)
	var got []string
	for _, l := range r.lines(t) {
		got = append(got, l.Type+" "+l.Customer+" "+l.Status)
		if at, err := time.Parse(time.RFC3339, l.LinkExpires); l.Status == "pending" && (err != nil || time.Until(at).Round(time.Hour) != 168*time.Hour) {
			t.Errorf("link_expires = %q, want a week from now", l.LinkExpires)
		}
	}
	want := []string{"status " + bakery + " compliant", "status " + litware + " pending", "status " + alpine + " ready_to_create_agreement", "status " + northwind + " required"}
	if r.status != cli.ExitDone || !slices.Equal(got, want) {
		t.Errorf("status = %d with %q, want 0 with %q", r.status, got, want)
	}
	text := a.run(t, "status", litware)
	if text.status != cli.ExitDone || !strings.Contains(text.out, "pending") || !strings.Contains(text.out, "Remind the signatory") || !strings.Contains(text.out, "UTC") {
		t.Errorf("the table of %d lacks the status, what next, or until when:\n%s", text.status, text.out)
	}
}

func TestAnUnknownStatusFails(t *testing.T) {
	r := newAccount(t).run(t, "status", "-json", stranger, bakery)
	lines := r.lines(t)
	if r.status != cli.ExitFailed || len(lines) != 2 || lines[0].Status != "unknown" || lines[0].Reason == "" || lines[1].Status != "compliant" {
		t.Errorf("status = %d with %+v, want %d, unknown and compliant", r.status, lines, cli.ExitFailed)
	}
	if !strings.Contains(r.errout, stranger+": 404") || !strings.Contains(r.errout, "(request ") {
		t.Errorf("the error does not name the operation and its request:\n%s", r.errout)
	}
}

func TestInterruptedSummaryTellsNoCount(t *testing.T) {
	a := newAccount(t)
	a.env["CSPKIT_LOG"] = "error"
	ctx, cancel := context.WithCancel(t.Context())
	a.Inject(partnercentertest.Fault{Path: "/agreements", Delay: time.Minute, Times: -1})
	r := a.runWith(ctx, t, func(*buffer) {
		a.awaitRequests(t, 1)
		cancel()
	}, "summary", "-json")
	if r.status != cli.ExitInterrupted || r.out != "" || r.errout != "mca: interrupted: the same command goes on from there\n" {
		t.Errorf("status = %d with %q, want %d and nothing:\n%s", r.status, r.out, cli.ExitInterrupted, r.errout)
	}
}

func TestATerminalShowsWhatTheProgramIsAbout(t *testing.T) {
	for _, color := range []bool{true, false} {
		a := newAccount(t)
		a.accepted(t, alpine)
		a.env["CSPKIT_LOG"] = "warn"
		if !color {
			a.env["NO_COLOR"] = "1"
		}
		screen := new(buffer)
		c := console{Console: cli.Console{Name: "mca", Out: screen, Err: screen, Live: true, Width: 80}}.withLine()
		if status := a.start(t.Context(), c, "summary", "-list", "ready_to_create_agreement"); status != cli.ExitDone {
			t.Errorf("status = %d, want 0", status)
		}
		text := screen.String()
		for _, want := range []string{"Looking at the customers: 9 so far", "╭", "Alpine Ski House"} {
			if !strings.Contains(text, want) {
				t.Errorf("the terminal does not show %q:\n%s", want, text)
			}
		}
		if painted := strings.Contains(text, "\x1b[32m"); painted != color {
			t.Errorf("colours = %t, want %t", painted, color)
		}
		for row := range strings.Lines(text) {
			if strings.HasPrefix(row, "│") && len([]rune(strings.TrimSpace(plain(row)))) > 80 {
				t.Errorf("a line of a table is wider than the terminal: %s", row)
			}
		}
	}
}

func TestWhatIsWrittenStandsAboveTheLine(t *testing.T) {
	screen := new(buffer)
	c := console{Console: cli.Console{Name: "mca", Out: io.Discard, Err: screen}}.withLine()
	c.line.show("Looking")
	c.Problem("no luck")
	c.line.show("")
	c.Problem("done")
	if got, want := screen.String(), eraseLine+"Looking"+eraseLine+"mca: no luck\nLooking"+eraseLine+"mca: done\n"; got != want {
		t.Errorf("the terminal gets %q, want %q", got, want)
	}
}

// plain is s without colours.
func plain(s string) string {
	for {
		before, after, found := strings.Cut(s, "\x1b[")
		if !found {
			return s
		}
		_, after, _ = strings.Cut(after, "m")
		s = before + after
	}
}
