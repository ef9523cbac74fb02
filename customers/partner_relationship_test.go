package customers_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

const api = "https://api.partnercenter.microsoft.com/v1"

func TestPartnerRelationships(t *testing.T) {
	want := customers.PartnerRelationship{
		ID: contoso, Name: "Proseware Resale", RelationshipType: "is_indirect_cloud_solution_provider_of", MPNID: "4847383",
	}
	s, w := service(t, wiretest.Reply{Status: 200, Body: `{"items":[` + file(t, "get-indirect-resellers-of-a-customer") + `]}`})
	for r, err := range s.IndirectResellers(t.Context(), fabrikam) {
		if err != nil || *r != want {
			t.Errorf("IndirectResellers yields %+v, %v, want %+v", r, err, want)
		}
	}
	wiretest.Check(t, w.Last(), "GET", api+"/customers/"+string(fabrikam)+"/relationships", "user", "")

	want.State, want.Location = "Active", "US"
	s, w = service(t, wiretest.Reply{Status: 200, Body: `{"Items":[` + file(t, "retrieve-a-list-of-indirect-resellers") + `]}`})
	for r, err := range s.PartnerRelationships(t.Context(), customers.IndirectProviderOf) {
		if err != nil || *r != want || !r.RelationshipType.Is(customers.IndirectProviderOf) {
			t.Errorf("PartnerRelationships yields %+v, %v, want %+v", r, err, want)
		}
	}
	wiretest.Check(t, w.Last(), "GET", api+"/relationships?relationship_type=IsIndirectCloudSolutionProviderOf", "user", "")
	if len(w.Sent) != 1 {
		t.Errorf("%d requests were sent, want 1", len(w.Sent))
	}
}

func TestPartnerRelationshipType(t *testing.T) {
	for text, want := range map[customers.PartnerRelationshipType]bool{
		"is_indirect_reseller_of": true, "IsIndirectResellerOf": true, "ISINDIRECTRESELLEROF": true,
		"is_indirect_cloud_solution_provider_of": false, "": false, "advisor": false,
	} {
		if got := text.Is(customers.IndirectResellerOf); got != want {
			t.Errorf("%q.Is(IndirectResellerOf) = %t, want %t", text, got, want)
		}
	}
}

func TestResellersOnTheEmulator(t *testing.T) {
	fake := partnercentertest.New(
		partnercentertest.Customer{ID: string(fabrikam), Company: "Fabrikam BV"},
		partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV", Reseller: gdap[:36]},
	)
	fake.Resellers = []partnercentertest.Reseller{{ID: gdap[:36], Name: "Proseware Resale", MPNID: "4847383"}}
	s := emulated(t, fake)
	names := func(of customers.TenantID) (out []string) {
		for r, err := range s.IndirectResellers(t.Context(), of) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, r.Name)
		}
		return out
	}
	if diff := cmp.Diff([]string{"Proseware Resale"}, names(contoso)); diff != "" || names(fabrikam) != nil {
		t.Errorf("IndirectResellers of a direct customer = %v; of the other (-want +got):\n%s", names(fabrikam), diff)
	}
	n := visser()
	n.AssociatedPartnerID = "4847383"
	created, err := s.Create(t.Context(), n)
	if err != nil || created.AssociatedPartnerID != "4847383" || created.Relationship != customers.Reseller {
		t.Errorf("Create for a reseller = %+v, %v", created, err)
	}
	found := 0
	for _, err := range s.Search(t.Context(), customers.Filter{Field: customers.ByIndirectReseller, Value: gdap[:36]}) {
		if err != nil {
			t.Fatal(err)
		}
		found++
	}
	if found != 2 {
		t.Errorf("Search by reseller finds %d customers, want 2", found)
	}
	for _, err := range s.PartnerRelationships(t.Context(), "IsFriendOf") {
		if !errors.Is(err, partnercenter.ErrValidation) {
			t.Errorf("PartnerRelationships of an unknown type = %v, want ErrValidation", err)
		}
	}
}

func TestRelationshipRequestURL(t *testing.T) {
	for _, body := range []string{`{"url":"https://a.example/?x=1"}`, "\xef\xbb\xbf" + `{"Url":"https://a.example/?x=1","Attributes":{}}`} {
		s, w := service(t, wiretest.Reply{Status: 200, Body: body})
		got, err := s.RelationshipRequestURL(t.Context())
		if err != nil || got != "https://a.example/?x=1" {
			t.Errorf("RelationshipRequestURL of %s = %q, %v", body, got, err)
		}
		wiretest.Check(t, w.Last(), "GET", api+"/customers/relationshiprequests", "user", "")
	}
	for _, body := range []string{`{}`, `null`, `{"url":""}`, `[]`, ``} {
		s, _ := service(t, wiretest.Reply{Status: 200, Body: body})
		if got, err := s.RelationshipRequestURL(t.Context()); got != "" || !errors.Is(err, partnercenter.ErrUnexpectedAnswer) {
			t.Errorf("RelationshipRequestURL of %q = %q, %v, want ErrUnexpectedAnswer", body, got, err)
		}
	}
}
