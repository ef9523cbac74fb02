package offboard

import (
	"context"
	"sync"
)

// Pause makes every run of this runner stop before its next write or look, until
// Resume. What has been sent is still recorded, and leases are kept.
func (r *Runner) Pause() { r.gate.close() }

// Resume lets the runs go on after Pause.
func (r *Runner) Resume() { r.gate.open() }

// gate holds runs back while it is closed. The zero value is open.
type gate struct {
	mu     sync.Mutex
	closed chan struct{} // closed, as a channel, when the gate opens; nil while it is open
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed == nil {
		g.closed = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed != nil {
		close(g.closed)
		g.closed = nil
	}
}

// pass waits until the gate is open, or the context ends.
func (g *gate) pass(ctx context.Context) error {
	for {
		g.mu.Lock()
		closed := g.closed
		g.mu.Unlock()
		if closed == nil {
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-closed:
		}
	}
}
