package storetest_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/storetest"
)

func TestRunsInMemory(t *testing.T) {
	storetest.Offboard(t, func(*testing.T) offboard.Store { return new(offboard.MemoryStore) })
}

func TestAgreementsInMemory(t *testing.T) {
	storetest.MCA(t, func(*testing.T) mca.Store { return new(mca.MemoryStore) })
}

func TestTokensInMemory(t *testing.T) {
	storetest.Tokens(t, func(*testing.T) auth.TokenStore { return new(auth.MemoryTokenStore) })
}

func TestTokensInAFile(t *testing.T) {
	storetest.Tokens(t, func(t *testing.T) auth.TokenStore {
		return auth.NewFileTokenStore(filepath.Join(t.TempDir(), "tokens.json"))
	})
}

func TestDirectoryInMemory(t *testing.T) {
	storetest.Directory(t, newDirectory)
}

// directory is the least that a partner's own records can be.
type directory struct {
	mu      sync.Mutex
	records map[customers.TenantID]bool
}

func newDirectory(_ *testing.T, holds ...customers.TenantID) offboard.Directory {
	d := &directory{records: map[customers.TenantID]bool{}}
	for _, customer := range holds {
		d.records[customer] = true
	}
	return d
}

func (d *directory) Has(ctx context.Context, customer customers.TenantID) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.records[customer], ctx.Err()
}

func (d *directory) Delete(ctx context.Context, customer customers.TenantID, _ string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.records, customer)
	return nil
}
