package partnercentertest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
	"github.com/google/go-cmp/cmp"
)

const (
	agreements = "/v1/customers/" + contoso + "/agreements"
	mcaList    = agreements + "?agreementType=MicrosoftCustomerAgreement"
)

// agreementBody is a creation with the signatory of attestationBody, with
// members changed; nil takes a member out.
func agreementBody(attestation string, change map[string]any) string {
	return body(map[string]any{
		"attestationId": attestation, "primaryContact": signer("Ada", "Visser", "ada@contosobakery.example", "+31201234567"),
		"templateId": CustomerTemplate, "dateAgreed": "2026-02-03T00:00:00.000Z", "type": "MicrosoftCustomerAgreement",
	}, change)
}

func signer(first, last, email, phone string) map[string]any {
	return map[string]any{"firstName": first, "lastName": last, "email": email, "phoneNumber": phone}
}

// accepted returns the ID of an attestation that its customer accepted.
func accepted(t *testing.T, s *Server, change map[string]any) string {
	t.Helper()
	id := attest(t, asApp(t, s), change)
	if err := s.Accept(id); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAnAcceptedAttestationBecomesAnAgreement(t *testing.T) {
	s := with()
	app, user := asApp(t, s), asUser(t, s)
	id := accepted(t, s, nil)
	r := app.do("POST", agreements, agreementBody(id, nil))
	want(t, "creation", r, 201, "")
	const contact = `"primaryContact":{"firstName":"Ada","lastName":"Visser","email":"ada@contosobakery.example","phoneNumber":"+31201234567"},` +
		`"templateId":"117a77b0-9360-443b-8795-c6dedc750cf9","type":"MicrosoftCustomerAgreement"`
	check := func(what string, raw []byte, want string) {
		t.Helper()
		var g, w map[string]any
		if err := json.Unmarshal([]byte(want), &w); err != nil {
			t.Fatal(err)
		}
		_ = json.Unmarshal(raw, &g)
		if diff := cmp.Diff(w, g); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	userID := fmt.Sprint(r.JSON["userId"])
	check("created", r.Raw, `{`+contact+`,"dateAgreed":"2026-02-03T00:00:00.000Z","userId":"`+userID+`"}`)
	check("listed", user.get(mcaList).Raw, `{"totalCount":1,"items":[{`+contact+`,"dateAgreed":"2026-02-03T00:00:00",
		"agreementLink":"https://aka.ms/customeragreement","userId":"`+userID+`"}]}`)
	check("direct", user.get("/v1/customers/"+contoso+"/directSignedMicrosoftCustomerAgreementStatus").Raw, `{"isSigned":false}`)
	s.State(contoso).Agreements[0].Contact.FirstName = "Somebody else" // a copy
	if got := s.State(contoso).Agreements[0].Contact.FirstName; got != "Ada" {
		t.Error("State() shares its agreements")
	}
	if got := s.Applied(contoso, "agreements"); got != 1 || len(s.State(contoso).Agreements) != 1 {
		t.Errorf("Applied() = %d, %d agreements, want one", got, len(s.State(contoso).Agreements))
	}
}

func TestAnAgreementIsRefused(t *testing.T) {
	s := New(Customer{ID: contoso}, Customer{ID: fabrikam})
	app, user := asApp(t, s), asUser(t, s)
	pending, ready := attest(t, app, nil), accepted(t, s, nil)
	expired, elsewhere := attest(t, app, nil), accepted(t, s, nil)
	s.ExpireAttestation(expired)
	want(t, "elsewhere", app.do("POST", "/v1/customers/"+fabrikam+"/agreements", agreementBody(elsewhere, nil)), 201, "")
	tests := []struct {
		name   string
		c      *client
		id     string
		change map[string]any
		status int
		code   string
	}{
		{"a user", user, ready, nil, 403, "900308"},
		{"a user without an attestation", user, ready, map[string]any{"attestationId": nil}, 400, "3000"},
		{"an app without an attestation", app, ready, map[string]any{"attestationId": nil}, 400, "3000"},
		{"unknown attestation", app, sub1, nil, 404, "600900"},
		{"not accepted", app, pending, nil, 409, "600901"},
		{"expired", app, expired, nil, 409, "600902"},
		{"used for another customer", app, elsewhere, nil, 409, "600903"},
		{"other type", app, ready, map[string]any{"type": "MicrosoftCloudAgreement"}, 400, "3000"},
		{"no type", app, ready, map[string]any{"type": nil}, 400, "3000"},
		{"other template", app, ready, map[string]any{"templateId": FormerCustomerTemplate}, 400, "3000"},
		{"no template", app, ready, map[string]any{"templateId": nil}, 400, "3000"},
		{"no date", app, ready, map[string]any{"dateAgreed": nil}, 400, "3000"},
		{"not a date", app, ready, map[string]any{"dateAgreed": "3 February 2026"}, 400, "3000"},
		{"date that is not set", app, ready, map[string]any{"dateAgreed": "0001-01-01T00:00:00"}, 400, "3000"},
		{"no contact", app, ready, map[string]any{"primaryContact": nil}, 400, "3000"},
		{"contact without e-mail", app, ready, map[string]any{"primaryContact": signer("Ada", "Visser", "", "+31201234567")}, 400, "3000"},
		{"another signatory", app, ready, map[string]any{"primaryContact": signer("Eva", "Visser", "ada@contosobakery.example", "+31201234567")}, 400, "3000"},
		{"another phone", app, ready, map[string]any{"primaryContact": signer("Ada", "Visser", "ada@contosobakery.example", "")}, 400, "3000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := tt.c.do("POST", agreements, agreementBody(tt.id, tt.change))
			want(t, "POST", r, tt.status, tt.code)
			for _, secret := range []string{tt.id, "Visser", "ada@"} {
				if strings.Contains(string(r.Raw), secret) {
					t.Errorf("the refusal repeats %q", secret)
				}
			}
		})
	}
	want(t, "not an object", app.do("POST", agreements, "[]"), 400, "3000")
	want(t, "unknown customer", app.do("POST", "/v1/customers/"+sub1+"/agreements", agreementBody(ready, nil)), 404, "")
	if got := s.Applied(contoso, "agreements"); got != 0 {
		t.Errorf("%d refused agreements took effect", got)
	}
	for _, date := range []string{"2026-02-03", "2026-02-03T01:02:03", "2026-02-03T01:02:03.1234567Z", "2026-02-03T01:02:03+02:00"} {
		s := with()
		want(t, date, asApp(t, s).do("POST", agreements, agreementBody(accepted(t, s, nil), map[string]any{"dateAgreed": date})), 201, "")
	}
}

func TestTheSameSignerSignsOnce(t *testing.T) {
	const published = `{
	  "code": 600061,
	  "message": "A partner confirmed agreement already exists for the customer.",
	  "description": "A partner confirmed agreement already exists for the customer.",
	  "errorName": "PartnerConfirmedAgreementAlreadyExists",
	  "isRetryable": false,
	  "parameters": {},
	  "errorMessageExtended": "InternalErrorCode=600061"
	}`
	s := with()
	app := asApp(t, s)
	first := accepted(t, s, nil)
	once := app.do("POST", agreements, agreementBody(first, nil), "MS-RequestId", sub1)
	again := app.do("POST", agreements, agreementBody(first, nil), "MS-RequestId", sub1)
	want(t, "creation", once, 201, "")
	if string(once.Raw) != string(again.Raw) || again.Status != 201 || s.Applied(contoso, "agreements") != 1 {
		t.Errorf("a repeat of the request = %d %s", again.Status, again.Raw)
	}
	r := app.do("POST", agreements, agreementBody(first, nil))
	want(t, "the same attestation", r, 409, "600061")
	var g, w any
	_ = json.Unmarshal(r.Raw, &g)
	_ = json.Unmarshal([]byte(published), &w)
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("body of 600061 (-want +got):\n%s", diff)
	}
	want(t, "the same signer", app.do("POST", agreements, agreementBody(accepted(t, s, nil), nil)), 409, "600061")
	s.Agreement.Duplicate400 = true
	want(t, "with status 400", app.do("POST", agreements, agreementBody(first, nil)), 400, "600061")

	other := accepted(t, s, map[string]any{"signatoryPhoneNumber": "+31207654321"})
	contact := map[string]any{"primaryContact": signer("Ada", "Visser", "ada@contosobakery.example", "+31207654321")}
	want(t, "another phone", app.do("POST", agreements, agreementBody(other, contact)), 201, "")
}

