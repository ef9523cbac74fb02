package customers

import (
	"encoding/json"
	"slices"
	"strings"
)

// More rules and fields, of a customer that is to be created.
const (
	RuleDomain       Rule = "domain"              // the value is not a domain
	RuleRegistration Rule = "registration_number" // the country may want it
	RuleCulture      Rule = "culture"             // the country's rules do not name the value. A warning
	RuleLanguage     Rule = "language"            // the country's rules do not name the value. A warning

	FieldCulture  Field = "culture"
	FieldLanguage Field = "language"
)

// NewCustomer is a customer that is to be created, together with a tenant.
//
// Source: https://learn.microsoft.com/partner-center/developer/create-a-customer
type NewCustomer struct {
	Domain                         string // of the new tenant, such as fabrikam.onmicrosoft.com; nobody may have it yet
	OrganizationRegistrationNumber string // mandatory in some countries; see [NewCustomer.Check]

	// The billing profile. Its address names the primary contact.
	CompanyName    string
	Email          string
	Culture        string // such as nl-NL
	Language       string // such as nl
	DefaultAddress Address

	// AssociatedPartnerID is the indirect reseller that the customer is for;
	// only an indirect provider has one. UNCONFIRMED: Microsoft's text asks for
	// the reseller's PartnerID, its sample shows a tenant id.
	AssociatedPartnerID string
	EnableGDAPByDefault bool // makes a GDAP relationship with Microsoft's default roles

	// For the checks only, and not sent: see [CompanyInfo].
	OwnDomains   []string
	Placeholders []string
}

// registering are the countries in which Microsoft wants a registration number
// or a phone number of the company, or both. The list grew over time.
//
// Source: https://learn.microsoft.com/partner-center/developer/customer-resources
var registering = set("AM AZ BY HU KZ KG MD RU TJ UZ UA BR IN ZA PL AE SA TR TH VN MM IQ SS VE")

// Check returns everything that is wrong with the customer, by the company
// info rules and the rules of its country. Without rules (nil) it checks only
// what holds everywhere; see [Address.Check].
//
// In a country where Microsoft wants a registration number or a phone number,
// it is an error to have neither, and a warning to lack one: which of the two
// it is in which country is UNCONFIRMED, and the service has the last word.
func (n NewCustomer) Check(rules *CountryRules) Findings {
	a := n.DefaultAddress
	return checkDomain(n.Domain).Join(
		n.checkRegistration(),
		CompanyInfo{
			CompanyName: n.CompanyName, FirstName: a.FirstName, MiddleName: a.MiddleName, LastName: a.LastName, Email: n.Email,
			OwnDomains: n.OwnDomains, Placeholders: n.Placeholders,
		}.Check(),
		n.checkLocale(rules),
		a.Check(rules),
	)
}

func (n NewCustomer) checkRegistration() Findings {
	var f Findings
	_, number := f.text(FieldOrganizationRegistrationNumber, n.OrganizationRegistrationNumber, false)
	if !registering[strings.TrimSpace(n.DefaultAddress.Country)] {
		return f
	}
	phone := strings.TrimSpace(n.DefaultAddress.PhoneNumber) != ""
	f.failIf(!number && !phone, RuleRegistration, FieldOrganizationRegistrationNumber, "is missing, and so is a phone number: the country wants one of them or both")
	f.warnIf(!number && phone, RuleRegistration, FieldOrganizationRegistrationNumber, "is missing; the country may want it")
	f.warnIf(number && !phone, RuleRegistration, FieldPhoneNumber, "is missing; the country may want it")
	return f
}

// checkLocale warns of a culture or language that the country's rules do not
// name. That they name all which Microsoft takes is not stated.
func (n NewCustomer) checkLocale(rules *CountryRules) Findings {
	var f Findings
	var r CountryRules
	if rules != nil {
		r = *rules
	}
	for _, l := range []struct {
		rule  Rule
		field Field
		value string
		named []string
	}{
		{RuleCulture, FieldCulture, n.Culture, r.SupportedCultures},
		{RuleLanguage, FieldLanguage, n.Language, r.SupportedLanguages},
	} {
		value, ok := f.text(l.field, l.value, true)
		unnamed := !slices.ContainsFunc(l.named, func(s string) bool { return strings.EqualFold(s, value) })
		f.warnIf(ok && len(l.named) > 0 && unnamed, l.rule, l.field, "is not one that the rules of the country name")
	}
	return f
}

// newCustomer is how the service spells a customer that is to be created.
type newCustomer struct {
	EnableGDAPByDefault bool `json:"enableGDAPByDefault"`
	CompanyProfile      struct {
		Domain             string `json:"domain"`
		RegistrationNumber string `json:"organizationRegistrationNumber,omitzero"`
	} `json:"companyProfile"`
	BillingProfile struct {
		Culture        string  `json:"culture"`
		Email          string  `json:"email"`
		Language       string  `json:"language"`
		CompanyName    string  `json:"companyName"`
		DefaultAddress Address `json:"defaultAddress"`
	} `json:"billingProfile"`
	AssociatedPartnerID string `json:"associatedPartnerId,omitzero"`
}

// body returns what is sent: the values without the white space around them,
// as they were judged.
func (n NewCustomer) body() ([]byte, error) {
	var w newCustomer
	w.EnableGDAPByDefault = n.EnableGDAPByDefault
	w.CompanyProfile.Domain = strings.TrimSpace(n.Domain)
	w.CompanyProfile.RegistrationNumber = strings.TrimSpace(n.OrganizationRegistrationNumber)
	w.BillingProfile.Culture = strings.TrimSpace(n.Culture)
	w.BillingProfile.Email = strings.TrimSpace(n.Email)
	w.BillingProfile.Language = strings.TrimSpace(n.Language)
	w.BillingProfile.CompanyName = strings.TrimSpace(n.CompanyName)
	w.BillingProfile.DefaultAddress = n.DefaultAddress.trimmed()
	w.AssociatedPartnerID = strings.TrimSpace(n.AssociatedPartnerID)
	return json.Marshal(w)
}

// trimmed returns the address without white space around its values.
func (a Address) trimmed() Address {
	for _, value := range []*string{
		&a.FirstName, &a.MiddleName, &a.LastName, &a.AddressLine1, &a.AddressLine2, &a.City,
		&a.State, &a.Region, &a.PostalCode, &a.Country, &a.PhoneNumber,
	} {
		*value = strings.TrimSpace(*value)
	}
	return a
}
