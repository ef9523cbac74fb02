package postgres_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"log"
	"os"
	"sync/atomic"
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/pgserver"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/postgres"
	"github.com/cspkit/cspkit/store/seal"
	"github.com/cspkit/cspkit/store/storetest"
)

// server is where all tests have their schemas.
var server *pgserver.Server

// TestMain starts the server of these tests, or makes this binary another
// process of one: see process_test.go.
func TestMain(m *testing.M) {
	if anotherProcess() {
		return
	}
	var err error
	if server, err = pgserver.Start(); err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	if err := server.Remove(); err != nil {
		log.Print(err)
		code = 1
	}
	os.Exit(code)
}

var schemas atomic.Int64

// schema returns the option for a schema that does not exist yet.
func schema() postgres.Option { return postgres.WithSchema(newSchema()) }

func newSchema() string { return fmt.Sprint("test", schemas.Add(1)) }

// open opens the store for one test.
func open(t testing.TB, opts ...postgres.Option) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), server.URL("postgres"), opts...)
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

// sealer returns a sealer whose first key has that id; the others open, too.
func sealer(t testing.TB, ids ...string) postgres.Option {
	t.Helper()
	var keys []seal.Key
	for _, id := range ids {
		keys = append(keys, seal.Key{ID: id, Secret: bytes.Repeat([]byte(id[:1]), 32)})
	}
	s, err := seal.NewAES(keys[0], keys[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return postgres.WithSealer(s)
}

// other connects past the package, as another program.
func other(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", server.URL("postgres"))
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
	storetest.Offboard(t, func(t *testing.T) offboard.Store { return open(t, schema()).Runs() })
}

func TestRunsOverOneConnection(t *testing.T) {
	storetest.Offboard(t, func(t *testing.T) offboard.Store { return open(t, schema(), postgres.WithMaxConns(1)).Runs() })
}

func TestRunsOfTwoProcesses(t *testing.T) {
	storetest.OffboardShared(t, func(t *testing.T) (one, other offboard.Store) {
		schema := schema()
		return open(t, schema).Runs(), open(t, schema).Runs()
	})
}

func TestAgreements(t *testing.T) {
	storetest.MCA(t, func(t *testing.T) mca.Store { return open(t, schema(), postgres.WithMaxConns(1)).Agreements() })
}

func TestAgreementsOfTwoProcesses(t *testing.T) {
	storetest.MCAShared(t, func(t *testing.T) (one, other mca.Store) {
		schema, sealed := schema(), sealer(t, "key")
		return open(t, schema, sealed).Agreements(), open(t, schema, sealed).Agreements()
	})
}

func TestTokens(t *testing.T) {
	storetest.Tokens(t, func(t *testing.T) auth.TokenStore { return open(t, schema(), postgres.WithMaxConns(1)).Tokens() })
}

func TestTokensOfTwoProcesses(t *testing.T) {
	storetest.TokensShared(t, func(t *testing.T) (one, other auth.TokenStore) {
		schema, sealed := schema(), sealer(t, "key")
		return open(t, schema, sealed).Tokens(), open(t, schema, sealed).Tokens()
	})
}

func TestDirectory(t *testing.T) {
	for _, column := range []string{"uuid", "text", "varchar(36)", "char(40)"} {
		t.Run(column, func(t *testing.T) {
			storetest.Directory(t, func(t *testing.T, holds ...customers.TenantID) offboard.Directory {
				name := newSchema()
				store, own := open(t, postgres.WithSchema(name)), other(t)
				do(t, own, fmt.Sprintf(`CREATE TABLE %s.customers (tenant %s PRIMARY KEY)`, name, column))
				for _, id := range holds {
					do(t, own, fmt.Sprintf(`INSERT INTO %s.customers VALUES (CAST(upper($1) AS %s))`, name, column), string(id))
				}
				d, err := store.Directory(t.Context(), name+".customers", "tenant")
				if err != nil {
					t.Fatal(err)
				}
				return d
			})
		})
	}
}
