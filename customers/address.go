package customers

import (
	"regexp"
	"slices"
	"strings"
)

// Address is where a customer is, and whom one reaches there.
//
// Source: https://learn.microsoft.com/partner-center/developer/create-a-customer
type Address struct {
	FirstName    string `json:"firstName,omitempty"`
	MiddleName   string `json:"middleName,omitempty"`
	LastName     string `json:"lastName,omitempty"`
	AddressLine1 string `json:"addressLine1"`
	AddressLine2 string `json:"addressLine2,omitempty"`
	City         string `json:"city"`
	State        string `json:"state"` // the code of the state; empty where there are none
	Region       string `json:"region,omitempty"`
	PostalCode   string `json:"postalCode"`
	Country      string `json:"country"` // ISO 3166-1 alpha-2, in upper case
	PhoneNumber  string `json:"phoneNumber,omitempty"`
}

// Check returns what is wrong with the address in the country that the rules
// are for. Without rules (nil) it checks only what holds everywhere. Values are
// judged without the white space around them, and should be sent so.
//
// The names in the address are judged by [CompanyInfo], not here: nothing is
// reported twice. Whether phone or registration number are mandatory is for
// the call that sends them.
//
// A phone number that fits only without its "+" and calling code is a warning:
// Microsoft's samples show numbers in both forms. So is a regular expression of
// the service that Go does not know; Microsoft then judges alone.
//
// Sources: https://learn.microsoft.com/partner-center/developer/create-a-customer,
// https://learn.microsoft.com/partner-center/developer/validate-an-address
func (a Address) Check(rules *CountryRules) Findings {
	var f Findings
	country, ok := f.country(a.Country)
	if rules != nil && rules.ISO2Code != "" && ok && !strings.EqualFold(rules.ISO2Code, country) {
		f.failIf(true, RuleCountry, FieldCountry, "is not the country whose address rules were given")
		rules = nil
	}
	r := CountryRules{IsCityRequired: true} // without rules a city is wanted everywhere, and nothing else
	if rules != nil {
		r = *rules
	}
	f.line(FieldAddressLine1, a.AddressLine1, true, 200)
	f.line(FieldAddressLine2, a.AddressLine2, false, 200)
	f.line(FieldCity, a.City, r.IsCityRequired, 255)
	f.state(a.State, country, r)
	if code, ok := f.line(FieldPostalCode, a.PostalCode, r.IsPostalCodeRequired, 30); ok {
		f.form(RulePostalCode, FieldPostalCode, r.PostalCodeRegex, code)
	}
	if phone, ok := f.line(FieldPhoneNumber, a.PhoneNumber, false, 30); ok {
		f.form(RulePhone, FieldPhoneNumber, r.PhoneNumberRegex, phone, r.withoutCallingCode(phone)...)
	}
	return f
}

// line checks one line of an address, and returns it and whether it is there.
func (f *Findings) line(field Field, value string, required bool, limit int) (string, bool) {
	value, ok := f.text(field, value, required)
	f.atMost(limit, RuleLength, field, value)
	return value, ok
}

// state checks a state. One that the country's own list has is right, however
// long. Microsoft says that it checks states in four countries; elsewhere the
// list is a hint.
func (f *Findings) state(value, country string, r CountryRules) {
	const field = FieldState
	state, ok := f.text(field, value, r.IsStateRequired)
	if !ok || slices.ContainsFunc(r.States, func(s string) bool { return strings.EqualFold(s, state) }) {
		return
	}
	listed := len(r.States) > 0
	if listed && slices.Contains([]string{"US", "CA", "CN", "MX"}, strings.ToUpper(country)) {
		f.failIf(true, RuleState, field, "is not on the list of the country")
		return
	}
	f.atMost(2, RuleLength, field, state)
	f.warnIf(listed, RuleState, field, "is not on the list of the country")
}

// form checks that the whole value matches the expression, by Go's reading of
// it: digits are 0 to 9. It warns if only one of the others matches, or if Go
// cannot say.
func (f *Findings) form(rule Rule, field Field, expression, value string, others ...string) {
	if expression == "" {
		return
	}
	re, err := regexp.Compile(expression)
	if err != nil { // .NET knows more than Go, such as lookahead
		f.warnIf(true, rule, field, "could not be checked")
		return
	}
	// The longest of the leftmost matches is the whole value if that matches at
	// all. Anchors around the expression could change what it means.
	re.Longest()
	whole := func(s string) bool { return len(s) > 0 && len(re.FindString(s)) == len(s) }
	if whole(value) {
		return
	}
	fits := slices.ContainsFunc(others, whole)
	f.warnIf(fits, rule, field, "may have to be written without the calling code of the country")
	f.failIf(!fits, rule, field, "does not have the form that the country uses")
}

// withoutCallingCode returns what follows "+" and a calling code of the
// country, without the separators between.
func (r CountryRules) withoutCallingCode(phone string) []string {
	var rest []string
	for _, code := range r.CountryCallingCodes {
		if number, ok := strings.CutPrefix(phone, "+"+strings.TrimPrefix(code, "+")); ok {
			rest = append(rest, strings.TrimLeft(number, " -./"))
		}
	}
	return rest
}
