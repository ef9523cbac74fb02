package partnercentertest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
	"github.com/google/go-cmp/cmp"
)

const auditRecords = "/v1/auditrecords"

// all returns a member of every record, over all pages.
func all(c *client, path, member string) []string {
	c.t.Helper()
	var out []string
	var header []string
	for path != "" {
		r := c.do("GET", path, "", header...)
		want(c.t, path, r, 200, "")
		for _, v := range r.items() {
			out = append(out, fmt.Sprint(v.(map[string]any)[member]))
		}
		var token string
		path, token = next(r)
		header = []string{"MS-ContinuationToken", token}
	}
	return out
}

func filter(field, value, operator string) string {
	text, _ := json.Marshal(map[string]string{"Field": field, "Value": value, "Operator": operator})
	return "filter=" + url.QueryEscape(string(text))
}

func TestWritesAreRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with(License(sub1), SoftwareSubscription(sub2), GDAPRelationship("g1"))
		s.Sandbox, s.Delays.GDAP = true, time.Minute
		order := s.State(contoso).Orders[0].ID
		c := asUser(t, s)
		want(t, "cancel", c.patch(sub1, map[string]any{"status": "deleted"}), 200, "")
		want(t, "cancel order", c.do("PATCH", "/v1/customers/"+contoso+"/orders/"+order, `{"id":"`+order+`","status":"cancelled"}`), 200, "")
		if r := asGraph(t, s).do("POST", relationships+"/g1/requests", `{"action":"terminate"}`); r.Status != 201 {
			t.Fatalf("terminate = %d %s", r.Status, r.Raw)
		}
		time.Sleep(time.Minute)
		want(t, "removal", c.do("PATCH", "/v1/customers/"+contoso, removal), 200, "")
		want(t, "DELETE", asApp(t, s).do("DELETE", "/v1/customers/"+contoso, "", "MS-RequestId", "00000000-0000-4000-8000-00000000abcd"), 204, "")

		// The customer is gone, its records stay, for both kinds of token.
		wanted := []string{
			"update_subscription", "update_order", "granular_admin_relationship_termination_requested",
			"granular_admin_relationship_terminated", "remove_partner_customer_relationship", "delete_customer",
		}
		for _, c := range []*client{c, asApp(t, s)} {
			if diff := cmp.Diff(wanted, all(c, auditRecords+"?"+filter("CustomerId", contoso, "equals"), "operationType")); diff != "" {
				t.Errorf("operations (-want +got):\n%s", diff)
			}
		}
		r := c.get(auditRecords)
		first := r.items()[0].(map[string]any)
		for member, want := range map[string]any{
			"customerId": contoso, "customerName": "Contoso Bakery", "userPrincipalName": UserName, "applicationId": ClientID,
			"resourceType": "subscription", "operationStatus": "succeeded",
		} {
			if first[member] != want {
				t.Errorf("%s = %v, want %v", member, first[member], want)
			}
		}
		for member, want := range map[string]string{"resourceOldValue": "active", "resourceNewValue": "deleted"} {
			var sub struct{ ID, Status string }
			text, _ := first[member].(string)
			if err := json.Unmarshal([]byte(text), &sub); err != nil || sub.ID != sub1 || sub.Status != want {
				t.Errorf("%s = %q (%v), want %s that is %s", member, text, err, sub1, want)
			}
		}
		last := r.items()[5].(map[string]any)
		if last["resourceNewValue"] != nil || last["userPrincipalName"] != "" {
			t.Errorf("the deletion by an app is recorded as %v, want no new value and nobody's name", last)
		}
	})
}

