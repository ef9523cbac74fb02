package customers

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"

	"github.com/cspkit/cspkit/internal/guid"
	"github.com/cspkit/cspkit/partnercenter"
)

// TenantID is the Microsoft ID of a customer: a GUID in lower case.
type TenantID string

// ErrTenantID is matched by the error for what is not a tenant id. Pass the
// customer's Microsoft ID, a GUID, and no domain name.
var ErrTenantID = errors.New("a customer id is a GUID such as b44bb1fb-c595-45b0-9e09-d657365580bf")

// ParseTenantID returns s as a tenant id in lower case. Its error matches
// [ErrTenantID] and says what a tenant id looks like.
func ParseTenantID(s string) (TenantID, error) {
	if !guid.Valid(s) {
		return "", fmt.Errorf("%w, not %.60q", ErrTenantID, s)
	}
	return TenantID(strings.ToLower(s)), nil
}

// UnmarshalText reads a tenant id in any letter case, so that one customer is
// never two. It takes any text: what the service sends is not refused here.
func (id *TenantID) UnmarshalText(text []byte) error {
	*id = TenantID(strings.ToLower(string(text)))
	return nil
}

// Relationship is what a partner is to a customer. An unknown value passes
// through as the service spells it.
type Relationship string

const (
	None             Relationship = "none"
	Reseller         Relationship = "reseller"
	Advisor          Relationship = "advisor"
	Syndication      Relationship = "syndication"
	MicrosoftSupport Relationship = "microsoft_support"
)

// Is reports whether r and other are the same but for letter case, in which
// the service is not consistent.
func (r Relationship) Is(other Relationship) bool {
	return strings.EqualFold(string(r), string(other))
}

// Customer is a customer of the partner.
//
// Source: https://learn.microsoft.com/partner-center/developer/customer-resources
type Customer struct {
	ID             TenantID       `json:"id"`
	CommerceID     string         `json:"commerceId"` // by Get only
	CompanyProfile CompanyProfile `json:"companyProfile"`
	Relationship   Relationship   `json:"relationshipToPartner"`
	// AllowDelegatedAccess reflects delegated admin privileges; nil in lists.
	AllowDelegatedAccess *bool `json:"allowDelegatedAccess"`
	// AssociatedPartnerID is the PartnerID of the indirect reseller, if there is one.
	AssociatedPartnerID string `json:"associatedPartnerId"`
}

// CompanyProfile is who the customer is.
type CompanyProfile struct {
	TenantID    TenantID `json:"tenantId"`
	Domain      string   `json:"domain"`
	CompanyName string   `json:"companyName"`
}

// ListOptions narrows a list of customers. The zero value asks for all of them.
type ListOptions struct {
	PageSize int // customers in one answer; zero means 500, the most there is. Never changes what is yielded
}

// Service reads and changes customers. It does nothing until a method is called.
type Service struct{ pc *partnercenter.Client }

// New returns the customers that client can reach.
func New(client *partnercenter.Client) *Service { return &Service{client} }

// All yields every customer of the partner, in the order of Partner Center.
//
// Source: GET /v1/customers,
// https://learn.microsoft.com/partner-center/developer/get-a-list-of-customers
func (s *Service) All(ctx context.Context, opts ListOptions) iter.Seq2[*Customer, error] {
	return partnercenter.All[*Customer](ctx, s.pc, listing("listing customers", opts.PageSize))
}

// Get returns the customer with the tenant id. The error matches
// [partnercenter.ErrNoRelationship] where a relationship has ended, and
// [partnercenter.ErrNotFound] where that tenant is not known as a customer.
//
// Source: GET /v1/customers/{customer-tenant-id},
// https://learn.microsoft.com/partner-center/developer/get-a-customer-by-id
func (s *Service) Get(ctx context.Context, id TenantID) (*Customer, error) {
	r := request("getting customer "+string(id), http.MethodGet, id)
	var c whole
	if err := s.pc.Do(ctx, r, &c); err != nil {
		return nil, err
	}
	return &c.Customer, nil
}

// whole is a customer that was asked for by id.
type whole struct{ Customer }

// Validate makes an answer without a relationship unreadable: nobody could say
// whether a removal has been done.
func (w *whole) Validate() error {
	if w.Relationship == "" {
		return errors.New("it has no relationshipToPartner")
	}
	return nil
}

// Delete removes the customer of an integration sandbox, with everything in
// it. In production the call is refused with an error that matches
// [partnercenter.ErrNotSupported]: there, removing the relationship is what
// takes a customer off the list. UNCONFIRMED by Microsoft's pages: how
// production refuses it, so any 403 for want of a role counts.
//
// Source: DELETE /v1/customers/{customer-tenant-id},
// https://learn.microsoft.com/partner-center/developer/delete-a-customer-account-from-the-integration-sandbox
func (s *Service) Delete(ctx context.Context, id TenantID, opts ...partnercenter.CallOption) error {
	err := s.pc.Do(ctx, request("deleting customer "+string(id), http.MethodDelete, id).With(opts...), nil)
	if errors.Is(err, partnercenter.ErrForbidden) {
		return fmt.Errorf("%w: %w", partnercenter.ErrNotSupported, err)
	}
	return err
}

func request(operation, method string, id TenantID) partnercenter.Request {
	return partnercenter.Request{
		Operation: operation, Resource: partnercenter.Customers, Method: method,
		Path: partnercenter.Path("customers", string(id)),
	}
}
