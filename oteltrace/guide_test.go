package oteltrace_test

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/guidetest"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/oteltrace"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// The tables of docs/observability.md, and what a conversation that meets
// everything gives out, must be the same.
func TestTheGuideHasEverySpanAndMetric(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Agreements of the year in which bubbles begin would be too old to count.
		time.Sleep(time.Until(time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)))
		b := newBench(t)
		converse(b)
		compare := func(what string, guide, given []string) {
			t.Helper()
			slices.Sort(guide)
			slices.Sort(given)
			if diff := cmp.Diff(slices.Compact(guide), slices.Compact(given)); diff != "" {
				t.Errorf("%s: the guide (-) and what was given out (+) differ:\n%s", what, diff)
			}
		}
		var guide, given []string

		for _, row := range guidetest.Table(t, "../docs/observability.md", "Spans", "span") {
			guide = append(guide, row[0]+" "+row[1])
		}
		for _, s := range b.spans.GetSpans() {
			name, _ := class(s)
			given = append(given, name+" "+s.SpanKind.String())
		}
		compare("spans and their kinds", guide, given)

		guide, given = nil, nil
		for _, row := range guidetest.Table(t, "../docs/observability.md", "Spans", "attribute") {
			for on := range strings.SplitSeq(row[1], ", ") {
				guide = append(guide, on+" has "+row[0])
			}
		}
		for _, s := range b.spans.GetSpans() {
			_, short := class(s)
			for _, a := range s.Attributes {
				given = append(given, short+" has "+string(a.Key))
			}
		}
		compare("attributes of spans", guide, given)

		guide, given = nil, nil
		for _, row := range guidetest.Table(t, "../docs/observability.md", "Spans", "event") {
			guide = append(guide, strings.TrimSpace(row[0]+" "+row[2]))
		}
		for _, s := range b.spans.GetSpans() {
			for _, e := range s.Events {
				given = append(given, strings.TrimSpace(e.Name+" "+keys(e.Attributes)))
			}
		}
		compare("events", guide, given)

		guide, given = nil, nil
		for _, row := range guidetest.Table(t, "../docs/observability.md", "Metrics", "metric") {
			attributes := strings.Split(row[3], ", ")
			slices.Sort(attributes)
			guide = append(guide, fmt.Sprintf("%s: %s in %s by %s", row[0], row[1], row[2], strings.Join(attributes, " ")))
		}
		for _, m := range b.collected().ScopeMetrics[0].Metrics {
			instrument, sets := points(t, m)
			given = append(given, fmt.Sprintf("%s: %s in %s by %s", m.Name, instrument, m.Unit, keys(slices.Concat(sets...))))
		}
		compare("metrics", guide, given)
	})
}

// class names the row of the guide for a span, and what its attributes are
// listed under.
func class(s tracetest.SpanStub) (name, short string) {
	var method, template string
	for _, a := range s.Attributes {
		switch a.Key {
		case "http.request.method":
			method = a.Value.AsString()
		case "url.template":
			template = a.Value.AsString()
		}
	}
	switch s.Name {
	case "partnercenter " + method + " " + template:
		return "partnercenter {method} {template}", "operation"
	case method + " " + template:
		return "{method} {template}", "attempt"
	case "offboard run", "offboard round":
		return s.Name, strings.TrimPrefix(s.Name, "offboard ")
	case "mca start", "mca round", "mca look":
		return s.Name, "desk"
	}
	return s.Name, s.Name
}

// keys returns the names of attributes, each once.
func keys(attrs []attribute.KeyValue) string {
	names := map[string]bool{}
	for _, a := range attrs {
		names[string(a.Key)] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), " ")
}

// points returns the instrument of a metric, and the attributes of its points.
func points(t *testing.T, m metricdata.Metrics) (instrument string, sets [][]attribute.KeyValue) {
	t.Helper()
	switch data := m.Data.(type) {
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			sets = append(sets, p.Attributes.ToSlice())
		}
		return "histogram", sets
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			sets = append(sets, p.Attributes.ToSlice())
		}
		if data.IsMonotonic {
			return "counter", sets
		}
		return "up-down counter", sets
	case metricdata.Gauge[int64]:
		for _, p := range data.DataPoints {
			sets = append(sets, p.Attributes.ToSlice())
		}
		return "gauge", sets
	}
	t.Fatalf("%s is a %T", m.Name, m.Data)
	return "", nil
}

