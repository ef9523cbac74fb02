package partnercentertest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

func set(members ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i < len(members); i += 2 {
		m[members[i].(string)] = members[i+1]
	}
	return m
}

func TestAStatusChangesByTheRulesOfItsKind(t *testing.T) {
	cancel := []any{map[string]any{"scheduledType": "TermEnd", "actionType": "Cancel"}}
	tests := []struct {
		name   string
		item   Item
		change map[string]any
		status int
		code   string
	}{
		{"licence cancelled inside its window", License(sub1), set("status", "deleted"), 200, ""},
		{"licence cancelled with auto-renew off", License(sub1), set("status", "deleted", "autoRenewEnabled", false), 200, ""},
		{"licence cancelled too late", LicenseClosed(sub1), set("status", "deleted"), 400, "900117"},
		{"licence suspended", LicenseClosed(sub1), set("status", "suspended"), 200, ""},
		{"suspended licence cancelled inside its window", License(sub1).Suspended(), set("status", "deleted"), 200, ""},
		{"suspended licence reactivated", License(sub1).Suspended(), set("status", "active"), 200, ""},
		{"suspended licence changed", License(sub1).Suspended(), set("autoRenewEnabled", true), 400, "800091"},
		{"auto-renew off", LicenseClosed(sub1), set("autoRenewEnabled", false), 200, ""},
		{"auto-renew off with a scheduled cancel", LicenseClosed(sub1), set("autoRenewEnabled", false, "scheduledActions", cancel), 200, ""},
		{"two properties at once", LicenseClosed(sub1), set("autoRenewEnabled", false, "quantity", 3), 400, "800002"},
		{"suspended and auto-renew off at once", LicenseClosed(sub1), set("status", "suspended", "autoRenewEnabled", false), 400, "800002"},
		{"auto-renew not eligible", License(sub1).Tweak(func(s *Subscription) { s.AutoRenewNotEligible = true }), set("autoRenewEnabled", false), 400, "800093"},
		{"pending operation", License(sub1).Tweak(func(s *Subscription) { s.PendingOperation = true }), set("status", "deleted"), 409, "900278"},
		{"pending subscription", License(sub1).Tweak(func(s *Subscription) { s.Status = "pending" }), set("status", "deleted"), 400, "800081"},
		{"deleted subscription", License(sub1).Tweak(func(s *Subscription) { s.Status = "deleted" }), set("status", "active"), 400, "2011"},
		{"expired subscription", License(sub1).Tweak(func(s *Subscription) { s.Status = "expired" }), set("status", "active"), 400, "800040"},
		{"status that does not exist", License(sub1), set("status", "cancelled"), 400, "3000"},
		{"quantity that is none", License(sub1), set("quantity", "many"), 400, "3000"},
		{"scheduled actions that are none", License(sub1), set("scheduledActions", []any{7}), 400, "3000"},
		{"trial cancelled", Trial(sub1), set("status", "deleted"), 200, ""},
		{"marketplace product cancelled", SaaS(sub1), set("status", "deleted"), 200, ""},
		{"marketplace product cancelled too late", SaaSClosed(sub1), set("status", "deleted"), 400, "900213"},
		{"software cancelled", SoftwareSubscription(sub1), set("status", "deleted"), 200, ""},
		{"software cancelled too late", SoftwareSubscriptionClosed(sub1), set("status", "deleted"), 400, "900117"},
		{"software suspended", SoftwareSubscription(sub1), set("status", "suspended"), 400, "800040"},
		{"legacy cancelled", Legacy(sub1), set("status", "deleted"), 400, "800040"},
		{"legacy suspended", Legacy(sub1), set("status", "suspended"), 200, ""},
		{"legacy Azure suspended", LegacyAzure(sub1), set("status", "suspended"), 200, ""},
		{"Azure plan with an active entitlement", AzurePlan(sub1, azure1), set("status", "suspended"), 403, "900115"},
		{"Azure plan without one", AzurePlan(sub1), set("status", "suspended"), 200, ""},
		{"savings plan", SavingsPlan(sub1), set("status", "suspended"), 403, "900321"},
		{"unknown kind has no window", UnknownKind(sub1), set("status", "deleted"), 400, "900117"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := with(tt.item)
			before := first(s)
			r := asApp(t, s).patch(sub1, tt.change)
			want(t, "PATCH", r, tt.status, tt.code)
			if s.PartialWrites() != 0 {
				t.Errorf("PartialWrites() = %d after a whole resource, want 0", s.PartialWrites())
			}
			now := first(s)
			if tt.status != 200 {
				if now.Status != before.Status || s.Applied(contoso, sub1) != 0 {
					t.Errorf("a refused PATCH changed the status to %s", now.Status)
				}
				return
			}
			if to, ok := tt.change["status"]; ok && now.Status != to {
				t.Errorf("status = %s, want %s", now.Status, to)
			}
			if now.AutoRenew && now.Status != "active" && before.ProductType != "" {
				t.Errorf("a %s subscription still renews", now.Status)
			}
			if s.Applied(contoso, strings.ToUpper(sub1)) != 1 {
				t.Errorf("Applied() = %d, want 1", s.Applied(contoso, sub1))
			}
		})
	}
}

