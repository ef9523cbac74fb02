package customers_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// roundTrip decodes the sample of a page, encodes what came of it, and
// compares both as JSON.
func roundTrip[T any](t *testing.T, page string, v *T) {
	t.Helper()
	var want, got any
	text := file(t, page)
	if err := errors.Join(json.Unmarshal([]byte(text), v), json.Unmarshal([]byte(text), &want), json.Unmarshal([]byte(jsonOf(t, v)), &got)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s there and back (-want +got):\n%s", page, diff)
	}
}

func TestSamplesRoundTrip(t *testing.T) {
	roundTrip(t, "validate-an-address", new(customers.AddressValidation))
	roundTrip(t, "get-a-customer-s-company-profile", new(customers.Company))
	roundTrip(t, "get-a-customer-s-billing-profile", new(customers.BillingProfile))
	roundTrip(t, "get-indirect-resellers-of-a-customer", new(customers.PartnerRelationship))
	roundTrip(t, "retrieve-a-list-of-indirect-resellers", new(customers.PartnerRelationship))
	roundTrip(t, "contract-list", new(customers.Contract))
}

func TestValidateAddress(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 200, Body: file(t, "validate-an-address")})
	a := visser().DefaultAddress
	a.City = " Amsterdam "
	got, err := s.ValidateAddress(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Status.Is(customers.AddressVerifiedShippable) || got.Suggested[0].PostalCode != "1012 LG" || got.Original.City != "Amsterdam" || got.Message == "" {
		t.Errorf("ValidateAddress = %+v", got)
	}
	wiretest.Check(t, w.Last(), "POST", "https://api.partnercenter.microsoft.com/v1/validations/address", "app",
		`{"addressLine1":"Damrak 1","city":"Amsterdam","state":"","postalCode":"1012LG","country":"NL"}`)
}

func TestValidateAddressAnswers(t *testing.T) {
	tests := []struct {
		name   string
		reply  wiretest.Reply
		status customers.AddressStatus
		want   error
	}{
		{"Pascal with a byte order mark", wiretest.Reply{Status: 200, Body: "\xef\xbb\xbf" + `{"OriginalAddress":{"City":"A"},"SuggestedAddresses":null,"Status":"multiple"}`}, customers.AddressMultiple, nil},
		{"an unknown status", wiretest.Reply{Status: 200, Body: `{"status":"Haunted","more":[]}`}, "Haunted", nil},
		{"no status", wiretest.Reply{Status: 200, Body: `{}`}, "", partnercenter.ErrUnexpectedAnswer},
		{"nothing", wiretest.Reply{Status: 200}, "", partnercenter.ErrUnexpectedAnswer},
		{"not JSON", wiretest.Reply{Status: 200, Body: `<html>`}, "", partnercenter.ErrUnexpectedAnswer},
		{"refused", wiretest.Reply{Status: 400, Body: `{"code":3000,"description":"Damrak 1 is not valid"}`}, "", partnercenter.ErrValidation},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := service(t, tt.reply)
			got, err := s.ValidateAddress(t.Context(), visser().DefaultAddress)
			if !errors.Is(err, tt.want) || (got == nil) != (err != nil) || got != nil && !got.Status.Is(tt.status) {
				t.Errorf("ValidateAddress = %v, %v, want %s, %v", got, err, tt.status, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "Damrak") {
				t.Errorf("ValidateAddress error = %v repeats the address", err)
			}
		})
	}
}

func TestCountryRules(t *testing.T) {
	for _, old := range []bool{false, true} {
		fake := partnercentertest.New()
		fake.OldCountryRules = old
		s := emulated(t, fake)
		got, err := s.CountryRules(t.Context(), " us ")
		if err != nil {
			t.Fatal(err)
		}
		if got.ISO2Code != "US" || len(got.States) < 50 || !got.IsStateRequired || got.CountryCallingCodes[0] != "1" || got.SupportedCultures[0] != "en-US" {
			t.Errorf("CountryRules in the older spelling %t = %+v", old, got)
		}
		if sent := calls(fake); sent[0] != "GET /v1/countryvalidationrules/US" {
			t.Errorf("CountryRules sends %v", sent)
		}
		if _, err := s.Create(t.Context(), visser()); err != nil {
			t.Errorf("Create with rules in the older spelling %t = %v", old, err)
		}
	}
}

func TestCountryRulesErrors(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 404})
	for _, country := range []string{"", "Netherlands", "..", "N/", "ÑL", "ZZ"} {
		if got, err := s.CountryRules(t.Context(), country); got != nil || !partnercenter.NotSent(err) || len(w.Sent) != 0 {
			t.Errorf("CountryRules(%q) = %v, %v after %d requests, want an error and none", country, got, err, len(w.Sent))
		}
	}
	if got, err := s.CountryRules(t.Context(), "FR"); got != nil || !errors.Is(err, partnercenter.ErrNotFound) || !strings.Contains(err.Error(), "FR") {
		t.Errorf("CountryRules of a country without any = %v, %v, want ErrNotFound", got, err)
	}
	for _, body := range []string{`{}`, `null`, `{"error":"x"}`, ``} {
		s, _ := service(t, wiretest.Reply{Status: 200, Body: body})
		if got, err := s.CountryRules(t.Context(), "NL"); got != nil || !errors.Is(err, partnercenter.ErrUnexpectedAnswer) {
			t.Errorf("CountryRules answered %q = %+v, %v, want ErrUnexpectedAnswer", body, got, err)
		}
	}
}
