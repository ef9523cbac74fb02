package subscriptions_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/subscriptions"
)

func ExampleNew() {
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("a token")})
	if err != nil {
		fmt.Println(err)
		return
	}
	service := subscriptions.New(client) // sends nothing yet

	err = service.CheckEntitlements(context.Background(), fabrikam)
	fmt.Println(err)
	// Output:
	// listing entitlements of customer b44bb1fb-c595-45b0-9e09-d657365580bf needs app+user credentials: credentials are missing
}

func ExampleService_All() {
	// A program makes its service with New.
	service, _, err := onEmulator(partnercentertest.License(string(license)), partnercentertest.Legacy("6e7aa601-629e-461b-8933-0898c3cc3c7c"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for sub, err := range service.All(context.Background(), fabrikam) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(sub.Status, subscriptions.KindOf(sub), "from", sub.Name())
	}
	// Output:
	// active new_commerce_license from Microsoft 365 Business Basic
	// active legacy_license from Office 365 Business Premium
}

func ExamplePurchase_Verdict() {
	end, _ := partnercenter.ParseTime("2027-01-13T23:59:59Z")
	until, _ := partnercenter.ParseTime("2026-01-21T16:57:14Z")
	bought := subscriptions.Purchase{Subscription: &subscriptions.Subscription{
		ProductType: "OnlineServicesNCE", Status: subscriptions.Active,
		CancellationAllowedUntil: until, CommitmentEndDateTime: end,
	}}
	for _, day := range []int{20, 22} {
		v := bought.Verdict(time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC))
		fmt.Printf("%s, refund %s: %s\n", v.Action, v.Refund, v.Reason)
	}
	// Output:
	// cancel, refund partial: its cancellation window is open until 2026-01-21 16:57 UTC
	// cancel_at_term_end, refund none: its cancellation window closed on 2026-01-21 16:57 UTC; it is not renewed, and billed until 2027-01-13 23:59 UTC
}

func ExampleService_EndAtTerm() {
	ctx := context.Background()
	service, _, err := onEmulator(partnercentertest.LicenseClosed(string(license)))
	if err != nil {
		fmt.Println(err)
		return
	}
	sub, err := service.Get(ctx, fabrikam, license) // a change sends back what was read
	if err != nil {
		fmt.Println(err)
		return
	}
	sub, err = service.EndAtTerm(ctx, fabrikam, sub)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sub.Status, "- renews:", sub.AutoRenew, "- ends at term:", sub.CancelScheduled())
	// Output:
	// active - renews: false - ends at term: true
}
