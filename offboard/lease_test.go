package offboard_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercentertest"
)

// another returns a second process over the same store and emulator.
func (b *bench) another(store offboard.Store) *offboard.Workflow {
	b.t.Helper()
	w, err := offboard.New(b.partner, store)
	if err != nil {
		b.t.Fatal(err)
	}
	return w
}

func TestTwoOperatorsAtOnceSendEachWriteOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA), partnercentertest.Legacy(subB)))
		fake.Delays = partnercentertest.Delays{Subscription: time.Minute, Relationship: 3 * time.Minute}
		b := newBench(t, fake)
		reports := make(chan *offboard.Report, 2)
		for _, w := range []*offboard.Workflow{b.workflow, b.another(b.store)} {
			go func() {
				report, err := offboard.NewRunner(w, offboard.Options{}).Run(t.Context(), contoso)
				if err != nil {
					t.Errorf("Run: %v", err)
				}
				reports <- report
			}()
		}
		for range 2 {
			b.want(<-reports, offboard.Done, offboard.PhaseDone)
		}
		for _, subject := range []string{subA, subB, string(contoso)} {
			if n := fake.Applied(string(contoso), subject); n != 1 {
				t.Errorf("%d writes took effect on %s, want 1", n, subject)
			}
		}
		b.inOrder()
	})
}

func TestACustomerInOtherHandsIsWaitedForAndNothingIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA))))
		start := time.Now()
		if _, err := b.store.Acquire(t.Context(), contoso, "somebody else", time.Hour); err != nil {
			t.Fatal(err)
		}
		report := b.run(offboard.Options{Wait: 10 * time.Minute})
		if report.State != offboard.Waiting || report.Reason == "" || !report.WaitUntil.Equal(start.Add(time.Hour)) {
			t.Errorf("report = %+v, want one that waits until the lease ends", report)
		}
		if waited := time.Since(start); waited < 9*time.Minute || waited > 10*time.Minute {
			t.Errorf("Run stayed for %s, want the 10 minutes of Options.Wait", waited)
		}
		if _, err := b.workflow.Start(t.Context(), contoso, offboard.Actor{}, offboard.Policy{}); !errors.Is(err, offboard.ErrLeased) {
			t.Errorf("Start = %v, want ErrLeased", err)
		}
		if n := len(b.calls()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

func TestAdvanceAndAbandonKeepOutOfAForeignRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA))))
		if _, err := b.workflow.Start(t.Context(), contoso, offboard.Actor{}, offboard.Policy{}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.store.Acquire(t.Context(), contoso, "somebody else", time.Minute); err != nil {
			t.Fatal(err)
		}
		if _, err := b.workflow.Advance(t.Context(), contoso); !errors.Is(err, offboard.ErrLeased) {
			t.Errorf("Advance = %v, want ErrLeased", err)
		}
		if _, err := b.workflow.Abandon(t.Context(), contoso, offboard.Actor{}); !errors.Is(err, offboard.ErrLeased) {
			t.Errorf("Abandon = %v, want ErrLeased", err)
		}
		time.Sleep(time.Minute) // the lease of a process that was killed ends by itself
		if _, err := b.workflow.Advance(t.Context(), contoso); err != nil {
			t.Errorf("Advance after the lease = %v", err)
		}
	})
}

func TestAnInterruptedRunnerGivesItsLeaseBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA)))
		fake.Delays.Relationship = time.Hour
		b := newBench(t, fake)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		report, err := offboard.NewRunner(b.workflow, offboard.Options{Wait: 2 * time.Hour}).Run(ctx, contoso)
		if err == nil || report.State != offboard.Interrupted {
			t.Fatalf("Run = %+v, %v, want an interruption", report, err)
		}
		if _, err := b.store.Acquire(t.Context(), contoso, "the next", time.Minute); err != nil {
			t.Errorf("Acquire = %v, want the lease that was given back", err)
		}
	})
}

// stalled is the store of a process whose leases are not prolonged: as if it
// stood still, or had lost its connection.
type stalled struct {
	offboard.Store
	good int // prolongations that go well before
	asks int
}

func (s *stalled) Acquire(ctx context.Context, customer customers.TenantID, holder string, ttl time.Duration) (offboard.Lease, error) {
	if s.asks++; s.asks > 1+s.good {
		return offboard.Lease{}, errors.New("connection refused")
	}
	return s.Store.Acquire(ctx, customer, holder, ttl)
}

func (s *stalled) Release(context.Context, offboard.Lease) error {
	return errors.New("connection refused")
}

