package webhooks_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/webhooks"
)

// begin claims an event and checks the outcome.
func begin(t *testing.T, m webhooks.Seen, id string, until time.Time, first bool, want error) {
	t.Helper()
	got, err := m.Begin(t.Context(), id, until)
	if got != first || !errors.Is(err, want) {
		t.Errorf("Begin(%s) = %t, %v, want %t, %v", id, got, err, first, want)
	}
}

func TestAMemoryKeepsItsPromise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, until := new(webhooks.MemorySeen), time.Now().Add(time.Hour)
		begin(t, m, "a", until, true, nil)
		begin(t, m, "a", until, false, webhooks.ErrClaimed)
		begin(t, m, "b", until, true, nil)
		if err := m.Release(t.Context(), "a"); err != nil {
			t.Error(err)
		}
		begin(t, m, "a", until, true, nil)
		for range 2 { // also if it is settled twice
			if err := m.Commit(t.Context(), "a", until); err != nil {
				t.Error(err)
			}
		}
		begin(t, m, "a", until, false, nil)
		if err := m.Release(t.Context(), "a"); err != nil {
			t.Error(err)
		}
		begin(t, m, "a", until, false, nil)
		time.Sleep(time.Hour)
		begin(t, m, "a", until, false, nil)
		time.Sleep(time.Second)
		begin(t, m, "a", until, true, nil)
		begin(t, m, "b", until, false, webhooks.ErrClaimed)
	})
}

func TestAMemoryForgetsTheOldestWhenItIsFull(t *testing.T) {
	m := &webhooks.MemorySeen{Max: 3}
	until := time.Now().Add(time.Hour)
	begin(t, m, "claimed", until, true, nil)
	for i := range 5 {
		id := strconv.Itoa(i)
		begin(t, m, id, until, true, nil)
		if err := m.Commit(t.Context(), id, until); err != nil {
			t.Error(err)
		}
	}
	for i := 2; i < 5; i++ {
		begin(t, m, strconv.Itoa(i), until, false, nil)
	}
	begin(t, m, "1", until, true, nil)
	begin(t, m, "claimed", until, false, webhooks.ErrClaimed)
}

func TestOfConcurrentClaimsOneIsFirst(t *testing.T) {
	m := new(webhooks.MemorySeen)
	var first atomic.Int32
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if ok, _ := m.Begin(t.Context(), "a", time.Now().Add(time.Hour)); ok {
				first.Add(1)
			}
		})
	}
	group.Wait()
	if first.Load() != 1 {
		t.Errorf("%d claims were first, want one", first.Load())
	}
}

// shared is a memory of other people's.
type shared struct {
	webhooks.MemorySeen
	begin, commit, release error
	until                  time.Time
	calls                  []string
}

func (s *shared) Begin(ctx context.Context, id string, until time.Time) (bool, error) {
	if s.begin != nil {
		return false, s.begin
	}
	return s.MemorySeen.Begin(ctx, id, until)
}

func (s *shared) Commit(ctx context.Context, id string, until time.Time) error {
	s.until, s.calls = until, append(s.calls, "commit")
	if s.commit != nil {
		return s.commit
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.MemorySeen.Commit(ctx, id, until)
}

func (s *shared) Release(ctx context.Context, id string) error {
	s.calls = append(s.calls, "release")
	if s.release != nil {
		return s.release
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.MemorySeen.Release(ctx, id)
}

func TestTwoReceiversThatShareAMemoryHandleAnEventOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := new(shared)
		r := newReceiver(t, webhooks.WithSeen(memory))
		other := newHandler(t, r.take, webhooks.WithSeen(memory), webhooks.WithRoots(r.root.pool()), webhooks.WithHTTPClient(&http.Client{Transport: r.storage}))
		changed := time.Now()
		for range 2 {
			r.want("delivery", delivery(t.Context(), microsoftKey(), eventOf(changed)), 200, 1)
			r.handler = other
		}
		if age := memory.until.Sub(changed); age <= 7*24*time.Hour {
			t.Errorf("the event is remembered for %s, want longer than it could be replayed: 7 days", age)
		}
	})
}

func TestAMemoryThatFailsDoesNotLoseEvents(t *testing.T) {
	failure := errors.New("the database is down")
	for name, tt := range map[string]struct {
		memory *shared
		status int
		events int
	}{
		"before":  {&shared{begin: failure}, 503, 0},
		"claimed": {&shared{begin: webhooks.ErrClaimed}, 503, 0},
		"after":   {&shared{commit: failure}, 200, 1}, // it was handled; that cannot be undone
	} {
		r := newReceiver(t, webhooks.WithSeen(tt.memory))
		r.want(name, delivery(t.Context(), microsoftKey(), eventOf(time.Now())), tt.status, tt.events)
	}
	r := newReceiver(t, webhooks.WithSeen(&shared{release: failure}))
	r.do = func(webhooks.Event) error { return failure }
	r.want("after a failure", delivery(t.Context(), microsoftKey(), eventOf(time.Now())), 500, 1)
}

func TestAnEventIsSettledAlsoWhenTheDelivererIsGone(t *testing.T) {
	for _, failure := range []error{nil, errors.New("no")} {
		memory := new(shared)
		r := newReceiver(t, webhooks.WithSeen(memory))
		ctx, cancel := context.WithCancel(t.Context())
		r.do = func(webhooks.Event) error { cancel(); return failure }
		r.post(delivery(ctx, microsoftKey(), eventOf(time.Unix(time.Now().Unix(), 0))))
		r.do = nil
		want := 1
		if failure != nil {
			want = 2
		}
		r.want("again", delivery(t.Context(), microsoftKey(), string(r.got[0].Raw)), 200, want)
		settled := []string{"commit"} // and nothing else, once for each claim
		if failure != nil {
			settled = []string{"release", "commit"}
		}
		if diff := cmp.Diff(settled, memory.calls); diff != "" {
			t.Errorf("after %v (-want +got):\n%s", failure, diff)
		}
	}
}
