package mca

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

// Created is a new attestation. Whoever has its id or its link can accept for
// the customer, so both are secrets. Nothing lists attestations: an id that is
// not kept is lost, and the way on is a new attestation.
type Created struct {
	ID   auth.Secret
	Link auth.Secret // the page on which the customer accepts
	// Expires is when the link stops working, in UTC: as the answer says, or
	// counted from before the request. Zero if neither is known.
	Expires time.Time
	Answer  auth.Secret // as it came, for members that this package does not know
}

// CreateAttestation asks Microsoft for an attestation, the first step: give its
// link to the customer. It needs app-only credentials. The attestation belongs
// to no customer until [Service.CreateAgreement].
//
// An attestation that breaks a rule is not sent; the error matches [ErrInvalid].
// The error matches [partnercenter.ErrDuplicateAgreement] if Microsoft has an
// agreement with the same signatory: read the agreements, or name somebody else.
// After a lost answer ([partnercenter.OutcomeUnknown]) the call can be sent
// again: a second attestation is as good as the first.
//
// Source: POST /v1/attestations/enhanced,
// https://learn.microsoft.com/partner-center/customers/integrate-sandbox-confirm-customer-accept
func (s *Service) CreateAttestation(ctx context.Context, a Attestation, opts ...partnercenter.CallOption) (*Created, error) {
	const operation = "creating an attestation"
	a = a.OwnDomains(s.ownDomains...)
	if err := a.Validate(); err != nil {
		return nil, partnercenter.Unsent(err)
	}
	body, err := s.creationBody(a.Details())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", operation, err)
	}
	r := attestationRequest(operation)
	r.Method, r.Path, r.Body = http.MethodPost, s.wire.CreatePath, body
	r.Hide = append(a.details.Signatory.hidden(), a.details.Company)
	sent := time.Now().UTC().Truncate(time.Second)
	var got created
	if err := s.pc.Do(ctx, r.With(opts...), &got); err != nil {
		return nil, withoutIDs(err)
	}
	if err := got.Validate(); err != nil { // also of an answer without a body
		return nil, fmt.Errorf("%s: %w: %w", operation, partnercenter.ErrUnexpectedAnswer, err)
	}
	out := &Created{ID: auth.Secret(got.id()), Answer: auth.Secret(got.body)}
	out.Link = s.Link(out.ID)
	if own := got.member("attestationUrl"); isHTTPS(own) { // Microsoft's own word, if it has one
		out.Link = auth.Secret(own)
	}
	out.Expires = s.expires(&got.answer, sent, a.Details().ValidFor)
	return out, nil
}

// creationBody is the body of the create request.
func (s *Service) creationBody(d Details) ([]byte, error) {
	m := s.wire.Members
	body := map[string]any{
		m.Country: d.Country, m.Language: d.Language, m.CompanyName: d.Company,
		m.FirstName: d.Signatory.FirstName, m.LastName: d.Signatory.LastName, m.Email: d.Signatory.Email,
	}
	if d.Signatory.Phone != "" {
		body[m.Phone] = d.Signatory.Phone
	}
	body[m.ExpirationTime] = int(d.ValidFor / time.Minute)
	delete(body, notSent)
	for name, value := range s.extra {
		body[name] = value
	}
	return json.Marshal(body)
}

// expires returns when the link of a new attestation stops working. Counted
// from before the request, it is rather too early than too late.
func (s *Service) expires(got *answer, sent time.Time, life time.Duration) time.Time {
	at, validFor := got.expiry()
	switch {
	case !at.IsZero():
		return at
	case validFor > 0:
		return sent.Add(validFor)
	case s.wire.Members.ExpirationTime == notSent:
		return time.Time{}
	}
	return sent.Add(life)
}

// created is the answer to the creation.
type created struct{ answer }

// id returns the attestation id: a member of the object, or all there is.
func (c *created) id() string {
	if id := c.member("attestationId", "id"); id != "" {
		return id
	}
	return c.text
}

// Validate makes an answer without an id unreadable.
func (c *created) Validate() error {
	if !validID(c.id()) {
		return errors.New("the answer has no attestation id")
	}
	return nil
}

func isHTTPS(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}
