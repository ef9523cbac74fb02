package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/store/sqlite"
)

// program builds the example once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "offboard")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "offboard")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	flag.Parse()
	// Programs that were killed wait for a lease, side by side: nearly all of the
	// time that these tests take is that wait.
	if err := flag.Set("test.parallel", "32"); err != nil {
		panic(err)
	}
	status := m.Run()
	if path, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

// ward is an emulator that can kill the program at one of its requests.
type ward struct {
	fake *partnercentertest.Server
	env  []string
	open func(ctx context.Context) (offboard.Store, func() error, error) // the store

	mu      sync.Mutex
	process *os.Process // to be killed
	at      string      // the request at which: "PATCH 2" is the second PATCH
	when    moment
	counts  map[string]int
	killed  bool
}

// moment is when the program dies.
type moment string

const (
	before   moment = "before it took effect"
	after    moment = "after it took effect, before the answer"
	answered moment = "right after the answer"
)

// inSQLite keeps the program's runs in a file.
func inSQLite(t *testing.T) *ward {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cspkit.db")
	return newWard(t, "sqlite:"+file, func(ctx context.Context) (offboard.Store, func() error, error) {
		store, err := sqlite.Open(ctx, file)
		if err != nil {
			return nil, nil, err
		}
		return store.Runs(), store.Close, nil
	})
}

func newWard(t *testing.T, address string, open func(context.Context) (offboard.Store, func() error, error)) *ward {
	t.Helper()
	w := &ward{counts: map[string]int{}, open: open}
	w.fake = partnercentertest.New(partnercentertest.Customer{ID: stranger, Company: "Contoso", Domain: "contoso.example"}.With(
		partnercentertest.License("aaaaaaaa-0000-4000-8000-000000000001"),
		partnercentertest.Legacy("aaaaaaaa-0000-4000-8000-000000000002"),
		partnercentertest.SoftwareSubscription("aaaaaaaa-0000-4000-8000-000000000003"),
		partnercentertest.AzurePlan("aaaaaaaa-0000-4000-8000-000000000004", "aaaaaaaa-0000-4000-8000-000000000005"),
		partnercentertest.GDAPRelationship("gdap-1"),
	))
	w.fake.Delays = partnercentertest.Delays{
		Subscription: 100 * time.Millisecond, Relationship: 200 * time.Millisecond, Azure: 100 * time.Millisecond, GDAP: 100 * time.Millisecond,
	}
	web := httptest.NewServer(w)
	t.Cleanup(web.Close)
	for name, value := range map[string]string{
		"CSPKIT_API_URL": web.URL, "CSPKIT_LOGIN_URL": web.URL, "CSPKIT_GRAPH_URL": web.URL,
		"CSPKIT_TENANT_ID": partnercentertest.TenantID, "CSPKIT_CLIENT_ID": partnercentertest.ClientID,
		"CSPKIT_CLIENT_SECRET": partnercentertest.ClientSecret, "CSPKIT_REFRESH_TOKEN": partnercentertest.RefreshToken,
		"CSPKIT_STORE": address,
	} {
		w.env = append(w.env, name+"="+value)
	}
	return w
}

// ServeHTTP passes requests on to the emulator, and kills at the one.
func (w *ward) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.URL.Path, "/oauth2/") {
		w.fake.ServeHTTP(rw, r)
		return
	}
	w.mu.Lock()
	w.counts[r.Method]++
	now := !w.killed && w.process != nil && w.at == fmt.Sprint(r.Method, " ", w.counts[r.Method])
	if now {
		w.killed = true
	}
	when, process := w.when, w.process
	w.mu.Unlock()
	if !now {
		w.fake.ServeHTTP(rw, r)
		return
	}
	switch when {
	case before:
		_ = process.Kill()
		panic(http.ErrAbortHandler)
	case after:
		w.fake.ServeHTTP(httptest.NewRecorder(), r)
		_ = process.Kill()
		panic(http.ErrAbortHandler)
	default:
		w.fake.ServeHTTP(rw, r)
		if f, ok := rw.(http.Flusher); ok {
			f.Flush()
		}
		go process.Kill()
	}
}

// start starts the program on the customer.
func (w *ward) start(t *testing.T) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, "-yes", "-json", "-gdap", "-poll", "20ms", stranger)
	command.Env = w.env
	out := new(bytes.Buffer)
	command.Stdout, command.Stderr = out, out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return command, out
}

// finish runs the program again, to the end.
func (w *ward) finish(t *testing.T) {
	t.Helper()
	command, out := w.start(t)
	if err := command.Wait(); err != nil {
		t.Fatalf("the program that went on ended with %v:\n%s", err, out)
	}
	var last line
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Type != "report" || last.State != "done" {
		t.Errorf("its last line is %s", lines[len(lines)-1])
	}
}

