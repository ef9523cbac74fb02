package webhooks_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/webhooks"
)

// An event about a customer wakes the run that offboards it. A program uses
// its own client, no WithRoots and no WithHTTPClient: those lead to an emulator.
func ExampleNewHandler() {
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV"}.With(partnercentertest.License(string(license))))
	fake.Delays.Subscription = 200 * time.Millisecond
	ctx := context.Background()
	workflow, err := offboard.New(partnerOf(fake), new(offboard.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	runner := offboard.NewRunner(workflow, offboard.Options{Poll: 10 * time.Millisecond})

	handler, err := webhooks.NewHandler(func(_ context.Context, e webhooks.Event) error {
		if customer, ok := e.Customer(); ok {
			fmt.Println(e.Name, "about customer", customer)
			runner.Wake(customer)
		}
		return nil
	}, webhooks.WithHTTPClient(&http.Client{Transport: fake}), webhooks.WithRoots(fake.WebhookRoots()))
	if err != nil {
		log.Fatal(err)
	}

	deliver := partnercentertest.Handler{Handler: handler} // in place of http.Handle("POST /partner-center", handler)
	delivered := make(chan struct{})
	time.AfterFunc(fake.Delays.Subscription, func() {
		defer close(delivered)
		event := partnercentertest.SubscriptionUpdated(string(contoso), string(license))
		if _, err := deliver.RoundTrip(fake.SignedEvent(ctx, event)); err != nil {
			log.Fatal(err)
		}
	})
	report, err := runner.Run(ctx, contoso)
	if err != nil {
		log.Fatal(err)
	}
	<-delivered
	fmt.Println(report.State)
	// Output:
	// subscription-updated about customer b44bb1fb-c595-45b0-9e09-d657365580bf
	// done
}

// Events about customers whose run waits for a date go to a queue, and each
// gets one round: the run is in no runner, so that there is none to wake.
func ExampleNewHandler_advance() {
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV"}.With(partnercentertest.LicenseClosed(string(license))))
	ctx := context.Background()
	workflow, err := offboard.New(partnerOf(fake), new(offboard.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	report, err := offboard.NewRunner(workflow, offboard.Options{Poll: time.Millisecond}).Run(ctx, contoso)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.State)

	queue := make(chan webhooks.Event, 10) // a durable one, in a program
	handler, err := webhooks.NewHandler(func(_ context.Context, e webhooks.Event) error {
		queue <- e
		return nil
	}, webhooks.WithHTTPClient(&http.Client{Transport: fake}), webhooks.WithRoots(fake.WebhookRoots()))
	if err != nil {
		log.Fatal(err)
	}

	// Months later, the subscription ends.
	fake.Edit(string(contoso), func(c *partnercentertest.Customer) { c.Subscriptions[0].Status = "expired" })
	event := partnercentertest.SubscriptionUpdated(string(contoso), string(license))
	if _, err := (partnercentertest.Handler{Handler: handler}).RoundTrip(fake.SignedEvent(ctx, event)); err != nil {
		log.Fatal(err)
	}
	if customer, ok := (<-queue).Customer(); ok {
		run, err := workflow.Advance(ctx, customer)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(run.Phase)
	}
	// Output:
	// waiting
	// removing
}

// partnerOf returns what a workflow needs of an emulated Partner Center.
func partnerOf(fake http.RoundTripper) offboard.Partner {
	user, err := auth.NewUser(auth.UserConfig{
		App: auth.AppConfig{
			Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
			ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: fake},
		},
		RefreshToken: partnercentertest.RefreshToken,
	})
	if err != nil {
		log.Fatal(err)
	}
	client, err := partnercenter.New(auth.Credentials{AppUser: user.PartnerCenter()}, partnercenter.WithTransport(fake))
	if err != nil {
		log.Fatal(err)
	}
	return offboard.NewPartner(client)
}

func ExampleService_Ensure() {
	service, err := serviceOf(partnercentertest.New()) // a program makes its service with New
	if err != nil {
		log.Fatal(err)
	}
	registration, err := service.Ensure(context.Background(), webhooks.Registration{
		URL: "https://partner.example/partner-center", Events: []webhooks.EventName{webhooks.SubscriptionUpdated, webhooks.TestCreated},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(registration.Events)

	_, err = service.Ensure(context.Background(), webhooks.Registration{URL: "http://partner.example"})
	fmt.Println(err)
	// Output:
	// [subscription-updated test-created]
	// registering for webhooks: the URL must be https and have a host, no user and no fragment
	// at least one event is required, and none may be empty
}

func ExampleService_SendTest() {
	service, err := serviceOf(partnercentertest.New())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := service.Ensure(ctx, webhooks.Registration{URL: "https://partner.example/partner-center", Events: []webhooks.EventName{webhooks.TestCreated}}); err != nil {
		log.Fatal(err)
	}
	id, err := service.SendTest(ctx)
	if err != nil {
		log.Fatal(err)
	}
	result, err := service.TestResult(ctx, id) // a minute later: with every attempt to deliver it
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.CallbackURL, len(result.Attempts))
	// Output: https://partner.example/partner-center 0
}

func ExampleParseEvent() {
	event, err := webhooks.ParseEvent([]byte(`{
		"EventName": "subscription-updated",
		"ResourceUri": "https://api.partnercenter.microsoft.com/webhooks/v1/customers/b44bb1fb-c595-45b0-9e09-d657365580bf/subscriptions/a4c1340d-6911-4758-bba3-0c4c6007d161",
		"ResourceName": "subscription",
		"AuditUri": null,
		"ResourceChangeUtcDate": "2026-02-03T16:19:06.3520276+00:00"
	}`))
	if err != nil {
		log.Fatal(err)
	}
	customer, _ := event.Customer()
	subscription, _ := event.Subscription()
	fmt.Println(customer)
	fmt.Println(subscription)
	// Output:
	// b44bb1fb-c595-45b0-9e09-d657365580bf
	// a4c1340d-6911-4758-bba3-0c4c6007d161
}

// Two receivers of one process share what they remember.
func ExampleMemorySeen() {
	seen := &webhooks.MemorySeen{Max: 1000}
	ctx, until := context.Background(), time.Now().Add(time.Hour)
	fmt.Println(seen.Begin(ctx, "an event", until))
	fmt.Println(seen.Begin(ctx, "an event", until))
	if err := seen.Commit(ctx, "an event", until); err != nil {
		log.Fatal(err)
	}
	fmt.Println(seen.Begin(ctx, "an event", until))
	// Output:
	// true <nil>
	// false another delivery of the event is being handled
	// false <nil>
}
