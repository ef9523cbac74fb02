package oteltrace_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// want compares the points of a metric.
func (b *bench) want(metric string, points ...string) {
	b.t.Helper()
	if diff := cmp.Diff(points, b.points(metric)); diff != "" {
		b.t.Errorf("%s (-want +got):\n%s", metric, diff)
	}
}

const (
	get    = "http.request.method=GET "
	place  = " server.address=api.partnercenter.microsoft.com server.port=443"
	path   = "url.template=/v1/customers/{id}"
	ofThem = "cspkit.resource=customers"
)

func TestMetricsCountRequestsRetriesAndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		fake := partnercentertest.New(partnercentertest.Customer{ID: contoso})
		fake.Inject(
			partnercentertest.Fault{Path: "/customers/", Status: 429, RetryAfter: "7"},
			partnercentertest.Fault{Path: "/customers/", Status: 503, RetryAfter: "20"},
			partnercentertest.Fault{Path: "/customers/", After: 1, Status: 403, Code: "900308"},
		)
		client := b.client(fake, partnercenter.WithRateBudget(partnercenter.PerMinute(0)))
		if _, err := client.Send(t.Context(), reading); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Send(t.Context(), reading); err == nil {
			t.Fatal("the second call gave no error")
		}
		b.want("http.client.request.duration",
			"error.type=403 "+get+"http.response.status_code=403"+place+" "+path+": 1 in 0s",
			"error.type=429 "+get+"http.response.status_code=429"+place+" "+path+": 1 in 0s",
			"error.type=503 "+get+"http.response.status_code=503"+place+" "+path+": 1 in 0s",
			get+"http.response.status_code=200"+place+" "+path+": 1 in 0s")
		b.want("cspkit.operation.duration",
			ofThem+" error.type=forbidden "+get+path+": 1 in 0s",
			ofThem+" "+get+path+": 1 in 27s")
		b.want("cspkit.retries", ofThem+" "+get+path+": 2")
		b.want("cspkit.wait.duration",
			ofThem+" cspkit.wait.reason=failure: 1 in 20s",
			ofThem+" cspkit.wait.reason=throttled: 1 in 7s")
	})
}

func TestTheBudgetInUseIsThatOfTheLastMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		client := b.client(partnercentertest.New(partnercentertest.Customer{ID: contoso}), partnercenter.WithRateBudget(partnercenter.PerMinute(2)))
		for range 3 { // the second and the third wait for half a minute each
			if _, err := client.Send(t.Context(), reading); err != nil {
				t.Fatal(err)
			}
		}
		b.want("cspkit.wait.duration", ofThem+" cspkit.wait.reason=budget: 2 in 1m0s")
		b.want("cspkit.budget.used", ofThem+": 2")
		time.Sleep(time.Second)
		b.want("cspkit.budget.used", ofThem+": 2")
		time.Sleep(30 * time.Second)
		b.want("cspkit.budget.used", ofThem+": 1")
		time.Sleep(time.Hour)
		b.want("cspkit.budget.used", ofThem+": 0")
	})
}

func TestMetricsCountRunsByState(t *testing.T) {
	const fabrikam = "22222222-aaaa-4aaa-8aaa-000000000002"
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		fake := partnercentertest.New(
			partnercentertest.Customer{ID: contoso},
			partnercentertest.Customer{ID: fabrikam}.With(partnercentertest.LicenseClosed(subA)),
		)
		workflow, err := offboard.New(offboard.NewPartner(b.client(fake)), new(offboard.MemoryStore), offboard.WithObserver(b.observer))
		if err != nil {
			t.Fatal(err)
		}
		asked := 0
		runner := offboard.NewRunner(workflow, offboard.Options{Wait: -1, Confirm: func(context.Context, *offboard.Plan) error {
			asked++
			b.want("cspkit.offboard.runs.active", ": 1")
			return nil
		}})
		for _, id := range []customers.TenantID{contoso, fabrikam} {
			if _, err := runner.Run(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		if asked != 2 {
			t.Errorf("%d runs were looked at, want 2", asked)
		}
		b.want("cspkit.offboard.runs.active", ": 0")
		b.want("cspkit.offboard.run.duration",
			"cspkit.offboard.phase=cancelling cspkit.offboard.state=waiting: 1 in 5s",
			"cspkit.offboard.phase=done cspkit.offboard.state=done: 1 in 5s")
		b.want("cspkit.offboard.round.duration",
			"cspkit.offboard.phase=cancelling cspkit.offboard.state=running: 1 in 0s",
			"cspkit.offboard.phase=cancelling cspkit.offboard.state=waiting: 1 in 0s",
			"cspkit.offboard.phase=done cspkit.offboard.state=done: 1 in 0s",
			"cspkit.offboard.phase=removing cspkit.offboard.state=running: 1 in 0s")
	})
}
