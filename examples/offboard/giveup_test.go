package main

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/partnercentertest"
)

// inFile is an account whose runs outlive the program.
func inFile(t *testing.T) account {
	t.Helper()
	a := newAccount(t)
	a.env["CSPKIT_STORE"] = "sqlite:" + filepath.Join(t.TempDir(), "cspkit.db")
	return a
}

func TestGivingUpIsDoneOnceAndMayBeAskedForAgain(t *testing.T) {
	t.Parallel()
	a := inFile(t)
	if r := a.run(t, "-yes", "-poll", "10ms", fabrikam); r.status != cli.ExitUnfinished {
		t.Fatalf("status = %d, want %d: its terms run\n%s", r.status, cli.ExitUnfinished, r.errout)
	}
	written := len(a.Writes())
	for _, events := range []int{3, 0} { // it has bought three things
		r := a.run(t, "-yes", "-reactivate", "-json", "-poll", "10ms", fabrikam)
		lines := r.lines(t)
		if r.status != cli.ExitDone || len(lines) != events+1 {
			t.Fatalf("status = %d with\n%s%s\nwant %d, %d events and a report", r.status, r.out, r.errout, cli.ExitDone, events)
		}
		for _, l := range lines[:events] {
			if l.Type != "event" || l.Phase != "reactivating" || l.Action != "reactivate_subscription" || l.Outcome != "succeeded" || l.RequestID == "" {
				t.Errorf("line = %+v, want a subscription that renews again", l)
			}
		}
		if l := lines[events]; l.Type != "report" || l.State != "done" || l.Phase != "abandoned" || l.Error != "" {
			t.Errorf("last line = %+v, want the report that it is given up", l)
		}
	}
	if n := len(a.Writes()) - written; n != 3 {
		t.Errorf("%d writes were sent to give up, want 3", n)
	}
}

func TestWhatIsFinishedCannotBeGivenUp(t *testing.T) {
	t.Parallel()
	a := inFile(t)
	if r := a.run(t, "-yes", "-poll", "10ms", alpine); r.status != cli.ExitDone {
		t.Fatalf("status = %d, want %d:\n%s", r.status, cli.ExitDone, r.errout)
	}
	r := a.run(t, "-yes", "-reactivate", "-json", alpine)
	if lines := r.lines(t); r.status != cli.ExitFailed || len(lines) != 1 || lines[0].State != "failed" || lines[0].Error == "" {
		t.Errorf("status = %d with %s, want %d and why", r.status, r.out, cli.ExitFailed)
	}
}

// The second customer's turn comes when the first has been stopped.
func TestInterruptedGivingUpReportsEveryCustomer(t *testing.T) {
	t.Parallel()
	a := inFile(t)
	if r := a.run(t, "-yes", "-poll", "10ms", fabrikam, tailspin); r.status != cli.ExitUnfinished {
		t.Fatalf("status = %d, want %d:\n%s", r.status, cli.ExitUnfinished, r.errout)
	}
	a.Inject(partnercentertest.Fault{Operation: partnercentertest.UpdateSubscription, Delay: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	written := len(a.Writes())
	go func() {
		for len(a.Writes()) == written && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	r := a.start(ctx, "", "-yes", "-reactivate", "-json", "-poll", "10ms", "-concurrency", "1", fabrikam, tailspin)
	reports := map[string]string{}
	for _, l := range r.lines(t) {
		if l.Type == "report" {
			reports[l.Customer] = l.State + " " + l.Phase
		} else if l.RequestID == "" || l.Outcome != "unknown" {
			t.Errorf("line = %+v, want the write whose answer did not come", l)
		}
	}
	if r.status != cli.ExitInterrupted || reports[fabrikam] != "interrupted reactivating" || reports[tailspin] != "interrupted reactivating" {
		t.Errorf("status = %d with\n%s%s\nwant %d and both interrupted", r.status, r.out, r.errout, cli.ExitInterrupted)
	}
}
