package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/cspkit/cspkit/examples/internal/cli"
)

// printMetrics prints a line for each set of attributes of each metric.
func printMetrics(out io.Writer, metrics metricdata.ResourceMetrics) {
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.AppendHeader(table.Row{"metric", "attributes", "value"})
	for _, scope := range metrics.ScopeMetrics {
		for _, m := range scope.Metrics {
			var rows []table.Row
			add := func(set attribute.Set, format string, args ...any) {
				rows = append(rows, table.Row{m.Name, words(set), fmt.Sprintf(format, args...)})
			}
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, "%d, %.3f %s in all", p.Count, p.Sum, m.Unit)
				}
			case metricdata.Histogram[int64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, "%d, %d %s in all", p.Count, p.Sum, m.Unit)
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, "%d", p.Value)
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, "%d", p.Value)
				}
			}
			slices.SortFunc(rows, func(a, b table.Row) int { return strings.Compare(a[1].(string), b[1].(string)) })
			w.AppendRows(rows)
		}
	}
	fmt.Fprintln(out, cli.Trimmed(w.Render()))
}

// words writes attributes as name=value, without where the server is: that is
// the same everywhere.
func words(set attribute.Set) string {
	var words []string
	for _, a := range set.ToSlice() {
		if !strings.HasPrefix(string(a.Key), "server.") {
			words = append(words, string(a.Key)+"="+a.Value.String())
		}
	}
	return strings.Join(words, " ")
}
