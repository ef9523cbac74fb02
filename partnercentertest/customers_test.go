package partnercentertest_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
	"github.com/google/go-cmp/cmp"
)

// next returns the path and the header of the page after r, or "".
func next(r reply) (path, header string) {
	links, _ := r.JSON["links"].(map[string]any)
	n, ok := links["next"].(map[string]any)
	if !ok {
		return "", ""
	}
	return "/v1" + n["uri"].(string), n["headers"].([]any)[0].(map[string]any)["value"].(string)
}

func many(n int) []Customer {
	var out []Customer
	for i := range n {
		out = append(out, Customer{ID: fmt.Sprintf("00000000-0000-4000-9000-%012d", i), Company: fmt.Sprint("Customer ", i)})
	}
	return out
}

func TestCustomersComeInPages(t *testing.T) {
	s := New(many(5)...)
	c := asApp(t, s)
	r := c.get("/v1/Customers?size=2")
	if !bytes.HasPrefix(r.Raw, []byte("\xef\xbb\xbf")) {
		t.Error("the list has no byte order mark")
	}
	var sizes []int
	for {
		sizes = append(sizes, len(r.items()))
		if got := fmt.Sprint(r.JSON["totalCount"]); got != fmt.Sprint(len(r.items())) {
			t.Errorf("totalCount = %s on a page of %d", got, len(r.items()))
		}
		path, header := next(r)
		if path == "" {
			break
		}
		if without := c.get(path); without.Status != 400 {
			t.Errorf("continuation without its header = %d, want 400", without.Status)
		}
		r = c.do("GET", path, "", "MS-ContinuationToken", header)
	}
	if diff := cmp.Diff([]int{2, 2, 1}, sizes); diff != "" {
		t.Errorf("page sizes (-want +got):\n%s", diff)
	}
}

func TestAPageBeginsWhereTheOneBeforeEnded(t *testing.T) {
	s := New(many(6)...)
	s.Edit("00000000-0000-4000-9000-000000000002", func(c *Customer) { c.Relationship = "none" })
	c := asApp(t, s)
	var names []string
	for path, header := "/v1/customers?size=2", ""; path != ""; {
		r := c.do("GET", path, "", "MS-ContinuationToken", header)
		for _, v := range r.items() {
			names = append(names, v.(map[string]any)["companyProfile"].(map[string]any)["companyName"].(string))
		}
		path, header = next(r)
		// Somebody who leaves in the meantime moves nobody else.
		s.Edit("00000000-0000-4000-9000-000000000000", func(c *Customer) { c.Relationship = "none" })
	}
	if diff := cmp.Diff([]string{"Customer 0", "Customer 1", "Customer 3", "Customer 4", "Customer 5"}, names); diff != "" {
		t.Errorf("listed customers (-want +got):\n%s", diff)
	}
}

func TestPageSizeLimitsWhatIsAskedFor(t *testing.T) {
	s := New(many(5)...)
	s.PageSize = 3
	if got := len(asApp(t, s).get("/v1/customers?size=500").items()); got != 3 {
		t.Errorf("page has %d customers, want 3", got)
	}
}

func TestTheEndOfTheListMayBeAnError(t *testing.T) {
	s := New(many(2)...)
	s.EndOfListCode = true
	c := asApp(t, s)
	path, header := next(c.get("/v1/customers?size=2"))
	if path == "" {
		t.Fatal("the last page has no next link")
	}
	want(t, "continuation", c.do("GET", path, "", "MS-ContinuationToken", header), 400, "2000")
}

func TestAnUnknownCustomerIsABare404(t *testing.T) {
	c := asApp(t, with())
	if r := c.get("/v1/customers/" + fabrikam); r.Status != 404 || len(r.Raw) != 0 {
		t.Errorf("GET = %d %q, want an empty 404", r.Status, r.Raw)
	}
	want(t, "GET of a star", c.get("/v1/customers/*"), 404, "")
}

const removal = `{"relationshipToPartner":"none","attributes":{"objectType":"Customer"}}`

func TestRemovalIsRefusedWhileSomethingIsOpen(t *testing.T) {
	tests := []struct {
		name   string
		item   Item
		server func(*Server)
		status int
		code   string
	}{
		{"active licence", License(sub1), nil, 417, "800036"},
		{"pending licence", License(sub1).Tweak(func(s *Subscription) { s.Status = "pending" }), nil, 417, "800036"},
		{"chosen refusal", License(sub1), func(s *Server) { s.RemovalRefusal = Refusal{Status: 409, Code: "3001"} }, 409, "3001"},
		{"reservation", ReservationItem("order1"), nil, 417, "800036"},
		{"savings plan", SavingsPlan(sub1), nil, 417, "800036"},
		{"perpetual purchase in its window", Perpetual("order1"), nil, 417, "800036"},
		{"old perpetual purchase", PerpetualOld("order1"), nil, 200, ""},
		{"suspended licence", LicenseClosed(sub1).Suspended(), nil, 200, ""},
		{"suspended licence, strictly", LicenseClosed(sub1).Suspended(), func(s *Server) { s.SuspendedBlocksRemoval = true }, 417, "800036"},
		{"suspended legacy, strictly", Legacy(sub1).Suspended(), func(s *Server) { s.SuspendedBlocksRemoval = true }, 200, ""},
		{"nothing", Item{}, nil, 200, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := with(tt.item)
			if tt.server != nil {
				tt.server(s)
			}
			r := asUser(t, s).do("PATCH", "/v1/customers/"+contoso, removal)
			want(t, "removal", r, tt.status, tt.code)
			if tt.status == 200 && r.JSON["RelationshipToPartner"] != "none" {
				t.Errorf("body = %s", r.Raw)
			}
			if got := s.State(contoso).Relationship == "none"; got != (tt.status == 200) {
				t.Errorf("removed = %t after status %d", got, r.Status)
			}
		})
	}
}

