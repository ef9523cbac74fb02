package main

import (
	"fmt"
	"io"
	"strings"
)

// console is where the program writes.
type console struct {
	out, err io.Writer
	person   bool // somebody sits at the terminal
	live     bool // out is a terminal
	width    int  // of it, in columns
	line     *line
}

// problem writes one line about what went wrong. The library and this program
// have the same name: it is said once.
func (c console) problem(format string, args ...any) {
	fmt.Fprintln(c.err, "mca: "+strings.TrimPrefix(fmt.Sprintf(format, args...), "mca: "))
}

// usage reports what the caller has to put right, one problem a line, and
// returns the exit status for that.
func (c console) usage(err error) int {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		c.problem("%s", line)
	}
	return exitUsage
}

// fail reports an error of one operation, and returns the exit status for that.
func (c console) fail(err error) int {
	c.problem("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	return exitFailed
}
