package customers_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

func ExampleService_Create() {
	service, err := onEmulator(partnercentertest.New())
	if err != nil {
		log.Fatal(err)
	}
	// An id that is recorded before makes a repeat after a crash safe.
	const id = "3c5c1f5e-31d3-4d6c-9e6e-6f0a5c4d3b2a"
	created, err := service.Create(context.Background(), customers.NewCustomer{
		Domain: "fabrikamtest01.onmicrosoft.com", CompanyName: "Fabrikam BV", Email: "ops@fabrikam.example",
		Culture: "nl-NL", Language: "nl", OwnDomains: []string{"partner.example"},
		DefaultAddress: customers.Address{
			FirstName: "Ada", LastName: "Visser", AddressLine1: "Damrak 1", City: "Amsterdam", PostalCode: "1012LG", Country: "NL",
		},
	}, partnercenter.RequestID(id))
	if partnercenter.OutcomeUnknown(err) {
		log.Fatal("create the same customer again, with the same id")
	} else if err != nil {
		log.Fatal(err)
	}
	fmt.Println(created.CompanyProfile.Domain)
	fmt.Println(created.UserCredentials) // created.UserCredentials.Password.Reveal() gives the password
	// Output:
	// fabrikamtest01.onmicrosoft.com
	// {admin REDACTED}
}

func ExampleNewCustomer_Check() {
	findings := customers.NewCustomer{
		Domain: "fabrikam", CompanyName: "LLC", Email: "ops@fabrikam.example", Culture: "pt-BR", Language: "pt",
		DefaultAddress: customers.Address{
			FirstName: "Ada", LastName: "Visser", AddressLine1: "Rua 1", City: "Recife", State: "PE", Country: "BR", PhoneNumber: "81 5555 0101",
		},
	}.Check(nil)
	for _, f := range findings.Errors {
		fmt.Println("error:", f)
	}
	for _, f := range findings.Warnings {
		fmt.Println("warning:", f)
	}
	// Output:
	// error: domain must be one domain such as fabrikam.onmicrosoft.com (domain)
	// error: company name must not be an abbreviation of a legal form alone (R6)
	// warning: organization registration number is missing; the country may want it (registration_number)
}

func ExampleService_DomainTaken() {
	service, err := onEmulator(partnercentertest.New(partnercentertest.Customer{ID: string(fabrikam), Domain: "fabrikam.onmicrosoft.com"}))
	if err != nil {
		log.Fatal(err)
	}
	for _, domain := range []string{"fabrikam.onmicrosoft.com", "fabrikam2.onmicrosoft.com"} {
		taken, err := service.DomainTaken(context.Background(), domain)
		fmt.Println(domain, taken, err)
	}
	// Output:
	// fabrikam.onmicrosoft.com true <nil>
	// fabrikam2.onmicrosoft.com false <nil>
}

func ExampleService_ValidateAddress() {
	service, err := onEmulator(partnercentertest.New())
	if err != nil {
		log.Fatal(err)
	}
	answer, err := service.ValidateAddress(context.Background(), customers.Address{
		AddressLine1: "Damrak 1", City: "Amsterdam", PostalCode: "1012LG", Country: "NL",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Status, len(answer.Suggested))
	// Output: VerifiedShippable 1
}

func ExampleService_CountryRules() {
	service, err := onEmulator(partnercentertest.New())
	if err != nil {
		log.Fatal(err)
	}
	rules, err := service.CountryRules(context.Background(), "US")
	if err != nil {
		log.Fatal(err)
	}
	err = customers.Address{AddressLine1: "1 Main Street", City: "Redmond", PostalCode: "98052", Country: "US"}.Check(rules).Err()
	fmt.Println(err)
	fmt.Println(errors.Is(err, customers.ErrCompanyInfo))
	// Output:
	// company info: state is missing (required)
	// true
}

func ExampleService_Search() {
	service, err := onEmulator(partnercentertest.New(
		partnercentertest.Customer{ID: string(fabrikam), Company: "Fabrikam BV"},
		partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV"},
	))
	if err != nil {
		log.Fatal(err)
	}
	filter := customers.Filter{Field: customers.ByCompanyName, Value: "fab"}
	for customer, err := range service.Search(context.Background(), filter) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(customer.CompanyProfile.CompanyName)
	}
	// Output: Fabrikam BV
}
