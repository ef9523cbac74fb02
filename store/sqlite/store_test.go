package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/sqlite"
)

const (
	contoso  customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	fabrikam customers.TenantID = "45f5e5cd-6d2f-4a3a-b44c-9c2b8f1f5d3e"
)

// newRun returns a run that is due since long.
func newRun(customer customers.TenantID) *offboard.Run {
	return &offboard.Run{
		Version: 1, ID: "run-of-" + string(customer), Customer: customer, Phase: offboard.Planned, State: offboard.Running,
		DueAt: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	}
}

// saved returns a run of the customer that is in the store.
func saved(t testing.TB, store *sqlite.Store, customer customers.TenantID) *offboard.Run {
	t.Helper()
	run := newRun(customer)
	if err := store.Runs().Save(t.Context(), run, offboard.Entry{Run: run.ID, Seq: 1}); err != nil {
		t.Fatal(err)
	}
	return run
}

func TestANewFileIsItsOwnersOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has access lists instead of modes")
	}
	path := file(t)
	saved(t, open(t, path), contoso)
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %04o, want 0600", filepath.Base(name), mode)
		}
	}
}

func TestAnExistingFileKeepsItsModeAndTables(t *testing.T) {
	path := file(t)
	own := other(t, path)
	do(t, own, `CREATE TABLE runs (id TEXT)`)
	do(t, own, `INSERT INTO runs VALUES ('mine')`)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	saved(t, open(t, path), contoso)
	var n int
	if err := own.QueryRowContext(t.Context(), `SELECT count(*) FROM runs WHERE id = 'mine'`).Scan(&n); err != nil || n != 1 {
		t.Errorf("the table of somebody else has %d of its rows, %v", n, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 && runtime.GOOS != "windows" {
		t.Errorf("mode = %v, %v, want 0640 as before", info.Mode(), err)
	}
}

func TestPathsAreTakenLiterally(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a?mode=memory", "a#b", "a%20b", "a b", "a'b", "ä株", "a&_pragma=query_only(1)", "a;b"} {
		path := filepath.Join(dir, name)
		saved(t, open(t, path), contoso)
		if _, err := os.Stat(path); err != nil {
			t.Errorf("Open(%q) made another file: %v", path, err)
		}
	}
	t.Chdir(dir)
	saved(t, open(t, "relative.db"), contoso)
	if _, err := os.Stat(filepath.Join(dir, "relative.db")); err != nil {
		t.Errorf("Open of a relative path made another file: %v", err)
	}
}

func TestManyOpenANewFileAtOnce(t *testing.T) {
	for range 5 {
		path := file(t)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				store, err := sqlite.Open(t.Context(), path)
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
		if err := other(t, path).QueryRowContext(t.Context(), `SELECT count(*), max(version) FROM cspkit_schema`).Scan(&versions, &newest); err != nil || versions != newest {
			t.Errorf("the schema was brought to version %d in %d steps, %v", newest, versions, err)
		}
	}
}

func TestANewerFileIsRefusedAndLeftAlone(t *testing.T) {
	path := file(t)
	saved(t, open(t, path), contoso)
	own := other(t, path)
	do(t, own, `INSERT INTO cspkit_schema VALUES (1000)`)
	_, err := sqlite.Open(t.Context(), path)
	if !errors.Is(err, sqlite.ErrNewer) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "update cspkit") {
		t.Errorf("Open = %v, want ErrNewer with the path and what to do", err)
	}
	do(t, own, `DELETE FROM cspkit_schema WHERE version = 1000`)
	if _, err := open(t, path).Runs().Load(t.Context(), contoso); err != nil {
		t.Errorf("Load after the refusal: %v", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, opt := range map[string]sqlite.Option{"no sealer": sqlite.WithSealer(nil), "no timeout": sqlite.WithBusyTimeout(0)} {
		path := file(t)
		if store, err := sqlite.Open(t.Context(), path, opt); err == nil {
			t.Errorf("%s: Open succeeds", name)
			_ = store.Close()
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: the file was made", name)
		}
	}
	for _, path := range []string{"", ":memory:", "file:x?mode=memory"} {
		if _, err := sqlite.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "not the path of a file") {
			t.Errorf("Open(%q) = %v, want an error about the path", path, err)
		}
	}
}

func TestWhatWasSavedIsThereAfterReopening(t *testing.T) {
	path := file(t)
	first, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	saved(t, first, contoso)
	if _, err := first.Runs().Acquire(t.Context(), contoso, "first", time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := first.Tokens().SaveToken(t.Context(), "key", auth.RefreshToken{Token: "token"}); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, path)
	if run, err := second.Runs().Load(t.Context(), contoso); err != nil || run.Revision != 1 {
		t.Errorf("Load = %+v, %v, want the run", run, err)
	}
	if _, err := second.Runs().Acquire(t.Context(), contoso, "second", time.Hour); !errors.Is(err, offboard.ErrLeased) {
		t.Errorf("Acquire = %v, want ErrLeased: a lease outlives its process", err)
	}
	if token, err := second.Tokens().LoadToken(t.Context(), "key"); err != nil || token.Token != "token" {
		t.Errorf("LoadToken: error = %v, want the token", err)
	}
}

func TestACommitIsOnTheDiskBeforeItReturns(t *testing.T) {
	store := open(t, file(t))
	for statement, want := range map[string]string{
		`PRAGMA synchronous`: "2", `PRAGMA journal_mode`: "wal", `PRAGMA foreign_keys`: "1", // 2 is FULL
	} {
		if err := store.Setting(t.Context(), statement, want); err != nil {
			t.Error(err)
		}
	}
}