func TestARefusedOrRepeatedWriteIsNotRecordedAgain(t *testing.T) {
	s := with(LicenseClosed(sub1))
	c := asUser(t, s)
	want(t, "too late", c.patch(sub1, map[string]any{"status": "deleted"}), 400, "900117")
	for range 2 {
		r := c.do("PATCH", "/v1/customers/"+contoso+"/subscriptions/"+sub1, `{"status":"suspended"}`, "MS-RequestId", "00000000-0000-4000-8000-00000000abcd")
		want(t, "suspend", r, 200, "")
	}
	if got := all(c, auditRecords, "operationType"); len(got) != 1 {
		t.Errorf("records = %q, want the one suspension", got)
	}
}

func TestRecordsShowLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with(Legacy(sub1))
		s.Delays.Audit = time.Hour
		c := asUser(t, s)
		want(t, "suspend", c.patch(sub1, map[string]any{"status": "suspended"}), 200, "")
		if got := all(c, auditRecords, "id"); len(got) != 0 {
			t.Errorf("records at once = %q, want none", got)
		}
		done := time.Now()
		time.Sleep(time.Hour)
		c = asUser(t, s) // the token has expired
		got := all(c, auditRecords, "operationDate")
		if len(got) != 1 {
			t.Fatalf("records an hour later = %q, want one", got)
		}
		if at, err := time.Parse(time.RFC3339, got[0]); err != nil || done.Sub(at) > time.Minute {
			t.Errorf("operationDate = %s, want when it was done: %s", got[0], done)
		}
	})
}

func TestRecordsAreOfTheDaysThatAreAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		today := time.Now().UTC().Truncate(24 * time.Hour)
		ago := func(days int) string { return today.AddDate(0, 0, -days).Format(time.DateOnly) }
		for _, days := range []int{0, 30, 31, 90} {
			s.Record(AuditRecord{ID: fmt.Sprint(days), Date: today.AddDate(0, 0, -days), CustomerID: contoso})
		}
		c := asApp(t, s)
		for query, want := range map[string]string{
			"":                     "[0 30]",
			"startDate=" + ago(31): "[0 30 31]",
			"startDate=" + ago(90): "[0 30 31 90]",
			"startDate=" + ago(0):  "[0]",
			"endDate=" + ago(1):    "[30]",
			"startDate=" + ago(90) + "&endDate=" + ago(31): "[31 90]",
			"startDate=" + ago(31) + "&endDate=" + ago(31): "[31]",
		} {
			if got := fmt.Sprint(all(c, auditRecords+"?"+query, "id")); got != want {
				t.Errorf("%s: records = %s, want %s", query, got, want)
			}
		}
		for _, query := range []string{
			"startDate=" + ago(91), "startDate=yesterday", "startDate=", "startDate=" + ago(1) + "T00:00:00Z", "endDate=31-12-2026",
			"startDate=" + ago(1) + "&endDate=" + ago(2), "size=-1", "size=x", "seekOperation=Next", "seekOperation=Previous",
		} {
			want(t, query, c.get(auditRecords+"?"+query), 400, "3000")
		}
		want(t, "another parameter", c.get(auditRecords+"?customerId="+contoso), 501, "501")
		want(t, "one record", c.get(auditRecords+"/1"), 501, "501")
		want(t, "Graph token", asGraph(t, s).get(auditRecords), 401, "800001")
	})
}

