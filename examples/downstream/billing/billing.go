// Package billing is a part of a program that embeds cspkit: it puts
// subscriptions on hold whose customers do not pay.
//
//	service := billing.New(subscriptions.New(client)) // a *partnercenter.Client
//	err := service.Hold(ctx, customer, subscription)
//
// What to copy is how it is tested. It names the calls that it needs in an
// interface of its own, and then there are three ways, from narrow to wide:
//
//   - hold_test.go gives it a gomock double, and tries its own decisions;
//   - wire_test.go puts one canned answer under cspkit, and tries whether an
//     error of Microsoft arrives as the program expects it;
//   - emulator_test.go lets it talk to a Partner Center in memory, and looks
//     at what became of the subscription.
package billing

import (
	"context"
	"errors"
	"fmt"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

// Where cspkit is a dependency, this line is shorter: //go:generate go tool mockgen …

//go:generate env GOWORK=off go tool -modfile=../../../tools/go.mod mockgen -typed -package=billingtest -write_package_comment=false -destination=billingtest/subscriptions_gen.go github.com/cspkit/cspkit/examples/downstream/billing Subscriptions

// Subscriptions is all that this package needs of Partner Center: two of the
// methods of subscriptions.Service.
type Subscriptions interface {
	Get(ctx context.Context, customer customers.TenantID, id subscriptions.ID) (*subscriptions.Subscription, error)
	Suspend(ctx context.Context, customer customers.TenantID, sub *subscriptions.Subscription, opts ...partnercenter.CallOption) (*subscriptions.Subscription, error)
}

var _ Subscriptions = (*subscriptions.Service)(nil)

var (
	// ErrUnknown: the customer has no such subscription, or is no customer.
	ErrUnknown = errors.New("no such subscription")
	// ErrBilledAnyway: Microsoft goes on billing the subscription while it is
	// suspended, so that a hold would cost the partner, not save it. A person
	// has to decide.
	ErrBilledAnyway = errors.New("it is billed while it is suspended, too")
)

// Service puts subscriptions on hold.
type Service struct{ subs Subscriptions }

// New returns a service that acts through subs.
func New(subs Subscriptions) *Service { return &Service{subs} }

// Hold suspends a subscription that is not paid for. One that is on hold is left
// alone, so Hold may be called again after any error. The error matches
// [ErrUnknown] or [ErrBilledAnyway]; then nothing was changed.
func (s *Service) Hold(ctx context.Context, customer customers.TenantID, id subscriptions.ID) error {
	err := s.hold(ctx, customer, id)
	if errors.Is(err, partnercenter.ErrStaleETag) {
		err = s.hold(ctx, customer, id) // somebody changed it after it was read
	}
	if errors.Is(err, partnercenter.ErrNotFound) || errors.Is(err, partnercenter.ErrNoRelationship) {
		err = fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	if err != nil {
		return fmt.Errorf("billing: holding subscription %s: %w", id, err)
	}
	return nil
}

func (s *Service) hold(ctx context.Context, customer customers.TenantID, id subscriptions.ID) error {
	sub, err := s.subs.Get(ctx, customer, id)
	switch {
	case err != nil:
		return err
	case sub.Status.Is(subscriptions.Suspended):
		return nil
	case subscriptions.KindOf(sub) != subscriptions.LegacyLicense:
		return ErrBilledAnyway
	}
	_, err = s.subs.Suspend(ctx, customer, sub)
	return err
}
