package mca_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/internal/guid"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
)

// file returns an answer as Microsoft's page of the name shows it.
func file(t *testing.T, page string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + page + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAgreements(t *testing.T) {
	s, w := service(t, nil, wiretest.Reply{Status: 200, Body: file(t, "get-confirmation-of-customer-agreement")})
	got, err := s.Agreements(t.Context(), fabrikam)
	if err != nil {
		t.Fatal(err)
	}
	wiretest.Check(t, w.Last(), "GET", ofFabrikam+"agreements?agreementType=MicrosoftCustomerAgreement", "user", "")
	want := mca.Agreement{
		Signatory: ada, Agreed: time.Date(2025, 9, 10, 0, 0, 0, 0, time.UTC), Type: mca.MicrosoftCustomerAgreement,
		TemplateID: template, Link: "https://aka.ms/customeragreement", UserID: "3d6f2c09-eb40-48ca-a4b3-d24c9c007531",
	}
	if len(got) != 1 || got[0] != want {
		t.Errorf("Agreements = %+v, want %+v", got, want)
	}
	// Its JSON can be read back, all but the signatory.
	data, err := json.Marshal(got)
	if err != nil || strings.Contains(string(data), "Ada") {
		t.Fatalf("Marshal of the agreements shows the signatory, or fails: %v", err)
	}
	var back []mca.Agreement
	want.Signatory = mca.Signatory{}
	if err := json.Unmarshal(data, &back); err != nil || len(back) != 1 || back[0] != want {
		t.Errorf("the agreements read back = %+v, %v, want %+v", back, err, want)
	}
}

func TestOneOddAgreementDoesNotHideTheOthers(t *testing.T) {
	s, _ := service(t, nil, wiretest.Reply{Status: 200, Body: `{"items":[
		{"PrimaryContact":{"FirstName":7,"Email":"a@fabrikam.example"},"DateAgreed":"2025-09-10T00:21:45.9263727+00:00","Type":"microsoftCustomerAgreement"},
		{"primaryContact":"Ada","dateAgreed":"yesterday","type":["x"],"templateId":1},
		{"dateAgreed":null,"type":"SomethingNew"},{"dateAgreed":"9999-12-31T00:00:00Z"},{}]}`})
	got, err := s.Agreements(t.Context(), fabrikam)
	if err != nil || len(got) != 5 {
		t.Fatalf("Agreements = %+v, %v, want five", got, err)
	}
	if a := got[0]; a.Signatory.Email != "a@fabrikam.example" || a.Agreed.Year() != 2025 || !a.Type.Is(mca.MicrosoftCustomerAgreement) {
		t.Errorf("Agreements gives %+v first, want the one in Pascal case", a)
	}
	if got[1] != (mca.Agreement{}) || got[2].Type != "SomethingNew" || got[3] != (mca.Agreement{}) || got[4] != (mca.Agreement{}) {
		t.Errorf("Agreements gives %+v, want what cannot be read to be empty, and an unknown type as it came", got[1:])
	}
	for _, items := range []string{`[7]`, `["x"]`, `[null]`, `{}`} {
		s, _ := service(t, nil, wiretest.Reply{Status: 200, Body: `{"items":` + items + `}`})
		_, err := s.Agreements(t.Context(), fabrikam)
		checkIs(t, "Agreements answered "+items, err, partnercenter.ErrUnexpectedAnswer)
	}
}

func TestOnlyA404ThatSaysNothingMeansNoAgreements(t *testing.T) {
	none := []wiretest.Reply{{Status: 200, Body: `{"totalCount":0,"items":[]}`}, {Status: 200, Body: `[]`}, {Status: 404}, {Status: 404, Body: `{}`}}
	for _, answer := range none {
		s, _ := service(t, nil, answer)
		if got, err := s.Agreements(t.Context(), fabrikam); err != nil || len(got) != 0 {
			t.Errorf("Agreements answered %+v = %v, %v, want none", answer, got, err)
		}
	}
	failures := []struct {
		reply wiretest.Reply
		want  error
	}{
		{wiretest.Reply{Status: 404, Body: `{"code":60003,"description":"Customer not found"}`}, partnercenter.ErrNoRelationship},
		{wiretest.Reply{Status: 404, Body: `{"code":20002,"description":"No relationship between caller and account."}`}, partnercenter.ErrNoRelationship},
		{wiretest.Reply{Status: 404, Body: `{"code":20000}`}, partnercenter.ErrNotFound},
		{wiretest.Reply{Status: 404, Body: `{"description":"The customer does not exist."}`}, partnercenter.ErrNotFound},
		{wiretest.Reply{Status: 404, Body: `{"statusCode":404,"message":"Resource not found"}`}, partnercenter.ErrNotFound},
		{wiretest.Reply{Status: 410}, partnercenter.ErrNotFound},
		{wiretest.Reply{Status: 403, Body: `{"code":900329}`}, partnercenter.ErrAppOnlyNotSupported},
		{wiretest.Reply{Status: 403}, partnercenter.ErrForbidden},
		{wiretest.Reply{Status: 429}, partnercenter.ErrThrottled},
		{wiretest.Reply{Status: 500}, partnercenter.ErrTransient},
		{wiretest.Reply{Status: 200}, partnercenter.ErrUnexpectedAnswer},
		{wiretest.Reply{Status: 200, Body: `{"totalCount":0}`}, partnercenter.ErrUnexpectedAnswer},
	}
	for _, tt := range failures {
		s, _ := service(t, nil, tt.reply)
		got, err := s.Agreements(t.Context(), fabrikam)
		if got != nil || !errors.Is(err, tt.want) {
			t.Errorf("Agreements answered %+v = %v, %v, want %v", tt.reply, got, err, tt.want)
		}
	}
}

func TestDirectlyAccepted(t *testing.T) {
	for body, want := range map[string]bool{`{"isSigned":true}`: true, `{"IsSigned":false,"x":1}`: false} {
		s, w := service(t, nil, wiretest.Reply{Status: 200, Body: body})
		if got, err := s.DirectlyAccepted(t.Context(), fabrikam); err != nil || got != want {
			t.Errorf("DirectlyAccepted answered %s = %t, %v, want %t", body, got, err, want)
		}
		wiretest.Check(t, w.Last(), "GET", ofFabrikam+"directSignedMicrosoftCustomerAgreementStatus", "user", "")
	}
}

func TestAnAnswerThatDoesNotSayItIsNoRefusal(t *testing.T) {
	for _, answer := range []wiretest.Reply{
		{Status: 200, Body: `{}`}, {Status: 200, Body: `{"isSigned":null}`}, {Status: 200, Body: `{"isSigned":"yes"}`},
		{Status: 200, Body: `null`}, {Status: 200}, {Status: 204}, {Status: 200, Body: `[]`},
	} {
		s, _ := service(t, nil, answer)
		_, err := s.DirectlyAccepted(t.Context(), fabrikam)
		checkIs(t, fmt.Sprintf("DirectlyAccepted answered %+v", answer), err, partnercenter.ErrUnexpectedAnswer)
	}
	s, _ := service(t, nil, wiretest.Reply{Status: 404})
	_, err := s.DirectlyAccepted(t.Context(), fabrikam)
	checkIs(t, "DirectlyAccepted answered 404", err, partnercenter.ErrNotFound)
}

func TestCreateAgreement(t *testing.T) {
	s, w := service(t, nil, wiretest.Reply{Status: 201, Body: file(t, "confirm-customer-consent-customer-agreement")})
	requestID := guid.New()
	agreedHere := time.Date(2026, 2, 3, 1, 30, 0, 0, time.FixedZone("CET", 3600))
	got, err := s.CreateAgreement(t.Context(), fabrikam, mca.NewAgreement{
		AttestationID: id, Signatory: ada, TemplateID: template, Agreed: agreedHere,
	}, partnercenter.RequestID(requestID))
	if err != nil {
		t.Fatal(err)
	}
	wiretest.Check(t, w.Last(), "POST", ofFabrikam+"agreements", "app",
		`{"attestationId":"`+id+`","dateAgreed":"2026-02-03T00:30:00.000Z","primaryContact":{"firstName":"Ada","lastName":"Visser","email":"ada.visser@fabrikam.example","phoneNumber":"+31201234567"},`+
			`"templateId":"`+template+`","type":"MicrosoftCustomerAgreement"}`)
	if h := w.Last().Header.Get("MS-RequestId"); h != requestID {
		t.Errorf("CreateAgreement sent the request id %s, want %s", h, requestID)
	}
	want := mca.Agreement{
		Signatory: ada, Agreed: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC), Type: mca.MicrosoftCustomerAgreement, TemplateID: template,
		UserID: "3d6f2c09-eb40-48ca-a4b3-d24c9c007531",
	}
	if *got != want {
		t.Errorf("CreateAgreement = %+v, want %+v", got, want)
	}
}

