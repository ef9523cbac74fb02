package customers_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/partnercenter"
)

const base = "https://api.partnercenter.microsoft.com/v1/customers"

func TestParseTenantID(t *testing.T) {
	tests := []struct {
		in   string
		want customers.TenantID // empty: refused
	}{
		{"b44bb1fb-c595-45b0-9e09-d657365580bf", fabrikam},
		{"B44BB1FB-C595-45B0-9E09-D657365580BF", fabrikam},
		{"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"},
		{"", ""},
		{"fabrikam.onmicrosoft.com", ""},
		{"{b44bb1fb-c595-45b0-9e09-d657365580bf}", ""},
		{" b44bb1fb-c595-45b0-9e09-d657365580bf", ""},
		{"b44bb1fbc59545b09e09d657365580bf", ""},
		{"b44bb1fb-c595-45b0-9e09-d657365580bg", ""},
		{"b44bb1fb-c595-45b0-9e09-d657365580b' or 1 eq 1", ""},
	}
	for _, tt := range tests {
		got, err := customers.ParseTenantID(tt.in)
		if got != tt.want || (tt.want == "") != errors.Is(err, customers.ErrTenantID) {
			t.Errorf("ParseTenantID(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
	if _, err := customers.ParseTenantID(strings.Repeat("x", 5000)); len(err.Error()) > 300 {
		t.Errorf("ParseTenantID of 5000 letters repeats all of them in its error")
	}
}

func TestRelationshipIs(t *testing.T) {
	for r, want := range map[customers.Relationship]bool{"none": true, "None": true, "NONE": true, "reseller": false, "": false} {
		if got := r.Is(customers.None); got != want {
			t.Errorf("Relationship(%q).Is(None) = %v, want %v", r, got, want)
		}
	}
}

func TestGet(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 200, Body: file(t, "get-a-list-of-customers")})
	got, err := s.Get(t.Context(), fabrikam)
	if err != nil {
		t.Fatal(err)
	}
	want := &customers.Customer{
		ID: fabrikam, Relationship: customers.Reseller,
		CompanyProfile: customers.CompanyProfile{TenantID: fabrikam, Domain: "fabrikam.onmicrosoft.com", CompanyName: "Fabrikam BV"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Get (-want +got):\n%s", diff)
	}
	wiretest.Check(t, w.Last(), "GET", base+"/"+string(fabrikam), "app", "")
}

func TestGetReadsWhatOnlyOneCustomerShows(t *testing.T) {
	s, _ := service(t, wiretest.Reply{Status: 200, Body: "\xef\xbb\xbf" + `{"Id":"B44BB1FB-C595-45B0-9E09-D657365580BF","CommerceId":"c",
		"CompanyProfile":{"TenantId":"B44BB1FB-C595-45B0-9E09-D657365580BF"},"RelationshipToPartner":"Microsoft_Support",
		"AllowDelegatedAccess":false,"AssociatedPartnerId":"4847383"}`})
	got, err := s.Get(t.Context(), fabrikam)
	if err != nil {
		t.Fatal(err)
	}
	want := &customers.Customer{
		ID: fabrikam, CommerceID: "c", CompanyProfile: customers.CompanyProfile{TenantID: fabrikam},
		Relationship: "Microsoft_Support", AllowDelegatedAccess: new(false), AssociatedPartnerID: "4847383",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Get of a Pascal body with a byte order mark (-want +got):\n%s", diff)
	}
}

func TestGetErrors(t *testing.T) {
	tests := []struct {
		name  string
		reply wiretest.Reply
		want  error
	}{
		{"a stranger", wiretest.Reply{Status: 404}, partnercenter.ErrNotFound},
		{"a former customer", wiretest.Reply{Status: 403, Body: `{"code":20002,"description":"No relationship between caller and account.","source":"PartnerFD"}`}, partnercenter.ErrNoRelationship},
		{"a former customer, newer code", wiretest.Reply{Status: 403, Body: `{"code":"900159"}`}, partnercenter.ErrNoRelationship},
		{"a former customer, not found", wiretest.Reply{Status: 404, Body: `{"code":60003}`}, partnercenter.ErrNoRelationship},
		{"without a relationship", wiretest.Reply{Status: 200, Body: `{"id":"b44bb1fb-c595-45b0-9e09-d657365580bf"}`}, partnercenter.ErrUnexpectedAnswer},
		{"with null for one", wiretest.Reply{Status: 200, Body: `{"relationshipToPartner":null}`}, partnercenter.ErrUnexpectedAnswer},
		{"null", wiretest.Reply{Status: 200, Body: `null`}, partnercenter.ErrUnexpectedAnswer},
		{"an empty answer", wiretest.Reply{Status: 200}, partnercenter.ErrUnexpectedAnswer},
		{"half an answer", wiretest.Reply{Status: 200, Body: `{"relationshipToPartner":"rese`}, partnercenter.ErrUnexpectedAnswer},
		{"a list", wiretest.Reply{Status: 200, Body: `[]`}, partnercenter.ErrUnexpectedAnswer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := service(t, tt.reply)
			got, err := s.Get(t.Context(), fabrikam)
			if got != nil || !errors.Is(err, tt.want) || !strings.Contains(err.Error(), string(fabrikam)) {
				t.Errorf("Get = %v, %v, want %v with the customer's id", got, err, tt.want)
			}
		})
	}
}

func TestNothingIsSentForAnEmptyID(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 200, Body: `{}`})
	calls := map[string]func() error{
		"Get":    func() error { _, err := s.Get(t.Context(), ""); return err },
		"Delete": func() error { return s.Delete(t.Context(), "") },
		"Remove": func() error { return s.RemoveRelationship(t.Context(), "..") },
		"GDAP": func() error {
			for _, err := range s.GDAPRelationships(t.Context(), "x' or 'a' eq 'a") {
				return err
			}
			return nil
		},
		"TerminateGDAP": func() error { _, err := s.TerminateGDAP(t.Context(), ""); return err },
	}
	for name, call := range calls {
		if err := call(); err == nil || len(w.Sent) != 0 {
			t.Errorf("%s without an id = %v after %d requests, want an error and none", name, err, len(w.Sent))
		}
	}
}

