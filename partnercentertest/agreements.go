package partnercentertest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Kinds of agreements.
const (
	CustomerAgreement = "MicrosoftCustomerAgreement"
	CloudAgreement    = "MicrosoftCloudAgreement" // its predecessor
)

// Contact is a person who signs for a customer.
type Contact struct {
	FirstName string
	LastName  string
	Email     string
	Phone     string // "" = none
}

// same reports whether both are one signer. That letter case does not tell
// signers apart is an assumption.
func (p Contact) same(q Contact) bool {
	return strings.EqualFold(p.FirstName, q.FirstName) && strings.EqualFold(p.LastName, q.LastName) &&
		strings.EqualFold(p.Email, q.Email) && strings.EqualFold(p.Phone, q.Phone)
}

// Agreement is an acceptance that the partner confirmed for a customer. What a
// customer accepts itself in the Microsoft 365 admin center is no Agreement,
// but Customer.DirectlySigned.
type Agreement struct {
	Type       string // "" = CustomerAgreement
	TemplateID string // "" = CustomerTemplate, or CloudTemplate by the type
	Contact    Contact
	DateAgreed time.Time
}

// AgreementWire varies what Microsoft has not published about agreements. The
// zero value is the form that most evidence speaks for.
type AgreementWire struct {
	NoneIs404    bool // the list of a customer without agreements answers 404
	Duplicate400 bool // code 600061 comes with status 400 instead of 409
}

// mcaSince is when the present form of confirmation began. What a partner
// confirmed before has to be confirmed again.
var mcaSince = time.Date(2023, time.April, 1, 0, 0, 0, 0, time.UTC)

// hasMCA reports whether the customer may buy: it signed itself, or the partner
// confirmed an acceptance that still counts.
func (c *Customer) hasMCA() bool {
	return c.DirectlySigned || slices.ContainsFunc(c.Agreements, func(a Agreement) bool {
		return a.Type == CustomerAgreement && !a.DateAgreed.Before(mcaSince)
	})
}

// json renders the agreement, with its date in the given layout.
func (a Agreement) json(layout string) map[string]any {
	contact := map[string]any{"firstName": a.Contact.FirstName, "lastName": a.Contact.LastName, "email": a.Contact.Email}
	if a.Contact.Phone != "" {
		contact["phoneNumber"] = a.Contact.Phone
	}
	return map[string]any{
		"userId": guidFrom("user"), "primaryContact": contact, "templateId": a.TemplateID, "type": a.Type,
		"dateAgreed": a.DateAgreed.UTC().Format(layout),
	}
}

// agreementType returns the kind of agreement that a query asks for, "*" for all.
func agreementType(c *call) (kind string, refused *answer) {
	for k := range c.query {
		if k != "agreementType" {
			return "", unsupported(c)
		}
	}
	asked := cmp.Or(c.query.Get("agreementType"), CloudAgreement)
	for _, kind := range []string{CustomerAgreement, CloudAgreement, "*"} {
		if strings.EqualFold(asked, kind) {
			return kind, nil
		}
	}
	return "", invalidMember("agreementType")
}

// listAgreements answers GET /v1/customers/{id}/agreements.
func (s *Server) listAgreements(c *call, a *account, _ []string) *answer {
	kind, refused := agreementType(c)
	if refused != nil {
		return refused
	}
	agreements := a.c.Agreements
	if old, ok := a.shown("agreements", c.now); ok {
		agreements = old.([]Agreement)
	}
	items := []any{}
	for _, one := range agreements {
		if kind != "*" && one.Type != kind {
			continue
		}
		item := one.json("2006-01-02T15:04:05.9999999") // the list writes no zone
		item["agreementLink"] = agreementLink(one.TemplateID)
		items = append(items, item)
	}
	if len(items) == 0 && s.Agreement.NoneIs404 {
		return bare(http.StatusNotFound)
	}
	return jsonAnswer(http.StatusOK, map[string]any{"totalCount": len(items), "items": items})
}

