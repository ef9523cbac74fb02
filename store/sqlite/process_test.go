package sqlite_test

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

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/sqlite"
)

// TestMain lets this binary be another process of a test: one that changes a
// run in the file named by the environment, as often as asked or until it is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("CSPKIT_TEST_FILE"); path != "" {
		times, err := strconv.Atoi(os.Getenv("CSPKIT_TEST_TIMES"))
		if err == nil {
			err = change(path, times)
		}
		if err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

// process starts this binary as another process.
func process(t *testing.T, path string, times int) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CSPKIT_TEST_FILE="+path, "CSPKIT_TEST_TIMES="+strconv.Itoa(times))
	cmd.Stderr = os.Stderr
	return cmd
}

// change adds notes and entries to contoso's run, and prints each revision
// once it is saved.
func change(path string, times int) error {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, path)
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
func consistent(t *testing.T, store *sqlite.Store) *offboard.Run {
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
	if seq != run.Entries || len(run.Notes) != int(run.Revision) || run.Entries != 2*int(run.Revision) {
		t.Errorf("%d notes and %d of %d entries at revision %d: they are not saved together", len(run.Notes), seq, run.Entries, run.Revision)
	}
	return run
}

func TestProcessesThatShareAFileLoseNothing(t *testing.T) {
	const processes, times = 3, 40
	path := file(t)
	var wg sync.WaitGroup
	for range processes { // each of them makes the file, if it comes first
		cmd := process(t, path, times)
		wg.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Errorf("another process: %v", err)
			}
		})
	}
	wg.Wait()
	if run := consistent(t, open(t, path)); run.Revision != processes*times {
		t.Errorf("revision = %d, want %d: changes were lost", run.Revision, processes*times)
	}
}

func TestWhatWasSavedOutlivesAKilledProcess(t *testing.T) {
	path := file(t)
	for round := range 5 {
		cmd := process(t, path, 1_000_000)
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
		if run := consistent(t, open(t, path)); run.Revision < last {
			t.Errorf("revision = %d after the process had saved %d", run.Revision, last)
		}
	}
}
