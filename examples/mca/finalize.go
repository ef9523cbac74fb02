package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/mca"
)

// finalize creates the agreements of customers who have accepted.
func (j *job) finalize(ctx context.Context) int {
	ids, status := j.customers, cli.ExitDone
	if j.allReady {
		sum, ready, unknown := j.count(ctx, mca.ReadyToCreateAgreement)
		if sum == nil {
			return unknown
		}
		status = unknown
		for _, s := range ready {
			ids = append(ids, s.Customer)
		}
		if len(ids) == 0 {
			j.view.say("No customer has accepted and waits for its agreement.")
			j.sayForgotten()
			return status
		}
	}
	defer j.console.line.show("")
	j.console.line.show("Creating " + cli.Counted(len(ids), "agreement"))
	return max(status, j.each(ids, atOnce, func(_ int, id customers.TenantID) int {
		s, err := j.desk.Finalize(ctx, id)
		return j.settle(ctx, id, s, err)
	}))
}

// watch waits until customers accept, and creates their agreements.
func (j *job) watch(ctx context.Context) int {
	defer j.console.line.show("")
	j.console.line.show("Waiting until " + cli.Counted(len(j.customers), "customer") + " accepted")
	return j.each(j.customers, len(j.customers), func(_ int, id customers.TenantID) int {
		s, err := j.desk.Watch(ctx, id, mca.WatchOptions{Poll: j.poll, Wait: j.wait})
		return j.settle(ctx, id, s, err)
	})
}

// settle shows what came of finalizing, and returns the exit status for that.
func (j *job) settle(ctx context.Context, id customers.TenantID, s mca.Status, err error) int {
	if err != nil && ctx.Err() != nil {
		return cli.ExitInterrupted
	}
	j.view.outcome(id, known(s))
	switch {
	case err == nil && s.State == mca.Compliant:
		return cli.ExitDone
	case errors.Is(err, mca.ErrNotAccepted), err == nil && s.State != mca.Unknown:
		j.notKnown(ctx, id)
		return cli.ExitUnfinished
	case err == nil:
		err = fmt.Errorf("customer %s: %s", id, s.Reason)
	}
	return j.console.Fail(err)
}