func TestASuccessWithoutAnAgreementInItGivesWhatWasAskedFor(t *testing.T) {
	for _, answer := range []wiretest.Reply{{Status: 201}, {Status: 200, Body: `{}`}, {Status: 204}, {Status: 201, Body: `{"dateAgreed":"?"}`}} {
		s, _ := service(t, nil, answer)
		got, err := s.CreateAgreement(t.Context(), fabrikam, mca.NewAgreement{AttestationID: id, Signatory: ada, TemplateID: template, Agreed: now.In(time.FixedZone("CET", 3600))})
		if want := (mca.Agreement{Signatory: ada, Agreed: now, Type: mca.MicrosoftCustomerAgreement, TemplateID: template}); err != nil || *got != want {
			t.Errorf("CreateAgreement answered %+v = %+v, %v, want %+v", answer, got, err, want)
		}
	}
	s, _ := service(t, nil, wiretest.Reply{Status: 201, Body: `"done"`})
	_, err := s.CreateAgreement(t.Context(), fabrikam, mca.NewAgreement{AttestationID: id})
	if !errors.Is(err, partnercenter.ErrUnexpectedAnswer) || !partnercenter.OutcomeUnknown(err) || errors.Is(err, mca.ErrAttestationUnusable) {
		t.Errorf("CreateAgreement answered a string = %v, want ErrUnexpectedAnswer of unknown outcome", err)
	}
}

func TestTheDateIsTodayUnlessItIsGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(36 * time.Hour) // to noon of a day
		s, w := service(t, nil, wiretest.Reply{Status: 201})
		if _, err := s.CreateAgreement(t.Context(), fabrikam, mca.NewAgreement{AttestationID: id}); err != nil {
			t.Fatal(err)
		}
		if want := `"dateAgreed":"` + time.Now().UTC().Format(time.DateOnly) + `T00:00:00.000Z"`; !strings.Contains(w.Last().Body, want) {
			t.Errorf("CreateAgreement sent %s, want %s", w.Last().Body, want)
		}
	})
}

func TestAnAgreementWithoutAnAttestationIsTheUsersToConfirm(t *testing.T) {
	s, w := service(t, nil, wiretest.Reply{Status: 400, Body: `{"code":600003}`})
	_, err := s.CreateAgreement(t.Context(), fabrikam, mca.NewAgreement{Signatory: ada, TemplateID: template, Agreed: now})
	if w.Last().Token != "user" || strings.Contains(w.Last().Body, "attestation") || !errors.Is(err, partnercenter.ErrValidation) || errors.Is(err, mca.ErrAttestationUnusable) {
		t.Errorf("CreateAgreement without an attestation sent %s as %s = %v, want a plain refusal of the user's request", w.Last().Body, w.Last().Token, err)
	}
}

