package customstore_test

import (
	"path/filepath"
	"testing"

	"github.com/cspkit/cspkit/examples/customstore"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/storetest"
)

// This is all that it takes to hold a store of your own to its promises.

func TestStore(t *testing.T) {
	storetest.Offboard(t, func(t *testing.T) offboard.Store { return open(t, folder(t)) })
}

// Two processes have two handles of one folder.
func TestStoreOfSeveralProcesses(t *testing.T) {
	storetest.OffboardShared(t, func(t *testing.T) (one, other offboard.Store) {
		dir := folder(t)
		return open(t, dir), open(t, dir)
	})
}

// folder returns the path of a store that is not there yet.
func folder(t *testing.T) string { return filepath.Join(t.TempDir(), "runs") }

func open(t *testing.T, dir string) *customstore.Store {
	t.Helper()
	store, err := customstore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}
