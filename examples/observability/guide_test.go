package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/otlptranslator"
)

// The queries of docs/observability.md must name series and labels that there
// are, as Prometheus itself translates them.
func TestTheGuidesQueriesNameWhatThereIs(t *testing.T) {
	text, err := os.ReadFile("../../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(text)
	known := series(t, guide)
	lines := queries(guide)
	if len(lines) < 10 {
		t.Fatalf("there are only %d queries: the test looks in the wrong place", len(lines))
	}
	asked := regexp.MustCompile(`\b((?:http_client|cspkit|csp)_\w+)(?:\{([^}]*)\})?`)
	grouped := regexp.MustCompile(`by \(([^)]*)\)`)
	matcher := regexp.MustCompile(`(\w+)(?:=~|!=|=)"`)
	used := map[string]bool{}
	for _, line := range lines {
		var labels []string
		for _, by := range grouped.FindAllStringSubmatch(line, -1) {
			labels = append(labels, strings.Split(by[1], ", ")...)
		}
		found := asked.FindAllStringSubmatch(grouped.ReplaceAllString(line, ""), -1)
		if len(found) == 0 {
			t.Errorf("%q asks for no metric", line)
		}
		for _, m := range found {
			has, ok := known[m[1]]
			if !ok {
				t.Errorf("%q asks for %s, which there is not", line, m[1])
				continue
			}
			used[m[1]] = true
			wants := slices.Clone(labels)
			for _, label := range matcher.FindAllStringSubmatch(m[2], -1) {
				wants = append(wants, label[1])
			}
			for _, label := range wants {
				if !slices.Contains(has, label) {
					t.Errorf("%q: %s has no label %s, but %q", line, m[1], label, has)
				}
			}
		}
	}
	for _, own := range []string{"csp_offboard_runs", "csp_offboard_runs_overdue", "csp_mca_due", "csp_refresh_token_life_seconds"} {
		if !used[own] {
			t.Errorf("no query asks for %s, which the guide shows to be made", own)
		}
	}
}

// queries are the lines of the blocks and the cells of the table that hold PromQL.
func queries(guide string) []string {
	var lines []string
	for i, block := range strings.Split(guide, "\n```") {
		if query, ok := strings.CutPrefix(block, "promql\n"); ok && i%2 == 1 {
			lines = append(lines, strings.Split(query, "\n")...)
		}
	}
	_, alerts, _ := strings.Cut(guide, "\n| alert | query |")
	for _, row := range strings.Split(alerts, "\n")[2:] {
		if !strings.HasPrefix(row, "| ") {
			break
		}
		lines = append(lines, strings.ReplaceAll(strings.Split(row, "`")[1], `\|`, "|"))
	}
	return lines
}

// series are the names that Prometheus gives to the guide's metrics, with their
// labels.
func series(t *testing.T, guide string) map[string][]string {
	t.Helper()
	names := otlptranslator.NewMetricNamer("", otlptranslator.UnderscoreEscapingWithSuffixes)
	types := map[string]otlptranslator.MetricType{
		"histogram": otlptranslator.MetricTypeHistogram, "counter": otlptranslator.MetricTypeMonotonicCounter,
		"up-down counter": otlptranslator.MetricTypeNonMonotonicCounter, "gauge": otlptranslator.MetricTypeGauge,
	}
	known := map[string][]string{}
	add := func(name, unit, instrument string, attributes ...string) {
		kind, ok := types[instrument]
		if !ok {
			t.Errorf("%s is a %q", name, instrument)
		}
		series, err := names.Build(otlptranslator.Metric{Name: name, Unit: unit, Type: kind})
		if err != nil {
			t.Fatal(err)
		}
		var labels []string
		for _, a := range attributes {
			label, err := new(otlptranslator.LabelNamer).Build(a)
			if err != nil {
				t.Fatal(err)
			}
			labels = append(labels, label)
		}
		if instrument != "histogram" {
			known[series] = labels
			return
		}
		for _, suffix := range []string{"_count", "_sum", "_bucket"} {
			known[series+suffix] = labels
		}
	}
	_, table, _ := strings.Cut(guide, "\n| metric | instrument |")
	for _, row := range strings.Split(table, "\n")[2:] {
		if !strings.HasPrefix(row, "| ") {
			break
		}
		cells := strings.Split(strings.ReplaceAll(row, "`", ""), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		var attributes []string
		if cells[4] != "" {
			attributes = strings.Split(cells[4], ", ")
		}
		add(cells[1], cells[3], cells[2], attributes...)
	}
	// Those that the guide shows how to make; a test of oteltrace makes them.
	add("csp.offboard.runs", "", "gauge", "state")
	add("csp.offboard.runs.overdue", "", "gauge")
	add("csp.mca.due", "", "gauge", "state")
	add("csp.refresh_token.life", "s", "gauge")
	return known
}
