package customstore_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/customstore"
	"github.com/cspkit/cspkit/offboard"
)

// saved returns a store with a run of contoso, and the path of the run's file.
func saved(t *testing.T) (store *customstore.Store, file string) {
	t.Helper()
	dir := folder(t)
	store = open(t, dir)
	run := &offboard.Run{ID: "7b1f4d0e", Customer: contoso, Company: "Contoso", State: offboard.Running}
	if err := store.Save(t.Context(), run, entry(run)); err != nil {
		t.Fatal(err)
	}
	return store, filepath.Join(dir, string(contoso), "run-7b1f4d0e.json")
}

func TestADamagedFileIsAnErrorThatNamesIt(t *testing.T) {
	for what, damage := range map[string]func(text string) string{
		"empty":                 func(string) string { return "" },
		"cut short":             func(text string) string { return text[:len(text)/2] },
		"no run":                func(string) string { return "{}" },
		"another customer's":    func(text string) string { return strings.ReplaceAll(text, string(contoso), "fabrikam") },
		"that of another run":   func(text string) string { return strings.ReplaceAll(text, "7b1f4d0e", "another") },
		"followed by something": func(text string) string { return text + "{}" },
	} {
		t.Run(what, func(t *testing.T) {
			store, file := saved(t)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(damage(string(text))), 0o600); err != nil {
				t.Fatal(err)
			}
			_, load := store.Load(t.Context(), contoso)
			save := store.Save(t.Context(), &offboard.Run{ID: "a new one", Customer: contoso})
			var due error
			for _, err := range store.Due(t.Context(), time.Now()) {
				due = err
			}
			for call, err := range map[string]error{"Load": load, "Save": save, "Due": due} {
				if err == nil || !strings.Contains(err.Error(), file+" is damaged: restore it from a backup") {
					t.Errorf("%s: error = %v, want one that names the file and says what to do", call, err)
				}
			}
		})
	}
}

