package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// shown are the attributes that matter in a tree: its names say the rest.
var shown = []attribute.Key{
	"cspkit.customer.id", "cspkit.offboard.phase", "cspkit.offboard.state", "cspkit.credential", "cspkit.request_id", "cspkit.error.code",
	"http.request.resend_count", "http.response.status_code", "error.type", "cspkit.wait.duration",
}

// printSpans prints spans as a tree, each part indented below the whole, in the
// order in which they began. Events of a span stand among its parts.
func printSpans(out io.Writer, spans tracetest.SpanStubs) {
	parts := map[trace.SpanID][]tracetest.SpanStub{}
	for _, s := range spans {
		parts[s.Parent.SpanID()] = append(parts[s.Parent.SpanID()], s)
	}
	printParts(out, parts, trace.SpanID{}, nil, "")
}

func printParts(out io.Writer, parts map[trace.SpanID][]tracetest.SpanStub, whole trace.SpanID, events []sdktrace.Event, indent string) {
	slices.SortStableFunc(parts[whole], func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	for _, s := range parts[whole] {
		events = printEvents(out, events, s.StartTime, indent)
		took := s.EndTime.Sub(s.StartTime).Round(time.Millisecond)
		printLine(out, indent, s.Name, took.String(), s.Attributes)
		printParts(out, parts, s.SpanContext.SpanID(), s.Events, indent+"  ")
	}
	printEvents(out, events, time.Time{}, indent)
}

// printEvents prints the events before a time, or all, and returns the others.
func printEvents(out io.Writer, events []sdktrace.Event, before time.Time, indent string) []sdktrace.Event {
	for len(events) > 0 && (before.IsZero() || events[0].Time.Before(before)) {
		printLine(out, indent, "* "+events[0].Name, "", events[0].Attributes)
		events = events[1:]
	}
	return events
}

func printLine(out io.Writer, indent, name, took string, attrs []attribute.KeyValue) {
	var words []string
	for _, key := range shown {
		for _, a := range attrs {
			if a.Key == key {
				words = append(words, string(a.Key)+"="+a.Value.String())
			}
		}
	}
	line := fmt.Sprintf("%-75s %7s  %s", indent+name, took, strings.Join(words, " "))
	fmt.Fprintln(out, strings.TrimRight(line, " "))
}
