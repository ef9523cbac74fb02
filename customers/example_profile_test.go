package customers_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/url"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// billed returns an emulator whose customer has a whole billing profile.
func billed() *partnercentertest.Server {
	return partnercentertest.New(partnercentertest.Customer{
		ID: string(fabrikam), Company: "Fabrikam BV", Domain: "fabrikam.example", RegistrationNumber: "12345",
		Billing: map[string]any{"defaultAddress": map[string]any{
			"firstName": "Ada", "lastName": "Visser", "addressLine1": "Damrak 1", "city": "Amsterdam", "postalCode": "1012LG", "country": "NL",
		}},
	})
}

func ExampleService_BillingProfile() {
	service, err := onEmulator(billed())
	if err != nil {
		log.Fatal(err)
	}
	profile, err := service.BillingProfile(context.Background(), fabrikam)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(profile.Culture, profile.DefaultAddress.City)
	// Output: en-US Amsterdam
}

func ExampleService_UpdateBillingProfile() {
	service, err := onEmulator(billed())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	for { // until nobody else has changed the profile in between
		profile, err := service.BillingProfile(ctx, fabrikam)
		if err != nil {
			log.Fatal(err)
		}
		profile.Culture = "nl-NL"
		err = service.UpdateBillingProfile(ctx, fabrikam, profile)
		if err == nil {
			break
		} else if !errors.Is(err, partnercenter.ErrStaleETag) {
			log.Fatal(err)
		}
	}
	profile, err := service.BillingProfile(ctx, fabrikam)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(profile.Culture)
	// Output: nl-NL
}

func ExampleService_CompanyProfile() {
	service, err := onEmulator(billed())
	if err != nil {
		log.Fatal(err)
	}
	company, err := service.CompanyProfile(context.Background(), fabrikam)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(company.CompanyName, company.OrganizationRegistrationNumber, company.Address == nil)
	// Output: Fabrikam BV 12345 true
}

// reselling returns an emulator of an indirect provider with one reseller.
func reselling() *partnercentertest.Server {
	const reseller = "2a1b7d6f-4c63-4e1d-9b8f-6c2e3da05f12"
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(fabrikam), Company: "Fabrikam BV", Reseller: reseller})
	fake.Resellers = []partnercentertest.Reseller{{ID: reseller, Name: "Proseware Resale", MPNID: "4847383"}}
	return fake
}

func ExampleService_IndirectResellers() {
	service, err := onEmulator(reselling())
	if err != nil {
		log.Fatal(err)
	}
	for reseller, err := range service.IndirectResellers(context.Background(), fabrikam) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(reseller.Name, reseller.MPNID)
	}
	// Output: Proseware Resale 4847383
}

func ExampleService_PartnerRelationships() {
	service, err := onEmulator(reselling())
	if err != nil {
		log.Fatal(err)
	}
	for reseller, err := range service.PartnerRelationships(context.Background(), customers.IndirectProviderOf) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(reseller.Name, reseller.State)
	}
	// Output: Proseware Resale Active
}

func ExampleService_RelationshipRequestURL() {
	service, err := onEmulator(partnercentertest.New())
	if err != nil {
		log.Fatal(err)
	}
	link, err := service.RelationshipRequestURL(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(u.Host)
	// Output: admin.microsoft.com
}
