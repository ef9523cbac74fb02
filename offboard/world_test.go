package offboard

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/subscriptions"
)

const contoso customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"

// now0 is when the tests' observations are made.
var now0 = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// kinds are all kinds that come as a subscription, by what makes them so.
var kinds = map[subscriptions.Kind]map[string]any{
	subscriptions.NewCommerceLicense:   {"productType": map[string]any{"id": "OnlineServicesNCE"}},
	subscriptions.NewCommerceTrial:     {"productType": map[string]any{"id": "OnlineServicesNCE"}, "isTrial": true},
	subscriptions.LegacyLicense:        {"offerId": "031c9e47-4802-4248-838e-778fb1d2cc05"},
	subscriptions.LegacyAzure:          {"offerId": "MS-AZR-0145P", "billingType": "usage"},
	subscriptions.AzurePlan:            {"productType": map[string]any{"id": "Azure"}},
	subscriptions.MarketplaceSaaS:      {"productType": map[string]any{"id": "SaaS"}, "isMicrosoftProduct": false},
	subscriptions.SoftwareSubscription: {"productType": map[string]any{"id": "Software"}},
	subscriptions.Reservation:          {"productType": map[string]any{"id": "Azure", "subType": map[string]any{"id": "Reservation"}}},
	subscriptions.SavingsPlan:          {"productType": map[string]any{"id": "Azure", "subType": map[string]any{"id": "SavingsPlan"}}},
	subscriptions.UnknownKind:          {"productType": map[string]any{"id": "QuantumHours"}},
}

// kindOrder makes the tests go through the kinds in one order.
var kindOrder = []subscriptions.Kind{
	subscriptions.NewCommerceLicense, subscriptions.NewCommerceTrial, subscriptions.LegacyLicense, subscriptions.LegacyAzure,
	subscriptions.AzurePlan, subscriptions.MarketplaceSaaS, subscriptions.SoftwareSubscription,
	subscriptions.Reservation, subscriptions.SavingsPlan, subscriptions.UnknownKind,
}

// statuses are all that a subscription can have, one that nobody knows included.
var statuses = []subscriptions.Status{
	subscriptions.Active, subscriptions.Pending, subscriptions.Suspended, subscriptions.Expired,
	subscriptions.Disabled, subscriptions.Deleted, subscriptions.StatusNone, "hibernating",
}

// window says how a subscription stands to its term.
type window string

const (
	open    window = "open"    // can be cancelled
	closed  window = "closed"  // renews in half a year
	armed   window = "armed"   // set to end in half a year
	half    window = "half"    // auto-renew off, but nothing scheduled
	endless window = "endless" // closed, and its term has no end
	over    window = "over"    // armed, and its term ended an hour ago
)

var windows = []window{open, closed, armed, half, endless, over}

// item describes one subscription of a test.
type item struct {
	kind   subscriptions.Kind
	status subscriptions.Status
	window window
}

func (i item) String() string { return fmt.Sprintf("%s/%s/%s", i.kind, i.status, i.window) }

// resource returns the item as Partner Center would send it.
func (i item) resource(id string, now time.Time) map[string]any {
	r := map[string]any{
		"id": id, "friendlyName": string(i.kind) + " " + id, "status": string(i.status), "orderId": "order-" + id,
		"effectiveStartDate": now.AddDate(0, -6, 0), "commitmentEndDateTime": now.AddDate(0, 6, 0),
		"cancellationAllowedUntilDate": now.AddDate(0, -6, 7), "autoRenewEnabled": true,
		"scheduledActions": []any{map[string]any{"scheduledType": "TermEnd", "actionType": "RenewToNewTerm"}},
	}
	cancel := []any{map[string]any{"scheduledType": "TermEnd", "actionType": "Cancel"}}
	switch i.window {
	case open:
		r["effectiveStartDate"], r["cancellationAllowedUntilDate"] = now.AddDate(0, 0, -1), now.AddDate(0, 0, 6)
	case armed:
		r["autoRenewEnabled"], r["scheduledActions"] = false, cancel
	case half:
		r["autoRenewEnabled"], r["scheduledActions"] = false, []any{}
	case endless:
		r["commitmentEndDateTime"] = "9999-12-10T00:00:00Z"
	case over:
		r["autoRenewEnabled"], r["scheduledActions"], r["commitmentEndDateTime"] = false, cancel, now.Add(-time.Hour)
	}
	maps.Copy(r, kinds[i.kind])
	return r
}

// parse reads a resource as the library would.
func parse(t testing.TB, resource map[string]any) *subscriptions.Subscription {
	t.Helper()
	text, err := json.Marshal(resource)
	if err != nil {
		t.Fatal(err)
	}
	s := new(subscriptions.Subscription)
	if err := json.Unmarshal(text, s); err != nil {
		t.Fatal(err)
	}
	return s
}

func (i item) subscription(t testing.TB, id string) *subscriptions.Subscription {
	return parse(t, i.resource(id, now0))
}

// policies are all combinations.
func policies() []Policy {
	var all []Policy
	for _, closed := range []WindowClosed{EndOfTerm, SuspendClosed, Refuse} {
		for _, gdap := range []bool{false, true} {
			for _, sandbox := range []bool{false, true} {
				all = append(all, Policy{WindowClosed: closed, GDAP: gdap, Sandbox: sandbox})
			}
		}
	}
	return all
}
