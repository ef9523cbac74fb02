package customers

import "strings"

// standaloneAbbreviation reports whether the whole name is an abbreviation of
// a legal form, in any letter case, with or without the final dot. Spaces and
// dots inside count: "l. l. c." is on the list, "l. l.c." is not.
func standaloneAbbreviation(name string) bool {
	return abbreviations[strings.TrimSuffix(strings.ToLower(name), ".")]
}

// abbreviations are allowed in a company name, but not alone. Microsoft's list,
// under "Abbreviations that are allowed", with the final dots taken off.
//
// Source: https://learn.microsoft.com/partner-center/customers/validate-names-addresses
var abbreviations = func() map[string]bool {
	set := make(map[string]bool)
	for _, a := range []string{
		"c p a", "c.p.a.", "c. p. a.",
		"corp", "corp.", "corporation",
		"gmbh",
		"inc", "incorporated",
		"kft",
		"l l c", "l.l.c.", "l. l. c.", "llc", "llc.",
		"l l p", "l.l.p.", "l. l. p.", "llp", "llp.",
		"lda",
		"limited", "ltd", "ltd.",
		"ooo",
		"plc",
		"private limited", "pte ltd", "pty", "pty ltd", "pvt", "pvt ltd",
		"sarl",
		"sdn bhd",
		"wll",
		"zrt",
	} {
		set[strings.TrimSuffix(a, ".")] = true
	}
	return set
}()
