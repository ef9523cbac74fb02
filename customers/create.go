package customers

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/cspkit/cspkit/partnercenter"
)

// ErrDomainTaken: another tenant has the domain, and no customer was created:
// choose another. After a creation whose outcome was unknown, that tenant may be
// the one it made: [Service.Search] by the domain tells.
var ErrDomainTaken = errors.New("the domain is taken: choose another")

// Created is a customer that was created, and how to sign in to its tenant.
type Created struct {
	// Customer is as the answer shows it, which for a direct partner says that
	// there is no relationship yet: [Service.Get] shows it minutes later.
	Customer
	UserCredentials UserCredentials `json:"userCredentials"`
}

// UserCredentials are those of the first administrator of a new tenant.
type UserCredentials struct {
	UserName string   `json:"userName"`
	Password Password `json:"password"`
}

// Create makes a tenant, and a customer of it. The password in what it returns
// is shown this once: keep it, or reset it in the tenant.
//
// It sends nothing that cannot succeed. First the customer is checked, with
// all problems in one error that matches [ErrCompanyInfo]; then it is checked
// by the rules of its country, which are read; then the domain is asked for,
// which may be [ErrDomainTaken]. Nothing was created after these, nor after
// [partnercenter.ErrValidation], the service's own refusal.
//
// When the answer is lost, [partnercenter.OutcomeUnknown] is true of the error.
// Then send the same customer again with the option [partnercenter.RequestID]
// and the id that the [*partnercenter.Error] holds, or that the caller chose
// and recorded before: Partner Center recognises the repeat, and creates one
// customer. With that option the domain is not asked for beforehand, since a
// repeat would find its own domain taken; when the service refuses, it still
// is. The error of a repeat tells of the repeat alone: until one is answered,
// the customer may be there.
//
// A customer of an indirect reseller needs app+user credentials.
//
// Source: POST /v1/customers,
// https://learn.microsoft.com/partner-center/developer/create-a-customer,
// https://learn.microsoft.com/partner-center/developer/create-a-customer-for-an-indirect-reseller
func (s *Service) Create(ctx context.Context, n NewCustomer, opts ...partnercenter.CallOption) (*Created, error) {
	r := partnercenter.Request{
		Operation: "creating a customer", Resource: partnercenter.Customers, Method: http.MethodPost,
		Path: partnercenter.Path("customers"),
	}
	if n.AssociatedPartnerID != "" {
		r.Credential = partnercenter.AppUser
	}
	r = r.With(opts...)
	if err := s.checkNew(ctx, n, r); err != nil {
		return nil, err
	}
	body, err := n.body()
	if err != nil {
		return nil, partnercenter.Unsent(fmt.Errorf("%s: %w", r.Operation, err))
	}
	r.Body, r.Hide = body, n.DefaultAddress.person(n.Email)
	var out created
	if err := s.pc.Do(ctx, r, &out); err != nil {
		if errors.Is(err, partnercenter.ErrValidation) {
			if taken, failed := s.DomainTaken(ctx, n.Domain); failed == nil && taken {
				return nil, fmt.Errorf("%w: %w", ErrDomainTaken, err)
			}
		}
		return nil, err
	}
	return &out.Created, nil
}

// checkNew returns why a creation cannot succeed, if that is known.
func (s *Service) checkNew(ctx context.Context, n NewCustomer, r partnercenter.Request) error {
	refuse := func(err error) error { return partnercenter.Unsent(fmt.Errorf("%s: %w", r.Operation, err)) }
	if err := n.Check(nil).Err(); err != nil {
		return refuse(err)
	}
	if err := s.pc.Authorize(ctx, r); err != nil {
		return err
	}
	rules, err := s.CountryRules(ctx, n.DefaultAddress.Country)
	if err != nil {
		return err
	}
	if err := n.Check(rules).Err(); err != nil {
		return refuse(err)
	}
	if r.RequestID != "" {
		return nil
	}
	switch taken, err := s.DomainTaken(ctx, n.Domain); {
	case err != nil:
		return err
	case taken:
		return refuse(ErrDomainTaken)
	}
	return nil
}

// created is the answer to a creation.
type created struct{ Created }

// Validate makes an answer without an id unreadable: the customer is there,
// and nobody knows which it is.
func (c *created) Validate() error {
	if c.ID == "" {
		return errors.New("it has no id")
	}
	return nil
}