func TestAnOldAgreementStandsInTheWayOfItsSigner(t *testing.T) {
	s := New(Customer{ID: contoso, Agreements: []Agreement{{
		Contact:    Contact{FirstName: "Ada", LastName: "Visser", Email: "ADA@contosobakery.example", Phone: "+31201234567"},
		DateAgreed: time.Date(2021, 5, 6, 0, 0, 0, 0, time.UTC),
	}}})
	want(t, "POST", asApp(t, s).do("POST", agreements, agreementBody(accepted(t, s, nil), nil)), 409, "600061")
}

func TestANewAgreementIsListedAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		s.Delays.Agreement = time.Minute
		app, user := asApp(t, s), asUser(t, s)
		id := accepted(t, s, nil)
		want(t, "creation", app.do("POST", agreements, agreementBody(id, nil)), 201, "")
		want(t, "again", app.do("POST", agreements, agreementBody(id, nil)), 409, "600061")
		if n := len(user.get(mcaList).items()); n != 0 {
			t.Errorf("%d agreements at once, want none", n)
		}
		time.Sleep(time.Minute)
		if n := len(user.get(mcaList).items()); n != 1 {
			t.Errorf("%d agreements after the delay, want one", n)
		}
		other := accepted(t, s, map[string]any{"signatoryPhoneNumber": nil})
		contact := map[string]any{"primaryContact": map[string]any{"firstName": "Ada", "lastName": "Visser", "email": "ada@contosobakery.example"}}
		want(t, "without a phone", app.do("POST", agreements, agreementBody(other, contact)), 201, "")
		s.Edit(contoso, func(c *Customer) { c.Agreements = append(c.Agreements, Agreement{}) })
		if n := len(user.get(mcaList).items()); n != 3 {
			t.Errorf("%d agreements after an edit, want three at once", n)
		}
	})
}

