package offboard_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// many returns customers with a number of licences each.
func many(n, licences int) (seed []partnercentertest.Customer, ids []customers.TenantID) {
	for i := range n {
		id := fmt.Sprintf("11111111-aaaa-4aaa-8aaa-%012d", i)
		var items []partnercentertest.Item
		for j := range licences {
			items = append(items, partnercentertest.License(fmt.Sprintf("aaaaaaaa-0000-4000-%04d-%012d", 8000+j, i)))
		}
		seed = append(seed, partnercentertest.Customer{ID: id, Company: fmt.Sprint("Company ", i)}.With(items...))
		ids = append(ids, customers.TenantID(id))
	}
	return seed, ids
}

// runner returns one on an emulator, with a rate budget of its own.
func bulkRunner(t *testing.T, fake *partnercentertest.Server, budget partnercenter.RateBudget, opts offboard.Options) (*offboard.Runner, *offboard.MemoryStore) {
	t.Helper()
	client, err := partnercenter.New(credentials(t, fake), partnercenter.WithTransport(fake), partnercenter.WithRateBudget(budget))
	if err != nil {
		t.Fatal(err)
	}
	store := new(offboard.MemoryStore)
	w, err := offboard.New(offboard.NewPartner(client), store)
	if err != nil {
		t.Fatal(err)
	}
	return offboard.NewRunner(w, opts), store
}

// TestAThousandCustomersUseTheBudget offboards 1,000 customers with five
// subscriptions each, within Microsoft's 500 requests a minute and resource.
func TestAThousandCustomersUseTheBudget(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 200
	}
	synctest.Test(t, func(t *testing.T) {
		seed, ids := many(n, 5)
		fake := partnercentertest.New(seed...)
		fake.Budget = 500
		runner, _ := bulkRunner(t, fake, partnercenter.PerMinute(500), offboard.Options{})
		last := offboard.Progress{}
		sum := runner.RunAll(t.Context(), ids, offboard.BulkOptions{Progress: func(p offboard.Progress) { last = p }})
		if sum.Done != n || sum.Ended() != n {
			t.Fatalf("RunAll = %+v, want %d done", sum, n)
		}
		if last.Summary != sum || last.Open != 0 || last.CallsDone != last.Calls || last.Calls == 0 {
			t.Errorf("the last progress is %+v", last)
		}
		minutes := map[int]int{} // requests for subscriptions, by the minute
		var first, end time.Time
		for _, r := range fake.Requests() {
			if r.Status == http.StatusTooManyRequests {
				t.Fatal("a request was throttled")
			}
			if r.Service != "partnercenter" || !slices.Contains([]string{"GET", "PATCH"}, r.Method) || !isSubscriptions(r.Path) {
				continue
			}
			if first.IsZero() {
				first = r.Time
			}
			if r.Method == http.MethodPatch {
				end = r.Time
			}
			minutes[int(r.Time.Sub(first)/time.Minute)]++
		}
		// While there are subscriptions to end, the budget of that resource is what limits.
		full := int(end.Sub(first) / time.Minute)
		used := 0
		for m := range full {
			used += minutes[m]
		}
		if share := float64(used) / float64(500*full); full < 2 || share < 0.95 {
			t.Errorf("%.1f%% of the budget was used in %d minutes, want at least 95%%", 100*share, full)
		} else {
			t.Logf("%.1f%% of the budget was used in %d minutes", 100*share, full)
		}
		for _, id := range ids {
			if fake.Applied(string(id), string(id)) != 1 {
				t.Errorf("customer %s was removed %d times", id, fake.Applied(string(id), string(id)))
			}
		}
	})
}

func isSubscriptions(path string) bool {
	const prefix = "/v1/customers/11111111-aaaa-4aaa-8aaa-000000000000/subscriptions"
	return len(path) >= len(prefix) && path[len(prefix)-len("/subscriptions"):len(prefix)] == "/subscriptions"
}

func TestACustomerWithManySubscriptionsDoesNotStarveTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seed, ids := many(9, 3)
		big, _ := many(1, 400)
		seed[0].Subscriptions = big[0].Subscriptions
		for i := range seed[0].Subscriptions {
			seed[0].Subscriptions[i].ID = fmt.Sprintf("bbbbbbbb-0000-4000-8000-%012d", i)
		}
		fake := partnercentertest.New(seed...)
		runner, _ := bulkRunner(t, fake, partnercenter.PerMinute(60), offboard.Options{})
		var ended []customers.TenantID
		sum := runner.RunAll(t.Context(), ids, offboard.BulkOptions{Concurrency: 2, Report: func(r *offboard.Report) { ended = append(ended, r.Customer) }})
		if sum.Done != 9 {
			t.Fatalf("RunAll = %+v", sum)
		}
		if ended[8] != ids[0] {
			t.Errorf("ended in the order %v; want the one with 400 subscriptions last, although it was first", ended)
		}
	})
}

func TestOneCustomersFailureIsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seed, ids := many(5, 2)
		fake := partnercentertest.New(seed...)
		fake.Inject(partnercentertest.Fault{Path: string(ids[1]) + "/entitlements", Times: -1, Status: 403, Code: "900308"})
		fake.Edit(string(ids[2]), func(c *partnercentertest.Customer) { c.Subscriptions[0].Status = "hibernating" })
		runner, _ := bulkRunner(t, fake, partnercenter.PerMinute(0), offboard.Options{})
		states := map[customers.TenantID]offboard.State{}
		named := append([]customers.TenantID{"nobody", "11111111-AAAA-4AAA-8AAA-000000000000", "99999999-aaaa-4aaa-8aaa-000000000000"}, ids...)
		sum := runner.RunAll(t.Context(), named, offboard.BulkOptions{Report: func(r *offboard.Report) {
			states[r.Customer] = r.State
			if (r.Err != nil) != (r.State == offboard.Failed) {
				t.Errorf("customer %s is %s with error %v", r.Customer, r.State, r.Err)
			}
		}})
		want := offboard.Summary{Done: 3, Blocked: 1, Failed: 3, WaitUntil: sum.WaitUntil}
		if sum != want || len(states) != 7 || states[ids[1]] != offboard.Failed || states[ids[2]] != offboard.Blocked {
			t.Errorf("RunAll = %+v, %v, want %+v", sum, states, want)
		}
	})
}

func TestPauseStopsBeforeTheNextWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seed, ids := many(3, 20)
		fake := partnercentertest.New(seed...)
		runner, _ := bulkRunner(t, fake, partnercenter.PerMinute(60), offboard.Options{})
		done := make(chan offboard.Summary)
		go func() { done <- runner.RunAll(t.Context(), ids, offboard.BulkOptions{}) }()
		time.Sleep(30 * time.Second)
		runner.Pause()
		time.Sleep(time.Second) // what is under way ends
		before := len(fake.Requests())
		if before == 0 {
			t.Error("nothing was sent before the pause")
		}
		time.Sleep(time.Hour)
		if n := len(fake.Requests()) - before; n > len(ids) {
			t.Errorf("%d requests were sent while paused", n)
		}
		runner.Resume()
		if sum := <-done; sum.Done != 3 {
			t.Errorf("RunAll = %+v after the pause, want 3 done", sum)
		}
	})
}

func TestAnInterruptedBulkRunReportsEveryCustomerAndGoesOnLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seed, ids := many(10, 5)
		fake := partnercentertest.New(seed...)
		runner, _ := bulkRunner(t, fake, partnercenter.PerMinute(60), offboard.Options{})
		ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
		defer stop()
		reports := 0
		sum := runner.RunAll(ctx, ids, offboard.BulkOptions{Concurrency: 3, Report: func(r *offboard.Report) {
			reports++
			if r.State == offboard.Interrupted && !errors.Is(r.Err, context.DeadlineExceeded) {
				t.Errorf("customer %s was interrupted with %v", r.Customer, r.Err)
			}
		}})
		if sum.Interrupted == 0 || sum.Ended() != 10 || reports != 10 {
			t.Errorf("RunAll = %+v with %d reports", sum, reports)
		}
		if sum = runner.RunAll(t.Context(), ids, offboard.BulkOptions{}); sum.Done != 10 {
			t.Errorf("the next RunAll = %+v, want 10 done", sum)
		}
		for _, id := range ids {
			if n := fake.Applied(string(id), string(id)); n != 1 {
				t.Errorf("customer %s was removed %d times", id, n)
			}
		}
	})
}

// The memory that a bulk run takes does not grow with the number of customers.
func TestMemoryOfABulkRunIsFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	grown := map[int]int64{}
	for _, n := range []int{100, 400} {
		synctest.Test(t, func(t *testing.T) {
			seed, ids := many(n, 5)
			fake := partnercentertest.New(seed...)
			fake.Forget = true
			runner, store := bulkRunner(t, fake, partnercenter.PerMinute(0), offboard.Options{})
			alive := func() int64 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				return int64(m.HeapAlloc)
			}
			var peak int64
			ended := 0
			before := alive()
			runner.RunAll(t.Context(), ids, offboard.BulkOptions{Concurrency: 32, Report: func(*offboard.Report) {
				if ended++; ended%50 == 0 {
					peak = max(peak, alive()-before)
				}
			}})
			runtime.KeepAlive(store)
			grown[n] = peak / int64(n) // the emulator and the store in memory keep something of each customer
		})
	}
	if grown[400] > grown[100]*3/2 {
		t.Errorf("the heap grew by %d bytes a customer for 400, by %d for 100", grown[400], grown[100])
	}
	t.Logf("the heap grew by %d bytes a customer for 400, by %d for 100", grown[400], grown[100])
}
