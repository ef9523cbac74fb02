package main

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/mca"
)

// subcommand is one of the things that the program does.
type subcommand struct {
	name  string
	most  int      // customers that it takes
	flags []string // that it takes, besides -json
	do    func(*job, context.Context) (status int)
}

const many = 1 << 20

var subcommands = []subcommand{
	{"summary", 0, []string{"list"}, (*job).summary},
	{"status", many, nil, (*job).status},
	{"attest", 1, []string{"first", "last", "email", "phone", "company", "country", "language", "valid"}, (*job).attest},
	{"renew", 1, nil, (*job).renew},
	{"finalize", many, []string{"all-ready"}, (*job).finalize},
	{"watch", many, []string{"poll", "wait"}, (*job).watch},
	{"tour", 0, nil, (*job).tour},
}

// job is a subcommand at work.
type job struct {
	*request
	cfg     *config.Config
	partner mca.Partner
	desk    *mca.Desk
	console console
	view    view

	forgotten sync.Once // says why an attestation is not known
}

// view shows what came out to its reader. Many goroutines may call it at once.
type view interface {
	summary(s mca.Summary)
	list(of mca.State, list []mca.CustomerStatus) // after summary
	statuses(list []mca.CustomerStatus)
	attestation(customer customers.TenantID, a *mca.Issued)
	outcome(customer customers.TenantID, s mca.Status) // of finalizing
	say(text string)                                   // what a person may want to know
}

func newJob(cfg *config.Config, req *request, getenv func(string) string, c console) (*job, error) {
	j := &job{request: req, cfg: cfg, console: c}
	j.view = &textView{out: c.Out, tables: tables{c.Tables(getenv)}}
	if req.json {
		j.view = jsonView{cli.NewLines(c.Out), c.Err}
	}
	var err error
	if j.partner, err = cfg.Client.MCAPartner(mca.WithWire(cfg.Links)); err != nil {
		return nil, err
	}
	j.desk, err = mca.NewDesk(j.partner, cfg.Agreements, mca.WithLogger(cfg.Logger))
	return j, err
}

// do does the job, and returns the exit status.
func (j *job) do(ctx context.Context) int {
	// What one customer lacks in credentials, all do: say it once, before
	// anything is sent. Other failures are met again, and reported then.
	if err := config.Preflight(j.partner.CheckCredentials(ctx)); err != nil {
		return j.console.Usage(err)
	}
	status := j.subcommand.do(j, ctx)
	if status == cli.ExitDone || ctx.Err() == nil {
		return status
	}
	if j.cfg.Forgets {
		j.console.Problem("interrupted; memory: forgets what this run has recorded")
	} else {
		j.console.Problem("interrupted: the same command goes on from there")
	}
	return cli.ExitInterrupted
}

// atOnce is how many customers are looked at at once.
const atOnce = 8

// each works on customers, some at once, and returns the highest exit status.
func (j *job) each(ids []customers.TenantID, limit int, work func(i int, id customers.TenantID) int) int {
	statuses := make([]int, len(ids))
	var group errgroup.Group
	group.SetLimit(limit)
	for i, id := range ids {
		group.Go(func() error {
			statuses[i] = work(i, id)
			return nil // the others go on
		})
	}
	_ = group.Wait()
	highest := cli.ExitDone
	for _, s := range statuses {
		highest = max(highest, s)
	}
	return highest
}

// notKnown says once why an attestation that somebody may have created is not
// known here.
func (j *job) notKnown(ctx context.Context, id customers.TenantID) {
	if _, err := j.desk.Record(ctx, id); errors.Is(err, mca.ErrNoRecord) {
		j.sayForgotten()
	}
}

func (j *job) sayForgotten() {
	if !j.cfg.Forgets && j.cfg.Demo == nil {
		return
	}
	j.forgotten.Do(func() {
		if j.cfg.Demo != nil {
			j.console.Problem("the built-in emulator begins anew with each run, so an attestation of another run is not known: tour shows the whole way in one")
			return
		}
		j.console.Problem("CSPKIT_STORE=memory: forgets attestations when their process ends, so one that another process created is not known here")
	})
}
