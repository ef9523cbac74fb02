package mca

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/cspkit/cspkit/customers"
)

// Signatory is the person who accepts the agreement for the customer. It is
// personal data: printed with fmt, logged or marshalled it reads REDACTED.
type Signatory struct {
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	Email     string `json:"email"`
	Phone     string `json:"phoneNumber,omitempty"` // E.164, such as +31201234567; may be empty
}

const redacted = "REDACTED"

// Format implements [fmt.Formatter].
func (Signatory) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, redacted) // a fmt.State keeps no error
}

// MarshalJSON implements [encoding/json.Marshaler].
func (Signatory) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// contact is a signatory as the wire and stores have it: whole.
type contact Signatory

// LogValue implements [slog.LogValuer].
func (Signatory) LogValue() slog.Value { return slog.StringValue(redacted) }

// trimmed returns the signatory without the white space around the values.
func (s Signatory) trimmed() Signatory {
	return Signatory{strings.TrimSpace(s.FirstName), strings.TrimSpace(s.LastName), strings.TrimSpace(s.Email), strings.TrimSpace(s.Phone)}
}

// hidden returns what must not show in an error about the signatory: each
// value, and each word of it, for an answer may repeat them in another order.
func (s Signatory) hidden() []string {
	texts := []string{s.FirstName, s.LastName, s.Email, s.Phone, strings.TrimPrefix(s.Phone, "+")}
	return append(texts, strings.Fields(s.FirstName+" "+s.LastName)...)
}

// check returns which rules the signatory breaks.
func (s Signatory) check(ownDomains []string) customers.Findings {
	f := customers.CheckPersonName(customers.FieldFirstName, s.FirstName).Join(
		customers.CheckPersonName(customers.FieldLastName, s.LastName),
		customers.CheckEmail(s.Email, ownDomains...))
	if s.Phone != "" && !e164.MatchString(s.Phone) {
		f.Errors = append(f.Errors, customers.Finding{Rule: customers.RulePhone, Field: customers.FieldPhoneNumber,
			Message: "phone number must be written as +31201234567: a plus sign, the country code, and digits without separators"})
	}
	return f
}
