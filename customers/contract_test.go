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

func TestContracts(t *testing.T) {
	s, w := service(t,
		wiretest.Reply{Status: 200, Body: `{"value":[` + file(t, "contract-list") + `],"@odata.nextLink":"https://graph.microsoft.com/v1.0/contracts?$skiptoken=x"}`},
		wiretest.Reply{Status: 200, Body: `{"value":[{"CustomerId":"1F0A6C5E-3B52-4D0C-8A7E-5B1D2C9F4E01","ContractType":"somethingNew","displayName":null}]}`})
	var got []customers.Contract
	for c, err := range s.Contracts(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, *c)
	}
	want := []customers.Contract{
		{CustomerID: fabrikam, DefaultDomainName: "fabrikam.onmicrosoft.com", DisplayName: "Fabrikam BV", ContractType: "ResellerPartner"},
		{CustomerID: contoso, ContractType: "somethingNew"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Contracts (-want +got):\n%s", diff)
	}
	wiretest.Check(t, w.Sent[0], "GET", "https://graph.microsoft.com/v1.0/contracts", "graph", "")
	wiretest.Check(t, w.Sent[1], "GET", "https://graph.microsoft.com/v1.0/contracts?$skiptoken=x", "graph", "")
}

func TestContractsErrors(t *testing.T) {
	for want, r := range map[error]wiretest.Reply{
		partnercenter.ErrForbidden:        {Status: 403, Body: `{"error":{"code":"Authorization_RequestDenied","message":"No."}}`},
		partnercenter.ErrUnexpectedAnswer: {Status: 200, Body: `{}`},
	} {
		s, _ := service(t, r)
		n := 0
		for c, err := range s.Contracts(t.Context()) {
			if n++; c != nil || !errors.Is(err, want) {
				t.Errorf("Contracts yields %v, %v, want %v alone", c, err, want)
			}
		}
		if n != 1 {
			t.Errorf("Contracts yields %d times, want once", n)
		}
	}
}

func TestContractsOnTheEmulator(t *testing.T) {
	fake := partnercentertest.New(
		partnercentertest.Customer{ID: string(fabrikam), Company: "Fabrikam BV"}, partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV"})
	fake.PageSize = 1
	var got []string
	for c, err := range emulated(t, fake).Contracts(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c.DisplayName)
	}
	if diff := cmp.Diff([]string{"Fabrikam BV", "Contoso BV"}, got); diff != "" {
		t.Errorf("Contracts (-want +got):\n%s", diff)
	}
}
