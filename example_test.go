package cspkit_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

const fabrikam customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"

// newClient returns a client of an emulator, whose tokens need no sign-in;
// against Microsoft, credentials come from auth.NewApp and auth.NewUser.
func newClient(fake http.RoundTripper) *cspkit.Client {
	creds := auth.Credentials{
		App:     auth.Static(partnercentertest.AppToken),
		AppUser: auth.Static(partnercentertest.UserToken),
		Graph:   auth.Static(partnercentertest.GraphToken),
	}
	client, err := cspkit.New(creds, cspkit.WithTransport(fake))
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func emulator() *partnercentertest.Server {
	return partnercentertest.New(partnercentertest.Customer{ID: string(fabrikam), Company: "Fabrikam BV"}.With(
		partnercentertest.License("a4c1340d-6911-4758-bba3-0c4c6007d161"),
		partnercentertest.Legacy("6e7aa601-629e-461b-8933-0898c3cc3c7c"),
	))
}

func ExampleCustomer_Offboard() {
	client := newClient(emulator())

	report, err := client.Customer(fabrikam).Offboard(context.Background(), new(offboard.MemoryStore),
		offboard.Options{Poll: time.Millisecond})
	if err != nil {
		log.Fatal(err)
	}
	for _, w := range report.Writes {
		fmt.Println(w.Step, w.State)
	}
	fmt.Println(report.Company, "is", report.State)
	// Output:
	// cancel_subscription seen
	// suspend_subscription seen
	// remove_relationship seen
	// Fabrikam BV is done
}

// With a recorder, the trail also tells what Microsoft recorded.
func ExampleClient_Recorder() {
	client := newClient(emulator())
	ctx, store := context.Background(), new(offboard.MemoryStore)

	recorder := offboard.WithRecorder(client.Recorder())
	if _, err := client.Customer(fabrikam).Offboard(ctx, store, offboard.Options{Poll: time.Millisecond}, recorder); err != nil {
		log.Fatal(err)
	}
	run, err := store.Load(ctx, fabrikam)
	if err != nil {
		log.Fatal(err)
	}
	for entry, err := range store.Audit(ctx, run.ID) {
		if err != nil {
			log.Fatal(err)
		}
		if entry.Outcome == offboard.RecordedByMicrosoft {
			fmt.Println(entry.Step, entry.Subject)
		}
	}
	// Output:
	// cancel_subscription a4c1340d-6911-4758-bba3-0c4c6007d161
	// suspend_subscription 6e7aa601-629e-461b-8933-0898c3cc3c7c
	// remove_relationship b44bb1fb-c595-45b0-9e09-d657365580bf
}

func ExampleCustomer_OffboardingPlan() {
	client := newClient(emulator())

	plan, err := client.Customer(fabrikam).OffboardingPlan(context.Background(), new(offboard.MemoryStore), offboard.Policy{})
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range plan.Items {
		fmt.Printf("%s: %s, refund %s\n", item.Kind, item.Action, item.Refund)
	}
	// Output:
	// new_commerce_license: cancel, refund partial
	// legacy_license: suspend, refund none
}

// The whole way of an agreement. The store keeps what is needed later.
func ExampleCustomer_MCA() {
	fake := emulator()
	agreement := newClient(fake).Customer(fabrikam).MCA(mca.WithOwnDomains("partner.example"))
	ctx, store := context.Background(), new(mca.MemoryStore)

	record, err := agreement.Attest().
		Company("Fabrikam BV").Country("NL").Language("nl-NL").
		Signatory("Ada", "Visser", "ada.visser@fabrikam.example", "+31201234567").
		ValidFor(48*time.Hour).
		Start(ctx, store)
	if err != nil {
		log.Fatal(err)
	}
	link := record.Newest().Link
	fmt.Println(record.State, link)
	page, _, _ := strings.Cut(link.Reveal(), "?") // what follows is for the signatory alone
	fmt.Println(page)

	_ = fake.Accept(record.Newest().ID.Reveal()) // the customer does this, on the page

	status, err := agreement.Finalize(ctx, store)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.State)
	// Output:
	// pending REDACTED
	// https://cdn.partner.microsoft.com/mca/
	// compliant
}

// Create alone keeps nothing: see Start.
func ExampleAttestation_Create() {
	client := newClient(emulator())

	created, err := client.Customer(fabrikam).MCA().Attest().
		Company("Fabrikam BV").Country("NL").Language("nl-NL").
		Signatory("Ada", "Visser", "ada.visser@fabrikam.example", "+31201234567").
		ValidFor(48 * time.Hour).
		Create(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("link for", time.Until(created.Expires).Round(time.Hour), created.Link)
	// Output: link for 48h0m0s REDACTED
}

// A desk keeps what is needed later, so it goes on where it stopped.
func ExampleClient_MCAPartner() {
	fake := emulator()
	client, ctx := newClient(fake), context.Background()

	partner, err := client.MCAPartner(mca.WithOwnDomains("partner.example"))
	if err != nil {
		log.Fatal(err)
	}
	desk, err := mca.NewDesk(partner, new(mca.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	record, err := desk.Start(ctx, fabrikam, mca.NewAttestation("Fabrikam BV").Country("NL").Language("nl-NL").
		Signatory("Ada", "Visser", "ada.visser@fabrikam.example", ""))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(record.State)

	_ = fake.Accept(record.Newest().ID.Reveal()) // the customer does this, on the page

	status, err := desk.Finalize(ctx, fabrikam)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.State)
	// Output:
	// pending
	// compliant
}

func ExampleMCA_Status() {
	client := newClient(emulator())

	status, err := client.Customer(fabrikam).MCA().Status(context.Background(), new(mca.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.State)
	fmt.Println(status.Reason, status.WayForward())
	// Output:
	// required
	// The customer has no agreement yet, and no acceptance link. Start an attestation and give its link to the signatory.
}

func ExampleClient_Customers() {
	client := newClient(emulator())

	for customer, err := range client.Customers().All(context.Background(), customers.ListOptions{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(customer.CompanyProfile.CompanyName)
	}
	// Output:
	// Fabrikam BV
}

func ExampleSubscriptions_All() {
	client := newClient(emulator())

	for sub, err := range client.Customer(fabrikam).Subscriptions().All(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(sub.ID, sub.Status)
	}
	// Output:
	// a4c1340d-6911-4758-bba3-0c4c6007d161 active
	// 6e7aa601-629e-461b-8933-0898c3cc3c7c active
}

func ExampleNew() {
	// Partner Center needs no address; a client that has both credentials can
	// do everything.
	_, err := cspkit.New(auth.Credentials{App: auth.Static("token")}, partnercenter.WithApplicationName("billing"), cspkit.WithRateBudget(partnercenter.PerMinute(100)))
	fmt.Println(err)
	// Output: <nil>
}

// In a test, an emulated Partner Center is the transport.
func ExampleWithTransport() {
	fake := partnercentertest.New(partnercentertest.Demo()...)
	client, err := cspkit.New(auth.Credentials{App: auth.Static(partnercentertest.AppToken)}, cspkit.WithTransport(fake))
	if err != nil {
		log.Fatal(err)
	}
	customer, err := client.Customer("8071d3c5-a2c9-4473-91e5-c2849306b578").Get(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(customer.CompanyProfile.CompanyName)
	// Output: Alpine Ski House
}
