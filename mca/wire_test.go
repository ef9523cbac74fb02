package mca_test

import (
	"strings"
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
)

func TestNewRefusesAWireThatCannotWork(t *testing.T) {
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("app")})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		wire mca.Wire
		want string // in the error; empty if there is none
	}{
		{"the defaults", mca.Wire{}, ""},
		{"another path", mca.Wire{CreatePath: "/mca/attestations", StatusPath: "/attestations/{id}"}, ""},
		{"a status path with a query", mca.Wire{StatusPath: "/attestations?id={id}&x=y"}, ""},
		{"a link of a test", mca.Wire{Link: "http://127.0.0.1:8080/mca/?attestationid={id}"}, ""},
		{"a link with the id in its path", mca.Wire{Link: "https://accept.example/{id}"}, ""},
		{"two words for a state", mca.Wire{Pending: []string{"Pending", "Created"}}, ""},
		{"a member less", mca.Wire{Members: mca.Members{Phone: "-", ExpirationTime: "-"}}, ""},
		{"a member more", mca.Wire{Extra: map[string]any{"partnerNote": 1}}, ""},

		{"an absolute path", mca.Wire{CreatePath: "https://evil.example/attestations"}, "CreatePath must be a path"},
		{"a path to another host", mca.Wire{CreatePath: "//evil.example/attestations"}, "CreatePath must be a path"},
		{"a path without a slash", mca.Wire{CreatePath: "attestations"}, "CreatePath must be a path"},
		{"a path with an empty piece", mca.Wire{StatusPath: "/attestations//{id}"}, "StatusPath must be a path"},
		{"a path that ends in a slash", mca.Wire{StatusPath: "/attestations/{id}/"}, "StatusPath must be a path"},
		{"a path that climbs", mca.Wire{StatusPath: "/attestations/../customers/{id}"}, "StatusPath must be a path"},
		{"a path with a fragment", mca.Wire{StatusPath: "/attestations#{id}"}, "StatusPath must be a path"},
		{"a path with a broken escape", mca.Wire{StatusPath: "/attestations/%zz/{id}"}, "StatusPath must be a path"},
		{"a query that cannot be read", mca.Wire{StatusPath: "/attestations?id={id};x"}, "StatusPath must be a path"},
		{"a create path with a query", mca.Wire{CreatePath: "/attestations?x=y"}, "CreatePath must have no query"},
		{"a create path with an id", mca.Wire{CreatePath: "/attestations/{id}"}, "CreatePath must have {id} 0 times"},
		{"a path with the version", mca.Wire{CreatePath: "/v1/attestations"}, "CreatePath must be without the version"},
		{"a status path without an id", mca.Wire{StatusPath: "/attestations/enhanced"}, "StatusPath must have {id} 1 times"},
		{"a status path with two", mca.Wire{StatusPath: "/attestations/{id}/{id}"}, "StatusPath must have {id} 1 times"},
		{"a status path with another placeholder", mca.Wire{StatusPath: "/customers/{customer}/{id}"}, "StatusPath must have {id} 1 times, and no other braces"},
		{"a link without an id", mca.Wire{Link: "https://accept.example/"}, "Link must have {id} once"},
		{"a link with the id as its host", mca.Wire{Link: "https://{id}.example/"}, "Link must have {id} once"},
		{"a link with two ids", mca.Wire{Link: "https://accept.example/{id}?x={id}"}, "Link must have {id} once"},
		{"a link that anybody can read", mca.Wire{Link: "http://accept.example/{id}"}, "Link must be an https URL"},
		{"a link without a host", mca.Wire{Link: "https:///{id}"}, "Link must be an https URL"},
		{"a link that is none", mca.Wire{Link: "{id}"}, "Link must be an https URL"},
		{"a link with a user", mca.Wire{Link: "https://cdn.partner.microsoft.com@evil.example/{id}"}, "Link must be an https URL"},
		{"a blank name", mca.Wire{Members: mca.Members{Email: " "}}, `the name " " of a member`},
		{"no name for what is required", mca.Wire{Members: mca.Members{Email: "-"}}, `the name "-" of a member`},
		{"a name twice", mca.Wire{Members: mca.Members{Email: "Country"}}, `the name "country" of a member`},
		{"an extra member with a name that is taken", mca.Wire{Extra: map[string]any{"COUNTRY": "NL"}}, `the name "COUNTRY" of a member`},
		{"an extra member that cannot be sent", mca.Wire{Extra: map[string]any{"f": func() {}}}, `the extra member "f"`},
		{"an attestation id in place of the template", mca.Wire{AgreementAttestationID: "templateID"}, `the name "templateID" of a member`},
		{"an empty word", mca.Wire{Accepted: []string{""}}, `the word "" for a state`},
		{"a word for two states", mca.Wire{Accepted: []string{"PENDING"}}, `the word "PENDING" for a state`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := mca.New(client, mca.WithWire(tt.wire))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("New = %v, want no error", err)
			case tt.want != "" && (err == nil || s != nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(tt.want))):
				t.Errorf("New = %v, want an error with %q", err, tt.want)
			}
		})
	}
	if _, err := mca.New(nil, mca.WithWire(mca.Wire{Link: "x", CreatePath: "x"})); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("New = %v, want three problems at once", err)
	}
}

