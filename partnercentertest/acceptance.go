package partnercentertest

import (
	"bytes"
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
)

//go:embed acceptance.html
var acceptanceHTML string

// acceptancePage is what a customer sees. It loads nothing from elsewhere, and
// its form is posted to the address of the page itself.
var acceptancePage = template.Must(template.New("acceptance").Parse(acceptanceHTML))

// acceptanceState is one state of the acceptance page.
type acceptanceState struct {
	Title, Text      string
	Company, Country string
	Ask              bool // offer to accept
}

var (
	noPage       = acceptanceState{Title: "Link not found", Text: "This link leads to no agreement. Ask your Microsoft partner for a new one."}
	expiredPage  = acceptanceState{Title: "Link expired", Text: "This link cannot be used any more. Ask your Microsoft partner for a new one."}
	acceptedPage = acceptanceState{Title: "Already accepted", Text: "The agreement was accepted before. There is nothing left to do."}
	thanksPage   = acceptanceState{Title: "Thank you", Text: "You have accepted the Microsoft Customer Agreement. Your partner can see it now; you can close this page."}
)

// acceptance answers /mca/?attestationid={id}, the page on which a customer
// accepts. Nobody signs in there: whoever has the address can accept.
func (s *Server) acceptance(c *call) *answer {
	for k := range c.query {
		if k != "attestationid" {
			return unsupported(c)
		}
	}
	if c.method != http.MethodGet && c.method != http.MethodPost {
		return bare(http.StatusMethodNotAllowed).set("Allow", "GET, POST")
	}
	t := s.attestation(c.query.Get("attestationid"))
	if t == nil {
		return noPage.answer(http.StatusNotFound)
	}
	switch t.Status(c.now) {
	case "Expired":
		return expiredPage.answer(http.StatusGone)
	case "Accepted":
		return acceptedPage.answer(http.StatusOK)
	}
	ask := acceptanceState{
		Title: "Microsoft Customer Agreement", Company: t.Company, Country: t.Country, Ask: true,
		Text: "Please confirm that you have read the agreement and accept it for this company:",
	}
	if c.method == http.MethodGet {
		return ask.answer(http.StatusOK)
	}
	if form, err := url.ParseQuery(string(c.body)); err != nil || form.Get("accept") != "yes" {
		return ask.answer(http.StatusBadRequest) // a POST that nobody's click has made
	}
	t.Accepted = c.now
	return thanksPage.answer(http.StatusOK)
}

// answer renders the page. Its address is a secret, so no cache keeps the page
// and no other site learns where a visitor came from.
func (p acceptanceState) answer(status int) *answer {
	var b bytes.Buffer
	if err := acceptancePage.Execute(&b, p); err != nil {
		return bare(http.StatusInternalServerError)
	}
	a := bare(status).set("Content-Type", "text/html; charset=utf-8").
		set("Cache-Control", "no-store").
		set("Referrer-Policy", "no-referrer").
		set("X-Content-Type-Options", "nosniff").
		set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'")
	a.body = b.Bytes()
	return a
}

// Accept accepts an attestation as its customer does on the acceptance page,
// /mca/?attestationid={id}. Accepting twice changes nothing. The error says
// whether the attestation is unknown or expired, without its ID.
func (s *Server) Accept(attestationID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.attestation(attestationID)
	if t == nil {
		return errors.New("partnercentertest: Accept: no such attestation")
	}
	now := s.now()
	switch t.Status(now) {
	case "Expired":
		return errors.New("partnercentertest: Accept: the attestation has expired")
	case "Pending":
		t.Accepted = now
	}
	return nil
}

// ExpireAttestation lets the acceptance link expire now. What was accepted
// before stays accepted. It panics when there is no such attestation: a test
// that expires nothing proves nothing.
func (s *Server) ExpireAttestation(attestationID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.attestation(attestationID)
	if t == nil {
		panic("partnercentertest: ExpireAttestation: no such attestation")
	}
	t.Expires = s.now()
}
