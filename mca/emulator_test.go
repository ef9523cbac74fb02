package mca_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// onEmulator returns the agreements of an emulator whose only customer is Fabrikam.
func onEmulator(customer partnercentertest.Customer, opts ...mca.Option) (*mca.Service, *partnercentertest.Server, error) {
	customer.ID, customer.Company = string(fabrikam), "Fabrikam BV"
	fake := partnercentertest.New(customer)
	registration := auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: fake},
	}
	creds, err := auth.NewCredentials(auth.UserConfig{App: registration, RefreshToken: partnercentertest.RefreshToken})
	if err != nil {
		return nil, nil, err
	}
	client, err := partnercenter.New(creds, partnercenter.WithTransport(fake))
	if err != nil {
		return nil, nil, err
	}
	s, err := mca.New(client, opts...)
	return s, fake, err
}

func emulator(t *testing.T, customer partnercentertest.Customer, opts ...mca.Option) (*mca.Service, *partnercentertest.Server) {
	t.Helper()
	s, fake, err := onEmulator(customer, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s, fake
}

// statusOf classifies Fabrikam by what the emulator tells, and the attestation
// if there is one.
func statusOf(t *testing.T, s *mca.Service, attestation auth.Secret) mca.Status {
	t.Helper()
	var f mca.Facts
	var agreements, direct, status error
	f.Agreements, agreements = s.Agreements(t.Context(), fabrikam)
	f.DirectlyAccepted, direct = s.DirectlyAccepted(t.Context(), fabrikam)
	f.AgreementsRead, f.DirectRead = agreements == nil, direct == nil
	if attestation != "" {
		var got *mca.AttestationStatus
		if got, status = s.AttestationStatus(t.Context(), attestation); status == nil {
			f.Attestation = &mca.AttestationFacts{State: got.State, Expires: got.Expires, Accepted: got.Accepted}
		}
	}
	f.Err = errors.Join(agreements, direct, status)
	return mca.Classify(f, time.Now())
}

func checkState(t *testing.T, when string, got mca.Status, want mca.State) {
	t.Helper()
	if got.State != want {
		t.Errorf("%s the status is %+v, want %s", when, got, want)
	}
}

// From nothing to an agreement, in every form that the answers may have.
func TestTheWayToAnAgreementOnTheEmulator(t *testing.T) {
	tests := []struct {
		name string
		set  func(*partnercentertest.Server)
		wire mca.Wire
	}{
		{"as best known", func(*partnercentertest.Server) {}, mca.Wire{}},
		{"bare id, 200, no expiry, no agreements 404", func(f *partnercentertest.Server) {
			f.Attestation = partnercentertest.AttestationWire{BareID: true, Status200: true, NoExpiry: true}
			f.Agreement.NoneIs404 = true
		}, mca.Wire{}},
		{"other members", func(f *partnercentertest.Server) {
			f.Attestation = partnercentertest.AttestationWire{IDMember: "Id", StatusMember: "AttestationStatus"}
		}, mca.Wire{}},
		{"other words at another path", func(f *partnercentertest.Server) {
			f.Attestation = partnercentertest.AttestationWire{
				StatusPath: "/v1/attestations/{id}", StatusWords: map[string]string{"Pending": "open", "Accepted": "DONE", "Expired": "lapsed"},
			}
		}, mca.Wire{StatusPath: "/attestations/{id}", Pending: []string{"Open"}, Accepted: []string{"Done"}, Expired: []string{"Lapsed"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(now)) // a bubble begins before the cut-off day
				s, fake := emulator(t, partnercentertest.Customer{}, mca.WithWire(tt.wire))
				tt.set(fake)
				checkState(t, "at first", statusOf(t, s, ""), mca.Required)

				late, err := s.CreateAttestation(t.Context(), complete().ValidFor(5*time.Minute))
				if err != nil {
					t.Fatal(err)
				}
				checkState(t, "with a link", statusOf(t, s, late.ID), mca.Pending)
				time.Sleep(5*time.Minute + time.Second)
				checkState(t, "too late", statusOf(t, s, late.ID), mca.LinkExpired)

				created, err := s.CreateAttestation(t.Context(), complete())
				if err != nil {
					t.Fatal(err)
				}
				order := mca.NewAgreement{AttestationID: created.ID, Signatory: ada, TemplateID: template}
				_, err = s.CreateAgreement(t.Context(), fabrikam, order)
				checkIs(t, "CreateAgreement before the acceptance", err, mca.ErrAttestationUnusable)
				if res, err := (&http.Client{Transport: fake}).Get(created.Link.Reveal()); err != nil || res.StatusCode != 200 {
					t.Errorf("the link leads to %v, %v, want a page", res, err)
				}
				if err := fake.Accept(created.ID.Reveal()); err != nil {
					t.Fatal(err)
				}
				checkState(t, "after the acceptance", statusOf(t, s, created.ID), mca.ReadyToCreateAgreement)
				agreement, err := s.CreateAgreement(t.Context(), fabrikam, order)
				if err != nil || agreement.Signatory != ada || agreement.TemplateID != template {
					t.Errorf("CreateAgreement = %+v, %v", agreement, err)
				}
				checkState(t, "in the end", statusOf(t, s, created.ID), mca.Compliant)
				_, err = s.CreateAgreement(t.Context(), fabrikam, order)
				checkIs(t, "CreateAgreement once more", err, partnercenter.ErrDuplicateAgreement)
			})
		})
	}
}

