package customers

import "strings"

// domainExtension reports whether name ends in a dot and a top-level domain,
// in any letter case. It knows the domains of the countries and the commonest
// others: a warning that fails to come does no harm, and one about "Dr.Smith"
// would.
func domainExtension(name string) bool {
	i := strings.LastIndex(name, ".")
	if i < 0 {
		return false
	}
	last := name[i+1:]
	return countries[strings.ToUpper(last)] || topLevelDomains[strings.ToLower(last)]
}

// topLevelDomains are those that are not a country's code.
var topLevelDomains = set(`
	com org net edu gov mil int info biz name pro coop aero jobs mobi travel cat tel asia museum
	ac eu su uk
	agency app blog center club cloud company consulting dev digital email global group live media
	network online services shop site software solutions space store systems tech today website work world xyz
	gmbh inc llc ltd
	рф 中国 香港 台灣
`)

// set returns the words of a text.
func set(text string) map[string]bool {
	words := make(map[string]bool)
	for w := range strings.FieldsSeq(text) {
		words[w] = true
	}
	return words
}
