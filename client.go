package cspkit

import (
	"context"
	"iter"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

// Client is the way to Partner Center. It is safe for concurrent use; one
// serves a whole process, whose requests then share a rate budget.
type Client struct{ pc *partnercenter.Client }

// New returns a client that signs each request with the token that its
// operation needs.
func New(creds auth.Credentials, opts ...Option) (*Client, error) {
	pc, err := partnercenter.New(creds, opts...)
	if err != nil {
		return nil, err
	}
	return &Client{pc}, nil
}

// Customers returns the partner's customers.
func (c *Client) Customers() *customers.Service { return customers.New(c.pc) }

// Partner returns what a workflow needs of Partner Center, for
// [offboard.New].
func (c *Client) Partner() offboard.Partner { return offboard.NewPartner(c.pc) }

// Recorder returns what reads Microsoft's own records of an offboarding, for
// [offboard.WithRecorder].
func (c *Client) Recorder() offboard.Recorder { return offboard.NewRecorder(c.pc) }

// Customer narrows to one customer. Whether the id is one is checked by the
// calls that use the network.
func (c *Client) Customer(id customers.TenantID) Customer { return Customer{c.pc, id} }

// Customer is one customer of the partner.
type Customer struct {
	pc *partnercenter.Client
	id customers.TenantID
}

// Get returns the customer; see [customers.Service.Get] for its errors.
func (c Customer) Get(ctx context.Context) (*customers.Customer, error) {
	id, err := customers.ParseTenantID(string(c.id))
	if err != nil {
		return nil, err
	}
	return customers.New(c.pc).Get(ctx, id)
}

// Subscriptions narrows to what the customer has bought.
func (c Customer) Subscriptions() Subscriptions { return Subscriptions(c) }

// OffboardingPlan returns what Offboard would do, and sends no write; see
// [offboard.Workflow.Plan] for its errors.
func (c Customer) OffboardingPlan(ctx context.Context, store offboard.Store, policy offboard.Policy, more ...offboard.Option) (*offboard.Plan, error) {
	w, err := offboard.New(offboard.NewPartner(c.pc), store, more...)
	if err != nil {
		return nil, err
	}
	return w.Plan(ctx, c.id, offboard.Actor{}, policy)
}

// Offboard ends the relationship with the customer as far as it goes now, and
// goes on where an earlier call stopped. The report says how far that is: a
// run that waits for a term to end or is blocked is no error. See
// [offboard.Runner.Run] for the errors.
func (c Customer) Offboard(ctx context.Context, store offboard.Store, opts offboard.Options, more ...offboard.Option) (*offboard.Report, error) {
	w, err := offboard.New(offboard.NewPartner(c.pc), store, more...)
	if err != nil {
		return nil, err
	}
	return offboard.NewRunner(w, opts).Run(ctx, c.id)
}

// AbandonOffboarding gives up an unfinished run: what it suspended becomes
// active and renews as before. See [offboard.Runner.GiveUp] for the errors.
func (c Customer) AbandonOffboarding(ctx context.Context, store offboard.Store, opts offboard.Options, more ...offboard.Option) (*offboard.Report, error) {
	w, err := offboard.New(offboard.NewPartner(c.pc), store, more...)
	if err != nil {
		return nil, err
	}
	return offboard.NewRunner(w, opts).GiveUp(ctx, c.id)
}

// Subscriptions are the subscriptions of one customer.
type Subscriptions struct {
	pc *partnercenter.Client
	id customers.TenantID
}

// All yields them; see [subscriptions.Service.All] for its errors.
func (s Subscriptions) All(ctx context.Context) iter.Seq2[*subscriptions.Subscription, error] {
	return func(yield func(*subscriptions.Subscription, error) bool) {
		id, err := customers.ParseTenantID(string(s.id))
		if err != nil {
			yield(nil, err)
			return
		}
		subscriptions.New(s.pc).All(ctx, id)(yield)
	}
}

// Get returns one of them; see [subscriptions.Service.Get] for its errors.
func (s Subscriptions) Get(ctx context.Context, id subscriptions.ID) (*subscriptions.Subscription, error) {
	customer, err := customers.ParseTenantID(string(s.id))
	if err != nil {
		return nil, err
	}
	return subscriptions.New(s.pc).Get(ctx, customer, id)
}
