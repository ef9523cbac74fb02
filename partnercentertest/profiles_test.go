package partnercentertest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	. "github.com/cspkit/cspkit/partnercentertest"
	"github.com/google/go-cmp/cmp"
)

const billing = "/v1/customers/" + contoso + "/profiles/billing"

// billed returns a server whose customer has a whole billing profile.
func billed() *Server {
	return New(Customer{ID: contoso, Company: "Contoso Bakery", Domain: "contosobakery.example", RegistrationNumber: "12345", Billing: map[string]any{
		"loyalty": map[string]any{"tier": json.Number("1.0")},
		"defaultAddress": map[string]any{
			"firstName": "Ada", "lastName": "Visser", "addressLine1": "Damrak 1", "city": "Amsterdam", "postalCode": "1012LG", "country": "NL", "region": "x",
		},
	}})
}

func TestABillingProfileIsReplacedWhole(t *testing.T) {
	s := billed()
	c := asApp(t, s)
	read := c.get(billing)
	etag, _ := read.JSON["attributes"].(map[string]any)["etag"].(string)
	body := strings.Replace(string(read.Raw), `"en-US"`, `"nl-NL"`, 1)

	want(t, "PUT without If-Match", c.do("PUT", billing, body), 400, "3000")
	want(t, "PUT with another etag", c.do("PUT", billing, body, "If-Match", "1"), 400, "2055")
	want(t, "PUT of nothing", c.do("PUT", billing, "{}", "If-Match", etag), 400, "3000")
	want(t, "PUT of no object", c.do("PUT", billing, "7", "If-Match", etag), 400, "3000")
	foreign := strings.Replace(body, fmt.Sprint(read.JSON["id"]), sub1, 1)
	want(t, "PUT of another profile", c.do("PUT", billing, foreign, "If-Match", etag), 400, "3000")

	r := c.do("PUT", billing, body, "If-Match", `"`+etag+`"`)
	want(t, "PUT", r, 200, "")
	want(t, "the same PUT with the old etag", c.do("PUT", billing, body, "If-Match", etag), 400, "2055")
	if diff := cmp.Diff(c.get(billing).JSON, r.JSON); diff != "" || r.JSON["culture"] != "nl-NL" || r.JSON["loyalty"] == nil {
		t.Errorf("PUT answers %s\n%s", r.Raw, diff)
	}
	if s.PartialWrites() != 0 || s.Applied(contoso, "billing") != 1 || s.State(contoso).BillingVersion != 1 {
		t.Errorf("PartialWrites() = %d, Applied() = %d, want 0 and 1", s.PartialWrites(), s.Applied(contoso, "billing"))
	}
}

func TestABillingProfileLosesWhatIsNotSent(t *testing.T) {
	for _, lost := range []string{`,"loyalty":{"tier":1.0}`, `,"region":"x"`} {
		s := billed()
		c := asApp(t, s)
		read := c.get(billing)
		etag, _ := read.JSON["attributes"].(map[string]any)["etag"].(string)
		body := strings.Replace(string(read.Raw), lost, "", 1)
		want(t, "PUT", c.do("PUT", billing, body, "If-Match", etag), 200, "")
		if s.PartialWrites() != 1 || body == string(read.Raw) {
			t.Errorf("PartialWrites() without %s = %d, want 1", lost, s.PartialWrites())
		}
	}
}

func TestTheCompanyProfileNeedsAUser(t *testing.T) {
	s := billed()
	const path = "/v1/Customers/" + contoso + "/profiles/Company"
	want(t, "GET without a user", asApp(t, s).get(path), 403, "900329")
	r := asUser(t, s).get(path)
	if r.Status != 200 || r.JSON["companyName"] != "Contoso Bakery" || r.JSON["organizationRegistrationNumber"] != "12345" {
		t.Errorf("GET = %d %s", r.Status, r.Raw)
	}
	want(t, "another profile", asUser(t, s).get("/v1/customers/"+contoso+"/profiles/legal"), 501, "501")
}
