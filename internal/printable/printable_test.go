package printable_test

import (
	"testing"

	"github.com/cspkit/cspkit/internal/printable"
)

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"Fabrikam BV":             "Fabrikam BV",
		"  Ærø   Café ":           "Ærø Café",
		"\x1b]0;title\x07Contoso": "]0;title Contoso",
		"two\r\nlines\u2028three": "two lines three",
		"broken \xff byte":        "broken byte",
	} {
		if got := printable.Line(in); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
}
