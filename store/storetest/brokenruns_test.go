package storetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

// brokenRuns is a plain store that breaks one promise.
type brokenRuns struct {
	does    string
	lock    chan struct{} // holds something while nobody uses the store
	mu      sync.Mutex    // between the two halves of a save that is in two
	runs    map[customers.TenantID]*offboard.Run
	entries map[string][]offboard.Entry
	leases  map[customers.TenantID]brokenLease
	shown   bool
}

type brokenLease struct {
	holder string
	fence  int64
	until  time.Time
}

func newBrokenRuns(does string) *brokenRuns {
	s := &brokenRuns{
		does: does, lock: make(chan struct{}, 1), runs: map[customers.TenantID]*offboard.Run{},
		entries: map[string][]offboard.Entry{}, leases: map[customers.TenantID]brokenLease{},
	}
	s.lock <- struct{}{}
	return s
}

var errStuck = errors.New("the store is locked")

// enter waits until the store is free, but not for ever.
func (s *brokenRuns) enter(ctx context.Context, unless string) (leave func(), err error) {
	if ctx.Err() != nil && s.does != unless {
		return nil, ctx.Err()
	}
	select {
	case <-s.lock:
		return func() { s.lock <- struct{}{} }, nil
	case <-time.After(2 * time.Second):
		return nil, errStuck
	}
}

func copied(run *offboard.Run) *offboard.Run {
	b, err := json.Marshal(run)
	if err != nil {
		panic(err)
	}
	out := new(offboard.Run)
	if err := json.Unmarshal(b, out); err != nil {
		panic(err)
	}
	return out
}

func (s *brokenRuns) Load(ctx context.Context, customer customers.TenantID) (*offboard.Run, error) {
	leave, err := s.enter(ctx, "loads after cancellation")
	if err != nil {
		return nil, err
	}
	defer leave()
	run, ok := s.runs[customer]
	switch {
	case !ok && s.does == "returns an empty run for none":
		return &offboard.Run{Customer: customer}, nil
	case !ok && s.does == "has an error of its own for no run":
		return nil, errors.New("no run")
	case !ok && s.does == "makes a run of a lease" && s.leases[customer].fence > 0:
		return &offboard.Run{Customer: customer}, nil
	case !ok:
		return nil, fmt.Errorf("customer %s: %w", customer, offboard.ErrNoRun)
	case s.does == "shares what it loads":
		return run, nil
	}
	return copied(run), nil
}

func (s *brokenRuns) Save(ctx context.Context, run *offboard.Run, entries ...offboard.Entry) error {
	leave, err := s.enter(ctx, "saves after cancellation")
	if err != nil {
		return err
	}
	refusal := s.refusal(run)
	if early := s.does == "compares before it locks"; early || s.does == "looks at the fence before it locks" {
		leave()
		time.Sleep(20 * time.Millisecond) // so that somebody comes in between, also on a busy machine
		if leave, err = s.enter(ctx, ""); err != nil {
			return err
		}
		if refusal == nil && !early && s.stored(run.Customer) != run.Revision {
			refusal = offboard.ErrBehind
		}
	}
	defer func() { leave() }()
	if refusal != nil {
		switch {
		case s.does == "raises the revision of who is behind":
			run.Revision++
		case s.does == "keeps the entries of who is behind" && errors.Is(refusal, offboard.ErrBehind),
			s.does == "keeps the entries of who lost the lease" && errors.Is(refusal, offboard.ErrLeaseLost):
			s.entries[run.ID] = append(s.entries[run.ID], entries...)
		}
		return fmt.Errorf("customer %s: %w", run.Customer, refusal)
	}
	next := copied(run)
	if next.Revision++; s.does == "ignores the revision" || s.does == "compares before it locks" {
		next.Revision = s.stored(run.Customer) + 1
	}
	if s.does == "raises the revision before it is interrupted" {
		run.Revision++
		time.Sleep(100 * time.Microsecond)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		run.Revision--
	}
	if err := s.spoil(next); err != nil {
		return err
	}
	pause := func() error {
		leave()
		s.mu.Lock()
		time.Sleep(time.Millisecond)
		s.mu.Unlock()
		leave, _ = s.enter(context.WithoutCancel(ctx), "")
		return ctx.Err()
	}
	id := run.ID
	if s.does == "has one trail for all" {
		id = "all"
	}
	if s.does == "saves entries before the run" {
		s.entries[id] = append(s.entries[id], entries...)
		if err := pause(); err != nil {
			return err
		}
		entries = nil
	}
	s.runs[run.Customer] = next
	if s.does == "saves entries after the run" {
		if err := pause(); err != nil {
			return err
		}
	}
	if s.does == "changes an entry" && len(entries) > 0 {
		entries = slices.Clone(entries)
		entries[0].At = entries[0].At.Round(time.Millisecond)
	}
	s.entries[id] = append(s.entries[id], entries...)
	if s.does != "leaves the revision alone" {
		run.Revision = next.Revision
	}
	return nil
}

// stored is the revision of a customer's run.
func (s *brokenRuns) stored(customer customers.TenantID) int64 {
	if old, ok := s.runs[customer]; ok {
		return old.Revision
	}
	return 0
}

