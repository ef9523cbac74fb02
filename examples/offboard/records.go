package main

import (
	"context"
	"sync"

	"github.com/cspkit/cspkit/customers"
)

// records is an offboard.Directory: the demo partner's own list of customers,
// as a real partner has one in a database or a PSA. A run deletes the record
// when the relationship is gone, and not before.
type records struct {
	mu    sync.Mutex
	known map[customers.TenantID]bool
}

func newRecords(ids []customers.TenantID) *records {
	r := &records{known: map[customers.TenantID]bool{}}
	for _, id := range ids {
		r.known[id] = true
	}
	return r
}

func (r *records) Has(_ context.Context, id customers.TenantID) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[id], nil
}

// Delete may be called again for the same deletion: the id says which one.
func (r *records) Delete(_ context.Context, id customers.TenantID, _ string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, id)
	return nil
}
