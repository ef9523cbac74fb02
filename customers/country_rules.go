package customers

import (
	"encoding/json"
	"strings"

	"github.com/cspkit/cspkit/internal/rawjson"
)

// CountryRules is what Microsoft expects of an address in a country.
//
// It is decoded from either spelling of its lists, such as states{value[]} and
// supportedStatesList[]: which of them is live is UNCONFIRMED.
//
// Source: GET /v1/countryvalidationrules/{iso2},
// https://learn.microsoft.com/partner-center/developer/get-market-specific-validation-data
type CountryRules struct {
	ISO2Code                      string   `json:"iso2Code"`
	DefaultCulture                string   `json:"defaultCulture,omitempty"`
	IsStateRequired               bool     `json:"isStateRequired"`
	States                        []string `json:"states,omitempty"` // their codes; empty where there are none
	SupportedLanguages            []string `json:"supportedLanguages,omitempty"`
	SupportedCultures             []string `json:"supportedCultures,omitempty"`
	IsPostalCodeRequired          bool     `json:"isPostalCodeRequired"`
	PostalCodeRegex               string   `json:"postalCodeRegex,omitempty"` // a .NET regular expression, like the others
	IsCityRequired                bool     `json:"isCityRequired"`
	IsVATIDSupported              bool     `json:"isVatIdSupported"`
	VATIDRegex                    string   `json:"vatIdRegex,omitempty"`
	IsTaxIDSupported              bool     `json:"isTaxIdSupported"`
	IsTaxIDOptional               bool     `json:"isTaxIdOptional"`
	TaxIDFormat                   string   `json:"taxIdFormat,omitempty"`
	TaxIDSample                   string   `json:"taxIdSample,omitempty"`
	PhoneNumberRegex              string   `json:"phoneNumberRegex,omitempty"`
	IsRegistrationNumberSupported bool     `json:"isRegistrationNumberSupported"`
	ResellerAgreementRegion       string   `json:"resellerAgreementRegion,omitempty"`
	GeographicRegion              string   `json:"geographicRegion,omitempty"`
	CountryCallingCodes           []string `json:"countryCallingCodes,omitempty"` // such as "31"
}

// UnmarshalJSON reads rules in either spelling. Where an answer has both, the
// one that is not empty counts.
func (r *CountryRules) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	type members CountryRules // without this method
	var w struct {
		members
		States           list `json:"states"`
		StatesList       list `json:"supportedStatesList"`
		Languages        list `json:"supportedLanguages"`
		LanguagesList    list `json:"supportedLanguagesList"`
		Cultures         list `json:"supportedCultures"`
		CulturesList     list `json:"supportedCulturesList"`
		CallingCodes     list `json:"countryCallingCodes"`
		CallingCodesList list `json:"countryCallingCodesList"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = CountryRules(w.members)
	r.States = either(w.States, w.StatesList)
	r.SupportedLanguages = either(w.Languages, w.LanguagesList)
	r.SupportedCultures = either(w.Cultures, w.CulturesList)
	r.CountryCallingCodes = either(w.CallingCodes, w.CallingCodesList)
	return nil
}

func either(a, b list) []string {
	if len(a) > 0 {
		return a
	}
	return b
}

// list is an array of texts, bare or as the value of an object. What is
// neither is empty, and what is no text or number in it is left out: a list
// that cannot be read must not cost the rules beside it.
type list []string

func (l *list) UnmarshalJSON(data []byte) error {
	*l = nil
	if members, err := rawjson.Members(data); err == nil {
		data, _ = rawjson.Get(members, "value")
	}
	for item := range rawjson.Elements(data) {
		var text string
		if json.Unmarshal(item, &text) != nil { // a calling code may come as a number
			var number json.Number
			if json.Unmarshal(item, &number) != nil {
				continue
			}
			text = number.String()
		}
		if text = strings.TrimSpace(text); text != "" {
			*l = append(*l, text)
		}
	}
	return nil
}
