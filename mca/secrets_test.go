package mca_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
)

// secret is what must not be shown, in the spellings of this package's tests.
var secret = []string{id, strings.ToUpper(id), ada.FirstName, ada.LastName, ada.Email, "31201234567", "VISSER"}

func checkHidden(t *testing.T, what, shown string) {
	t.Helper()
	for _, s := range secret {
		if strings.Contains(shown, s) {
			t.Errorf("%s shows a secret: %s", what, strings.ReplaceAll(shown, s, "<HERE>"))
		}
	}
}

func TestNothingWithASecretInItPrintsIt(t *testing.T) {
	a := mca.Agreement{Signatory: ada, Type: mca.MicrosoftCustomerAgreement}
	values := map[string]any{
		"Signatory":         ada,
		"*Signatory":        &ada,
		"Attestation":       complete(),
		"Details":           complete().Details(),
		"Agreement":         a,
		"Agreements":        []mca.Agreement{a},
		"NewAgreement":      mca.NewAgreement{AttestationID: id, Signatory: ada},
		"Created":           mca.Created{ID: id, Link: "https://x.example/" + id, Answer: `{"id":"` + id + `"}`},
		"AttestationStatus": &mca.AttestationStatus{Answer: auth.Secret(id + ada.Email)},
		"Facts":             mca.Facts{Agreements: []mca.Agreement{a}, AgreementsRead: true},
	}
	for name, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			checkHidden(t, name+" with "+verb, fmt.Sprintf(verb, v))
		}
		var text, js bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v, "list", []any{v})
		slog.New(slog.NewJSONHandler(&js, nil)).Info("m", "v", v)
		checkHidden(t, name+" as text in a log", text.String())
		checkHidden(t, name+" as JSON in a log", js.String())
	}
	if got := fmt.Sprintf("%+v", complete()); !strings.Contains(got, "Fabrikam BV") || !strings.Contains(got, "REDACTED") {
		t.Errorf("an attestation prints %s, want its company, and its signatory REDACTED", got)
	}
}

