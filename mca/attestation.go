package mca

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
)

// The life of an acceptance link, in whole minutes. UNCONFIRMED by Microsoft:
// the limits are those that partners' systems keep.
const (
	ShortestLife = 5 * time.Minute
	LongestLife  = 7 * 24 * time.Hour // also the default, always sent, so that the expiry is known
)

// Rules and fields of an attestation that package customers does not know.
const (
	RuleLanguage customers.Rule = "language" // the value is not a language tag of BCP 47
	RuleLifetime customers.Rule = "lifetime" // the value is not a number of whole minutes within the limits

	FieldLanguage customers.Field = "language"
	FieldLifetime customers.Field = "expirationTime"
)

// Attestation is what an attestation is created from. It is built by calls that
// return a changed copy and do no I/O:
//
//	a := mca.NewAttestation("Fabrikam BV").Country("NL").Language("nl-NL").
//		Signatory("Ada", "Visser", "ada.visser@fabrikam.example", "")
//
// White space around values is taken off. Printed or logged, it shows no
// signatory.
type Attestation struct {
	details    Details
	ownDomains []string
}

// Details are the values of an [Attestation], and what a billing profile has to
// offer for [Attestation.Defaults].
type Details struct {
	Company   string
	Country   string // ISO 3166-1 alpha-2
	Language  string // BCP 47
	Signatory Signatory
	ValidFor  time.Duration // of the link; zero means [LongestLife]
}

// LogValue implements [slog.LogValuer]. It has no signatory.
func (d Details) LogValue() slog.Value {
	return slog.GroupValue(slog.String("company", d.Company), slog.String("country", d.Country),
		slog.String("language", d.Language), slog.Duration("valid_for", d.ValidFor))
}

// NewAttestation starts an attestation for a company, by the name under which
// it accepts the agreement.
func NewAttestation(company string) Attestation {
	return Attestation{}.Company(company)
}

// Company is the name under which the customer accepts the agreement: in place
// of the one that the attestation was started with.
func (a Attestation) Company(name string) Attestation {
	a.details.Company = strings.TrimSpace(name)
	return a
}

// Country is where the customer is, by ISO 3166-1 alpha-2, such as NL.
func (a Attestation) Country(code string) Attestation {
	a.details.Country = strings.TrimSpace(code)
	return a
}

// Language is the one in which the customer reads the agreement, such as
// nl-NL. UNCONFIRMED by Microsoft: which tags it takes. Best supported are the
// languages in which it offers the agreement, each with a country.
//
// Source: https://learn.microsoft.com/partner-center/developer/download-customer-agreement-template
func (a Attestation) Language(tag string) Attestation {
	a.details.Language = strings.TrimSpace(tag)
	return a
}

// Signatory is the person who accepts for the customer. The phone number, in
// E.164, may be empty.
func (a Attestation) Signatory(firstName, lastName, email, phone string) Attestation {
	a.details.Signatory = Signatory{firstName, lastName, email, phone}.trimmed()
	return a
}

// ValidFor is the life of the acceptance link, from [ShortestLife] to
// [LongestLife] in whole minutes. Zero means LongestLife.
func (a Attestation) ValidFor(d time.Duration) Attestation {
	a.details.ValidFor = d
	return a
}

// OwnDomains adds domains of the partner and the reseller: nobody accepts for
// a customer with an e-mail address there.
func (a Attestation) OwnDomains(domains ...string) Attestation {
	a.ownDomains = slices.Concat(a.ownDomains, domains)
	return a
}

// Defaults fills what is still empty, such as from the customer's billing
// profile. A signatory is one person: it is taken whole or not at all. A phone
// number that is not E.164 is left out, since billing profiles have any form.
func (a Attestation) Defaults(d Details) Attestation {
	fill := func(to *string, from string) {
		if *to == "" {
			*to = strings.TrimSpace(from)
		}
	}
	fill(&a.details.Company, d.Company)
	fill(&a.details.Country, d.Country)
	fill(&a.details.Language, d.Language)
	if a.details.Signatory == (Signatory{}) {
		a.details.Signatory = d.Signatory.trimmed()
		if !e164.MatchString(a.details.Signatory.Phone) {
			a.details.Signatory.Phone = ""
		}
	}
	if a.details.ValidFor == 0 {
		a.details.ValidFor = d.ValidFor
	}
	return a
}

