package customers_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
)

var (
	dutch = customers.CountryRules{
		ISO2Code: "NL", IsCityRequired: true, IsPostalCodeRequired: true, PostalCodeRegex: `^\d{4} ?[A-Z]{2}$`,
		PhoneNumberRegex: `^0?\d{9}$`, CountryCallingCodes: []string{"31"},
	}
	american = customers.CountryRules{
		ISO2Code: "US", IsCityRequired: true, IsStateRequired: true, States: []string{"CA", "WA"},
		IsPostalCodeRequired: true, PostalCodeRegex: `\d{5}|\d{5}-\d{4}`,
		PhoneNumberRegex: `^(1[\-\/\.]?)?(\((\d{3})\)|(\d{3}))[\-\/\.]?(\d{3})[\-\/\.]?(\d{4})$`, CountryCallingCodes: []string{"+1"},
	}
	unlisted  = customers.CountryRules{ISO2Code: "US", IsStateRequired: true}
	brazilian = customers.CountryRules{ISO2Code: "BR", IsStateRequired: true, States: []string{"SP", "RJ"}}
	chinese   = customers.CountryRules{ISO2Code: "CN", States: []string{"Beijing"}}
	islands   = customers.CountryRules{ISO2Code: "HK"} // no city, no postal code
	dotnet    = customers.CountryRules{ISO2Code: "NL", IsPostalCodeRequired: true, PostalCodeRegex: `^(?!0)\d{4}$`, PhoneNumberRegex: `(\d`}
	crooked   = customers.CountryRules{ISO2Code: "NL", PostalCodeRegex: `a)(b`, PhoneNumberRegex: `\Qab`}
	nameless  = customers.CountryRules{IsPostalCodeRequired: true}
)

