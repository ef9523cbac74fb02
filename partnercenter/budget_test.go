package partnercenter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/partnercenter"
)

// spend takes from the budget with many goroutines for a while, and returns
// when each request could go, in order.
func spend(budget partnercenter.RateBudget, r partnercenter.Resource, goroutines int, d time.Duration) []time.Time {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	var mu sync.Mutex
	var times []time.Time
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for budget.Wait(ctx, r) == nil {
				mu.Lock()
				times = append(times, time.Now())
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// busiest returns how many of the times lie in the fullest window of a minute.
func busiest(times []time.Time) (most int) {
	first := 0
	for i, at := range times {
		for at.Sub(times[first]) >= time.Minute {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

func TestTheBudgetHoldsInEveryMinute(t *testing.T) {
	for _, n := range []int{1, 2, 7, 10, 19, 20, 60, 500} {
		for _, goroutines := range []int{1, 40} {
			t.Run(fmt.Sprintf("%d a minute for %d goroutines", n, goroutines), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					times := spend(partnercenter.PerMinute(n), partnercenter.Customers, goroutines, 10*time.Minute)
					if most := busiest(times); most > n {
						t.Errorf("%d requests in one minute, want at most %d", most, n)
					}
					if want := 8 * n; len(times) < want {
						t.Errorf("%d requests in ten minutes, want at least %d: the budget is there to be used", len(times), want)
					}
				})
			})
		}
	}
}

func TestTheBudgetHoldsWhileItSlowsDownAndRecovers(t *testing.T) {
	for _, n := range []int{1, 10, 60, 500} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				budget := partnercenter.PerMinute(n)
				for _, after := range []int{20, 50, 53, 90, 200, 205, 210, 215, 220} { // seconds
					time.AfterFunc(time.Duration(after)*time.Second, func() { budget.Throttled(partnercenter.Orders, 3*time.Second) })
				}
				if most := busiest(spend(budget, partnercenter.Orders, 100, 15*time.Minute)); most > n {
					t.Errorf("%d requests in one minute, want at most %d", most, n)
				}
			})
		})
	}
}

func TestABudgetStopsAt429AndRecoversToFullSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := partnercenter.PerMinute(60)
		start := time.Now()
		time.AfterFunc(time.Minute, func() {
			for range 10 { // of requests that were under way together
				budget.Throttled(partnercenter.Customers, 30*time.Second)
			}
		})
		times := spend(budget, partnercenter.Customers, 20, 10*time.Minute)
		count := func(from, to time.Duration) (n int) {
			for _, at := range times {
				if d := at.Sub(start); d >= from && d < to {
					n++
				}
			}
			return n
		}
		if n := count(time.Minute+time.Millisecond, 90*time.Second); n != 0 {
			t.Errorf("%d requests during the pause, want none", n)
		}
		if n := count(96*time.Second, 105*time.Second); n == 0 || n > 6 {
			t.Errorf("%d requests in the 9 seconds after the pause, want about half of 8", n)
		}
		full := count(0, time.Minute) - 6 // without what the full bucket gave at once
		if n := count(5*time.Minute, 6*time.Minute); n < full-1 {
			t.Errorf("%d requests in a minute later, want the full speed of %d", n, full)
		}
	})
}

func TestRepeated429SlowDownButNeverStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := partnercenter.PerMinute(500)
		for range 50 {
			budget.Throttled(partnercenter.Customers, 0)
			time.Sleep(time.Second)
		}
		start := time.Now()
		for range 100 {
			if err := budget.Wait(t.Context(), partnercenter.Customers); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d > 4*time.Minute {
			t.Errorf("100 requests took %v after many 429s, want at least a sixteenth of the speed", d)
		}
	})
}

func TestEachResourceHasItsOwnBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := partnercenter.PerMinute(1)
		start := time.Now()
		for _, r := range []partnercenter.Resource{partnercenter.Customers, partnercenter.Subscriptions, partnercenter.Orders, partnercenter.Agreements} {
			if err := budget.Wait(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		for range 1000 {
			if err := budget.Wait(t.Context(), partnercenter.GraphResource); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("waited %v, want none: other resources have other budgets, Graph has none", d)
		}
		budget.Throttled(partnercenter.GraphResource, 20*time.Second)
		if err := budget.Wait(t.Context(), partnercenter.GraphResource); err != nil || time.Since(start) != 20*time.Second {
			t.Errorf("Wait = %v after %v, want 20s after Graph's 429", err, time.Since(start))
		}
	})
}

func TestZeroDoesNotLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := partnercenter.PerMinute(0)
		start := time.Now()
		for range 5000 {
			if err := budget.Wait(t.Context(), partnercenter.Customers); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("5000 requests waited %v, want none", d)
		}
	})
}

func TestACallerWhoGivesUpCostsTheOthersNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := partnercenter.PerMinute(1)
		if err := budget.Wait(t.Context(), partnercenter.Customers); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if err := budget.Wait(ctx, partnercenter.Customers); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Wait = %v, want context.DeadlineExceeded", err)
				}
			})
		}
		wg.Wait()
		if err := budget.Wait(t.Context(), partnercenter.Customers); err != nil || time.Since(start) > time.Minute+time.Second {
			t.Errorf("Wait = %v after %v, want one minute", err, time.Since(start))
		}
	})
}

func TestAllUsersOfAClientShareItsBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := play(says(200, "{}"))
		client := newClient(t, service, partnercenter.WithRateBudget(partnercenter.PerMinute(60)))
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				for range 10 {
					if _, err := client.Send(t.Context(), read); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		var times []time.Time
		for _, r := range service.requests() {
			times = append(times, r.at)
		}
		if most := busiest(times); most > 60 || len(times) != 200 {
			t.Errorf("%d requests, %d of them in one minute, want 200 and at most 60", len(times), most)
		}
	})
}

func TestA429PausesTheOtherUsersOfAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := play(says(429, "", "Retry-After", "40"), says(200, "{}"))
		client := newClient(t, service, once)
		start := time.Now()
		if _, err := client.Send(t.Context(), read); !errors.Is(err, partnercenter.ErrThrottled) {
			t.Fatalf("Send error = %v, want ErrThrottled", err)
		}
		if _, err := client.Send(t.Context(), read); err != nil || time.Since(start) != 40*time.Second {
			t.Errorf("the next Send = %v after %v, want an answer after 40s", err, time.Since(start))
		}
	})
}

func TestTheDefaultBudgetIs500AMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := play(says(200, "{}"))
		client := newClient(t, service)
		for range 1200 {
			if _, err := client.Send(t.Context(), read); err != nil {
				t.Fatal(err)
			}
		}
		var times []time.Time
		for _, r := range service.requests() {
			times = append(times, r.at)
		}
		if most := busiest(times); most < 490 || most > 500 {
			t.Errorf("%d requests in the busiest minute, want 500 or a few less", most)
		}
	})
}
