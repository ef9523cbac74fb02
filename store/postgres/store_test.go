package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/postgres"
	"github.com/cspkit/cspkit/store/seal"
	"github.com/cspkit/cspkit/store/storetest"
)

func TestManyOpenANewSchemaAtOnce(t *testing.T) {
	for range 3 {
		name := newSchema()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				store, err := postgres.Open(t.Context(), server.URL("postgres"), postgres.WithSchema(name))
				if err != nil {
					t.Errorf("Open: %v", err)
					return
				}
				defer store.Close()
				if _, err := store.Runs().Load(t.Context(), contoso); !errors.Is(err, offboard.ErrNoRun) {
					t.Errorf("Load: %v, want ErrNoRun", err)
				}
			})
		}
		wg.Wait()
		var versions, newest int
		query := fmt.Sprintf(`SELECT count(*), max(version) FROM %s.schema`, name)
		if err := other(t).QueryRowContext(t.Context(), query).Scan(&versions, &newest); err != nil || versions != newest {
			t.Errorf("the schema was brought to version %d in %d steps, %v", newest, versions, err)
		}
	}
}

func TestANewerSchemaIsRefusedAndLeftAlone(t *testing.T) {
	name := newSchema()
	saved(t, open(t, postgres.WithSchema(name)), contoso)
	own := other(t)
	do(t, own, fmt.Sprintf(`INSERT INTO %s.schema VALUES (1000)`, name))
	_, err := postgres.Open(t.Context(), server.URL("postgres"), postgres.WithSchema(name))
	if !errors.Is(err, postgres.ErrNewer) {
		t.Errorf("Open = %v, want ErrNewer", err)
	}
	explained(t, "Open", err, "/postgres", "update cspkit")
	do(t, own, fmt.Sprintf(`DELETE FROM %s.schema WHERE version = 1000`, name))
	if _, err := open(t, postgres.WithSchema(name)).Runs().Load(t.Context(), contoso); err != nil {
		t.Errorf("Load after the refusal: %v", err)
	}
}

func TestSchemasAreTakenLiterallyAndKnowNothingOfEachOther(t *testing.T) {
	for _, name := range []string{"Upper", "two words", `a"b`, "a'b", "a;b", "ä", "a.b", `"; DROP SCHEMA public; --`} {
		store := open(t, postgres.WithSchema(name))
		if _, err := store.Runs().Load(t.Context(), contoso); !errors.Is(err, offboard.ErrNoRun) {
			t.Errorf("schema %q: Load = %v, want ErrNoRun", name, err)
		}
		saved(t, store, contoso)
		again := open(t, postgres.WithSchema(name))
		if run, err := again.Runs().Load(t.Context(), contoso); err != nil || run.Revision != 1 {
			t.Errorf("schema %q: Load = %+v, %v, want the run", name, run, err)
		}
	}
	for _, opt := range []postgres.Option{
		postgres.WithSchema(""), postgres.WithSchema(strings.Repeat("x", 64)), postgres.WithSchema("a\x00"), postgres.WithSchema("@a"),
		postgres.WithMaxConns(0), postgres.WithSealer(nil),
	} {
		if store, err := postgres.Open(t.Context(), server.URL("postgres"), opt); err == nil {
			t.Error("Open succeeds with an option that is not valid")
			_ = store.Close()
		}
	}
}

func TestAUserNeedsNoMoreThanTheTables(t *testing.T) {
	name := newSchema()
	saved(t, open(t, postgres.WithSchema(name)), contoso)
	own := other(t)
	do(t, own, `CREATE ROLE worker LOGIN PASSWORD 'worker-5e1d'`)
	do(t, own, fmt.Sprintf(`GRANT USAGE ON SCHEMA %s TO worker`, name))
	do(t, own, fmt.Sprintf(`GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA %s TO worker`, name))
	url := strings.Replace(server.URL("postgres"), "postgres@", "worker:worker-5e1d@", 1)

	store, err := postgres.Open(t.Context(), url, postgres.WithSchema(name))
	if err != nil {
		t.Fatalf("Open as a user who may only use the tables: %v", err)
	}
	defer store.Close()
	saved(t, store, fabrikam)
	_, err = postgres.Open(t.Context(), url, postgres.WithSchema(newSchema()))
	explained(t, "Open as a user who may not create a schema", err, "/postgres", "lacks a privilege")
}