func TestAgreementsAreListedByType(t *testing.T) {
	at := func(year int) time.Time { return time.Date(year, 4, 5, 6, 7, 8, 900, time.UTC) }
	s := New(Customer{ID: contoso, Agreements: []Agreement{
		{Type: CloudAgreement, DateAgreed: at(2018)}, {DateAgreed: at(2020), TemplateID: FormerCustomerTemplate}, {DateAgreed: at(2024)},
	}})
	app, user := asApp(t, s), asUser(t, s)
	tests := []struct{ query, want string }{
		{"?agreementType=MicrosoftCustomerAgreement", "2020 2024"},
		{"?agreementType=microsoftcustomeragreement", "2020 2024"},
		{"?agreementType=MicrosoftCloudAgreement", "2018"},
		{"", "2018"},
		{"?agreementType=*", "2018 2020 2024"},
	}
	for _, tt := range tests {
		var years []string
		for _, v := range user.get(agreements + tt.query).items() {
			date, _ := v.(map[string]any)["dateAgreed"].(string)
			if _, err := time.Parse("2006-01-02T15:04:05", date); err != nil {
				t.Errorf("dateAgreed = %q, want no zone", date)
			}
			years = append(years, date[:4])
		}
		if got := strings.Join(years, " "); got != tt.want {
			t.Errorf("list %q has %q, want %q", tt.query, got, tt.want)
		}
	}
	want(t, "app", app.get(mcaList), 403, "900329")
	want(t, "app without a type", app.get(agreements), 403, "900329")
	want(t, "unknown type", user.get(agreements+"?agreementType=Lease"), 400, "3000")
	want(t, "unknown parameter", user.get(agreements+"?type=*"), 501, "501")
	s.Edit(contoso, func(c *Customer) { c.Agreements = nil })
	if r := user.get(mcaList); r.Status != 200 || string(r.Raw) != `{"items":[],"totalCount":0}` {
		t.Errorf("none = %d %s", r.Status, r.Raw)
	}
	s.Agreement.NoneIs404 = true
	want(t, "none", user.get(mcaList), 404, "")
}

func TestDirectAcceptanceIsReadByUsers(t *testing.T) {
	s := New(Customer{ID: contoso, DirectlySigned: true})
	const path = "/v1/customers/" + contoso + "/directSignedMicrosoftCustomerAgreementStatus"
	want(t, "app", asApp(t, s).get(path), 403, "900329")
	if r := asUser(t, s).get(path); string(r.Raw) != `{"isSigned":true}` {
		t.Errorf("user = %d %s", r.Status, r.Raw)
	}
	s.Edit(contoso, func(c *Customer) { c.Relationship = "none" })
	want(t, "after the relationship", asUser(t, s).get(path), 403, "20002")
	want(t, "list after the relationship", asUser(t, s).get(mcaList), 403, "20002")
}

func TestATemplateIsFoundByTypeAndRank(t *testing.T) {
	s := with()
	user := asUser(t, s)
	want(t, "app", asApp(t, s).get("/v1/agreements?agreementType=*"), 403, "900329")
	ids := func(query string) (ids []string, best string) {
		rank := ""
		for _, v := range user.get("/v1/agreements" + query).items() {
			m := v.(map[string]any)
			ids = append(ids, m["templateId"].(string))
			if r := fmt.Sprint(m["versionRank"]); r > rank {
				best, rank = m["templateId"].(string), r
			}
		}
		return ids, best
	}
	if all, best := ids("?agreementType=MicrosoftCustomerAgreement"); len(all) < 2 || all[0] == CustomerTemplate || best != CustomerTemplate {
		t.Errorf("templates = %v, best %s: want several, and not the best one first", all, best)
	}
	if all, _ := ids(""); len(all) != 1 || all[0] != CloudTemplate {
		t.Errorf("templates without a type = %v, want that of the cloud agreement", all)
	}
}

