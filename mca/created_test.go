package mca_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/internal/guid"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
)

func TestCreateAttestation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := service(t, nil, wiretest.Reply{Status: 201, Body: `{"attestationId":"` + id + `"}`})
		requestID := guid.New()
		got, err := s.CreateAttestation(t.Context(), complete(), partnercenter.RequestID(requestID))
		if err != nil {
			t.Fatal(err)
		}
		wiretest.Check(t, w.Last(), "POST", base+"attestations/enhanced", "app",
			`{"companyName":"Fabrikam BV","country":"NL","expirationTime":10080,"language":"nl-NL","signatoryEmail":"ada.visser@fabrikam.example",`+
				`"signatoryFirstName":"Ada","signatoryLastName":"Visser","signatoryPhoneNumber":"+31201234567"}`)
		if h := w.Last().Header; h.Get("MS-RequestId") != requestID || h.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("CreateAttestation sent headers %v, want the request id %s and JSON", h, requestID)
		}
		if got.ID.Reveal() != id || got.Link.Reveal() != "https://cdn.partner.microsoft.com/mca/?attestationid="+id || got.Link != s.Link(id) {
			t.Errorf("CreateAttestation = %s with link %s", got.ID.Reveal(), got.Link.Reveal())
		}
		if want := time.Now().Add(7 * 24 * time.Hour); !got.Expires.Equal(want) || got.Expires.Location() != time.UTC {
			t.Errorf("Expires = %s, want a week from now, %s", got.Expires, want)
		}

		short := complete().ValidFor(time.Hour).Signatory("Ada", "Visser", "ada@fabrikam.example", "")
		if got, err = s.CreateAttestation(t.Context(), short); err != nil || !got.Expires.Equal(time.Now().Add(time.Hour)) {
			t.Errorf("CreateAttestation for an hour = %+v, %v, want an expiry in an hour", got, err)
		}
		if body := w.Last().Body; !strings.Contains(body, `"expirationTime":60,`) || strings.Contains(body, "Phone") {
			t.Errorf("CreateAttestation for an hour without a phone sent %s", body)
		}
	})
}

func TestAnAttestationThatBreaksARuleIsNotSent(t *testing.T) {
	s, w := service(t, []mca.Option{mca.WithOwnDomains("partner.example"), mca.WithOwnDomains("reseller.example")}, wiretest.Reply{Status: 201})
	for _, mail := range []string{"ada@partner.example", "ada@reseller.example", "ada@microsoft.com", ""} {
		_, err := s.CreateAttestation(t.Context(), complete().Signatory("Ada", "Visser", mail, ""))
		checkIs(t, "CreateAttestation", err, mca.ErrInvalid)
		if _, ok := errors.AsType[*mca.InvalidError](err); !ok || !partnercenter.NotSent(err) || partnercenter.OutcomeUnknown(err) {
			t.Errorf("CreateAttestation = %#v, want an InvalidError of a call that was not sent", err)
		}
	}
	if len(w.Sent) != 0 {
		t.Errorf("%d requests were sent, want none", len(w.Sent))
	}
}