func TestTheWireCanBeChangedInEveryPiece(t *testing.T) {
	extra := map[string]any{"note": []string{"a"}}
	words := []string{"Waiting"}
	opts := []mca.Option{mca.WithWire(mca.Wire{
		CreatePath: "/mca", StatusPath: "/mca/state?of={id}&full=true", StatusAppUser: true, Link: "https://accept.example/{id}/go",
		Members: mca.Members{
			Country: "c", Language: "l", CompanyName: "n", FirstName: "f", LastName: "s", Email: "e", Phone: "p", ExpirationTime: "t",
		},
		Extra: extra, AgreementAttestationID: "attestation", Pending: words, Accepted: []string{"Done"}, Expired: []string{"Gone"},
	})}
	s, w := service(t, opts, wiretest.Reply{Status: 200, Body: `"` + id + `"`}, wiretest.Reply{Status: 200, Body: `{"status":"wAITING"}`},
		wiretest.Reply{Status: 200, Body: `"Done"`}, wiretest.Reply{Status: 200, Body: `{"attestationStatus":"gone"}`}, wiretest.Reply{Status: 200, Body: `{"status":"Pending"}`}, wiretest.Reply{Status: 201})
	extra["note"], words[0] = "changed", "changed" // after New: too late
	created, err := s.CreateAttestation(t.Context(), complete())
	if err != nil {
		t.Fatal(err)
	}
	wiretest.Check(t, w.Last(), "POST", base+"mca", "app",
		`{"c":"NL","e":"ada.visser@fabrikam.example","f":"Ada","l":"nl-NL","n":"Fabrikam BV","note":["a"],"p":"+31201234567","s":"Visser","t":10080}`)
	if got := created.Link.Reveal(); got != "https://accept.example/"+id+"/go" {
		t.Errorf("Link = %s", got)
	}
	for _, want := range []mca.AttestationState{mca.AttestationPending, mca.AttestationAccepted, mca.AttestationExpired, mca.AttestationOther} {
		status, err := s.AttestationStatus(t.Context(), created.ID)
		if err != nil || status.State != want {
			t.Errorf("AttestationStatus = %+v, %v, want %s", status, err, want)
		}
		wiretest.Check(t, w.Last(), "GET", base+"mca/state?full=true&of="+id, "user", "")
	}
	if _, err := s.CreateAgreement(t.Context(), fabrikam, mca.NewAgreement{AttestationID: created.ID, Agreed: now}); err != nil {
		t.Fatal(err)
	}
	wiretest.Check(t, w.Last(), "POST", ofFabrikam+"agreements", "app",
		`{"attestation":"`+id+`","dateAgreed":"2026-02-03T12:00:00.000Z","type":"MicrosoftCustomerAgreement"}`)
}

func TestOptionalMembersCanBeLeftOut(t *testing.T) {
	s, w := service(t, []mca.Option{mca.WithWire(mca.Wire{Members: mca.Members{Phone: "-", ExpirationTime: "-"}})}, wiretest.Reply{Status: 200, Body: `"` + id + `"`})
	created, err := s.CreateAttestation(t.Context(), complete())
	if err != nil || !created.Expires.IsZero() {
		t.Errorf("CreateAttestation = %+v, %v, want no expiry, since nobody named one", created, err)
	}
	wiretest.Check(t, w.Last(), "POST", base+"attestations/enhanced", "app",
		`{"companyName":"Fabrikam BV","country":"NL","language":"nl-NL","signatoryEmail":"ada.visser@fabrikam.example","signatoryFirstName":"Ada","signatoryLastName":"Visser"}`)
}