// Services, proxies and transports that repeat whatever they get.
func TestNoErrorEventOrLogLineShowsWhatIsSecret(t *testing.T) {
	echo := "for " + strings.ToUpper(id) + " ada.visser@fabrikam.example Ada VISSER, Visser/Ada 31201234567 https://cdn.partner.microsoft.com/mca/?attestationid=" + id
	body := string(must(json.Marshal(map[string]any{"code": 987, "errorName": echo, "description": echo})))
	replies := map[string]wiretest.Reply{
		"400":               {Status: 400, Body: body},
		"404":               {Status: 404, Body: body},
		"409":               {Status: 409, Body: body},
		"503":               {Status: 503, Body: body},
		"600061":            {Status: 400, Body: strings.Replace(body, "987", "600061", 1)},
		"broken connection": {Broken: true},
		"redirect":          {Status: 302, Header: map[string]string{"Location": "https://evil.example/" + id}},
		"Location":          {Status: 202, Body: "[]", Header: map[string]string{"Location": "https://evil.example/" + id}},
		"bad Location":      {Status: 302, Header: map[string]string{"Location": "https://x:" + id + "/%zz"}},
		"not JSON":          {Status: 200, Body: echo},
		"another type":      {Status: 200, Body: `["` + id + `","Ada"]`},
		"another id":        {Status: 200, Body: `{"attestationId":"x` + id + `","status":"Ada"}`},
		"no id":             {Status: 200, Body: `{"id":"` + id + ` Ada Visser","attestationId":"` + id + `x"}`},
	}
	for name, answer := range replies {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out strings.Builder
				var events strings.Builder
				client, err := partnercenter.New(auth.Credentials{App: auth.Static("app"), AppUser: auth.Static("user")},
					partnercenter.WithTransport(&wiretest.Wire{Replies: []wiretest.Reply{answer}}),
					partnercenter.WithLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))),
					partnercenter.WithObserver(partnercenter.ObserverFunc(func(_ context.Context, e partnercenter.Event) { fmt.Fprintf(&events, "%+v\n", e) })))
				if err != nil {
					t.Fatal(err)
				}
				s, err := mca.New(client)
				if err != nil {
					t.Fatal(err)
				}
				_, create := s.CreateAttestation(t.Context(), complete())
				_, status := s.AttestationStatus(t.Context(), id)
				_, agree := s.CreateAgreement(t.Context(), fabrikam, mca.NewAgreement{AttestationID: id, Signatory: ada, TemplateID: template})
				for call, err := range map[string]error{"CreateAttestation": create, "CreateAgreement": agree} {
					checkHidden(t, "the error of "+call, texts(err))
				}
				if status == nil {
					t.Error("AttestationStatus gave no error")
				}
				// Of the signatory a status read knows nothing: it can hide only what has a form.
				shown := strings.NewReplacer("Ada", "", "Visser", "", "VISSER", "", "31201234567", "").Replace(texts(status) + out.String() + events.String())
				checkHidden(t, "the error of AttestationStatus, an event or the log", shown)
				if out.Len() == 0 || events.Len() == 0 {
					t.Error("neither logged nor observed")
				}
			})
		})
	}
	for _, wrong := range []auth.Secret{"", "../" + id, " " + id, "..", auth.Secret("\x00" + id), auth.Secret(strings.Repeat(id, 10))} {
		s, w := service(t, nil, wiretest.Reply{Status: 200})
		_, status := s.AttestationStatus(t.Context(), wrong)
		_, agree := s.CreateAgreement(t.Context(), fabrikam, mca.NewAgreement{AttestationID: wrong, Signatory: ada, Agreed: time.Now()})
		checkHidden(t, "the error for an id that is none", fmt.Sprint(status, agree))
		if wrong == "../"+id || wrong == "" {
			continue // escaped on the way; and without an id the other flow is meant
		}
		if len(w.Sent) != 0 || !errors.Is(status, mca.ErrAttestationID) || !errors.Is(agree, mca.ErrAttestationID) || !partnercenter.NotSent(status) || !partnercenter.NotSent(agree) {
			t.Errorf("an id that is none gives %v and %v after %d requests, want ErrAttestationID and none", status, agree, len(w.Sent))
		}
	}
}

// A refusal may name another attestation, and a person in another order.
func TestARefusalShowsNoOtherIDAndNoPartOfAName(t *testing.T) {
	const other = "C0FFEE00-8244-4c51-9805-4f5aa3adac6b"
	anna := mca.Signatory{FirstName: "Anna Maria", LastName: "de Vries", Email: "anna@fabrikam.example"}
	body := string(must(json.Marshal(map[string]string{"code": "1", "description": "VRIES, anna: see " + other + strings.Repeat(" x", 125) + other})))
	s, _ := service(t, nil, wiretest.Reply{Status: 409, Body: body})
	_, create := s.CreateAttestation(t.Context(), complete().Signatory(anna.FirstName, anna.LastName, anna.Email, ""))
	_, status := s.AttestationStatus(t.Context(), id)
	_, agree := s.CreateAgreement(t.Context(), fabrikam, mca.NewAgreement{AttestationID: id, Signatory: anna})
	for call, err := range map[string]error{"CreateAttestation": create, "AttestationStatus": status, "CreateAgreement": agree} {
		shown := texts(err)
		if strings.Contains(shown, other[:10]) || !strings.Contains(shown, "see REDACTED") {
			t.Errorf("the error of %s shows another id: %s", call, shown)
		}
		if call != "AttestationStatus" && (strings.Contains(shown, "VRIES") || strings.Contains(shown, "anna")) {
			t.Errorf("the error of %s shows a name: %s", call, shown)
		}
	}
}

// texts returns everything that an error says.
func texts(err error) string {
	e, ok := errors.AsType[*partnercenter.Error](err)
	if !ok {
		return fmt.Sprint(err)
	}
	return fmt.Sprint(err, e.Code, e.Name, e.Message)
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}
