package mca

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

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
		return nil, partnercenter.Unsent(fmt.Errorf("%s: %w", operation, ErrAttestationID))
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
	if word := s.member("status", "attestationStatus"); word != "" {
		return word
	}
	return s.text
}

// Validate makes an answer about another attestation unreadable.
func (s *status) Validate() error {
	if id := s.member("attestationId"); id != "" && !strings.EqualFold(id, s.of) {
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
