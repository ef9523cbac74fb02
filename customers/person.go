package customers

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/cspkit/cspkit/partnercenter"
)

// withoutPerson takes who was in a request out of what the service says about
// it: a refusal may quote what it refuses. What the service says is shown in
// errors, and ends in logs.
func withoutPerson(err error, a Address, more ...string) error {
	e, ok := errors.AsType[*partnercenter.Error](err)
	if !ok {
		return err
	}
	for _, value := range append(more, a.FirstName, a.MiddleName, a.LastName, a.PhoneNumber, a.AddressLine1, a.AddressLine2, a.PostalCode) {
		if value = strings.TrimSpace(value); utf8.RuneCountInString(value) > 1 { // one letter is in any word
			e.Message = strings.ReplaceAll(e.Message, value, redacted)
		}
	}
	return err
}
