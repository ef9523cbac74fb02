package customstore_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/examples/customstore"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercentertest"
)

// A customer is offboarded, the program ends in the middle, and another one goes
// on from the files.
func Example() {
	temp, err := os.MkdirTemp("", "customstore")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(temp)
	dir := filepath.Join(temp, "runs") // in a program, such as /var/lib/offboarding
	client := emulated()

	ctx, interrupt := context.WithCancel(context.Background())
	first, err := customstore.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	report, err := client.Customer(contoso).Offboard(ctx, first, offboard.Options{Poll: time.Millisecond},
		offboard.WithEvents(func(e offboard.Event) {
			fmt.Println(e.Step, e.Outcome)
			interrupt() // after the first write
		}))
	fmt.Println(report.State, err != nil)
	if err := first.Close(); err != nil {
		log.Fatal(err)
	}

	// Another program, later.
	ctx = context.Background()
	store, err := customstore.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	report, err = client.Customer(contoso).Offboard(ctx, store, offboard.Options{Poll: time.Millisecond},
		offboard.WithEvents(func(e offboard.Event) { fmt.Println(e.Step, e.Outcome) }))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.State)

	run, err := store.Load(ctx, contoso)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(offboard.VerifyAudit(store.Audit(ctx, run.ID), run.Head))
	// Output:
	// cancel_subscription succeeded
	// interrupted true
	// remove_relationship succeeded
	// done
	// <nil>
}

// emulated returns a client of an emulated Partner Center, where Contoso has a
// subscription.
func emulated() *cspkit.Client {
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV"}.With(
		partnercentertest.License("aaaaaaaa-0000-4000-8000-000000000001"),
	))
	client, err := cspkit.New(auth.Credentials{AppUser: auth.Static(partnercentertest.UserToken)}, cspkit.WithTransport(fake))
	if err != nil {
		log.Fatal(err)
	}
	return client
}
