package partnercentertest_test

import (
	"net/http"
	"strings"
	"testing"

	. "github.com/cspkit/cspkit/partnercentertest"
)

func TestAnUnknownCallGetsAHint(t *testing.T) {
	c := asUser(t, with())
	tests := []struct{ name, method, path, want string }{
		{"misspelt", "POST", "/v1/customers/" + contoso + "/orderz", "did you mean POST /v1/customers/{id}/orders (CreateOrder)?"},
		{"without /v1", "GET", "/customers", "did you mean GET /v1/customers (ListCustomers)?"},
		{"with /v1 twice", "GET", "/v1/v1/customers/" + contoso, "did you mean GET /v1/customers/{id} (GetCustomer)?"},
		{"singular", "GET", "/v1/customers/" + contoso + "/subscription/" + sub1, "did you mean GET /v1/customers/{id}/subscriptions/{id} (GetSubscription)?"},
		{"wrong method", "POST", "/v1/customers/" + contoso + "/subscriptions/" + sub1,
			": this path has GET /v1/customers/{id}/subscriptions/{id} (GetSubscription) and PATCH /v1/customers/{id}/subscriptions/{id} (UpdateSubscription)."},
		{"Graph", "GET", "/v1.0/tenantRelationships/delegatedAdminRelationship", "did you mean GET /v1.0/tenantRelationships/delegatedAdminRelationships (ListGDAP)?"},
		{"Entra", "POST", "/contoso.example/oauth2/v2.0/tokens", "did you mean POST /{tenant}/oauth2/v2.0/token (RequestToken)?"},
		{"events", "DELETE", "/webhooks/v1/registration", ": this path has GET /webhooks/v1/registration (GetRegistration) and POST"},
		{"query", "GET", "/v1/customers?sort=name", "knows ListCustomers, but not with all of the parameters sort."},
		{"nothing like it", "GET", "/api/invoices/download", ": Partner Center is at /v1/..."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := c.do(tt.method, tt.path, "{}")
			text, _ := r.JSON["description"].(string)
			if r.Status != 501 || !strings.Contains(text, tt.want) || !strings.Contains(text, "partnercentertest.Operation") {
				t.Errorf("%s %s = %d %q, want 501 with %q", tt.method, tt.path, r.Status, text, tt.want)
			}
		})
	}
}

func TestAHintShowsNoValueOfAQuery(t *testing.T) {
	for _, query := range []string{"attestationid=" + sub1 + "&tracking=yes", sub1, "attestationid=" + sub1 + "&" + strings.ToUpper(sub1) + "=yes"} {
		r := asUser(t, with()).get("/mca/?" + query)
		if r.Status != 501 || strings.Contains(strings.ToLower(string(r.Raw)), sub1) || strings.Contains(string(r.Raw), "yes") {
			t.Errorf("GET /mca/?%s = %d %s", query, r.Status, r.Raw)
		}
	}
}

// Whatever path somebody asks for, the server answers.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"/", "//", "/v1/*", "/v1.0/*/*", "/webhooks/v1/", "/é/oauth2/x", strings.Repeat("/a1", 500), "/v1/customers/relationshiprequests/x"} {
		f.Add("GET", path)
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		s := with(License(sub1))
		if !askable(method, path) {
			return
		}
		c := &client{t: t, s: s, access: AppToken}
		if r := c.do(method, path, ""); r.Status == 0 {
			t.Errorf("%s %q = %d", method, path, r.Status)
		}
		if calls := s.Calls(); len(calls) != 1 || calls[0] == "" {
			t.Errorf("Calls() = %q", calls)
		}
	})
}

// askable reports whether a request can be made of what was given.
func askable(method, path string) bool {
	_, err := http.NewRequest(method, apiHost+path, nil)
	return err == nil && strings.HasPrefix(path, "/")
}
