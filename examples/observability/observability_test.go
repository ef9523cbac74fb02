package main

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cspkit/cspkit/customers"
	emulated "github.com/cspkit/cspkit/examples/internal/account"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/partnercentertest"
)

const (
	contoso  = emulated.Bakery
	fabrikam = emulated.Fabrikam
)

func TestTheDemoShowsEverySpanAndItsNumbersAgree(t *testing.T) {
	var out bytes.Buffer
	// Only the log level is set: the built-in emulator answers.
	cfg, err := config.Load(t.Context(), func(name string) string { return map[string]string{"CSPKIT_LOG": "debug"}[name] }, &out)
	if err != nil {
		t.Fatal(err)
	}
	defer cfg.Close()
	fake := cfg.Demo.Emulator
	fake.Delays = partnercentertest.Delays{} // which are for people who watch
	mishaps(fake)
	telemetry, err := newTelemetry()
	if err != nil {
		t.Fatal(err)
	}
	defer telemetry.shutdown(context.Background())
	id, err := customer(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	status, err := observed(t.Context(), cfg, telemetry, id, true, &out)
	if err != nil || status != cli.ExitDone {
		t.Fatalf("status = %d, %v, want 0:\n%s", status, err, &out)
	}

	if got := slices.Sorted(maps.Keys(kinds(telemetry))); !slices.Equal(got, []string{"attempt", "operation", "round", "run", "token request"}) {
		t.Errorf("there are spans of the kinds %q", got)
	}
	sent := map[string]int{}
	for _, r := range fake.Requests() {
		sent[r.Service]++
	}
	counted := counts(t, telemetry)
	for what, numbers := range map[string][2]int{
		"attempts as spans":       {kinds(telemetry)["attempt"], sent["partnercenter"]},
		"attempts as a metric":    {counted["http.client.request.duration"], sent["partnercenter"] + sent["entra"]},
		"token requests as spans": {kinds(telemetry)["token request"], sent["entra"]},
		"operations":              {counted["cspkit.operation.duration"], kinds(telemetry)["operation"]},
		"retries":                 {counted["cspkit.retries"], 2},
		"retries, by spans":       {counted["cspkit.retries"], kinds(telemetry)["attempt"] - kinds(telemetry)["operation"]},
		"waits":                   {counted["cspkit.wait.duration"], 2},
		"rounds":                  {counted["cspkit.offboard.round.duration"], kinds(telemetry)["round"]},
		"runs":                    {counted["cspkit.offboard.run.duration"], 1},
		"budget in use":           {counted["cspkit.budget.used"], sent["partnercenter"]},
		"log lines of attempts":   {strings.Count(out.String(), `msg="partner center attempt"`), sent["partnercenter"]},
	} {
		if numbers[0] != numbers[1] {
			t.Errorf("%s: %d, want %d", what, numbers[0], numbers[1])
		}
	}
	shows(t, out.String(), "\nLOG\n", "\nSPANS\noffboard run", "\nMETRICS\n", "  * retry wait", "http.response.status_code=429 error.type=429",
		"cspkit.wait.reason=throttled", `msg="offboarding write"`)
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, `msg="partner center attempt"`) && !(strings.Contains(line, " trace_id=") && strings.Contains(line, " span_id=")) {
			t.Errorf("a log line does not say which span it belongs to: %s", line)
		}
	}
	hides(t, out.String(), append(fake.Secrets(), partnercentertest.UserName, "Bearer")...)
}

// kinds counts the spans of each kind.
func kinds(t *telemetry) map[string]int {
	n := map[string]int{}
	for _, s := range t.spans.GetSpans() {
		switch {
		case s.InstrumentationScope.Name != "github.com/cspkit/cspkit/oteltrace":
			n["token request"]++
		case strings.HasPrefix(s.Name, "offboard "):
			n[strings.TrimPrefix(s.Name, "offboard ")]++
		case strings.HasPrefix(s.Name, "partnercenter "):
			n["operation"]++
		default:
			n["attempt"]++
		}
	}
	return n
}

// counts adds up the points of each metric; those of a histogram by their count.
func counts(t *testing.T, telemetry *telemetry) map[string]int {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := telemetry.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					n[m.Name] += int(p.Count)
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					n[m.Name] += int(p.Value)
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					n[m.Name] += int(p.Value)
				}
			}
		}
	}
	return n
}

func shows(t *testing.T, out string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(out, text) {
			t.Errorf("%q is not in the output:\n%s", text, out)
		}
	}
}

