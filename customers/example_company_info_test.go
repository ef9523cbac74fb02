package customers_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cspkit/cspkit/customers"
)

func ExampleCompanyInfo_Check() {
	findings := customers.CompanyInfo{
		CompanyName: "Fabrikam.com", FirstName: "A", LastName: "test", Email: "ada@partner.example",
		OwnDomains: []string{"partner.example"},
	}.Check()
	for _, e := range findings.Errors {
		fmt.Println(e)
	}
	for _, w := range findings.Warnings {
		fmt.Println("warning:", w)
	}
	// Output:
	// first name must have more than one character (R10)
	// last name must be the name of a person, not a placeholder (R11)
	// e-mail address must not be at a domain of the partner or the reseller (R16)
	// warning: company name should not end in a domain extension (R8)
}

func ExampleCheckCompanyName() {
	for _, name := range []string{"Fabrikam LLC", "LLC", "999", "AAA Widgets"} {
		fmt.Printf("%s: %v\n", name, customers.CheckCompanyName(name).Err())
	}
	// Output:
	// Fabrikam LLC: <nil>
	// LLC: company info: company name must not be an abbreviation of a legal form alone (R6)
	// 999: company info: company name must not be one character again and again (R7)
	// AAA Widgets: <nil>
}

func ExampleCheckPersonName() {
	fmt.Println(customers.CheckPersonName(customers.FieldFirstName, "李").Err())
	fmt.Println(customers.CheckPersonName(customers.FieldMiddleName, "").Err())
	fmt.Println(customers.CheckPersonName(customers.FieldLastName, "Nemo", "nemo", "dummy").Err())
	// Output:
	// <nil>
	// <nil>
	// company info: last name must be the name of a person, not a placeholder (R11)
}

func ExampleCheckCountry() {
	fmt.Println(customers.CheckCountry("NL").Err())
	fmt.Println(customers.CheckCountry("nl").Err())
	fmt.Println(customers.CheckCountry("").Err())
	// Output:
	// <nil>
	// company info: country must be a code of ISO 3166-1 with two capital letters, such as NL or GB (country)
	// company info: country is missing (required)
}

func ExampleCheckEmail() {
	fmt.Println(customers.CheckEmail("ada.visser@fabrikam.example", "partner.example").Err())
	fmt.Println(customers.CheckEmail("Ada <ada@PARTNER.example>", "partner.example").Err())
	fmt.Println(customers.CheckEmail("ada@bücher.example", "xn--bcher-kva.example").Err())
	// Output:
	// <nil>
	// company info: e-mail address must be one address such as name@company.example (email)
	// company info: e-mail address must not be at a domain of the partner or the reseller (R16)
}

func ExampleAddress_Check() {
	var rules customers.CountryRules // as Partner Center gives them
	err := json.Unmarshal([]byte(`{
		"iso2Code": "US", "isStateRequired": true, "states": {"value": ["CA", "WA"]},
		"isCityRequired": true, "isPostalCodeRequired": true, "postalCodeRegex": "^\\d{5}(-\\d{4})?$"
	}`), &rules)
	if err != nil {
		fmt.Println(err)
		return
	}
	a := customers.Address{AddressLine1: "1 Example Way", City: "Redmond", State: "XX", PostalCode: "1012LG", Country: "US"}
	for _, e := range a.Check(&rules).Errors {
		fmt.Println(e)
	}
	// Output:
	// state is not on the list of the country (state)
	// postal code does not have the form that the country uses (postal_code)
}

func ExampleInvalidError() {
	err := customers.CompanyInfo{CompanyName: "Inc.", FirstName: "Ada", Email: "ada@fabrikam.example"}.Check().Err()
	fmt.Println(errors.Is(err, customers.ErrCompanyInfo))
	if invalid, ok := errors.AsType[*customers.InvalidError](err); ok {
		for _, e := range invalid.Findings.Errors {
			fmt.Printf("%s breaks %s\n", e.Field, e.Rule)
		}
	}
	// Output:
	// true
	// companyName breaks R6
	// lastName breaks required
}

func ExampleFindings_Join() {
	name := customers.CheckCompanyName("&&")
	email := customers.CheckEmail("ada@microsoft.com")
	fmt.Println(name.Join(email).Err())
	// Output:
	// company info: company name must not be only special characters (R3); e-mail address must not be at microsoft.com (R15)
}
