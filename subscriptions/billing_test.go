package subscriptions_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cspkit/cspkit/subscriptions"
)

func TestBilling(t *testing.T) {
	end := now.AddDate(0, 7, 0)
	tests := []struct {
		name  string
		v     subscriptions.Verdict
		want  subscriptions.Billing
		until time.Time
	}{
		{"cancelled", subscriptions.Verdict{Action: subscriptions.Cancel, Until: end}, subscriptions.BillingStops, time.Time{}},
		{"its order is cancelled", subscriptions.Verdict{Action: subscriptions.CancelOrder}, subscriptions.BillingStops, time.Time{}},
		{"an Azure plan", subscriptions.Verdict{Action: subscriptions.CancelAzure}, subscriptions.BillingStops, time.Time{}},
		{"legacy, suspended", subscriptions.Verdict{Kind: subscriptions.LegacyLicense, Action: subscriptions.Suspend, Until: end}, subscriptions.BillingStops, time.Time{}},
		{"new commerce, suspended by the policy", subscriptions.Verdict{Kind: subscriptions.NewCommerceLicense, Action: subscriptions.Suspend, WindowClosed: true, Until: end}, subscriptions.BillingGoesOn, end},
		{"ends with its term", subscriptions.Verdict{Action: subscriptions.CancelAtTermEnd, WindowClosed: true, Until: end}, subscriptions.BillingGoesOn, end},
		{"suspended by somebody", subscriptions.Verdict{Kind: subscriptions.NewCommerceLicense, Action: subscriptions.Nothing, WindowClosed: true, Until: end}, subscriptions.BillingGoesOn, end},
		{"suspended by somebody, without an end", subscriptions.Verdict{Kind: subscriptions.NewCommerceLicense, Action: subscriptions.Nothing, WindowClosed: true}, subscriptions.BillingUnknown, time.Time{}},
		{"already over", subscriptions.Verdict{Kind: subscriptions.NewCommerceLicense, Action: subscriptions.Nothing, Until: end}, subscriptions.NotBilled, time.Time{}},
		{"perpetual, paid once", subscriptions.Verdict{Kind: subscriptions.PerpetualSoftware, Action: subscriptions.Nothing, WindowClosed: true}, subscriptions.NotBilled, time.Time{}},
		{"blocked", subscriptions.Verdict{Kind: subscriptions.Reservation, Action: subscriptions.Blocked, Until: end}, subscriptions.BillingUnknown, time.Time{}},
		{"an action that nobody knows", subscriptions.Verdict{Action: "sell", Until: end}, subscriptions.BillingUnknown, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, until := tt.v.Billing(); got != tt.want || !until.Equal(tt.until) {
				t.Errorf("Billing() = %s, %s; want %s, %s", got, until, tt.want, tt.until)
			}
		})
	}
}

func ExampleVerdict_Billing() {
	v := subscriptions.Verdict{
		Kind: subscriptions.NewCommerceLicense, Action: subscriptions.CancelAtTermEnd,
		WindowClosed: true, Until: time.Date(2027, 8, 26, 0, 0, 0, 0, time.UTC),
	}
	billing, until := v.Billing()
	fmt.Println(billing, until.Format(time.DateOnly))
	// Output: goes_on 2027-08-26
}
