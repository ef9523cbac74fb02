package storetest_test

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
		time.Sleep(100 * time.Microsecond)
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
		time.Sleep(time.Millisecond)
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

// due says whether a run is listed.
func (s *brokenRuns) due(run *offboard.Run, now time.Time) bool {
	finished, later := run.Finished(), run.DueAt.After(now)
	switch s.does {
	case "lists finished runs":
		finished = run.Phase == offboard.Abandoned
	case "lists abandoned runs":
		finished = run.Phase == offboard.PhaseDone
	case "lists no blocked runs":
		finished = finished || run.State == offboard.Blocked
	case "lists no undated runs":
		later = later || run.DueAt.IsZero()
	case "lists what is due later":
		later = false
	case "leaves out what is due at this moment":
		later = !run.DueAt.Before(now)
	}
	return !finished && !later
}

// order compares two runs in a list.
func (s *brokenRuns) order(a, b *offboard.Run) int {
	switch s.does {
	case "lists by customer":
		return 0
	case "lists by what clocks show":
		const clock = "2006-01-02T15:04:05.000000000"
		if a.DueAt.Format(clock) < b.DueAt.Format(clock) {
			return -1
		}
		return 1
	case "lists by nanoseconds that overflow":
		return int(max(-1, min(1, a.DueAt.UnixNano()/2-b.DueAt.UnixNano()/2)))
	case "lists the latest first":
		return b.DueAt.Compare(a.DueAt)
	}
	return a.DueAt.Compare(b.DueAt)
}

func (s *brokenRuns) Due(ctx context.Context, now time.Time) iter.Seq2[*offboard.Run, error] {
	return func(yield func(*offboard.Run, error) bool) {
		leave, err := s.enter(ctx, "lists after cancellation")
		if err != nil {
			if s.does != "ends a list without an error" {
				yield(nil, err)
			}
			return
		}
		var due []*offboard.Run
		for _, customer := range slices.Sorted(maps.Keys(s.runs)) {
			if run := s.runs[customer]; s.due(run, now) {
				if s.does != "shares what is due" {
					run = copied(run)
				}
				due = append(due, run)
			}
		}
		slices.SortStableFunc(due, s.order)
		if s.does == "is locked while it lists" {
			defer leave()
		} else {
			leave()
		}
		for i := 0; i < len(due); i++ { // the list may grow
			run, was := due[i], due[i].DueAt
			if !yield(run, nil) {
				return
			}
			if moved, err := s.Load(ctx, run.Customer); s.does == "lists what moves again" && err == nil && moved.DueAt.After(was) {
				due = append(due, moved)
			}
		}
	}
}

func (s *brokenRuns) Audit(ctx context.Context, runID string) iter.Seq2[offboard.Entry, error] {
	return func(yield func(offboard.Entry, error) bool) {
		leave, err := s.enter(ctx, "shows a trail after cancellation")
		if err != nil {
			yield(offboard.Entry{}, err)
			return
		}
		id := runID
		if s.does == "has one trail for all" {
			id = "all"
		}
		entries := slices.Clone(s.entries[id])
		switch s.does {
		case "shows a trail backwards":
			slices.Reverse(entries)
		case "shows a page of a trail":
			entries = entries[:min(100, len(entries))]
		case "shows a trail once":
			if len(entries) > 300 && s.shown {
				entries = nil
			}
			s.shown = len(entries) > 300
		}
		if s.does == "is locked while it shows a trail" {
			defer leave()
		} else {
			leave()
		}
		for _, e := range entries {
			if !yield(e, nil) {
				if s.does == "stays locked after a loop that was left" {
					_, _ = s.enter(ctx, "")
				}
				return
			}
		}
	}
}
