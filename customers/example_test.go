package customers_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// newService returns the customers of an emulator. A program gives its
// credentials, and no transport.
func newService() (*customers.Service, error) {
	fake := partnercentertest.New(
		partnercentertest.Customer{ID: string(fabrikam), Company: "Fabrikam BV"},
		partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV", Relationship: "none"},
	)
	app, err := auth.NewApp(auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: fake},
	})
	if err != nil {
		return nil, err
	}
	client, err := partnercenter.New(auth.Credentials{App: app}, partnercenter.WithTransport(fake))
	if err != nil {
		return nil, err
	}
	return customers.New(client), nil
}

func ExampleParseTenantID() {
	fmt.Println(customers.ParseTenantID("B44BB1FB-C595-45B0-9E09-D657365580BF"))
	_, err := customers.ParseTenantID("fabrikam.onmicrosoft.com")
	fmt.Println(err)
	// Output:
	// b44bb1fb-c595-45b0-9e09-d657365580bf <nil>
	// a customer id is a GUID such as b44bb1fb-c595-45b0-9e09-d657365580bf, not "fabrikam.onmicrosoft.com"
}

func ExampleNew() {
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("a token")})
	if err != nil {
		fmt.Println(err)
		return
	}
	service := customers.New(client) // sends nothing yet

	err = service.CheckRemoval(context.Background(), fabrikam)
	fmt.Println(err)
	// Output:
	// removing the reseller relationship with customer b44bb1fb-c595-45b0-9e09-d657365580bf needs app+user credentials: credentials are missing
}

func ExampleService_All() {
	service, err := newService()
	if err != nil {
		fmt.Println(err)
		return
	}
	for customer, err := range service.All(context.Background(), customers.ListOptions{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(customer.CompanyProfile.CompanyName, customer.Relationship)
	}
	// Output:
	// Fabrikam BV reseller
}

func ExampleService_Get() {
	service, err := newService()
	if err != nil {
		fmt.Println(err)
		return
	}
	customer, err := service.Get(context.Background(), fabrikam)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(customer.CompanyProfile.CompanyName, customer.Relationship)

	_, err = service.Get(context.Background(), contoso)
	fmt.Println(errors.Is(err, partnercenter.ErrNoRelationship))
	// Output:
	// Fabrikam BV reseller
	// true
}
