package mca_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// From the attestation to the agreement, against the emulator.
func Example() {
	ctx := context.Background()
	service, fake, err := onEmulator(partnercentertest.Customer{}) // a program gives its own credentials
	if err != nil {
		fmt.Println(err)
		return
	}
	created, err := service.CreateAttestation(ctx, mca.NewAttestation("Fabrikam BV").
		Country("NL").Language("nl-NL").
		Signatory("Ada", "Visser", "ada.visser@fabrikam.example", ""))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the link, when it is logged:", created.Link)

	_ = fake.Accept(created.ID.Reveal()) // the customer does this, on the page

	status, err := service.AttestationStatus(ctx, created.ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("attestation:", status.State)
	template, err := service.Template(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	agreement, err := service.CreateAgreement(ctx, fabrikam, mca.NewAgreement{
		AttestationID: created.ID, TemplateID: template.ID, Agreed: status.Accepted,
		Signatory: mca.Signatory{FirstName: "Ada", LastName: "Visser", Email: "ada.visser@fabrikam.example"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(agreement.Type, "of", agreement.Signatory)
	// Output:
	// the link, when it is logged: REDACTED
	// attestation: accepted
	// MicrosoftCustomerAgreement of REDACTED
}

func ExampleNew() {
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("a token")})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = mca.New(client, mca.WithWire(mca.Wire{Link: "http://cdn.partner.microsoft.com/mca/"}))
	fmt.Println(err)

	service, err := mca.New(client, mca.WithOwnDomains("partner.example")) // sends nothing yet
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = service.Agreements(context.Background(), fabrikam)
	fmt.Println(err)
	// Output:
	// mca: Link must be an https URL
	// listing agreements of customer b44bb1fb-c595-45b0-9e09-d657365580bf needs app+user credentials: credentials are missing
}

func ExampleAttestation_Validate() {
	err := mca.NewAttestation("Fabrikam BV").
		Country("NL").Language("nl-NL").
		Signatory("Ada", "", "ada@microsoft.com", "").
		Validate()
	fmt.Println(err)
	// Output:
	// mca: signatory: last name is missing (required)
	// mca: signatory: e-mail address must not be at microsoft.com (R15)
}

func ExampleAttestation_Check() {
	findings := mca.NewAttestation("Fabrikam.com").
		Country("NL").Language("nl").ValidFor(time.Minute).
		Signatory("Ada", "Visser", "ada.visser@fabrikam.example", "").
		Check()
	for _, e := range findings.Errors {
		fmt.Println(e)
	}
	for _, w := range findings.Warnings {
		fmt.Println("warning:", w)
	}
	// Output:
	// the link must be valid for 5 minutes to 7 days (lifetime)
	// warning: company name should not end in a domain extension (R8)
	// warning: language should name a country, too, such as nl-NL (language)
}

func ExampleAttestation_Defaults() {
	profile := mca.Details{ // such as a billing profile gives
		Company: "Fabrikam BV", Country: "NL", Language: "nl-NL",
		Signatory: mca.Signatory{FirstName: "Ada", LastName: "Visser", Email: "ada.visser@fabrikam.example"},
	}
	attestation := mca.NewAttestation("Fabrikam Holding BV").Defaults(profile)
	fmt.Println(attestation.Validate())
	fmt.Printf("%v\n", attestation)
	// Output:
	// <nil>
	// {Company:Fabrikam Holding BV Country:NL Language:nl-NL Signatory:REDACTED ValidFor:168h0m0s}
}

func ExampleClassify() {
	now := time.Date(2026, 2, 3, 12, 0, 0, 0, time.UTC)
	old := mca.Agreement{Type: mca.MicrosoftCustomerAgreement, Agreed: time.Date(2021, 5, 1, 0, 0, 0, 0, time.UTC)}
	facts := mca.Facts{AgreementsRead: true, Agreements: []mca.Agreement{old}}

	show := func(s mca.Status) { fmt.Printf("%s: %s\n", s.State, s.Reason) }
	show(mca.Classify(facts, now)) // the direct acceptance was not read yet

	facts.DirectRead = true
	show(mca.Classify(facts, now))

	facts.Attestation = &mca.AttestationFacts{State: mca.AttestationPending, Expires: now.Add(time.Hour)}
	show(mca.Classify(facts, now))
	show(mca.Classify(facts, now.Add(2*time.Hour)))
	// Output:
	// unknown: Whether the customer accepted the agreement itself could not be read.
	// required: The customer's agreement is from before 1 April 2023 and has to be accepted again.
	// pending: The customer has an acceptance link and has not accepted yet.
	// link_expired: The acceptance link expired before the customer accepted; a new one is needed.
}

func ExampleService_CreateAgreement() {
	ctx := context.Background()
	service, _, err := onEmulator(partnercentertest.Customer{})
	if err != nil {
		fmt.Println(err)
		return
	}
	signatory := mca.Signatory{FirstName: "Ada", LastName: "Visser", Email: "ada.visser@fabrikam.example"}
	created, err := service.CreateAttestation(ctx, mca.NewAttestation("Fabrikam BV").Defaults(mca.Details{
		Country: "NL", Language: "nl-NL", Signatory: signatory,
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = service.CreateAgreement(ctx, fabrikam, mca.NewAgreement{
		AttestationID: created.ID, Signatory: signatory, TemplateID: template,
	})
	switch {
	case errors.Is(err, partnercenter.ErrDuplicateAgreement):
		fmt.Println("an agreement with this signatory exists: read the agreements")
	case errors.Is(err, mca.ErrAttestationUnusable):
		e, _ := errors.AsType[*partnercenter.Error](err)
		fmt.Println("not accepted yet, or expired:", e.Name)
	}
	// Output:
	// not accepted yet, or expired: AttestationNotAccepted
}

func ExampleFromCloudCockpit() {
	fmt.Println(mca.FromCloudCockpit("LinkGenerated"), mca.FromCloudCockpit("SomethingNew"))
	fmt.Println(mca.ReadyToCreateAgreement.CloudCockpit())
	// Output:
	// pending unknown
	// customeraccepted
}

func ExampleService_Link() {
	service, _, err := onEmulator(partnercentertest.Customer{})
	if err != nil {
		fmt.Println(err)
		return
	}
	link := service.Link("49a69a39-8244-4c51-9805-4f5aa3adac6b")
	fmt.Println("logged:", link)
	fmt.Println("shown to the signatory:", link.Reveal())
	// Output:
	// logged: REDACTED
	// shown to the signatory: https://cdn.partner.microsoft.com/mca/?attestationid=49a69a39-8244-4c51-9805-4f5aa3adac6b
}

func ExampleService_DirectlyAccepted() {
	service, _, err := onEmulator(partnercentertest.Customer{DirectlySigned: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(service.DirectlyAccepted(context.Background(), fabrikam))
	fmt.Println(service.Agreements(context.Background(), fabrikam))
	// Output:
	// true <nil>
	// [] <nil>
}

func ExampleService_TemplateDocument() {
	service, _, err := onEmulator(partnercentertest.Customer{})
	if err != nil {
		fmt.Println(err)
		return
	}
	document, err := service.TemplateDocument(context.Background(), template, "nl-NL", "NL")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(document.Language, document.Country, document.DownloadURL != "")
	// Output:
	// nl-NL NL true
}

func ExampleService_CheckCredentials() {
	client, err := partnercenter.New(auth.Credentials{AppUser: auth.Static("a token")})
	if err != nil {
		fmt.Println(err)
		return
	}
	service, err := mca.New(client)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(service.CheckCredentials(context.Background()))
	// Output:
	// creating an attestation needs app-only credentials: credentials are missing
}

// If Microsoft's service turns out to be another than this package expects.
func ExampleWithWire() {
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("a token")})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = mca.New(client, mca.WithWire(mca.Wire{
		StatusPath: "/attestations/{id}",
		Members:    mca.Members{Phone: "signatoryPhone"},
		Accepted:   []string{"Accepted", "Signed"},
	}))
	fmt.Println(err)
	// Output:
	// <nil>
}