func TestReactivationLeavesAutoRenewOff(t *testing.T) {
	s := with(LicenseClosed(sub1))
	c := asApp(t, s)
	c.patch(sub1, set("status", "suspended"))
	c.patch(sub1, set("status", "active"))
	if got := first(s); got.Status != "active" || got.AutoRenew {
		t.Errorf("after reactivation: status %s, auto-renew %t, want active and false", got.Status, got.AutoRenew)
	}
}

func TestAPartialBodyLosesWhatItLeavesOut(t *testing.T) {
	s := with(License(sub1).Tweak(func(s *Subscription) {
		s.NextTerm = map[string]any{"quantity": 4}
		s.ScheduledActions = []ScheduledAction{{ScheduledType: "TermEnd", ActionType: "RenewToNewTerm"}}
		s.Extra = map[string]any{"governance": map[string]any{"level": 9007199254740993}}
	}))
	path := "/v1/customers/" + contoso + "/subscriptions/" + sub1
	want(t, "PATCH", asApp(t, s).do("PATCH", path, `{"id":"`+sub1+`","friendlyName":"Renamed"}`), 200, "")
	got := first(s)
	if got.FriendlyName != "Renamed" || got.AutoRenew || got.ScheduledActions != nil || got.NextTerm != nil || len(got.Extra) != 0 {
		t.Errorf("after a partial PATCH: %+v", got)
	}
	if s.PartialWrites() != 1 {
		t.Errorf("PartialWrites() = %d, want 1", s.PartialWrites())
	}
}

func TestAChangedUnknownMemberIsAPartialWrite(t *testing.T) {
	s := with(License(sub1).Tweak(func(s *Subscription) { s.Extra = map[string]any{"big": 9007199254740993} }))
	asApp(t, s).patch(sub1, set("friendlyName", "Renamed", "big", 9007199254740992))
	if s.PartialWrites() != 1 {
		t.Errorf("PartialWrites() = %d after a rounded number, want 1", s.PartialWrites())
	}
}

func TestAMemberInTwoSpellingsIsRefused(t *testing.T) {
	s := with(License(sub1))
	r := asApp(t, s).do("PATCH", "/v1/customers/"+contoso+"/subscriptions/"+sub1, `{"status":"deleted","Status":"active"}`)
	want(t, "PATCH", r, 400, "3000")
}

func TestPascalCaseIsReadAndWritten(t *testing.T) {
	s := with(Legacy(sub1).Tweak(func(s *Subscription) { s.Pascal = true }))
	c := asApp(t, s)
	path := "/v1/customers/" + contoso + "/subscriptions/" + sub1
	body := c.get(path).JSON
	if body["Status"] != "active" || body["status"] != nil {
		t.Fatalf("members are not in PascalCase: %v", body)
	}
	body["Status"] = "suspended"
	data, _ := json.Marshal(body)
	want(t, "PATCH", c.do("PATCH", path, string(data)), 200, "")
	if s.PartialWrites() != 0 || first(s).Status != "suspended" {
		t.Errorf("PartialWrites() = %d, status = %s", s.PartialWrites(), first(s).Status)
	}
}

func TestAStaleETagIsRefused(t *testing.T) {
	s := with(Legacy(sub1))
	c := asApp(t, s)
	path := "/v1/customers/" + contoso + "/subscriptions/" + sub1
	old := c.get(path)
	s.Edit(contoso, func(c *Customer) { c.Subscriptions[0].Quantity = 7 })
	want(t, "stale body", c.do("PATCH", path, string(old.Raw)), 400, "2055")
	etag := old.JSON["attributes"].(map[string]any)["etag"].(string)
	want(t, "stale If-Match", c.do("PATCH", path, `{"status":"suspended"}`, "If-Match", etag), 400, "2055")
	want(t, "fresh body", c.patch(sub1, set("status", "suspended")), 200, "")
}