func TestARemovedCustomerIsGone(t *testing.T) {
	tests := []struct {
		after  string
		status int
		code   string
	}{
		{"", 403, "20002"}, {"20002", 403, "20002"}, {"none", 200, ""}, {"900159", 403, "900159"}, {"60003", 404, "60003"}, {"404", 404, ""},
	}
	for _, tt := range tests {
		t.Run("AfterRemoval "+tt.after, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := with()
				s.AfterRemoval, s.Delays.Relationship = tt.after, time.Minute
				c := asUser(t, s)
				want(t, "removal", c.do("PATCH", "/v1/customers/"+contoso, removal), 200, "")
				r := c.get("/v1/customers/" + contoso)
				if r.JSON["relationshipToPartner"] != "reseller" || len(c.get("/v1/customers").items()) != 1 {
					t.Errorf("the removal shows at once: %s", r.Raw)
				}
				want(t, "second removal", c.do("PATCH", "/v1/customers/"+contoso, removal), 400, "3000")
				time.Sleep(time.Minute)
				r = c.get("/v1/customers/" + contoso)
				want(t, "GET", r, tt.status, tt.code)
				if tt.after == "none" && r.JSON["relationshipToPartner"] != "none" {
					t.Errorf("body = %s", r.Raw)
				}
				want(t, "subscriptions", c.get("/v1/customers/"+contoso+"/subscriptions"), 403, "20002")
				again := c.do("PATCH", "/v1/customers/"+contoso, removal)
				want(t, "third removal", again, 400, "3000")
				if !strings.Contains(string(again.Raw), "relationship does not exist") {
					t.Errorf("body = %s", again.Raw)
				}
				if len(c.get("/v1/customers").items()) != 0 || s.Applied(contoso, contoso) != 1 {
					t.Error("the customer is still listed, or was removed twice")
				}
			})
		})
	}
}

func TestOnlyTheSandboxDeletesCustomers(t *testing.T) {
	s := with(License(sub1))
	want(t, "DELETE in production", asApp(t, s).do("DELETE", "/v1/customers/"+contoso, ""), 400, "900127")

	s = with(License(sub1), Perpetual("order1"))
	s.Sandbox = true
	c := asApp(t, s)
	want(t, "DELETE with an open order", c.do("DELETE", "/v1/customers/"+contoso, ""), 417, "800036")
	want(t, "cancel", c.do("PATCH", "/v1/customers/"+contoso+"/orders/order1", `{"id":"order1","status":"cancelled"}`), 200, "")
	want(t, "DELETE", c.do("DELETE", "/v1/customers/"+contoso, ""), 204, "")
	want(t, "GET", c.get("/v1/customers/"+contoso), 404, "")
}

func TestASandboxCustomerIsDeletedAfterItsRemoval(t *testing.T) {
	s := with()
	s.Sandbox = true
	c := asUser(t, s)
	want(t, "removal", c.do("PATCH", "/v1/customers/"+contoso, removal), 200, "")
	want(t, "DELETE", c.do("DELETE", "/v1/customers/"+contoso, ""), 204, "")
	want(t, "GET", c.get("/v1/customers/"+contoso), 404, "")
}

func TestDemoHoldsEveryKind(t *testing.T) {
	kinds := map[string]bool{}
	for _, c := range Demo() {
		for _, sub := range c.Subscriptions {
			kinds[sub.ProductType+"/"+sub.ProductSubType] = true
		}
		for _, o := range c.Orders {
			for _, l := range o.Lines {
				kinds["line "+l.Kind] = true
			}
		}
	}
	for _, k := range []string{"/", "OnlineServicesNCE/", "SaaS/", "Software/", "Azure/", "Azure/SavingsPlan", "QuantumCredits/", "line perpetual", "line reservation"} {
		if !kinds[k] {
			t.Errorf("Demo() has no %q", k)
		}
	}
	s := New(Demo()...)
	if got := len(asApp(t, s).get("/v1/customers").items()); got != len(Demo()) {
		t.Errorf("list has %d customers, want %d", got, len(Demo()))
	}
}