// addresses change a valid Dutch address. What they break is written
// "field:rule", and "| field:rule" for warnings.
var addresses = []struct {
	name       string
	rules      *customers.CountryRules
	change     func(*customers.Address)
	want, near string
}{
	{"valid without rules", nil, func(a *customers.Address) {}, "", "required"},
	{"valid", &dutch, func(a *customers.Address) {}, "", "postal_code"},
	{"empty without rules", nil, func(a *customers.Address) { *a = customers.Address{} }, "country:required addressLine1:required city:required", ""},
	{"empty", &american, func(a *customers.Address) { *a = customers.Address{} }, "country:required addressLine1:required city:required state:required postalCode:required", ""},
	{"blank", &dutch, func(a *customers.Address) { a.AddressLine1, a.City, a.PostalCode = " ", "\t", "\u00a0" }, "addressLine1:required city:required postalCode:required", ""},
	{"surrounded by spaces", &dutch, func(a *customers.Address) { a.Country, a.PostalCode, a.PhoneNumber = " NL", "1012 LG ", "\t201234567" }, "", "country"},
	{"names are judged elsewhere", &dutch, func(a *customers.Address) { a.FirstName, a.LastName = "test", "" }, "", ""},

	{"country in small letters", nil, func(a *customers.Address) { a.Country = "nl" }, "country:country", ""},
	{"country in small letters, with rules", &dutch, func(a *customers.Address) { a.Country, a.PostalCode = "nl", "1" }, "country:country postalCode:postal_code", ""},
	{"country of three letters", nil, func(a *customers.Address) { a.Country = "NLD" }, "country:country", ""},
	{"country by name", nil, func(a *customers.Address) { a.Country = "Netherlands" }, "country:country", ""},
	{"country that is none", nil, func(a *customers.Address) { a.Country = "UK" }, "country:country", ""},
	{"Great Britain", nil, func(a *customers.Address) { a.Country = "GB" }, "", "country"},
	{"Kosovo", nil, func(a *customers.Address) { a.Country = "XK" }, "", "country"},
	{"rules of another country", &american, func(a *customers.Address) {}, "country:country", ""},
	{"rules without a country", &nameless, func(a *customers.Address) { a.PostalCode = "" }, "postalCode:required", ""},

	{"line of 200", nil, func(a *customers.Address) { a.AddressLine1 = strings.Repeat("é", 200) }, "", "length"},
	{"line of 201", nil, func(a *customers.Address) { a.AddressLine1 = strings.Repeat("é", 201) }, "addressLine1:length", ""},
	{"second line of 200", nil, func(a *customers.Address) { a.AddressLine2 = strings.Repeat("a", 200) }, "", "length"},
	{"second line of 201", nil, func(a *customers.Address) { a.AddressLine2 = strings.Repeat("a", 201) }, "addressLine2:length", ""},
	{"city of 255", nil, func(a *customers.Address) { a.City = strings.Repeat("市", 255) }, "", "length"},
	{"city of 256", nil, func(a *customers.Address) { a.City = strings.Repeat("市", 256) }, "city:length", ""},
	{"postal code of 30", nil, func(a *customers.Address) { a.PostalCode = strings.Repeat("1", 30) }, "", "length"},
	{"postal code of 31", nil, func(a *customers.Address) { a.PostalCode = strings.Repeat("1", 31) }, "postalCode:length", ""},
	{"phone number of 30", nil, func(a *customers.Address) { a.PhoneNumber = strings.Repeat("1", 30) }, "", "length"},
	{"phone number of 31", nil, func(a *customers.Address) { a.PhoneNumber = strings.Repeat("1", 31) }, "phoneNumber:length", ""},
	{"no UTF-8", nil, func(a *customers.Address) {
		a.AddressLine1, a.AddressLine2, a.City, a.State, a.PostalCode, a.Country, a.PhoneNumber = "\xff", "\xff", "\xff", "\xff", "\xff", "\xff", "\xff"
	}, "country:encoding addressLine1:encoding addressLine2:encoding city:encoding state:encoding postalCode:encoding phoneNumber:encoding", ""},

	{"no city where none is needed", &islands, func(a *customers.Address) { a.Country, a.City, a.PostalCode = "HK", "", "" }, "", "required"},
	{"state of two without rules", nil, func(a *customers.Address) { a.State = "NH" }, "", "length"},
	{"state by name without rules", nil, func(a *customers.Address) { a.State = "Noord-Holland" }, "state:length", ""},
	{"state on the list", &american, func(a *customers.Address) { inSeattle(a) }, "", "state"},
	{"state in small letters", &american, func(a *customers.Address) { inSeattle(a); a.State = "wa" }, "", "state"},
	{"state not on the list", &american, func(a *customers.Address) { inSeattle(a); a.State = "XX" }, "state:state", ""},
	{"state by name", &american, func(a *customers.Address) { inSeattle(a); a.State = "Washington" }, "state:state", ""},
	{"wrong state and country in small letters", &american, func(a *customers.Address) { inSeattle(a); a.Country, a.State = "us", "XX" }, "country:country state:state", ""},
	{"state without a list", &unlisted, func(a *customers.Address) { inSeattle(a); a.State = "XX" }, "", "state"},
	{"state missing", &american, func(a *customers.Address) { inSeattle(a); a.State = "" }, "state:required", ""},
	{"state on a list that Microsoft does not check", &brazilian, func(a *customers.Address) { a.Country, a.State = "BR", "SP" }, "", "state"},
	{"state not on such a list", &brazilian, func(a *customers.Address) { a.Country, a.State = "BR", "XX" }, "| state:state", ""},
	{"state by name on the list", &chinese, func(a *customers.Address) { a.Country, a.State = "CN", "beijing" }, "", "length"},

	{"postal code with a space", &dutch, func(a *customers.Address) { a.PostalCode = "1012 LG" }, "", "postal_code"},
	{"postal code of another form", &dutch, func(a *customers.Address) { a.PostalCode = "10123" }, "postalCode:postal_code", ""},
	{"postal code in small letters", &dutch, func(a *customers.Address) { a.PostalCode = "1012lg" }, "postalCode:postal_code", ""},
	{"postal code and a second line", &dutch, func(a *customers.Address) { a.PostalCode = "1012LG\n1012LG" }, "postalCode:postal_code", ""},
	{"postal code missing", &dutch, func(a *customers.Address) { a.PostalCode = "" }, "postalCode:required", ""},
	{"long postal code", &american, func(a *customers.Address) { inSeattle(a); a.PostalCode = "98052-1234" }, "", "postal_code"}, // the second alternative
	{"postal code with more behind", &american, func(a *customers.Address) { inSeattle(a); a.PostalCode = "98052-12345" }, "postalCode:postal_code", ""},
	{"postal code with more before", &american, func(a *customers.Address) { inSeattle(a); a.PostalCode = "x98052" }, "postalCode:postal_code", ""},
	{"postal code in other digits", &american, func(a *customers.Address) { inSeattle(a); a.PostalCode = "٩٨٠٥٢" }, "postalCode:postal_code", ""},

	{"phone number", &dutch, func(a *customers.Address) { a.PhoneNumber = "0201234567" }, "", "phone"},
	{"no phone number", &dutch, func(a *customers.Address) { a.PhoneNumber = "" }, "", "phone"},
	{"phone number of another form", &dutch, func(a *customers.Address) { a.PhoneNumber = "20-1234567" }, "phoneNumber:phone", ""},
	{"phone number with calling code", &dutch, func(a *customers.Address) { a.PhoneNumber = "+31201234567" }, "| phoneNumber:phone", ""},
	{"phone number with calling code and space", &dutch, func(a *customers.Address) { a.PhoneNumber = "+31 201234567" }, "| phoneNumber:phone", ""},
	{"phone number with another calling code", &dutch, func(a *customers.Address) { a.PhoneNumber = "+32201234567" }, "phoneNumber:phone", ""},
	{"calling code alone", &dutch, func(a *customers.Address) { a.PhoneNumber = "+31" }, "phoneNumber:phone", ""},
	{"American phone number", &american, func(a *customers.Address) { inSeattle(a); a.PhoneNumber = "(206)555-0100" }, "", "phone"},
	{"American calling code", &american, func(a *customers.Address) { inSeattle(a); a.PhoneNumber = "+1 206-555-0100" }, "| phoneNumber:phone", ""},

	{"expressions that Go does not know", &dotnet, func(a *customers.Address) {}, "| postalCode:postal_code phoneNumber:phone", ""},
	{"expressions that would escape from a group", &crooked, func(a *customers.Address) { a.PhoneNumber = "xab" }, "phoneNumber:phone | postalCode:postal_code", ""},
	{"no value for a broken expression", &dotnet, func(a *customers.Address) { a.PostalCode, a.PhoneNumber = "", "" }, "postalCode:required", "phone"},
}