func TestRecordsAreFiltered(t *testing.T) {
	s := New(Customer{ID: contoso, Company: "Contoso Bakery"}, Customer{ID: fabrikam, Company: "Fabrikam"})
	s.Record(
		AuditRecord{ID: "1", CustomerID: contoso, ResourceType: "order"},
		AuditRecord{ID: "2", CustomerID: fabrikam, ResourceType: "subscription"},
		AuditRecord{ID: "3", CustomerID: strings.ToUpper(contoso), ResourceType: "Subscription"},
		AuditRecord{ID: "4", ResourceType: "invoice"},
	)
	c := asApp(t, s)
	for query, want := range map[string]string{
		filter("CustomerId", strings.ToUpper(contoso), "equals"): "[1 3]",
		filter("CompanyName", "SO BAK", "substring"):             "[1 3]",
		filter("resourcetype", "subscription", "EQUALS"):         "[2 3]",
	} {
		if got := fmt.Sprint(all(c, auditRecords+"?"+query, "id")); got != want {
			t.Errorf("%s: records = %s, want %s", query, got, want)
		}
	}
	for _, query := range []string{
		"filter=", "filter=x", "filter=[]", "filter=" + url.QueryEscape(`{"Field":"CustomerId","Value":"x"}`),
		filter("CustomerId", contoso, "substring"), filter("CompanyName", "Con", "starts_with"), filter("ResourceType", "order", "not_equals"),
		filter("OperationType", "update_order", "equals"), filter("CustomerId", "", "equals"),
	} {
		want(t, query, c.get(auditRecords+"?"+query), 400, "3000")
	}
}

func TestRecordsComeInPages(t *testing.T) {
	for _, endCode := range []bool{false, true} {
		s := with()
		s.PageSize, s.EndOfListCode = 2, endCode
		for i := range 5 {
			s.Record(AuditRecord{ID: fmt.Sprint(i), CustomerID: contoso}, AuditRecord{ID: "not asked for"})
		}
		c := asApp(t, s)
		query := auditRecords + "?size=500&" + filter("CustomerId", contoso, "equals")
		r := c.get(query)
		if len(r.items()) != 2 {
			t.Errorf("first page = %s, want two records", r.Raw)
		}
		path, token := next(r)
		want(t, "a page without its token", c.get(path), 400, "3000")
		want(t, "a page of another list", c.do("GET", "/v1/customers?size=2&seekOperation=Next", "", "MS-ContinuationToken", token), 400, "3000")
		var got []string
		for ; path != ""; path, token = next(r) {
			for _, v := range r.items() {
				got = append(got, fmt.Sprint(v.(map[string]any)["id"]))
			}
			if r = c.do("GET", path, "", "MS-ContinuationToken", token); endCode && r.Status == 400 {
				want(t, "the end of the list", r, 400, "2000")
				break
			}
		}
		for _, v := range r.items() {
			got = append(got, fmt.Sprint(v.(map[string]any)["id"]))
		}
		if fmt.Sprint(got) != "[0 1 2 3 4]" || endCode != (r.Status == 400) {
			t.Errorf("records = %v, the last answer is %d; end with a code: %t", got, r.Status, endCode)
		}
	}
}

func TestASeedIsAnsweredAsItIs(t *testing.T) {
	s := with()
	s.Record(AuditRecord{Operation: "something_new", Status: "progress", NewValue: "not JSON"})
	r := asApp(t, s).get(auditRecords)
	record := r.items()[0].(map[string]any)
	if _, there := record["id"]; there || record["operationType"] != "something_new" || record["operationStatus"] != "progress" || record["resourceNewValue"] != "not JSON" {
		t.Errorf("record = %v", record)
	}
}

func FuzzAuditQuery(f *testing.F) {
	for _, text := range []string{`{"Field":"CustomerId","Value":"x","Operator":"equals"}`, `{"field":1}`, `{`, `[]`, "2026-01-01", "-1", "audit;{}", `YXVkaXQ7eyJTaXplIjotMX0=`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := with()
		s.Record(AuditRecord{CustomerID: contoso})
		c := asApp(t, s)
		for _, name := range []string{"filter", "startDate", "endDate", "size"} {
			if r := c.get(auditRecords + "?" + name + "=" + url.QueryEscape(text)); r.Status != 200 && r.Status != 400 {
				t.Errorf("%s = %q: %d %s", name, text, r.Status, r.Raw)
			}
		}
		if r := c.do("GET", auditRecords+"?seekOperation=Next", "", "MS-ContinuationToken", text); r.Status != 200 && r.Status != 400 {
			t.Errorf("continuation %q: %d %s", text, r.Status, r.Raw)
		}
	})
}
