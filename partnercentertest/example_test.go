package partnercentertest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/subscriptions"
)

// tokens need no sign-in.
var tokens = auth.Credentials{
	App:     auth.Static(partnercentertest.AppToken),
	AppUser: auth.Static(partnercentertest.UserToken),
	Graph:   auth.Static(partnercentertest.GraphToken),
}

// The server is the transport of a client: there is no port, and nobody signs in.
func Example() {
	fake := partnercentertest.New(partnercentertest.Demo()...)
	creds := auth.Credentials{
		App:     auth.Static(partnercentertest.AppToken),
		AppUser: auth.Static(partnercentertest.UserToken),
		Graph:   auth.Static(partnercentertest.GraphToken),
	}
	client, err := cspkit.New(creds, cspkit.WithTransport(fake))
	if err != nil {
		log.Fatal(err)
	}

	const customer = "7f60c2b4-91b8-4362-80d4-b17382f5a467"
	_, err = client.Customer(customer).Subscriptions().Get(context.Background(), "unknown")
	refusal, ok := errors.AsType[*partnercenter.Error](err)
	if !ok {
		log.Fatal(err)
	}
	fmt.Println(refusal.Status, refusal.Code, refusal.Message)
	fmt.Println(fake.State(customer).Company, "has", len(fake.State(customer).Subscriptions), "subscriptions")
	// Output:
	// 404 20003 The subscription was not found.
	// Humongous Insurance has 3 subscriptions
}

// An operation of somebody else stands in the audit records.
func ExampleServer_Record() {
	fake := partnercentertest.New(partnercentertest.Demo()...)
	fake.Record(partnercentertest.AuditRecord{CustomerID: "8071d3c5-a2c9-4473-91e5-c2849306b578", Operation: "extend_relationship"})
	client, err := partnercenter.New(tokens, partnercenter.WithTransport(fake))
	if err != nil {
		log.Fatal(err)
	}

	for record, err := range client.AuditRecords(context.Background(), partnercenter.AuditQuery{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(record.CustomerName, record.Operation, record.Status)
	}
	// Output: Alpine Ski House extend_relationship succeeded
}

// The answer to the first update is lost after it took effect. The client sends
// it again under the same MS-RequestId, and it is not applied twice.
func ExampleServer_Inject() {
	const customer, office = "b44bb1fb-c595-45b0-9e09-d657365580bf", "6e7aa601-629e-461b-8933-0898c3cc3c7c"
	fake := partnercentertest.New(partnercentertest.Customer{ID: customer}.With(partnercentertest.Legacy(office)))
	fake.Inject(partnercentertest.Fault{Operation: partnercentertest.UpdateSubscription, Subject: office, Cut: true})

	pc, err := partnercenter.New(tokens, partnercenter.WithTransport(fake))
	if err != nil {
		log.Fatal(err)
	}
	service, ctx := subscriptions.New(pc), context.Background()
	sub, err := service.Get(ctx, customer, office)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := service.Suspend(ctx, customer, sub); err != nil {
		log.Fatal(err)
	}
	for _, call := range fake.Calls() {
		fmt.Println(call)
	}
	fmt.Println(fake.Applied(customer, office), "change,", len(fake.Unmet()), "faults left")
	// Output:
	// GetSubscription 6e7aa601-629e-461b-8933-0898c3cc3c7c
	// UpdateSubscription 6e7aa601-629e-461b-8933-0898c3cc3c7c
	// UpdateSubscription 6e7aa601-629e-461b-8933-0898c3cc3c7c
	// 1 change, 0 faults left
}

// A customer accepts on the page of its link, or a test does it instead.
func ExampleServer_Accept() {
	const customer = "8071d3c5-a2c9-4473-91e5-c2849306b578"
	fake := partnercentertest.New(partnercentertest.Demo()...)
	client, err := cspkit.New(tokens, cspkit.WithTransport(fake))
	if err != nil {
		log.Fatal(err)
	}
	created, err := client.Customer(customer).MCA().Attest().
		Company("Alpine Ski House").Country("NL").Language("nl-NL").
		Signatory("Ada", "Visser", "ada@alpineskihouse.example", "").
		Create(context.Background())
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println(fake.Accept(created.ID.Reveal()))
	res, err := (&http.Client{Transport: fake}).Get(created.Link.Reveal())
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	page, _ := io.ReadAll(res.Body)
	fmt.Println(res.StatusCode, strings.Contains(string(page), "Already accepted"))
	// Output:
	// <nil>
	// 200 true
}

// An event goes to the URL that was registered, signed as Partner Center would.
func ExampleServer_Deliver() {
	fake := partnercentertest.New()
	receiver := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL, r.Header.Get("X-MS-Signature-Algorithm"))
	})
	event := partnercentertest.SubscriptionUpdated("7f60c2b4-91b8-4362-80d4-b17382f5a467", "a4c1340d-6911-4758-bba3-0c4c6007d161")
	err := fake.Deliver(context.Background(), partnercentertest.Handler{Handler: receiver}, event)
	fmt.Println(err) // a program registers first: see package webhooks
	_, err = partnercentertest.Handler{Handler: receiver}.RoundTrip(fake.SignedEvent(context.Background(), event))
	fmt.Println(err)
	// Output:
	// partnercentertest: nobody has registered for events
	// POST https://receiver.example/partner-center rsa-sha256
	// <nil>
}

// The server's clock goes ahead for a program whose own time does not.
func ExampleServer_Advance() {
	const customer, mail = "b44bb1fb-c595-45b0-9e09-d657365580bf", "a4c1340d-6911-4758-bba3-0c4c6007d161"
	fake := partnercentertest.New(partnercentertest.Customer{ID: customer}.With(partnercentertest.License(mail).NoRenewal()))
	fmt.Println(fake.State(customer).Subscriptions[0].Status)
	fake.Advance(365 * 24 * time.Hour)
	fmt.Println(fake.State(customer).Subscriptions[0].Status)
	// Output:
	// active
	// expired
}

// An attestation is as its times say; nobody has to create it first.
func ExampleServer_Attest() {
	fake := partnercentertest.New()
	fake.Attest(partnercentertest.Attestation{Company: "Contoso Bakery"})
	fake.Attest(partnercentertest.Attestation{Company: "Litware Legal", Accepted: time.Now().Add(-time.Hour)})
	fake.Attest(partnercentertest.Attestation{Company: "Tailspin Toys", Expires: time.Now().Add(-time.Hour)})
	for _, a := range fake.Attestations() {
		fmt.Println(a.Company, a.Status(fake.Now()))
	}
	// Output:
	// Contoso Bakery Pending
	// Litware Legal Accepted
	// Tailspin Toys Expired
}
