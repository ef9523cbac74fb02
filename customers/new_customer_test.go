package customers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
)

// named returns the findings as "field rule".
func named(findings []customers.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, fmt.Sprint(f.Field, " ", f.Rule))
	}
	slices.Sort(out)
	return out
}

func TestNewCustomerCheck(t *testing.T) {
	dutch := &customers.CountryRules{ISO2Code: "NL", SupportedCultures: []string{"nl-NL"}, SupportedLanguages: []string{"nl", "EN"}}
	tests := []struct {
		name     string
		with     func(*customers.NewCustomer)
		rules    *customers.CountryRules
		errors   []string
		warnings []string
	}{
		{"nothing wrong", func(*customers.NewCustomer) {}, nil, nil, nil},
		{"white space around everything", func(n *customers.NewCustomer) {
			n.Domain, n.CompanyName, n.Culture, n.DefaultAddress.City = " a.example ", " Fabrikam BV ", "\ten-US", "Amsterdam\n"
		}, nil, nil, nil},
		{"nothing at all", func(n *customers.NewCustomer) { *n = customers.NewCustomer{} }, nil, []string{
			"addressLine1 required", "city required", "companyName required", "country required", "culture required", "domain required",
			"email required", "firstName required", "language required", "lastName required",
		}, nil},
		{"only white space", func(n *customers.NewCustomer) { n.Language, n.Domain = "  ", "\t" }, nil, []string{"domain required", "language required"}, nil},
		{"own domain", func(n *customers.NewCustomer) { n.OwnDomains = []string{"Fabrikam.example"} }, nil, []string{"email R16"}, nil},
		{"own placeholder", func(n *customers.NewCustomer) { n.Placeholders = []string{"visser"} }, nil, []string{"lastName R11"}, nil},
		{"middle name", func(n *customers.NewCustomer) { n.DefaultAddress.MiddleName = "x" }, nil, []string{"middleName R10"}, nil},
		{"a culture that is not named", func(*customers.NewCustomer) {}, dutch, nil, []string{"culture culture"}},
		{"named ones", func(n *customers.NewCustomer) { n.Culture, n.Language = "NL-nl", "nl" }, dutch, nil, nil},
		{"a language that is not named", func(n *customers.NewCustomer) { n.Culture, n.Language = "nl-NL", "fr" }, dutch, nil, []string{"language language"}},
		{"rules of another country", func(n *customers.NewCustomer) { n.DefaultAddress.Country = "DE" }, dutch, []string{"country country"}, []string{"culture culture"}},
		{"no number and no phone in Brazil", func(n *customers.NewCustomer) {
			n.DefaultAddress.Country, n.DefaultAddress.PhoneNumber = "BR", " "
		}, nil, []string{"organizationRegistrationNumber registration_number"}, nil},
		{"no number in Brazil", func(n *customers.NewCustomer) { n.DefaultAddress.Country = "BR" }, nil, nil, []string{"organizationRegistrationNumber registration_number"}},
		{"no phone in Brazil", func(n *customers.NewCustomer) {
			n.DefaultAddress.Country, n.DefaultAddress.PhoneNumber, n.OrganizationRegistrationNumber = "BR", "", "1"
		}, nil, nil, []string{"phoneNumber registration_number"}},
		{"both in Brazil", func(n *customers.NewCustomer) {
			n.DefaultAddress.Country, n.OrganizationRegistrationNumber = "BR", "1"
		}, nil, nil, nil},
		{"neither in the Netherlands", func(n *customers.NewCustomer) { n.DefaultAddress.PhoneNumber = "" }, nil, nil, nil},
		{"no UTF-8", func(n *customers.NewCustomer) {
			n.OrganizationRegistrationNumber, n.Domain, n.Culture = "\xff", "\xff.example", "\xff"
		}, nil,
			[]string{"culture encoding", "domain encoding", "organizationRegistrationNumber encoding"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := visser()
			tt.with(&n)
			got := n.Check(tt.rules)
			if diff := cmp.Diff([][]string{tt.errors, tt.warnings}, [][]string{named(got.Errors), named(got.Warnings)}); diff != "" {
				t.Errorf("Check: errors and warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCountriesThatRegister(t *testing.T) {
	n := visser()
	n.DefaultAddress.PhoneNumber = ""
	count := 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			n.DefaultAddress.Country = string([]rune{a, b})
			if slices.Contains(named(n.Check(nil).Errors), "organizationRegistrationNumber registration_number") {
				count++
				if !strings.Contains("AM AZ BY HU KZ KG MD RU TJ UZ UA BR IN ZA PL AE SA TR TH VN MM IQ SS VE", n.DefaultAddress.Country) {
					t.Errorf("%s wants a registration number", n.DefaultAddress.Country)
				}
			}
		}
	}
	if count != 24 {
		t.Errorf("%d countries want a registration number, want 24", count)
	}
}
