package offboard

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/cspkit/cspkit/customers"
)

// BulkOptions says how [Runner.RunAll] goes about many customers. The zero
// value is the common case.
type BulkOptions struct {
	// Concurrency is how many customers are in work at once, those included
	// that wait for Partner Center to show a change; zero means 256. It bounds
	// the memory that is used; the client's budget bounds the requests.
	Concurrency int
	// Begin is called when the turn of a customer has come, Report with its
	// report as it ends, Progress each time that the counts change; never two
	// of them at once.
	Begin    func(customers.TenantID)
	Report   func(*Report)
	Progress func(Progress)
}

// Progress says how far a bulk run is.
type Progress struct {
	Summary
	Customers int // in all
	Open      int // in work
	// Calls estimates the requests that all customers take, from the plans
	// that are known so far; CallsDone is the part of those that have ended.
	Calls, CallsDone int
	Elapsed          time.Duration
}

// Remaining estimates how long the rest takes, at the pace so far; zero if
// nothing is known yet.
func (p Progress) Remaining() time.Duration {
	if p.CallsDone == 0 {
		return 0
	}
	return time.Duration(float64(p.Elapsed) / float64(p.CallsDone) * float64(p.Calls-p.CallsDone))
}

// Summary counts the reports of a bulk run by their state.
type Summary struct {
	Done, Waiting, Blocked, Failed, Interrupted int
	WaitUntil                                   time.Time // the earliest date that a waiting or blocked one names
}

// Ended is how many customers have a report.
func (s Summary) Ended() int { return s.Done + s.Waiting + s.Blocked + s.Failed + s.Interrupted }

func (s *Summary) add(r *Report) {
	switch r.State {
	case Done:
		s.Done++
		return
	case Waiting:
		s.Waiting++
	case Blocked:
		s.Blocked++
	case Interrupted:
		s.Interrupted++
	default:
		s.Failed++
	}
	if !r.WaitUntil.IsZero() && (s.WaitUntil.IsZero() || r.WaitUntil.Before(s.WaitUntil)) {
		s.WaitUntil = r.WaitUntil
	}
}

// RunAll offboards many customers, as [Runner.Run] does each. They share the
// client's budget, in which each has one request at a time, so that a customer
// with hundreds of subscriptions does not hold up the others. What fails for one is
// in its report and concerns no other. It returns when all have ended or, after
// ctx has, when those in work have stopped; a customer whose turn never came is
// reported as interrupted. An id that is named twice counts once.
func (r *Runner) RunAll(ctx context.Context, ids []customers.TenantID, opts BulkOptions) Summary {
	ids = once(ids)
	b := &bulk{opts: opts, began: time.Now(), progress: Progress{Customers: len(ids)}, calls: map[customers.TenantID]int{}}
	inner := &Runner{workflow: r.workflow, opts: r.opts, wakes: r.wakes, gate: r.gate}
	inner.opts.Confirm = func(ctx context.Context, plan *Plan) error {
		b.planned(plan)
		if r.opts.Confirm == nil {
			return nil
		}
		return r.opts.Confirm(ctx, plan)
	}
	open := semaphore.NewWeighted(int64(cmp.Or(max(opts.Concurrency, 0), 256)))
	var group sync.WaitGroup
	begun := 0
	for ; begun < len(ids) && open.Acquire(ctx, 1) == nil; begun++ {
		id := ids[begun]
		group.Go(func() {
			defer open.Release(1)
			b.begun(id)
			report, err := inner.Run(ctx, id)
			if report.Err == nil {
				report.Err = err
			}
			b.ended(report, 1)
		})
	}
	group.Wait()
	for _, id := range ids[begun:] {
		b.ended(&Report{Customer: id, Phase: Planned, State: Interrupted, Err: fmt.Errorf("interrupted before its turn: %w", context.Cause(ctx))}, 0)
	}
	return b.progress.Summary
}

// once returns the ids without repetitions.
func once(ids []customers.TenantID) []customers.TenantID {
	seen := make(map[customers.TenantID]bool, len(ids))
	out := make([]customers.TenantID, 0, len(ids))
	for _, id := range ids {
		key := id
		if parsed, err := customers.ParseTenantID(string(id)); err == nil {
			key = parsed
		}
		if !seen[key] {
			seen[key], out = true, append(out, key)
		}
	}
	return out
}

// bulk keeps count of a bulk run.
type bulk struct {
	opts  BulkOptions
	began time.Time

	mu       sync.Mutex
	progress Progress
	calls    map[customers.TenantID]int // by the plans of customers that have not ended
	planSum  int                        // of the calls of all plans so far
	plans    int
}

func (b *bulk) begun(id customers.TenantID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.progress.Open++
	if b.opts.Begin != nil {
		b.opts.Begin(id)
	}
}

// planned notes what a customer will cost.
func (b *bulk) planned(p *Plan) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if before, again := b.calls[p.Customer]; again {
		b.planSum += p.Calls - before
	} else {
		b.planSum += p.Calls
		b.plans++
	}
	b.calls[p.Customer] = p.Calls
	b.tell()
}

// ended notes how a customer ended, who was in work or never came to its turn.
func (b *bulk) ended(r *Report, open int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.progress.Open -= open
	b.progress.CallsDone += b.calls[r.Customer]
	delete(b.calls, r.Customer)
	b.progress.add(r)
	if b.opts.Report != nil {
		b.opts.Report(r)
	}
	b.tell()
}

// tell reports the progress: what is not planned yet costs as much as the
// others on average.
func (b *bulk) tell() {
	if b.opts.Progress == nil {
		return
	}
	p := &b.progress
	p.Elapsed, p.Calls = time.Since(b.began), b.planSum
	if unplanned := p.Customers - b.plans; b.plans > 0 {
		p.Calls += b.planSum / b.plans * unplanned
	}
	b.opts.Progress(*p)
}
