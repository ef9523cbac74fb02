package mca_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
)

func TestValidateTellsEveryProblemAtOnce(t *testing.T) {
	err := mca.NewAttestation(" ").Country("Netherlands").Language("Dutch!").
		Signatory("A", "test", "ada@PARTNER.example", "020 123 4567").
		ValidFor(4*time.Minute + time.Second).OwnDomains("partner.example").
		Validate()
	want := `mca: company name is missing (required)
mca: country must be a code of ISO 3166-1 with two capital letters, such as NL or GB (country)
mca: language must be a tag of BCP 47, such as en-US or nl-NL (language)
mca: the link must be valid for 5 minutes to 7 days (lifetime)
mca: the link must be valid for a number of whole minutes (lifetime)
mca: signatory: first name must have more than one character (R10)
mca: signatory: last name must be the name of a person, not a placeholder (R11)
mca: signatory: e-mail address must not be at a domain of the partner or the reseller (R16)
mca: signatory: phone number must be written as +31201234567: a plus sign, the country code, and digits without separators (phone)`
	if err == nil {
		t.Fatal("Validate = nil, want an error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("Validate (-want +got):\n%s", diff)
	}
	invalid, ok := errors.AsType[*mca.InvalidError](err)
	if !ok || len(invalid.Findings.Errors) != 9 || !errors.Is(err, mca.ErrInvalid) {
		t.Errorf("Validate = %#v, want an InvalidError with 9 findings that is ErrInvalid", err)
	}
	if err := (mca.Attestation{}).Validate(); strings.Count(err.Error(), "is missing (required)") != 6 {
		t.Errorf("Validate of nothing = %v, want six missing values", err)
	}
}

// Each case changes a valid attestation and says which rule it breaks, if any.
func TestEachRuleHoldsOnItsOwn(t *testing.T) {
	type change func(mca.Attestation) mca.Attestation
	language := func(tag string) change {
		return func(a mca.Attestation) mca.Attestation { return a.Language(tag) }
	}
	phone := func(number string) change {
		return func(a mca.Attestation) mca.Attestation {
			return a.Signatory(ada.FirstName, ada.LastName, ada.Email, number)
		}
	}
	mail := func(email string) change {
		return func(a mca.Attestation) mca.Attestation {
			return a.Signatory(ada.FirstName, ada.LastName, email, "").OwnDomains("partner.example", "reseller.example")
		}
	}
	life := func(d time.Duration) change {
		return func(a mca.Attestation) mca.Attestation { return a.ValidFor(d) }
	}
	tests := []struct {
		name   string
		change change
		want   customers.Rule
	}{
		{"nothing", func(a mca.Attestation) mca.Attestation { return a }, ""},
		{"country in small letters", func(a mca.Attestation) mca.Attestation { return a.Country("nl") }, customers.RuleCountry},
		{"country that is none", func(a mca.Attestation) mca.Attestation { return a.Country("UK") }, customers.RuleCountry},
		{"country with blanks around", func(a mca.Attestation) mca.Attestation { return a.Country(" GB\n") }, ""},
		{"no country", func(a mca.Attestation) mca.Attestation { return a.Country("") }, customers.RuleRequired},
		{"no company", func(a mca.Attestation) mca.Attestation {
			d := a.Details()
			d.Company = ""
			return mca.NewAttestation(" ").Defaults(d)
		}, customers.RuleRequired},
		{"language alone", language("nl"), ""},
		{"language in small letters", language("en-us"), ""},
		{"language with script and region", language("zh-Hans-CN"), ""},
		{"language of a continent", language("es-419"), ""},
		{"language with variant, extension and private use", language("de-DE-1996-u-co-phonebk-x-office"), ""},
		{"no language", language(" "), customers.RuleRequired},
		{"language with an underscore", language("nl_NL"), mca.RuleLanguage},
		{"language by name", language("Netherlands (Dutch)"), mca.RuleLanguage},
		{"language with nothing after the hyphen", language("nl-"), mca.RuleLanguage},
		{"language and a second line", language("nl-NL\nx"), mca.RuleLanguage},
		{"no phone", phone(""), ""},
		{"phone of 7 digits", phone("+2901234"), ""},
		{"phone of 15 digits", phone("+123456789012345"), ""},
		{"phone of 16 digits", phone("+1234567890123456"), customers.RulePhone},
		{"phone of 6 digits", phone("+290123"), customers.RulePhone},
		{"phone without a plus sign", phone("31201234567"), customers.RulePhone},
		{"phone with separators", phone("+31 20 123 4567"), customers.RulePhone},
		{"phone that starts with zero", phone("+0201234567"), customers.RulePhone},
		{"phone in other digits", phone("+٣١٢٠١٢٣٤٥٦٧"), customers.RulePhone},
		{"mail at microsoft.com", mail("ada@microsoft.com"), customers.R15},
		{"mail at the reseller", mail("ada@reseller.example"), customers.R16},
		{"mail at a domain below", mail("ada@nl.reseller.example"), ""},
		{"mail that is none", mail("ada"), customers.RuleEmail},
		{"5 minutes", life(5 * time.Minute), ""},
		{"4 minutes", life(4 * time.Minute), mca.RuleLifetime},
		{"7 days", life(7 * 24 * time.Hour), ""},
		{"7 days and a minute", life(7*24*time.Hour + time.Minute), mca.RuleLifetime},
		{"half a minute too much", life(90*time.Minute + 30*time.Second), mca.RuleLifetime},
		{"negative", life(-time.Hour), mca.RuleLifetime},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []customers.Rule
			for _, e := range tt.change(complete()).Check().Errors {
				got = append(got, e.Rule)
			}
			if tt.want == "" && got != nil || tt.want != "" && (len(got) != 1 || got[0] != tt.want) {
				t.Errorf("Check finds %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWarningsDoNotStopAnAttestation(t *testing.T) {
	a := mca.NewAttestation("Fabrikam.com").Defaults(complete().Details())
	f := a.Check()
	if len(f.Warnings) != 1 || f.Warnings[0].Rule != customers.R8 || a.Validate() != nil {
		t.Errorf("Check = %v, Validate = %v, want one warning R8 and nil", f, a.Validate())
	}
}

func TestALanguageWithoutACountryIsWarnedOf(t *testing.T) {
	for tag, want := range map[string]int{"nl": 1, "nl-NL": 0, "es-419": 0, "n": 0} {
		if f := complete().Language(tag).Check(); len(f.Warnings) != want {
			t.Errorf("Check of the language %s warns of %v, want %d warnings", tag, f.Warnings, want)
		}
	}
}

func TestABuilderLeavesItsReceiverAlone(t *testing.T) {
	a := complete().OwnDomains("a.example").OwnDomains("b.example").OwnDomains("c.example")
	before := a.Details()
	a.Country("BE").Language("fr-BE").Signatory("Bea", "", "", "").ValidFor(time.Hour).Defaults(mca.Details{Company: "Contoso"})
	one, two := a.OwnDomains("fabrikam.example"), a.OwnDomains("d.example")
	if a.Details() != before {
		t.Error("a call changed the attestation that it was made on")
	}
	if one.Validate() == nil || two.Validate() != nil {
		t.Errorf("Validate = %v and %v, want an error for the own domain alone", one.Validate(), two.Validate())
	}
}

func TestDefaultsFillWhatIsEmpty(t *testing.T) {
	profile := mca.Details{
		Company: "Fabrikam BV ", Country: "NL", Language: "nl", ValidFor: time.Hour,
		Signatory: mca.Signatory{FirstName: "Bea", LastName: "Bakker", Email: "bea@fabrikam.example", Phone: "(020) 123-4567"},
	}
	want := mca.Details{
		Company: "Fabrikam BV", Country: "NL", Language: "nl", ValidFor: time.Hour,
		Signatory: mca.Signatory{FirstName: "Bea", LastName: "Bakker", Email: "bea@fabrikam.example"},
	}
	if got := (mca.Attestation{}).Defaults(profile).Details(); got != want {
		t.Errorf("Defaults of nothing does not give the profile with a phone number that is E.164 or none: %t for all but the signatory",
			got.Company == want.Company && got.Country == want.Country && got.Language == want.Language && got.ValidFor == want.ValidFor)
	}
	if got := complete().ValidFor(2 * time.Hour).Defaults(profile).Details(); got != complete().ValidFor(2*time.Hour).Details() {
		t.Error("Defaults of a complete attestation changed it")
	}
	profile.Signatory.Phone = "+31201234567"
	if got := (mca.Attestation{}).Defaults(profile).Details().Signatory; got != profile.Signatory {
		t.Error("Defaults dropped a phone number in E.164")
	}
	// Half a signatory is not filled up with another person.
	if got := mca.NewAttestation("Fabrikam BV").Signatory("Ada", "", "", "").Defaults(profile).Details().Signatory; got != (mca.Signatory{FirstName: "Ada"}) {
		t.Error("Defaults mixed two people")
	}
}

func TestALinkIsValidForAWeekByDefault(t *testing.T) {
	if got := complete().Details().ValidFor; got != 7*24*time.Hour {
		t.Errorf("ValidFor = %s, want a week", got)
	}
}

func TestCompanyTakesThePlaceOfTheFirstName(t *testing.T) {
	a := mca.NewAttestation("Fabrikam BV")
	if got := a.Company(" Fabrikam Holding BV ").Details().Company; got != "Fabrikam Holding BV" {
		t.Errorf("Company = %q, want the new name, trimmed", got)
	}
	if got := a.Details().Company; got != "Fabrikam BV" {
		t.Errorf("Company changed what it was called on to %q", got)
	}
}
