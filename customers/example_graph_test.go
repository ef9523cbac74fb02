package customers_test

import (
	"context"
	"fmt"
	"log"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercentertest"
)

// delegated returns an emulator with one GDAP relationship.
func delegated() *partnercentertest.Server {
	return partnercentertest.New(partnercentertest.Customer{ID: string(fabrikam), Company: "Fabrikam BV", Domain: "fabrikam.example"}.
		With(partnercentertest.GDAPRelationship(gdap)))
}

func ExampleService_AllGDAPRelationships() {
	service, err := onEmulator(delegated())
	if err != nil {
		log.Fatal(err)
	}
	for g, err := range service.AllGDAPRelationships(context.Background(), customers.GDAPActive, customers.GDAPExpiring) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(g.Customer.DisplayName, g.DisplayName, g.Status)
	}
	// Output: Fabrikam BV Partner support active
}

func ExampleService_GDAPRelationship() {
	service, err := onEmulator(delegated())
	if err != nil {
		log.Fatal(err)
	}
	g, err := service.GDAPRelationship(context.Background(), gdap)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(g.Status)
	// Output: active
}

func ExampleService_FollowGDAPRequest() {
	service, err := onEmulator(delegated())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	request, err := service.TerminateGDAP(ctx, gdap)
	if err != nil {
		log.Fatal(err)
	}
	g, err := service.FollowGDAPRequest(ctx, gdap, request.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(g.Status)
	// Output: terminated
}

func ExampleService_Contracts() {
	service, err := onEmulator(delegated())
	if err != nil {
		log.Fatal(err)
	}
	for contract, err := range service.Contracts(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(contract.DisplayName, contract.DefaultDomainName, contract.ContractType)
	}
	// Output: Fabrikam BV fabrikam.example ResellerPartner
}
