package customers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/cspkit/cspkit/partnercenter"
)

// AddressStatus is what Microsoft thinks of an address. An unknown value
// passes through as the service spells it.
type AddressStatus string

const (
	AddressVerifiedShippable   AddressStatus = "VerifiedShippable"   // it exists, and mail gets there
	AddressVerified            AddressStatus = "Verified"            // it exists
	AddressInteractionRequired AddressStatus = "InteractionRequired" // somebody has to look at the suggestion
	AddressStreetPartial       AddressStatus = "StreetPartial"       // the street needs more information
	AddressPremisesPartial     AddressStatus = "PremisesPartial"     // the house number or the like does
	AddressMultiple            AddressStatus = "Multiple"            // several addresses fit
	AddressNone                AddressStatus = "None"                // there is no such address
	AddressNotValidated        AddressStatus = "NotValidated"        // it could not be looked up
)

// Is reports whether both are the same but for letter case.
func (s AddressStatus) Is(other AddressStatus) bool {
	return strings.EqualFold(string(s), string(other))
}

// AddressValidation is the answer about an address.
type AddressValidation struct {
	Original  Address       `json:"originalAddress"`
	Suggested []Address     `json:"suggestedAddresses"` // may be empty
	Status    AddressStatus `json:"status"`
	Message   string        `json:"validationMessage"`
}

// ValidateAddress asks Microsoft whether an address exists. Names and phone
// number are not sent. It changes nothing, so it may be asked again at any
// time, whatever the error says of its outcome. States are validated in the
// US, CA, CN and MX only.
//
// A customer with an address that does not exist can be created, and cannot be
// deleted in the sandbox again: ask before. The error matches
// [partnercenter.ErrValidation] when a member is missing.
//
// Source: POST /v1/validations/address,
// https://learn.microsoft.com/partner-center/developer/validate-an-address
func (s *Service) ValidateAddress(ctx context.Context, a Address) (*AddressValidation, error) {
	const operation = "validating an address"
	a = a.trimmed()
	body, err := json.Marshal(Address{
		AddressLine1: a.AddressLine1, AddressLine2: a.AddressLine2, City: a.City,
		State: a.State, PostalCode: a.PostalCode, Country: a.Country,
	})
	if err != nil {
		return nil, partnercenter.Unsent(fmt.Errorf("%s: %w", operation, err))
	}
	var out addressAnswer
	err = s.pc.Do(ctx, partnercenter.Request{
		Operation: operation, Resource: validations, Method: http.MethodPost,
		Path: partnercenter.Path("validations", "address"), Body: body, Hide: a.person(),
	}, &out)
	if err != nil {
		return nil, err
	}
	return &out.AddressValidation, nil
}

// addressAnswer is the answer to a question about an address.
type addressAnswer struct{ AddressValidation }

// Validate makes an answer without a status unreadable.
func (a *addressAnswer) Validate() error {
	if a.Status == "" {
		return errors.New("it has no status")
	}
	return nil
}

// CountryRules returns what Microsoft expects of an address in a country,
// which is named by its ISO 3166-1 alpha-2 code in any letter case. They
// change rarely: a program that checks many addresses reads them once.
//
// Source: GET /v1/countryvalidationrules/{iso2},
// https://learn.microsoft.com/partner-center/developer/get-market-specific-validation-data
func (s *Service) CountryRules(ctx context.Context, country string) (*CountryRules, error) {
	country = strings.ToUpper(strings.TrimSpace(country)) // in the path, letter case counts
	operation := "getting the address rules of a country"
	if !countries[country] {
		return nil, partnercenter.Unsent(fmt.Errorf("%s: a country is a code of ISO 3166-1 with two letters, such as NL or GB", operation))
	}
	var out rulesAnswer
	err := s.pc.Do(ctx, partnercenter.Request{
		Operation: operation + ", " + country, Resource: validations,
		Path: partnercenter.Path("countryvalidationrules", country),
	}, &out)
	if err != nil {
		return nil, err
	}
	return &out.CountryRules, nil
}

// rulesAnswer is the answer to a question for the rules of a country.
type rulesAnswer struct{ CountryRules }

// Validate makes an answer without rules unreadable: by no rules at all, every
// address would be good.
func (a *rulesAnswer) Validate() error {
	if a.ISO2Code == "" && a.DefaultCulture == "" {
		return errors.New("it has no rules")
	}
	return nil
}
