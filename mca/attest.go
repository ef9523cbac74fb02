package mca

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
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
		return nil, err
	}
	body, err := s.creationBody(a.Details())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", operation, err)
	}
	r := attestationRequest(operation)
	r.Method, r.Path, r.Body = http.MethodPost, s.wire.CreatePath, body
	r.Hide = append(a.details.Signatory.hidden(), a.details.Company)
	sent := time.Now()
	var got created
	if err := s.pc.Do(ctx, r.With(opts...), &got); err != nil {
		return nil, withoutIDs(err)
	}
	if err := got.Validate(); err != nil { // also of an answer without a body
		return nil, fmt.Errorf("%s: %w: %w", operation, partnercenter.ErrUnexpectedAnswer, err)
	}
	out := &Created{ID: auth.Secret(got.id()), Answer: auth.Secret(got.body)}
	out.Link = s.Link(out.ID)
	if own := got.string("attestationUrl"); isHTTPS(own) { // Microsoft's own word, if it has one
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
		return sent.Add(validFor).UTC()
	case s.wire.Members.ExpirationTime == notSent:
		return time.Time{}
	}
	return sent.Add(life).UTC()
}

// created is the answer to the creation.
type created struct{ answer }

// id returns the attestation id: a member of the object, or all there is.
func (c *created) id() string {
	if id := c.string("attestationId", "id"); id != "" {
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

// validID reports whether s can be an attestation id. The known ones are
// GUIDs, but nobody promises that.
func validID(s string) bool {
	return s != "" && len(s) <= 200 && strings.Trim(s, ".") != "" &&
		!strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func isHTTPS(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}

// Link returns the page on which the customer accepts the attestation with the
// id. The page asks for no sign-in.
func (s *Service) Link(id auth.Secret) auth.Secret { return auth.Secret(s.wire.link(id.Reveal())) }

// AttestationState is how far an attestation is.
type AttestationState string

const (
	AttestationPending  AttestationState = "pending"  // the customer has not accepted yet
	AttestationAccepted AttestationState = "accepted" // the agreement can be created
	AttestationExpired  AttestationState = "expired"  // the link lapsed unaccepted
	AttestationOther    AttestationState = "other"    // the service uses a word that is not in [Wire]
)

// AttestationStatus is what Microsoft says of an attestation. What its answer
// does not tell is zero.
type AttestationStatus struct {
	State    AttestationState
	Word     string        // the state in the service's own spelling
	Expires  time.Time     // when the link stops working
	ValidFor time.Duration // its life from the creation, where the answer tells that instead
	Accepted time.Time     // when the customer accepted
	Answer   auth.Secret   // as it came, for members that this package does not know
}

// ErrAttestationID is matched by the error for what cannot be an attestation id.
var ErrAttestationID = errors.New("the attestation id is missing or cannot be one")

// AttestationStatus reads an attestation, the second step: poll it until the
// customer has accepted. There is no other sign of it. UNCONFIRMED by
// Microsoft's pages: path, credentials and words; see [Wire].
//
// An unknown word is [AttestationOther], no error. The error matches
// [partnercenter.ErrNotFound] when Microsoft does not know the attestation, or
// the path. No error holds the id.
//
// Source: GET /v1/attestations/enhanced/{id}; not documented, by analogy with
// https://learn.microsoft.com/partner-center/customers/integrate-sandbox-confirm-customer-accept
func (s *Service) AttestationStatus(ctx context.Context, id auth.Secret) (*AttestationStatus, error) {
	const operation = "reading the status of an attestation"
	if !validID(id.Reveal()) {
		return nil, fmt.Errorf("%s: %w", operation, ErrAttestationID)
	}
	r := attestationRequest(operation)
	r.Path, r.Query = s.wire.status(id.Reveal())
	r.Hide = []string{id.Reveal()}
	if s.wire.StatusAppUser {
		r.Credential = partnercenter.AppUser
	}
	got := status{of: id.Reveal()}
	if err := s.pc.Do(ctx, r, &got); err != nil {
		return nil, withoutIDs(err)
	}
	if got.body == nil {
		return nil, fmt.Errorf("%s: %w: it is empty", operation, partnercenter.ErrUnexpectedAnswer)
	}
	out := &AttestationStatus{Word: got.word(), Accepted: got.accepted(), Answer: auth.Secret(got.body)}
	out.State = s.wire.state(out.Word)
	out.Expires, out.ValidFor = got.expiry()
	return out, nil
}

// status is the answer to the status read of an attestation.
type status struct {
	answer
	of string // the id that was asked for
}

func (s *status) word() string {
	if word := s.string("status", "attestationStatus"); word != "" {
		return word
	}
	return s.text
}

// Validate makes an answer about another attestation unreadable.
func (s *status) Validate() error {
	if id := s.string("attestationId"); id != "" && !strings.EqualFold(id, s.of) {
		return errors.New("the answer is about another attestation")
	}
	return nil
}

// state returns the state that a word of the service stands for.
func (w Wire) state(word string) AttestationState {
	is := func(words []string) bool {
		return slices.ContainsFunc(words, func(s string) bool { return strings.EqualFold(s, word) })
	}
	switch {
	case is(w.Pending):
		return AttestationPending
	case is(w.Accepted):
		return AttestationAccepted
	case is(w.Expired):
		return AttestationExpired
	}
	return AttestationOther
}

// withoutIDs takes everything out of an error that looks like an attestation
// id: a refusal may name another attestation than the one it is about, and that
// one can be accepted, too.
func withoutIDs(err error) error {
	if e, ok := errors.AsType[*partnercenter.Error](err); ok {
		for _, text := range []*string{&e.Message, &e.Name, &e.Code} {
			*text = likeID.ReplaceAllString(*text, redacted)
		}
	}
	return err
}

// likeID matches a GUID, and the beginning of one where the text was cut.
var likeID = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f-]*`)

func attestationRequest(operation string) partnercenter.Request {
	return partnercenter.Request{Operation: operation, Credential: partnercenter.AppOnly, Resource: partnercenter.Agreements}
}
