package cspkit

import (
	"context"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
)

// MCAPartner returns what an [mca.Desk] needs of Partner Center, for
// [mca.NewDesk]. The error joins all that is wrong with the options.
func (c *Client) MCAPartner(opts ...mca.Option) (mca.Partner, error) {
	return mca.NewPartner(c.pc, opts...)
}

// MCA narrows to the customer's Microsoft Customer Agreement. What is wrong with
// the options is told by the calls that use the network, before they do.
func (c Customer) MCA(opts ...mca.Option) MCA { return MCA{c.pc, c.id, opts} }

// MCA is the Microsoft Customer Agreement of one customer.
type MCA struct {
	pc   *partnercenter.Client
	id   customers.TenantID
	opts []mca.Option
}

// Status looks where the customer stands. Microsoft lists no attestations: the
// store says which one is under way, and remembers what the look showed. See
// [mca.Desk.Refresh] for the errors.
func (m MCA) Status(ctx context.Context, store mca.Store, more ...mca.DeskOption) (mca.Status, error) {
	desk, err := m.desk(store, more)
	if err != nil {
		return mca.Status{}, err
	}
	return desk.Refresh(ctx, m.id)
}

// Finalize creates the agreement of a customer who has accepted the link of
// [Attestation.Start], once, however often it is called. See
// [mca.Desk.Finalize] for the errors, and [mca.Desk.Watch] to wait for the
// acceptance.
func (m MCA) Finalize(ctx context.Context, store mca.Store, more ...mca.DeskOption) (mca.Status, error) {
	desk, err := m.desk(store, more)
	if err != nil {
		return mca.Status{}, err
	}
	return desk.Finalize(ctx, m.id)
}

func (m MCA) desk(store mca.Store, opts []mca.DeskOption) (*mca.Desk, error) {
	partner, err := mca.NewPartner(m.pc, m.opts...)
	if err != nil {
		return nil, err
	}
	return mca.NewDesk(partner, store, opts...)
}

// Attest begins an attestation, with which the customer can accept.
func (m MCA) Attest() Attestation { return Attestation{of: m} }

// Attestation is an [mca.Attestation] for one customer. Its calls return a
// changed copy and do no I/O; [Attestation.Start] sends it. Printed or logged,
// it shows no signatory.
type Attestation struct {
	mca.Attestation
	of MCA
}

// Company is as [mca.Attestation.Company].
func (a Attestation) Company(name string) Attestation { return a.with(a.Attestation.Company(name)) }

// Country is as [mca.Attestation.Country].
func (a Attestation) Country(code string) Attestation { return a.with(a.Attestation.Country(code)) }

// Language is as [mca.Attestation.Language].
func (a Attestation) Language(tag string) Attestation { return a.with(a.Attestation.Language(tag)) }

// Signatory is as [mca.Attestation.Signatory].
func (a Attestation) Signatory(firstName, lastName, email, phone string) Attestation {
	return a.with(a.Attestation.Signatory(firstName, lastName, email, phone))
}

// ValidFor is as [mca.Attestation.ValidFor].
func (a Attestation) ValidFor(d time.Duration) Attestation { return a.with(a.Attestation.ValidFor(d)) }

// OwnDomains is as [mca.Attestation.OwnDomains].
func (a Attestation) OwnDomains(domains ...string) Attestation {
	return a.with(a.Attestation.OwnDomains(domains...))
}

// Defaults is as [mca.Attestation.Defaults].
func (a Attestation) Defaults(d mca.Details) Attestation { return a.with(a.Attestation.Defaults(d)) }

func (a Attestation) with(next mca.Attestation) Attestation {
	a.Attestation = next
	return a
}

// Start asks Microsoft for the attestation and keeps in the store what is needed
// later. The link of the record's Newest is for the signatory and nobody else.
// When it is accepted, [MCA.Finalize] creates the agreement. See
// [mca.Desk.Start] for the errors; [mca.ErrInvalid] names everything that is
// wrong, and nothing was sent.
func (a Attestation) Start(ctx context.Context, store mca.Store, more ...mca.DeskOption) (*mca.Record, error) {
	desk, err := a.of.desk(store, more)
	if err != nil {
		return nil, err
	}
	return desk.Start(ctx, a.of.id, a.Attestation)
}

// Create asks Microsoft for the attestation and returns its link, which is for
// the signatory and nobody else. See [mca.Service.CreateAttestation] for the
// errors; [mca.ErrInvalid] names everything that is wrong, and nothing was sent.
//
// Nothing keeps what comes back, and Microsoft lists it nowhere: without the id
// no agreement can be created. [Attestation.Start] does the same and records it.
func (a Attestation) Create(ctx context.Context) (*mca.Created, error) {
	if _, err := customers.ParseTenantID(string(a.of.id)); err != nil {
		return nil, err
	}
	service, err := mca.New(a.of.pc, a.of.opts...)
	if err != nil {
		return nil, err
	}
	return service.CreateAttestation(ctx, a.Attestation)
}
