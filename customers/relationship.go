package customers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/cspkit/cspkit/partnercenter"
)

// RemoveRelationship ends the reseller relationship with a customer. It
// cannot be undone: only the customer can accept a new one. The answer proves
// nothing; the relationship is gone when [Service.Get] says so, minutes later.
//
// The error matches [partnercenter.ErrPrecondition] when something has to be
// ended first (Microsoft publishes no code for it: any 400, 403, 409, 412 or
// 417 counts), and [partnercenter.ErrNoRelationship] when it was removed before.
//
// Source: PATCH /v1/customers/{customer-tenant-id},
// https://learn.microsoft.com/partner-center/developer/remove-a-reseller-relationship-with-a-customer
func (s *Service) RemoveRelationship(ctx context.Context, id TenantID, opts ...partnercenter.CallOption) error {
	err := s.pc.Do(ctx, removal(id).With(opts...), nil)
	if e, ok := errors.AsType[*partnercenter.Error](err); ok && refusesRemoval(e) {
		return fmt.Errorf("%w: %w", partnercenter.ErrPrecondition, err)
	}
	return err
}

// CheckRemoval reports whether the credentials for RemoveRelationship are
// there and valid, without sending anything to Partner Center. The error names
// the operation and matches [partnercenter.ErrMissingCredential] or
// [partnercenter.ErrMFARequired].
func (s *Service) CheckRemoval(ctx context.Context, id TenantID) error {
	return s.pc.Authorize(ctx, removal(id))
}

func removal(id TenantID) partnercenter.Request {
	r := request("removing the reseller relationship with customer "+string(id), http.MethodPatch, id)
	r.Credential = partnercenter.AppUser
	r.Body = []byte(`{"relationshipToPartner":"none","attributes":{"objectType":"Customer"}}`)
	return r
}

// refusesRemoval tells a refusal that ending something else can lift from
// failures of the caller, of the moment, and from "it is gone already".
func refusesRemoval(e *partnercenter.Error) bool {
	if slices.ContainsFunc([]error{
		partnercenter.ErrNoRelationship, partnercenter.ErrMFARequired, partnercenter.ErrAppOnlyNotSupported,
		partnercenter.ErrConditionalAccess, partnercenter.ErrUnauthorized, partnercenter.ErrThrottled, partnercenter.ErrTransient,
	}, e.Is) {
		return false
	}
	return slices.Contains([]int{400, 403, 409, 412, 417}, e.Status)
}
