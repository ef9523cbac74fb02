package customers_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

const (
	requestID = "3c5c1f5e-31d3-4d6c-9e6e-6f0a5c4d3b2a"
	rulesNL   = `{"iso2Code":"NL","isCityRequired":true}`
	made      = `{"id":"b44bb1fb-c595-45b0-9e09-d657365580bf","relationshipToPartner":"none","userCredentials":{"userName":"admin","password":"=;;n.=s9Z-secret"}}`
)

func TestCreate(t *testing.T) {
	fake := partnercentertest.New()
	s := emulated(t, fake)
	n := visser()
	n.CompanyName, n.DefaultAddress.City, n.DefaultAddress.LastName = " Fabrikam BV\t", "Amsterdam ", "Visser "
	created, err := s.Create(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"GET /v1/countryvalidationrules/NL", "HEAD /v1/domains/" + n.Domain, "POST /v1/customers"}
	if diff := cmp.Diff(want, calls(fake)); diff != "" {
		t.Errorf("Create sends (-want +got):\n%s", diff)
	}
	secrets := fake.Secrets()
	if c := created.UserCredentials; c.UserName != "admin" || c.Password.Reveal() != secrets[len(secrets)-1] {
		t.Errorf("Create returns credentials of %s that are not those of the tenant", c.UserName)
	}
	if created.Relationship != customers.None || created.CompanyProfile.CompanyName != "Fabrikam BV" {
		t.Errorf("Create returns %+v", created)
	}
	got, err := s.Get(t.Context(), created.ID)
	if err != nil || got.Relationship != customers.Reseller || got.CompanyProfile.Domain != n.Domain {
		t.Errorf("Get = %+v, %v, want a customer of a reseller", got, err)
	}
	b, err := s.BillingProfile(t.Context(), created.ID)
	if err != nil || b.DefaultAddress != visser().DefaultAddress || b.Email != n.Email {
		t.Errorf("BillingProfile of the new customer differs: %v", err)
	}
}

func TestCreateSendsWhatThePageShows(t *testing.T) {
	n := visser()
	n.OrganizationRegistrationNumber, n.AssociatedPartnerID = "optional", "indirect provider only"
	n.OwnDomains, n.Placeholders = []string{"partner.example"}, []string{"nemo"}
	s, w := service(t, wiretest.Reply{Status: 200, Body: rulesNL}, wiretest.Reply{Status: 404}, wiretest.Reply{Status: 201, Body: made})
	if _, err := s.Create(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := errors.Join(json.Unmarshal([]byte(file(t, "create-a-customer")), &want), json.Unmarshal([]byte(w.Last().Body), &got)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" || w.Last().Token != "user" {
		t.Errorf("Create for a reseller sends as %s (-want +got):\n%s", w.Last().Token, diff)
	}

	s, w = service(t, wiretest.Reply{Status: 200, Body: rulesNL}, wiretest.Reply{Status: 404}, wiretest.Reply{Status: 201, Body: made})
	if _, err := s.Create(t.Context(), visser()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(w.Last().Body, "associatedPartnerId") || strings.Contains(w.Last().Body, "organizationRegistrationNumber") || w.Last().Token != "app" {
		t.Errorf("Create of a direct customer sends %s as %s", w.Last().Body, w.Last().Token)
	}
}

func TestCreateSendsNothingThatCannotSucceed(t *testing.T) {
	tests := []struct {
		name  string
		with  func(*customers.NewCustomer)
		calls int // before it gives up
		want  error
		text  string
	}{
		{"all problems at once", func(n *customers.NewCustomer) {
			n.CompanyName, n.DefaultAddress.FirstName, n.Email, n.Domain, n.Culture, n.DefaultAddress.Country = "LLC", "test", "a@partner.example", "fabrikam", "", "nl"
			n.OwnDomains = []string{"partner.example"}
		}, 0, customers.ErrCompanyInfo, "R6 R11 R16 domain required country"},
		{"no registration number", func(n *customers.NewCustomer) {
			n.DefaultAddress.Country, n.DefaultAddress.PhoneNumber = "BR", ""
		}, 0, customers.ErrCompanyInfo, "registration_number"},
		{"another country's postal code", func(n *customers.NewCustomer) { n.DefaultAddress.PostalCode = "98052" }, 1, customers.ErrCompanyInfo, "postal_code"},
		{"no state", func(n *customers.NewCustomer) {
			n.DefaultAddress.Country, n.DefaultAddress.PostalCode, n.DefaultAddress.PhoneNumber = "US", "98052", "4255550101"
		}, 1, customers.ErrCompanyInfo, "state"},
		{"a domain that is taken", func(n *customers.NewCustomer) { n.Domain = "Contoso.example" }, 2, customers.ErrDomainTaken, "taken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fake := partnercentertest.New(partnercentertest.Customer{ID: string(contoso), Domain: "contoso.example"})
			n := visser()
			tt.with(&n)
			created, err := emulated(t, fake).Create(t.Context(), n)
			if created != nil || !errors.Is(err, tt.want) || !partnercenter.NotSent(err) || partnercenter.OutcomeUnknown(err) {
				t.Fatalf("Create = %v, %v, want %v of what was not sent", created, err, tt.want)
			}
			for word := range strings.FieldsSeq(tt.text) {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("Create error = %v, want it to mention %s", err, word)
				}
			}
			if got := calls(fake); len(got) != tt.calls {
				t.Errorf("Create sends %v, want %d requests", got, tt.calls)
			}
			for _, value := range []string{n.DefaultAddress.LastName, n.Email, n.DefaultAddress.PostalCode} {
				if strings.Contains(err.Error(), value) {
					t.Errorf("Create error = %v repeats %q", err, value)
				}
			}
		})
	}
}

