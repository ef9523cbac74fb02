package sqlite_test

import (
	"bytes"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/seal"
	"github.com/cspkit/cspkit/store/sqlite"
	"github.com/cspkit/cspkit/store/storetest"
)

// open opens the file at path for one test.
func open(t testing.TB, path string, opts ...sqlite.Option) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return store
}

// file returns the path of a file that does not exist yet.
func file(t testing.TB) string { return filepath.Join(t.TempDir(), "cspkit.db") }

// sealer returns a sealer whose first key has that id; the others open, too.
func sealer(t testing.TB, ids ...string) sqlite.Option {
	t.Helper()
	var keys []seal.Key
	for _, id := range ids {
		keys = append(keys, seal.Key{ID: id, Secret: bytes.Repeat([]byte(id[:1]), 32)})
	}
	s, err := seal.NewAES(keys[0], keys[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return sqlite.WithSealer(s)
}

// other opens the file past the package, as another program.
func other(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func do(t testing.TB, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestRuns(t *testing.T) {
	storetest.Offboard(t, func(t *testing.T) offboard.Store { return open(t, file(t)).Runs() })
}

func TestRunsOfTwoProcesses(t *testing.T) {
	storetest.OffboardShared(t, func(t *testing.T) (one, other offboard.Store) {
		path := file(t)
		return open(t, path).Runs(), open(t, path).Runs()
	})
}

func TestAgreements(t *testing.T) {
	storetest.MCA(t, func(t *testing.T) mca.Store { return open(t, file(t)).Agreements() })
}

func TestAgreementsOfTwoProcesses(t *testing.T) {
	storetest.MCAShared(t, func(t *testing.T) (one, other mca.Store) {
		path, sealed := file(t), sealer(t, "key")
		return open(t, path, sealed).Agreements(), open(t, path, sealed).Agreements()
	})
}

func TestTokens(t *testing.T) {
	storetest.Tokens(t, func(t *testing.T) auth.TokenStore { return open(t, file(t)).Tokens() })
}

func TestTokensOfTwoProcesses(t *testing.T) {
	storetest.TokensShared(t, func(t *testing.T) (one, other auth.TokenStore) {
		path, sealed := file(t), sealer(t, "key")
		return open(t, path, sealed).Tokens(), open(t, path, sealed).Tokens()
	})
}

func TestDirectory(t *testing.T) {
	storetest.Directory(t, func(t *testing.T, holds ...customers.TenantID) offboard.Directory {
		path := file(t)
		store, own := open(t, path), other(t, path)
		do(t, own, `CREATE TABLE customers (tenant TEXT PRIMARY KEY)`)
		for _, id := range holds {
			do(t, own, `INSERT INTO customers VALUES (upper($1))`, string(id))
		}
		d, err := store.Directory(t.Context(), "customers", "tenant")
		if err != nil {
			t.Fatal(err)
		}
		return d
	})
}
