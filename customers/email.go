package customers

import (
	"slices"
	"strings"
	"unicode"

	"github.com/cspkit/cspkit/internal/punycode"
)

// CheckEmail returns what is wrong with a customer's e-mail address: that it
// is not one address (judged without mail), and the rules R15 and R16.
//
// The own domains are those of the partner and the reseller, in any letter
// case, in Unicode or Punycode. A sub-domain is another domain: whether
// Microsoft agrees is UNCONFIRMED.
func CheckEmail(email string, ownDomains ...string) Findings {
	const field = FieldEmail
	var f Findings
	email, ok := f.text(field, email, true)
	if !ok {
		return f
	}
	f.atMost(255, RuleLength, field, email)
	f.failIf(!oneAddress(email), RuleEmail, field, "must be one address such as name@company.example")
	f.failIf(strings.Contains(strings.ToLower(email), "@microsoft.com"), R15, field, "must not be at microsoft.com")
	f.failIf(atOwnDomain(email, ownDomains), R16, field, "must not be at a domain of the partner or the reseller")
	return f
}

// oneAddress reports whether s is a local part, an @ and a domain of two
// labels or more: the form that people have and services accept. RFC 5322,
// which net/mail follows, also knows display names, comments, quoted local
// parts, hosts without a dot and IP addresses; here all of them are mistakes.
func oneAddress(s string) bool {
	local, domain, _ := strings.Cut(s, "@")
	return dotted(local, localCharacter) && len(local) <= 64 && mailDomain(domain)
}

// mailDomain reports whether s can be a domain that receives mail. It may be
// international.
func mailDomain(s string) bool {
	labels := strings.Split(punycode.Domain(s), ".")
	for _, label := range labels {
		if len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	last := labels[len(labels)-1]
	return dotted(s, domainCharacter) && len(labels) > 1 &&
		len(last) > 1 && strings.ContainsFunc(last, unicode.IsLetter) // else an IP address
}

// dotted reports whether s is words of the characters with single dots between.
func dotted(s string, character func(rune) bool) bool {
	for word := range strings.SplitSeq(s, ".") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return !character(r) }) {
			return false
		}
	}
	return true
}

// localCharacter reports whether r may be in a local part: RFC 5322 calls the
// ASCII ones atext, and RFC 6531 adds the others.
func localCharacter(r rune) bool {
	return domainCharacter(r) || strings.ContainsRune("!#$%&'*+/=?^_`{|}~", r)
}

func domainCharacter(r rune) bool {
	return r == '-' || (letterOrDigit(r) || unicode.IsMark(r)) && !invisible(r)
}

// atOwnDomain reports whether the address is at one of the domains, however
// they are written: "Fabrikam.example", "fabrikam.example.", "@fabrikam.example".
func atOwnDomain(email string, own []string) bool {
	at := strings.LastIndex(email, "@")
	if at < 0 {
		return false
	}
	domain := canonical(email[at+1:])
	return domain != "" && slices.ContainsFunc(own, func(o string) bool { return canonical(o) == domain })
}

// canonical returns the one spelling of a domain.
func canonical(domain string) string {
	domain = strings.TrimPrefix(strings.TrimSpace(domain), "@")
	return punycode.Domain(strings.TrimSuffix(domain, "."))
}
