package customstore

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

// leaseFile is the content of a customer's lease.json: the newest lease. It
// stays when the lease has ended, for the fencing number.
type leaseFile struct {
	Holder string    `json:"holder"`
	Fence  int64     `json:"fence"`
	Until  time.Time `json:"until,omitzero"` // by this machine's clock; zero: given back
}

// lease returns the newest lease of a customer; its zero value if there never
// was one.
func (s *Store) lease(folder string) (leaseFile, error) {
	var l leaseFile
	switch err := s.read(folder, "lease.json", &l); {
	case errors.Is(err, fs.ErrNotExist):
		return leaseFile{}, nil
	case err != nil:
		return leaseFile{}, err
	case l.Fence < 1:
		return leaseFile{}, s.damaged(folder, "lease.json")
	}
	return l, nil
}

// Acquire implements [offboard.Store].
func (s *Store) Acquire(ctx context.Context, customer customers.TenantID, holder string, ttl time.Duration) (offboard.Lease, error) {
	folder := name(string(customer))
	unlock, err := s.lock(ctx, folder)
	if err != nil {
		return offboard.Lease{}, err
	}
	defer unlock()
	l, err := s.lease(folder)
	if err != nil {
		return offboard.Lease{}, err
	}
	now := time.Now().UTC()
	switch held := now.Before(l.Until); {
	case held && l.Holder != holder:
		return offboard.Lease{}, &offboard.LeasedError{Customer: customer, Until: l.Until}
	case !held: // a new one, also for who had the last
		l.Holder = holder
		l.Fence++
	}
	l.Until = now.Add(ttl)
	if err := s.replace(folder, "lease.json", l); err != nil {
		return offboard.Lease{}, err
	}
	return offboard.Lease{Customer: customer, Holder: holder, Fence: l.Fence}, nil
}

// Release implements [offboard.Store].
func (s *Store) Release(ctx context.Context, lease offboard.Lease) error {
	folder := name(string(lease.Customer))
	unlock, err := s.lock(ctx, folder)
	if err != nil {
		return err
	}
	defer unlock()
	l, err := s.lease(folder)
	if err != nil || l.Holder != lease.Holder || l.Fence != lease.Fence {
		return err
	}
	l.Until = time.Time{}
	return s.replace(folder, "lease.json", l)
}
