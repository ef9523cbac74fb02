package partnercentertest_test

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/cspkit/cspkit/partnercentertest"
)

func TestADomainIsTakenOrFree(t *testing.T) {
	s := with()
	s.Sandbox = true
	c := asUser(t, s)
	for domain, status := range map[string]int{"contosobakery.example": 200, "CONTOSOBAKERY.EXAMPLE": 200, "bakery.example": 404} {
		if r := c.do("HEAD", "/v1/domains/"+domain, ""); r.Status != status || len(r.Raw) != 0 {
			t.Errorf("HEAD %s = %d %q, want an empty %d", domain, r.Status, r.Raw, status)
		}
	}
	want(t, "removal", c.do("PATCH", "/v1/customers/"+contoso, removal), 200, "")
	if r := c.do("HEAD", "/v1/domains/contosobakery.example", ""); r.Status != 200 {
		t.Errorf("HEAD after the removal = %d, want 200: the tenant is still there", r.Status)
	}
	want(t, "DELETE", c.do("DELETE", "/v1/customers/"+contoso, ""), 204, "")
	if r := c.do("HEAD", "/v1/domains/contosobakery.example", ""); r.Status != 404 {
		t.Errorf("HEAD after the deletion = %d, want 404", r.Status)
	}
	if r := c.do("HEAD", "/v1/domains/"+contoso+"/more", ""); r.Status != 501 || len(r.Raw) != 0 {
		t.Errorf("HEAD of what there is not = %d %q, want an empty 501", r.Status, r.Raw)
	}
}

func TestCountryRulesComeInBothSpellings(t *testing.T) {
	for old, lists := range map[bool][2]string{false: {"states", "supportedCultures"}, true: {"supportedStatesList", "supportedCulturesList"}} {
		s := New()
		s.OldCountryRules = old
		c := asApp(t, s)
		for _, code := range []string{"NL", "US", "DE", "GB", "BR", "IN", "JP"} {
			r := c.get("/v1/CountryValidationRules/" + code)
			want(t, code, r, 200, "")
			for _, name := range lists {
				list, isList := r.JSON[name].([]any)
				if object, ok := r.JSON[name].(map[string]any); ok {
					list, isList = object["value"].([]any)
				}
				if _, isObject := r.JSON[name].(map[string]any); !isList || isObject == old || name != lists[0] && len(list) == 0 {
					t.Errorf("%s: %s = %v, want a list", code, name, r.JSON[name])
				}
			}
			if r.JSON["iso2Code"] != code || r.JSON["isStateRequired"] != strings.Contains("US BR IN", code) {
				t.Errorf("%s = %s", code, r.Raw)
			}
		}
		want(t, "small letters", c.get("/v1/countryvalidationrules/nl"), 400, "3000")
		if r := c.get("/v1/countryvalidationrules/FR"); r.Status != 501 || !strings.Contains(string(r.Raw), "BR, DE, GB") {
			t.Errorf("FR = %d %s, want 501 with a hint", r.Status, r.Raw)
		}
	}
}

func TestAddressesAreValidated(t *testing.T) {
	const damrak = `{"addressLine1":"Damrak 1","city":"Amsterdam","postalCode":"1012LG","country":"NL"}`
	tests := []struct {
		body   string
		status int
		want   string // status of the address, or an error code
	}{
		{damrak, 200, "VerifiedShippable"},
		{strings.Replace(damrak, "1012LG", "98052", 1), 200, "None"},
		{`{"AddressLine1":"One Way","City":"Redmond","State":"WA","PostalCode":"98052","Country":"US"}`, 200, "VerifiedShippable"},
		{`{"addressLine1":"One Way","city":"Redmond","state":"XX","postalCode":"98052","country":"US"}`, 200, "InteractionRequired"},
		{`{"addressLine1":"One Way","city":"Redmond","postalCode":"98052","country":"us"}`, 400, "3000"},
		{`{"city":"Redmond","postalCode":"98052","country":"US"}`, 400, "3000"},
		{strings.Replace(damrak, "{", `{"firstName":"Ada",`, 1), 400, "3000"},
		{strings.Replace(damrak, "NL", "FR", 1), 501, "501"},
		{`[`, 400, "3000"},
	}
	c := asApp(t, New())
	for _, tt := range tests {
		r := c.do("POST", "/v1/validations/address", tt.body)
		got := fmt.Sprint(r.JSON["status"])
		if r.Status != 200 {
			got = r.code()
		}
		if r.Status != tt.status || got != tt.want {
			t.Errorf("POST %s = %d %s, want %d with %s", tt.body, r.Status, r.Raw, tt.status, tt.want)
		}
	}
}

func TestContractsComeInPages(t *testing.T) {
	s := New(many(5)...)
	s.PageSize = 2
	s.Edit("00000000-0000-4000-9000-000000000001", func(c *Customer) { c.Relationship = "none" })
	c := asGraph(t, s)
	var got []string
	path := "https://graph.microsoft.com/v1.0/contracts"
	for path != "" {
		r := c.get(path)
		for _, v := range r.items() {
			got = append(got, fmt.Sprint(v.(map[string]any)["displayName"]))
		}
		path, _ = r.JSON["@odata.nextLink"].(string)
	}
	if want := "Customer 0 Customer 2 Customer 3 Customer 4"; strings.Join(got, " ") != want {
		t.Errorf("contracts = %v, want %s", got, want)
	}
	for _, query := range []string{"$top=0", "$top=x", "$skiptoken=%21", "$skiptoken=LTE"} { // the last is -1
		if r := c.get("https://graph.microsoft.com/v1.0/contracts?" + query); r.Status != 400 {
			t.Errorf("contracts?%s = %d, want 400", query, r.Status)
		}
	}
	if r := asUser(t, s).get("/v1.0/contracts"); r.Status != 401 {
		t.Errorf("contracts with a token of Partner Center = %d, want 401", r.Status)
	}
}