// refusal says whether a run may be saved.
func (s *brokenRuns) refusal(run *offboard.Run) error {
	fence := s.leases[run.Customer].fence
	lost := run.Fence != fence
	switch s.does {
	case "ignores fences":
		lost = false
	case "takes no fence for the newest":
		lost = lost && run.Fence != 0
	case "takes fences to come":
		lost = run.Fence < fence
	case "refuses saves after the lease":
		lost = lost || fence > 0 && !time.Now().Before(s.leases[run.Customer].until)
	}
	old, exists := s.runs[run.Customer]
	behind := s.stored(run.Customer) != run.Revision && s.does != "ignores the revision"
	switch {
	case !exists && s.does == "takes any revision for a new run":
		behind = false
	case exists && old.ID != run.ID && s.does == "refuses the next run":
		behind = true
	}
	switch {
	case lost && s.does == "looks at the fence first":
		return offboard.ErrLeaseLost
	case behind:
		return offboard.ErrBehind
	case lost:
		return offboard.ErrLeaseLost
	}
	return nil
}

// spoil changes a run on its way into the store.
func (s *brokenRuns) spoil(next *offboard.Run) error {
	size := 0
	for _, note := range next.Notes {
		size += len(note)
	}
	switch s.does {
	case "rounds times":
		next.DueAt = next.DueAt.Round(time.Microsecond)
	case "forgets a field":
		next.StandsSince = time.Time{}
	case "keeps fields of the old form":
		if old, ok := s.runs[next.Customer]; ok && next.Company == "" {
			next.Company = old.Company
		}
	case "refuses large records":
		if size > 64<<10 {
			return errors.New("too large")
		}
	case "cuts large records":
		if size > 64<<10 {
			next.Notes[0] = next.Notes[0][:64<<10]
		}
	case "drops earlier trails":
		if old, ok := s.runs[next.Customer]; ok && old.ID != next.ID {
			delete(s.entries, old.ID)
		}
	}
	return nil
}

// slot is where a customer's lease is.
func (s *brokenRuns) slot(customer customers.TenantID) customers.TenantID {
	if s.does == "has one lease for all" {
		return "all"
	}
	return customer
}

func (s *brokenRuns) Acquire(ctx context.Context, customer customers.TenantID, holder string, ttl time.Duration) (offboard.Lease, error) {
	leave, err := s.enter(ctx, "leases after cancellation")
	if err != nil {
		return offboard.Lease{}, err
	}
	slot := s.slot(customer)
	newest, now := s.leases[slot], time.Now()
	if s.does == "leases before it locks" {
		leave()
		time.Sleep(5 * time.Millisecond)
		if leave, err = s.enter(ctx, ""); err != nil {
			return offboard.Lease{}, err
		}
	}
	defer leave()
	holds, runs := newest.holder == holder, now.Before(newest.until)
	until := now.Add(ttl)
	switch s.does {
	case "counts in seconds":
		until = now.Add(ttl / 60)
	case "lets no lease end":
		until = now.Add(ttl + time.Hour)
	case "does not prolong":
		if holds && runs {
			until = newest.until
		}
	}
	switch {
	case runs && holds && s.does == "prolongs with a new fence":
		newest.fence++
	case runs && holds && s.does != "refuses the holder":
	case runs && s.does == "has an error of its own for a lease":
		return offboard.Lease{}, offboard.ErrLeased
	case runs && s.does == "does not say until when":
		return offboard.Lease{}, &offboard.LeasedError{Customer: customer}
	case runs && s.does != "gives a lease to anybody":
		return offboard.Lease{}, &offboard.LeasedError{Customer: customer, Until: newest.until}
	case holds && s.does == "keeps the fence of a holder whose lease ended" && newest.fence > 0 && !newest.until.IsZero():
	case s.does == "keeps the fence after a release" && newest.until.IsZero() && newest.fence > 0:
	case s.does == "starts with fence 0" && newest.holder == "":
	default:
		newest.fence++
	}
	newest.holder, newest.until = holder, until
	s.leases[slot] = newest
	return offboard.Lease{Customer: customer, Holder: holder, Fence: newest.fence}, nil
}

func (s *brokenRuns) Release(ctx context.Context, lease offboard.Lease) error {
	leave, err := s.enter(ctx, "releases after cancellation")
	if err != nil {
		return err
	}
	defer leave()
	if s.does == "releases the leases of all" {
		for customer, other := range s.leases {
			other.until = time.Time{}
			s.leases[customer] = other
		}
	}
	newest, ok := s.leases[s.slot(lease.Customer)]
	holds := newest.holder == lease.Holder && newest.fence == lease.Fence
	switch s.does {
	case "does not release":
		return nil
	case "releases for anybody":
		holds = newest.fence == lease.Fence
	case "releases what another has by now":
		holds = true
	case "fails to release what is not held":
		if !holds {
			return errors.New("not held")
		}
	}
	if !ok || !holds {
		return nil
	}
	newest.until = time.Time{}
	s.leases[s.slot(lease.Customer)] = newest
	if s.does == "starts again after a release" {
		delete(s.leases, s.slot(lease.Customer))
	}
	return nil
}
