package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/mca"
)

// request is what the command line asks for.
type request struct {
	until time.Time
	json  bool
}

const synopsis = `Usage: expiringlinks [flags]

Names the customers whose links for accepting the Microsoft Customer Agreement expire
soon, or have expired in the last 7 days, and who have not accepted. It shows neither
links nor signatories, and changes nothing in Partner Center. Without CSPKIT_API_URL it
works in a built-in emulator, and creates some attestations there first.

Environment, for a real account: CSPKIT_API_URL, CSPKIT_TENANT_ID, CSPKIT_CLIENT_ID,
CSPKIT_CLIENT_SECRET, CSPKIT_REFRESH_TOKEN (or a sign-in that examples/consent has
stored); CSPKIT_STORE is where examples/mca keeps attestations: sqlite:FILE
(sqlite:cspkit.db if it is not set) or postgres://…; optional are CSPKIT_CLOUD,
CSPKIT_LOGIN_URL, CSPKIT_GRAPH_URL, CSPKIT_BUDGET and CSPKIT_LOG. TZ is the time zone
in which tomorrow ends.

Exit status: 0 nobody has to act, 2 not called properly and nothing sent, 3 there are
links to see to, 4 a customer could not be looked at, 130 interrupted.

`

// parse reads the command line.
func parse(args []string, now time.Time, stderr io.Writer) (*request, error) {
	req := &request{until: cli.EndOfDay(now, 1)}
	flags := cli.Flags("expiringlinks", synopsis, stderr)
	flags.BoolVar(&req.json, "json", false, "print one JSON object a line")
	flags.Func("within", "how `long` from now links must still be good, such as 48h (default: until the end of\ntomorrow, in your time zone)", func(s string) error {
		within, err := time.ParseDuration(s)
		if err == nil && within <= 0 {
			err = errors.New("set a time above zero, such as 48h")
		}
		req.until = now.Add(within)
		return err
	})
	rest, err := cli.Parse(flags, args)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%.60q is no flag: there are no arguments", rest[0])
	}
	return req, err
}

// newDesk checks what the environment says of links and credentials.
func newDesk(ctx context.Context, cfg *config.Config) (*mca.Desk, error) {
	if cfg.Forgets && cfg.Demo == nil {
		return nil, errors.New("CSPKIT_STORE=memory: holds no links of other programs: set the store in which examples/mca keeps them")
	}
	partner, err := cfg.Client.MCAPartner(mca.WithWire(cfg.Links))
	if err != nil {
		return nil, err
	}
	// What one customer lacks in credentials, all do: say it once.
	if err := config.Preflight(partner.CheckCredentials(ctx)); err != nil {
		return nil, err
	}
	return mca.NewDesk(partner, cfg.Agreements, mca.WithLogger(cfg.Logger))
}
