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

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
)

func main() {
	cli.Main("consent", func(ctx context.Context, args []string, getenv func(string) string, c cli.Console) int {
		c.Person = c.Person && c.Live
		return run(ctx, args, getenv, c)
	})
}

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, c cli.Console) int {
	req, err := parse(args, c.Err)
	if err != nil {
		return c.Usage(err)
	}
	cfg, err := config.Load(ctx, getenv, c.Err)
	if err != nil {
		return c.Usage(err)
	}
	defer cfg.Close()
	cfg.Announce(c.Out, c.Err, req.json)
	switch {
	case req.check:
		err = check(ctx, cfg, req.json, c)
	case cfg.Forgets && cfg.Demo == nil:
		return c.Usage(errors.New("CSPKIT_STORE=memory: would lose the refresh token when this program ends: set sqlite:FILE or postgres://…"))
	default:
		err = signIn(ctx, cfg, req, getenv, c)
	}
	switch {
	case err == nil:
		return cli.ExitDone
	case ctx.Err() != nil && req.check:
		c.Problem("interrupted: run it again")
		return cli.ExitInterrupted
	case ctx.Err() != nil:
		c.Problem("interrupted; nothing was stored: run it again")
		return cli.ExitInterrupted
	}
	c.Problem("%v", err)
	return cli.ExitFailed
}