// directlySigned answers
// GET /v1/customers/{id}/directSignedMicrosoftCustomerAgreementStatus.
func (s *Server) directlySigned(_ *call, a *account, _ []string) *answer {
	return jsonAnswer(http.StatusOK, map[string]any{"isSigned": a.c.DirectlySigned})
}

// createAgreement answers POST /v1/customers/{id}/agreements.
func (s *Server) createAgreement(c *call, a *account, _ []string) *answer {
	body, err := decodeObject(c.body)
	if err != nil {
		return invalidBody()
	}
	id, _ := body["attestationid"].(string)
	if id == "" { // the way before attestations, which has ended
		return missingMember("attestationId")
	}
	if c.token.user {
		return appOnly()
	}
	next, refused := readAgreement(body)
	if refused != nil {
		return refused
	}
	t := s.attestation(id)
	if t == nil {
		return noAttestation()
	}
	if !next.Contact.same(t.Signatory) {
		return invalidMember("primaryContact")
	}
	if refused := s.usable(t, a, c.now); refused != nil {
		return refused
	}
	t.Customer = strings.ToLower(a.c.ID)
	a.hide("agreements", slices.Clone(a.c.Agreements), c.now, s.Delays.Agreement)
	a.c.Agreements = append(a.c.Agreements, next)
	a.count("agreements")
	return jsonAnswer(http.StatusCreated, next.json("2006-01-02T15:04:05.000Z")).did()
}

// readAgreement reads the body of a creation. A refusal names the member and
// never its value.
func readAgreement(body map[string]any) (Agreement, *answer) {
	text := func(m map[string]any, name string) string { v, _ := m[strings.ToLower(name)].(string); return v }
	if !strings.EqualFold(text(body, "type"), CustomerAgreement) {
		return Agreement{}, invalidMember("type")
	}
	if !strings.EqualFold(text(body, "templateId"), CustomerTemplate) {
		return Agreement{}, invalidMember("templateId")
	}
	agreed, ok := parseDate(text(body, "dateAgreed"))
	if !ok {
		return Agreement{}, invalidMember("dateAgreed")
	}
	contact, _ := body["primarycontact"].(map[string]any)
	p := Contact{text(contact, "firstName"), text(contact, "lastName"), text(contact, "email"), text(contact, "phoneNumber")}
	if p.FirstName == "" || p.LastName == "" || p.Email == "" {
		return Agreement{}, missingMember("primaryContact")
	}
	return Agreement{Type: CustomerAgreement, TemplateID: CustomerTemplate, Contact: p, DateAgreed: agreed}, nil
}

// parseDate reads a date with or without a time, and a time with or without a
// zone; none means UTC. The year 1 stands for a date that is not set.
func parseDate(text string) (t time.Time, ok bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, t.Year() > 1
		}
	}
	return time.Time{}, false
}

// usable refuses an attestation that cannot become an agreement of the
// customer. Of these answers Microsoft has published only 600061; a client
// cannot decide by the codes of the others.
func (s *Server) usable(t *Attestation, a *account, now time.Time) *answer {
	switch t.Status(now) {
	case "Pending":
		return refuseNewer(http.StatusConflict, "600901", "AttestationNotAccepted", "The attestation has not been accepted yet.")
	case "Expired":
		return refuseNewer(http.StatusConflict, "600902", "AttestationExpired", "The attestation has expired.")
	}
	if t.Customer != "" && t.Customer != strings.ToLower(a.c.ID) {
		return refuseNewer(http.StatusConflict, "600903", "AttestationUsed", "The attestation was used for another customer.")
	}
	if slices.ContainsFunc(a.c.Agreements, func(old Agreement) bool {
		return old.Type == CustomerAgreement && old.Contact.same(t.Signatory) // so too when t itself was used before
	}) {
		status := http.StatusConflict
		if s.Agreement.Duplicate400 {
			status = http.StatusBadRequest
		}
		return refuseNewer(status, "600061", "PartnerConfirmedAgreementAlreadyExists",
			"A partner confirmed agreement already exists for the customer.")
	}
	return nil
}
