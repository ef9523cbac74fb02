package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
)

// agree asks the person at the terminal, who may also interrupt. The question
// goes to standard error, so that it is seen when the output goes elsewhere.
func (j *job) agree(ctx context.Context, n int) (bool, error) {
	what := "customer"
	if n > 1 {
		what = "customers"
	}
	fmt.Fprintf(j.console.err, "Offboard %d %s as planned? [y/N] ", n, what)
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
