package partnercenter

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/cspkit/cspkit/internal/printable"
)

// hidden returns what no text about the request shows: what it hides, and its
// token unless that is as short as a word.
func (r Request) hidden(token string) []string {
	if len(token) < 8 {
		return r.Hide
	}
	return append(slices.Clip(r.Hide), token)
}

// conceal returns s with REDACTED in place of each text, in any letter case,
// plain or URL-encoded: a service may spell what it was sent as it likes.
//
// A text of fewer than eight ASCII characters, such as a first name, is
// concealed as a word only: it may be a part of any other.
func conceal(s string, texts ...string) string {
	for _, text := range texts {
		for _, form := range [...]string{text, printable.Line(text), url.QueryEscape(text), url.PathEscape(text)} {
			s = concealForm(s, form)
		}
	}
	return s
}

func concealForm(s, text string) string {
	if strings.TrimSpace(text) == "" {
		return s
	}
	pattern := regexp.QuoteMeta(text)
	if shortASCII.MatchString(text) {
		pattern = `\b` + pattern + `\b`
	}
	re, err := regexp.Compile(`(?i)` + pattern)
	if err != nil { // a text that is no UTF-8 is in s as printable.Line writes it
		return s
	}
	return re.ReplaceAllLiteralString(s, redacted)
}

// shortASCII matches words that are too short to be looked for inside others.
var shortASCII = regexp.MustCompile(`^\w(?:[ -~]{0,5}\w)?$`)

const redacted = "REDACTED"
