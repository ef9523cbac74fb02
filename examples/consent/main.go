// The program consent is what an administrator runs once: a person of the
// partner tenant signs in with multi-factor authentication and consents, and the
// refresh token by which the other programs act for that person is stored.
//
//	go run ./examples/consent                # signs in to the built-in emulator
//	go run ./examples/consent -device        # on a machine without a browser
//	go run ./examples/consent -check         # what are the credentials good for?
//
// CSPKIT_API_URL, CSPKIT_TENANT_ID, CSPKIT_CLIENT_ID and CSPKIT_CLIENT_SECRET lead
// it to a real account, CSPKIT_STORE names where the refresh token is kept; -h
// lists the rest. The app registration needs the redirect URI http://localhost. It
// ends with 0 if all is well, 2 if it was not called properly and nothing was
// sent, 4 if the sign-in failed or a credential does not suffice, 130 if it was
// interrupted ("go run" makes a 1 of each of these but 0; "go build" keeps them).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/cspkit/cspkit/examples/internal/config"
)

// The exit statuses.
const (
	exitDone        = 0
	exitUsage       = 2
	exitFailed      = 4
	exitInterrupted = 130
)

// console is where the program writes.
type console struct {
	out, err io.Writer
	person   bool // somebody sits at the terminal
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	c := console{out: os.Stdout, err: os.Stderr, person: term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))}
	os.Exit(run(ctx, os.Args[1:], os.Getenv, c))
}

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, c console) int {
	req, err := parse(args, c.err)
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
	switch {
	case req.check:
		err = check(ctx, cfg, req.json, c)
	case cfg.Forgets && cfg.Demo == nil:
		return c.usage(errors.New("CSPKIT_STORE=memory: would lose the refresh token when this program ends: set sqlite:FILE or postgres://…"))
	default:
		err = signIn(ctx, cfg, req, getenv, c)
	}
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil && req.check:
		c.problem("interrupted: run it again")
		return exitInterrupted
	case ctx.Err() != nil:
		c.problem("interrupted; nothing was stored: run it again")
		return exitInterrupted
	}
	c.problem("%v", err)
	return exitFailed
}

// problem writes one line about what went wrong.
func (c console) problem(format string, args ...any) {
	fmt.Fprintf(c.err, "consent: "+format+"\n", args...)
}

// usage reports what the caller has to put right, one problem a line, and
// returns the exit status for that.
func (c console) usage(err error) int {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		c.problem("%s", line)
	}
	return exitUsage
}
