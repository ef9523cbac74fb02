package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/examples/internal/offboarding"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
)

// job offboards the customers of a request.
type job struct {
	*request
	partner  offboard.Partner
	store    offboard.Store
	workflow *offboard.Workflow
	console  cli.Console
	view     view
}

// view shows a job to its reader. Many goroutines may call it at once.
type view interface {
	plan(p *offboard.Plan)
	start(n int)                 // n customers are about to be offboarded
	begin(id customers.TenantID) // the turn of one of them has come
	event(e offboard.Event)
	report(r *offboard.Report)         // the last of a customer
	finish(reports []*offboard.Report) // all have been offboarded, as far as it went
}

// newView returns JSON lines, a display that moves, or plain text.
func newView(req *request, demo bool, getenv func(string) string, c cli.Console) view {
	if req.json {
		return jsonView{cli.NewLines(c.Out)}
	}
	plain := &textView{out: c.Out, tables: tables{c.Tables(getenv)}, policy: req.policy, demo: demo}
	if c.Live {
		stderr, _ := c.Err.(*aside)
		return &liveView{textView: plain, width: c.Width, stderr: stderr}
	}
	return plain
}

// newJob checks what only the request and the environment together can tell.
func newJob(cfg *config.Config, req *request, getenv func(string) string, c cli.Console) (*job, error) {
	j := &job{request: req, partner: cfg.Client.Partner(), store: cfg.Runs, console: c, view: newView(req, cfg.Demo != nil, getenv, c)}
	opts := []offboard.Option{offboard.WithEvents(j.view.event), offboard.WithLogger(cfg.Logger)}
	if cfg.Tenant != "" {
		opts = append(opts, offboard.WithOwnTenant(cfg.Tenant))
	}
	if cfg.Demo != nil {
		if len(req.customers) == 0 {
			req.customers = cfg.Demo.Customers
		}
		opts = append(opts, offboard.WithDirectory(newRecords(cfg.Demo.Customers)))
	}
	if len(req.customers) == 0 {
		return nil, errors.New("no customer is named: pass CUSTOMER-ID or -from FILE")
	}
	if req.reactivate && cfg.Forgets {
		return nil, errors.New("-reactivate gives up a run that is recorded, and CSPKIT_STORE=memory: forgets runs when their process ends: there is none to give up")
	}
	for _, id := range req.customers {
		if id == cfg.Tenant {
			return nil, fmt.Errorf("%s: %w", id, offboard.ErrOwnTenant)
		}
	}
	var err error
	j.workflow, err = offboard.New(j.partner, cfg.Runs, opts...)
	return j, err
}

// do does the job, and returns the exit status.
func (j *job) do(ctx context.Context) int {
	// What one customer lacks in credentials, all do: say it once.
	if err := j.preflight(ctx); err != nil {
		return j.console.Usage(err)
	}
	code := offboarding.Status(j.act(ctx))
	if code == cli.ExitInterrupted {
		j.console.Problem("interrupted: the same command looks at what Partner Center shows then, and goes on from there")
	}
	return code
}

// act plans, asks and offboards, as far as the request wants it, and returns
// the reports of customers that did more than show a plan.
func (j *job) act(ctx context.Context) []*offboard.Report {
	if j.reactivate {
		return j.giveUp(ctx)
	}
	if j.yes && !j.request.plan {
		return j.runs(ctx, nil)
	}
	plans, reports := j.plans(ctx)
	if j.request.plan || len(plans) == 0 {
		return reports
	}
	agreed, err := false, ctx.Err()
	if err == nil {
		agreed, err = j.agree(ctx, plans)
	}
	switch {
	case err != nil: // interrupted
		for _, id := range j.customers {
			if plans[id] != nil {
				reports = append(reports, j.notRun(ctx, id, err))
			}
		}
		return reports
	case !agreed:
		fmt.Fprintln(j.console.Err, "Nothing was sent.")
		return reports
	}
	return append(reports, j.runs(ctx, plans)...)
}

// preflight reports that a credential is missing, or that the cloud has no GDAP,
// before anything is sent.
// Other failures are left to the runs, which meet them, too.
func (j *job) preflight(ctx context.Context) error {
	check := j.partner.CheckWrite
	if j.request.plan {
		check = j.partner.CheckRead
	}
	err := config.Preflight(check(ctx, j.customers[0], j.policy.GDAP))
	if errors.Is(err, partnercenter.ErrNotSupported) {
		return fmt.Errorf("%w: leave -gdap out", err)
	}
	return err
}

// plans shows the plan of each customer, in the order in which they were
// named, and the report of each that has none.
func (j *job) plans(ctx context.Context) (map[customers.TenantID]*offboard.Plan, []*offboard.Report) {
	plans := map[customers.TenantID]*offboard.Plan{}
	var reports []*offboard.Report
	for p := range offboarding.Plans(ctx, j.workflow, slices.Values(j.customers), j.policy, j.concurrency) {
		if p.Err != nil {
			reports = append(reports, j.notRun(ctx, p.Customer, p.Err))
			continue
		}
		plans[p.Customer] = p.Plan
		j.view.plan(p.Plan)
	}
	return plans, reports
}

// runs offboards the customers, several at a time. agreed holds the plans that
// somebody has agreed to; nil means that each is shown and carried out.
func (j *job) runs(ctx context.Context, agreed map[customers.TenantID]*offboard.Plan) []*offboard.Report {
	var ids []customers.TenantID
	for _, id := range j.customers {
		if agreed == nil || agreed[id] != nil {
			ids = append(ids, id)
		}
	}
	opts := j.options()
	opts.Confirm = func(_ context.Context, p *offboard.Plan) error {
		switch before := agreed[p.Customer]; {
		case agreed == nil:
			j.view.plan(p) // what the run observed for it serves its first step, too
		case !p.Same(before):
			return fmt.Errorf("customer %s: %w, because it has changed since it was shown: look at it again", p.Customer, offboard.ErrDeclined)
		}
		return nil
	}
	var reports []*offboard.Report
	j.view.start(len(ids))
	offboard.NewRunner(j.workflow, opts).RunAll(ctx, ids, offboard.BulkOptions{
		Concurrency: j.concurrency,
		Begin:       j.view.begin,
		Report:      func(r *offboard.Report) { reports = append(reports, j.report(r)) },
	})
	j.view.finish(reports)
	return reports
}

// options are those of the command line.
func (j *job) options() offboard.Options {
	opts := offboard.Options{Policy: j.policy, Poll: j.poll, Wait: j.wait}
	if j.wait == 0 {
		opts.Wait = -1 // zero would be the default
	}
	return opts
}

// report shows how a customer's run ended.
func (j *job) report(report *offboard.Report) *offboard.Report {
	j.view.report(report)
	if report.State == offboard.Failed {
		j.console.Problem("%s", cli.OneLine(report.Err))
	}
	return report
}

// notRun is the report of a customer that was not acted on.
func (j *job) notRun(ctx context.Context, id customers.TenantID, err error) *offboard.Report {
	report := &offboard.Report{Customer: id, Phase: offboard.Planned, State: offboard.Failed, Err: err}
	if ctx.Err() != nil {
		report.State, report.Err = offboard.Interrupted, fmt.Errorf("interrupted: %w", context.Cause(ctx))
	}
	return j.report(report)
}
