package main

import (
	"io"
	"sync"

	"github.com/cspkit/cspkit/examples/internal/cli"
)

// console is where the program reads and writes.
type console struct {
	cli.Console
	line *line
}

// line is the last line of a terminal, which says what the program is about.
// Nil is the line where there is no terminal: nothing is shown.
//
// It is not the progress display of go-pretty, which leaves a line behind for
// all that is done: once there is a result, nobody needs this one.
type line struct {
	mu   sync.Mutex
	w    io.Writer
	text string // empty: no line is shown
}

const eraseLine = "\r\x1b[K"

// withLine returns the console with a line on its standard error, below all
// that is written meanwhile. Standard output moves out of its way where it is
// a terminal, too.
func (c console) withLine() console {
	c.line = &line{w: c.Err}
	c.Err = above{c.line, c.Err}
	if c.Live {
		c.Out = above{c.line, c.Out}
	}
	return c
}

// show puts text in the place of the line; empty takes it away.
func (l *line) show(text string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = text
	_, _ = io.WriteString(l.w, eraseLine+text)
}

// above writes above a line.
type above struct {
	line *line
	w    io.Writer
}

func (a above) Write(p []byte) (int, error) {
	a.line.mu.Lock()
	defer a.line.mu.Unlock()
	if a.line.text == "" {
		return a.w.Write(p)
	}
	_, _ = io.WriteString(a.line.w, eraseLine)
	n, err := a.w.Write(p)
	_, _ = io.WriteString(a.line.w, a.line.text)
	return n, err
}
