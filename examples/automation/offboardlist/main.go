// The program offboardlist offboards every customer of a list by a deadline:
//
//	go run ./examples/automation/offboardlist -plan                        # the built-in emulator, with demo customers
//	go run ./examples/automation/offboardlist -by friday -yes customers.txt > report.txt
//	go run ./examples/automation/offboardlist -by 2027-01-31 -plan - < customers.txt
//
// It says first what will happen, what goes on costing money until when, and
// which customers cannot be done by the deadline. Then it works until all are
// done, nothing more can change in time, or the deadline is there, and reports
// on each customer. Started again it goes on where it stopped, with what
// CSPKIT_STORE keeps.
//
// It ends with 0 if all are done, 2 if it was not called properly and nothing
// was sent, 3 if a customer waits or is blocked, 4 if one failed, 130 if it was
// interrupted ("go run" makes a 1 of each of these but 0; "go build" keeps them).
package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/offboard"
)

func main() { cli.Main("offboardlist", run) }

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, c cli.Console) int {
	req, err := parse(args, time.Now(), c)
	if err != nil {
		return c.Usage(err)
	}
	cfg, err := config.Load(ctx, getenv, c.Err)
	if err != nil {
		return c.Usage(err)
	}
	defer cfg.Close()
	cfg.Announce(c.Out, c.Err, req.json)
	job, err := newJob(ctx, cfg, req, getenv, c)
	if err != nil {
		return c.Usage(err)
	}
	return job.do(ctx)
}

// do is the whole job: plan, ask, work, report. It returns the exit status.
func (j *job) do(ctx context.Context) int {
	j.view.begin(len(j.customers))
	ids := j.plan(ctx)
	if ctx.Err() != nil {
		return j.interrupted(ctx, "nothing was sent")
	}
	j.view.planned(j.inOrder())
	if j.only || len(ids) == 0 {
		return j.status()
	}
	if !j.yes {
		agreed, err := j.console.Ask(ctx, fmt.Sprintf("\nOffboard %s as planned? [y/N] ", cli.Counted(len(ids), "customer")))
		if err != nil {
			return j.interrupted(ctx, "nothing was sent")
		}
		if !agreed {
			fmt.Fprintln(j.console.Err, "Nothing was sent.")
			return j.status()
		}
	}
	j.work(ctx, ids)
	if ctx.Err() != nil {
		return j.interrupted(ctx, "the same command looks at what Partner Center shows then, and goes on from there")
	}
	j.view.ended(j.inOrder())
	return j.status()
}

// errDeadline ends what is at work at the deadline.
var errDeadline = errors.New("the deadline is there")

// work offboards until all have ended, nothing more can change by the
// deadline, or it is there.
func (j *job) work(ctx context.Context, ids []customers.TenantID) {
	ctx, stop := context.WithDeadlineCause(ctx, j.by, errDeadline)
	defer stop()
	runner := offboard.NewRunner(j.workflow, offboard.Options{Policy: j.policy, Poll: j.poll, Confirm: j.confirm})
	for len(ids) > 0 {
		runner.RunAll(ctx, ids, offboard.BulkOptions{Report: j.report, Progress: j.progress})
		j.agreed = true
		var next time.Time
		if ids, next = again(j.reports, time.Now(), j.by); len(ids) == 0 {
			return
		}
		fmt.Fprintf(j.console.Err, "Something may change in time for %s: staying until %s, to look again.\n", cli.Counted(len(ids), "customer"), cli.Moment(next.In(j.by.Location())))
		select {
		case <-time.After(time.Until(next)):
		case <-ctx.Done():
			return
		}
	}
}

// rest is the shortest time between two starts of the same customer. What
// Partner Center shows within minutes, each start stays for.
const rest = 10 * time.Minute

// again returns when something may change next before the deadline, and for
// which customers then.
func again(reports map[customers.TenantID]*offboard.Report, now, by time.Time) (ids []customers.TenantID, next time.Time) {
	at := map[customers.TenantID]time.Time{}
	for id, r := range reports {
		if r.State != offboard.Waiting && (r.State != offboard.Blocked || r.WaitUntil.IsZero()) {
			continue // finished, or a person has to lift something
		}
		t := latest(r.WaitUntil.Add(time.Second), now.Add(rest)) // the last second of a term belongs to it
		if !t.Before(by) {
			continue
		}
		at[id] = t
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	soon := next.Add(rest) // one start for all that come close together
	for id, t := range at {
		if t.Before(soon) {
			ids, next = append(ids, id), latest(next, t)
		}
	}
	slices.Sort(ids)
	return ids, next
}
