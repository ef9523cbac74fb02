package offboard_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// looks returns when the subscriptions were read.
func (b *bench) looks() (at []time.Time) {
	for _, r := range b.calls() {
		if r.Method == http.MethodGet && strings.HasSuffix(r.Path, "/subscriptions") {
			at = append(at, r.Time)
		}
	}
	return at
}

// slowly returns a bench whose cancellation takes long to show.
func slowly(t *testing.T, takes time.Duration) *bench {
	fake := partnercentertest.New(customer(partnercentertest.License(subA)))
	fake.Delays.Subscription = takes
	return newBench(t, fake)
}

// begin runs Contoso's offboarding and gives the report on the channel.
func (b *bench) begin(runner *offboard.Runner) <-chan *offboard.Report {
	reports := make(chan *offboard.Report, 1)
	go func() {
		report, err := runner.Run(b.t.Context(), contoso)
		if err != nil {
			b.t.Errorf("Run: %v", err)
		}
		reports <- report
	}()
	return reports
}

// onLook is a transport that calls f whenever the subscriptions are read.
type onLook struct {
	http.RoundTripper
	f func()
}

func (o onLook) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/subscriptions") {
		o.f()
	}
	return o.RoundTripper.RoundTrip(r)
}

// runnerThat returns a runner of the bench that does f, during the reading, at
// every look.
func (b *bench) runnerThat(opts offboard.Options, f func(*offboard.Runner)) *offboard.Runner {
	b.t.Helper()
	var runner *offboard.Runner
	client, err := partnercenter.New(b.creds, partnercenter.WithTransport(onLook{b.fake, func() { f(runner) }}))
	if err != nil {
		b.t.Fatal(err)
	}
	workflow, err := offboard.New(offboard.NewPartner(client), b.store)
	if err != nil {
		b.t.Fatal(err)
	}
	runner = offboard.NewRunner(workflow, opts)
	return runner
}

func TestARunThatWaitsLooksAtOnceWhenItIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := slowly(t, 20*minute)
		runner := offboard.NewRunner(b.workflow, offboard.Options{})
		done := b.begin(runner)
		time.Sleep(10 * minute) // the looks are a minute apart by now
		for before := len(b.looks()); len(b.looks()) == before; {
			time.Sleep(time.Second)
		}
		time.Sleep(15 * time.Second)
		before := len(b.looks())
		for range 3 {
			runner.Wake(customers.TenantID(strings.ToUpper(string(contoso)))) // as an event may spell it
		}
		time.Sleep(time.Second)
		if n := len(b.looks()) - before; n != 1 {
			t.Errorf("%d looks within a second of three wakes, want one", n)
		}
		b.want(<-done, offboard.Done, offboard.PhaseDone)
	})
}

func TestALookServesAllWakesBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := slowly(t, 20*minute)
		runner := offboard.NewRunner(b.workflow, offboard.Options{})
		done := b.begin(runner)
		time.Sleep(10 * minute)
		for before := len(b.looks()); len(b.looks()) == before; {
			time.Sleep(time.Second)
		}
		before := len(b.looks())
		for range 3 { // within the five seconds that two looks are apart at least
			runner.Wake(contoso)
			time.Sleep(time.Second)
		}
		time.Sleep(15 * time.Second)
		if n := len(b.looks()) - before; n != 1 {
			t.Errorf("%d looks for three wakes before the next, want one", n)
		}
		b.want(<-done, offboard.Done, offboard.PhaseDone)
	})
}

func TestAStreamOfWakesNeitherHammersNorProlongs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := slowly(t, time.Hour)
		runner := offboard.NewRunner(b.workflow, offboard.Options{Wait: 10 * minute})
		start, done := time.Now(), b.begin(runner)
		var report *offboard.Report
		for report == nil {
			select {
			case report = <-done:
			case <-time.After(100 * time.Millisecond):
				runner.Wake(contoso)
			}
		}
		b.want(report, offboard.Waiting, offboard.Cancelling)
		if stayed := time.Since(start); stayed > 10*minute+30*time.Second {
			t.Errorf("the runner stayed for %s, want 10 minutes", stayed)
		}
		at := b.looks()
		for i := 2; i < len(at); i++ { // the first two are the plan and the look after the write
			if apart := at[i].Sub(at[i-1]); apart < 5*time.Second {
				t.Errorf("two looks are %s apart, want at least 5s", apart)
			}
		}
		if len(at) < 100 {
			t.Errorf("%d looks in 10 minutes of wakes, want one every 5s or so", len(at))
		}
	})
}

func TestAWakeDuringALookEndsTheNextWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := slowly(t, 5*minute)
		runner := b.runnerThat(offboard.Options{}, func(r *offboard.Runner) { r.Wake(contoso) })
		b.want(<-b.begin(runner), offboard.Done, offboard.PhaseDone)
		at := b.looks()
		for i := 2; i < len(at); i++ {
			if apart := at[i].Sub(at[i-1]); apart < 5*time.Second || apart > 6*time.Second {
				t.Errorf("looks %d and %d are %s apart, want 5s", i, i+1, apart)
			}
		}
	})
}

func TestAWakeDuringTheLastLookIsNotLost(t *testing.T) {
	for _, tt := range []struct {
		wait time.Duration
		want int // looks: the plan, one after the write, and those that were woken
	}{{0, 3}, {time.Second, 2}, {-1, 2}} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, partnercentertest.New(customer(partnercentertest.LicenseClosed(subA)))) // waits for months
			n := 0
			runner := b.runnerThat(offboard.Options{Wait: tt.wait}, func(r *offboard.Runner) {
				if n++; n == 2 {
					r.Wake(contoso)
				}
			})
			b.want(<-b.begin(runner), offboard.Waiting, offboard.Cancelling)
			if len(b.looks()) != tt.want {
				t.Errorf("Wait %s: %d looks, want %d", tt.wait, len(b.looks()), tt.want)
			}
		})
	}
}

func TestAWakeDoesNotCutShortWhatPartnerCenterAsksFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := slowly(t, 20*minute)
		runner := offboard.NewRunner(b.workflow, offboard.Options{})
		done := b.begin(runner)
		time.Sleep(minute)
		b.fake.Inject(partnercentertest.Fault{Method: http.MethodGet, Path: "/subscriptions", Status: 429, RetryAfter: "600"})
		time.Sleep(2 * minute) // it was told by now
		before := len(b.calls())
		for range 7 * 60 {
			runner.Wake(contoso)
			time.Sleep(time.Second)
		}
		if n := len(b.calls()) - before; n != 0 {
			t.Errorf("%d requests while Partner Center asked to be left alone, want none", n)
		}
		b.want(<-done, offboard.Done, offboard.PhaseDone)
	})
}

func TestAWakeOfNobodyIsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA))))
		runner := offboard.NewRunner(b.workflow, offboard.Options{})
		runner.Wake(contoso)
		runner.Wake("")
		if n := len(b.calls()); n != 0 {
			t.Errorf("%d requests for a wake without a run, want none", n)
		}
		b.want(<-b.begin(runner), offboard.Done, offboard.PhaseDone)
		runner.Wake(contoso)
	})
}

func TestGivingUpIsWokenToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(customer(partnercentertest.LicenseClosed(subA)))
		b := newBench(t, fake)
		b.want(b.run(offboard.Options{}), offboard.Waiting, offboard.Cancelling)
		fake.Delays.Subscription = 10 * minute
		runner := offboard.NewRunner(b.workflow, offboard.Options{})
		done := make(chan *offboard.Report, 1)
		go func() {
			report, err := runner.GiveUp(t.Context(), contoso)
			if err != nil {
				t.Errorf("GiveUp: %v", err)
			}
			done <- report
		}()
		time.Sleep(8*minute + 10*time.Second)
		before := len(b.looks())
		for range 60 { // more than a minute apart otherwise
			runner.Wake(contoso)
			time.Sleep(time.Second)
		}
		if n := len(b.looks()) - before; n < 8 {
			t.Errorf("%d looks in a minute of wakes, want one every 5s", n)
		}
		b.want(<-done, offboard.Done, offboard.Abandoned)
	})
}
