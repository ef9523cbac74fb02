package customers

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckCompanyName returns which of the rules R1 to R9 a company name breaks.
// R8 and R9 are warnings.
//
// An empty name is [RuleRequired]; one of white space alone is [R4].
func CheckCompanyName(name string) Findings {
	const field = FieldCompanyName
	var f Findings
	if name != "" && strings.TrimSpace(name) == "" {
		f.failIf(true, R4, field, "must not be only spaces or tabs")
		return f
	}
	name, ok := f.text(field, name, true)
	if !ok {
		return f
	}
	shown := visible(name)
	// R2 also asks for more than one character. That is R1, and said once.
	f.failIf(utf8.RuneCountInString(shown) < 2, R1, field, "must have more than one character")
	f.atMost(255, R2, field, name)
	f.failIf(!strings.ContainsFunc(shown, letterOrDigit), R3, field, "must not be only special characters")
	f.failIf(singleCharacters(shown), R5, field, "must not be single characters with spaces between")
	f.failIf(standaloneAbbreviation(shown), R6, field, "must not be an abbreviation of a legal form alone")
	f.failIf(repetition(shown), R7, field, "must not be one character again and again")
	f.warnIf(domainExtension(shown), R8, field, "should not end in a domain extension")
	f.warnIf(strings.ContainsFunc(name, unlisted), R9, field, "has a character that Microsoft may not accept")
	return f
}

// singleCharacters reports whether s is two words or more, each of one character.
func singleCharacters(s string) bool {
	words := strings.Fields(s)
	for _, w := range words {
		if utf8.RuneCountInString(w) > 1 {
			return false
		}
	}
	return len(words) > 1
}

// repetition reports whether s is one character three times or more, whatever
// the spaces between, and no other.
func repetition(s string) bool {
	s = strings.Join(strings.Fields(s), "")
	first, size := utf8.DecodeRuneInString(s)
	return s != "" && len(s) >= 3*size && strings.Trim(s, string(first)) == ""
}

// unlisted reports whether r is neither a letter or digit of any script nor a
// space nor one of the special characters that Microsoft lists. Whether it
// refuses others is UNCONFIRMED: hence a warning.
func unlisted(r rune) bool {
	switch {
	case letterOrDigit(r) && !invisible(r), unicode.IsMark(r), unicode.Is(unicode.Zs, r):
		return false
	case r == '\u200c' || r == '\u200d': // joiners: Persian and the scripts of India spell with them
		return false
	}
	return !strings.ContainsRune(specialCharacters, r)
}

// specialCharacters are those that may be used, by Microsoft's page; the last
// six are not on the pages that repeat it.
const specialCharacters = "~`!@#$%^&*()-_=+[]{}\\:;\"'<>./?⟨⟩" + ",|–—‘،"