func TestSettingsOfTheConnectionStringCount(t *testing.T) {
	name := newSchema()
	run := saved(t, open(t, postgres.WithSchema(name)), contoso)
	store, err := postgres.Open(t.Context(), server.URL("postgres")+"&lock_timeout=50ms", postgres.WithSchema(name))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	tx, err := other(t).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), fmt.Sprintf(`SELECT 1 FROM %s.runs FOR UPDATE`, name)); err != nil {
		t.Fatal(err)
	}
	explained(t, "Save of a locked run", store.Runs().Save(t.Context(), run), "/postgres", "kept a lock")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := store.Runs().Save(t.Context(), run); err != nil {
		t.Errorf("Save after the lock: %v", err)
	}
	var names []string
	rows, err := other(t).QueryContext(t.Context(), `SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name = 'cspkit'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil || len(names) != 1 {
		t.Errorf("the server knows connections of %q, %v, want cspkit", names, err)
	}
}

func TestADatabaseWithAnotherIsolationLevelKeepsThePromises(t *testing.T) {
	own := other(t)
	do(t, own, `CREATE DATABASE strict`)
	do(t, own, `ALTER DATABASE strict SET default_transaction_isolation = 'serializable'`)
	storetest.Offboard(t, func(t *testing.T) offboard.Store {
		store, err := postgres.Open(t.Context(), server.URL("strict"), schema())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		return store.Runs()
	})
}

func TestWhoGivesUpDoesNotWaitForAConnection(t *testing.T) {
	name := newSchema()
	store := open(t, postgres.WithSchema(name), postgres.WithMaxConns(1))
	run := saved(t, store, contoso)
	tx, err := other(t).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), fmt.Sprintf(`SELECT 1 FROM %s.runs FOR UPDATE`, name)); err != nil {
		t.Fatal(err)
	}
	first, second := *run, *run
	blocked := make(chan error, 1)
	go func() { blocked <- store.Runs().Save(context.WithoutCancel(t.Context()), &first) }()
	for other := other(t); ; { // until the only connection waits for the lock
		var waiting int
		if err := other.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cspkit' AND wait_event_type = 'Lock'`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		if waiting > 0 {
			break
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if err := store.Runs().Save(ctx, &second); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 5*time.Second {
		t.Errorf("Save = %v after %s, want DeadlineExceeded at once", err, time.Since(begun))
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-blocked; err != nil {
		t.Errorf("Save that could wait = %v", err)
	}
}

func TestAnEncodingThatCannotHoldEveryNameIsRefused(t *testing.T) {
	do(t, other(t), `CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
	_, err := postgres.Open(t.Context(), server.URL("latin"))
	explained(t, "Open", err, "/latin", "UTF8")
}

func TestSealedSecretsAreNotInTheTables(t *testing.T) {
	const link, refresh = "https://example.com/accept?secret=b7c1f7a2", "refresh-0c3f9d"
	name := newSchema()
	schema := postgres.WithSchema(name)
	fill := func(store *postgres.Store, revision int64) {
		t.Helper()
		record := &mca.Record{Version: 1, Customer: contoso, Revision: revision, Attestations: []mca.Issued{{RequestID: "1", ID: "a", Link: link}}}
		if err := store.Agreements().Save(t.Context(), record); err != nil {
			t.Fatal(err)
		}
		if err := store.Tokens().SaveToken(t.Context(), "key", auth.RefreshToken{Token: refresh}); err != nil {
			t.Fatal(err)
		}
	}
	readable := func(store *postgres.Store, want error) {
		t.Helper()
		record, err := store.Agreements().Load(t.Context(), contoso)
		if !errors.Is(err, want) || err == nil && record.Attestations[0].Link != link {
			t.Errorf("Load: error = %v, want %v", err, want)
		}
		token, err := store.Tokens().LoadToken(t.Context(), "key")
		if !errors.Is(err, want) || err == nil && token.Token != refresh {
			t.Errorf("LoadToken: error = %v, want %v", err, want)
		}
	}
	inTables := func() int {
		t.Helper()
		var n int
		query := fmt.Sprintf(`SELECT count(*) FROM (SELECT body FROM %[1]s.agreements UNION ALL SELECT body FROM %[1]s.tokens) AS secret
			WHERE position(convert_to($1, 'UTF8') IN body) > 0 OR position(convert_to($2, 'UTF8') IN body) > 0`, name)
		if err := other(t).QueryRowContext(t.Context(), query, link, refresh).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	plain, sealed := open(t, schema), open(t, schema, sealer(t, "old"))
	fill(plain, 0)
	if n := inTables(); n != 2 {
		t.Errorf("%d secrets are found where nothing is sealed: this test cannot see them", n)
	}
	readable(sealed, postgres.ErrNotSealed)
	if n, err := sealed.Reseal(t.Context()); n != 2 || err != nil {
		t.Errorf("Reseal = %d, %v, want 2 records", n, err)
	}
	readable(sealed, nil)
	readable(plain, postgres.ErrSealed)
	readable(open(t, schema, sealer(t, "new")), seal.ErrNoKey)
	fill(sealed, 1)
	if n := inTables(); n != 0 {
		t.Errorf("%d secrets are found in sealed tables", n)
	}
}

func TestADirectoryTakesNamesLiterally(t *testing.T) {
	store, own := open(t, schema()), other(t)
	for i, name := range []string{"Customers", "select", "two words", `a"b`, "a;b", `" OR 1=1 --`} {
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		do(t, own, `CREATE TABLE `+quoted+` (`+quoted+` uuid, note text)`)
		do(t, own, `INSERT INTO `+quoted+` VALUES ($1, 'first'), ($1, 'twice'), ($2, 'other'), (NULL, 'nobody')`, string(contoso), string(fabrikam))
		table := name
		if i%2 == 0 {
			table = "public." + name
		}
		d, err := store.Directory(t.Context(), table, name)
		if err != nil {
			t.Errorf("Directory(%q): %v", name, err)
			continue
		}
		if err := d.Delete(t.Context(), contoso, "request"); err != nil {
			t.Errorf("%q: Delete: %v", name, err)
		}
		gone, err := d.Has(t.Context(), contoso)
		stays, err2 := d.Has(t.Context(), fabrikam)
		if gone || !stays || err != nil || err2 != nil {
			t.Errorf("%q: after the deletion Has = %t, %v, of another customer %t, %v", name, gone, err, stays, err2)
		}
	}
	for _, tt := range []struct{ table, column, want string }{
		{"missing", "tenant", "no such table or column"},
		{"Customers", "missing", "no such table or column"},
		{"customers", "Customers", "no such table or column"}, // letter case counts in names
		{"missing.customers", "tenant", "no such table or column"},
		{"", "tenant", "not a name"},
	} {
		_, err := store.Directory(t.Context(), tt.table, tt.column)
		explained(t, "Directory("+tt.table+", "+tt.column+")", err, "/postgres", tt.want)
	}
	do(t, own, `CREATE TABLE owners (tenant text PRIMARY KEY)`)
	do(t, own, `CREATE TABLE invoices (tenant text REFERENCES owners)`)
	do(t, own, `INSERT INTO owners VALUES ($1)`, string(contoso))
	do(t, own, `INSERT INTO invoices VALUES ($1)`, string(contoso))
	d, err := store.Directory(t.Context(), "owners", "tenant")
	if err != nil {
		t.Fatal(err)
	}
	explained(t, "Delete", d.Delete(t.Context(), contoso, "request"), "/postgres", "a foreign key refuses it")
}

func TestListsHoldNoConnection(t *testing.T) {
	store := open(t, schema(), postgres.WithMaxConns(1))
	saved(t, store, contoso)
	saved(t, store, fabrikam)
	for run, err := range store.Runs().Due(t.Context(), time.Now().AddDate(100, 0, 0)) {
		if err != nil {
			t.Fatal(err)
		}
		for e, err := range store.Runs().Audit(t.Context(), run.ID) {
			if err != nil {
				t.Fatal(err)
			}
			run.Entries = e.Seq + 1
			if err := store.Runs().Save(t.Context(), run, offboard.Entry{Run: run.ID, Seq: run.Entries}); err != nil {
				t.Fatalf("Save while two lists are read, over one connection: %v", err)
			}
			break
		}
	}
}
