package mca

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/rawjson"
	"github.com/cspkit/cspkit/partnercenter"
)

// AgreementType is the kind of an agreement. An unknown value passes through as
// the service spells it.
type AgreementType string

// MicrosoftCustomerAgreement is the agreement that this package is about.
const MicrosoftCustomerAgreement AgreementType = "MicrosoftCustomerAgreement"

// Is reports whether t and other are the same but for letter case.
func (t AgreementType) Is(other AgreementType) bool {
	return strings.EqualFold(string(t), string(other))
}

// Agreement is one agreement of a customer with Microsoft that the partner
// confirmed. Several for one customer are normal.
//
// Source: https://learn.microsoft.com/partner-center/developer/get-confirmation-of-customer-agreement
type Agreement struct {
	Signatory  Signatory     `json:"-"`          // left out, since an agreement may be logged as JSON
	Agreed     time.Time     `json:"dateAgreed"` // UTC; zero if the service gave no date that can be read
	Type       AgreementType `json:"type"`
	TemplateID string        `json:"templateId"`
	Link       string        `json:"agreementLink"` // to the text of the agreement
	UserID     string        `json:"userId"`        // of the partner's user who confirmed it
}

// UnmarshalJSON reads an agreement tolerantly: a member that is missing, or of
// another type, is empty, so that one odd agreement does not hide the others.
func (a *Agreement) UnmarshalJSON(data []byte) error {
	members, err := rawjson.Members(data)
	if err != nil {
		return errors.New("an agreement must be an object")
	}
	date, _ := rawjson.Get(members, "dateAgreed")
	contact, _ := rawjson.Get(members, "primaryContact")
	person, _ := rawjson.Members(contact) // none if there is no contact
	*a = Agreement{
		Signatory: Signatory{
			textOf(person, "firstName"), textOf(person, "lastName"), textOf(person, "email"), textOf(person, "phoneNumber"),
		},
		Agreed:     moment(date),
		Type:       AgreementType(textOf(members, "type", "agreementType")),
		TemplateID: textOf(members, "templateId"),
		Link:       textOf(members, "agreementLink"),
		UserID:     textOf(members, "userId"),
	}
	return nil
}

// Agreements returns the customer's Microsoft Customer Agreements, none if
// there are none. It needs app+user credentials. The error matches
// [partnercenter.ErrNoRelationship] or [partnercenter.ErrNotFound] for a
// customer that is not the partner's.
//
// UNCONFIRMED by Microsoft's pages: whether a customer without agreements gets
// an empty list or a 404; a 404 that says nothing at all is taken for none.
//
// Source: GET /v1/customers/{customer-tenant-id}/agreements,
// https://learn.microsoft.com/partner-center/developer/get-confirmation-of-customer-agreement
func (s *Service) Agreements(ctx context.Context, customer customers.TenantID) ([]Agreement, error) {
	r := ofCustomer("listing agreements", customer, "agreements")
	r.Query = url.Values{"agreementType": {string(MicrosoftCustomerAgreement)}} // without it the service lists another type
	list, err := collect[Agreement](ctx, s.pc, r)
	if e, ok := errors.AsType[*partnercenter.Error](err); ok && e.Status == http.StatusNotFound && e.Code == "" && e.Name == "" && e.Message == "" {
		return nil, nil
	}
	return list, err
}

// DirectlyAccepted reports whether the customer accepted the agreement itself,
// in the Microsoft 365 admin center. It needs app+user credentials.
//
// Source: GET /v1/customers/{customer-tenant-id}/directSignedMicrosoftCustomerAgreementStatus,
// https://learn.microsoft.com/partner-center/developer/get-direct-sign-status-of-customer-agreement
func (s *Service) DirectlyAccepted(ctx context.Context, customer customers.TenantID) (bool, error) {
	r := ofCustomer("reading the direct acceptance", customer, "directSignedMicrosoftCustomerAgreementStatus")
	var got directAcceptance
	if err := s.pc.Do(ctx, r, &got); err != nil {
		return false, err
	}
	if err := got.Validate(); err != nil { // also of an answer without a body
		return false, fmt.Errorf("%s: %w: %w", r.Operation, partnercenter.ErrUnexpectedAnswer, err)
	}
	return *got.IsSigned, nil
}

type directAcceptance struct {
	IsSigned *bool `json:"isSigned"`
}

// Validate makes an answer that does not say it unreadable: it is not a no.
func (d *directAcceptance) Validate() error {
	if d.IsSigned == nil {
		return errors.New("it has no isSigned")
	}
	return nil
}

