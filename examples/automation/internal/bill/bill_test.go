package bill_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/examples/automation/internal/account"
	"github.com/cspkit/cspkit/examples/automation/internal/bill"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercentertest"
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
		effect bill.Effect
		until  string // as people read it
		refund string
	}{
		{"licence, window open", func() partnercentertest.Item { return partnercentertest.License(id) }, "", bill.Stops, never, "partial"},
		{"licence, window closed", func() partnercentertest.Item { return partnercentertest.LicenseClosed(id) }, "", bill.GoesOn, "2027-08-26", never},
		{"licence, window closed, to be suspended", func() partnercentertest.Item { return partnercentertest.LicenseClosed(id) }, offboard.SuspendClosed, bill.GoesOn, "2027-08-26", never},
		{"licence, window closed, refused by the policy", func() partnercentertest.Item { return partnercentertest.LicenseClosed(id) }, offboard.Refuse, bill.Unknown, "unknown", never},
		{"licence, suspended by somebody, window closed", func() partnercentertest.Item { return partnercentertest.LicenseClosed(id).Suspended() }, "", bill.GoesOn, "2027-08-26", never},
		{"licence, suspended by somebody, window open", func() partnercentertest.Item { return partnercentertest.License(id).Suspended() }, "", bill.Stops, never, "partial"},
		{"licence, suspended, without an end", func() partnercentertest.Item { return endless(partnercentertest.LicenseClosed(id).Suspended()) }, "", bill.Unknown, "unknown", never},
		{"licence without an end", func() partnercentertest.Item { return endless(partnercentertest.LicenseClosed(id)) }, "", bill.Unknown, "unknown", never},
		{"licence that is over", func() partnercentertest.Item {
			return partnercentertest.LicenseClosed(id).Tweak(func(s *partnercentertest.Subscription) { s.Status = "deleted" })
		}, "", bill.Over, never, never},
		{"trial", func() partnercentertest.Item { return partnercentertest.Trial(id) }, "", bill.Stops, never, never},
		{"legacy", func() partnercentertest.Item { return partnercentertest.Legacy(id) }, "", bill.Stops, never, never},
		{"legacy, suspended", func() partnercentertest.Item { return partnercentertest.Legacy(id).Suspended() }, "", bill.Over, never, never},
		{"legacy Azure", func() partnercentertest.Item { return partnercentertest.LegacyAzure(id) }, "", bill.Stops, never, never},
		{"Azure plan", func() partnercentertest.Item { return partnercentertest.AzurePlan(id) }, "", bill.Stops, never, never},
		{"SaaS, window open", func() partnercentertest.Item { return partnercentertest.SaaS(id) }, "", bill.Stops, never, "full"},
		{"SaaS, window closed", func() partnercentertest.Item { return partnercentertest.SaaSClosed(id) }, "", bill.GoesOn, "2026-12-17", never},
		{"software, window open", func() partnercentertest.Item { return partnercentertest.SoftwareSubscription(id) }, "", bill.Stops, never, "partial"},
		{"software, window closed", func() partnercentertest.Item { return partnercentertest.SoftwareSubscriptionClosed(id) }, "", bill.GoesOn, "2027-09-26", never},
		{"perpetual, window open", func() partnercentertest.Item { return partnercentertest.Perpetual("order-1") }, "", bill.Stops, never, "full"},
		{"perpetual, window closed: paid once", func() partnercentertest.Item { return partnercentertest.PerpetualOld("order-1") }, "", bill.Over, never, never},
		{"reservation", func() partnercentertest.Item { return partnercentertest.ReservationItem("order-1") }, "", bill.Unknown, "unknown", never},
		{"savings plan", func() partnercentertest.Item { return partnercentertest.SavingsPlan(id) }, "", bill.Unknown, "unknown", never},
		{"of an unknown kind", func() partnercentertest.Item { return partnercentertest.UnknownKind(id) }, "", bill.Unknown, "unknown", never},
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
				effect, until := bill.Of(i)
				if effect != tt.effect || bill.Until(i) != tt.until || bill.Refund(i) != tt.refund || until.IsZero() != (effect != bill.GoesOn) {
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
