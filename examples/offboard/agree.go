package main

import (
	"context"
	"fmt"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/offboard"
)

// agree asks the person at the terminal, who may also interrupt. The question
// goes to standard error, so that it is seen when the output goes elsewhere.
func (j *job) agree(ctx context.Context, plans map[customers.TenantID]*offboard.Plan) (bool, error) {
	blocked, waits := 0, 0
	for _, p := range plans {
		switch {
		case len(p.Blockers) > 0:
			blocked++
		case !p.WaitUntil.IsZero():
			waits++
		}
	}
	return j.console.Ask(ctx, fmt.Sprintf("\n%s: %d to the end, %d until a date, %d until a person lifts something.\nOffboard as planned? [y/N] ",
		cli.Counted(len(plans), "customer"), len(plans)-blocked-waits, waits, blocked))
}
