package customers_test

import (
	"net/http"
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// onEmulator returns the customers of an emulator, with all credentials.
func onEmulator(fake *partnercentertest.Server, opts ...partnercenter.Option) (*customers.Service, error) {
	through := &http.Client{Transport: fake}
	registration := auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		ClientSecret: partnercentertest.ClientSecret, HTTPClient: through,
	}
	creds, err := auth.NewCredentials(auth.UserConfig{App: registration, RefreshToken: partnercentertest.RefreshToken})
	if err != nil {
		return nil, err
	}
	client, err := partnercenter.New(
		creds,
		append(opts, partnercenter.WithTransport(fake))...)
	if err != nil {
		return nil, err
	}
	return customers.New(client), nil
}

func emulated(t *testing.T, fake *partnercentertest.Server, opts ...partnercenter.Option) *customers.Service {
	t.Helper()
	s, err := onEmulator(fake, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// calls returns method and path of every request to Partner Center and Graph.
func calls(fake *partnercentertest.Server) []string {
	var all []string
	for _, r := range fake.Requests() {
		if r.Service != "entra" {
			all = append(all, r.Method+" "+r.Path)
		}
	}
	return all
}

// visser is a customer that nothing is wrong with.
func visser() customers.NewCustomer {
	return customers.NewCustomer{
		Domain: "fabrikamtest01.onmicrosoft.com", CompanyName: "Fabrikam BV", Email: "ops@fabrikam.example", Culture: "en-US", Language: "en",
		DefaultAddress: customers.Address{
			FirstName: "Ada", LastName: "Visser", AddressLine1: "Damrak 1", City: "Amsterdam",
			PostalCode: "1012LG", Country: "NL", PhoneNumber: "+31201234567",
		},
	}
}
