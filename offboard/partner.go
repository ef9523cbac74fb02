package offboard

import (
	"context"
	"slices"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

// Partner is what a run needs of Partner Center. [NewPartner] is the real one;
// put your own behind it to reach Partner Center in another way, or in a test.
//
// Reads return what is true now. Writes carry the request id that the run has
// recorded, and their errors match the sentinels of package partnercenter: the
// run decides by them what happens next.
type Partner interface {
	// CheckRead and CheckWrite report whether the credentials are there and
	// valid, before anything is sent. gdap says whether GDAP is to be ended.
	CheckRead(ctx context.Context, customer customers.TenantID, gdap bool) error
	CheckWrite(ctx context.Context, customer customers.TenantID, gdap bool) error

	Customer(ctx context.Context, customer customers.TenantID) (*customers.Customer, error)
	Subscriptions(ctx context.Context, customer customers.TenantID) ([]*subscriptions.Subscription, error)
	Entitlements(ctx context.Context, customer customers.TenantID) ([]subscriptions.Entitlement, error)
	Order(ctx context.Context, customer customers.TenantID, id subscriptions.OrderID) (*subscriptions.Order, error)
	AzureEntitlements(ctx context.Context, customer customers.TenantID, plan subscriptions.ID) ([]subscriptions.AzureEntitlement, error)
	GDAPRelationships(ctx context.Context, customer customers.TenantID) ([]*customers.GDAPRelationship, error)
	GDAPRequest(ctx context.Context, relationship, id string) (*customers.GDAPRequest, error)

	UpdateSubscription(ctx context.Context, customer customers.TenantID, s *subscriptions.Subscription, c subscriptions.Change, requestID string) error
	CancelOrder(ctx context.Context, customer customers.TenantID, o *subscriptions.Order, lines []subscriptions.LineItem, requestID string) error
	CancelAzure(ctx context.Context, customer customers.TenantID, plan subscriptions.ID, entitlement, requestID string) error
	ReactivateAzure(ctx context.Context, customer customers.TenantID, plan subscriptions.ID, entitlement, requestID string) error
	// TerminateGDAP returns the id of Graph's request.
	TerminateGDAP(ctx context.Context, relationship, requestID string) (string, error)
	RemoveRelationship(ctx context.Context, customer customers.TenantID, requestID string) error
	DeleteCustomer(ctx context.Context, customer customers.TenantID, requestID string) error
}

// Directory is where a partner keeps its own record of customers: its
// database, a PSA. A run deletes the record when the relationship is gone.
type Directory interface {
	// Has reports whether there is a record of the customer.
	Has(ctx context.Context, customer customers.TenantID) (bool, error)
	// Delete removes it. It may be called again with the same request id.
	Delete(ctx context.Context, customer customers.TenantID, requestID string) error
}

// Notifier tells somebody that a relationship has ended: Microsoft sends the
// customer no notice. It is called at least once for a run; RunID tells a
// repetition.
type Notifier interface {
	Notify(ctx context.Context, n Notice) error
}

// Notice is what a [Notifier] is told.
type Notice struct {
	RunID    string
	Customer customers.TenantID
	Company  string
}

// NewPartner returns the Partner that speaks to Partner Center through client.
func NewPartner(client *partnercenter.Client) Partner {
	return &partner{customers.New(client), subscriptions.New(client)}
}

type partner struct {
	customers     *customers.Service
	subscriptions *subscriptions.Service
}

func (p *partner) CheckRead(ctx context.Context, customer customers.TenantID, gdap bool) error {
	if err := p.checkGDAP(ctx, gdap); err != nil {
		return err
	}
	return p.subscriptions.CheckEntitlements(ctx, customer)
}

func (p *partner) CheckWrite(ctx context.Context, customer customers.TenantID, gdap bool) error {
	if err := p.checkGDAP(ctx, gdap); err != nil {
		return err
	}
	return p.customers.CheckRemoval(ctx, customer)
}

// checkGDAP comes before the checks that get a token: a cloud without GDAP is
// known without one.
func (p *partner) checkGDAP(ctx context.Context, wanted bool) error {
	if !wanted {
		return nil
	}
	return p.customers.CheckGDAP(ctx)
}

func (p *partner) Customer(ctx context.Context, customer customers.TenantID) (*customers.Customer, error) {
	return p.customers.Get(ctx, customer)
}

func (p *partner) Subscriptions(ctx context.Context, customer customers.TenantID) ([]*subscriptions.Subscription, error) {
	var all []*subscriptions.Subscription
	for s, err := range p.subscriptions.All(ctx, customer) {
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, func(have *subscriptions.Subscription) bool { return have.ID.Is(s.ID) }) {
			all = append(all, s) // once, in whatever letter case it is listed
		}
	}
	return all, nil
}

func (p *partner) Entitlements(ctx context.Context, customer customers.TenantID) ([]subscriptions.Entitlement, error) {
	return p.subscriptions.Entitlements(ctx, customer)
}

func (p *partner) Order(ctx context.Context, customer customers.TenantID, id subscriptions.OrderID) (*subscriptions.Order, error) {
	return p.subscriptions.Order(ctx, customer, id)
}

func (p *partner) AzureEntitlements(ctx context.Context, customer customers.TenantID, plan subscriptions.ID) ([]subscriptions.AzureEntitlement, error) {
	return p.subscriptions.AzureEntitlements(ctx, customer, plan)
}

func (p *partner) GDAPRelationships(ctx context.Context, customer customers.TenantID) ([]*customers.GDAPRelationship, error) {
	var all []*customers.GDAPRelationship
	for g, err := range p.customers.GDAPRelationships(ctx, customer) {
		if err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	return all, nil
}

func (p *partner) GDAPRequest(ctx context.Context, relationship, id string) (*customers.GDAPRequest, error) {
	return p.customers.GDAPRequest(ctx, relationship, id)
}

func (p *partner) UpdateSubscription(ctx context.Context, customer customers.TenantID, s *subscriptions.Subscription, c subscriptions.Change, requestID string) error {
	return p.subscriptions.Update(ctx, customer, s, c, partnercenter.RequestID(requestID))
}

func (p *partner) CancelOrder(ctx context.Context, customer customers.TenantID, o *subscriptions.Order, lines []subscriptions.LineItem, requestID string) error {
	return p.subscriptions.CancelOrder(ctx, customer, o, lines, partnercenter.RequestID(requestID))
}

func (p *partner) CancelAzure(ctx context.Context, customer customers.TenantID, plan subscriptions.ID, entitlement, requestID string) error {
	return p.subscriptions.CancelAzure(ctx, customer, plan, entitlement, partnercenter.RequestID(requestID))
}

func (p *partner) ReactivateAzure(ctx context.Context, customer customers.TenantID, plan subscriptions.ID, entitlement, requestID string) error {
	return p.subscriptions.ReactivateAzure(ctx, customer, plan, entitlement, partnercenter.RequestID(requestID))
}

func (p *partner) TerminateGDAP(ctx context.Context, relationship, requestID string) (string, error) {
	r, err := p.customers.TerminateGDAP(ctx, relationship, partnercenter.RequestID(requestID))
	if err != nil {
		return "", err
	}
	return r.ID, nil
}

func (p *partner) RemoveRelationship(ctx context.Context, customer customers.TenantID, requestID string) error {
	return p.customers.RemoveRelationship(ctx, customer, partnercenter.RequestID(requestID))
}

func (p *partner) DeleteCustomer(ctx context.Context, customer customers.TenantID, requestID string) error {
	return p.customers.Delete(ctx, customer, partnercenter.RequestID(requestID))
}
