package partnercentertest

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// country is what the emulator knows of the addresses of one country.
type country struct {
	culture   string // the default one
	language  string
	calling   string
	states    string // codes, in one line
	postal    string // a .NET regular expression; "" = there are no postal codes
	phone     string
	vat       string
	taxFormat string
	taxSample string
	region    string
	// register: customers need an organizationRegistrationNumber.
	register bool
}

// countries are those whose rules the emulator has. The expressions are of
// its own making: Microsoft publishes none.
var countries = map[string]country{
	"NL": {culture: "nl-NL", language: "nl", calling: "31", postal: `^\d{4}\s?[A-Za-z]{2}$`, phone: `^\+?[\d ()-]{7,20}$`, vat: `^NL\d{9}B\d{2}$`, region: "EMEA"},
	"DE": {culture: "de-DE", language: "de", calling: "49", postal: `^\d{5}$`, phone: `^\+?[\d ()/-]{6,20}$`, vat: `^DE\d{9}$`, region: "EMEA"},
	"GB": {culture: "en-GB", language: "en", calling: "44", postal: `^[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}$`, phone: `^\+?[\d ()-]{7,20}$`, vat: `^GB\d{9}$`, region: "EMEA"},
	"US": {culture: "en-US", language: "en", calling: "1", postal: `^\d{5}(-\d{4})?$`, phone: `^(\+?1[ .-]?)?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}$`, region: "NA",
		states: "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY"},
	"BR": {culture: "pt-BR", language: "pt", calling: "55", postal: `^\d{5}-?\d{3}$`, phone: `^\+?[\d ()-]{8,20}$`, region: "LATAM", register: true,
		taxFormat: "NN.NNN.NNN/NNNN-NN", taxSample: "12.345.678/0001-95",
		states: "AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO"},
	"IN": {culture: "en-IN", language: "en", calling: "91", postal: `^\d{6}$`, phone: `^\+?[\d ()-]{8,20}$`, region: "APAC", register: true,
		states: "AP AR AS BR CG CH DL GA GJ HP HR JH JK KA KL MH ML MN MP MZ NL OR PB PY RJ SK TN TR TS UK UP WB"},
	"JP": {culture: "ja-JP", language: "ja", calling: "81", postal: `^\d{3}-?\d{4}$`, phone: `^\+?[\d ()-]{8,20}$`, region: "APAC"},
}

// findCountry returns what is known of a country, or why nothing is.
func findCountry(code string) (country, *answer) {
	if k, ok := countries[code]; ok {
		return k, nil
	}
	if len(code) != 2 || strings.ContainsFunc(code, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return country{}, refuse(http.StatusBadRequest, "3000", "The property Country must be an ISO 3166-1 code of two capital letters.")
	}
	return country{}, refuse(http.StatusNotImplemented, "501", "partnercentertest does not have the rules of "+code+
		"; it has those of "+strings.Join(slices.Sorted(maps.Keys(countries)), ", "))
}

// countryRules answers GET /v1/countryvalidationrules/{iso2}, in the one of
// the two documented spellings that the server was told to use.
func (s *Server) countryRules(_ *call, _ *account, ids []string) *answer {
	k, refused := findCountry(ids[0])
	if refused != nil {
		return refused
	}
	out := map[string]any{
		"iso2Code": ids[0], "defaultCulture": k.culture, "isStateRequired": k.states != "", "isCityRequired": true,
		"isPostalCodeRequired": k.postal != "", "postalCodeRegex": k.postal, "phoneNumberRegex": k.phone,
		"isVatIdSupported": k.vat != "", "vatIdRegex": k.vat,
		"isTaxIdSupported": k.taxFormat != "", "isTaxIdOptional": true, "taxIdFormat": k.taxFormat, "taxIdSample": k.taxSample,
		"isRegistrationNumberSupported": k.register, "resellerAgreementRegion": k.region, "geographicRegion": k.region,
	}
	for name, list := range map[string][]string{
		"states": strings.Fields(k.states), "supportedLanguages": {k.language, "en"},
		"supportedCultures": {k.culture, "en-US"}, "countryCallingCodes": {k.calling},
	} {
		list = slices.Compact(list)
		if s.OldCountryRules {
			if name == "states" {
				name = "supportedStates"
			}
			out[name+"List"] = list
		} else {
			out[name] = map[string]any{"value": list}
		}
	}
	return jsonAnswer(http.StatusOK, out)
}

// checkPlace refuses an address that is not one of its country.
func checkPlace(address map[string]any) *answer {
	code, _ := address["country"].(string)
	k, refused := findCountry(code)
	if refused != nil {
		return refused
	}
	text := func(name string) string { v, _ := address[name].(string); return v }
	switch {
	case k.states != "" && !slices.Contains(strings.Fields(k.states), strings.ToUpper(text("state"))):
		return invalid("State")
	case k.postal != "" && !matchesExpression(k.postal, text("postalCode")):
		return invalid("PostalCode")
	case text("phoneNumber") != "" && !matchesExpression(k.phone, text("phoneNumber")):
		return invalid("PhoneNumber")
	}
	return nil
}

func matchesExpression(expression, text string) bool {
	return regexp.MustCompile(expression).MatchString(text)
}

func invalid(property string) *answer {
	return refuse(http.StatusBadRequest, "3000", "The property "+property+" is invalid.")
}
