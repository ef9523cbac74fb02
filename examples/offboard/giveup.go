package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/offboard"
)

// giveUp gives up the unfinished runs of the customers, several at a time, and
// returns their reports.
func (j *job) giveUp(ctx context.Context) []*offboard.Report {
	if !j.yes {
		question := fmt.Sprintf("Give up the offboarding of %s: reactivate what it suspended, and let renew what it stopped? [y/N] ", cli.Counted(len(j.customers), "customer"))
		if agreed, err := j.console.Ask(ctx, question); !agreed {
			var reports []*offboard.Report
			if err != nil { // interrupted
				for _, id := range j.customers {
					reports = append(reports, j.notRun(ctx, id, err))
				}
			}
			fmt.Fprintln(j.console.Err, "Nothing was sent.")
			return reports
		}
	}
	runner := offboard.NewRunner(j.workflow, j.options())
	var group errgroup.Group
	group.SetLimit(j.concurrency)
	var mu sync.Mutex
	var reports []*offboard.Report
	j.view.start(len(j.customers))
	for _, id := range j.customers {
		group.Go(func() error {
			j.view.begin(id)
			report, err := runner.GiveUp(ctx, id)
			if errors.Is(err, offboard.ErrFinished) {
				report, err = j.givenUp(ctx, report), nil
			}
			if report.Err == nil {
				report.Err = err
			}
			mu.Lock()
			defer mu.Unlock()
			reports = append(reports, j.report(report))
			return nil // the others go on
		})
	}
	_ = group.Wait()
	j.view.finish(reports)
	return reports
}

// givenUp is the report of a run that is finished, and so cannot be given up. If an
// earlier command has given it up, what is asked is done: the same command may
// be given again.
func (j *job) givenUp(ctx context.Context, refused *offboard.Report) *offboard.Report {
	run, err := j.store.Load(ctx, refused.Customer)
	if err != nil || run.Phase != offboard.Abandoned {
		return refused
	}
	return &offboard.Report{
		Customer: run.Customer, Company: run.Company, State: run.State, Phase: run.Phase, Notes: run.Notes, Writes: run.Writes,
	}
}