// verify checks that everything was ended, once each, in order, and that the
// trail of it is whole. It returns how many entries that has.
func (w *ward) verify(t *testing.T) int {
	t.Helper()
	state := w.fake.State(stranger)
	if state.Relationship != "none" {
		t.Errorf("the relationship is %s, want none", state.Relationship)
	}
	subjects := []string{stranger, "gdap-1", "aaaaaaaa-0000-4000-8000-000000000005"}
	for _, s := range state.Subscriptions {
		if s.Status == "active" {
			t.Errorf("subscription %s is still active", s.ID)
		}
		if s.ProductType != "Software" { // that one ends with its order
			subjects = append(subjects, s.ID)
		}
	}
	for _, o := range state.Orders {
		for _, l := range o.Lines {
			if l.Kind == partnercentertest.LineSoftware {
				subjects = append(subjects, o.ID)
			}
		}
	}
	for _, subject := range subjects {
		if n := w.fake.Applied(stranger, subject); n != 1 {
			t.Errorf("%d writes took effect on %s, want 1", n, subject)
		}
	}
	removed := false
	for _, r := range w.fake.Requests() {
		if r.Method == http.MethodGet || r.Service == "entra" {
			continue
		}
		if removed && !strings.EqualFold(r.Path, "/v1/customers/"+stranger) {
			t.Errorf("%s %s came after the removal", r.Method, r.Path)
		}
		removed = removed || strings.EqualFold(r.Path, "/v1/customers/"+stranger)
	}
	store, closeStore, err := w.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore()
	run, err := store.Load(t.Context(), customers.TenantID(stranger))
	if err != nil {
		t.Fatal(err)
	}
	if err := offboard.VerifyAudit(store.Audit(t.Context(), run.ID), run.Head); err != nil {
		t.Error(err)
	}
	if run.State != offboard.Done {
		t.Errorf("the run is %s", run.State)
	}
	return run.Entries
}

// TestKilledAnywhereItGoesOn kills the program with SIGKILL at each of its
// requests in turn, and starts it again: the kill table. The lease of the dead
// one ends by itself after 30 s, so the cases run side by side.
func TestKilledAnywhereItGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the leases of processes that were killed")
	}
	t.Parallel()
	free := inSQLite(t) // what a run that nobody kills asks for
	command, out := free.start(t)
	if err := command.Wait(); err != nil {
		t.Fatalf("the program ended with %v:\n%s", err, out)
	}
	free.verify(t)
	type point struct {
		at   string
		when moment
	}
	var points []point
	for _, method := range []string{http.MethodPatch, http.MethodPost} {
		for n := range free.counts[method] {
			for _, when := range []moment{before, after, answered} {
				points = append(points, point{fmt.Sprint(method, " ", n+1), when})
			}
		}
	}
	// Reads change nothing; a run that waits is one that is looking.
	reads := free.counts[http.MethodGet]
	for _, n := range []int{1, 2, 4, reads / 2, reads * 3 / 4, reads} {
		points = append(points, point{fmt.Sprint(http.MethodGet, " ", n), before})
	}
	if len(points) < 20 {
		t.Fatalf("only %d points to kill at: the run is not what it should be", len(points))
	}
	table := make([]string, len(points))
	t.Cleanup(func() { t.Logf("the kill table, %d points:\n%s", len(points), strings.Join(table, "\n")) })
	for i, p := range points {
		table[i] = fmt.Sprintf("%-8s %-40s not tried", p.at, p.when)
		t.Run(p.at+" "+string(p.when), func(t *testing.T) {
			t.Parallel()
			w := inSQLite(t)
			if !w.kill(t, p.at, p.when) {
				// Whether there is one more look depends on the moment.
				if !strings.HasPrefix(p.at, http.MethodGet) {
					t.Fatalf("the program ended before its %s", p.at)
				}
				table[i] = fmt.Sprintf("%-8s %-40s had ended before", p.at, p.when)
				return
			}
			w.finish(t)
			entries := w.verify(t)
			if !t.Failed() {
				table[i] = fmt.Sprintf("%-8s %-40s done, each write once, %d entries verified", p.at, p.when, entries)
			}
		})
	}
}

// kill starts the program and kills it; it reports whether it came that far.
func (w *ward) kill(t *testing.T, at string, when moment) bool {
	t.Helper()
	w.mu.Lock()
	w.at, w.when = at, when
	command, _ := w.start(t)
	w.process = command.Process
	w.mu.Unlock()
	_ = command.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.process = nil
	return w.killed
}

func TestTwoProcessesOnOneCustomer(t *testing.T) {
	t.Parallel()
	inSQLite(t).twoProcesses(t)
}

func (w *ward) twoProcesses(t *testing.T) {
	t.Helper()
	first, one := w.start(t)
	second, two := w.start(t)
	for i, err := range []error{first.Wait(), second.Wait()} {
		if err != nil {
			t.Errorf("process %d ended with %v:\n%s\n%s", i+1, err, one, two)
		}
	}
	w.verify(t)
}

func TestAnInterruptedProcessGivesItsLeaseBack(t *testing.T) {
	t.Parallel()
	inSQLite(t).interrupt(t)
}

func (w *ward) interrupt(t *testing.T) {
	t.Helper()
	w.fake.Delays.Relationship = 5 * time.Second // it waits for the removal to show, also on a busy machine
	command, out := w.start(t)
	for deadline := time.Now().Add(time.Minute); w.fake.Applied(stranger, stranger) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the removal was not sent:\n%s", out)
		}
	}
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	if code := command.ProcessState.ExitCode(); code != cli.ExitInterrupted {
		t.Errorf("exit status %d, want 130:\n%s", code, out)
	}
	store, closeStore, err := w.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore()
	lease, err := store.Acquire(t.Context(), stranger, "the next", time.Second)
	if err != nil {
		t.Fatalf("Acquire = %v: the lease was not given back", err)
	}
	if err := store.Release(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	w.finish(t)
	w.verify(t)
}
