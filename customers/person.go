package customers

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/cspkit/cspkit/internal/printable"
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

// What is printed or logged of the values that name people. Marshalled they are
// whole, for that is how they are sent and stored.

// String returns the place, without whom one reaches there and how.
func (a Address) String() string {
	var place []string
	for _, part := range []string{a.City, a.State, a.Country} {
		if part = printable.Line(part); part != "" {
			place = append(place, part)
		}
	}
	if len(place) == 0 {
		return "address"
	}
	return "address in " + strings.Join(place, ", ")
}

// String returns the company, without its contact.
func (c CompanyInfo) String() string { return fmt.Sprintf("company info of %q", c.CompanyName) }

// String returns the company and where it is, without its contact.
func (n NewCustomer) String() string {
	return fmt.Sprintf("new customer %q, %q, %s", n.CompanyName, n.Domain, n.DefaultAddress)
}

// String returns the company and where it is, without its contact.
func (b BillingProfile) String() string {
	return fmt.Sprintf("billing profile of %q, %s", b.CompanyName, b.DefaultAddress)
}

// String returns the company, without its contact and its address.
func (c Company) String() string {
	return fmt.Sprintf("company profile of %q, %q, %s", c.CompanyName, c.Domain, c.TenantID)
}

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (a Address) Format(s fmt.State, _ rune) { write(s, a) }

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (c CompanyInfo) Format(s fmt.State, _ rune) { write(s, c) }

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (n NewCustomer) Format(s fmt.State, _ rune) { write(s, n) }

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (b BillingProfile) Format(s fmt.State, _ rune) { write(s, b) }

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (c Company) Format(s fmt.State, _ rune) { write(s, c) }

func write(s fmt.State, v fmt.Stringer) { _, _ = io.WriteString(s, v.String()) } // a fmt.State keeps no error

// LogValue implements [slog.LogValuer], with what String returns.
func (a Address) LogValue() slog.Value { return slog.StringValue(a.String()) }

// LogValue implements [slog.LogValuer], with what String returns.
func (c CompanyInfo) LogValue() slog.Value { return slog.StringValue(c.String()) }

// LogValue implements [slog.LogValuer], with what String returns.
func (n NewCustomer) LogValue() slog.Value { return slog.StringValue(n.String()) }

// LogValue implements [slog.LogValuer], with what String returns.
func (b BillingProfile) LogValue() slog.Value { return slog.StringValue(b.String()) }

// LogValue implements [slog.LogValuer], with what String returns.
func (c Company) LogValue() slog.Value { return slog.StringValue(c.String()) }
