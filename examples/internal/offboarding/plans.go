package offboarding

import (
	"context"
	"iter"
	"sync"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

// Planned is the plan of a customer, or why there is none.
type Planned struct {
	Customer customers.TenantID
	Plan     *offboard.Plan
	Err      error
}

// Plans plans customers, some at once, and yields the plans in the order of
// the customers. It is never ahead by more than atOnce customers, however many
// there are.
func Plans(ctx context.Context, w *offboard.Workflow, ids iter.Seq[customers.TenantID], policy offboard.Policy, atOnce int) iter.Seq[Planned] {
	return func(yield func(Planned) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var work sync.WaitGroup
		defer work.Wait()
		defer cancel()
		left := make(chan struct{}) // closed when nobody takes plans any more
		defer close(left)
		queue := make(chan chan Planned, atOnce)
		room := make(chan struct{}, atOnce)
		work.Go(func() {
			defer close(queue)
			for id := range ids {
				select {
				case room <- struct{}{}:
				case <-left:
					return
				}
				one := make(chan Planned, 1)
				queue <- one // has room, since room has
				work.Go(func() {
					plan, err := w.Plan(ctx, id, offboard.Actor{}, policy)
					one <- Planned{id, plan, err}
				})
			}
		})
		for one := range queue {
			p := <-one
			<-room
			if !yield(p) {
				return
			}
		}
	}
}
