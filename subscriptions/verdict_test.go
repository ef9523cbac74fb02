package subscriptions_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

// named gives a case of one dimension a name.
type named[T any] struct {
	name  string
	value T
}

var (
	kinds = []named[subscriptions.Subscription]{
		{"new commerce", subscriptions.Subscription{ProductType: "OnlineServicesNCE"}},
		{"trial", subscriptions.Subscription{ProductType: "OnlineServicesNCE", IsTrial: true}},
		{"legacy", subscriptions.Subscription{OfferID: "031c9e47-4802-4248-838e-778fb1d2cc05"}},
		{"legacy Azure", subscriptions.Subscription{OfferID: "MS-AZR-0145P"}},
		{"Azure plan", subscriptions.Subscription{ProductType: "Azure"}},
		{"SaaS", subscriptions.Subscription{ProductType: "SaaS", ThirdParty: true}},
		{"software", subscriptions.Subscription{ProductType: "Software", OrderID: "o1"}},
		{"SUSE", subscriptions.Subscription{ProductType: "Software", OrderID: "o1", OfferName: "SUSE Linux"}},
		{"reservation", subscriptions.Subscription{ProductType: "Azure", SubType: "Reservation"}},
		{"savings plan", subscriptions.Subscription{ProductType: "Azure", SubType: "SavingsPlan"}},
		{"unknown kind", subscriptions.Subscription{ProductType: "QuantumCredits"}},
	}
	statuses = []subscriptions.Status{
		subscriptions.StatusNone, subscriptions.Active, subscriptions.Pending, subscriptions.Suspended, subscriptions.Expired,
		subscriptions.Disabled, subscriptions.Deleted, "Active", "SUSPENDED", "Deleted", "frozen", "",
	}
	windows = []named[func(*subscriptions.Subscription)]{
		{"open", func(s *subscriptions.Subscription) { s.CancellationAllowedUntil = at(time.Nanosecond) }},
		{"closed", func(s *subscriptions.Subscription) { s.CancellationAllowedUntil = at(-day) }},
		{"closing now", func(s *subscriptions.Subscription) { s.CancellationAllowedUntil = at(0) }},
		{"absent", func(*subscriptions.Subscription) {}},
		{"absent, started yesterday", func(s *subscriptions.Subscription) { s.EffectiveStart = at(-day) }},
		{"absent, started 7 days ago", func(s *subscriptions.Subscription) { s.EffectiveStart = at(-7 * day) }},
	}
	terms = []named[func(*subscriptions.Subscription)]{
		{"half a year", func(s *subscriptions.Subscription) {
			s.CommitmentEndDate, s.CommitmentEndDateTime = at(183*day), at(183*day)
		}},
		{"none", func(*subscriptions.Subscription) {}},
		{"year 9999", func(s *subscriptions.Subscription) {
			s.CommitmentEndDate.Time = time.Date(9999, 12, 10, 0, 0, 0, 0, time.UTC)
		}},
		{"today, date only", func(s *subscriptions.Subscription) { s.CommitmentEndDate = partnercenter.Time{Time: now.Truncate(day)} }},
		{"over", func(s *subscriptions.Subscription) { s.CommitmentEndDateTime = at(-time.Hour) }},
	}
	orders = []named[string]{{"none", ""}, {"completed", "completed"}, {"pending", "Pending_Review"}, {"cancelled", "Cancelled"}, {"unknown status", "po review rejected"}}
)

// everyCase calls f with every combination of the above.
func everyCase(f func(name string, p subscriptions.Purchase, order string)) {
	for _, kind := range kinds {
		for _, status := range statuses {
			for _, window := range windows {
				for _, term := range terms {
					for _, order := range orders {
						s := kind.value
						s.ID, s.Status = license, status
						window.value(&s)
						term.value(&s)
						p := subscriptions.Purchase{Subscription: &s}
						if order.value != "" {
							quantity := 2
							if order.name == "cancelled" {
								quantity = 0
							}
							p.Order = &subscriptions.Order{ID: "o1", Status: order.value, LineItems: []subscriptions.LineItem{
								{Number: 0, OfferID: "other", Quantity: 1},
								{Number: 1, OfferID: "this", SubscriptionID: subscriptions.ID(strings.ToUpper(string(license))), Quantity: quantity},
							}}
						}
						f(fmt.Sprintf("%s/%s/window %s/term %s/order %s", kind.name, status, window.name, term.name, order.name), p, order.name)
					}
				}
			}
		}
	}
}

