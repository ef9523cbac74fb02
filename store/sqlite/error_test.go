package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/sqlite"
)

// explained checks that an error names the file and says what is wrong.
func explained(t *testing.T, call string, err error, path, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error = %v, want one with %q and the path", call, err, want)
	}
}

func TestWhatIsNoDatabaseIsLeftAlone(t *testing.T) {
	path := file(t)
	content := strings.Repeat("not a database ", 1000)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := sqlite.Open(t.Context(), path)
	explained(t, "Open", err, path, "not a SQLite database")
	if got, err := os.ReadFile(path); err != nil || string(got) != content {
		t.Errorf("the file was changed, %v", err)
	}
}

func TestADamagedFileIsReported(t *testing.T) {
	path := file(t)
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	saved(t, store, contoso)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(content); i++ { // all but the first page
		content[i] = 0xff
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	store, err = sqlite.Open(t.Context(), path)
	if err == nil {
		defer store.Close()
		_, err = store.Runs().Load(t.Context(), contoso)
	}
	explained(t, "Open and Load", err, path, "damaged: restore it from a backup")
}

func TestAFolderMustExistAndBeAFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "cspkit.db")
	_, err := sqlite.Open(t.Context(), path)
	explained(t, "Open in a missing folder", err, path, "no such file or directory")
	path = t.TempDir()
	_, err = sqlite.Open(t.Context(), path)
	explained(t, "Open of a folder", err, path, "cannot be opened")
}

func TestALockedFileIsWaitedForAndReported(t *testing.T) {
	path := file(t)
	store := open(t, path, sqlite.WithBusyTimeout(50*time.Millisecond))
	run := saved(t, store, contoso)
	own := other(t, path)
	own.SetMaxOpenConns(1)
	do(t, own, `BEGIN IMMEDIATE`)
	explained(t, "Save", store.Runs().Save(t.Context(), run), path, "another process kept it locked")
	if run.Revision != 1 {
		t.Errorf("revision = %d after a failed save, want 1", run.Revision)
	}
	if _, err := store.Runs().Load(t.Context(), contoso); err != nil {
		t.Errorf("Load while another process writes: %v", err)
	}
	do(t, own, `COMMIT`)
	if err := store.Runs().Save(t.Context(), run); err != nil {
		t.Errorf("Save after the lock: %v", err)
	}
}

func TestWritersOfOneProcessWaitNoLongerThanTheirContext(t *testing.T) {
	path := file(t)
	store := open(t, path, sqlite.WithBusyTimeout(time.Minute))
	run := saved(t, store, contoso)
	own := other(t, path)
	own.SetMaxOpenConns(1)
	do(t, own, `BEGIN IMMEDIATE`)
	blocked := make(chan error, 1)
	first := *run
	go func() { blocked <- store.Runs().Save(context.WithoutCancel(t.Context()), &first) }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	second := *run
	begun := time.Now()
	if err := store.Runs().Save(ctx, &second); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Save with a deadline, while another process writes = %v, want that", err)
	}
	if waited := time.Since(begun); waited > 20*time.Second {
		t.Errorf("Save waited for %s, with a deadline after 50ms", waited)
	}
	do(t, own, `COMMIT`)
	if err := <-blocked; err != nil && !errors.Is(err, offboard.ErrBehind) {
		t.Errorf("Save without a deadline = %v", err)
	}
}

func TestAClosedStoreSaysSo(t *testing.T) {
	path := file(t)
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	run := saved(t, store, contoso)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	explained(t, "Save", store.Runs().Save(t.Context(), run), path, "the store is closed")
	_, err = store.Runs().Load(t.Context(), contoso)
	explained(t, "Load", err, path, "the store is closed")
	if err := store.Close(); err != nil {
		t.Errorf("Close once more: %v", err)
	}
}

func TestADamagedRecordDoesNotHideTheOthers(t *testing.T) {
	path := file(t)
	store := open(t, path)
	saved(t, store, contoso)
	saved(t, store, fabrikam)
	if err := store.Agreements().Save(t.Context(), &mca.Record{Version: 1, Customer: contoso, DueAt: newRun(contoso).DueAt}); err != nil {
		t.Fatal(err)
	}
	if err := store.Tokens().SaveToken(t.Context(), "key", auth.RefreshToken{Token: "refresh-7f21"}); err != nil {
		t.Fatal(err)
	}
	own := other(t, path)
	for name, damage := range map[string]string{
		"not JSON":            `UPDATE cspkit_runs SET body = '{"customer": "refresh-7f21' WHERE customer = $1`,
		"of another customer": `UPDATE cspkit_runs SET body = (SELECT body FROM cspkit_runs WHERE customer <> $1) WHERE customer = $1`,
		"of another revision": `UPDATE cspkit_runs SET body = replace(body, '"revision":1', '"revision":2') WHERE customer = $1`,
		"empty":               `UPDATE cspkit_runs SET body = '' WHERE customer = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			var body string
			if err := own.QueryRowContext(t.Context(), `SELECT body FROM cspkit_runs WHERE customer = $1`, fabrikam).Scan(&body); err != nil {
				t.Fatal(err)
			}
			defer do(t, own, `UPDATE cspkit_runs SET body = $1 WHERE customer = $2`, body, fabrikam)
			do(t, own, damage, fabrikam)
			_, err := store.Runs().Load(t.Context(), fabrikam)
			explained(t, "Load", err, path, "damaged")
			var listed []string
			for run, err := range store.Runs().Due(t.Context(), time.Now().AddDate(100, 0, 0)) {
				if err != nil {
					explained(t, "Due", err, path, "damaged")
					listed = append(listed, "error")
					continue
				}
				listed = append(listed, string(run.Customer))
			}
			if len(listed) != 2 || listed[0] != string(contoso) || listed[1] != "error" {
				t.Errorf("Due yields %q, want the good run, and then the error", listed)
			}
		})
	}
	do(t, own, `UPDATE cspkit_audit SET body = '{' WHERE customer = $1`, contoso)
	var last error
	for _, err := range store.Runs().Audit(t.Context(), "run-of-"+string(contoso)) {
		last = err
	}
	explained(t, "Audit", last, path, "damaged")
	do(t, own, `UPDATE cspkit_agreements SET body = CAST('{"customer": "refresh-7f21' AS BLOB)`)
	_, err := store.Agreements().Load(t.Context(), contoso)
	explained(t, "Load of an agreement", err, path, "damaged")
	do(t, own, `UPDATE cspkit_tokens SET body = CAST('{"token": "refresh-7f21' AS BLOB)`)
	_, tokenErr := store.Tokens().LoadToken(t.Context(), "key")
	explained(t, "LoadToken", tokenErr, path, "damaged")
	for _, err := range []error{err, tokenErr} {
		if strings.Contains(err.Error(), "7f21") {
			t.Error("the error quotes what is damaged")
		}
	}
}
