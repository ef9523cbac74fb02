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
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestSearch(t *testing.T) {
	tests := []struct {
		filter customers.Filter
		token  string
		query  url.Values
	}{
		{customers.Filter{Field: customers.ByCompanyName, Value: "Cont"}, "app",
			url.Values{"size": {"500"}, "filter": {`{"Field":"CompanyName","Value":"Cont","Operator":"starts_with"}`}}},
		{customers.Filter{Field: customers.ByDomain, Value: ` a"b&c d `, PageSize: 7}, "app",
			url.Values{"size": {"7"}, "filter": {`{"Field":"Domain","Value":"a\"b\u0026c d","Operator":"starts_with"}`}}},
		{customers.Filter{Field: customers.ByIndirectReseller, Value: string(contoso)}, "user",
			url.Values{"size": {"500"}, "filter": {`{"Field":"IndirectReseller","Value":"` + string(contoso) + `","Operator":"starts_with"}`}}},
		{customers.Filter{Field: "indirectreseller", Value: "x"}, "user",
			url.Values{"size": {"500"}, "filter": {`{"Field":"indirectreseller","Value":"x","Operator":"starts_with"}`}}},
	}
	for _, tt := range tests {
		s, w := service(t, wiretest.Reply{Status: 200, Body: `{"items":[` + file(t, "get-a-list-of-customers") + `]}`})
		n := 0
		for c, err := range s.Search(t.Context(), tt.filter) {
			if err != nil || c.ID != fabrikam {
				t.Errorf("Search(%v) yields %v, %v", tt.filter, c, err)
			}
			n++
		}
		u, err := url.Parse(w.Last().URL)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.query, u.Query()); diff != "" || n != 1 || w.Last().Token != tt.token {
			t.Errorf("Search(%v) yields %d as %s, want 1 as %s; query (-want +got):\n%s", tt.filter, n, w.Last().Token, tt.token, diff)
		}
	}
}

func TestSearchForNothingSendsNothing(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 200, Body: `{"items":[]}`})
	for _, f := range []customers.Filter{{}, {Field: customers.ByDomain}, {Field: customers.ByDomain, Value: " \t"}, {Value: "x"}} {
		n := 0
		for c, err := range s.Search(t.Context(), f) {
			n++
			if c != nil || err == nil || !partnercenter.NotSent(err) {
				t.Errorf("Search(%v) yields %v, %v, want an error that was not sent", f, c, err)
			}
		}
		if n != 1 || len(w.Sent) != 0 {
			t.Errorf("Search(%v) yields %d times after %d requests, want once and none", f, n, len(w.Sent))
		}
	}
}

func TestSearchByResellerNeedsAUser(t *testing.T) {
	w := &wiretest.Wire{Replies: []wiretest.Reply{{Status: 200}}}
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("app")}, partnercenter.WithTransport(w))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range customers.New(client).Search(t.Context(), customers.Filter{Field: customers.ByIndirectReseller, Value: "x"}) {
		if !errors.Is(err, partnercenter.ErrMissingCredential) || len(w.Sent) != 0 {
			t.Errorf("Search = %v after %d requests, want ErrMissingCredential and none", err, len(w.Sent))
		}
	}
}

func TestSearchGoesThroughAllPages(t *testing.T) {
	fake := partnercentertest.New(
		partnercentertest.Customer{ID: string(fabrikam), Company: "Fabrikam BV"},
		partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV"},
		partnercentertest.Customer{ID: "2a1b7d6f-4c63-4e1d-9b8f-6c2e3da05f12", Company: "fabrikam two & three"},
	)
	fake.PageSize = 1
	s := emulated(t, fake)
	search := s.Search(t.Context(), customers.Filter{Field: customers.ByCompanyName, Value: "FABRIKAM"})
	for range 2 { // a list may be ranged twice
		var got []string
		for c, err := range search {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, c.CompanyProfile.CompanyName)
		}
		if diff := cmp.Diff([]string{"Fabrikam BV", "fabrikam two & three"}, got); diff != "" {
			t.Errorf("Search (-want +got):\n%s", diff)
		}
	}
	for _, err := range s.Search(t.Context(), customers.Filter{Field: "Phone", Value: "1"}) {
		if !errors.Is(err, partnercenter.ErrValidation) {
			t.Errorf("Search by what the service does not know = %v, want ErrValidation", err)
		}
	}
}