// NewAgreement is an agreement to be created. Its JSON is for nobody: it has
// neither the signatory nor the attestation id.
type NewAgreement struct {
	// AttestationID is the one that the customer accepted. Empty asks for an
	// agreement that the partner confirms alone, which Microsoft retired on
	// 5 January 2026.
	AttestationID auth.Secret
	Signatory     Signatory `json:"-"` // as in the attestation; not sent if empty
	TemplateID    string    // of [Service.Template]; not sent if empty. UNCONFIRMED whether it is required
	Agreed        time.Time // when the customer accepted; zero means today, since the status read may not tell
}

// ErrAttestationUnusable: Microsoft did not take the attestation. It is not
// accepted, has expired, or is unknown; or something else in the request is
// wrong. Look at its status, and create another one unless it is accepted.
// UNCONFIRMED by Microsoft's pages, which publish no code for it.
var ErrAttestationUnusable = errors.New("the attestation cannot be used for an agreement")

// CreateAgreement creates the agreement of a customer who accepted an
// attestation, the last step. It needs app-only credentials.
//
// The error matches [partnercenter.ErrDuplicateAgreement] when an agreement
// with the same signatory exists: read the agreements; if they do not make the
// customer compliant, another signatory has to accept. It matches
// [ErrAttestationUnusable] for any other refusal with 400, 404 or 409 that is
// about neither the customer nor the moment, with the [*partnercenter.Error]
// in it. No error holds the id or the signatory.
//
// What an answer of success does not tell of the agreement is in the result as
// it was asked for.
//
// Source: POST /v1/customers/{customer-tenant-id}/agreements,
// https://learn.microsoft.com/partner-center/customers/integrate-sandbox-confirm-customer-accept,
// https://learn.microsoft.com/rest/api/partner-center/manage-customer-accounts/create-agreement
func (s *Service) CreateAgreement(ctx context.Context, customer customers.TenantID, a NewAgreement, opts ...partnercenter.CallOption) (*Agreement, error) {
	a.Signatory = a.Signatory.trimmed()
	if a.Agreed.IsZero() {
		a.Agreed = time.Now().UTC().Truncate(24 * time.Hour)
	}
	r := ofCustomer("creating the agreement", customer, "agreements")
	if a.AttestationID != "" {
		if !validID(a.AttestationID.Reveal()) {
			return nil, partnercenter.Unsent(fmt.Errorf("%s: %w", r.Operation, ErrAttestationID))
		}
		r.Credential = partnercenter.AppOnly
	}
	body, err := s.agreementBody(a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Operation, err)
	}
	r.Method, r.Body = http.MethodPost, body
	r.Hide = append(a.Signatory.hidden(), a.AttestationID.Reveal())
	out := new(Agreement)
	err = s.pc.Do(ctx, r.With(opts...), out)
	err = withoutIDs(err)
	if e, ok := errors.AsType[*partnercenter.Error](err); ok && a.AttestationID != "" && refusesAttestation(e) {
		return nil, fmt.Errorf("%w: %w", ErrAttestationUnusable, err)
	}
	if err != nil {
		return nil, err
	}
	out.Signatory = cmp.Or(out.Signatory, a.Signatory)
	out.Agreed = cmp.Or(out.Agreed, a.Agreed.UTC())
	out.Type = cmp.Or(out.Type, MicrosoftCustomerAgreement)
	out.TemplateID = cmp.Or(out.TemplateID, a.TemplateID)
	return out, nil
}

func (s *Service) agreementBody(a NewAgreement) ([]byte, error) {
	body := map[string]any{
		"type":       MicrosoftCustomerAgreement,
		"dateAgreed": a.Agreed.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
	if a.AttestationID != "" {
		body[s.wire.AgreementAttestationID] = a.AttestationID.Reveal()
	}
	if a.Signatory != (Signatory{}) {
		body["primaryContact"] = contact(a.Signatory)
	}
	if a.TemplateID != "" {
		body["templateId"] = a.TemplateID
	}
	return json.Marshal(body)
}

// refusesAttestation tells a refusal of the attestation from those that name
// another reason.
func refusesAttestation(e *partnercenter.Error) bool {
	if slices.ContainsFunc([]error{
		partnercenter.ErrDuplicateAgreement, partnercenter.ErrNoRelationship, partnercenter.ErrTransient,
		partnercenter.ErrUnauthorized, partnercenter.ErrForbidden, partnercenter.ErrAppOnlyNotSupported, partnercenter.ErrConditionalAccess,
	}, e.Is) {
		return false
	}
	return slices.Contains([]int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict}, e.Status)
}

// collect gathers a list that is short by its nature.
func collect[T any](ctx context.Context, pc *partnercenter.Client, r partnercenter.Request) ([]T, error) {
	var out []T
	for item, err := range partnercenter.All[T](ctx, pc, r) {
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}
