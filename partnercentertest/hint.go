package partnercentertest

import (
	"net/http"
	"slices"
	"strings"
)

// unsupported is the answer to what the emulator does not have, so that a test
// against a wrong path fails loudly. It says what comes nearest.
func unsupported(c *call) *answer {
	return refuse(http.StatusNotImplemented, "501", "partnercentertest does not have "+c.method+" "+c.shown+c.hint()+
		" All that it has: the constants of type partnercentertest.Operation.")
}

// hint says what the caller may have meant. It names parameters of the query,
// but never their values, nor an ID of an attestation that stands in the place of
// a name, as in a link whose "attestationid=" was lost.
func (c *call) hint() string {
	if c.op != "" {
		names := []string{}
		for name := range c.query {
			names = append(names, guids.ReplaceAllLiteralString(name, "{id}"))
		}
		slices.Sort(names)
		return " with this query: it knows " + string(c.op) + ", but not with all of the parameters " + strings.Join(names, ", ") + "."
	}
	if len(c.path) > 300 {
		return "."
	}
	asked := shape(c.path)
	if c.service == serviceEntra && len(c.ids) > 0 { // a tenant may also be named by a domain
		asked = shape("/{tenant}/" + belowTenant(segments(c.path)))
	}
	var methods []string
	best, least := "", len(asked)/3+1 // farther away it is a guess
	for _, k := range c.all() {
		there := shape(k.path)
		if there == asked {
			methods = append(methods, k.String())
		}
		d := distance(asked, there)
		if k.method != c.method {
			d++
		}
		if d < least {
			best, least = k.String(), d
		}
	}
	switch {
	case len(methods) > 0:
		return ": this path has " + strings.Join(methods, " and ") + "."
	case best != "":
		return ": did you mean " + best + "?"
	}
	return ": Partner Center is at /v1/... and /webhooks/v1/..., Graph at /v1.0/..., Entra at /{tenant}/oauth2/v2.0/..."
}

// shape is a path in lower case, with {} for what looks like an identifier: a
// word in braces, or one with a digit that is not a version.
func shape(path string) string {
	words := segments(strings.ToLower(path))
	for i, w := range words {
		version := w == "v1" || w == "v1.0" || w == "v2.0" || w == "oauth2"
		if strings.HasPrefix(w, "{") || !version && strings.ContainsAny(w, "0123456789") {
			words[i] = "{}"
		}
	}
	return "/" + strings.Join(words, "/")
}

// nearest returns the name that a misspelt one is closest to.
func nearest(name string, of []Operation) Operation {
	return slices.MinFunc(of, func(a, b Operation) int {
		return distance(strings.ToLower(name), strings.ToLower(string(a))) - distance(strings.ToLower(name), strings.ToLower(string(b)))
	})
}

// distance is how many letters have to be put in, taken out or changed to make
// b of a (Levenshtein's distance).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