func TestATemplateIsDownloaded(t *testing.T) {
	s := with()
	user := asUser(t, s)
	const path = "/v1/agreementtemplates/" + CustomerTemplate + "/document"
	want(t, "app", asApp(t, s).get(path), 403, "900329")
	tests := []struct {
		path              string
		status            int
		language, country string
	}{
		{path, 200, "en-US", "US"},
		{path + "?language=nl-NL&country=NL", 200, "nl-NL", "NL"},
		{path + "?language=de-DE&country=AT", 200, "de-DE", "AT"},
		{path + "?language=nl-NL&country=AT", 400, "", ""},
		{path + "?country=nl", 400, "", ""},
		{path + "?language=dutch&country=NL", 400, "", ""},
		{strings.ToUpper(path), 404, "", ""},
		{path + "?format=pdf", 501, "", ""},
	}
	for _, tt := range tests {
		r := user.get(tt.path)
		language, _ := r.JSON["language"].(string)
		country, _ := r.JSON["country"].(string)
		if r.Status != tt.status || language != tt.language || country != tt.country {
			t.Errorf("GET %s = %d %s, want %d for %s in %s", tt.path, r.Status, r.Raw, tt.status, tt.language, tt.country)
		}
	}
	if a, b := user.get(path).JSON["downloadUri"], user.get(path).JSON["downloadUri"]; a == nil || a == b {
		t.Errorf("downloadUri = %v twice, want a new one each time", a)
	}
}

func TestOnlyACustomerWithAnAgreementBuys(t *testing.T) {
	date := func(year int, month time.Month, day int) []Agreement {
		return []Agreement{{DateAgreed: time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}}
	}
	const order = `{"billingCycle":"monthly","lineItems":[{"lineItemNumber":0,"offerId":"CFQ7TTC0LH18:0001:CFQ7TTC0K971","quantity":2}]}`
	tests := []struct {
		name     string
		customer Customer
		body     string
		status   int
		code     string
	}{
		{"nothing", Customer{}, order, 403, "13605"},
		{"too old", Customer{Agreements: date(2023, 3, 31)}, order, 403, "13605"},
		{"young enough", Customer{Agreements: date(2023, 4, 1)}, order, 201, ""},
		{"direct", Customer{DirectlySigned: true}, order, 201, ""},
		{"cloud agreement", Customer{Agreements: []Agreement{{Type: CloudAgreement, DateAgreed: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)}}}, order, 403, "13605"},
		{"no lines", Customer{DirectlySigned: true}, `{}`, 400, "3000"},
		{"no offer", Customer{DirectlySigned: true}, `{"lineItems":[{"quantity":1}]}`, 400, "3000"},
		{"no quantity", Customer{DirectlySigned: true}, `{"lineItems":[{"offerId":"A:B:C"}]}`, 400, "3000"},
		{"another customer", Customer{DirectlySigned: true}, `{"referenceCustomerId":"` + fabrikam + `",` + order[1:], 400, "3000"},
		{"not an object", Customer{DirectlySigned: true}, `[]`, 400, "3000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.customer.ID = contoso
			s := New(tt.customer)
			c := asApp(t, s)
			r := c.do("POST", "/v1/customers/"+contoso+"/orders", tt.body)
			want(t, "POST", r, tt.status, tt.code)
			if got := len(s.State(contoso).Orders) == 1; got != (tt.status == 201) {
				t.Errorf("order exists = %t", got)
			}
			if tt.status == 201 {
				want(t, "read", c.get("/v1/customers/"+contoso+"/orders/"+r.JSON["id"].(string)), 200, "")
			}
		})
	}
}

func TestDemoHoldsEveryStateOfTheAgreement(t *testing.T) {
	s := New(Demo()...)
	user := asUser(t, s)
	got := map[string]int{}
	for _, c := range Demo() {
		list := user.get("/v1/customers/" + c.ID + "/agreements?agreementType=MicrosoftCustomerAgreement").items()
		direct := user.get("/v1/customers/" + c.ID + "/directSignedMicrosoftCustomerAgreementStatus").JSON["isSigned"] == true
		newest := ""
		for _, v := range list {
			newest = max(newest, v.(map[string]any)["dateAgreed"].(string))
		}
		switch {
		case direct:
			got["direct"]++
		case newest >= "2023-04-01":
			got["confirmed"]++
		case newest != "":
			got["too old"]++
		default:
			got["none"]++
		}
	}
	if diff := cmp.Diff(map[string]int{"direct": 1, "confirmed": 2, "too old": 1, "none": 5}, got); diff != "" {
		t.Errorf("customers of the demo (-want +got):\n%s", diff)
	}
}
