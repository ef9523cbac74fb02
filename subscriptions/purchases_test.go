package subscriptions_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/subscriptions"
)

func TestPurchases(t *testing.T) {
	type (
		sub  = *subscriptions.Subscription
		ord  = *subscriptions.Order
		ent  = subscriptions.Entitlement
		line = subscriptions.LineItem
	)
	const other subscriptions.ID = "ffffffff-0000-4000-8000-000000000001"
	software := func(order subscriptions.OrderID) sub {
		return &subscriptions.Subscription{ID: license, ProductType: "Software", Status: subscriptions.Active, OrderID: order, FriendlyName: "Windows Server"}
	}
	licence := &subscriptions.Subscription{ID: license, ProductType: "OnlineServicesNCE", Status: subscriptions.Active, OrderID: "o9", OfferName: "Microsoft 365"}
	order := func(id subscriptions.OrderID, lines ...line) ord {
		return &subscriptions.Order{ID: id, AlternateID: "alt-" + string(id), Status: "completed", CreationDate: at(-day), LineItems: lines}
	}
	bought := line{SubscriptionID: subscriptions.ID(strings.ToUpper(string(license))), Quantity: 1, FriendlyName: "Windows Server"}
	perpetual := line{Number: 1, Quantity: 1, FriendlyName: "Office LTSC"}
	tests := []struct {
		name         string
		subs         []sub
		orders       []ord
		entitlements []ent
		want         []string // kind, id, name, action
	}{
		{"nothing", nil, nil, nil, nil},
		{"a licence", []sub{licence}, nil, nil, []string{"new_commerce_license " + string(license) + " Microsoft 365 blocked"}},
		{
			"a software subscription appears once", []sub{software("o1")}, []ord{order("o1", bought)}, []ent{{Type: "Software", OrderID: "o1"}},
			[]string{"software_subscription " + string(license) + " Windows Server blocked"},
		},
		{
			"also when it names the order by its alternate id", []sub{software("alt-o1")}, []ord{order("o1", bought)}, []ent{{Type: "software", OrderID: "o1", AlternateOrder: "ALT-o1"}},
			[]string{"software_subscription " + string(license) + " Windows Server blocked"},
		},
		{
			"also when the order does not show", []sub{software("alt-o1")}, nil, []ent{{Type: "software", OrderID: "o1", AlternateOrder: "alt-o1"}},
			[]string{"software_subscription " + string(license) + " Windows Server blocked"},
		},
		{
			"an order with a subscription and a perpetual licence is both", []sub{software("o1")}, []ord{order("o1", bought, perpetual)},
			[]ent{{Type: "software", OrderID: "o1", ProductID: "A"}, {Type: "software", OrderID: "o1", ProductID: "B"}},
			[]string{"software_subscription " + string(license) + " Windows Server blocked", "perpetual_software o1 Office LTSC cancel_order"},
		},
		{
			"two perpetual lines of one order are one", nil, []ord{order("o1", perpetual, line{Number: 2, Quantity: 1})},
			[]ent{{Type: "software", OrderID: "o1", ProductID: "A"}, {Type: "software", OrderID: "alt-o1", ProductID: "B"}, {Type: "software", AlternateOrder: "Alt-O1", ProductID: "C"}},
			[]string{"perpetual_software o1 Office LTSC cancel_order"},
		},
		{
			"also with a reservation between them", nil, []ord{order("o1", perpetual, line{Number: 2, Quantity: 1})},
			[]ent{{Type: "software", OrderID: "o1"}, {Type: "reservedinstance", OrderID: "o1"}, {Type: "software", OrderID: "o1"}},
			[]string{"perpetual_software o1 Office LTSC cancel_order", "reservation o1 Office LTSC blocked"},
		},
		{
			"two perpetual licences of two orders are two", nil, []ord{order("o1", perpetual), order("o2", perpetual)},
			[]ent{{Type: "software", OrderID: "o1"}, {Type: "software", OrderID: "o2"}},
			[]string{"perpetual_software o1 Office LTSC cancel_order", "perpetual_software o2 Office LTSC cancel_order"},
		},
		{
			"licences that name no order are not taken for one", nil, nil,
			[]ent{{Type: "software", ProductID: "A"}, {Type: "software", ProductID: "B"}},
			[]string{"perpetual_software A A blocked", "perpetual_software B B blocked"},
		},
		{
			"an order of a subscription that is not listed", nil, []ord{order("o1", line{SubscriptionID: other, Quantity: 1})}, []ent{{Type: "software", OrderID: "o1"}},
			[]string{"perpetual_software o1  none"},
		},
		{
			"reservations of one order are each listed", nil, nil,
			[]ent{{Type: "reservedinstance", OrderID: "o1", ProductID: "A", Statuses: []string{"Active"}}, {Type: "reservedInstance", OrderID: "o1", ProductID: "B", Statuses: []string{"Cancelled"}}},
			[]string{"reservation o1 A blocked", "reservation o1 B none"},
		},
		{
			"expired reservation", nil, nil, []ent{{Type: "reservedinstance", OrderID: "o1", ProductID: "A", Statuses: []string{"Active"}, ExpiryDate: at(-day)}},
			[]string{"reservation o1 A none"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range subscriptions.Purchases(tt.subs, tt.orders, tt.entitlements) {
				got = append(got, strings.Join([]string{string(p.Kind()), p.ID(), p.Name(), string(p.Verdict(now).Action)}, " "))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Purchases (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPurchaseStatus(t *testing.T) {
	tests := []struct {
		p    subscriptions.Purchase
		want string
	}{
		{subscriptions.Purchase{Subscription: &subscriptions.Subscription{Status: "Active"}}, "Active"},
		{subscriptions.Purchase{Order: &subscriptions.Order{Status: "completed"}, Entitlement: &subscriptions.Entitlement{}}, "completed"},
		{subscriptions.Purchase{Entitlement: &subscriptions.Entitlement{Statuses: []string{"Active", "Expired"}}}, "active, expired"},
	}
	for _, tt := range tests {
		if got := tt.p.Status(); got != tt.want {
			t.Errorf("Status = %q, want %q", got, tt.want)
		}
	}
}

func TestEntitlementAsOnThePage(t *testing.T) {
	var page struct{ Items []subscriptions.Entitlement }
	if err := json.Unmarshal([]byte(file(t, "get-a-collection-of-entitlements")), &page); err != nil {
		t.Fatal(err)
	}
	want := []subscriptions.Entitlement{{
		ProductID: "DZH318Z0BQ3W", Type: "reservedinstance", Quantity: 1, OrderID: "KaJ8XvkKc_GoNZOUyjVaRJalTBN5MWdV1",
		AlternateOrder: "8f3af3dea1ea", Statuses: []string{"Active"},
	}}
	want[0].ExpiryDate.Time = page.Items[0].ExpiryDate.Time
	if diff := cmp.Diff(want, page.Items); diff != "" || minute(page.Items[0].ExpiryDate.Time) != "2027-01-28 00:00" {
		t.Errorf("the entitlement of the page, until %v (-want +got):\n%s", page.Items[0].ExpiryDate, diff)
	}
	for _, bad := range []string{`[]`, `{"quantityDetails":1}`, `{"expiryDate":"soon"}`} {
		if err := json.Unmarshal([]byte(bad), new(subscriptions.Entitlement)); err == nil {
			t.Errorf("decoding the entitlement %s succeeds, want an error", bad)
		}
	}
}

func TestOrder(t *testing.T) {
	var o subscriptions.Order
	err := json.Unmarshal([]byte(`{"Id":"2y6dF_rVgDAXMxypQPPnTquuXhKVK_3N1","alternateId":"c403d91b21d2","billingCycle":"one_time","status":"completed",
		"creationDate":"2026-06-01T00:00:00","lineItems":[{"lineItemNumber":"3","offerId":"a:b:c","friendlyName":"Office","quantity":2},
		{"lineItemNumber":4,"subscriptionId":"A4C1340D-6911-4758-BBA3-0C4C6007D161","termDuration":"P1Y","quantity":"1"},
		{"offerId":"gone","quantity":0.0}],"attributes":{"etag":"x"}}`), &o)
	if err != nil {
		t.Fatal(err)
	}
	want := []subscriptions.LineItem{
		{Number: 3, OfferID: "a:b:c", FriendlyName: "Office", Quantity: 2},
		{Number: 4, SubscriptionID: "A4C1340D-6911-4758-BBA3-0C4C6007D161", TermDuration: "P1Y", Quantity: 1},
		{OfferID: "gone"},
	}
	if diff := cmp.Diff(want, o.LineItems); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[1:2], o.LinesOf(license)); diff != "" {
		t.Errorf("LinesOf(%s) (-want +got):\n%s", license, diff)
	}
	if diff := cmp.Diff(want[:1], o.LinesOf("")); diff != "" {
		t.Errorf("LinesOf no subscription (-want +got):\n%s", diff)
	}
	for id, is := range map[subscriptions.OrderID]bool{o.ID: true, "C403D91B21D2": true, "": false, "x": false} {
		if o.Is(id) != is {
			t.Errorf("Is(%q) = %v, want %v", id, !is, is)
		}
	}
	if (&subscriptions.Order{}).Is("") {
		t.Error("an order without ids is one without an id, want not")
	}
}

// What decides which line is cancelled is never guessed.
func TestOrderRefusesLinesThatCannotBeRead(t *testing.T) {
	for _, line := range []string{
		`{"lineItemNumber":"first"}`, `{"lineItemNumber":1.5}`, `{"lineItemNumber":[1]}`, `{"quantity":"many"}`, `{"quantity":1e300}`,
		`{"quantity":"NaN"}`, `{"quantity":"Inf"}`, `{"quantity":true}`, `{"offerId":7}`, `7`,
	} {
		if err := json.Unmarshal([]byte(`{"lineItems":[`+line+`]}`), new(subscriptions.Order)); err == nil {
			t.Errorf("decoding an order with line %s succeeds, want an error", line)
		}
	}
}

func TestOrderStates(t *testing.T) {
	type states struct{ cancelled, pending, completed bool }
	for status, want := range map[string]states{
		"completed": {completed: true}, " Completed ": {completed: true}, "cancelled": {cancelled: true}, "canceled": {cancelled: true},
		"pending": {pending: true}, "pending_review": {pending: true}, "Pending PO upload": {pending: true},
		"suspended": {}, "error": {}, "partial success": {}, "unknown": {}, "": {}, "po_review_rejected": {},
	} {
		o := subscriptions.Order{Status: status}
		if got := (states{o.Cancelled(), o.Pending(), o.Completed()}); got != want {
			t.Errorf("an order with status %q is %+v, want %+v", status, got, want)
		}
	}
}
