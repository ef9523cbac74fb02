package customers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Rule names the rule that a [Finding] is about. R1 to R16 are Microsoft's
// company info rules in the order of its page; the others have names.
//
// Source: https://learn.microsoft.com/partner-center/customers/validate-names-addresses
type Rule string

const (
	R1  Rule = "R1"  // company name: more than one character
	R2  Rule = "R2"  // company name: fewer than 256 characters
	R3  Rule = "R3"  // company name: not only special characters
	R4  Rule = "R4"  // company name: not only spaces and tabs
	R5  Rule = "R5"  // company name: not single characters with spaces between, such as "1 2 3"
	R6  Rule = "R6"  // company name: not an abbreviation alone, such as "LLC"
	R7  Rule = "R7"  // company name: not one character three times or more and nothing else, such as "999"
	R8  Rule = "R8"  // company name: better without a domain extension, such as ".com". A warning
	R9  Rule = "R9"  // company name: special characters are those that Microsoft lists. A warning
	R10 Rule = "R10" // person: more than one character, unless that is Chinese
	R11 Rule = "R11" // person: no placeholder, such as "test"
	R12 Rule = "R12" // person: at most 40 characters
	R13 Rule = "R13" // person: not only digits, special characters, emoji and what cannot be printed
	R14 Rule = "R14" // the middle name may be left out. It allows, so no finding is about it
	R15 Rule = "R15" // e-mail: no address at microsoft.com
	R16 Rule = "R16" // e-mail: no address at a domain of the partner or the reseller

	RuleRequired   Rule = "required"    // the value is missing
	RuleEncoding   Rule = "encoding"    // the value is not valid UTF-8
	RuleLength     Rule = "length"      // the value is too long
	RuleEmail      Rule = "email"       // the value is not one e-mail address
	RuleCountry    Rule = "country"     // the value is not an ISO 3166-1 alpha-2 code in upper case
	RuleState      Rule = "state"       // the country has no such state
	RulePostalCode Rule = "postal_code" // the value does not have the form that the country uses
	RulePhone      Rule = "phone"       // the value does not have the form that the country uses
)

// Field is the member of the wire that a [Finding] is about, as Partner Center
// spells it.
type Field string

const (
	FieldCompanyName                    Field = "companyName"
	FieldFirstName                      Field = "firstName"
	FieldMiddleName                     Field = "middleName"
	FieldLastName                       Field = "lastName"
	FieldEmail                          Field = "email"
	FieldCountry                        Field = "country"
	FieldAddressLine1                   Field = "addressLine1"
	FieldAddressLine2                   Field = "addressLine2"
	FieldCity                           Field = "city"
	FieldState                          Field = "state"
	FieldPostalCode                     Field = "postalCode"
	FieldPhoneNumber                    Field = "phoneNumber"
	FieldDomain                         Field = "domain"
	FieldOrganizationRegistrationNumber Field = "organizationRegistrationNumber"
)

// labels are what people call the fields. A field that is not here is called
// by its own name.
var labels = map[Field]string{
	FieldCompanyName: "company name", FieldFirstName: "first name", FieldMiddleName: "middle name", FieldLastName: "last name",
	FieldEmail: "e-mail address", FieldAddressLine1: "address line 1", FieldAddressLine2: "address line 2",
	FieldPostalCode: "postal code", FieldPhoneNumber: "phone number",
	FieldOrganizationRegistrationNumber: "organization registration number",
}

// Finding is one rule that one value breaks.
type Finding struct {
	Rule  Rule
	Field Field
	// Message tells the person who entered the value what is wrong with it. It
	// never repeats the value, which may be personal data.
	Message string
}

// String returns the message and the rule, such as
// "first name must have more than one character (R10)".
func (f Finding) String() string { return fmt.Sprintf("%s (%s)", f.Message, f.Rule) }

// Findings is all that a check found, in the order of the fields and rules.
type Findings struct {
	Errors   []Finding // what Microsoft refuses
	Warnings []Finding // what it may refuse, advises against, or could not be checked
}

// ErrCompanyInfo is matched by the error for company info that breaks a rule.
// It was not sent: correct what the findings of the [*InvalidError] name.
var ErrCompanyInfo = errors.New("the company info breaks a rule")

// InvalidError is company info that breaks at least one rule. It matches
// [ErrCompanyInfo]; [errors.AsType] finds it, and in it the findings.
type InvalidError struct{ Findings Findings }

// Error returns every error that was found on one line, without the values.
func (e *InvalidError) Error() string {
	problems := make([]string, len(e.Findings.Errors))
	for i, f := range e.Findings.Errors {
		problems[i] = f.String()
	}
	return "company info: " + strings.Join(problems, "; ")
}

// Is reports whether target is [ErrCompanyInfo].
func (e *InvalidError) Is(target error) bool { return target == ErrCompanyInfo }

// Err returns nil if nothing but warnings were found, and otherwise an
// [*InvalidError] with all findings.
func (f Findings) Err() error {
	if len(f.Errors) == 0 {
		return nil
	}
	return &InvalidError{f}
}

// Join returns these findings followed by the others.
func (f Findings) Join(others ...Findings) Findings {
	joined := Findings{slices.Clone(f.Errors), slices.Clone(f.Warnings)}
	for _, o := range others {
		joined.Errors = append(joined.Errors, o.Errors...)
		joined.Warnings = append(joined.Warnings, o.Warnings...)
	}
	return joined
}

// text returns the value without the white space around it, and whether there
// is anything to judge. If not, it has reported why, where that is a problem.
func (f *Findings) text(field Field, value string, required bool) (string, bool) {
	value = strings.TrimSpace(value)
	if !utf8.ValidString(value) { // then nobody can say which characters it has
		f.failIf(true, RuleEncoding, field, "is not valid UTF-8")
		return "", false
	}
	f.failIf(required && value == "", RuleRequired, field, "is missing")
	return value, value != ""
}

// atMost reports a value of more characters than the limit.
func (f *Findings) atMost(limit int, rule Rule, field Field, value string) {
	f.failIf(utf8.RuneCountInString(value) > limit, rule, field, fmt.Sprintf("must not have more than %d characters", limit))
}

func (f *Findings) failIf(broken bool, rule Rule, field Field, problem string) {
	if broken {
		f.Errors = append(f.Errors, finding(rule, field, problem))
	}
}

func (f *Findings) warnIf(broken bool, rule Rule, field Field, problem string) {
	if broken {
		f.Warnings = append(f.Warnings, finding(rule, field, problem))
	}
}

// finding returns the finding whose message is the field and the problem.
func finding(rule Rule, field Field, problem string) Finding {
	label, ok := labels[field]
	if !ok {
		label = string(field)
	}
	return Finding{Rule: rule, Field: field, Message: label + " " + problem}
}
