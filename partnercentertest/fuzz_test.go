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
