package customers

import (
	"strings"
	"unicode"
)

// A combining mark counts as a character, as in every count of code points:
// "é" may be one or two. To leave marks out would make one character of names
// such as the Thai "ปู", and refuse them.

// visible returns the text without the characters that nobody sees, so that
// "te\u200bst" is judged as "test".
func visible(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, s))
}

// invisible reports whether r has no glyph of its own: control characters,
// zero-width characters, direction marks, selectors of emoji, and the fillers
// that Unicode counts among the letters. White space is not among them.
func invisible(r rune) bool {
	return unicode.IsControl(r) && !unicode.IsSpace(r) ||
		unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func letterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
