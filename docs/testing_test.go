package docs_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercentertest"
)

// The code of testing.md.

func Example_oneLine() {
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
	customer, err := client.Customer("8071d3c5-a2c9-4473-91e5-c2849306b578").Get(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(customer.CompanyProfile.CompanyName)
	// Output: Alpine Ski House
}

const tailspin customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"

// What it has bought.
const (
	tailspinMail   = "a4c1340d-6911-4758-bba3-0c4c6007d161"
	tailspinOffice = "6e7aa601-629e-461b-8933-0898c3cc3c7c"
)

// tailspinToys is a customer that can leave at once.
func tailspinToys() partnercentertest.Customer {
	return partnercentertest.Customer{ID: string(tailspin), Company: "Tailspin Toys"}.With(
		partnercentertest.License(tailspinMail),
		partnercentertest.Legacy(tailspinOffice),
	)
}

func TestAScenario(t *testing.T) {
	monthFromNow := time.Now().AddDate(0, 1, 0)

	customer := partnercentertest.Customer{
		ID:      "b44bb1fb-c595-45b0-9e09-d657365580bf",
		Company: "Tailspin Toys",
		Domain:  "tailspintoys.example",
		Agreements: []partnercentertest.Agreement{
			{DateAgreed: time.Date(2021, 3, 2, 0, 0, 0, 0, time.UTC)}, // before 1 April 2023: to be confirmed again
		},
	}.With(
		partnercentertest.License("a4c1340d-6911-4758-bba3-0c4c6007d161"), // its window is open
		partnercentertest.LicenseClosed("6e7aa601-629e-461b-8933-0898c3cc3c7c").Suspended().EndsAt(monthFromNow),
		partnercentertest.License("3f0d3c52-1111-4c5e-9a37-2f8d6b1c9e40").Expired(),
		partnercentertest.Trial("3f0d3c52-2222-4c5e-9a37-2f8d6b1c9e40").Tweak(func(s *partnercentertest.Subscription) {
			s.CancelUntil = time.Now().Add(-time.Hour) // too late
		}),
		partnercentertest.Perpetual("2y6dF_rVgDAXMxypQPPnTquuXhKVK_3N1"),
	)
	fake := partnercentertest.New(customer)
	fake.Delays.Subscription = 5 * time.Minute // as Partner Center shows changes late
	link := fake.Attest(partnercentertest.Attestation{Company: "Tailspin Toys", Country: "NL"})

	statuses := []string{}
	for _, s := range fake.State(customer.ID).Subscriptions {
		statuses = append(statuses, s.Status)
	}
	if diff := cmp.Diff([]string{"active", "suspended", "expired", "active"}, statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if err := fake.Accept(link); err != nil {
		t.Error(err)
	}
	status, err := emulatedClient(fake).Customer(tailspin).MCA().Status(t.Context(), new(mca.MemoryStore))
	if err != nil || status.State != mca.Required {
		t.Errorf("MCA status = %s, %v, want required", status.State, err)
	}
}

func TestFaultsInALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(tailspinToys())

		// The second change is made, but its answer is lost.
		fake.Inject(partnercentertest.Fault{Operation: partnercentertest.UpdateSubscription, After: 1, Cut: true})
		// No read works for three seconds.
		fake.Inject(partnercentertest.Fault{Operation: partnercentertest.Reads, For: 3 * time.Second, Status: http.StatusServiceUnavailable})
		// The removal is refused once.
		fake.Inject(partnercentertest.Fault{
			Operation: partnercentertest.RemoveRelationship, Subject: string(tailspin),
			Status: http.StatusTooManyRequests, RetryAfter: "17",
		})

		report, err := emulatedClient(fake).Customer(tailspin).Offboard(t.Context(), new(offboard.MemoryStore), offboard.Options{})
		if err != nil || report.State != offboard.Done {
			t.Fatalf("Offboard = %v, %v", report, err)
		}
		if unmet := fake.Unmet(); len(unmet) > 0 {
			t.Errorf("these faults did not happen: %+v", unmet)
		}
	})
}

func TestWhatHappenedInWhichOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(tailspinToys())
		fake.Inject(partnercentertest.Fault{Operation: partnercentertest.UpdateSubscription, Subject: tailspinMail, Cut: true})
		client := emulatedClient(fake)
		if _, err := client.Customer(tailspin).Offboard(t.Context(), new(offboard.MemoryStore), offboard.Options{}); err != nil {
			t.Fatal(err)
		}

		want := []string{
			"UpdateSubscription a4c1340d-6911-4758-bba3-0c4c6007d161",
			"UpdateSubscription a4c1340d-6911-4758-bba3-0c4c6007d161", // again, because the first answer was lost
			"UpdateSubscription 6e7aa601-629e-461b-8933-0898c3cc3c7c",
			"RemoveRelationship b44bb1fb-c595-45b0-9e09-d657365580bf",
		}
		if diff := cmp.Diff(want, fake.Calls(partnercentertest.Writes)); diff != "" {
			t.Errorf("writes (-want +got):\n%s", diff)
		}
		if n := fake.Applied(string(tailspin), tailspinMail); n != 1 {
			t.Errorf("%d changes of the licence took effect, want 1", n)
		}
		if got := fake.State(string(tailspin)).Relationship; got != "none" {
			t.Errorf("the relationship is %s, want none", got)
		}
	})
}

func TestARunWaitsForTheEndOfTheTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(partnercentertest.Customer{ID: string(tailspin)}.With(partnercentertest.LicenseClosed(tailspinMail)))
		customer, store := emulatedClient(fake).Customer(tailspin), new(offboard.MemoryStore)

		report, err := customer.Offboard(t.Context(), store, offboard.Options{})
		if err != nil || report.State != offboard.Waiting {
			t.Fatalf("Offboard = %v, %v, want it to wait", report, err)
		}
		time.Sleep(time.Until(report.WaitUntil) + 24*time.Hour) // nine months, at once
		report, err = customer.Offboard(t.Context(), store, offboard.Options{})
		if err != nil || report.State != offboard.Done {
			t.Errorf("Offboard = %v, %v, want it done after the term", report, err)
		}
	})
}

func TestNoSecretIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(tailspinToys())
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		client := emulatedClient(fake, cspkit.WithLogger(logger))
		if _, err := client.Customer(tailspin).OffboardingPlan(t.Context(), new(offboard.MemoryStore), offboard.Policy{}); err != nil {
			t.Fatal(err)
		}

		for _, secret := range fake.Secrets() {
			if strings.Contains(log.String(), secret) {
				t.Error("the log holds a secret") // and do not print it here
			}
		}
		if log.Len() == 0 {
			t.Error("nothing was logged: the test proves nothing")
		}
	})
}