func TestCreateForAResellerNeedsAUser(t *testing.T) {
	w := &wiretest.Wire{Replies: []wiretest.Reply{{Status: 200, Body: rulesNL}}}
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("app")}, partnercenter.WithTransport(w))
	if err != nil {
		t.Fatal(err)
	}
	n := visser()
	n.AssociatedPartnerID = "4847383"
	if _, err := customers.New(client).Create(t.Context(), n); !errors.Is(err, partnercenter.ErrMissingCredential) || len(w.Sent) != 0 {
		t.Errorf("Create = %v after %d requests, want ErrMissingCredential and none", err, len(w.Sent))
	}
}

// The answer is lost, and so are those to all retries. The repeat is given the
// id, and finds the customer that the first attempt created.
func TestALostAnswerIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New()
		fake.Inject(partnercentertest.Fault{Method: "POST", Path: "/v1/customers", Times: 5, Cut: true})
		s := emulated(t, fake)
		_, err := s.Create(t.Context(), visser())
		e, ok := errors.AsType[*partnercenter.Error](err)
		if !ok || !partnercenter.OutcomeUnknown(err) {
			t.Fatalf("Create with every answer lost = %v, want an Error of unknown outcome", err)
		}
		if _, err := s.Create(t.Context(), visser()); !errors.Is(err, customers.ErrDomainTaken) {
			t.Errorf("Create under a new id = %v, want ErrDomainTaken", err)
		}
		before := len(fake.Requests())
		created, err := s.Create(t.Context(), visser(), partnercenter.RequestID(e.RequestID))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range fake.Requests()[before:] {
			if r.Method == "HEAD" {
				t.Error("the repeat asks for the domain, which is its own")
			}
		}
		n := 0
		for c, err := range s.All(t.Context(), customers.ListOptions{}) {
			if n++; err != nil || c.ID != created.ID {
				t.Errorf("All yields %v, %v, want only %s", c, err, created.ID)
			}
		}
		if n != 1 || created.UserCredentials.Password.Reveal() == "" {
			t.Errorf("there are %d customers, want 1, with a password", n)
		}
	})
}

func TestCreateFailures(t *testing.T) {
	good, free := wiretest.Reply{Status: 200, Body: rulesNL}, wiretest.Reply{Status: 404}
	tests := []struct {
		name    string
		replies []wiretest.Reply
		want    error
		unknown bool
	}{
		{"no rules", []wiretest.Reply{{Status: 503}}, partnercenter.ErrTransient, false},
		{"rules that are no object", []wiretest.Reply{{Status: 200, Body: `[]`}}, partnercenter.ErrUnexpectedAnswer, false},
		{"no word on the domain", []wiretest.Reply{good, {Status: 500}}, partnercenter.ErrTransient, false},
		{"a domain in use", []wiretest.Reply{good, {Status: 200}}, customers.ErrDomainTaken, false},
		{"no answer", []wiretest.Reply{good, free, {Status: 503}}, partnercenter.ErrTransient, true},
		{"throttled", []wiretest.Reply{good, free, {Status: 429}}, partnercenter.ErrThrottled, true},
		{"forbidden", []wiretest.Reply{good, free, {Status: 403, Body: `{"code":900308}`}}, partnercenter.ErrForbidden, false},
		{"sandbox is full", []wiretest.Reply{good, free, {Status: 400, Body: `{"code":800018}`}}, partnercenter.ErrLimitReached, false},
		{"refused", []wiretest.Reply{good, free, {Status: 400, Body: `{"code":600002}`}, free}, partnercenter.ErrValidation, false},
		{"refused, and then no word", []wiretest.Reply{good, free, {Status: 400, Body: `{"code":600002}`}, {Status: 500}}, partnercenter.ErrValidation, false},
		{"refused, since the domain is taken by now", []wiretest.Reply{good, free, {Status: 400, Body: `{"code":3000}`}, {Status: 200}}, customers.ErrDomainTaken, false},
		{"empty", []wiretest.Reply{good, free, {Status: 201}}, partnercenter.ErrUnexpectedAnswer, true},
		{"no id", []wiretest.Reply{good, free, {Status: 201, Body: `{"userCredentials":{}}`}}, partnercenter.ErrUnexpectedAnswer, true},
		{"null", []wiretest.Reply{good, free, {Status: 201, Body: `null`}}, partnercenter.ErrUnexpectedAnswer, true},
		{"cut short", []wiretest.Reply{good, free, {Status: 201, Body: made[:40]}}, partnercenter.ErrUnexpectedAnswer, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, w := service(t, tt.replies...)
			created, err := s.Create(t.Context(), visser())
			if created != nil || !errors.Is(err, tt.want) || partnercenter.OutcomeUnknown(err) != tt.unknown || len(w.Sent) != len(tt.replies) {
				t.Errorf("Create = %v, %v (outcome unknown %t) after %d requests, want %v (%t) after %d",
					created, err, partnercenter.OutcomeUnknown(err), len(w.Sent), tt.want, tt.unknown, len(tt.replies))
			}
			if errors.Is(err, customers.ErrDomainTaken) != (tt.want == customers.ErrDomainTaken) {
				t.Errorf("Create = %v, want ErrDomainTaken only where the service says so", err)
			}
			if _, ok := errors.AsType[*partnercenter.Error](err); !ok && tt.unknown {
				t.Errorf("Create = %#v, want an Error with the request id", err)
			}
		})
	}
}

