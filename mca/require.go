package mca

import (
	"context"
	"errors"
	"fmt"

	"github.com/cspkit/cspkit/customers"
)

// ErrAgreementRequired: the customer cannot buy before it has accepted the
// Microsoft Customer Agreement: do not sell yet. The error is an
// [*AgreementRequiredError], which says what to do next.
var ErrAgreementRequired = errors.New("the Microsoft Customer Agreement is required")

// AgreementRequiredError says where a customer stands, and what to do.
type AgreementRequiredError struct {
	Customer customers.TenantID
	Status   Status
}

// Error says what to do next, in words that a support person can use.
func (e *AgreementRequiredError) Error() string {
	return fmt.Sprintf("mca: customer %s: %v: %s %s", e.Customer, ErrAgreementRequired, e.Status.Reason, e.Status.WayForward())
}

// Is reports whether target is [ErrAgreementRequired].
func (e *AgreementRequiredError) Is(target error) bool { return target == ErrAgreementRequired }

// Require is the guard for whatever sells to a customer: it returns nil if the
// customer is compliant, which the store remembers, so that this costs no
// request from then on. The error matches [ErrAgreementRequired] and says what
// to do; where the status could not be found out it is that of the read, and
// the sale should not go through either.
func (d *Desk) Require(ctx context.Context, customer customers.TenantID) error {
	customer, err := parse(customer)
	if err != nil {
		return err
	}
	known, err := d.store.Compliant(ctx, []customers.TenantID{customer})
	if err != nil {
		return fmt.Errorf("mca: whether customer %s is compliant: %w", customer, err)
	}
	if len(known) > 0 {
		return nil
	}
	switch status, err := d.Refresh(ctx, customer); {
	case status.State == Compliant && err == nil:
		return nil
	case status.State == Unknown || err != nil:
		return errors.Join(fmt.Errorf("mca: customer %s: it could not be found out whether the agreement is there: %s", customer, status.Reason), err)
	default:
		return &AgreementRequiredError{customer, status}
	}
}
