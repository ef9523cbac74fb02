package mca

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/listing"
)

var (
	// ErrNoRecord: the store knows of no attestation of the customer. Call
	// [Desk.Start] if one is wanted, or open the store that has it.
	ErrNoRecord = errors.New("no attestation of this customer is recorded")
	// ErrBehind: somebody else has saved the record since it was loaded. Call
	// again: it is loaded anew.
	ErrBehind = errors.New("another process has gone on with this customer")
)

// A Store keeps the records of a [Desk], for many goroutines. A store for
// several processes keeps its promises between them, too.
//
// A record holds acceptance links, with which anybody can accept for the
// customer, and the name, e-mail address and phone number of the signatory. A
// store protects them, and puts them into no error and no log.
type Store interface {
	// Load returns the record of a customer, or ErrNoRecord. The caller may
	// change what it gets.
	Load(ctx context.Context, customer customers.TenantID) (*Record, error)
	// Save writes the record whole or not at all, and raises record.Revision by
	// one. If that is not the stored revision (zero where the customer has no
	// record), it returns ErrBehind and changes nothing.
	Save(ctx context.Context, record *Record) error
	// Due yields the records whose DueAt is set and not after now, the earliest
	// first. The store can be used while it is ranged over, and a record that is
	// saved meanwhile does not come again. An error is the last item.
	Due(ctx context.Context, now time.Time) iter.Seq2[*Record, error]
	// ByState yields the records that were in one of the states at the last look, or every
	// one if no state is named, by customer id. What holds for Due while it is
	// ranged holds here.
	ByState(ctx context.Context, states ...State) iter.Seq2[*Record, error]

	// Remember notes that a customer is compliant.
	Remember(ctx context.Context, customer customers.TenantID) error
	// Compliant returns those of the customers that are remembered as compliant.
	Compliant(ctx context.Context, ids []customers.TenantID) ([]customers.TenantID, error)
}

// MemoryStore is a [Store] that lasts as long as its process. The zero value
// is ready.
type MemoryStore struct {
	mu        sync.Mutex
	records   map[customers.TenantID]*[]byte // encoded: nothing is shared with callers; a pointer, so that fmt shows none
	compliant map[compact]struct{}
}

// compact is a tenant id in the room of its bits: there may be a hundred
// thousand.
type compact [16]byte

func compactly(id customers.TenantID) (c compact, ok bool) {
	n, err := hex.Decode(c[:], []byte(strings.ReplaceAll(string(id), "-", "")))
	return c, err == nil && n == len(c)
}

var _ Store = (*MemoryStore)(nil)

// Load implements [Store].
func (s *MemoryStore) Load(ctx context.Context, customer customers.TenantID) (*Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.load(customer)
}

func (s *MemoryStore) load(customer customers.TenantID) (*Record, error) {
	text, ok := s.records[customer]
	if !ok {
		return nil, fmt.Errorf("customer %s: %w", customer, ErrNoRecord)
	}
	return DecodeRecord(*text)
}

// Save implements [Store].
func (s *MemoryStore) Save(ctx context.Context, record *Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var stored int64
	if old, err := s.load(record.Customer); err == nil {
		stored = old.Revision
	} else if !errors.Is(err, ErrNoRecord) {
		return err
	}
	if stored != record.Revision {
		return fmt.Errorf("customer %s: %w", record.Customer, ErrBehind)
	}
	next := *record
	next.Revision++
	text, err := next.Encode()
	if err != nil {
		return fmt.Errorf("the record of customer %s: %w", record.Customer, err)
	}
	if s.records == nil {
		s.records = map[customers.TenantID]*[]byte{}
	}
	s.records[record.Customer] = &text
	record.Revision = next.Revision
	return nil
}

// ByState implements [Store].
func (s *MemoryStore) ByState(ctx context.Context, states ...State) iter.Seq2[*Record, error] {
	return listing.Each(ctx, s.customers, s.Load, func(r *Record) bool {
		return len(states) == 0 || slices.Contains(states, r.State)
	})
}

// Due implements [Store].
func (s *MemoryStore) Due(ctx context.Context, now time.Time) iter.Seq2[*Record, error] {
	due := listing.Each(ctx, s.customers, s.Load, func(r *Record) bool { return !r.DueAt.IsZero() && !r.DueAt.After(now) })
	return listing.Sorted(ctx, due, func(a, b *Record) int { return a.DueAt.Compare(b.DueAt) })
}

// customers are those of whom something is kept.
func (s *MemoryStore) customers() []customers.TenantID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.records))
}

// Remember implements [Store].
func (s *MemoryStore) Remember(ctx context.Context, customer customers.TenantID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	id, ok := compactly(customer)
	if !ok {
		return fmt.Errorf("%w", customers.ErrTenantID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.compliant == nil {
		s.compliant = map[compact]struct{}{}
	}
	s.compliant[id] = struct{}{}
	return nil
}

// Compliant implements [Store].
func (s *MemoryStore) Compliant(ctx context.Context, ids []customers.TenantID) ([]customers.TenantID, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var known []customers.TenantID
	for _, id := range ids {
		c, ok := compactly(id)
		if _, is := s.compliant[c]; ok && is {
			known = append(known, id)
		}
	}
	return known, nil
}

// Format implements [fmt.Formatter]: fmt would print the links otherwise.
func (s *MemoryStore) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }
