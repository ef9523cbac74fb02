package mca_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// tenant returns the id of the i-th of many customers.
func tenant(i int) customers.TenantID {
	return customers.TenantID(fmt.Sprintf("b44bb1fb-c595-45b0-9e09-%012d", i))
}

// many returns customers of whom every tenth is not compliant.
func many(n int) []partnercentertest.Customer {
	out := make([]partnercentertest.Customer, n)
	for i := range out {
		out[i] = partnercentertest.Customer{ID: string(tenant(i)), Company: "Company " + strconv.Itoa(i), DirectlySigned: i%10 != 0}
	}
	return out
}

// november runs a test in a bubble in 2026, with many customers.
func november(t *testing.T, n int, test func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)))
		test(newBench(t, partnercentertest.New(many(n)...)))
	})
}

// reads returns the requests to Partner Center since a number of them, without
// those for lists of customers.
func (b *bench) reads(since int) (pages, reads int) {
	for _, r := range b.fake.Requests()[since:] {
		switch {
		case r.Service != "partnercenter":
		case r.Path == "/v1/customers":
			pages++
		default:
			reads++
		}
	}
	return pages, reads
}

func TestASummaryCountsEveryStatusAndLooksAgainOnlyWhereItMust(t *testing.T) {
	november(t, 1200, func(b *bench) {
		t := b.t
		attest := func(i int, life time.Duration) *mca.Issued {
			record, err := b.desk.Start(t.Context(), tenant(i), complete().ValidFor(life))
			if err != nil {
				t.Fatal(err)
			}
			return record.Newest()
		}
		attest(0, time.Hour)      // expires
		attest(10, 100*time.Hour) // stays pending
		accepted := attest(20, 0) // is accepted
		b.accept(attest(30, 0))   // is accepted and finalised
		b.fake.Edit(string(tenant(40)), func(c *partnercentertest.Customer) {
			c.Agreements = []partnercentertest.Agreement{{Type: partnercentertest.CustomerAgreement, DateAgreed: time.Date(2023, 3, 31, 0, 0, 0, 0, time.UTC)}}
		})
		b.accept(accepted)
		if _, err := b.desk.Finalize(t.Context(), tenant(30)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		b.fake.Inject(partnercentertest.Fault{Path: string(tenant(50)), Times: 2, Status: 403, Code: "900308"})

		want := mca.Summary{Total: 1200, Required: 115, Pending: 1, LinkExpired: 1, ReadyToCreateAgreement: 1, Compliant: 1081, Unknown: 1}
		before := len(b.fake.Requests())
		got, err := b.desk.Summary(t.Context(), mca.SummaryOptions{})
		if err != nil || *got != want {
			t.Errorf("Summary = %+v, %v, want %+v", got, err, want)
		}
		if pages, reads := b.reads(before); pages != 3 || reads > 2*1200 {
			t.Errorf("the first pass cost %d pages and %d reads, want 3 and two a customer at most", pages, reads)
		}

		want.Required, want.Unknown = want.Required+1, 0
		before = len(b.fake.Requests())
		if got, err = b.desk.Summary(t.Context(), mca.SummaryOptions{}); err != nil || *got != want {
			t.Errorf("second Summary = %+v, %v, want %+v", got, err, want)
		}
		if pages, reads := b.reads(before); pages != 3 || reads > 2*(1200-1081) {
			t.Errorf("the second pass cost %d pages and %d reads, want 3 and two at most for each of 119", pages, reads)
		}

		// A customer who was known to be compliant is asked for again on demand.
		before = len(b.fake.Requests())
		if _, err := b.desk.Summary(t.Context(), mca.SummaryOptions{All: true}); err != nil {
			t.Error(err)
		}
		if _, reads := b.reads(before); reads < 1200 {
			t.Errorf("looking at all again cost %d reads", reads)
		}
	})
}

// For every attestation and whatever became of it, a pass says the same as a
// look at that customer alone.
func TestAPassSaysWhatALookSays(t *testing.T) {
	november(t, 11, func(b *bench) {
		t := b.t
		const customer = "b44bb1fb-c595-45b0-9e09-000000000010"
		check := func(when string, want mca.State) {
			t.Helper()
			for s, err := range b.desk.Statuses(t.Context(), mca.SummaryOptions{}) {
				if err != nil {
					t.Fatal(err)
				}
				if s.Customer == customer && s.State != want {
					t.Errorf("%s: a pass says %s (%v), want %s", when, s.State, s.Err, want)
				}
			}
		}
		check("at first", mca.Required)
		if _, err := b.desk.Start(t.Context(), customer, complete().ValidFor(time.Hour)); err != nil {
			t.Fatal(err)
		}
		check("with a link", mca.Pending)
		time.Sleep(2 * time.Hour)
		check("too late", mca.LinkExpired)
		check("too late, for a second time", mca.LinkExpired)
		record, err := b.desk.Renew(t.Context(), customer)
		if err != nil {
			t.Fatal(err)
		}
		check("renewed", mca.Pending)
		b.accept(record.Newest())
		check("accepted", mca.ReadyToCreateAgreement)
		check("accepted, for a second time", mca.ReadyToCreateAgreement)
		b.fake.Edit(customer, func(c *partnercentertest.Customer) { c.DirectlySigned = true })
		check("accepted directly as well", mca.Compliant)
	})
}

func TestACustomerWithALinkCanAcceptDirectly(t *testing.T) {
	november(t, 1, func(b *bench) {
		if _, err := b.desk.Start(b.t.Context(), tenant(0), complete()); err != nil {
			b.t.Fatal(err)
		}
		b.fake.Edit(string(tenant(0)), func(c *partnercentertest.Customer) { c.DirectlySigned = true })
		if got, err := b.desk.Summary(b.t.Context(), mca.SummaryOptions{}); err != nil || got.Compliant != 1 {
			b.t.Errorf("Summary = %+v, %v, want compliant", got, err)
		}
	})
}

func TestStatusesComeInOrderAndOneFailureStopsNothing(t *testing.T) {
	november(t, 250, func(b *bench) {
		t := b.t
		b.fake.Inject(
			partnercentertest.Fault{Path: string(tenant(3)), Times: -1, Status: 403, Code: "900308"},
			partnercentertest.Fault{Path: string(tenant(5)), Delay: 30 * time.Second},
		)
		var progress []int
		opts := mca.SummaryOptions{Concurrency: 4, Progress: func(s mca.Summary) { progress = append(progress, s.Total) }}
		i := 0
		for s, err := range b.desk.Statuses(t.Context(), opts) {
			if err != nil {
				t.Fatal(err)
			}
			if s.Customer != tenant(i) || s.Company != "Company "+strconv.Itoa(i) {
				t.Fatalf("status %d is of %s", i, s.Customer)
			}
			if failed := i == 3; failed != (s.State == mca.Unknown) || failed != errors.Is(s.Err, partnercenter.ErrForbidden) {
				t.Errorf("customer %d is %s with error %v", i, s.State, s.Err)
			}
			i++
		}
		if i != 250 || fmt.Sprint(progress) != "[100 200 250]" {
			t.Errorf("%d statuses, progress %v", i, progress)
		}
	})
}

func TestARangeThatIsBrokenOffLeavesNothingBehind(t *testing.T) {
	november(t, 300, func(b *bench) { // the bubble would report goroutines that go on
		for range b.desk.Statuses(b.t.Context(), mca.SummaryOptions{}) {
			break
		}
		ctx, cancel := context.WithCancel(b.t.Context())
		defer cancel()
		n := 0
		var last error
		for _, err := range b.desk.Statuses(ctx, mca.SummaryOptions{}) {
			if n++; n == 20 {
				cancel()
			}
			last = err
		}
		if !errors.Is(last, context.Canceled) || n > 30 {
			b.t.Errorf("the range ended with %v after %d statuses", last, n)
		}
	})
}

func TestALostListIsAnErrorAndNoSummary(t *testing.T) {
	november(t, 600, func(b *bench) {
		b.fake.Inject(partnercentertest.Fault{Path: "/v1/customers", After: 1, Times: -1, Status: 403, Code: "900308"})
		n := 0
		var last error
		for _, err := range b.desk.Statuses(b.t.Context(), mca.SummaryOptions{}) {
			n++
			last = err
		}
		if !errors.Is(last, partnercenter.ErrForbidden) {
			b.t.Errorf("the range ended with %v after %d statuses, want ErrForbidden", last, n)
		}
		if got, err := b.desk.Summary(b.t.Context(), mca.SummaryOptions{}); err == nil {
			b.t.Errorf("Summary = %+v of half a list", got)
		}
	})
}

// emulatorVariable tells the test binary to be an emulator, so that its
// customers are in the memory of another process.
const emulatorVariable = "MCA_TEST_EMULATOR"

func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv(emulatorVariable)); err == nil {
		serve(n)
		return
	}
	os.Exit(m.Run())
}

// serve is an emulator with n customers, until standard input ends.
func serve(n int) {
	fake := partnercentertest.New(many(n)...)
	fake.Forget = true
	server := &http.Server{Handler: fake, ReadHeaderTimeout: time.Minute}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	go server.Serve(listener)
	fmt.Println("http://" + listener.Addr().String())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// BenchmarkSummary counts 1,000 and 100,000 customers, twice. Its metrics are
// the growth of the heap at its peak, which stays under 10 MiB, and the requests
// of the second pass for each customer that is not compliant, two at most.
func BenchmarkSummary(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			url := startEmulator(b, n)
			for b.Loop() {
				summarise(b, url, n)
			}
		})
	}
}

// TestSummaryOfAHundredThousandIsFlat is BenchmarkSummary once, with what it
// promises. It takes a minute on a small machine: -short leaves it out.
func TestSummaryOfAHundredThousandIsFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("100,000 customers take a while")
	}
	n := 100_000
	if raceEnabled {
		n = 10_000 // the race detector takes ten times as long, and its own memory
	}
	growth, perCustomer := summarise(t, startEmulator(t, n), n)
	if growth > 10<<20 && !raceEnabled {
		t.Errorf("the heap grew by %d MiB, want less than 10", growth>>20)
	}
	if perCustomer > 2 {
		t.Errorf("the second pass made %.2f requests for each customer that is not compliant, want 2 at most", perCustomer)
	}
}

// startEmulator runs an emulator in a process of its own.
func startEmulator(t testing.TB, n int) (url string) {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), emulatorVariable+"="+strconv.Itoa(n))
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = command.Wait() })
	if _, err := fmt.Fscanln(out, &url); err != nil || !strings.HasPrefix(url, "http://") {
		t.Fatalf("the emulator said %q, %v", url, err)
	}
	return url
}

// counter counts requests that are about one customer.
type counter struct {
	next  http.RoundTripper
	reads atomic.Int64
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/v1/customers/") {
		c.reads.Add(1)
	}
	return c.next.RoundTrip(r)
}

// summarise counts n customers twice.
func summarise(t testing.TB, url string, n int) (growth uint64, perCustomer float64) {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16
	count := &counter{next: transport}
	cloud := auth.Public()
	cloud.Authority = url
	registration := auth.AppConfig{
		Cloud: cloud, Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID, ClientSecret: partnercentertest.ClientSecret,
	}
	user, err := auth.NewUser(auth.UserConfig{App: registration, RefreshToken: partnercentertest.RefreshToken})
	if err != nil {
		t.Fatal(err)
	}
	client, err := partnercenter.New(auth.Credentials{AppUser: user.PartnerCenter()}, partnercenter.WithBaseURL(url),
		partnercenter.WithTransport(count), partnercenter.WithRateBudget(partnercenter.PerMinute(0)))
	if err != nil {
		t.Fatal(err)
	}
	partner, err := mca.NewPartner(client)
	if err != nil {
		t.Fatal(err)
	}
	desk, err := mca.NewDesk(partner, new(mca.MemoryStore))
	if err != nil {
		t.Fatal(err)
	}
	heap := watchHeap()
	opts := mca.SummaryOptions{Concurrency: 16, Progress: func(mca.Summary) { heap.look() }}
	want := mca.Summary{Total: n, Required: n / 10, Compliant: n - n/10}
	for pass := range 2 {
		count.reads.Store(0)
		if got, err := desk.Summary(t.Context(), opts); err != nil || *got != want {
			t.Fatalf("pass %d: Summary = %+v, %v, want %+v", pass+1, got, err, want)
		}
	}
	growth, perCustomer = heap.growth(), float64(count.reads.Load())/float64(n/10)
	t.Logf("%d customers: the heap grew by %.1f MiB at its peak; the second pass made %.2f requests for each customer that is not compliant",
		n, float64(growth)/(1<<20), perCustomer)
	if b, ok := t.(*testing.B); ok {
		b.ReportMetric(float64(growth)/(1<<20), "MiB-heap")
		b.ReportMetric(perCustomer, "reads/customer")
	}
	transport.CloseIdleConnections()
	return growth, perCustomer
}

// heapWatch sees how far the heap grows: what is alive, after a collection.
type heapWatch struct{ before, peak uint64 }

func watchHeap() *heapWatch {
	h := &heapWatch{}
	h.look()
	h.before, h.peak = h.peak, 0
	return h
}

func (h *heapWatch) look() {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	h.peak = max(h.peak, m.HeapAlloc)
}

func (h *heapWatch) growth() uint64 { return h.peak - min(h.peak, h.before) }
