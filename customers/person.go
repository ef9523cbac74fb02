package customers

import (
	"strings"
	"unicode/utf8"
)

// person returns who is in an address, and where: what no error may repeat of a
// request. One letter is in any word, and says nothing of anybody.
func (a Address) person(more ...string) []string {
	var hide []string
	for _, value := range append(more, a.FirstName, a.MiddleName, a.LastName, a.PhoneNumber, a.AddressLine1, a.AddressLine2, a.PostalCode) {
		if value = strings.TrimSpace(value); utf8.RuneCountInString(value) > 1 {
			hide = append(hide, value)
		}
	}
	return hide
}
