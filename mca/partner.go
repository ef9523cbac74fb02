package mca

import (
	"context"
	"iter"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
)

// Partner is what a [Desk] needs of Partner Center. [NewPartner] is the real
// one; put your own behind it to reach Partner Center in another way, or in a
// test. Errors match the sentinels of package partnercenter and of this one.
type Partner interface {
	// CheckCredentials reports whether the credentials for attesting are there
	// and valid, before anything is sent.
	CheckCredentials(ctx context.Context) error

	Customers(ctx context.Context) iter.Seq2[*customers.Customer, error]
	Agreements(ctx context.Context, customer customers.TenantID) ([]Agreement, error)
	DirectlyAccepted(ctx context.Context, customer customers.TenantID) (bool, error)
	Template(ctx context.Context) (*Template, error)
	AttestationStatus(ctx context.Context, id auth.Secret) (*AttestationStatus, error)

	// The writes carry the request id that the desk has recorded.
	CreateAttestation(ctx context.Context, a Attestation, requestID string) (*Created, error)
	CreateAgreement(ctx context.Context, customer customers.TenantID, a NewAgreement, requestID string) (*Agreement, error)
}

// NewPartner returns the Partner that makes its calls through client.
func NewPartner(client *partnercenter.Client, opts ...Option) (Partner, error) {
	service, err := New(client, opts...)
	if err != nil {
		return nil, err
	}
	return &partner{service, customers.New(client)}, nil
}

type partner struct {
	*Service
	customers *customers.Service
}

func (p *partner) Customers(ctx context.Context) iter.Seq2[*customers.Customer, error] {
	return p.customers.All(ctx, customers.ListOptions{})
}

func (p *partner) CreateAttestation(ctx context.Context, a Attestation, requestID string) (*Created, error) {
	return p.Service.CreateAttestation(ctx, a, partnercenter.RequestID(requestID))
}

func (p *partner) CreateAgreement(ctx context.Context, customer customers.TenantID, a NewAgreement, requestID string) (*Agreement, error) {
	return p.Service.CreateAgreement(ctx, customer, a, partnercenter.RequestID(requestID))
}