// Details returns the values, with the life that the link will have.
func (a Attestation) Details() Details {
	d := a.details
	if d.ValidFor == 0 {
		d.ValidFor = LongestLife
	}
	return d
}

// Format implements [fmt.Formatter].
func (a Attestation) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "%+v", a.Details()) }

// LogValue implements [slog.LogValuer].
func (a Attestation) LogValue() slog.Value { return a.Details().LogValue() }

// Check returns every rule that the values break: Microsoft's company info
// rules, and what the call itself wants. Its warnings are about what Microsoft
// may refuse; they do not stop the call. No message repeats a value.
//
// Sources: https://learn.microsoft.com/partner-center/customers/validate-names-addresses,
// https://learn.microsoft.com/partner-center/customers/integrate-sandbox-confirm-customer-accept
func (a Attestation) Check() customers.Findings {
	d := a.Details()
	f := customers.CheckCompanyName(d.Company).Join(customers.CheckCountry(d.Country))
	fail := func(broken bool, rule customers.Rule, field customers.Field, message string) {
		if broken {
			f.Errors = append(f.Errors, customers.Finding{Rule: rule, Field: field, Message: message})
		}
	}
	fail(d.Language == "", customers.RuleRequired, FieldLanguage, "language is missing")
	fail(d.Language != "" && !languageTag.MatchString(d.Language), RuleLanguage, FieldLanguage, "language must be a tag of BCP 47, such as en-US or nl-NL")
	if languageTag.MatchString(d.Language) && !strings.Contains(d.Language, "-") { // such as the nl of a billing profile
		f.Warnings = append(f.Warnings, customers.Finding{Rule: RuleLanguage, Field: FieldLanguage, Message: "language should name a country, too, such as nl-NL"})
	}
	fail(d.ValidFor < ShortestLife || d.ValidFor > LongestLife, RuleLifetime, FieldLifetime, "the link must be valid for 5 minutes to 7 days")
	fail(d.ValidFor%time.Minute != 0, RuleLifetime, FieldLifetime, "the link must be valid for a number of whole minutes")
	return f.Join(d.Signatory.check(a.ownDomains))
}

// Validate returns nil, or an [*InvalidError] with everything that [Attestation.Check]
// finds wrong, a line each.
func (a Attestation) Validate() error {
	f := a.Check()
	if len(f.Errors) == 0 {
		return nil
	}
	return &InvalidError{f}
}

// ErrInvalid is matched by the error for an attestation that breaks a rule. It
// was not sent: correct what the error lists.
var ErrInvalid = errors.New("the attestation is not valid")

// InvalidError is an attestation that breaks at least one rule. It matches
// [ErrInvalid]; [errors.AsType] finds it, and in it the findings.
type InvalidError struct{ Findings customers.Findings }

// Error returns what is wrong, a line each, without the values.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Findings.Errors))
	for i, f := range e.Findings.Errors {
		about := ""
		if slices.Contains(aboutSignatory, f.Field) {
			about = "signatory: "
		}
		lines[i] = "mca: " + about + f.String()
	}
	return strings.Join(lines, "\n")
}

var aboutSignatory = []customers.Field{
	customers.FieldFirstName, customers.FieldLastName, customers.FieldEmail, customers.FieldPhoneNumber,
}

// Is reports whether target is [ErrInvalid].
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

// languageTag is the form of a language tag without the registered exceptions:
// language, script, region, variants, extensions, private use.
//
// Source: RFC 5646, section 2.1 (BCP 47).
var languageTag = regexp.MustCompile(`^(?i:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})` +
	`(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*` +
	`(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?)$`)

// e164 is an international telephone number.
//
// Source: ITU-T E.164, section 6.2: at most 15 digits. Fewer than 7 reach nobody.
var e164 = regexp.MustCompile(`^\+[1-9]\d{6,14}$`)
