package customers

import (
	"context"
	"errors"
	"net/http"

	"github.com/cspkit/cspkit/partnercenter"
)

// Company is the whole company profile of a customer. E-mail address and
// address are left out where the partner has no delegated access.
//
// Source: https://learn.microsoft.com/partner-center/developer/customer-resources
type Company struct {
	CompanyProfile
	Email                          string   `json:"email,omitzero"`
	OrganizationRegistrationNumber string   `json:"organizationRegistrationNumber,omitzero"` // in some countries
	Address                        *Address `json:"address,omitzero"`                        // nil if left out
}

// CompanyProfile returns who a customer is. It needs app+user credentials.
//
// Source: GET /v1/customers/{customer-tenant-id}/profiles/company,
// https://learn.microsoft.com/partner-center/developer/get-a-customer-s-company-profile
func (s *Service) CompanyProfile(ctx context.Context, id TenantID) (*Company, error) {
	r := profile("getting the company profile of customer "+string(id), http.MethodGet, id, "company")
	r.Credential = partnercenter.AppUser
	var out company
	if err := s.pc.Do(ctx, r, &out); err != nil {
		return nil, err
	}
	return &out.Company, nil
}

// company is the answer to the question for a company profile.
type company struct{ Company }

// Validate makes an answer about nobody unreadable.
func (c *company) Validate() error {
	if c.TenantID == "" && c.CompanyName == "" && c.Domain == "" {
		return errors.New("it is not a profile")
	}
	return nil
}
