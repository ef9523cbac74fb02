// Package punycode writes international domain names in ASCII.
package punycode

import (
	"math"
	"strings"
	"unicode/utf8"
)

// Domain returns the domain in lower case, every label in ASCII, so that two
// spellings of one domain compare equal: "bücher.example" becomes
// "xn--bcher-kva.example".
func Domain(domain string) string {
	labels := strings.Split(strings.ToLower(domain), ".")
	for i, label := range labels {
		labels[i] = ascii(label)
	}
	return strings.Join(labels, ".")
}

// The parameters of RFC 3492, section 5.
const (
	base, tMin, tMax    = 36, 1, 26
	skew, damp          = 38, 700
	firstBias, firstRun = 72, 128
)

// ascii returns the label encoded by RFC 3492, section 6.3, with the prefix of
// RFC 5890; one that is ASCII already as it is.
func ascii(label string) string {
	runes := []rune(label)
	var out []byte
	for _, r := range runes {
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
		}
	}
	if len(out) == len(runes) {
		return label
	}
	basic := len(out)
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(firstRun), 0, firstBias
	for done := basic; done < len(runes); {
		next := rune(math.MaxInt32) // the lowest code point that is not written yet
		for _, r := range runes {
			if r >= n {
				next = min(next, r)
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range runes {
			if r < n {
				delta++
			}
			if r == n {
				out = appendNumber(out, delta, bias)
				bias = adapt(delta, done+1, done == basic)
				delta = 0
				done++
			}
		}
		delta++
		n++
	}
	return "xn--" + string(out)
}

// appendNumber appends a generalised variable-length integer (section 3.3).
func appendNumber(out []byte, number, bias int) []byte {
	const digits = "abcdefghijklmnopqrstuvwxyz0123456789"
	for k := base; ; k += base {
		t := min(max(k-bias, tMin), tMax)
		if number < t {
			return append(out, digits[number])
		}
		out = append(out, digits[t+(number-t)%(base-t)])
		number = (number - t) / (base - t)
	}
}

// adapt returns the bias for the next number (section 6.1).
func adapt(delta, points int, first bool) int {
	if first {
		delta /= damp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (base-tMin)*tMax/2; k += base {
		delta /= base - tMin
	}
	return k + (base-tMin+1)*delta/(delta+skew)
}