func TestWhatTheEmulatorHoldsIsClassified(t *testing.T) {
	agreement := func(at time.Time) partnercentertest.Customer {
		return partnercentertest.Customer{Agreements: []partnercentertest.Agreement{{DateAgreed: at}}}
	}
	tests := []struct {
		name     string
		customer partnercentertest.Customer
		want     mca.State
	}{
		{"direct acceptance", partnercentertest.Customer{DirectlySigned: true}, mca.Compliant},
		{"agreement of the cut-off day", agreement(cutOff), mca.Compliant},
		{"agreement of the day before", agreement(cutOff.Add(-time.Second)), mca.Required},
		{"cloud agreement alone", partnercentertest.Customer{Agreements: []partnercentertest.Agreement{{Type: partnercentertest.CloudAgreement, DateAgreed: now}}}, mca.Required},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := emulator(t, tt.customer)
			checkState(t, "with "+tt.name, statusOf(t, s, ""), tt.want)
		})
	}
	s, fake := emulator(t, partnercentertest.Customer{})
	fake.Inject(partnercentertest.Fault{Method: "GET", Path: "/v1/customers/" + string(fabrikam) + "/agreements", Status: 403})
	checkState(t, "when the agreements cannot be read", statusOf(t, s, ""), mca.Unknown)
	checkState(t, "after a restart, with an id that nobody knows", statusOf(t, s, "00000000-8244-4c51-9805-4f5aa3adac6b"), mca.Unknown)

	current, err := s.Template(t.Context())
	if err != nil || current.ID != template {
		t.Errorf("Template = %+v, %v, want %s", current, err, template)
	}
	if d, err := s.TemplateDocument(t.Context(), template, "nl-NL", "NL"); err != nil || d.Language != "nl-NL" || d.DisplayURL == "" {
		t.Errorf("TemplateDocument = %+v, %v", d, err)
	}
}

func TestACreationIsNotDoneTwiceUnderOneRequestID(t *testing.T) {
	s, fake := emulator(t, partnercentertest.Customer{})
	const requestID = "0d3c7c0e-5a0c-4a1d-9b1c-6a5b7f0f2c11"
	first, err := s.CreateAttestation(t.Context(), complete(), partnercenter.RequestID(requestID))
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.CreateAttestation(t.Context(), complete(), partnercenter.RequestID(requestID))
	if err != nil || again.ID != first.ID {
		t.Errorf("CreateAttestation under the same request id gives another attestation (%v)", err)
	}
	if n := len(fake.Requests()); n < 2 {
		t.Errorf("%d requests arrived, want both", n)
	}
}
