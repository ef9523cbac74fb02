package partnercentertest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	. "github.com/cspkit/cspkit/partnercentertest"
	"github.com/google/go-cmp/cmp"
)

// newCustomer returns the body of a creation in which f has changed something.
func newCustomer(t *testing.T, f func(body, company, billing, address map[string]any)) string {
	t.Helper()
	address := map[string]any{
		"firstName": "Ada", "lastName": "Visser", "addressLine1": "Damrak 1", "city": "Amsterdam", "state": "",
		"postalCode": "1012LG", "country": "NL", "phoneNumber": "+31201234567",
	}
	company := map[string]any{"domain": "fabrikamtest01.onmicrosoft.com"}
	billing := map[string]any{
		"culture": "en-US", "email": "ops@fabrikam.example", "language": "en", "companyName": "Fabrikam BV", "defaultAddress": address,
	}
	body := map[string]any{"enableGDAPByDefault": false, "companyProfile": company, "billingProfile": billing}
	f(body, company, billing, address)
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func asItIs(body, company, billing, address map[string]any) {}

func TestACreatedCustomerIsThere(t *testing.T) {
	s := with()
	c := asApp(t, s)
	r := c.do("POST", "/v1/customers", newCustomer(t, asItIs))
	want(t, "POST", r, 201, "")
	id, _ := r.JSON["id"].(string)
	credentials, _ := r.JSON["userCredentials"].(map[string]any)
	password, _ := credentials["password"].(string)
	if credentials["userName"] != "admin" || password == "" || !slices.Contains(s.Secrets(), password) {
		t.Errorf("the credentials are %v, want a password that is one of the secrets", credentials)
	}
	if r.JSON["relationshipToPartner"] != "none" {
		t.Errorf("relationshipToPartner = %v, want none as in Microsoft's sample", r.JSON["relationshipToPartner"])
	}
	read := c.get("/v1/customers/" + id)
	billing, _ := read.JSON["billingProfile"].(map[string]any)
	if read.JSON["relationshipToPartner"] != "reseller" || read.JSON["userCredentials"] != nil || billing["email"] != "ops@fabrikam.example" {
		t.Errorf("GET = %s, want a customer with its billing profile and without credentials", read.Raw)
	}
	if got := len(c.get("/v1/customers").items()); got != 2 {
		t.Errorf("the list has %d customers, want 2", got)
	}
	want(t, "the domain", c.do("HEAD", "/v1/domains/FabrikamTest01.onmicrosoft.com", ""), 200, "")
	if got := s.State(id); got.Company != "Fabrikam BV" || got.Country != "NL" {
		t.Errorf("State() = %+v", got)
	}
}

func TestARepeatedCreationCreatesOneCustomer(t *testing.T) {
	s := with()
	c := asApp(t, s)
	const id = "3c5c1f5e-31d3-4d6c-9e6e-6f0a5c4d3b2a"
	one := c.do("POST", "/v1/customers", newCustomer(t, asItIs), "MS-RequestId", id)
	two := c.do("POST", "/v1/customers", newCustomer(t, asItIs), "MS-RequestId", id)
	if diff := cmp.Diff(one.JSON, two.JSON); diff != "" || two.Status != 201 {
		t.Errorf("the second answer is another one:\n%s", diff)
	}
	want(t, "another creation", c.do("POST", "/v1/customers", newCustomer(t, asItIs)), 400, "3000") // the domain is taken
	if got := len(c.get("/v1/customers").items()); got != 2 {
		t.Errorf("the list has %d customers, want 2", got)
	}
}

func TestACreationIsRefused(t *testing.T) {
	tests := []struct {
		name   string
		f      func(body, company, billing, address map[string]any)
		status int
		code   string
	}{
		{"without a billing profile", func(b, _, _, _ map[string]any) { delete(b, "billingProfile") }, 400, "3000"},
		{"without an address", func(_, _, b, _ map[string]any) { delete(b, "defaultAddress") }, 400, "3000"},
		{"without a company profile", func(b, _, _, _ map[string]any) { delete(b, "companyProfile") }, 400, "3000"},
		{"without an e-mail address", func(_, _, b, _ map[string]any) { delete(b, "email") }, 400, "3000"},
		{"with a blank company name", func(_, _, b, _ map[string]any) { b["companyName"] = " " }, 400, "3000"},
		{"without a first name", func(_, _, _, a map[string]any) { delete(a, "firstName") }, 400, "3000"},
		{"with a long last name", func(_, _, _, a map[string]any) { a["lastName"] = strings.Repeat("x", 51) }, 400, "3000"},
		{"with the longest last name", func(_, _, _, a map[string]any) { a["lastName"] = strings.Repeat("é", 50) }, 201, ""},
		{"with a long street", func(_, _, _, a map[string]any) { a["addressLine1"] = strings.Repeat("x", 201) }, 400, "3000"},
		{"with a state in words", func(_, _, _, a map[string]any) { a["state"] = "Noord-Holland" }, 400, "3000"},
		{"with a long city", func(_, _, _, a map[string]any) { a["city"] = strings.Repeat("x", 256) }, 400, "3000"},
		{"with the longest city", func(_, _, _, a map[string]any) { a["city"] = strings.Repeat("x", 255) }, 201, ""},
		{"with a number for a city", func(_, _, _, a map[string]any) { a["city"] = 7 }, 400, "3000"},
		{"with a country in small letters", func(_, _, _, a map[string]any) { a["country"] = "nl" }, 400, "3000"},
		{"with a postal code of elsewhere", func(_, _, _, a map[string]any) { a["postalCode"] = "98052" }, 400, "3000"},
		{"with a phone number in words", func(_, _, _, a map[string]any) { a["phoneNumber"] = "call me" }, 400, "3000"},
		{"in a country that the emulator lacks", func(_, _, _, a map[string]any) { a["country"] = "FR" }, 501, "501"},
		{"without a state in America", func(_, _, _, a map[string]any) { a["country"], a["postalCode"] = "US", "98052" }, 400, "3000"},
		{"without a registration number in India", func(_, _, _, a map[string]any) { a["country"], a["postalCode"], a["state"] = "IN", "110001", "DL" }, 400, "600002"},
		{"with one", func(_, c, _, a map[string]any) {
			a["country"], a["postalCode"], a["state"], c["organizationRegistrationNumber"] = "IN", "110001", "DL", "12345"
		}, 201, ""},
		{"with a domain that is taken", func(_, c, _, _ map[string]any) { c["domain"] = "ContosoBakery.example" }, 400, "3000"},
		{"without a domain", func(_, c, _, _ map[string]any) { delete(c, "domain") }, 400, "3000"},
		{"for a reseller without a user", func(b, _, _, _ map[string]any) { b["associatedPartnerId"] = "4847383" }, 403, "900329"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := with()
			s.Resellers = []Reseller{{ID: fabrikam, Name: "Fabrikam Resale", MPNID: "4847383"}}
			c := asApp(t, s)
			want(t, "POST", c.do("POST", "/v1/customers", newCustomer(t, tt.f)), tt.status, tt.code)
			if created := len(c.get("/v1/customers").items()) == 2; created != (tt.status == 201) {
				t.Errorf("created = %t after status %d", created, tt.status)
			}
		})
	}
	want(t, "no object", asApp(t, with()).do("POST", "/v1/customers", "[]"), 400, "3000")
	want(t, "two spellings", asApp(t, with()).do("POST", "/v1/customers", `{"a":1,"A":2}`), 400, "3000")
}

