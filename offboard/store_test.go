package offboard_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestSaveIsCompareAndSwap(t *testing.T) {
	store := new(offboard.MemoryStore)
	if err := store.Save(t.Context(), &offboard.Run{ID: "1", Customer: contoso}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 50 {
		wg.Go(func() {
			run := &offboard.Run{ID: "1", Customer: contoso, Revision: 1}
			err := store.Save(context.Background(), run, offboard.Entry{Run: "1"})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && run.Revision == 2:
				won++
			case !errors.Is(err, offboard.ErrBehind):
				t.Errorf("Save = %v with revision %d, want ErrBehind", err, run.Revision)
			}
		})
	}
	wg.Wait()
	entries := 0
	for range store.Audit(t.Context(), "1") {
		entries++
	}
	if won != 1 || entries != 1 {
		t.Errorf("%d of 50 saves won, %d entries; want one each", won, entries)
	}
}

func TestWhatIsLoadedIsTheCallers(t *testing.T) {
	store := new(offboard.MemoryStore)
	if err := store.Save(t.Context(), &offboard.Run{ID: "1", Customer: contoso, Blockers: []string{"one"}}); err != nil {
		t.Fatal(err)
	}
	run, err := store.Load(t.Context(), contoso)
	if err != nil {
		t.Fatal(err)
	}
	run.Blockers[0] = "changed"
	if again, err := store.Load(t.Context(), contoso); err != nil || again.Blockers[0] != "one" {
		t.Errorf("Load = %+v, %v, want what was saved", again, err)
	}
}

// TestTwoRunnersOfOneCustomerNeverActTwice starts two at the same moment.
func TestTwoRunnersOfOneCustomerNeverActTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA), partnercentertest.Legacy(subB)))
		b := newBench(t, fake)
		other, err := offboard.New(b.partner, b.store)
		if err != nil {
			t.Fatal(err)
		}
		mine, err := offboard.New(b.partner, b.store)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for _, w := range []*offboard.Workflow{mine, other} {
			wg.Go(func() {
				if _, err := offboard.NewRunner(w, offboard.Options{}).Run(t.Context(), contoso); err != nil && !errors.Is(err, offboard.ErrBehind) {
					t.Errorf("Run = %v, want ErrBehind at most", err)
				}
			})
		}
		wg.Wait()
		b.want(b.run(offboard.Options{}), offboard.Done, offboard.PhaseDone)
		for _, subject := range []string{subA, subB, string(contoso)} {
			if n := fake.Applied(string(contoso), subject); n != 1 {
				t.Errorf("%s: %d writes took effect, want 1", subject, n)
			}
		}
	})
}

// brokenStore fails to save from a certain save on.
type brokenStore struct {
	offboard.MemoryStore
	good int
}

func (s *brokenStore) Save(ctx context.Context, run *offboard.Run, entries ...offboard.Entry) error {
	if s.good--; s.good < 0 {
		return errors.New("disk full")
	}
	return s.MemoryStore.Save(ctx, run, entries...)
}

func TestNothingMoreIsSentWhenItCannotBeRecorded(t *testing.T) {
	for good := range 6 {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA), partnercentertest.License(subB))))
			w, err := offboard.New(b.partner, &brokenStore{good: good})
			if err != nil {
				t.Fatal(err)
			}
			_, err = offboard.NewRunner(w, offboard.Options{}).Run(t.Context(), contoso)
			if err == nil || !strings.Contains(err.Error(), "disk full") {
				t.Errorf("%d good saves: Run = %v, want the disk to be full", good, err)
			}
			// Saves: the start, the round, then before and after each write.
			if sent, most := len(b.writes()), max(0, (good-1)/2); sent > most {
				t.Errorf("%d good saves: %d writes were sent, want at most %d", good, sent, most)
			}
		})
	}
}

func TestVerifyAuditSaysWhereTheChainBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA))))
		b.want(b.run(offboard.Options{Actor: offboard.Actor{Name: "operator"}}), offboard.Done, offboard.PhaseDone)
		var trail []offboard.Entry
		for e, err := range b.workflow.Audit(t.Context(), contoso) {
			if err != nil {
				t.Fatal(err)
			}
			trail = append(trail, e)
		}
		run, err := b.store.Load(t.Context(), contoso)
		if err != nil {
			t.Fatal(err)
		}
		list := func(entries []offboard.Entry) iter.Seq2[offboard.Entry, error] {
			return func(yield func(offboard.Entry, error) bool) {
				for _, e := range entries {
					if !yield(e, nil) {
						return
					}
				}
			}
		}
		if err := offboard.VerifyAudit(list(trail), run.Head); err != nil {
			t.Errorf("VerifyAudit of the whole trail = %v", err)
		}
		changed := append([]offboard.Entry(nil), trail...)
		changed[2].At = changed[2].At.Add(time.Second)
		gap := append(append([]offboard.Entry(nil), trail[:2]...), trail[3:]...)
		for name, tt := range map[string]struct {
			entries []offboard.Entry
			want    string
		}{
			"changed": {changed, "entry 3 was changed"},
			"gap":     {gap, "entry 3 is missing"},
			"cut":     {trail[:len(trail)-1], "are missing"},
		} {
			if err := offboard.VerifyAudit(list(tt.entries), run.Head); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: VerifyAudit = %v, want %q", name, err, tt.want)
			}
		}
	})
}
