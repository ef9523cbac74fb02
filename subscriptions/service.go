package subscriptions

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
)

// Service reads and changes what customers have bought.
type Service struct{ pc *partnercenter.Client }

// New returns the subscriptions that client can reach.
func New(client *partnercenter.Client) *Service { return &Service{client} }

// All yields every subscription of a customer, also those that ended a while
// ago. The error matches [partnercenter.ErrNoRelationship] where the customer
// is not the partner's any more.
//
// Source: GET /v1/customers/{id}/subscriptions,
// https://learn.microsoft.com/partner-center/developer/get-all-of-a-customer-s-subscriptions
func (s *Service) All(ctx context.Context, customer customers.TenantID) iter.Seq2[*Subscription, error] {
	r := request("listing subscriptions of customer "+string(customer), http.MethodGet, customer, "subscriptions")
	return partnercenter.All[*Subscription](ctx, s.pc, r)
}

// Get returns one subscription. The error matches [partnercenter.ErrNotFound]
// when the customer has no such subscription.
//
// Source: GET /v1/customers/{id}/subscriptions/{id},
// https://learn.microsoft.com/partner-center/developer/get-a-subscription-by-id
func (s *Service) Get(ctx context.Context, customer customers.TenantID, id ID) (*Subscription, error) {
	sub := new(Subscription)
	r := request("getting subscription "+string(id), http.MethodGet, customer, "subscriptions", string(id))
	if err := s.pc.Do(ctx, r, sub); err != nil {
		return nil, err
	}
	return sub, nil
}

// AddOns yields the add-ons of a subscription.
//
// Source: GET /v1/customers/{id}/subscriptions/{id}/addons,
// https://learn.microsoft.com/partner-center/developer/get-a-list-of-add-ons-for-a-subscription
func (s *Service) AddOns(ctx context.Context, customer customers.TenantID, id ID) iter.Seq2[*Subscription, error] {
	r := request("listing add-ons of subscription "+string(id), http.MethodGet, customer, "subscriptions", string(id), "addons")
	return partnercenter.All[*Subscription](ctx, s.pc, r)
}

// Update sends one change of a subscription that was read just before, and
// does not wait for it: the answer may be 200 or 202. A read proves it.
//
// Errors to act on: [partnercenter.ErrWindowClosed], [partnercenter.ErrStaleETag]
// (read and try again), [partnercenter.ErrBusy] (later),
// [partnercenter.ErrTerminalState], [partnercenter.ErrNotCancellable].
//
// Source: PATCH /v1/customers/{id}/subscriptions/{id},
// https://learn.microsoft.com/partner-center/developer/update-a-subscription-by-id
func (s *Service) Update(ctx context.Context, customer customers.TenantID, sub *Subscription, change Change, opts ...partnercenter.CallOption) error {
	_, _, err := s.update(ctx, customer, sub, change, opts)
	return err
}

func (s *Service) update(ctx context.Context, customer customers.TenantID, sub *Subscription, change Change, opts []partnercenter.CallOption) (partnercenter.Request, *partnercenter.Response, error) {
	r := request("updating subscription "+string(sub.ID), http.MethodPatch, customer, "subscriptions", string(sub.ID))
	body, err := change.body(sub)
	if err != nil {
		return r, nil, fmt.Errorf("%s: %w", r.Operation, err)
	}
	r.Body = body
	if sub.ETag != "" {
		r.Header = http.Header{"If-Match": {sub.ETag}}
	}
	r = r.With(opts...)
	resp, err := s.pc.Send(ctx, r)
	return r, resp, err
}

// Cancel cancels a subscription inside its cancellation window. It cannot be
// undone. Like the calls below, it returns the subscription as it is after the
// change. Where Partner Center takes its time, it looks until a read shows the
// change or the context ends: of the error at such an end,
// [partnercenter.OutcomeUnknown] is true.
//
// Source: PATCH status deleted,
// https://learn.microsoft.com/partner-center/developer/cancel-an-azure-marketplace-subscription
func (s *Service) Cancel(ctx context.Context, customer customers.TenantID, sub *Subscription, opts ...partnercenter.CallOption) (*Subscription, error) {
	return s.change(ctx, customer, sub, Change{Status: Deleted}, opts)
}

// Suspend suspends a subscription. Of a legacy subscription billing stops; of
// a new-commerce subscription it goes on until the commitment ends.
//
// Source: https://learn.microsoft.com/partner-center/developer/suspend-a-subscription
func (s *Service) Suspend(ctx context.Context, customer customers.TenantID, sub *Subscription, opts ...partnercenter.CallOption) (*Subscription, error) {
	return s.change(ctx, customer, sub, Change{Status: Suspended}, opts)
}

// Reactivate makes a suspended subscription active. Auto-renew stays off, and
// scheduled changes stay lost, until they are set again.
//
// Source: https://learn.microsoft.com/partner-center/developer/reactivate-a-suspended-a-subscription
func (s *Service) Reactivate(ctx context.Context, customer customers.TenantID, sub *Subscription, opts ...partnercenter.CallOption) (*Subscription, error) {
	return s.change(ctx, customer, sub, Change{Status: Active}, opts)
}

// EndAtTerm lets a subscription run until its term ends and no longer:
// auto-renew off, and for new commerce a scheduled Cancel, in one update. A
// subscription that is set so already is returned without a request.
//
// Source: https://learn.microsoft.com/partner-center/developer/update-autorenew-for-an-azure-marketplace-subscription
func (s *Service) EndAtTerm(ctx context.Context, customer customers.TenantID, sub *Subscription, opts ...partnercenter.CallOption) (*Subscription, error) {
	change, needed := sub.ToEndAtTerm(KindOf(sub) == NewCommerceLicense)
	if !needed {
		return sub, nil
	}
	return s.change(ctx, customer, sub, change, opts)
}

// change sends a change and follows a 202 to its end.
func (s *Service) change(ctx context.Context, customer customers.TenantID, sub *Subscription, change Change, opts []partnercenter.CallOption) (*Subscription, error) {
	r, resp, err := s.update(ctx, customer, sub, change, opts)
	if err != nil {
		return nil, err
	}
	out := new(Subscription)
	shows := func() bool { return out.ID.Is(sub.ID) && change.Shows(out) } // an answer about something else shows nothing
	if resp.Status != http.StatusAccepted && json.Unmarshal(resp.Body, out) == nil && shows() {
		return out, nil
	}
	if resp.Header.Get("Location") == "" { // also after a 200 that does not show the change
		resp.Header.Set("Location", partnercenter.Path("customers", string(customer), "subscriptions", string(sub.ID)))
	}
	err = s.pc.Follow(ctx, r, resp, func(body []byte) (bool, error) {
		out = new(Subscription)
		if len(body) == 0 { // such as a 202: not yet
			return false, nil
		}
		if err := json.Unmarshal(body, out); err != nil {
			return false, err
		}
		return shows(), nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// collect gathers a list that is short by its nature.
func collect[T any](list iter.Seq2[T, error]) ([]T, error) {
	var out []T
	for item, err := range list {
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}

func request(operation, method string, customer customers.TenantID, segments ...string) partnercenter.Request {
	return partnercenter.Request{
		Operation: operation, Resource: partnercenter.Subscriptions, Method: method,
		Path: partnercenter.Path(append([]string{"customers", string(customer)}, segments...)...),
	}
}