func address() customers.Address {
	return customers.Address{
		FirstName: "Ada", LastName: "Visser", AddressLine1: "Damrak 1", City: "Amsterdam",
		PostalCode: "1012LG", Country: "NL", PhoneNumber: "201234567",
	}
}

func inSeattle(a *customers.Address) {
	a.City, a.State, a.PostalCode, a.Country, a.PhoneNumber = "Seattle", "WA", "98101", "US", ""
}

func TestAddressCheck(t *testing.T) {
	for _, tt := range addresses {
		t.Run(tt.name, func(t *testing.T) {
			a := address()
			tt.change(&a)
			f := a.Check(tt.rules)
			var words []string
			for _, e := range f.Errors {
				words = append(words, string(e.Field)+":"+string(e.Rule))
			}
			if len(f.Warnings) > 0 {
				words = append(words, "|")
			}
			for _, w := range f.Warnings {
				words = append(words, string(w.Field)+":"+string(w.Rule))
			}
			if got := strings.Join(words, " "); got != tt.want {
				t.Errorf("Check finds %q, want %q", got, tt.want)
			}
			for _, finding := range slices.Concat(f.Errors, f.Warnings) {
				for _, value := range []string{a.AddressLine1, a.AddressLine2, a.City, a.State, a.PostalCode, a.PhoneNumber} {
					if len(strings.TrimSpace(value)) > 1 && strings.Contains(finding.Message, value) {
						t.Errorf("the finding repeats a value: %s", finding)
					}
				}
			}
		})
	}
}

func TestAddressOnTheWire(t *testing.T) {
	a := address()
	const want = `{"firstName":"Ada","lastName":"Visser","addressLine1":"Damrak 1","city":"Amsterdam","state":"","postalCode":"1012LG","country":"NL","phoneNumber":"201234567"}`
	if got := jsonOf(t, a); got != want {
		t.Errorf("Marshal = %s\nwant %s", got, want)
	}
	if got, want := jsonOf(t, customers.Address{}), `{"addressLine1":"","city":"","state":"","postalCode":"","country":""}`; got != want {
		t.Errorf("Marshal of an empty address = %s\nwant %s", got, want)
	}
	var got customers.Address
	if err := json.Unmarshal([]byte(`{"Country":"NL","REGION":null,"PostalCode":"1012LG","new":1}`), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(customers.Address{Country: "NL", PostalCode: "1012LG"}, got); diff != "" {
		t.Errorf("Unmarshal (-want +got):\n%s", diff)
	}
}
