package main

import (
	"strings"
	"testing"

	emulated "github.com/cspkit/cspkit/examples/internal/account"
	"github.com/cspkit/cspkit/examples/internal/cli"
)

func TestTerminalShowsALineForEachCustomer(t *testing.T) {
	for _, color := range []bool{true, false} {
		a := newAccount(t)
		if !color {
			a.env["NO_COLOR"] = "1"
		}
		var out emulated.Buffer
		stderr := &aside{w: &out}
		c := cli.Console{Name: "offboard", In: strings.NewReader("y\n"), Out: &out, Err: stderr, Person: true, Live: true, Width: 80}
		status := run(t.Context(), []string{"-poll", "10ms", bakery, tailspin}, func(name string) string { return a.env[name] }, c)
		if status != cli.ExitUnfinished {
			t.Errorf("status = %d, want %d", status, cli.ExitUnfinished)
		}
		for _, want := range []string{"✔ Contoso Bakery: done", "■ Tailspin Toys: blocked", "2 customers", "╭"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the terminal does not show %q:\n%s", want, out.String())
			}
		}
		if painted := strings.Contains(out.String(), "\x1b[32m"); painted != color {
			t.Errorf("colours = %t, want %t", painted, color)
		}
		for line := range strings.Lines(out.String()) {
			if strings.HasPrefix(line, "│") && len([]rune(strings.TrimSpace(plain(line)))) > 80 {
				t.Errorf("a line of a table is wider than the terminal: %s", line)
			}
		}
	}
}

func TestErrorsAppearAboveTheDisplay(t *testing.T) {
	a := newAccount(t)
	var out emulated.Buffer
	c := cli.Console{Name: "offboard", Out: &out, Err: &aside{w: &out}, Live: true, Width: 120}
	status := run(t.Context(), []string{"-yes", "-poll", "10ms", stranger, alpine}, func(name string) string { return a.env[name] }, c)
	if status != cli.ExitFailed || strings.Count(out.String(), "offboard: customer "+stranger+": not a customer") != 1 {
		t.Errorf("status = %d, want %d and the error once:\n%s", status, cli.ExitFailed, out.String())
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
