package bill_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/examples/internal/account"
	"github.com/cspkit/cspkit/examples/internal/bill"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/subscriptions"
)

const id = "aaaaaaaa-0000-4000-8000-000000000001"

// endless is a subscription with a term that never ends.
func endless(i partnercentertest.Item) partnercentertest.Item {
	return i.EndsAt(time.Date(9999, 12, 10, 0, 0, 0, 0, time.UTC))
}

func TestWhatBecomesOfTheBill(t *testing.T) {
	const never = "-"
	tests := []struct {
		name   string
		item   func() partnercentertest.Item
		policy offboard.WindowClosed
		effect subscriptions.Billing
		until  string // as people read it
		refund string
	}{
		{"licence, window open", func() partnercentertest.Item { return partnercentertest.License(id) }, "", subscriptions.BillingStops, never, "partial"},
		{"licence, window closed", func() partnercentertest.Item { return partnercentertest.LicenseClosed(id) }, "", subscriptions.BillingGoesOn, "2027-08-26", never},
		{"licence, window closed, to be suspended", func() partnercentertest.Item { return partnercentertest.LicenseClosed(id) }, offboard.SuspendClosed, subscriptions.BillingGoesOn, "2027-08-26", never},
		{"licence, window closed, refused by the policy", func() partnercentertest.Item { return partnercentertest.LicenseClosed(id) }, offboard.Refuse, subscriptions.BillingUnknown, "unknown", never},
		{"licence, suspended by somebody, window closed", func() partnercentertest.Item { return partnercentertest.LicenseClosed(id).Suspended() }, "", subscriptions.BillingGoesOn, "2027-08-26", never},
		{"licence, suspended by somebody, window open", func() partnercentertest.Item { return partnercentertest.License(id).Suspended() }, "", subscriptions.BillingStops, never, "partial"},
		{"licence, suspended, without an end", func() partnercentertest.Item { return endless(partnercentertest.LicenseClosed(id).Suspended()) }, "", subscriptions.BillingUnknown, "unknown", never},
		{"licence without an end", func() partnercentertest.Item { return endless(partnercentertest.LicenseClosed(id)) }, "", subscriptions.BillingUnknown, "unknown", never},
		{"licence that is over", func() partnercentertest.Item {
			return partnercentertest.LicenseClosed(id).Tweak(func(s *partnercentertest.Subscription) { s.Status = "deleted" })
		}, "", subscriptions.NotBilled, never, never},
		{"trial", func() partnercentertest.Item { return partnercentertest.Trial(id) }, "", subscriptions.BillingStops, never, never},
		{"legacy", func() partnercentertest.Item { return partnercentertest.Legacy(id) }, "", subscriptions.BillingStops, never, never},
		{"legacy, suspended", func() partnercentertest.Item { return partnercentertest.Legacy(id).Suspended() }, "", subscriptions.NotBilled, never, never},
		{"legacy Azure", func() partnercentertest.Item { return partnercentertest.LegacyAzure(id) }, "", subscriptions.BillingStops, never, never},
		{"Azure plan", func() partnercentertest.Item { return partnercentertest.AzurePlan(id) }, "", subscriptions.BillingStops, never, never},
		{"SaaS, window open", func() partnercentertest.Item { return partnercentertest.SaaS(id) }, "", subscriptions.BillingStops, never, "full"},
		{"SaaS, window closed", func() partnercentertest.Item { return partnercentertest.SaaSClosed(id) }, "", subscriptions.BillingGoesOn, "2026-12-17", never},
		{"software, window open", func() partnercentertest.Item { return partnercentertest.SoftwareSubscription(id) }, "", subscriptions.BillingStops, never, "partial"},
		{"software, window closed", func() partnercentertest.Item { return partnercentertest.SoftwareSubscriptionClosed(id) }, "", subscriptions.BillingGoesOn, "2027-09-26", never},
		{"perpetual, window open", func() partnercentertest.Item { return partnercentertest.Perpetual("order-1") }, "", subscriptions.BillingStops, never, "full"},
		{"perpetual, window closed: paid once", func() partnercentertest.Item { return partnercentertest.PerpetualOld("order-1") }, "", subscriptions.NotBilled, never, never},
		{"reservation", func() partnercentertest.Item { return partnercentertest.ReservationItem("order-1") }, "", subscriptions.BillingUnknown, "unknown", never},
		{"savings plan", func() partnercentertest.Item { return partnercentertest.SavingsPlan(id) }, "", subscriptions.BillingUnknown, "unknown", never},
		{"of an unknown kind", func() partnercentertest.Item { return partnercentertest.UnknownKind(id) }, "", subscriptions.BillingUnknown, "unknown", never},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				account.Today()
				a := account.New(t, partnercentertest.Customer{ID: account.Stranger, Company: "Contoso", Domain: "contoso.example"}.With(tt.item()))
				cfg := a.Config(0)
				plan, err := cfg.Client.Customer(account.Stranger).OffboardingPlan(t.Context(), cfg.Runs, offboard.Policy{WindowClosed: tt.policy})
				if err != nil || len(plan.Items) != 1 {
					t.Fatalf("the plan is %+v, %v", plan, err)
				}
				i := plan.Items[0]
				effect, until := i.Billing()
				if effect != tt.effect || bill.Until(i) != tt.until || bill.Refund(i) != tt.refund || until.IsZero() != (effect != subscriptions.BillingGoesOn) {
					t.Errorf("%s is %s, until %s (%v), refund %s; want %s, %s, %s", i.Reason, effect, bill.Until(i), until, bill.Refund(i), tt.effect, tt.until, tt.refund)
				}
			})
		})
	}
}

func TestRefundsAreCountedOfWhatIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account.Today()
		a := account.New(t)
		cfg := a.Config(0)
		plan, err := cfg.Client.Customer(account.Bakery).OffboardingPlan(t.Context(), cfg.Runs, offboard.Policy{})
		if err != nil {
			t.Fatal(err)
		}
		want := bill.Refunds{Full: 2, Partial: 4, None: 1} // the trial; legacy and Azure are not cancelled
		if got := bill.Expected(plan); got != want || got.Plus(got) != (bill.Refunds{Full: 4, Partial: 8, None: 2}) {
			t.Errorf("refunds = %+v, want %+v", got, want)
		}
	})
}
