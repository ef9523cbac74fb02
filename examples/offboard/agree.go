package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/cspkit/cspkit/customers"
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
	return j.ask(ctx, fmt.Sprintf("\n%s: %d to the end, %d until a date, %d until a person lifts something.\nOffboard as planned? [y/N] ",
		counted(len(plans)), len(plans)-blocked-waits, waits, blocked))
}

// ask asks a question that is answered with yes or no.
func (j *job) ask(ctx context.Context, question string) (bool, error) {
	fmt.Fprint(j.console.err, question)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(j.console.in).ReadString('\n') // the end of input is a no
		answer <- line
	}()
	select {
	case line := <-answer:
		line = strings.ToLower(strings.TrimSpace(line))
		return line == "y" || line == "yes", nil
	case <-ctx.Done():
		fmt.Fprintln(j.console.err)
		return false, ctx.Err()
	}
}