func TestLegacyAddOnsFollowTheirBase(t *testing.T) {
	s := with(Legacy(sub1), LegacyAddOn(sub2, sub1))
	c := asApp(t, s)
	if got := c.get("/v1/customers/" + contoso + "/subscriptions/" + sub1 + "/addons").items(); len(got) != 1 {
		t.Fatalf("addons = %v, want one", got)
	}
	c.patch(sub1, set("status", "suspended"))
	if got := s.State(contoso).Subscriptions[1].Status; got != "suspended" {
		t.Errorf("add-on is %s after its base was suspended", got)
	}
	want(t, "add-on first", c.patch(sub2, set("status", "active")), 409, "27009")
	want(t, "base", c.patch(sub1, set("status", "active")), 200, "")
	want(t, "add-on", c.patch(sub2, set("status", "active")), 200, "")
}

func TestAcceptedUpdatesShowLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with(License(sub1))
		s.Accept202, s.Delays.Subscription = true, 5*time.Minute
		c := asApp(t, s)
		r := c.patch(sub1, set("status", "deleted"))
		where := "/customers/" + contoso + "/subscriptions/" + sub1
		if r.Status != 202 || r.Header.Get("Location") != where || len(r.Raw) != 0 {
			t.Errorf("PATCH = %d %q %q, want an empty 202 with Location %s", r.Status, r.Header.Get("Location"), r.Raw, where)
		}
		if got := c.get("/v1" + where).JSON["status"]; got != "active" {
			t.Errorf("status = %v at once, want active", got)
		}
		want(t, "second PATCH", c.patch(sub1, set("status", "suspended")), 400, "2011")
		time.Sleep(5 * time.Minute)
		if got := c.get("/v1" + where).JSON["status"]; got != "deleted" {
			t.Errorf("status = %v after the delay, want deleted", got)
		}
	})
}

func TestTermsEndOnTheClock(t *testing.T) {
	until := time.Hour
	tests := []struct {
		name   string
		item   func() Item
		status string
		check  func(Subscription) bool
	}{
		{"renewal opens a new window", func() Item { return LicenseClosed(sub1) }, "active",
			func(s Subscription) bool {
				return time.Until(s.CancelUntil) > 6*24*time.Hour && time.Until(s.CommitmentEnd) > 360*24*time.Hour
			}},
		{"cancel at the end of the term", func() Item { return LicenseClosed(sub1).NoRenewal() }, "expired", nil},
		{"extended service term", func() Item {
			return LicenseClosed(sub1).Tweak(func(s *Subscription) { s.AutoRenew = false })
		}, "active", func(s Subscription) bool {
			return !s.AutoRenew && time.Until(s.CommitmentEnd) < 31*24*time.Hour && time.Until(s.CancelUntil) < 0
		}},
		{"marketplace product without renewal", func() Item {
			return SaaSClosed(sub1).Tweak(func(s *Subscription) { s.AutoRenew = false })
		}, "expired", nil},
		{"trial", func() Item { return Trial(sub1) }, "expired", nil},
		{"suspended licence", func() Item { return LicenseClosed(sub1).Suspended() }, "disabled", nil},
		{"suspended legacy", func() Item { return Legacy(sub1).Suspended() }, "suspended", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := with(tt.item().EndsAt(time.Now().Add(until)))
				before := first(s).Status
				time.Sleep(until)
				if got := first(s).Status; got != before {
					t.Errorf("status = %s at the last moment of the term, want %s", got, before)
				}
				time.Sleep(time.Second)
				got := asApp(t, s).get("/v1/customers/" + contoso + "/subscriptions").items()[0].(map[string]any)["status"]
				if got != tt.status {
					t.Errorf("status = %v after the term, want %s", got, tt.status)
				}
				if now := first(s); tt.check != nil && !tt.check(now) {
					t.Errorf("after the term: %+v", now)
				}
			})
		})
	}
}

func TestTheWindowClosesOnTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with(License(sub1), License(sub2))
		c := asApp(t, s)
		s.TokenLife = 0
		time.Sleep(time.Until(first(s).CancelUntil))
		c.access = token(t, s, "client_credentials", partnerScope)
		want(t, "at the last moment", c.patch(sub1, set("status", "deleted")), 200, "")
		time.Sleep(time.Second)
		want(t, "a second later", c.patch(sub2, set("status", "deleted")), 400, "900117")
	})
}
