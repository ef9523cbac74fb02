package oteltrace_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/oteltrace"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

const (
	contoso = "11111111-aaaa-4aaa-8aaa-000000000001"
	subA    = "aaaaaaaa-0000-4000-8000-000000000001"
)

// bench is an observer whose spans and metrics stay in memory.
type bench struct {
	t        testing.TB
	observer *oteltrace.Observer
	spans    *tracetest.InMemoryExporter
	tracer   trace.Tracer // of the caller
	reader   *sdkmetric.ManualReader
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSyncer(b.spans))
	b.tracer = tracers.Tracer("the caller")
	var err error
	b.observer, err = oteltrace.New(
		oteltrace.WithTracerProvider(tracers),
		oteltrace.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(b.reader))))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// client returns an observed client of a service.
func (b *bench) client(service http.RoundTripper, opts ...partnercenter.Option) *partnercenter.Client {
	b.t.Helper()
	client, err := partnercenter.New(credentials(b.t, service),
		append([]partnercenter.Option{partnercenter.WithTransport(service), partnercenter.WithObserver(b.observer)}, opts...)...)
	if err != nil {
		b.t.Fatal(err)
	}
	return client
}

// credentials are those of the emulator.
func credentials(t testing.TB, service http.RoundTripper) auth.Credentials {
	t.Helper()
	registration := auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: service},
	}
	creds, err := auth.NewCredentials(auth.UserConfig{App: registration, RefreshToken: partnercentertest.RefreshToken})
	if err != nil {
		t.Fatal(err)
	}
	return creds
}

// tree returns the names of the spans, each indented below its parent, in the
// order in which they began, with their events in brackets.
func (b *bench) tree() []string {
	children := map[trace.SpanID][]tracetest.SpanStub{}
	for _, s := range b.spans.GetSpans() {
		children[s.Parent.SpanID()] = append(children[s.Parent.SpanID()], s)
	}
	var lines []string
	var walk func(parent trace.SpanID, indent string)
	walk = func(parent trace.SpanID, indent string) {
		slices.SortStableFunc(children[parent], func(x, y tracetest.SpanStub) int { return x.StartTime.Compare(y.StartTime) })
		for _, s := range children[parent] {
			words := []string{indent + s.Name}
			for _, e := range s.Events {
				words = append(words, "["+e.Name+"]")
			}
			lines = append(lines, strings.Join(words, " "))
			walk(s.SpanContext.SpanID(), indent+"  ")
		}
	}
	walk(trace.SpanID{}, "")
	return lines
}

// named returns the spans of that name.
func (b *bench) named(name string) []tracetest.SpanStub {
	return slices.DeleteFunc(b.spans.GetSpans(), func(s tracetest.SpanStub) bool { return s.Name != name })
}

// text writes attributes as name=value, sorted by name, without those left out.
func text(attrs []attribute.KeyValue, without ...attribute.Key) string {
	var words []string
	for _, a := range attrs {
		if !slices.Contains(without, a.Key) {
			words = append(words, string(a.Key)+"="+a.Value.String())
		}
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// collected returns all metrics as they are now.
func (b *bench) collected() metricdata.ResourceMetrics {
	b.t.Helper()
	var rm metricdata.ResourceMetrics
	if err := b.reader.Collect(context.Background(), &rm); err != nil {
		b.t.Fatal(err)
	}
	return rm
}

// points returns the points of a metric, each as its attributes and its value:
// of a histogram its count and, rounded to seconds, its sum.
func (b *bench) points(name string) []string {
	b.t.Helper()
	var out []string
	add := func(set attribute.Set, format string, args ...any) {
		out = append(out, text(set.ToSlice())+": "+fmt.Sprintf(format, args...))
	}
	for _, scope := range b.collected().ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != name {
				continue
			}
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, "%d in %s", p.Count, (time.Duration(p.Sum * float64(time.Second))).Round(time.Second))
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, "%d", p.Value)
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, "%d", p.Value)
				}
			case metricdata.Gauge[float64]: // of seconds
				for _, p := range data.DataPoints {
					add(p.Attributes, "%s", time.Duration(p.Value*float64(time.Second)))
				}
			default:
				b.t.Fatalf("%s is a %T", name, data)
			}
		}
	}
	slices.Sort(out)
	return out
}

// everything returns all that was given out, as text.
func (b *bench) everything() string {
	b.t.Helper()
	var out bytes.Buffer
	for _, s := range b.spans.GetSpans() {
		fmt.Fprintf(&out, "%s %s %+v %+v\n%s\n", s.Name, s.SpanKind, s.Status, s.Resource, text(s.Attributes))
		for _, e := range s.Events {
			fmt.Fprintf(&out, "%s %s\n", e.Name, text(e.Attributes))
		}
	}
	metrics, err := json.Marshal(b.collected())
	if err != nil {
		b.t.Fatal(err)
	}
	// Exemplars have ids at random, in which any short word may occur by chance.
	out.Write(regexp.MustCompile(`"(SpanID|TraceID)":"[^"]*"`).ReplaceAll(metrics, nil))
	return out.String()
}
