package partnercentertest_test

import (
	"net/url"
	"testing"

	. "github.com/cspkit/cspkit/partnercentertest"
)

// Whatever a client sends as an update, the server answers it, and a licence
// outside its window is not deleted.
func FuzzUpdate(f *testing.F) {
	for _, body := range []string{
		`{"status":"deleted"}`, `{"Status":"suspended","autoRenewEnabled":false}`, `{"status":null}`, `{"quantity":1e99}`,
		`{"scheduledActions":[{"actionType":7}]}`, `{"attributes":[]}`, `[]`, `{`, "\xef\xbb\xbf{}", `{"a":1,"A":2}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := with(LicenseClosed(sub1))
		r := asApp(t, s).do("PATCH", "/v1/customers/"+contoso+"/subscriptions/"+sub1, body)
		if r.Status != 200 && r.Status != 400 {
			t.Errorf("PATCH %q = %d %s", body, r.Status, r.Raw)
		}
		if got := first(s).Status; got == "deleted" {
			t.Errorf("PATCH %q deleted the subscription", body)
		}
	})
}

// Whatever a client sends as an agreement, only an attestation that was accepted
// becomes one.
func FuzzCreateAgreement(f *testing.F) {
	for _, body := range []string{
		agreementBody(sub1, nil), agreementBody("", nil), agreementBody(sub1, map[string]any{"primaryContact": []int{1}}),
		`{"attestationId":{}}`, `{"attestationId":"x","type":"microsoftcustomeragreement"}`, `[]`, `{`, "\xef\xbb\xbf{}",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := with()
		r := asApp(t, s).do("POST", agreements, body)
		if r.Status != 400 && r.Status != 404 || len(s.State(contoso).Agreements) > 0 {
			t.Errorf("POST %q = %d %s", body, r.Status, r.Raw)
		}
	})
}

func FuzzSkipToken(f *testing.F) {
	for _, token := range []string{"MS4w", "LTEuLTE", "OTk5Ljk5OQ", "MQ", "!", ""} { // 1.0, -1.-1, 999.999, 1
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		c := asGraph(t, with(GDAPRelationship("g1")))
		if r := c.get(relationships + "?$skiptoken=" + url.QueryEscape(token)); r.Status != 200 && r.Status != 400 {
			t.Errorf("token %q = %d %s", token, r.Status, r.Raw)
		}
	})
}

func FuzzFilter(f *testing.F) {
	for _, filter := range []string{"status eq 'active'", "(status eq 'active') AND (customer/tenantId eq 'x')", "'", "and and and", "status eq '"} {
		f.Add(filter)
	}
	f.Fuzz(func(t *testing.T, filter string) {
		c := asGraph(t, with(GDAPRelationship("g1")))
		if r := c.get(relationships + "?$filter=" + url.QueryEscape(filter)); r.Status != 200 && r.Status != 400 {
			t.Errorf("filter %q = %d %s", filter, r.Status, r.Raw)
		}
	})
}

// Whatever a client searches by or sends as a new customer, the server answers.
func FuzzCustomers(f *testing.F) {
	for _, text := range []string{
		`{"Field":"CompanyName","Value":"a","Operator":"starts_with"}`, `{"Field":7}`, `{"billingProfile":[]}`,
		`{"billingProfile":{"companyName":"A","email":"a","culture":"a","language":"a","defaultAddress":{"country":"NL"}}}`, `{"":{"":1}}`, `null`, "\xef\xbb\xbf{}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := asApp(t, with())
		for what, r := range map[string]reply{
			"filter": c.get("/v1/customers?filter=" + url.QueryEscape(text)), "new customer": c.do("POST", "/v1/customers", text),
			"address": c.do("POST", "/v1/validations/address", text), "profile": c.do("PUT", billing, text, "If-Match", "1"),
		} {
			if r.Status != 400 && r.Status != 501 && r.Status != 403 && (what == "new customer" || r.Status != 200) {
				t.Errorf("%s %q = %d %s", what, text, r.Status, r.Raw)
			}
		}
	})
}
