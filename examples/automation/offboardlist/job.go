package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/examples/internal/offboarding"
	"github.com/cspkit/cspkit/offboard"
)

// job offboards the customers of a request.
type job struct {
	*request
	workflow *offboard.Workflow
	console  cli.Console
	view     view

	mu      sync.Mutex
	plans   map[customers.TenantID]*offboard.Plan   // the newest of each
	reports map[customers.TenantID]*offboard.Report // likewise
	agreed  bool                                    // to what follows from the plans, too
	ended   int
}

// plan makes a plan of each customer and returns those that have one. What
// fails is a report already.
func (j *job) plan(ctx context.Context) (ids []customers.TenantID) {
	for p := range offboarding.Plans(ctx, j.workflow, slices.Values(j.customers), j.policy, 8) {
		if p.Err != nil {
			if ctx.Err() == nil {
				j.report(&offboard.Report{Customer: p.Customer, Phase: offboard.Planned, State: offboard.Failed, Err: p.Err})
			}
			continue
		}
		j.plans[p.Customer] = p.Plan
		ids = append(ids, p.Customer)
	}
	return ids
}

// confirm takes note of a plan that is about to be carried out. What a person
// has agreed to must be what was shown.
func (j *job) confirm(_ context.Context, p *offboard.Plan) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.agreed && !p.Same(j.plans[p.Customer]) {
		return fmt.Errorf("customer %s: %w, because it has changed since it was shown: look at it again", p.Customer, offboard.ErrDeclined)
	}
	j.plans[p.Customer] = p
	return nil
}

// report takes note of how a customer stands now.
func (j *job) report(r *offboard.Report) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if before := j.reports[r.Customer]; before != nil && r.State == offboard.Interrupted && r.Phase == offboard.Planned {
		return // its turn never came: it stands as before
	}
	j.reports[r.Customer] = r
	if r.State == offboard.Failed {
		j.console.Fail(r.Err)
	}
}

// progress shows a person who waits that it goes on.
func (j *job) progress(p offboard.Progress) {
	if !j.console.LiveErr || p.Ended() == j.ended {
		return
	}
	j.ended = p.Ended()
	left := ""
	if d := p.Remaining(); d >= time.Second {
		left = ", about " + d.Round(time.Second).String() + " left"
	}
	fmt.Fprintf(j.console.Err, "%d of %s ended, %d in work%s\n", p.Ended(), cli.Counted(p.Customers, "customer"), p.Open, left)
}

// inOrder returns the customers in the order of the list.
func (j *job) inOrder() []customer {
	all := make([]customer, 0, len(j.customers))
	for _, id := range j.customers {
		all = append(all, customer{id, j.plans[id], j.reports[id]})
	}
	return all
}

// status is the exit status. What the deadline has stopped is not finished.
func (j *job) status() int {
	highest := cli.ExitDone
	for _, r := range j.reports {
		switch r.State {
		case offboard.Failed:
			highest = cli.ExitFailed
		case offboard.Done:
		default:
			highest = max(highest, cli.ExitUnfinished)
		}
	}
	return highest
}

// interrupted reports how far it went, also of those whose turn never came.
func (j *job) interrupted(ctx context.Context, how string) int {
	for _, id := range j.customers {
		if j.reports[id] == nil {
			j.reports[id] = &offboard.Report{Customer: id, Phase: offboard.Planned, State: offboard.Interrupted, Err: fmt.Errorf("interrupted: %w", context.Cause(ctx))}
		}
	}
	j.view.ended(j.inOrder())
	j.console.Problem("interrupted: %s", how)
	return cli.ExitInterrupted
}

// newJob checks what only the request and the environment together can tell.
func newJob(ctx context.Context, cfg *config.Config, req *request, getenv func(string) string, c cli.Console) (*job, error) {
	j := &job{
		request: req, console: c, view: newView(req, getenv, c), agreed: req.yes,
		plans: map[customers.TenantID]*offboard.Plan{}, reports: map[customers.TenantID]*offboard.Report{},
	}
	if len(req.customers) == 0 && cfg.Demo != nil {
		req.customers = cfg.Demo.Customers
	}
	opts := []offboard.Option{offboard.WithEvents(j.view.event), offboard.WithLogger(cfg.Logger)}
	switch {
	case len(req.customers) == 0:
		return nil, errors.New("no customer is named: pass a FILE with customer ids, or - for standard input")
	case cfg.Tenant != "" && slices.Contains(req.customers, cfg.Tenant):
		return nil, fmt.Errorf("%s: %w", cfg.Tenant, offboard.ErrOwnTenant)
	case cfg.Tenant != "":
		opts = append(opts, offboard.WithOwnTenant(cfg.Tenant))
	}
	partner := cfg.Client.Partner()
	check := partner.CheckWrite
	if req.only {
		check = partner.CheckRead
	}
	// What one customer lacks in credentials, all do: say it once.
	if err := config.Preflight(check(ctx, req.customers[0], req.policy.GDAP)); err != nil {
		return nil, err
	}
	var err error
	j.workflow, err = offboard.New(partner, cfg.Runs, opts...)
	return j, err
}
