// The program observability offboards one customer and prints what a service
// sends to its collectors meanwhile: log lines as they come, then the spans as a
// tree, then the metrics as a table.
//
//	go run ./examples/observability                     # a demo customer of the built-in emulator
//	go run ./examples/observability CUSTOMER-ID         # a real customer: looks, but changes nothing
//	go run ./examples/observability -yes CUSTOMER-ID    # a real customer: offboards
//
// What to copy: telemetry.go sets OpenTelemetry up as a service does, and says
// what changes for a collector; logs.go joins log lines to their spans. The rest
// only prints. docs/observability.md explains every span, metric and log line.
//
// CSPKIT_API_URL, CSPKIT_TENANT_ID, CSPKIT_CLIENT_ID, CSPKIT_CLIENT_SECRET and
// CSPKIT_REFRESH_TOKEN lead it to a real account. It ends with 0 if all is done, 2
// if it was not called properly and nothing was sent, 3 if the customer waits or is
// blocked, 4 if something failed, 130 if it was interrupted ("go run" makes a 1
// of each of these but 0; "go build" keeps them).
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
)

const synopsis = `Usage: observability [flags] [CUSTOMER-ID]

Offboards one customer and prints the log lines, spans and metrics of it. Without
CSPKIT_API_URL it takes a demo customer of a built-in emulator. Of a real customer
it shows the plan, and changes nothing unless -yes is given.

Environment, for a real account: CSPKIT_API_URL, CSPKIT_TENANT_ID, CSPKIT_CLIENT_ID,
CSPKIT_CLIENT_SECRET, CSPKIT_REFRESH_TOKEN; CSPKIT_LOG is debug if it is not set.

`

func main() { cli.Main("observability", run) }

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, c cli.Console) int {
	flags := cli.Flags(c.Name, synopsis, c.Err)
	yes := flags.Bool("yes", false, "offboard a real customer; without it, only show what would be done")
	ids, err := cli.Parse(flags, args)
	switch {
	case err != nil:
		return c.Usage(err)
	case len(ids) > 1:
		return c.Usage(errors.New("name one customer"))
	}
	// The calls are logged at debug level, and they are what there is to see.
	debug := func(name string) string {
		value := getenv(name)
		if name == "CSPKIT_LOG" {
			value = cmp.Or(value, "debug")
		}
		return value
	}
	cfg, err := config.Load(ctx, debug, c.Out)
	if err != nil {
		return c.Usage(err)
	}
	defer cfg.Close()
	id, err := customer(cfg, ids)
	if err != nil {
		return c.Usage(err)
	}
	cfg.Announce(c.Out, c.Err, false)
	if cfg.Demo != nil {
		mishaps(cfg.Demo.Emulator)
	}
	t, err := newTelemetry()
	if err != nil {
		return c.Fail(err)
	}
	status, err := observed(ctx, cfg, t, id, *yes || cfg.Demo != nil, c.Out)
	err = errors.Join(err, t.shutdown(context.WithoutCancel(ctx)))
	switch {
	case ctx.Err() != nil:
		c.Problem("interrupted: the same command goes on from what Partner Center shows then")
		return cli.ExitInterrupted
	case errors.Is(err, partnercenter.ErrMissingCredential):
		return c.Usage(config.Preflight(err))
	case err != nil:
		return c.Fail(err)
	}
	return status
}

// customer returns the customer that is named, or the one of the demo that has
// little to end.
func customer(cfg *config.Config, ids []string) (customers.TenantID, error) {
	const humongousInsurance = "7f60c2b4-91b8-4362-80d4-b17382f5a467"
	if len(ids) == 0 && cfg.Demo == nil {
		return "", errors.New("no customer is named: pass CUSTOMER-ID")
	}
	id, err := customers.ParseTenantID(append(ids, humongousInsurance)[0])
	if err == nil && id == cfg.Tenant {
		err = offboard.ErrOwnTenant
	}
	return id, err
}

// observed does the job and prints the spans and metrics that came of it.
func observed(ctx context.Context, cfg *config.Config, t *telemetry, id customers.TenantID, act bool, out io.Writer) (status int, err error) {
	logger := slog.New(inSpans{cfg.Logger.Handler()})
	client, err := cfg.NewClient(ctx, t.tokenClient(), partnercenter.WithObserver(t.observer), partnercenter.WithLogger(logger))
	if err != nil {
		return cli.ExitFailed, err
	}
	workflow, err := offboard.New(client.Partner(), cfg.Runs, offboard.WithObserver(t.observer), offboard.WithLogger(logger), offboard.WithOwnTenant(cfg.Tenant))
	if err != nil {
		return cli.ExitFailed, err
	}
	fmt.Fprintln(out, "\nLOG")
	if act {
		status, err = offboarded(ctx, workflow, id, cfg.Demo != nil, out)
	} else {
		err = planned(ctx, workflow, id, out)
	}
	// What was measured is worth most after a failure or an interruption.
	return status, errors.Join(err, t.print(context.WithoutCancel(ctx), out))
}

// offboarded drives the customer's run as far as it goes.
func offboarded(ctx context.Context, workflow *offboard.Workflow, id customers.TenantID, demo bool, out io.Writer) (status int, err error) {
	opts := offboard.Options{}
	if demo {
		opts.Poll = time.Second // the emulator shows changes within seconds
	}
	report, err := offboard.NewRunner(workflow, opts).Run(ctx, id)
	fmt.Fprintf(out, "\nCustomer %s is %s, in phase %s.\n", id, report.State, report.Phase)
	for _, b := range report.Blockers {
		fmt.Fprintf(out, "  blocked: %s\n", b)
	}
	if report.State == offboard.Waiting || report.State == offboard.Blocked {
		fmt.Fprintf(out, "  %s %s\n", report.Reason, cli.Timestamp(report.WaitUntil))
		return cli.ExitUnfinished, err
	}
	return cli.ExitDone, err
}

// planned only looks.
func planned(ctx context.Context, workflow *offboard.Workflow, id customers.TenantID, out io.Writer) error {
	plan, err := workflow.Plan(ctx, id, offboard.Actor{}, offboard.Policy{})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nThe plan for customer %s; nothing was changed. Pass -yes to carry it out.\n", id)
	for _, item := range plan.Items {
		fmt.Fprintf(out, "  %s: %s, because %s\n", item.Name(), item.Action, item.Reason)
	}
	for _, b := range plan.Blockers {
		fmt.Fprintf(out, "  blocked: %s\n", b)
	}
	return nil
}
