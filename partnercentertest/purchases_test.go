package partnercentertest_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

func TestAzureSubscriptionsEndBeforeTheirPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with(AzurePlan(sub1, azure1), License(sub2))
		s.Delays.Azure = 10 * time.Minute
		c := asApp(t, s)
		list := "/v1/customers/" + contoso + "/subscriptions/" + sub1 + "/azureEntitlements"
		one := list + "/" + azure1
		status := func() any { return c.get(list).items()[0].(map[string]any)["status"] }

		want(t, "other reason", c.do("POST", one+"/cancel", `{"cancellationReason":"leaving"}`), 400, "900307")
		want(t, "unknown", c.do("POST", list+"/"+fabrikam+"/cancel", `{"cancellationReason":"compromise"}`), 404, "800111")
		want(t, "not a plan", c.get("/v1/customers/"+contoso+"/subscriptions/"+sub2+"/azureEntitlements"), 400, "900118")
		for range 2 { // the second changes nothing
			r := c.do("POST", one+"/cancel", `{"cancellationReason":"compromise"}`)
			want(t, "cancel", r, 200, "")
			if r.JSON["status"] != "active" || status() != "active" {
				t.Errorf("status = %v at once, want active", r.JSON["status"])
			}
		}
		if got := s.Applied(contoso, azure1); got != 1 {
			t.Errorf("Applied() = %d, want 1", got)
		}
		want(t, "plan too early", c.patch(sub1, set("status", "suspended")), 403, "900115")
		time.Sleep(10 * time.Minute)
		if status() != "disabled" {
			t.Errorf("status = %v after the delay, want disabled", status())
		}
		want(t, "reactivate", c.do("POST", one+"/reactivate", ""), 202, "")
		time.Sleep(10 * time.Minute)
		if status() != "active" {
			t.Errorf("status = %v after reactivation, want active", status())
		}
		want(t, "cancel again", c.do("POST", one+"/cancel", `{"cancellationReason":"compromise"}`), 200, "")
		time.Sleep(10 * time.Minute)
		want(t, "plan", c.patch(sub1, set("status", "suspended")), 200, "")
		want(t, "reactivate under a suspended plan", c.do("POST", one+"/reactivate", ""), 400, "900337")
	})
}

func TestOrdersAreCancelledByTheirKind(t *testing.T) {
	tests := []struct {
		name    string
		item    func(string) Item
		sandbox bool
		status  int
		code    string
	}{
		{"perpetual", Perpetual, false, 200, ""},
		{"perpetual too late", PerpetualOld, false, 400, "800061"},
		{"software", SoftwareSubscription, false, 200, ""},
		{"software too late", SoftwareSubscriptionClosed, false, 400, "800061"},
		{"reservation", ReservationItem, false, 403, "800019"},
		{"reservation in the sandbox", ReservationItem, true, 200, ""},
		{"marketplace product", SaaS, false, 403, "800077"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				item := tt.item(sub1) // in the bubble: its dates lie around the bubble's now
				s := with(item)
				s.Sandbox, s.Delays.Order = tt.sandbox, 15*time.Minute
				c := asUser(t, s)
				id := s.State(contoso).Orders[0].ID
				path := "/v1/customers/" + contoso + "/orders/" + id
				want(t, "cancel", c.do("PATCH", path, `{"id":"`+id+`","status":"cancelled"}`), tt.status, tt.code)
				if got := c.get(path).JSON["status"]; got != "completed" {
					t.Errorf("status = %v at once, want completed", got)
				}
				time.Sleep(15 * time.Minute)
				wanted, quantity := "completed", fmt.Sprint(item.Orders[0].Lines[0].Quantity)
				if tt.status == 200 {
					wanted, quantity = "cancelled", "0"
				}
				r := c.get(path)
				line := r.JSON["lineItems"].([]any)[0].(map[string]any)
				if r.JSON["status"] != wanted || fmt.Sprint(line["quantity"]) != quantity {
					t.Errorf("order = %s, want %s and quantity %s", r.Raw, wanted, quantity)
				}
				if left := len(c.get("/v1/customers/" + contoso + "/entitlements").items()); tt.status == 200 && left != 0 {
					t.Errorf("%d entitlements are left", left)
				}
				for _, sub := range s.State(contoso).Subscriptions {
					if got := sub.Status == "deleted"; got != (tt.status == 200) {
						t.Errorf("subscription is %s", sub.Status)
					}
				}
			})
		})
	}
}

func TestOneLineOfAnOrderIsCancelled(t *testing.T) {
	item := Perpetual("order1")
	item.Orders[0].Lines = append(item.Orders[0].Lines, OrderLine{Number: 1, OfferID: "A:B:C", Quantity: 1, Kind: LinePerpetual})
	s := with(item)
	c := asApp(t, s)
	path := "/v1/customers/" + contoso + "/orders/order1"
	body := `{"id":"order1","status":"cancelled","lineItems":[{"lineItemNumber":1,"offerId":"A:B:C"}]}`
	want(t, "cancel", c.do("PATCH", path, body), 200, "")
	if got := s.State(contoso).Orders[0]; got.Status != "completed" || got.Lines[0].Quantity == 0 || got.Lines[1].Quantity != 0 {
		t.Errorf("order = %+v", got)
	}
	want(t, "cancel twice", c.do("PATCH", path, body), 400, "800061")
	want(t, "unknown line", c.do("PATCH", path, `{"status":"cancelled","lineItems":[{"lineItemNumber":9}]}`), 400, "3000")
	want(t, "unknown order", c.get("/v1/customers/"+contoso+"/orders/ORDER1"), 404, "20000")
}

func TestEntitlementsShowTheirExpiryOnRequest(t *testing.T) {
	s := with(ReservationItem("order1"), Perpetual("order2"), SoftwareSubscription(sub1))
	c := asUser(t, s)
	path := "/v1/customers/" + contoso + "/entitlements"
	if got := len(c.get(path).items()); got != 3 {
		t.Errorf("%d entitlements, want 3", got)
	}
	if got := len(c.get(path + "?entitlementType=software").items()); got != 2 {
		t.Errorf("%d entitlements to software, want 2", got)
	}
	plain := c.get(path + "?entitlementType=reservedInstance").items()[0].(map[string]any)
	dated := c.get(path + "?entitlementType=reservedInstance&showExpiry=true").items()[0].(map[string]any)
	if plain["expiryDate"] != nil || dated["expiryDate"] == nil || dated["referenceOrder"].(map[string]any)["id"] != "order1" {
		t.Errorf("reservation = %v and %v", plain, dated)
	}
}

func TestDeletingSoftwareCancelsItsOrder(t *testing.T) {
	s := with(SoftwareSubscription(sub1))
	want(t, "PATCH", asApp(t, s).patch(sub1, set("status", "deleted")), 200, "")
	if got := s.State(contoso).Orders[0]; got.Status != "cancelled" || got.Lines[0].Quantity != 0 {
		t.Errorf("order = %+v", got)
	}
}
