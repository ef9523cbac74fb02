package customers_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
)

func TestCountryRulesInEitherSpelling(t *testing.T) {
	want := customers.CountryRules{
		ISO2Code: "US", DefaultCulture: "en-US", IsStateRequired: true, States: []string{"AK", "WA"},
		SupportedLanguages: []string{"en", "es"}, SupportedCultures: []string{"en-US", "es-US"},
		IsPostalCodeRequired: true, PostalCodeRegex: `^\d{5}(-\d{4})?$`, IsCityRequired: true,
		TaxIDFormat: "US######", TaxIDSample: "US999965", IsTaxIDSupported: true,
		PhoneNumberRegex:        `^(1[\-\/\.]?)?(\((\d{3})\)|(\d{3}))[\-\/\.]?(\d{3})[\-\/\.]?(\d{4})$`,
		ResellerAgreementRegion: "AOC", GeographicRegion: "NorthAndLatinAmerica", CountryCallingCodes: []string{"1"},
	}
	const rest = `,"defaultCulture":"en-US","isStateRequired":true,"isPostalCodeRequired":true,"postalCodeRegex":"^\\d{5}(-\\d{4})?$",
		"isCityRequired":true,"isVatIdSupported":false,"taxIdFormat":"US######","taxIdSample":"US999965",
		"phoneNumberRegex":"^(1[\\-\\/\\.]?)?(\\((\\d{3})\\)|(\\d{3}))[\\-\\/\\.]?(\\d{3})[\\-\\/\\.]?(\\d{4})$",
		"isRegistrationNumberSupported":false,"isTaxIdSupported":true,"isTaxIdOptional":null,"resellerAgreementRegion":"AOC",
		"geographicRegion":"NorthAndLatinAmerica","attributes":{"objectType":"CountryInformation"},"links":[],"new":{"deep":1}}`
	tests := map[string]string{
		"newer":       `{"iso2Code":"US","states":{"value":["AK","WA"]},"supportedLanguages":{"value":["en","es"]},"supportedCultures":{"value":["en-US","es-US"]},"countryCallingCodes":{"value":["1"]}` + rest,
		"older":       `{"iso2Code":"US","supportedStatesList":["AK","WA"],"supportedLanguagesList":["en","es"],"supportedCulturesList":["en-US","es-US"],"countryCallingCodesList":["1"]` + rest,
		"Pascal case": `{"Iso2Code":"US","States":{"Value":["AK","WA"]},"SupportedLanguages":{"Value":["en","es"]},"SupportedCulturesList":["en-US","es-US"],"CountryCallingCodesList":["1"]` + rest,
		"bare lists":  `{"iso2Code":"US","states":["AK","WA"],"supportedLanguages":["en","es"],"supportedCultures":["en-US","es-US"],"countryCallingCodes":[1]` + rest,
		"values of the older name": `{"iso2Code":"US","supportedStatesList":{"value":["AK","WA"]},"supportedLanguagesList":{"value":["en","es"]},
			"supportedCulturesList":{"value":["en-US","es-US"]},"countryCallingCodesList":{"value":[1]}` + rest,
		"both, one empty": `{"iso2Code":"US","states":{"value":[]},"supportedStatesList":["AK","WA"],"supportedLanguages":null,"supportedLanguagesList":["en","es"],
			"supportedCultures":{"value":["en-US","es-US"]},"supportedCulturesList":[],"countryCallingCodes":{"value":["1"]},"countryCallingCodesList":["1"]` + rest,
		"a list twice": `{"iso2Code":"US","states":{"value":["XX"]},"states":{"value":["AK","WA"]},"supportedLanguages":{"value":["en","es"]},
			"supportedCultures":{"value":["en-US","es-US"]},"countryCallingCodes":{"value":["1"]}` + rest,
		"odd items": `{"iso2Code":"US","states":{"total":2,"value":["AK",null,"",{},[],true," WA "]},"supportedLanguages":{"value":["en","es"]},
			"supportedCultures":{"value":["en-US","es-US"]},"countryCallingCodes":{"value":["1"]}` + rest,
	}
	for name, text := range tests {
		got := customers.CountryRules{States: []string{"from before"}, IsVATIDSupported: true}
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		var again customers.CountryRules
		if err := json.Unmarshal([]byte(jsonOf(t, got)), &again); err != nil || !cmp.Equal(got, again) {
			t.Errorf("%s, encoded and decoded: %v\n%s", name, err, cmp.Diff(got, again))
		}
	}
}

func TestCountryRulesWithoutLists(t *testing.T) {
	for _, text := range []string{
		`{"iso2Code":"NL"}`,
		`{"iso2Code":"NL","states":null,"supportedLanguages":{"value":null},"supportedCultures":{},"countryCallingCodes":[]}`,
		`{"iso2Code":"NL","states":"none","supportedLanguages":7,"supportedCultures":true,"countryCallingCodes":{"value":{"value":["1"]}}}`,
		`{"iso2Code":"NL","isStateRequired":null,"postalCodeRegex":null}`,
	} {
		var got customers.CountryRules
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(customers.CountryRules{ISO2Code: "NL"}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	kept := customers.CountryRules{ISO2Code: "NL"}
	if err := json.Unmarshal([]byte("null"), &kept); err != nil || kept.ISO2Code != "NL" {
		t.Errorf("null changed the rules to %+v, %v", kept, err)
	}
	if err := json.Unmarshal([]byte(`[]`), &kept); err == nil {
		t.Error("an array was read as rules")
	}
}

// FuzzCountryRules checks that whatever is decoded can be encoded and used.
func FuzzCountryRules(f *testing.F) {
	f.Add([]byte(`{"iso2Code":"US","states":{"value":["WA"]},"postalCodeRegex":"^\\d{5}$","phoneNumberRegex":"(?=a)"}`), "98052")
	f.Add([]byte(`{"supportedStatesList":["WA",1,null],"postalCodeRegex":"a)(b","countryCallingCodes":[1,"+31"]}`), "+31 20")
	f.Fuzz(func(t *testing.T, data []byte, value string) {
		var r customers.CountryRules
		if json.Unmarshal(data, &r) != nil {
			return
		}
		var again customers.CountryRules
		if err := json.Unmarshal([]byte(jsonOf(t, r)), &again); err != nil || !cmp.Equal(r, again) {
			t.Fatalf("%q, encoded and decoded: %v\n%s", data, err, cmp.Diff(r, again))
		}
		a := customers.Address{AddressLine1: value, City: value, State: value, PostalCode: value, Country: value, PhoneNumber: value}
		if diff := cmp.Diff(a.Check(&r), a.Check(&again)); diff != "" {
			t.Fatalf("Check with %q differs the second time:\n%s", data, diff)
		}
	})
}
