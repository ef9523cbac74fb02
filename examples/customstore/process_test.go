package customstore_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/customstore"
	"github.com/cspkit/cspkit/offboard"
)

const contoso customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"

// TestMain lets this binary be another process of a test: one that changes a
// run in the folder named by the environment, as often as asked or until it is
// killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CUSTOMSTORE_TEST_DIR"); dir != "" {
		times, err := strconv.Atoi(os.Getenv("CUSTOMSTORE_TEST_TIMES"))
		if err == nil {
			err = change(dir, times)
		}
		if err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

// process starts this binary as another process.
func process(dir string, times int) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CUSTOMSTORE_TEST_DIR="+dir, "CUSTOMSTORE_TEST_TIMES="+strconv.Itoa(times))
	cmd.Stderr = os.Stderr
	return cmd
}

// change adds a note and two entries to contoso's run, each time under a lease of
// its own, and prints each revision once it is saved.
func change(dir string, times int) error {
	ctx := context.Background()
	store, err := customstore.Open(dir)
	if err != nil {
		return err
	}
	defer store.Close()
	for done := 0; done < times; {
		lease, err := store.Acquire(ctx, contoso, strconv.Itoa(os.Getpid()), time.Millisecond)
		if errors.Is(err, offboard.ErrLeased) {
			continue
		}
		if err != nil {
			return err
		}
		run, err := store.Load(ctx, contoso)
		if errors.Is(err, offboard.ErrNoRun) {
			// Large enough for a process to be killed in the middle of writing it.
			run, err = &offboard.Run{ID: "7b1f4d0e", Customer: contoso, Reason: strings.Repeat("large ", 1<<16)}, nil
		}
		if err != nil {
			return err
		}
		run.Fence = lease.Fence
		run.Notes = append(run.Notes, "a note")
		err = store.Save(ctx, run, entry(run), entry(run))
		switch {
		case err == nil:
			done++
			fmt.Println(run.Revision)
		case !errors.Is(err, offboard.ErrBehind) && !errors.Is(err, offboard.ErrLeaseLost):
			return err
		}
	}
	return nil
}

// entry appends to the run's chain, as package offboard does.
func entry(run *offboard.Run) offboard.Entry {
	run.Entries++
	e := offboard.Entry{Run: run.ID, Seq: run.Entries, Previous: run.Head, Event: offboard.Event{Customer: run.Customer, Outcome: offboard.Changed}}
	text, err := json.Marshal(e)
	if err != nil { // only strings, numbers and times: cannot happen
		panic(err)
	}
	sum := sha256.Sum256(text)
	e.Hash = hex.EncodeToString(sum[:])
	run.Head = e.Hash
	return e
}

// consistent checks that contoso's run and its trail fit, and returns the run.
func consistent(t *testing.T, dir string) *offboard.Run {
	t.Helper()
	store := open(t, dir)
	run, err := store.Load(t.Context(), contoso)
	if err != nil {
		t.Fatal(err)
	}
	if err := offboard.VerifyAudit(store.Audit(t.Context(), run.ID), run.Head); err != nil {
		t.Fatal(err)
	}
	if len(run.Notes) != int(run.Revision) || run.Entries != 2*int(run.Revision) {
		t.Fatalf("%d notes and %d entries at revision %d: they are not saved together", len(run.Notes), run.Entries, run.Revision)
	}
	return run
}

func TestProcessesThatShareAFolderLoseNothing(t *testing.T) {
	const processes, times = 3, 20
	dir := folder(t)
	var wg sync.WaitGroup
	for range processes { // each of them makes the folder, if it comes first
		cmd := process(dir, times)
		wg.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Errorf("another process: %v", err)
			}
		})
	}
	wg.Wait()
	if run := consistent(t, dir); run.Revision != processes*times {
		t.Errorf("revision = %d, want %d: changes were lost", run.Revision, processes*times)
	}
}

// TestAKilledProcessLeavesARun kills a process that saves in a loop, at any
// moment, many times.
func TestAKilledProcessLeavesARun(t *testing.T) {
	dir := folder(t)
	var last, fence int64
	for range 40 {
		cmd := process(dir, 1_000_000)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 3 {
			if !lines.Scan() {
				t.Fatal("the process ended by itself")
			}
			if last, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(rand.N(15 * time.Millisecond)) // a save and a lease take about as long
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		run := consistent(t, dir)
		if run.Revision < last {
			t.Fatalf("revision = %d after the process had saved %d", run.Revision, last)
		}
		if run.Fence <= fence {
			t.Fatalf("fence = %d after %d: it must grow", run.Fence, fence)
		}
		fence = run.Fence
	}
	t.Logf("40 processes were killed, %d saves are kept", last)
}
