package customers_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/partnercenter"
)

const relationships = "https://graph.microsoft.com/v1.0/tenantRelationships/delegatedAdminRelationships"

func TestGDAPRelationships(t *testing.T) {
	next := relationships + "?$filter=customer/tenantId%20eq%20'" + string(fabrikam) + "'&$skiptoken=x"
	s, w := service(t,
		wiretest.Reply{Status: 200, Body: `{"value":[
			{"id":"one","displayName":"Support","status":"active","customer":{"tenantId":"B44BB1FB-C595-45B0-9E09-D657365580BF","displayName":"Fabrikam"},"endDateTime":"2027-01-02T03:04:05Z"},
			{"id":"foreign","status":"active","customer":{"tenantId":"` + string(contoso) + `"}},
			{"id":"unsigned","status":"approvalPending","customer":null}],"@odata.nextLink":` + jsonOf(t, next) + `}`},
		wiretest.Reply{Status: 200, Body: `{"value":[{"id":"two","status":"somethingNew","customer":{"tenantId":"` + string(fabrikam) + `"},"endDateTime":null}]}`})
	var got []string
	for g, err := range s.GDAPRelationships(t.Context(), fabrikam) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, g.ID+" "+string(g.Status)+" "+g.EndDateTime.Format("2006"))
	}
	if diff := cmp.Diff([]string{"one active 2027", "two somethingNew 0001"}, got); diff != "" {
		t.Errorf("GDAPRelationships (-want +got):\n%s", diff)
	}
	first, err := url.Parse(w.Sent[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	if want := "customer/tenantId eq '" + string(fabrikam) + "'"; first.Query().Get("$filter") != want || w.Sent[0].Token != "graph" {
		t.Errorf("GDAPRelationships filters by %q as %s, want %q as graph", first.Query().Get("$filter"), w.Sent[0].Token, want)
	}
	if len(w.Sent) != 2 || w.Sent[1].Token != "graph" {
		t.Errorf("GDAPRelationships sent %v, want two requests", w.Sent)
	}
}

func TestGDAPRelationshipsEndsWithItsErrorAndWithTheLoop(t *testing.T) {
	s, _ := service(t, wiretest.Reply{Status: 403, Body: `{"error":{"code":"Authorization_RequestDenied","message":"No."}}`})
	for g, err := range s.GDAPRelationships(t.Context(), fabrikam) {
		if g != nil || !errors.Is(err, partnercenter.ErrForbidden) {
			t.Errorf("GDAPRelationships yields %v, %v, want ErrForbidden alone", g, err)
		}
	}
	one := `{"id":"a","customer":{"tenantId":"` + string(fabrikam) + `"}}`
	s, _ = service(t, wiretest.Reply{Status: 200, Body: `{"value":[` + one + `,` + one + `]}`})
	n := 0
	for range s.GDAPRelationships(t.Context(), fabrikam) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("the loop ran %d times after a break, want once", n)
	}
}

func TestGDAPRelationshipsOfNobodyAreNotAskedFor(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 200, Body: `{"value":[]}`})
	for _, id := range []customers.TenantID{"", "contoso.example", "x' or status eq 'active"} {
		n := 0
		for g, err := range s.GDAPRelationships(t.Context(), id) {
			n++
			if g != nil || !errors.Is(err, customers.ErrTenantID) || !partnercenter.NotSent(err) || partnercenter.OutcomeUnknown(err) {
				t.Errorf("GDAPRelationships(%q) yields %v, %v, want ErrTenantID, and that nothing was sent", id, g, err)
			}
		}
		if n != 1 || len(w.Sent) != 0 {
			t.Errorf("GDAPRelationships(%q) yields %d times and sends %v, want an error alone", id, n, w.Sent)
		}
	}
}

func TestThereIsNoGDAPIn21Vianet(t *testing.T) {
	w := &wiretest.Wire{Replies: []wiretest.Reply{{Status: 201}}}
	client, err := partnercenter.New(auth.Credentials{Graph: auth.Static("graph")}, partnercenter.WithTransport(w), partnercenter.WithCloud(auth.China()))
	if err != nil {
		t.Fatal(err)
	}
	s := customers.New(client)
	_, err = s.TerminateGDAP(t.Context(), gdap)
	if ready := s.CheckGDAP(t.Context()); !errors.Is(err, partnercenter.ErrNotSupported) || !errors.Is(ready, partnercenter.ErrNotSupported) || len(w.Sent) != 0 {
		t.Errorf("TerminateGDAP = %v, CheckGDAP = %v after %d requests, want ErrNotSupported and none", err, ready, len(w.Sent))
	}
}

func TestTerminateGDAP(t *testing.T) {
	tests := []struct {
		name  string
		reply wiretest.Reply
		want  customers.GDAPRequest
	}{
		{"body", wiretest.Reply{Status: 201, Body: `{"id":"r1","action":"terminate","status":"created"}`}, customers.GDAPRequest{ID: "r1", Action: "terminate", Status: "created"}},
		{"location only", wiretest.Reply{Status: 201, Header: map[string]string{"Location": relationships + "/" + gdap + "/requests/r2"}}, customers.GDAPRequest{ID: "r2"}},
		{"neither", wiretest.Reply{Status: 201}, customers.GDAPRequest{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, w := service(t, tt.reply)
			got, err := s.TerminateGDAP(t.Context(), gdap)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, *got); diff != "" {
				t.Errorf("TerminateGDAP (-want +got):\n%s", diff)
			}
			wiretest.Check(t, w.Last(), "POST", relationships+"/"+gdap+"/requests", "graph", `{"action":"terminate"}`)
			if w.Last().Header.Get("If-Match") != "" {
				t.Error("TerminateGDAP sent If-Match, which Graph does not know here")
			}
		})
	}
}

func TestTerminateGDAPFollowsNoForeignLocation(t *testing.T) {
	s, _ := service(t, wiretest.Reply{Status: 201, Header: map[string]string{"Location": "https://graph.example/v1.0/x"}})
	if got, err := s.TerminateGDAP(t.Context(), gdap); got != nil || !errors.Is(err, partnercenter.ErrForeignHost) {
		t.Errorf("TerminateGDAP with a foreign Location = %v, %v, want ErrForeignHost", got, err)
	}
}

func TestGDAPRequest(t *testing.T) {
	for status, failed := range map[string]bool{"created": false, "pending": false, "succeeded": false, "failed": true, "Failed": true} {
		s, w := service(t, wiretest.Reply{Status: 200, Body: `{"id":"r1","action":"terminate","status":"` + status + `"}`})
		got, err := s.GDAPRequest(t.Context(), gdap, "r1")
		if err != nil || got.Failed() != failed {
			t.Errorf("GDAPRequest with status %s = %v, %v, want Failed %v", status, got, err, failed)
		}
		wiretest.Check(t, w.Last(), "GET", relationships+"/"+gdap+"/requests/r1", "graph", "")
	}
	s, _ := service(t, wiretest.Reply{Status: 404})
	if got, err := s.GDAPRequest(t.Context(), gdap, "r1"); got != nil || !errors.Is(err, partnercenter.ErrNotFound) {
		t.Errorf("GDAPRequest of nothing = %v, %v, want ErrNotFound", got, err)
	}
}
