package main

import (
	"context"
	"fmt"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/mca"
)

// summary counts all customers and, with -list, names those of one status.
func (j *job) summary(ctx context.Context) int {
	sum, listed, status := j.count(ctx, j.list)
	if sum == nil {
		return status
	}
	j.view.summary(*sum)
	if j.list != "" {
		j.view.list(j.list, listed)
	}
	return status
}

// told is how many errors of customers are told: where one cannot be read,
// often none can.
const told = 3

// count looks at all customers, and returns those of one status, too. There is
// no sum if the customers could not be listed.
func (j *job) count(ctx context.Context, of mca.State) (sum *mca.Summary, listed []mca.CustomerStatus, status int) {
	defer j.console.line.show("")
	j.console.line.show("Looking at the customers")
	n, unknown := 0, 0
	sum = new(mca.Summary)
	for s, err := range j.desk.Statuses(ctx, mca.SummaryOptions{Progress: func(s mca.Summary) { *sum = s }}) {
		switch {
		case ctx.Err() != nil:
			return nil, nil, cli.ExitInterrupted
		case err != nil:
			return nil, nil, j.console.Fail(err)
		}
		n++
		j.console.line.show(fmt.Sprintf("Looking at the customers: %d so far", n))
		if s.State == of {
			listed = append(listed, s)
		}
		if s.State == mca.Unknown {
			if unknown++; unknown <= told {
				j.console.Fail(reason(s))
			}
		}
	}
	if unknown > told {
		j.console.Problem("the status of %d more customers could not be found out", unknown-told)
	}
	if unknown > 0 {
		return sum, listed, cli.ExitFailed
	}
	return sum, listed, cli.ExitDone
}

// reason is why a status is unknown.
func reason(s mca.CustomerStatus) error {
	if s.Err != nil {
		return s.Err
	}
	return fmt.Errorf("customer %s: %s", s.Customer, s.Reason)
}

// status says how each customer stands.
func (j *job) status(ctx context.Context) int {
	list := make([]mca.CustomerStatus, len(j.customers))
	code := j.each(j.customers, atOnce, func(i int, id customers.TenantID) int {
		s, err := j.desk.Refresh(ctx, id)
		list[i] = mca.CustomerStatus{Customer: id, Status: known(s), Err: err}
		if err != nil || list[i].State == mca.Unknown {
			return cli.ExitFailed
		}
		return cli.ExitDone
	})
	if ctx.Err() != nil {
		return cli.ExitInterrupted
	}
	j.view.statuses(list)
	for _, s := range list {
		if s.Err != nil || s.State == mca.Unknown {
			j.console.Fail(reason(s))
		}
	}
	return code
}

// known makes a status that a failure left empty an unknown one.
func known(s mca.Status) mca.Status {
	if s.State == "" {
		return mca.Status{State: mca.Unknown, Reason: "The customer's status could not be found out."}
	}
	return s
}
