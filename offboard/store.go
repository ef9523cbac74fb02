package offboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/listing"
)

var (
	// ErrNoRun: the store has no run of the customer. Start one, or open the
	// store that has it.
	ErrNoRun = errors.New("no offboarding of this customer is recorded")
	// ErrBehind: somebody else has saved the run since it was loaded. Call
	// again: it is loaded anew.
	ErrBehind = errors.New("another process has gone on with this run")
)

// A Store keeps runs and their audit trails, for many goroutines. A store for
// several processes keeps its promises between them, too. Package storetest
// holds a store to them.
type Store interface {
	// Load returns the newest run of a customer, or ErrNoRun. The caller may
	// change what it gets.
	Load(ctx context.Context, customer customers.TenantID) (*Run, error)
	// Save writes the run and its new entries, all or nothing, and raises
	// run.Revision by one. If run.Revision is not the stored one (zero where
	// the customer has no run), it returns ErrBehind and changes nothing; if
	// run.Fence is not that of the customer's newest lease (zero where there
	// never was one), ErrLeaseLost. The entries of the customer's earlier runs
	// stay.
	Save(ctx context.Context, run *Run, entries ...Entry) error
	// Acquire lends the customer's run to holder for the time ttl, by the
	// store's own clock. While it lasts, anybody else gets a *LeasedError; the
	// holder itself has it prolonged, with the same fencing number. Each new
	// lease of a customer has a higher one, starting with 1, also after Release.
	Acquire(ctx context.Context, customer customers.TenantID, holder string, ttl time.Duration) (Lease, error)
	// Release ends a lease before its time, unless somebody else has it by now.
	Release(ctx context.Context, lease Lease) error
	// Due yields the unfinished runs whose DueAt is not after now, the earliest
	// first. The store can be used while it is ranged over, and a run that is
	// saved meanwhile does not come again. An error is the last item.
	Due(ctx context.Context, now time.Time) iter.Seq2[*Run, error]
	// ByState yields the newest run of each customer that is in one of the states, or every
	// one if no state is named, by customer id. What holds for Due while it is
	// ranged holds here.
	ByState(ctx context.Context, states ...State) iter.Seq2[*Run, error]
	// Audit yields the entries of a run in their order. The store can be used
	// while it is ranged over. An error is the last item.
	Audit(ctx context.Context, runID string) iter.Seq2[Entry, error]
}

// MemoryStore is a [Store] that lasts as long as its process. The zero value
// is ready.
type MemoryStore struct {
	mu      sync.Mutex
	runs    map[customers.TenantID][]byte // as JSON: nothing is shared with callers
	entries map[string][]Entry
	leases  map[customers.TenantID]memoryLease
}

// memoryLease is the newest lease of a customer.
type memoryLease struct {
	holder string
	fence  int64
	until  time.Time
}

var _ Store = (*MemoryStore)(nil)

// Load implements [Store].
func (s *MemoryStore) Load(ctx context.Context, customer customers.TenantID) (*Run, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.load(customer)
}

func (s *MemoryStore) load(customer customers.TenantID) (*Run, error) {
	text, ok := s.runs[customer]
	if !ok {
		return nil, fmt.Errorf("customer %s: %w", customer, ErrNoRun)
	}
	run := new(Run)
	if err := json.Unmarshal(text, run); err != nil {
		return nil, fmt.Errorf("the run of customer %s: %w", customer, err)
	}
	return run, nil
}

// Save implements [Store].
func (s *MemoryStore) Save(ctx context.Context, run *Run, entries ...Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var stored int64
	if old, err := s.load(run.Customer); err == nil {
		stored = old.Revision
	} else if !errors.Is(err, ErrNoRun) {
		return err
	}
	if stored != run.Revision {
		return fmt.Errorf("customer %s: %w", run.Customer, ErrBehind)
	}
	if run.Fence != s.leases[run.Customer].fence {
		return fmt.Errorf("customer %s: %w", run.Customer, ErrLeaseLost)
	}
	next := *run
	next.Revision++
	text, err := json.Marshal(&next)
	if err != nil {
		return fmt.Errorf("the run of customer %s: %w", run.Customer, err)
	}
	if s.runs == nil {
		s.runs, s.entries = map[customers.TenantID][]byte{}, map[string][]Entry{}
	}
	s.runs[run.Customer] = text
	s.entries[run.ID] = append(s.entries[run.ID], entries...)
	run.Revision = next.Revision
	return nil
}

// Acquire implements [Store].
func (s *MemoryStore) Acquire(ctx context.Context, customer customers.TenantID, holder string, ttl time.Duration) (Lease, error) {
	if err := ctx.Err(); err != nil {
		return Lease{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, newest := time.Now(), s.leases[customer]
	switch {
	case newest.holder == holder && now.Before(newest.until):
	case now.Before(newest.until):
		return Lease{}, &LeasedError{customer, newest.until}
	default:
		newest.holder = holder
		newest.fence++
	}
	newest.until = now.Add(ttl)
	if s.leases == nil {
		s.leases = map[customers.TenantID]memoryLease{}
	}
	s.leases[customer] = newest
	return Lease{customer, holder, newest.fence}, nil
}

// Release implements [Store].
func (s *MemoryStore) Release(ctx context.Context, lease Lease) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if newest, ok := s.leases[lease.Customer]; ok && newest.holder == lease.Holder && newest.fence == lease.Fence {
		newest.until = time.Time{}
		s.leases[lease.Customer] = newest
	}
	return nil
}

// ByState implements [Store].
func (s *MemoryStore) ByState(ctx context.Context, states ...State) iter.Seq2[*Run, error] {
	return listing.Each(ctx, s.customers, s.Load, func(r *Run) bool {
		return len(states) == 0 || slices.Contains(states, r.State)
	})
}

// Due implements [Store].
func (s *MemoryStore) Due(ctx context.Context, now time.Time) iter.Seq2[*Run, error] {
	due := listing.Each(ctx, s.customers, s.Load, func(r *Run) bool { return !r.Finished() && !r.DueAt.After(now) })
	return listing.Sorted(ctx, due, func(a, b *Run) int { return a.DueAt.Compare(b.DueAt) })
}

// customers are those of whom something is kept.
func (s *MemoryStore) customers() []customers.TenantID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.runs))
}

// Audit implements [Store].
func (s *MemoryStore) Audit(ctx context.Context, runID string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		s.mu.Lock()
		entries := slices.Clone(s.entries[runID])
		s.mu.Unlock()
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				yield(Entry{}, err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}