func TestAProcessThatLostItsLeaseStopsBeforeItsNextWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.License(subA), partnercentertest.License(subB)))
		b := newBench(t, fake)
		// Its first write takes effect, and the answer takes longer than the lease.
		fake.Inject(partnercentertest.Fault{Method: http.MethodPatch, Delay: 50 * time.Second})
		first := make(chan *offboard.Report)
		go func() {
			report, err := offboard.NewRunner(b.another(&stalled{Store: b.store}), offboard.Options{}).Run(t.Context(), contoso)
			if err != nil {
				t.Errorf("Run of the stalled process: %v", err)
			}
			first <- report
		}()
		time.Sleep(time.Second)
		b.want(b.run(offboard.Options{}), offboard.Done, offboard.PhaseDone)
		if report := <-first; report.State != offboard.Waiting || report.Reason != offboard.ErrLeaseLost.Error() {
			t.Errorf("report of the stalled process = %+v, want one that says who goes on", report)
		}
		ids := map[string]string{}
		for _, w := range b.writes() {
			if id, twice := ids[w.Path]; twice && id != w.RequestID {
				t.Errorf("%s was sent under two ids: the successor must use the recorded one", w.Path)
			}
			ids[w.Path] = w.RequestID
		}
		for _, subject := range []string{subA, subB, string(contoso)} {
			if n := fake.Applied(string(contoso), subject); n != 1 {
				t.Errorf("%d writes took effect on %s, want 1", n, subject)
			}
		}
	})
}

func TestWhoLostTheLeaseCannotSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(offboard.MemoryStore)
		old, err := store.Acquire(t.Context(), contoso, "old", time.Second)
		if err != nil {
			t.Fatal(err)
		}
		run := &offboard.Run{ID: "1", Customer: contoso, Fence: old.Fence}
		if err := store.Save(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := store.Save(t.Context(), run); err != nil {
			t.Errorf("Save after the lease, which nobody else has taken: %v", err)
		}
		if _, err := store.Acquire(t.Context(), contoso, "new", time.Second); err != nil {
			t.Fatal(err)
		}
		if err := store.Save(t.Context(), run); !errors.Is(err, offboard.ErrLeaseLost) {
			t.Errorf("Save of the old holder = %v, want ErrLeaseLost", err)
		}
	})
}

// asleep is the store of a process that sleeps past the end of its lease, by a
// clock that stands still meanwhile: its next Acquire is given another lease.
type asleep struct {
	offboard.Store
	lease offboard.Lease
}

func (s *asleep) Acquire(ctx context.Context, customer customers.TenantID, holder string, ttl time.Duration) (offboard.Lease, error) {
	if s.lease.Holder != "" {
		if err := s.Release(ctx, s.lease); err != nil {
			return offboard.Lease{}, err
		}
	}
	lease, err := s.Store.Acquire(ctx, customer, holder, ttl)
	s.lease = lease
	return lease, err
}

// hanging is the store of a process that gets no answer once it has its lease.
type hanging struct {
	offboard.Store
	stuck bool
}

func (s *hanging) Acquire(ctx context.Context, customer customers.TenantID, holder string, ttl time.Duration) (offboard.Lease, error) {
	if s.stuck {
		<-ctx.Done()
		return offboard.Lease{}, ctx.Err()
	}
	s.stuck = true
	return s.Store.Acquire(ctx, customer, holder, ttl)
}

func TestALeaseThatIsLostBeforeTheFirstWriteIsNoErrorAndNothingIsSent(t *testing.T) {
	for name, tt := range map[string]struct {
		broken func(offboard.Store) offboard.Store
		good   int
	}{
		"no connection": {func(s offboard.Store) offboard.Store { return &stalled{Store: s} }, 0},
		"no more":       {func(s offboard.Store) offboard.Store { return &stalled{Store: s, good: 60} }, 60},
		"no answer":     {func(s offboard.Store) offboard.Store { return &hanging{Store: s} }, 0},
		"asleep":        {func(s offboard.Store) offboard.Store { return &asleep{Store: s} }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA))))
				confirm := func(ctx context.Context, _ *offboard.Plan) error {
					select {
					case <-ctx.Done():
						return ctx.Err()
					case <-time.After(time.Hour):
						return nil
					}
				}
				start := time.Now()
				report, err := offboard.NewRunner(b.another(tt.broken(b.store)), offboard.Options{Confirm: confirm}).Run(t.Context(), contoso)
				if err != nil || report.State != offboard.Waiting || report.Reason != offboard.ErrLeaseLost.Error() || report.Err != nil {
					t.Errorf("Run = %+v, %v, want one that says who goes on", report, err)
				}
				ends := start.Add(time.Duration(tt.good)*10*time.Second + 30*time.Second)
				if took := time.Since(start); time.Now().After(ends) || took < time.Duration(tt.good)*10*time.Second {
					t.Errorf("it stopped after %s, want after %d prolongations and before the lease had ended", took, tt.good)
				}
				if n := len(b.writes()); n != 0 {
					t.Errorf("%d writes were sent, want none", n)
				}
				time.Sleep(time.Until(ends))
				if _, err := b.store.Acquire(t.Context(), contoso, "the next", time.Minute); err != nil {
					t.Errorf("Acquire of the next = %v, want that the lease was given back, or has ended", err)
				}
			})
		})
	}
}
