package partnercentertest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

const relationships = "https://graph.microsoft.us/v1.0/tenantRelationships/delegatedAdminRelationships"

func TestRelationshipsAreFilteredAndPaged(t *testing.T) {
	s := New(
		Customer{ID: contoso}.With(GDAPRelationship("g1"), GDAPRelationship("g2"), GDAPRelationship("g3")),
		Customer{ID: fabrikam}.With(GDAPRelationship("g4")),
	)
	s.Edit(contoso, func(c *Customer) { c.GDAP[1].Status = "expired" })
	c := asGraph(t, s)
	ids := func(r reply) string {
		var out []string
		for _, v := range r.items() {
			out = append(out, fmt.Sprint(v.(map[string]any)["id"]))
		}
		return strings.Join(out, " ")
	}
	tests := []struct{ filter, want string }{
		{"", "g1 g2 g3 g4"},
		{"status eq 'active'", "g1 g3 g4"},
		{"(status eq 'active') AND (customer/tenantId eq '" + strings.ToUpper(contoso) + "')", "g1 g3"},
		{"customer/tenantId eq '" + fabrikam + "' and Status eq 'Active'", "g4"},
	}
	for _, tt := range tests {
		if got := ids(c.get(relationships + "?$filter=" + url.QueryEscape(tt.filter))); got != tt.want {
			t.Errorf("filter %q = %s, want %s", tt.filter, got, tt.want)
		}
	}
	for _, bad := range []string{"status ne 'active'", "status eq active", "status eq 'active' or status eq 'expired'", "displayName eq 'x'", "status eq 'active' and"} {
		if r := c.get(relationships + "?$filter=" + url.QueryEscape(bad)); r.Status != 400 || r.JSON["error"] == nil {
			t.Errorf("filter %q = %d %s, want 400", bad, r.Status, r.Raw)
		}
	}

	r := c.get(relationships + "?$top=2&$filter=" + url.QueryEscape("status eq 'active'"))
	link, _ := r.JSON["@odata.nextLink"].(string)
	if ids(r) != "g1 g3" || !strings.HasPrefix(link, relationships+"?") {
		t.Fatalf("first page = %s, next %q", ids(r), link)
	}
	r = c.get(link)
	if ids(r) != "g4" || r.JSON["@odata.nextLink"] != nil {
		t.Errorf("second page = %s", r.Raw)
	}
	var all []string // pages that end in the middle of a customer's relationships, and at their end
	for link = relationships + "?$top=1"; link != ""; {
		r = c.get(link)
		all = append(all, ids(r))
		link, _ = r.JSON["@odata.nextLink"].(string)
	}
	if got := strings.Join(all, " "); got != "g1 g2 g3 g4" {
		t.Errorf("pages of one = %s", got)
	}
	for _, token := range []string{"!", "MQ", "MS54"} { // no base64; "1"; "1.x"
		if r := c.get(relationships + "?$skiptoken=" + token); r.Status != 400 {
			t.Errorf("skiptoken %s = %d, want 400", token, r.Status)
		}
	}
}

func TestARelationshipThatIsAddedLaterIsFound(t *testing.T) {
	s := with()
	s.Edit(contoso, func(c *Customer) { *c = c.With(GDAPRelationship("Late")) })
	want(t, "read", asGraph(t, s).get(relationships+"/late"), 200, "")
}

func TestTerminationTakesItsTime(t *testing.T) {
	for _, fail := range []bool{false, true} {
		t.Run(fmt.Sprintf("failing %t", fail), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := with(GDAPRelationship("g1"))
				s.Delays.GDAP = time.Minute
				s.Edit(contoso, func(c *Customer) { c.GDAP[0].FailTermination = fail })
				c := asGraph(t, s)
				r := c.do("POST", relationships+"/g1/requests", `{"action":"terminate"}`)
				where := r.Header.Get("Location")
				if r.Status != 201 || r.JSON["status"] != "created" || where != relationships+"/g1/requests/"+fmt.Sprint(r.JSON["id"]) {
					t.Fatalf("POST = %d %s, Location %s", r.Status, r.Raw, where)
				}
				if got := c.get(relationships + "/g1").JSON["status"]; got != "terminationRequested" {
					t.Errorf("status = %v at once, want terminationRequested", got)
				}
				if r := c.do("POST", relationships+"/g1/requests", `{"action":"terminate"}`); r.Status != 409 {
					t.Errorf("second request = %d, want 409", r.Status)
				}
				time.Sleep(time.Minute)
				wantRequest, wantStatus := "succeeded", "terminated"
				if fail {
					wantRequest, wantStatus = "failed", "active"
				}
				if got := c.get(where).JSON["status"]; got != wantRequest {
					t.Errorf("request = %v, want %s", got, wantRequest)
				}
				if got := c.get(relationships + "/g1").JSON["status"]; got != wantStatus {
					t.Errorf("relationship = %v, want %s", got, wantStatus)
				}
				if got := s.Applied(contoso, "g1"); got != 1 {
					t.Errorf("Applied() = %d, want 1", got)
				}
			})
		})
	}
}

func TestATerminationShowsInTheListWhenItsTimeHasCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with(GDAPRelationship("g1"))
		s.Delays.GDAP = time.Minute
		c := asGraph(t, s)
		want(t, "request", c.do("POST", relationships+"/g1/requests", `{"action":"terminate"}`), 201, "")
		time.Sleep(time.Minute)
		if r := c.get(relationships + "?$filter=" + url.QueryEscape("status eq 'terminated'")); len(r.items()) != 1 {
			t.Errorf("list of the terminated = %s", r.Raw)
		}
	})
}

func TestGraphRefuses(t *testing.T) {
	s := with(GDAPRelationship("g1"))
	c := asGraph(t, s)
	for what, status := range map[string]int{"/g2": 404, "/g1/requests/r1": 404, "/g1/accessAssignments": 501, "/g1/requests/r1/more": 501} {
		if r := c.get(relationships + what); r.Status != status {
			t.Errorf("GET %s = %d, want %d", what, r.Status, status)
		}
	}
	if r := c.do("POST", relationships+"/g1/requests", `{"action":"approve"}`); r.Status != 400 {
		t.Errorf("approve = %d, want 400", r.Status)
	}
	app := &client{t: t, s: s, access: token(t, s, "client_credentials", "https://graph.microsoft.us/.default")}
	if r := app.do("POST", relationships+"/g1/requests", `{"action":"terminate"}`); r.Status != 403 {
		t.Errorf("terminate without a user = %d, want 403", r.Status)
	}
}
