package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/offboard"
)

// request is what the command line asks for.
type request struct {
	customers cli.Customers // none means all
	json      bool
}

const synopsis = `Usage: leavingcost [flags] [CUSTOMER-ID...]

Says which customers would go on costing money if their relationships were ended
today: until when, why, and what Microsoft should refund. Without CUSTOMER-ID it looks
at all customers. It only reads. Without CSPKIT_API_URL it works in a built-in emulator.

Environment, for a real account: CSPKIT_API_URL, CSPKIT_TENANT_ID, CSPKIT_CLIENT_ID,
CSPKIT_CLIENT_SECRET, CSPKIT_REFRESH_TOKEN (or a sign-in that examples/consent has
stored); CSPKIT_STORE is where runs are kept, of which a plan makes use: sqlite:FILE
(sqlite:cspkit.db if it is not set), postgres://… or memory:; optional are CSPKIT_CLOUD,
CSPKIT_LOGIN_URL, CSPKIT_GRAPH_URL, CSPKIT_BUDGET and CSPKIT_LOG.

Exit status: 0 every customer was looked at, 2 not called properly and nothing sent, 4 a
customer could not be looked at, 130 interrupted.

`

// parse reads the command line. The error joins all that is wrong with it.
func parse(args []string, stderr io.Writer) (*request, error) {
	req := &request{}
	flags := cli.Flags("leavingcost", synopsis, stderr)
	flags.BoolVar(&req.json, "json", false, "print one JSON object a line")
	ids, err := cli.Parse(flags, args)
	if err != nil {
		return nil, err
	}
	var problems []error
	for _, id := range ids {
		problems = append(problems, req.customers.Add(id))
	}
	return req, errors.Join(problems...)
}

// newWorkflow checks what only the request and the environment together can
// tell, and returns what makes plans.
func newWorkflow(ctx context.Context, cfg *config.Config, req *request) (*offboard.Workflow, error) {
	opts := []offboard.Option{offboard.WithLogger(cfg.Logger)}
	check := customers.TenantID("00000000-0000-0000-0000-000000000000") // nothing is sent
	if cfg.Tenant != "" {
		if slices.Contains(req.customers, cfg.Tenant) {
			return nil, fmt.Errorf("%s: %w", cfg.Tenant, offboard.ErrOwnTenant)
		}
		opts = append(opts, offboard.WithOwnTenant(cfg.Tenant))
	}
	partner := cfg.Client.Partner()
	// What one customer lacks in credentials, all do: say it once.
	if err := config.Preflight(partner.CheckRead(ctx, check, false)); err != nil {
		return nil, err
	}
	return offboard.New(partner, cfg.Runs, opts...)
}