func TestACreationMayBeSpelledInPascalCase(t *testing.T) {
	body := newCustomer(t, asItIs)
	for _, word := range []string{"companyProfile", "domain", "billingProfile", "defaultAddress", "firstName", "email", "country"} {
		body = strings.ReplaceAll(body, `"`+word+`"`, `"`+strings.ToUpper(word[:1])+word[1:]+`"`)
	}
	want(t, "POST", asApp(t, with()).do("POST", "/v1/customers", body), 201, "")
}

func TestACustomerOfAReseller(t *testing.T) {
	s := New(Customer{ID: contoso, Company: "Contoso Bakery"})
	s.Resellers = []Reseller{{ID: fabrikam, Name: "Fabrikam Resale", MPNID: "4847383"}, {ID: sub1, Name: "Proseware", MPNID: "7"}}
	c := asUser(t, s)
	stranger := newCustomer(t, func(b, _, _, _ map[string]any) { b["associatedPartnerId"] = "1" })
	want(t, "POST for a stranger", c.do("POST", "/v1/customers", stranger), 400, "3000")
	r := c.do("POST", "/v1/customers", newCustomer(t, func(b, _, _, _ map[string]any) { b["associatedPartnerId"] = "4847383" }))
	want(t, "POST", r, 201, "")
	if r.JSON["relationshipToPartner"] != "reseller" || r.JSON["associatedPartnerId"] != "4847383" {
		t.Errorf("POST = %s, want the reseller's PartnerID", r.Raw)
	}
	id := fmt.Sprint(r.JSON["id"])
	list := c.get("/v1/customers/" + id + "/relationships").items()
	if len(list) != 1 || list[0].(map[string]any)["id"] != fabrikam || list[0].(map[string]any)["relationshipType"] != "is_indirect_cloud_solution_provider_of" {
		t.Errorf("relationships of the customer = %v", list)
	}
	if list := c.get("/v1/customers/" + contoso + "/relationships").items(); len(list) != 0 {
		t.Errorf("relationships of a direct customer = %v, want none", list)
	}
	for kind, n := range map[string]int{"IsIndirectCloudSolutionProviderOf": 2, "isindirectresellerof": 0} {
		if r := c.get("/v1/relationships?relationship_type=" + kind); r.Status != 200 || len(r.items()) != n {
			t.Errorf("relationships of type %s = %d %s, want %d", kind, r.Status, r.Raw, n)
		}
	}
	want(t, "no type", c.get("/v1/relationships"), 400, "3000")
	app := asApp(t, s)
	for _, path := range []string{"/v1/relationships?relationship_type=IsIndirectResellerOf", "/v1/customers/" + id + "/relationships", "/v1/customers/relationshiprequests"} {
		want(t, path+" without a user", app.get(path), 403, "900329")
	}
	if r := c.get("/v1/customers/relationshiprequests"); !strings.HasPrefix(fmt.Sprint(r.JSON["url"]), "https://admin.microsoft.com/") {
		t.Errorf("relationshiprequests = %d %s", r.Status, r.Raw)
	}
}

