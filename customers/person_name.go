package customers

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckPersonName returns which of the rules R10 to R13 a first, middle or
// last name breaks. The placeholders are words that are refused besides
// Microsoft's examples, in any letter case. The middle name may be empty (R14);
// any other field is required.
//
// A name of one character is accepted in Chinese only: Microsoft makes that
// exception, and none for Korean family names.
func CheckPersonName(field Field, name string, placeholders ...string) Findings {
	var f Findings
	name, ok := f.text(field, name, field != FieldMiddleName)
	if !ok {
		return f
	}
	shown := visible(name)
	first, size := utf8.DecodeRuneInString(shown)
	single := shown != "" && size == len(shown)
	f.failIf(single && !unicode.Is(unicode.Han, first), R10, field, "must have more than one character")
	f.failIf(placeholder(shown, placeholders), R11, field, "must be the name of a person, not a placeholder")
	f.atMost(40, R12, field, name)
	f.failIf(!strings.ContainsFunc(shown, unicode.IsLetter), R13, field, "must have a letter")
	return f
}

// placeholder reports whether the whole name is a word that stands in for a
// name: one of Microsoft's examples (its list is not published) or of more.
func placeholder(name string, more []string) bool {
	same := func(word string) bool { return name != "" && strings.EqualFold(name, strings.TrimSpace(word)) }
	return slices.ContainsFunc([]string{"test", "admin", "nobody"}, same) || slices.ContainsFunc(more, same)
}
