package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/postgres"
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
func saved(t testing.TB, store *postgres.Store, customer customers.TenantID) *offboard.Run {
	t.Helper()
	run := newRun(customer)
	if err := store.Runs().Save(t.Context(), run, offboard.Entry{Run: run.ID, Seq: 1}); err != nil {
		t.Fatal(err)
	}
	return run
}

// anotherProcess changes a run in the schema that the environment names, as
// often as asked or until it is killed. It returns false if there is none.
func anotherProcess() bool {
	url := os.Getenv("CSPKIT_TEST_URL")
	if url == "" {
		return false
	}
	times, err := strconv.Atoi(os.Getenv("CSPKIT_TEST_TIMES"))
	if err == nil {
		err = change(url, os.Getenv("CSPKIT_TEST_SCHEMA"), times)
	}
	if err != nil {
		log.Fatal(err)
	}
	return true
}

// process starts this binary as another process.
func process(t *testing.T, schema string, times int) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CSPKIT_TEST_URL="+server.URL("postgres"), "CSPKIT_TEST_SCHEMA="+schema, "CSPKIT_TEST_TIMES="+strconv.Itoa(times))
	cmd.Stderr = os.Stderr
	return cmd
}

// change adds notes and entries to contoso's run, and prints each revision
// once it is saved.
func change(url, schema string, times int) error {
	ctx := context.Background()
	store, err := postgres.Open(ctx, url, postgres.WithSchema(schema))
	if err != nil {
		return err
	}
	defer store.Close()
	for done := 0; done < times; {
		run, err := store.Runs().Load(ctx, contoso)
		if errors.Is(err, offboard.ErrNoRun) {
			run, err = newRun(contoso), nil
		}
		if err != nil {
			return err
		}
		run.Notes = append(run.Notes, "a note")
		run.Entries += 2
		err = store.Runs().Save(ctx, run, offboard.Entry{Run: run.ID, Seq: run.Entries - 1}, offboard.Entry{Run: run.ID, Seq: run.Entries})
		switch {
		case err == nil:
			done++
			fmt.Println(run.Revision)
		case !errors.Is(err, offboard.ErrBehind):
			return err
		}
	}
	return nil
}

// consistent checks that contoso's run and its trail fit, and returns the run.
func consistent(t *testing.T, store *postgres.Store) *offboard.Run {
	t.Helper()
	run, err := store.Runs().Load(t.Context(), contoso)
	if err != nil {
		t.Fatal(err)
	}
	seq := 0
	for e, err := range store.Runs().Audit(t.Context(), run.ID) {
		if err != nil {
			t.Fatal(err)
		}
		if seq++; e.Seq != seq {
			t.Fatalf("entry %d is missing", seq)
		}
	}
	if len(run.Notes) != int(run.Revision) || run.Entries != 2*int(run.Revision) || seq < run.Entries {
		t.Errorf("%d notes and %d of %d entries at revision %d: they are not saved together", len(run.Notes), seq, run.Entries, run.Revision)
	}
	return run
}

func TestProcessesThatShareADatabaseLoseNothing(t *testing.T) {
	const processes, times = 3, 40
	schema := newSchema()
	var wg sync.WaitGroup
	for range processes { // each of them makes the schema, if it comes first
		cmd := process(t, schema, times)
		wg.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Errorf("another process: %v", err)
			}
		})
	}
	wg.Wait()
	if run := consistent(t, open(t, postgres.WithSchema(schema))); run.Revision != processes*times {
		t.Errorf("revision = %d, want %d: changes were lost", run.Revision, processes*times)
	}
}

func TestWhatWasSavedOutlivesAKilledProcess(t *testing.T) {
	schema := newSchema()
	for round := range 3 {
		cmd := process(t, schema, 1_000_000)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var last int64
		lines := bufio.NewScanner(out)
		for n := 0; n < 20+7*round && lines.Scan(); n++ {
			if last, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		if run := consistent(t, open(t, postgres.WithSchema(schema))); run.Revision < last {
			t.Errorf("revision = %d after the process had saved %d", run.Revision, last)
		}
	}
}
