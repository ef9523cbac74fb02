// Package printable makes names that came from outside safe to print.
package printable

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns s on one line and without control characters: a name must not
// be able to talk to a terminal or to forge a line of a log.
func Line(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