func TestTheIDOfAnAttestationIsFoundInEveryShape(t *testing.T) {
	tests := map[string]string{ // the body; the id that is found, none if empty
		`{"attestationId":"` + id + `"}`:                    id,
		`{"AttestationId":"` + id + `","status":"Pending"}`: id,
		`{"ATTESTATIONID":"` + id + `"}`:                    id,
		`{"id":"` + id + `"}`:                               id,
		`{"id":"other","attestationId":"` + id + `"}`:       id,
		`{"attestationId":null,"id":"` + id + `"}`:          id,
		`{"attestationId":7,"id":"` + id + `"}`:             id,
		`"` + id + `"`:                                      id,
		"\xef\xbb\xbf\"" + id + "\"":                        id,
		`{"attestationId":" ` + id + ` "}`:                  id,
		`{"attestationId":"MCA:2026/7"}`:                    "MCA:2026/7",
		`{}`:                                                "",
		``:                                                  "",
		`null`:                                              "",
		`""`:                                                "",
		`[]`:                                                "",
		`["` + id + `"]`:                                    "",
		`{"attestationId":""}`:                              "",
		`{"attestationId":"a b"}`:                           "",
		`{"attestationId":".."}`:                            "",
		`{"attestationId":"` + strings.Repeat("a", 201) + `"}`:         "",
		`{"attestation":{"id":"` + id + `"}}`:                          "",
		`<html>` + id + `</html>`:                                      "",
		`{"attestationId":"` + id + `"`:                                "",
		`{"code":1,"description":"what a success that is no success"}`: "",
	}
	for _, status := range []int{200, 201, 202} {
		for body, want := range tests {
			s, _ := service(t, nil, wiretest.Reply{Status: status, Body: body})
			got, err := s.CreateAttestation(t.Context(), complete())
			switch {
			case want == "" && (got != nil || !errors.Is(err, partnercenter.ErrUnexpectedAnswer) || !partnercenter.OutcomeUnknown(err)):
				t.Errorf("CreateAttestation answered %d %s = %v, want ErrUnexpectedAnswer of unknown outcome", status, body, err)
			case want != "" && (err != nil || got.ID.Reveal() != want):
				t.Errorf("CreateAttestation answered %d %s = %v, want the id %s", status, body, err, want)
			case want != "" && got.Answer.Reveal() != strings.TrimPrefix(body, "\xef\xbb\xbf"):
				t.Errorf("Answer = %s, want %s", got.Answer.Reveal(), body)
			}
		}
	}
}

func TestTheExpiryIsADateOrANumberOfMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now().Add(36 * time.Hour).UTC()
		date := at.Format("2006-01-02T15:04:05.0000000Z")
		week := time.Now().Add(7 * 24 * time.Hour).UTC() // what was asked for
		tests := []struct {
			members string
			want    time.Time
			life    time.Duration // that a status read tells instead
		}{
			{`"expirationTime":"` + date + `"`, at, 0},
			{`"ExpirationDate":"` + at.Format("2006-01-02T15:04:05") + `"`, at, 0}, // no zone is UTC
			{`"expiry":"` + date + `"`, at, 0},
			{`"expirationTime":1440`, time.Now().Add(24 * time.Hour), 24 * time.Hour},
			{`"expirationTime":"1440"`, time.Now().Add(24 * time.Hour), 24 * time.Hour},
			{`"expirationTime":90.0`, time.Now().Add(90 * time.Minute), 90 * time.Minute},
			{`"expirationTime":null,"expirationDate":"` + date + `"`, at, 0},
			{`"expirationTime":"soon","expiry":60`, time.Now().Add(time.Hour), time.Hour},
			{`"expirationTime":10081`, week, 0},                               // seconds, perhaps
			{`"expirationTime":` + strconv.FormatInt(at.Unix(), 10), week, 0}, // since 1970
			{`"expirationTime":-5`, week, 0},
			{`"expirationTime":0`, week, 0},
			{`"expirationTime":1e400`, week, 0},
			{`"expirationTime":"NaN"`, week, 0},
			{`"expirationTime":{"minutes":5}`, week, 0},
			{`"expirationTime":"0001-01-01T00:00:00"`, week, 0},
			{`"expirationTime":"9999-12-31T00:00:00Z"`, week, 0}, // stands for none
			{`"status":"Pending"`, week, 0},
		}
		for _, tt := range tests {
			s, _ := service(t, nil, wiretest.Reply{Status: 200, Body: `{"attestationId":"` + id + `",` + tt.members + `}`})
			created, err := s.CreateAttestation(t.Context(), complete())
			if err != nil || !created.Expires.Equal(tt.want) {
				t.Errorf("CreateAttestation answered %s expires %v (%v), want %s", tt.members, created, err, tt.want)
			}
			status, err := s.AttestationStatus(t.Context(), id)
			if want := tt.want; tt.life > 0 || tt.want.Equal(week) {
				want = time.Time{}
				if err != nil || !status.Expires.Equal(want) || status.ValidFor != tt.life {
					t.Errorf("AttestationStatus answered %s = %+v, %v, want a life of %s", tt.members, status, err, tt.life)
				}
			} else if err != nil || !status.Expires.Equal(want) || status.ValidFor != 0 {
				t.Errorf("AttestationStatus answered %s = %+v, %v, want an expiry at %s", tt.members, status, err, want)
			}
		}
	})
}

