// The program mca gets customers to accept the Microsoft Customer Agreement,
// and says which of them still have to.
//
//	go run ./examples/mca                           # a tour, with the built-in emulator
//	go run ./examples/mca summary -list required    # who can buy nothing yet?
//	go run ./examples/mca attest CUSTOMER-ID -company "Fabrikam BV" -country NL -language nl-NL \
//		-first Ada -last Visser -email ada.visser@fabrikam.example
//	go run ./examples/mca watch CUSTOMER-ID         # until the agreement is there
//
// CSPKIT_API_URL, CSPKIT_TENANT_ID, CSPKIT_CLIENT_ID, CSPKIT_CLIENT_SECRET and
// CSPKIT_REFRESH_TOKEN lead it to a real account; -h lists the rest. Attestations
// are kept in CSPKIT_STORE, a SQLite file by default. It ends
// with 0 if all is done, 2 if it was not called properly and nothing was sent, 3
// if a customer has not accepted, 4 if something failed, 130 if it was
// interrupted ("go run" makes a 1 of each of these but 0; "go build" keeps them).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"github.com/cspkit/cspkit/examples/internal/config"
)

// The exit statuses.
const (
	exitDone        = 0
	exitUsage       = 2
	exitUnfinished  = 3
	exitFailed      = 4
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	c := console{out: os.Stdout, err: os.Stderr}
	if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
		c.live, c.width, c.person = true, width, term.IsTerminal(int(os.Stdin.Fd()))
	}
	if term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("TERM") != "dumb" {
		c = c.withLine()
	}
	os.Exit(run(ctx, os.Args[1:], os.Getenv, c))
}

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, c console) int {
	req, err := parse(args, getenv("CSPKIT_API_URL") == "", c.err)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		return c.usage(err)
	}
	cfg, err := config.Load(ctx, getenv, c.err)
	if err != nil {
		return c.usage(err)
	}
	defer cfg.Close()
	if cfg.Demo != nil {
		first := c.out
		if req.json {
			first = c.err // standard output holds JSON lines only
		}
		fmt.Fprintf(first, "The built-in emulator with demo data runs on %s; nothing real is touched.\n", cfg.Demo.URL)
	}
	job, err := newJob(cfg, req, getenv, c)
	if err != nil {
		return c.usage(err)
	}
	return job.do(ctx)
}