func TestCreateReadsEverySpelling(t *testing.T) {
	for _, body := range []string{
		made,
		"\xef\xbb\xbf" + `{"Id":"B44BB1FB-C595-45B0-9E09-D657365580BF","RelationshipToPartner":"None","UserCredentials":{"UserName":"admin","Password":"=;;n.=s9Z-secret"},"New":1}`,
	} {
		s, w := service(t, wiretest.Reply{Status: 200, Body: rulesNL}, wiretest.Reply{Status: 201, Body: body})
		created, err := s.Create(t.Context(), visser(), partnercenter.RequestID(requestID))
		if err != nil {
			t.Fatal(err)
		}
		if created.ID != fabrikam || created.UserCredentials.Password.Reveal() != "=;;n.=s9Z-secret" || w.Last().Header.Get("MS-RequestId") != requestID {
			t.Errorf("Create returns %+v of %s", created, body)
		}
	}
	s, _ := service(t, wiretest.Reply{Status: 200, Body: rulesNL}, wiretest.Reply{Status: 404}, wiretest.Reply{Status: 201, Body: `{"id":"x","userCredentials":null}`})
	if created, err := s.Create(t.Context(), visser()); err != nil || created.ID != "x" || created.UserCredentials != (customers.UserCredentials{}) {
		t.Errorf("Create of an answer without credentials = %+v, %v, want the customer", created, err)
	}
}

func TestThePasswordIsNeverPrinted(t *testing.T) {
	const password = "=;;n.=s9Z-secret"
	s, _ := service(t, wiretest.Reply{Status: 200, Body: rulesNL}, wiretest.Reply{Status: 404}, wiretest.Reply{Status: 201, Body: made})
	created, err := s.Create(t.Context(), visser())
	if err != nil {
		t.Fatal(err)
	}
	c := created.UserCredentials
	if c.Password.Reveal() != password {
		t.Fatal("the password is not there at all")
	}
	var out strings.Builder
	for _, v := range []any{created, *created, &c, c, []any{created}, map[string]any{"c": *created}, struct{ C *customers.Created }{created}, struct{ c *customers.Created }{created}, struct{ c any }{*created}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(data)
		var log bytes.Buffer
		for _, h := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
			slog.New(h).Info("created", "customer", v)
		}
		out.Write(log.Bytes())
	}
	for _, form := range []string{password, fmt.Sprintf("%x", password), strings.Trim(fmt.Sprint([]byte(password)), "[]")} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the password shows as %q", form)
		}
	}
	if !strings.Contains(out.String(), "REDACTED") {
		t.Error("nothing says REDACTED")
	}
}

func TestARefusalRepeatsNoPerson(t *testing.T) {
	n := visser()
	refusal := wiretest.Reply{Status: 400, Body: jsonOf(t, map[string]any{"code": 600050, "description": "Ada Visser of Damrak 1, 1012LG, at 020 1234567 and ops@fabrikam.example is not valid."})}
	n.DefaultAddress.PhoneNumber = "020 1234567"
	s, _ := service(t, wiretest.Reply{Status: 200, Body: rulesNL}, wiretest.Reply{Status: 404}, refusal, wiretest.Reply{Status: 404})
	_, err := s.Create(t.Context(), n)
	if err == nil || !strings.Contains(err.Error(), "is not valid") {
		t.Fatalf("Create = %v, want the service's words", err)
	}
	for _, person := range []string{"Ada", "Visser", "Damrak", "1012LG", "1234567", "ops@"} {
		if strings.Contains(err.Error(), person) {
			t.Errorf("Create error = %v repeats %q", err, person)
		}
	}
}
