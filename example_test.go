package cspkit_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

const fabrikam customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"

// newClient returns a client of an emulator; against Microsoft, leave the
// transport and the HTTP clients out.
func newClient(fake http.RoundTripper) *cspkit.Client {
	through := &http.Client{Transport: fake}
	registration := auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		ClientSecret: partnercentertest.ClientSecret, HTTPClient: through,
	}
	app, err := auth.NewApp(registration)
	if err != nil {
		log.Fatal(err)
	}
	user, err := auth.NewUser(auth.UserConfig{App: registration, RefreshToken: partnercentertest.RefreshToken})
	if err != nil {
		log.Fatal(err)
	}
	creds := auth.Credentials{App: app, AppUser: user.PartnerCenter(), Graph: user.Graph()}
	client, err := cspkit.New(creds, partnercenter.WithTransport(fake))
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
	_, err := cspkit.New(auth.Credentials{App: auth.Static("token")}, partnercenter.WithApplicationName("billing"))
	fmt.Println(err)
	// Output: <nil>
}
