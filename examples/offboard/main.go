// The program offboard ends the relationship with customers of a Partner
// Center account: it shows what would happen, asks, does it, and reports.
//
//	go run ./examples/offboard                      # the built-in emulator, with demo customers
//	go run ./examples/offboard -plan CUSTOMER-ID    # look, but change nothing
//	go run ./examples/offboard -from customers.txt -yes -json
//
// CSPKIT_API_URL, CSPKIT_TENANT_ID, CSPKIT_CLIENT_ID, CSPKIT_CLIENT_SECRET and
// CSPKIT_REFRESH_TOKEN lead it to a real account; -h lists the rest. It ends
// with 0 if all is done, 2 if it was not called properly and nothing was sent, 3
// if a customer waits or is blocked, 4 if one failed, 130 if it was interrupted
// ("go run" makes a 1 of each of these but 0; "go build" keeps them).
package main

import (
	"context"
	"errors"

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
)

func main() {
	cli.Main("offboard", func(ctx context.Context, args []string, getenv func(string) string, c cli.Console) int {
		if c.Live && c.LiveErr {
			c.Err = &aside{w: c.Err}
		}
		return run(ctx, args, getenv, c)
	})
}

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, c cli.Console) int {
	req, err := parse(args, c.Err)
	switch {
	case err != nil:
		return c.Usage(err)
	case !req.yes && !req.plan && !c.Person:
		return c.Usage(errors.New("nobody is here to agree: pass -yes to act without being asked, or -plan to only look"))
	}
	cfg, err := config.Load(ctx, getenv, c.Err)
	if err != nil {
		return c.Usage(err)
	}
	defer cfg.Close()
	cfg.Announce(c.Out, c.Err, req.json)
	job, err := newJob(cfg, req, getenv, c)
	if err != nil {
		return c.Usage(err)
	}
	return job.do(ctx)
}