// converse meets everything that an observer is told of.
func converse(b *bench) {
	t := b.t.(*testing.T)
	t.Helper()
	const fabrikam = "22222222-aaaa-4aaa-8aaa-000000000002"
	fake := partnercentertest.New(
		partnercentertest.Customer{ID: contoso, Company: "Contoso BV"}.With(partnercentertest.License(subA)),
		partnercentertest.Customer{ID: fabrikam, Company: "Fabrikam BV"},
	)
	want := func(call string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Fatalf("%s = %v, want %v", call, err, want)
		}
	}

	// A call with retries, one that is refused, one that waits for its budget.
	fake.Inject(
		partnercentertest.Fault{Path: "/customers/", Status: 429, RetryAfter: "7"},
		partnercentertest.Fault{Path: "/customers/", Drop: true},
		partnercentertest.Fault{Path: "/customers/", After: 1, Status: 403, Code: "900308"},
	)
	slow := customers.New(b.client(fake, partnercenter.WithRateBudget(partnercenter.PerMinute(1))))
	_, err := slow.Get(t.Context(), contoso)
	want("Get", err, nil)
	_, err = slow.Get(t.Context(), contoso)
	want("Get", err, partnercenter.ErrForbidden)

	// An agreement, and a look that fails.
	client := b.client(fake)
	desk := b.desk(client)
	record, err := desk.Start(t.Context(), contoso, details())
	want("Start", err, nil)
	want("Accept", fake.Accept(record.Newest().ID.Reveal()), nil)
	_, err = desk.Finalize(t.Context(), contoso)
	want("Finalize", err, nil)
	fake.Inject(partnercentertest.Fault{Path: "/agreements", Status: 403, Code: "900308"})
	_, err = desk.Refresh(t.Context(), fabrikam)
	want("Refresh", err, partnercenter.ErrForbidden)

	// An offboarding, and one that fails.
	workflow, err := offboard.New(offboard.NewPartner(client), new(offboard.MemoryStore), offboard.WithObserver(b.observer))
	want("offboard.New", err, nil)
	runner := offboard.NewRunner(workflow, offboard.Options{})
	_, err = runner.Run(t.Context(), contoso)
	want("Run", err, nil)
	fake.Inject(partnercentertest.Fault{Method: "PATCH", Times: -1, Status: 401})
	_, err = runner.Run(t.Context(), fabrikam)
	want("Run", err, partnercenter.ErrUnauthorized)
}

// What the guide shows to be copied works.
func TestTheGuidesSetUpSeesEverything(t *testing.T) {
	creds := auth.Credentials{App: auth.Static("app"), AppUser: auth.Static("user")}
	workflow, desk, err := watched(tracenoop.NewTracerProvider(), metricnoop.NewMeterProvider(), slog.New(slog.DiscardHandler),
		creds, new(offboard.MemoryStore), new(mca.MemoryStore))
	if err != nil || workflow == nil || desk == nil {
		t.Errorf("watched gave %v, %v, %v", workflow, desk, err)
	}
}

func TestTheGuidesGaugesCountWhatIsInTheStores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)))
		const fabrikam = "22222222-aaaa-4aaa-8aaa-000000000002"
		b := newBench(t)
		fake := partnercentertest.New(
			partnercentertest.Customer{ID: contoso, Company: "Contoso BV"}.With(partnercentertest.UnknownKind(subA)),
			partnercentertest.Customer{ID: fabrikam, Company: "Fabrikam BV"}.With(partnercentertest.LicenseClosed(subA)),
		)
		client := b.client(fake)
		workflow, err := offboard.New(offboard.NewPartner(client), new(offboard.MemoryStore))
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []customers.TenantID{contoso, fabrikam} { // blocked, and waiting for months
			if _, err := offboard.NewRunner(workflow, offboard.Options{Wait: -1}).Run(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		desk := b.desk(client)
		if _, err := desk.Start(t.Context(), contoso, details()); err != nil {
			t.Fatal(err)
		}
		user, err := auth.NewUser(auth.UserConfig{App: auth.AppConfig{
			Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
			ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: fake},
		}, RefreshToken: partnercentertest.RefreshToken})
		if err != nil {
			t.Fatal(err)
		}
		fake.RotateRefreshTokens = true
		if _, err := user.PartnerCenter().Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.reader = sdkmetric.NewManualReader()
		if err := measure(sdkmetric.NewMeterProvider(sdkmetric.WithReader(b.reader)).Meter("a service"), workflow, desk, user); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6*24*time.Hour + time.Hour) // the link expires within a day
		b.want("csp.offboard.runs", "state=blocked: 1", "state=failed: 0", "state=waiting: 1")
		b.want("csp.mca.due", "state=link_expired: 0", "state=pending: 1", "state=ready_to_create_agreement: 0")
		b.want("csp.refresh_token.life", ": "+(auth.RefreshTokenLife-6*24*time.Hour-time.Hour).String())
		time.Sleep(8 * 24 * time.Hour) // and no scheduler has looked for more than a week
		b.want("csp.offboard.runs.overdue", ": 2")
	})
}

// A query for a word that no error has would never fire.
func TestTheGuidesQueriesAskForWordsThatErrorsHave(t *testing.T) {
	guide, err := os.ReadFile("../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile(`error_type=~?"([^"]+)"`).FindAllStringSubmatch(string(guide), -1)
	if len(asked) == 0 {
		t.Fatal("no query asks for error_type: the test looks in the wrong place")
	}
	for _, words := range asked {
		for word := range strings.SplitSeq(words[1], "|") {
			if !slices.Contains(oteltrace.ErrorTypes(), word) {
				t.Errorf("a query asks for the error %q, which there is not", word)
			}
		}
	}
	states := regexp.MustCompile(`\bstate="([^"]+)"|_state="([^"]+)"`).FindAllStringSubmatch(string(guide), -1)
	for _, s := range states {
		switch word := s[1] + s[2]; word {
		case string(offboard.Blocked), string(offboard.Failed), string(mca.ReadyToCreateAgreement):
		default:
			t.Errorf("a query asks for the state %q, which there is not", word)
		}
	}
}