func TestARefusalOfTheAttestationIsToldFromOthers(t *testing.T) {
	tests := []struct {
		name     string
		reply    wiretest.Reply
		unusable bool
		also     error
	}{
		{"400", wiretest.Reply{Status: 400}, true, partnercenter.ErrValidation},
		{"404", wiretest.Reply{Status: 404}, true, partnercenter.ErrNotFound},
		{"409", wiretest.Reply{Status: 409}, true, partnercenter.ErrBusy},
		{"400 with an unknown code", wiretest.Reply{Status: 400, Body: `{"code":"AttestationNotAccepted","description":"Not accepted yet."}`}, true, partnercenter.ErrValidation},
		{"404 with a known code", wiretest.Reply{Status: 404, Body: `{"code":20000}`}, true, partnercenter.ErrNotFound},
		{"no relationship", wiretest.Reply{Status: 404, Body: `{"code":60003}`}, false, partnercenter.ErrNoRelationship},
		{"no relationship with 400", wiretest.Reply{Status: 400, Body: `{"code":20002}`}, false, partnercenter.ErrNoRelationship},
		{"passing failure with 400", wiretest.Reply{Status: 400, Body: `{"code":800003}`}, false, partnercenter.ErrTransient},
		{"its own word that it may be repeated", wiretest.Reply{Status: 409, Body: `{"code":1,"isRetryable":true}`}, false, partnercenter.ErrTransient},
		{"token refused", wiretest.Reply{Status: 401}, false, partnercenter.ErrUnauthorized},
		{"token refused with 400", wiretest.Reply{Status: 400, Body: `{"code":900420}`}, false, partnercenter.ErrUnauthorized},
		{"role missing", wiretest.Reply{Status: 403, Body: `{"code":900308}`}, false, partnercenter.ErrForbidden},
		{"role missing with 400", wiretest.Reply{Status: 400, Body: `{"code":900308}`}, false, partnercenter.ErrForbidden},
		{"wrong kind of token with 400", wiretest.Reply{Status: 400, Body: `{"code":900329}`}, false, partnercenter.ErrAppOnlyNotSupported},
		{"conditional access with 400", wiretest.Reply{Status: 400, Body: `{"code":900309}`}, false, partnercenter.ErrConditionalAccess},
		{"throttled", wiretest.Reply{Status: 429}, false, partnercenter.ErrThrottled},
		{"failure", wiretest.Reply{Status: 500}, false, partnercenter.ErrTransient},
		{"not offered", wiretest.Reply{Status: 405}, false, partnercenter.ErrNotSupported},
		{"broken connection", wiretest.Reply{Broken: true}, false, partnercenter.ErrTransient},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := service(t, nil, tt.reply)
			got, err := s.CreateAgreement(t.Context(), fabrikam, mca.NewAgreement{AttestationID: id, Signatory: ada})
			if got != nil || errors.Is(err, mca.ErrAttestationUnusable) != tt.unusable || !errors.Is(err, tt.also) {
				t.Errorf("CreateAgreement = %v, %v, want ErrAttestationUnusable: %t, and %v", got, err, tt.unusable, tt.also)
			}
			if e, ok := errors.AsType[*partnercenter.Error](err); !ok || e.Status != tt.reply.Status {
				t.Errorf("CreateAgreement = %v, want the Error with status %d in it", err, tt.reply.Status)
			}
		})
	}
}

func FuzzAgreements(f *testing.F) {
	f.Add(`{"primaryContact":{"firstName":"Ada"},"dateAgreed":"2025-09-10T00:00:00","type":"MicrosoftCustomerAgreement"}`)
	f.Add(`{"PrimaryContact":null,"DateAgreed":12,"Type":{}}`)
	f.Add(`{"dateAgreed":"9999-12-31T23:59:59-12:00"}`)
	f.Fuzz(func(t *testing.T, item string) {
		var a mca.Agreement
		if err := json.Unmarshal([]byte(item), &a); err != nil {
			return
		}
		data, err := json.Marshal(a)
		if err != nil {
			t.Fatalf("an agreement read from %q cannot be written: %v", item, err)
		}
		var back mca.Agreement
		if err := json.Unmarshal(data, &back); err != nil || !back.Agreed.Equal(a.Agreed) || back.Type != a.Type {
			t.Fatalf("an agreement read from %q comes back from %s as %+v, %v", item, data, back, err)
		}
		if s := mca.Classify(mca.Facts{AgreementsRead: true, DirectRead: true, Agreements: []mca.Agreement{a}}, now); s.State == mca.Pending || s.State == "" {
			t.Fatalf("Classify of an agreement read from %q = %+v", item, s)
		}
	})
}
