package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// console is where the program reads and writes.
type console struct {
	in       io.Reader
	out, err io.Writer
	ask      bool // a person sits at in
	live     bool // out is a terminal
	width    int  // of it, in columns
}

// problem writes one line about what went wrong. The library and this program
// have the same name: it is said once.
func (c console) problem(format string, args ...any) {
	fmt.Fprintln(c.err, "offboard: "+strings.TrimPrefix(fmt.Sprintf(format, args...), "offboard: "))
}

// usage reports what the caller has to put right, one problem a line, and
// returns the exit status for that.
func (c console) usage(err error) int {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		c.problem("%s", line)
	}
	return exitUsage
}

// aside is standard error on the same terminal as standard output. While a
// display moves there, it takes the lines, and draws them above itself.
type aside struct {
	mu      sync.Mutex
	w       io.Writer
	display func(line string) // nil while nothing moves
}

func (a *aside) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.display == nil {
		return a.w.Write(p)
	}
	a.display(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}

func (a *aside) show(display func(line string)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.display = display
}
