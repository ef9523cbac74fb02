package customers_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/partnercenter"
)

func TestCompanyProfile(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 200, Body: file(t, "get-a-customer-s-company-profile")})
	got, err := s.CompanyProfile(t.Context(), fabrikam)
	if err != nil {
		t.Fatal(err)
	}
	want := &customers.Company{
		CompanyProfile: customers.CompanyProfile{TenantID: fabrikam, Domain: "fabrikam.onmicrosoft.com", CompanyName: "Fabrikam BV"},
		Email:          "ops@fabrikam.example", OrganizationRegistrationNumber: "12345",
		Address: &customers.Address{AddressLine1: "Damrak 1", City: "Amsterdam", PostalCode: "1012LG", Country: "NL"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("CompanyProfile (-want +got):\n%s", diff)
	}
	wiretest.Check(t, w.Last(), "GET", base+"/"+string(fabrikam)+"/profiles/company", "user", "")
}

func TestCompanyProfileAnswers(t *testing.T) {
	s, _ := service(t, wiretest.Reply{Status: 200, Body: "\xef\xbb\xbf" + `{"TenantId":"B44BB1FB-C595-45B0-9E09-D657365580BF","Address":null,"More":1}`})
	if got, err := s.CompanyProfile(t.Context(), fabrikam); err != nil || got.TenantID != fabrikam || got.Address != nil {
		t.Errorf("CompanyProfile without delegated access = %+v, %v", got, err)
	}
	for _, body := range []string{`{}`, `null`, `[]`, ``} {
		s, _ := service(t, wiretest.Reply{Status: 200, Body: body})
		if got, err := s.CompanyProfile(t.Context(), fabrikam); got != nil || !errors.Is(err, partnercenter.ErrUnexpectedAnswer) {
			t.Errorf("CompanyProfile of %q = %v, %v, want ErrUnexpectedAnswer", body, got, err)
		}
	}
}