func hides(t *testing.T, out string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if text != "" && strings.Contains(out, text) {
			t.Errorf("the output shows a secret or a person: one of %d characters", len(text))
		}
	}
}

// account is an emulated account, and the environment that leads there.
type account struct {
	*emulated.Account
	env map[string]string
}

func newAccount(t *testing.T) *account {
	t.Helper()
	a := emulated.New(t,
		partnercentertest.Customer{ID: contoso, Company: "Contoso BV"}.With(partnercentertest.License("aaaaaaaa-0000-4000-8000-000000000001")),
		partnercentertest.Customer{ID: fabrikam, Company: "Fabrikam BV"}.With(partnercentertest.UnknownKind("aaaaaaaa-0000-4000-8000-000000000002")),
	)
	return &account{a, a.Env()}
}

func (a *account) run(ctx context.Context, args ...string) (status int, out, errout string) {
	var stdout, stderr bytes.Buffer
	status = run(ctx, args, func(name string) string { return a.env[name] }, cli.Console{Name: "observability", Out: &stdout, Err: &stderr})
	return status, stdout.String(), stderr.String()
}

func TestARealCustomerIsOnlyLookedAt(t *testing.T) {
	a := newAccount(t)
	status, out, errout := a.run(t.Context(), contoso)
	if status != cli.ExitDone || errout != "" || len(a.Writes()) != 0 {
		t.Errorf("status = %d, errors %q, %d writes; want 0 and none", status, errout, len(a.Writes()))
	}
	shows(t, out, "nothing was changed", ": cancel, because", "partnercenter GET /v1/customers/{id}/subscriptions", "cspkit.operation.duration")
	hides(t, out, a.Secrets()...)
}

func TestARealCustomerIsOffboardedIfToldSo(t *testing.T) {
	a := newAccount(t)
	// One that is blocked at once, so that the test takes no time.
	status, out, errout := a.run(t.Context(), fabrikam, "-yes")
	if status != cli.ExitUnfinished || errout != "" {
		t.Errorf("status = %d, errors %q, want 3 and none", status, errout)
	}
	shows(t, out, "is blocked, in phase cancelling", "offboard run", "cspkit.offboard.state=blocked")
	if sent := a.Writes(); len(sent) != 0 {
		t.Errorf("%d writes, want none: what blocks it is all that it has", len(sent))
	}
}

func TestWrongUsageSendsNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		env  string // a variable that is unset
		want string
	}{
		"no customer":      {nil, "", "no customer is named"},
		"two customers":    {[]string{contoso, fabrikam}, "", "name one customer"},
		"no id":            {[]string{"contoso"}, "", "contoso"},
		"the partner":      {[]string{partnercentertest.TenantID}, "", "own tenant"},
		"an unknown flag":  {[]string{"-now", contoso}, "", "-now"},
		"no secret":        {[]string{contoso}, "CSPKIT_CLIENT_SECRET", "CSPKIT_CLIENT_SECRET is not set"},
		"nobody signed in": {[]string{contoso}, "CSPKIT_REFRESH_TOKEN", "set CSPKIT_REFRESH_TOKEN"},
	} {
		a := newAccount(t)
		delete(a.env, tt.env)
		status, _, errout := a.run(t.Context(), tt.args...)
		if status != cli.ExitUsage || !strings.Contains(errout, tt.want) || len(a.Requests()) != 0 {
			t.Errorf("%s: status %d, %d requests, %q; want 2, none and %q", name, status, len(a.Requests()), errout, tt.want)
		}
	}
}

func TestAFailureIsShownWithItsSpans(t *testing.T) {
	a := newAccount(t)
	a.Inject(partnercentertest.Fault{Path: "/customers/", Times: -1, Status: 403, Code: "900308"})
	status, out, errout := a.run(t.Context(), contoso)
	if status != cli.ExitFailed || !strings.Contains(errout, "900308") {
		t.Errorf("status = %d, errors %q, want 4 and the code", status, errout)
	}
	shows(t, out, "cspkit.error.code=900308", "error.type=forbidden")
}

func TestAnInterruptionIsNoFailure(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status, _, _ := newAccount(t).run(ctx, contoso); status != cli.ExitInterrupted {
		t.Errorf("status = %d, want 130", status)
	}
}

func TestTheDemoTakesAnotherCustomer(t *testing.T) {
	cfg := &config.Config{Demo: &config.Demo{}}
	if id, err := customer(cfg, []string{fabrikam}); err != nil || id != customers.TenantID(fabrikam) {
		t.Errorf("customer = %s, %v, want the one that is named", id, err)
	}
}