// windowOpen is the rule of the reference in the words of this test.
func windowOpen(s *subscriptions.Subscription, kind subscriptions.Kind) bool {
	committed := []subscriptions.Kind{subscriptions.NewCommerceLicense, subscriptions.NewCommerceTrial, subscriptions.MarketplaceSaaS, subscriptions.SoftwareSubscription}
	switch until := s.CancellationAllowedUntil; {
	case !slices.Contains(committed, kind), strings.Contains(s.OfferName, "SUSE"):
		return false
	case !until.IsZero():
		return now.Before(until.Time)
	case kind == subscriptions.NewCommerceTrial:
		return now.Before(s.TermOver())
	case kind == subscriptions.MarketplaceSaaS, s.EffectiveStart.IsZero():
		return false
	default:
		return now.Before(s.EffectiveStart.Add(7 * day))
	}
}

func TestVerdictInEveryCase(t *testing.T) {
	count := 0
	everyCase(func(name string, p subscriptions.Purchase, order string) {
		count++
		s := p.Subscription
		before := *s
		v := p.Verdict(now)
		kind := subscriptions.KindOf(s)
		open := windowOpen(s, kind)
		ended := slices.ContainsFunc([]string{"none", "expired", "disabled", "deleted"}, func(e string) bool { return strings.EqualFold(e, string(s.Status)) })
		active, suspended := s.Status.Is(subscriptions.Active), s.Status.Is(subscriptions.Suspended)
		cancels := v.Action == subscriptions.Cancel || v.Action == subscriptions.CancelOrder
		legacy := kind == subscriptions.LegacyLicense || kind == subscriptions.LegacyAzure
		foreign := kind == subscriptions.UnknownKind || kind == subscriptions.Reservation || kind == subscriptions.SavingsPlan
		committed := !legacy && !foreign && kind != subscriptions.AzurePlan
		endless := s.CommitmentEnd().IsZero() || s.CommitmentEnd().OpenEnded()
		billing, billed := v.Billing()
		held := kind == subscriptions.SoftwareSubscription && (order == "pending" || order == "unknown status" && open) // by its order

		for _, law := range []struct {
			holds bool
			text  string
		}{
			{v.Reason != "" && v.Kind == kind, "states kind and reason"},
			{!ended || v.Action == subscriptions.Nothing, "an inactive subscription needs nothing"},
			{ended || active || suspended || v.Action == subscriptions.Blocked, "pending and unknown statuses block"},
			{ended || !foreign || v.Action == subscriptions.Blocked, "what is not known, or ended elsewhere, blocks"},
			{!cancels || open && (active || suspended), "nothing is cancelled outside its window"},
			{cancels || held || !open || !active && !suspended, "what is in its window is cancelled, suspended or not"},
			{v.Action != subscriptions.Nothing || ended || suspended, "an active subscription that is billed needs something"},
			{v.Refund == subscriptions.NoRefund || cancels, "a refund needs a cancellation"},
			{!cancels || s.IsTrial || v.Refund != subscriptions.NoRefund, "a cancellation gives a refund, a trial where its options say so"},
			{v.Action != subscriptions.CancelAtTermEnd || !v.Until.IsZero() && v.Until.Equal(s.TermOver()) && active && !endless, "the end of the term is known"},
			{v.BillingUntil == s.CommitmentEnd(), "the commitment is as the service states it"},
			{(v.Action == subscriptions.CancelOrder) == (len(v.Lines) > 0), "lines are there when an order is cancelled"},
			{v.Action != subscriptions.CancelOrder || kind == subscriptions.SoftwareSubscription && len(v.Lines) == 1 && v.Lines[0].OfferID == "this", "the lines of the subscription are cancelled, no others"},
			{!v.WindowClosed || committed && !open && !cancels, "a closed window is closed"},
			{!active || !committed || open || held || !endless || v.Action == subscriptions.Blocked, "a term without an end blocks"},
			{!suspended || billing != subscriptions.BillingGoesOn || billed.After(now), "what is suspended is billed until a date that is to come"},
			{!active || ended || billing != subscriptions.NotBilled, "what is active is billed until it is ended"},
			{!legacy || !active || v.Action == subscriptions.Suspend, "legacy subscriptions are suspended"},
			{!legacy || !suspended || v.Action == subscriptions.Nothing, "suspended legacy subscriptions are done"},
			{kind != subscriptions.AzurePlan || !active || v.Action == subscriptions.CancelAzure, "an Azure plan is ended by its entitlements"},
			{cmp.Equal(before, *s, cmpopts.IgnoreUnexported(before)), "nothing is changed"},
			{cmp.Equal(v, p.Verdict(now)), "the same question has the same answer"},
		} {
			if !law.holds {
				t.Errorf("%s: %s %q, refund %s, until %v: but %s", name, v.Action, v.Reason, v.Refund, v.Until, law.text)
			}
		}
	})
	if want := len(kinds) * len(statuses) * len(windows) * len(terms) * len(orders); count != want {
		t.Errorf("judged %d cases, want %d", count, want)
	}
}
