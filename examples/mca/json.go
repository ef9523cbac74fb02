package main

import (
	"fmt"
	"io"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/mca"
)

// jsonView prints one JSON object a line, in order of time. What is for people
// goes to standard error.
type jsonView struct {
	lines  *cli.Lines
	stderr io.Writer
}

type summaryLine struct {
	Type                   string `json:"type"`
	Total                  int    `json:"total"`
	Required               int    `json:"required"`
	Pending                int    `json:"pending"`
	LinkExpired            int    `json:"link_expired"`
	ReadyToCreateAgreement int    `json:"ready_to_create_agreement"`
	Compliant              int    `json:"compliant"`
	Unknown                int    `json:"unknown"`
}

func (v jsonView) summary(s mca.Summary) {
	v.lines.Print(summaryLine{"summary", s.Total, s.Required, s.Pending, s.LinkExpired, s.ReadyToCreateAgreement, s.Compliant, s.Unknown})
}

type statusLine struct {
	Type        string             `json:"type"`
	Customer    customers.TenantID `json:"customer"`
	Status      mca.State          `json:"status"`
	Reason      string             `json:"reason"`
	LinkExpires string             `json:"link_expires"`
}

func (v jsonView) list(_ mca.State, list []mca.CustomerStatus) { v.statuses(list) }

func (v jsonView) statuses(list []mca.CustomerStatus) {
	for _, s := range list {
		v.status(s.Customer, s.Status)
	}
}

func (v jsonView) status(customer customers.TenantID, s mca.Status) {
	v.lines.Print(statusLine{"status", customer, s.State, s.Reason, cli.Timestamp(s.LinkExpires)})
}

type attestationLine struct {
	Type          string             `json:"type"`
	Customer      customers.TenantID `json:"customer"`
	AttestationID string             `json:"attestation_id"`
	Link          string             `json:"link"`
	Expires       string             `json:"expires"`
}

func (v jsonView) attestation(customer customers.TenantID, a *mca.Issued) {
	v.lines.Print(attestationLine{"attestation", customer, a.ID.Reveal(), a.Link.Reveal(), cli.Timestamp(a.Expires)})
}

type agreementLine struct {
	Type       string             `json:"type"`
	Customer   customers.TenantID `json:"customer"`
	DateAgreed string             `json:"date_agreed"`
}

// outcome is the agreement, or the status of a customer that has none.
func (v jsonView) outcome(customer customers.TenantID, s mca.Status) {
	if s.State != mca.Compliant {
		v.status(customer, s)
		return
	}
	v.lines.Print(agreementLine{"agreement", customer, cli.Timestamp(s.Agreed)})
}

func (v jsonView) say(text string) { fmt.Fprintln(v.stderr, text) }