func TestALinkOfMicrosoftsOwnIsPreferred(t *testing.T) {
	for url, own := range map[string]bool{
		"https://accept.example/x": true, "http://accept.example/x": false, "https://u:p@accept.example/x": false,
		"//accept.example/x": false, "javascript:alert(1)": false, "": false, "https:///x": false,
	} {
		body, err := json.Marshal(map[string]string{"attestationId": id, "attestationUrl": url})
		if err != nil {
			t.Fatal(err)
		}
		s, _ := service(t, nil, wiretest.Reply{Status: 200, Body: string(body)})
		want := s.Link(id)
		if own {
			want = auth.Secret(url)
		}
		if got, err := s.CreateAttestation(t.Context(), complete()); err != nil || got.Link != want {
			t.Errorf("CreateAttestation answered the link %q: got %s, %v, want %s", url, got.Link.Reveal(), err, want.Reveal())
		}
	}
}

func TestADuplicateSignatoryIsToldByEitherStep(t *testing.T) {
	const published = `{"code":600061,"message":"A partner confirmed agreement already exists for the customer.","description":"A partner confirmed agreement already exists for the customer.",` +
		`"errorName":"PartnerConfirmedAgreementAlreadyExists","isRetryable":false,"parameters":{},"errorMessageExtended":"InternalErrorCode=600061"}`
	for _, status := range []int{400, 403, 404, 409, 422} {
		s, _ := service(t, nil, wiretest.Reply{Status: status, Body: published})
		_, create := s.CreateAttestation(t.Context(), complete())
		_, agree := s.CreateAgreement(t.Context(), fabrikam, mca.NewAgreement{AttestationID: id, Signatory: ada, TemplateID: template})
		for _, err := range []error{create, agree} {
			e, ok := errors.AsType[*partnercenter.Error](err)
			if !errors.Is(err, partnercenter.ErrDuplicateAgreement) || errors.Is(err, mca.ErrAttestationUnusable) || !ok || e.Name != "PartnerConfirmedAgreementAlreadyExists" || partnercenter.OutcomeUnknown(err) {
				t.Errorf("600061 with %d = %v, want ErrDuplicateAgreement alone", status, err)
			}
		}
	}
}

// Whatever the service answers, a call gives a value or an error, never both
// or neither, and prints nothing secret.
func FuzzAttestationAnswers(f *testing.F) {
	for _, body := range []string{
		`{"attestationId":"` + id + `","status":"Pending","expirationTime":10080}`, `"` + id + `"`, `{"id":"a","expiry":"2026-02-03"}`,
		`{"attestationUrl":"https://x.example","attestationId":"` + id + `"}`, `{"status":"Accepted","dateAgreed":"0001-01-01"}`, `null`, `[1e999]`, `{"ID":"\ud800"}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s, _ := service(t, nil, wiretest.Reply{Status: 200, Body: body})
		created, err := s.CreateAttestation(t.Context(), complete())
		if (created == nil) == (err == nil) {
			t.Fatalf("CreateAttestation answered %q = %v, %v", body, created, err)
		}
		if err == nil && (created.ID == "" || created.Link == "" || created.Expires.IsZero()) {
			t.Fatalf("CreateAttestation answered %q has no id, link or expiry", body)
		}
		if err == nil {
			if _, err := s.AttestationStatus(t.Context(), created.ID); errors.Is(err, mca.ErrAttestationID) || partnercenter.NotSent(err) {
				t.Fatalf("AttestationStatus of an id that CreateAttestation gave = %v", err)
			}
		}
		status, err := s.AttestationStatus(t.Context(), id)
		if (status == nil) == (err == nil) {
			t.Fatalf("AttestationStatus answered %q = %v, %v", body, status, err)
		}
		if err == nil && (status.State == "" || status.ValidFor < 0 || status.ValidFor > mca.LongestLife) {
			t.Fatalf("AttestationStatus answered %q = %+v", body, status)
		}
	})
}