func TestCustomersAreSearched(t *testing.T) {
	s := New(
		Customer{ID: contoso, Company: "Contoso Bakery", Domain: "contosobakery.example", Reseller: sub1},
		Customer{ID: fabrikam, Company: "Contoso Café", Domain: "cafe.example"},
		Customer{ID: sub2, Company: "The Contoso", Domain: "the.example"},
	)
	s.Resellers = []Reseller{{ID: sub1, Name: "Proseware", MPNID: "7"}}
	c := asUser(t, s)
	search := func(c *client, size int, filter string) reply {
		return c.get(fmt.Sprintf("/v1/customers?size=%d&filter=%s", size, url.QueryEscape(filter)))
	}
	for filter, n := range map[string]int{
		`{"Field":"CompanyName","Value":"contoso","Operator":"starts_with"}`:             2,
		`{"field":"companyname","value":"CONTOSO C","operator":"Starts_With"}`:           1,
		`{"Field":"Domain","Value":"cafe","Operator":"starts_with"}`:                     1,
		`{"Field":"IndirectReseller","Value":"` + sub1 + `","Operator":"starts_with"}`:   1,
		`{"Field":"IndirectCloudSolutionProvider","Value":"a","Operator":"starts_with"}`: 0,
	} {
		if r := search(c, 500, filter); r.Status != 200 || len(r.items()) != n {
			t.Errorf("filter %s = %d %s, want %d customers", filter, r.Status, r.Raw, n)
		}
	}
	for _, bad := range []string{
		``, `x`, `[]`, `{"Field":"CompanyName","Value":"a"}`, `{"Field":"CompanyName","Value":"","Operator":"starts_with"}`,
		`{"Field":"CompanyName","Value":"a","Operator":"equals"}`, `{"Field":"Phone","Value":"a","Operator":"starts_with"}`,
		`{"Field":"CompanyName","Value":"a","Operator":"starts_with","More":1}`,
	} {
		want(t, "filter "+bad, search(c, 500, bad), 400, "3000")
	}
	want(t, "reseller without a user", search(asApp(t, s), 500, `{"Field":"IndirectReseller","Value":"1","Operator":"starts_with"}`), 403, "900329")

	r := search(c, 1, `{"Field":"CompanyName","Value":"contoso","Operator":"starts_with"}`)
	path, header := next(r)
	if len(r.items()) != 1 || path == "" {
		t.Fatalf("first page = %s", r.Raw)
	}
	r = c.do("GET", path, "", "MS-ContinuationToken", header)
	if again, _ := next(r); len(r.items()) != 1 || again != "" {
		t.Errorf("second page = %s", r.Raw)
	}
}
