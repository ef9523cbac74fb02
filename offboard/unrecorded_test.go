package offboard_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercentertest"
)

// failing is a store that can save nothing more from its n-th save on.
type failing struct {
	offboard.Store
	left  int
	lost  bool // it saves, and says that it could not: the connection broke
	after int  // saves that were asked for since
}

var errFull = errors.New("no space left on device")

func (s *failing) Save(ctx context.Context, run *offboard.Run, entries ...offboard.Entry) error {
	if s.left--; s.left >= 0 {
		return s.Store.Save(ctx, run, entries...)
	}
	s.after++
	if s.lost && s.after == 1 {
		copied := *run
		if err := s.Store.Save(ctx, &copied, entries...); err != nil {
			return err
		}
	}
	return errFull
}

// TestNothingIsSentThatCannotBeRecorded lets the store fail at each save in
// turn, for good, and then heals it.
func TestNothingIsSentThatCannotBeRecorded(t *testing.T) {
	for _, lost := range []bool{false, true} {
		for n := 0; ; n++ {
			ended := false
			synctest.Test(t, func(t *testing.T) {
				fake := partnercentertest.New(customer(
					partnercentertest.License(subA), partnercentertest.Legacy(subB), partnercentertest.GDAPRelationship("gdap-1")))
				b := newBench(t, fake)
				store := &failing{Store: b.store, left: n, lost: lost}
				report, err := offboard.NewRunner(b.another(store), offboard.Options{Policy: offboard.Policy{GDAP: true}}).Run(t.Context(), contoso)
				if ended = store.after == 0; ended {
					b.want(report, offboard.Done, offboard.PhaseDone)
					return
				}
				if !errors.Is(err, errFull) || report.State != offboard.Failed {
					t.Errorf("save %d (lost: %t): Run = %s, %v, want a failure of the store", n+1, lost, report.State, err)
				}
				// One write may have left: the one whose outcome could not be saved.
				intended := map[string]bool{}
				for e, err := range b.store.Audit(t.Context(), b.runID()) {
					if err != nil {
						t.Fatal(err)
					}
					if e.Outcome == offboard.Recorded {
						intended[e.RequestID] = true
					}
				}
				for _, w := range b.writes() {
					if !intended[w.RequestID] {
						t.Errorf("save %d (lost: %t): %s %s was sent, and its intention is not recorded", n+1, lost, w.Method, w.Path)
					}
				}
				time.Sleep(time.Minute) // the disk is cleared
				b.want(b.run(offboard.Options{Policy: offboard.Policy{GDAP: true}}), offboard.Done, offboard.PhaseDone)
				for _, subject := range []string{subA, subB, "gdap-1", string(contoso)} {
					if got := fake.Applied(string(contoso), subject); got != 1 {
						t.Errorf("save %d (lost: %t): %d writes took effect on %s, want 1", n+1, lost, got, subject)
					}
				}
				b.inOrder()
			})
			if ended {
				if n < 10 {
					t.Errorf("a run makes only %d saves: the test proves little", n)
				}
				break
			}
		}
	}
}

// runID returns the id of Contoso's run, or "" if none was recorded.
func (b *bench) runID() string {
	run, err := b.store.Load(b.t.Context(), contoso)
	if err != nil {
		return ""
	}
	return run.ID
}
