package main

import (
	"io"
	"strings"
	"sync"
)

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
