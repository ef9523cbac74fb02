package mca

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
)

// Service makes the calls about the Microsoft Customer Agreement. It is safe
// for concurrent use. The calls exist in the public cloud only.
type Service struct {
	pc *partnercenter.Client
	config
}

type config struct {
	wire       Wire
	extra      map[string]json.RawMessage // Wire.Extra, encoded
	ownDomains []string
}

// Option changes one default of a [Service].
type Option func(*config) error

// WithWire replaces what is UNCONFIRMED about the calls.
func WithWire(w Wire) Option {
	return func(c *config) error {
		c.wire = w
		return nil
	}
}

// WithOwnDomains names the domains of the partner and the reseller, in which no
// signatory of a customer has an e-mail address.
func WithOwnDomains(domains ...string) Option {
	return func(c *config) error {
		c.ownDomains = slices.Concat(c.ownDomains, domains)
		return nil
	}
}

// New returns the agreements that client can reach. The error joins all that is
// wrong with the options.
func New(client *partnercenter.Client, opts ...Option) (*Service, error) {
	var c config
	var problems []error
	if client == nil {
		problems = append(problems, errors.New("the client must not be nil"))
	}
	for _, opt := range opts {
		problems = append(problems, opt(&c))
	}
	c.wire = c.wire.withDefaults()
	extra, err := c.wire.encodedExtra()
	c.extra = extra
	problems = append(problems, c.wire.check(), err)
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("mca: %w", err)
	}
	return &Service{client, c}, nil
}

// CheckCredentials reports whether the credentials for attesting are there and
// valid, without sending anything to Partner Center: app-only ones to create
// attestations and agreements, app+user ones to read agreements. The error
// matches [partnercenter.ErrMissingCredential] where one is missing.
func (s *Service) CheckCredentials(ctx context.Context) error {
	attestation := attestationRequest("creating an attestation")
	attestation.Path = s.wire.CreatePath
	return errors.Join(
		s.pc.Authorize(ctx, attestation),
		s.pc.Authorize(ctx, reading("listing agreements", "agreements")),
	)
}

// reading is a request that only app+user credentials can make.
func reading(operation string, segments ...string) partnercenter.Request {
	return partnercenter.Request{
		Operation: operation, Credential: partnercenter.AppUser, Resource: partnercenter.Agreements, NotIn: elsewhere,
		Path: partnercenter.Path(segments...),
	}
}

// ofCustomer returns the request for something of a customer.
func ofCustomer(operation string, customer customers.TenantID, thing string) partnercenter.Request {
	return reading(operation+" of customer "+string(customer), "customers", string(customer), thing)
}

// attestationRequest is a request that only app-only credentials can make.
func attestationRequest(operation string) partnercenter.Request {
	return partnercenter.Request{Operation: operation, Credential: partnercenter.AppOnly, Resource: partnercenter.Agreements, NotIn: elsewhere}
}

// elsewhere are the clouds that have no attestations and agreements.
var elsewhere = []string{auth.China().Name, auth.USGovernment().Name}
