package partnercenter

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/cspkit/cspkit/internal/pause"
)

// RateBudget decides when a request may be sent. One budget serves all users
// of a client, so it must be safe for concurrent use.
type RateBudget interface {
	// Wait returns when a request that counts against r may be sent, or with
	// the context's error.
	Wait(ctx context.Context, r Resource) error
	// Throttled tells that the service answered 429 and asked for this wait,
	// zero if it named none.
	Throttled(r Resource, wait time.Duration)
}

// DefaultBudget is what Microsoft allows a partner for each of the resources
// customers, subscriptions and orders, in requests a minute. Agreements get as much.
//
// Source: https://learn.microsoft.com/partner-center/developer/api-throttling-guidance
const DefaultBudget = 500

// PerMinute returns a budget of n requests in any minute for each of the
// resources customers, subscriptions, orders and agreements; n of zero or less
// does not limit. A 429 pauses the resource for as long as it asks and halves its
// speed, which then recovers step by step within a few minutes. Waiting
// requests go in the order in which they came.
//
// Source: https://learn.microsoft.com/partner-center/developer/api-throttling-guidance
func PerMinute(n int) RateBudget { return &perMinute{n: n, buckets: map[Resource]*bucket{}} }

type perMinute struct {
	n       int
	mu      sync.Mutex
	buckets map[Resource]*bucket
}

type bucket struct {
	turn    chan struct{} // held by the one who waits for the next request; the others queue
	limiter *rate.Limiter
	full    rate.Limit
	paused  time.Time // no request before this
	changed time.Time // when the speed was last changed
}

const (
	slowest     = 16               // a throttled resource keeps at least 1/16 of its speed
	recoverStep = 15 * time.Second // a slowed resource gets half as fast again this often
)

func (p *perMinute) bucket(r Resource) *bucket {
	b := p.buckets[r]
	if b == nil {
		b = &bucket{turn: make(chan struct{}, 1), full: rate.Inf}
		burst := 1
		if p.n > 0 && (r == Customers || r == Subscriptions || r == Orders || r == Agreements) {
			// A full bucket and a minute's refill together stay within n. One
			// at a time they do so at n a minute; the limiter rounds, so a
			// little less.
			b.full = rate.Limit(float64(p.n) / 60.001)
			if burst = max(1, p.n/50); burst > 1 {
				b.full = rate.Limit(float64(p.n-burst) / 60)
			}
		}
		b.limiter = rate.NewLimiter(b.full, burst)
		p.buckets[r] = b
	}
	return b
}

func (p *perMinute) Wait(ctx context.Context, r Resource) error {
	p.mu.Lock()
	b := p.bucket(r)
	p.mu.Unlock()
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	// A request is counted at the moment it may go, not reserved ahead: what
	// was promised at one speed would come on top of what another allows.
	for {
		wait := p.take(b)
		if err := pause.For(ctx, wait); err != nil || wait <= 0 {
			return err
		}
	}
}

// take counts a request, or returns how long to wait before asking again.
func (p *perMinute) take(b *bucket) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	b.recover(now)
	if wait := b.paused.Sub(now); wait > 0 {
		return wait
	}
	next := b.limiter.ReserveN(now, 1)
	wait := next.DelayFrom(now)
	if wait > 0 {
		next.CancelAt(now)
	}
	return wait
}

func (p *perMinute) Throttled(r Resource, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, now := p.bucket(r), time.Now()
	if b.paused.After(now) { // one of several requests that were under way together
		b.paused = later(b.paused, now.Add(wait))
		return
	}
	b.paused = now.Add(max(wait, time.Second))
	if b.full != rate.Inf {
		b.limiter.SetLimitAt(now, max(b.limiter.Limit()/2, b.full/slowest))
		b.changed = now
	}
}

// recover raises a lowered speed, a step for every recoverStep that passed.
func (b *bucket) recover(now time.Time) {
	for b.limiter.Limit() < b.full && now.Sub(later(b.changed, b.paused)) >= recoverStep {
		b.changed = later(b.changed, b.paused).Add(recoverStep)
		b.limiter.SetLimitAt(now, min(b.limiter.Limit()*1.5, b.full))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
