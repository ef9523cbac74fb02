// The program offboard ends the relationship with customers of a Partner
// Center account: it shows what would happen, asks, does it, and reports.
//
//	go run ./examples/offboard                      # the built-in emulator, with demo customers
//	go run ./examples/offboard -plan CUSTOMER-ID    # look, but change nothing
//	go run ./examples/offboard -from customers.txt -yes -json
//
// CSPKIT_API_URL, CSPKIT_TENANT_ID, CSPKIT_CLIENT_ID, CSPKIT_CLIENT_SECRET and
// CSPKIT_REFRESH_TOKEN lead it to a real account. It ends with 0 if all is done,
// 2 if it was not called properly and nothing was sent, 3 if a customer waits or
// is blocked, 4 if one failed, 130 if it was interrupted.
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
	exitUnfinished  = 3
	exitFailed      = 4
	exitInterrupted = 130
)

// console is where the program reads and writes.
type console struct {
	in       io.Reader
	out, err io.Writer
	ask      bool // a person sits at in
	live     bool // out is a terminal
	width    int  // of it, in columns
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	width, _, err := term.GetSize(int(os.Stdout.Fd()))
	os.Exit(run(ctx, os.Args[1:], os.Getenv, console{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		ask:   term.IsTerminal(int(os.Stdin.Fd())),
		live:  err == nil,
		width: width,
	}))
}

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, c console) int {
	req, err := parse(args, c.err)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		return usage(c.err, err)
	case !req.yes && !req.plan && !c.ask:
		return usage(c.err, errors.New("nobody is here to agree: pass -yes to act without being asked, or -plan to only look"))
	}
	cfg, err := config.Load(getenv, c.err)
	if err != nil {
		return usage(c.err, err)
	}
	defer cfg.Close()
	if cfg.Demo != nil {
		first := c.out
		if req.json {
			first = c.err // standard output holds JSON lines only
		}
		fmt.Fprintf(first, "The built-in emulator with demo data runs on %s, since CSPKIT_API_URL is not set: nothing real is touched.\n", cfg.Demo.URL)
	}
	job, err := newJob(cfg, req, getenv, c)
	if err != nil {
		return usage(c.err, err)
	}
	return job.do(ctx)
}

// usage reports what the caller has to put right, one problem a line.
func usage(w io.Writer, err error) int {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintln(w, "offboard:", line)
	}
	return exitUsage
}