func TestADamagedRunDoesNotHideTheOthers(t *testing.T) {
	store, file := saved(t)
	for _, id := range []customers.TenantID{"a", "z"} {
		if err := store.Save(t.Context(), &offboard.Run{ID: "of-" + string(id), Customer: id}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var got []string
	for run, err := range store.ByState(t.Context()) {
		if err != nil {
			got = append(got, "an error")
			continue
		}
		got = append(got, string(run.Customer))
	}
	if strings.Join(got, ", ") != "a, z, an error" {
		t.Errorf("ByState yields %s, want the others, then an error", got)
	}
}

func TestADamagedLeaseIsAnError(t *testing.T) {
	store, file := saved(t)
	lease := filepath.Join(filepath.Dir(file), "lease.json")
	if err := os.WriteFile(lease, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := store.Acquire(t.Context(), contoso, "somebody", time.Minute)
	if err == nil || !strings.Contains(err.Error(), lease+" is damaged") {
		t.Errorf("Acquire: error = %v, want one that names the file", err)
	}
}

func TestIDsDoNotLeadOutOfTheFolder(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "runs")
	store := open(t, dir)
	ids := []string{"..", "../x", "/etc/x", `..\x`, "a/b", ".", "a", "a.json", "lock", "lease.json", "a\x00b", "con", "_2e", "株式会社"}
	for _, id := range ids {
		run := &offboard.Run{ID: id, Customer: customers.TenantID(id)}
		if err := store.Save(t.Context(), run, entry(run)); err != nil {
			t.Errorf("Save of %q: %v", id, err)
		}
	}
	for _, id := range ids {
		run, err := store.Load(t.Context(), customers.TenantID(id))
		if err != nil || run.ID != id || run.Revision != 1 {
			t.Errorf("Load of %q = %+v, %v, want its own run", id, run, err)
		}
	}
	if got := names(t, parent); len(got) != 1 || got[0] != "runs" {
		t.Errorf("beside the store there is %q", got)
	}
	if got := names(t, dir); len(got) != len(ids) {
		t.Errorf("the store has the folders %q, want one for each of %d ids", got, len(ids))
	}
	if err := store.Save(t.Context(), &offboard.Run{ID: "1"}); err == nil {
		t.Error("Save of a run without a customer succeeds")
	}
}

// Some file systems take A for a.
func TestRunsWhoseIDsDifferInCaseAreApart(t *testing.T) {
	store := open(t, folder(t))
	run := &offboard.Run{ID: "a", Customer: contoso}
	for _, id := range []string{"a", "A"} {
		run.ID, run.Entries, run.Head = id, 0, ""
		if err := store.Save(t.Context(), run, entry(run)); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"a", "A"} {
		n := 0
		for e, err := range store.Audit(t.Context(), id) {
			if n++; err != nil || e.Run != id {
				t.Errorf("Audit(%q) yields an entry of %q, %v", id, e.Run, err)
			}
		}
		if n != 1 {
			t.Errorf("Audit(%q) yields %d entries, want 1", id, n)
		}
	}
}

func TestFilesAreClosedToOthers(t *testing.T) {
	store, file := saved(t)
	if _, err := store.Acquire(t.Context(), contoso, "somebody", time.Minute); err != nil {
		t.Fatal(err)
	}
	root := filepath.Dir(filepath.Dir(file))
	n := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		n++
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %04o, want %04o", path, got, want)
		}
		return nil
	})
	if err != nil || n != 5 { // two folders, the run, the lease, the lock
		t.Errorf("%d files and folders were looked at, error %v", n, err)
	}

	if err := os.Chmod(root, 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := customstore.Open(root); err == nil || !strings.Contains(err.Error(), "run chmod 700") {
		t.Errorf("Open of a folder that others may read: error = %v, want what to do", err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", file, filepath.Join(file, "below")} {
		if _, err := customstore.Open(dir); err == nil || !strings.HasPrefix(err.Error(), "customstore: ") {
			t.Errorf("Open(%q): error = %v", dir, err)
		}
	}
}

// What a killed process left behind is neither read nor in the way.
func TestLeftoversAreIgnored(t *testing.T) {
	store, file := saved(t)
	if err := os.WriteFile(file+".new", []byte(`{"run": {"id": "half`), 0o600); err != nil {
		t.Fatal(err)
	}
	run, err := store.Load(t.Context(), contoso)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Save(t.Context(), run, entry(run)); err != nil {
		t.Fatal(err)
	}
	if err := offboard.VerifyAudit(store.Audit(t.Context(), run.ID), run.Head); err != nil {
		t.Error(err)
	}
	if got := names(t, filepath.Dir(file)); strings.Join(got, " ") != "lock run-7b1f4d0e.json" {
		t.Errorf("the customer's folder has %q, want the lock and the run", got)
	}
}

// A process that was stopped in the middle of a save keeps the lock. Others say
// so, and do not wait for ever; the workflow saves without a deadline of its own.
func TestALockThatIsKeptIsAnError(t *testing.T) {
	store, file := saved(t)
	lock := filepath.Join(filepath.Dir(file), "lock")
	stopped := flock.New(lock)
	if err := stopped.Lock(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) { // so that waiting takes no time
		_, load := store.Load(t.Context(), contoso)
		save := store.Save(t.Context(), &offboard.Run{ID: "7b1f4d0e", Customer: contoso, Revision: 1})
		for call, err := range map[string]error{"Load": load, "Save": save} {
			if err == nil || !strings.Contains(err.Error(), lock) {
				t.Errorf("%s: error = %v, want one that names the lock", call, err)
			}
		}
	})
	if err := stopped.Unlock(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Load(t.Context(), contoso); err != nil {
		t.Errorf("Load after the lock was free: %v", err)
	}
}

func TestAClosedStoreFails(t *testing.T) {
	store, err := customstore.Open(folder(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.Save(t.Context(), &offboard.Run{ID: "1", Customer: contoso}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Save: error = %v, want os.ErrClosed", err)
	}
}

// names returns what is in a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
