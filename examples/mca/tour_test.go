package main

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/auth"
	emulated "github.com/cspkit/cspkit/examples/internal/account"
	"github.com/cspkit/cspkit/examples/internal/cli"
)

// demo is where no environment leads anywhere but to the built-in emulator.
func demo(t *testing.T) *account { return &account{Account: emulated.New(t), env: map[string]string{}} }

func TestTheTourGoesTheWholeWay(t *testing.T) {
	r := demo(t).run(t)
	first, rest, _ := strings.Cut(r.out, "\n")
	if r.status != cli.ExitDone || !strings.HasPrefix(first, "The built-in emulator") || r.errout != "" {
		t.Errorf("tour = %d, first line %q; want 0 and the emulator:\n%s", r.status, first, r.errout)
	}
	for _, want := range []string{"MCA required                       6\n", "Acceptance link", "by itself", ": compliant.", "MCA required                       5\n", "Compliant                          4\n"} {
		before, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("the tour lacks %q after:\n%s", want, before)
		}
		rest = after
	}
}

func TestTheTourPrintsJSONLines(t *testing.T) {
	r := demo(t).run(t, "-json", "tour")
	var types []string
	lines := r.lines(t)
	for _, l := range lines {
		types = append(types, l.Type)
	}
	if want := []string{"summary", "attestation", "agreement", "summary"}; r.status != cli.ExitDone || !slices.Equal(types, want) {
		t.Fatalf("tour = %d with %q, want 0 with %q", r.status, types, want)
	}
	if !strings.HasPrefix(r.errout, "The built-in emulator") || strings.Contains(r.errout, lines[1].AttestationID) {
		t.Errorf("standard error does not begin with the emulator, or holds the link")
	}
	if lines[0].Required != 6 || lines[3].Required != 5 || lines[1].Customer != lines[2].Customer {
		t.Errorf("from %+v to %+v, want one customer less that has to accept", lines[0], lines[3])
	}
}

func TestAPersonOnATerminalAcceptsOnThePage(t *testing.T) {
	out, errout, done := new(buffer), new(buffer), make(chan int)
	go func() {
		done <- run(t.Context(), nil, func(string) string { return "" }, console{Console: cli.Console{Name: "mca", Out: out, Err: errout, Person: true, Live: true, Width: 80}})
	}()
	out.await(t, "Open the link")
	link := out.await(t, `http://\S+attestationid=\S+`)
	resp, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || !strings.Contains(string(page), `<form method="post">`) || !strings.Contains(string(page), "Northwind Traders") {
		t.Fatalf("the link leads to %s, %v", page, err)
	}
	if strings.Contains(out.String(), "compliant.") {
		t.Error("there is an agreement before the person accepts")
	}
	if resp, err = http.PostForm(link, url.Values{"accept": {"yes"}}); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if status := <-done; status != cli.ExitDone || !strings.Contains(out.String(), "compliant.") || strings.Contains(out.String(), "by itself") {
		t.Errorf("tour = %d, want 0 and the agreement:\n%s", status, errout)
	}
}

func TestAPageThatCannotBePostedToIsNamedWithoutItsLink(t *testing.T) {
	for _, link := range []auth.Secret{"http://127.0.0.1:1/mca/?attestationid=hidden", "://hidden"} {
		if err := accept(t.Context(), link); err == nil || strings.Contains(err.Error(), "hidden") || !strings.Contains(err.Error(), "accepting on the page") {
			t.Errorf("accept = %v, want an error without the link", err)
		}
	}
	a := newAccount(t)
	if err := accept(t.Context(), auth.Secret(a.env["CSPKIT_API_URL"]+"/mca/?attestationid=hidden")); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("accept of what is not there = %v, want a 404", err)
	}
}

func TestTheEmulatorEndsWithTheLink(t *testing.T) {
	r := demo(t).run(t, attest(alpine)...)
	if r.status != cli.ExitDone || !strings.HasPrefix(r.out, "The built-in emulator") || !strings.Contains(r.out, "  http://127.0.0.1:") || !strings.Contains(r.errout, "tour keeps it") {
		t.Errorf("attest = %d, want 0, a link to the emulator, and that it ends now:\n%s", r.status, r.errout)
	}
	for _, args := range [][]string{{"renew", alpine}, {"watch", alpine}} {
		if r := demo(t).run(t, args...); r.status == cli.ExitDone || !strings.Contains(r.errout, "begins anew with each run") {
			t.Errorf("%q = %d, want why it is not known:\n%s", args, r.status, r.errout)
		}
	}
}
