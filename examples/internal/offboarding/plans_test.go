package offboarding_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/offboarding"
	"github.com/cspkit/cspkit/offboard"
)

var errSlow = errors.New("no such customer")

// slow is a partner whose first read takes a minute, and fails.
type slow struct {
	offboard.Partner
	begun, open, most atomic.Int64
}

func (s *slow) CheckRead(context.Context, customers.TenantID, bool) error { return nil }

func (s *slow) Customer(ctx context.Context, _ customers.TenantID) (*customers.Customer, error) {
	s.begun.Add(1)
	s.most.Store(max(s.most.Load(), s.open.Add(1)))
	defer s.open.Add(-1)
	select {
	case <-time.After(time.Minute):
		return nil, errSlow
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ids are 20 customers.
func ids() (all []customers.TenantID) {
	for i := range 20 {
		all = append(all, customers.TenantID(fmt.Sprintf("11111111-2222-4333-8444-%012d", i)))
	}
	return all
}

func planned(t *testing.T, s *slow) *offboard.Workflow {
	t.Helper()
	w, err := offboard.New(s, new(offboard.MemoryStore))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestPlansComeInOrderSomeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(slow)
		began := time.Now()
		var got []customers.TenantID
		for p := range offboarding.Plans(t.Context(), planned(t, s), slices.Values(ids()), offboard.Policy{}, 4) {
			if p.Plan != nil || !errors.Is(p.Err, errSlow) {
				t.Errorf("plan of %s = %v, %v", p.Customer, p.Plan, p.Err)
			}
			got = append(got, p.Customer)
		}
		if !slices.Equal(got, ids()) || s.most.Load() != 4 || time.Since(began) != 5*time.Minute {
			t.Errorf("%d plans in %s, %d at once; want 20 in order in 5m, 4 at once", len(got), time.Since(began), s.most.Load())
		}
	})
}

// A bubble fails if a goroutine is left over.
func TestWhoTakesNoMorePlansStopsTheirMaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(slow)
		began := time.Now()
		for range offboarding.Plans(t.Context(), planned(t, s), slices.Values(ids()), offboard.Policy{}, 4) {
			break
		}
		if n := s.begun.Load(); n > 5 || time.Since(began) != time.Minute {
			t.Errorf("%d plans were begun, the last ended after %s; want 5 at most, a minute", n, time.Since(began))
		}
	})
}

func TestEveryCustomerIsYieldedAfterAnInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		n := 0
		for p := range offboarding.Plans(ctx, planned(t, new(slow)), slices.Values(ids()), offboard.Policy{}, 4) {
			if n++; p.Err == nil {
				t.Errorf("plan of %s is no error", p.Customer)
			}
		}
		if n != 20 {
			t.Errorf("%d customers, want all 20", n)
		}
	})
}
