package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Timestamp is RFC 3339 in UTC, empty for no time.
func Timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Day is what a person needs of a date; the year 9999 stands for no end.
func Day(t time.Time) string {
	switch {
	case t.IsZero():
		return "-"
	case t.UTC().Year() == 9999:
		return "no end"
	}
	return t.UTC().Format(time.DateOnly)
}

// OneLine joins the lines of an error.
func OneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// Counted is a number of things, such as "1 customer" and "2 customers".
func Counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// List makes no items an empty array of JSON rather than null.
func List(items []string) []string {
	if items == nil {
		return []string{}
	}
	return items
}

// Lines prints one JSON object a line. Many goroutines may use it at once.
type Lines struct {
	mu  sync.Mutex
	out *json.Encoder
}

// NewLines returns what prints to w.
func NewLines(w io.Writer) *Lines {
	l := &Lines{out: json.NewEncoder(w)}
	l.out.SetEscapeHTML(false)
	return l
}

// Print prints a line.
func (l *Lines) Print(line any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out.Encode(line) // Main sees what could not be written
}