func TestAll(t *testing.T) {
	s, w := service(t,
		wiretest.Reply{Status: 200, Body: `{"totalCount":1,"items":[{"id":"B44BB1FB-C595-45B0-9E09-D657365580BF","relationshipToPartner":"reseller"}],
			"links":{"next":{"uri":"/customers?size=2&seekOperation=Next","headers":[{"key":"MS-ContinuationToken","value":"opaque"}]}}}`},
		wiretest.Reply{Status: 200, Body: `{"totalCount":1,"items":[` + file(t, "get-a-list-of-customers") + `]}`})
	var got []customers.TenantID
	for c, err := range s.All(t.Context(), customers.ListOptions{PageSize: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c.ID)
	}
	if diff := cmp.Diff([]customers.TenantID{fabrikam, fabrikam}, got); diff != "" {
		t.Errorf("All (-want +got):\n%s", diff)
	}
	wiretest.Check(t, w.Sent[0], "GET", base+"?size=2", "app", "")
	wiretest.Check(t, w.Sent[1], "GET", base+"?size=2&seekOperation=Next", "app", "")
	if got := w.Sent[1].Header.Get("MS-ContinuationToken"); got != "opaque" {
		t.Errorf("the second page was asked for with continuation token %q, want opaque", got)
	}
}

func TestAllAsksForPagesThatThereAre(t *testing.T) {
	for size, want := range map[int]string{0: "500", -1: "500", 501: "500", 500: "500", 1: "1"} {
		s, w := service(t, wiretest.Reply{Status: 200, Body: `{"items":[]}`})
		for _, err := range s.All(t.Context(), customers.ListOptions{PageSize: size}) {
			t.Errorf("All of an empty list yields %v", err)
		}
		wiretest.Check(t, w.Last(), "GET", base+"?size="+want, "app", "")
	}
}

func TestAllEndsWithItsError(t *testing.T) {
	s, _ := service(t, wiretest.Reply{Status: 401, Reason: "401 Unauthorized - MFA required"})
	n := 0
	for c, err := range s.All(t.Context(), customers.ListOptions{}) {
		n++
		if c != nil || !errors.Is(err, partnercenter.ErrMFARequired) {
			t.Errorf("All yields %v, %v, want only ErrMFARequired", c, err)
		}
	}
	if n != 1 {
		t.Errorf("All yields %d times, want once", n)
	}
}

func TestDelete(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 204})
	const id = "3c5c1f5e-31d3-4d6c-9e6e-6f0a5c4d3b2a"
	if err := s.Delete(t.Context(), fabrikam, partnercenter.RequestID(id)); err != nil {
		t.Fatal(err)
	}
	wiretest.Check(t, w.Last(), "DELETE", base+"/"+string(fabrikam), "app", "")
	if got := w.Last().Header.Get("MS-RequestId"); got != id {
		t.Errorf("Delete sent request id %s, want the caller's %s", got, id)
	}
}

func TestDeleteErrors(t *testing.T) {
	tests := []struct {
		name        string
		reply       wiretest.Reply
		unsupported bool
		also        error
	}{
		{"no such call", wiretest.Reply{Status: 405}, true, nil},
		{"not implemented", wiretest.Reply{Status: 501}, true, nil},
		{"code", wiretest.Reply{Status: 400, Body: `{"code":900127}`}, true, nil},
		{"forbidden", wiretest.Reply{Status: 403}, true, partnercenter.ErrForbidden},
		{"gone already", wiretest.Reply{Status: 403, Body: `{"code":20002}`}, false, partnercenter.ErrNoRelationship},
		{"not found", wiretest.Reply{Status: 404}, false, partnercenter.ErrNotFound},
		{"app only refused", wiretest.Reply{Status: 403, Body: `{"code":900329}`}, false, partnercenter.ErrAppOnlyNotSupported},
		{"failure", wiretest.Reply{Status: 500}, false, partnercenter.ErrTransient},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := service(t, tt.reply)
			err := s.Delete(t.Context(), fabrikam)
			if err == nil || errors.Is(err, partnercenter.ErrNotSupported) != tt.unsupported || tt.also != nil && !errors.Is(err, tt.also) {
				t.Errorf("Delete = %v, want ErrNotSupported %v and %v", err, tt.unsupported, tt.also)
			}
			if e, ok := errors.AsType[*partnercenter.Error](err); !ok || e.Status != tt.reply.Status {
				t.Errorf("Delete = %#v, want an Error with status %d", err, tt.reply.Status)
			}
		})
	}
}

func file(t testing.TB, page string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + page + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
