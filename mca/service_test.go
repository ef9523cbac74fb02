package mca_test

import (
	"net/http"
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
)

func TestAttestingNeedsAppOnlyCredentials(t *testing.T) {
	w := &wiretest.Wire{Replies: []wiretest.Reply{{Status: 200, Body: `{}`}}}
	for name, creds := range map[string]auth.Credentials{"app": {AppUser: auth.Static("user")}, "user": {App: auth.Static("app")}} {
		client, err := partnercenter.New(creds, partnercenter.WithTransport(w))
		if err != nil {
			t.Fatal(err)
		}
		s, err := mca.New(client)
		if err != nil {
			t.Fatal(err)
		}
		checkIs(t, "CheckCredentials without "+name, s.CheckCredentials(t.Context()), partnercenter.ErrMissingCredential)
		if name == "app" {
			_, create := s.CreateAttestation(t.Context(), complete())
			_, status := s.AttestationStatus(t.Context(), id)
			_, agree := s.CreateAgreement(t.Context(), fabrikam, mca.NewAgreement{AttestationID: id})
			for _, err := range []error{create, status, agree} {
				checkIs(t, "a call of the attestation with a user's credentials", err, partnercenter.ErrMissingCredential)
			}
			continue
		}
		_, list := s.Agreements(t.Context(), fabrikam)
		_, direct := s.DirectlyAccepted(t.Context(), fabrikam)
		_, current := s.Template(t.Context())
		_, document := s.TemplateDocument(t.Context(), template, "", "")
		_, legacy := s.CreateAgreement(t.Context(), fabrikam, mca.NewAgreement{})
		for _, err := range []error{list, direct, current, document, legacy} {
			checkIs(t, "a call about agreements with an app's credentials", err, partnercenter.ErrMissingCredential)
		}
	}
	s, _ := service(t, nil, wiretest.Reply{Status: http.StatusTeapot})
	if err := s.CheckCredentials(t.Context()); err != nil {
		t.Errorf("CheckCredentials with both = %v, want nil", err)
	}
	if len(w.Sent) != 0 {
		t.Errorf("%d requests were sent, want none", len(w.Sent))
	}
}
