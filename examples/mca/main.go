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

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
)

func main() {
	cli.Main("mca", func(ctx context.Context, args []string, getenv func(string) string, on cli.Console) int {
		on.Person = on.Person && on.Live
		c := console{Console: on}
		if on.LiveErr && getenv("TERM") != "dumb" {
			c = c.withLine()
		}
		return run(ctx, args, getenv, c)
	})
}

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, c console) int {
	req, err := parse(args, getenv("CSPKIT_API_URL") == "", c.Err)
	if err != nil {
		return c.Usage(err)
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
