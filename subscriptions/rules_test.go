package subscriptions_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

// The rules of Microsoft's pages, one line for each.
func TestVerdict(t *testing.T) {
	const (
		active     = `"status":"active",`
		suspended  = `"status":"suspended",`
		nce        = `"productType":{"id":"OnlineServicesNCE"},`
		legacy     = `"offerId":"031c9e47-4802-4248-838e-778fb1d2cc05",`
		saas       = `"productType":{"id":"SaaS"},"isMicrosoftProduct":false,`
		software   = `"productType":{"id":"Software"},"orderId":"o1",`
		open       = `"cancellationAllowedUntilDate":"2026-06-15T12:00:00.0000001Z",`
		closed     = `"cancellationAllowedUntilDate":"2026-06-14T12:00:00Z",`
		year       = `"commitmentEndDateTime":"2027-01-13T23:59:59Z",`
		yearByDate = `"commitmentEndDate":"2027-01-13T00:00:00Z",`
		endless    = `"commitmentEndDateTime":"9999-12-10T00:00:00Z",`
		full       = `"refundOptions":[{"type":"Full","expiresAt":"2026-06-16T00:00:00Z"}],`
		fullOver   = `"refundOptions":[{"type":"Full","expiresAt":"2026-06-15T12:00:00Z"}],`
		fullAfter  = `"refundOptions":[{"type":"full","expiresAfter":"2026-06-16T00:00:00Z"}],`
		fullEver   = `"refundOptions":[{"type":"Full","expiresAt":null}],`
		partial    = `"refundOptions":[{"type":"Partial","expiresAt":null}],`
	)
	tests := []struct {
		name    string
		json    string // members of the subscription
		order   string // its status; empty: not read
		action  subscriptions.Action
		refund  subscriptions.Refund
		billing string // BillingUntil
		until   string // Until
		reason  string // a part of it
	}{
		{"new commerce in its window, first day", nce + active + open + year + full, "", subscriptions.Cancel, subscriptions.FullRefund, "2027-01-13 23:59", "", "open until 2026-06-15 12:00 UTC"},
		{"the same by the page's other spelling", nce + active + open + year + fullAfter, "", subscriptions.Cancel, subscriptions.FullRefund, "2027-01-13 23:59", "", ""},
		{"full refund that never expires", nce + active + open + year + fullEver, "", subscriptions.Cancel, subscriptions.FullRefund, "2027-01-13 23:59", "", ""},
		{"new commerce in its window, later", nce + active + open + year + fullOver, "", subscriptions.Cancel, subscriptions.PartialRefund, "2027-01-13 23:59", "", ""},
		{"partial refund stated", nce + active + open + year + partial, "", subscriptions.Cancel, subscriptions.PartialRefund, "2027-01-13 23:59", "", ""},
		{"new commerce past its window", nce + active + closed + year, "", subscriptions.CancelAtTermEnd, subscriptions.NoRefund, "2027-01-13 23:59", "2027-01-13 23:59", "closed on 2026-06-14 12:00 UTC; it is not renewed, and billed until 2027-01-13 23:59 UTC"},
		{"the end is a date, and inclusive", nce + active + closed + yearByDate, "", subscriptions.CancelAtTermEnd, subscriptions.NoRefund, "2027-01-13 00:00", "2027-01-14 00:00", "billed until 2027-01-14 00:00 UTC"},
		{"no date of its own, 7 days from the start", nce + active + year + `"effectiveStartDate":"2026-06-08T12:00:00.001Z",`, "", subscriptions.Cancel, subscriptions.PartialRefund, "2027-01-13 23:59", "", ""},
		{"no date of its own, 7 days are over", nce + active + year + `"effectiveStartDate":"2026-06-08T12:00:00Z",`, "", subscriptions.CancelAtTermEnd, subscriptions.NoRefund, "2027-01-13 23:59", "2027-01-13 23:59", ""},
		{"past its window without an end", nce + active + closed + endless, "", subscriptions.Blocked, subscriptions.NoRefund, "9999-12-10 00:00", "", "Microsoft support"},
		{"suspended in its window", nce + suspended + open + year, "", subscriptions.Cancel, subscriptions.PartialRefund, "2027-01-13 23:59", "", ""},
		{"suspended past its window", nce + suspended + closed + year, "", subscriptions.Nothing, subscriptions.NoRefund, "2027-01-13 23:59", "2027-01-13 23:59", "does not end billing"},
		{"suspended without an end", nce + suspended + closed, "", subscriptions.Nothing, subscriptions.NoRefund, "", "", "no end of billing is known"},
		{"pending", nce + `"status":"pending",` + open + year, "", subscriptions.Blocked, subscriptions.NoRefund, "2027-01-13 23:59", "", "24 hours"},
		{"expired", nce + `"status":"expired",` + closed + year, "", subscriptions.Nothing, subscriptions.NoRefund, "2027-01-13 23:59", "", "already expired"},
		{"a status of tomorrow", nce + `"status":"hibernating",` + open + year, "", subscriptions.Blocked, subscriptions.NoRefund, "2027-01-13 23:59", "", `"hibernating"`},

		{"trial", nce + active + open + year + full + `"isTrial":true,`, "", subscriptions.Cancel, subscriptions.FullRefund, "2027-01-13 23:59", "", ""},
		{"trial without a date", nce + active + year + `"isTrial":true,`, "", subscriptions.Cancel, subscriptions.NoRefund, "2027-01-13 23:59", "", "open until 2027-01-13 23:59 UTC"},
		{"trial that only expires", nce + active + closed + year + `"isTrial":true,`, "", subscriptions.CancelAtTermEnd, subscriptions.NoRefund, "2027-01-13 23:59", "2027-01-13 23:59", "expires on 2027-01-13"},

		{"legacy", legacy + active + year, "", subscriptions.Suspend, subscriptions.NoRefund, "2027-01-13 23:59", "", "billing stops"},
		{"legacy suspended", legacy + suspended + year, "", subscriptions.Nothing, subscriptions.NoRefund, "2027-01-13 23:59", "", "billing has stopped"},
		{"legacy Azure", `"offerId":"MS-AZR-0145P",` + active + endless, "", subscriptions.Suspend, subscriptions.NoRefund, "9999-12-10 00:00", "", "billing stops"},
		{"Azure plan", `"productType":{"id":"Azure"},` + active + endless, "", subscriptions.CancelAzure, subscriptions.NoRefund, "9999-12-10 00:00", "", "usage until then is billed"},
		{"Azure plan suspended", `"productType":{"id":"Azure"},` + suspended + endless, "", subscriptions.Nothing, subscriptions.NoRefund, "9999-12-10 00:00", "", ""},

		{"SaaS in its window", saas + active + open + year + full, "", subscriptions.Cancel, subscriptions.FullRefund, "2027-01-13 23:59", "", ""},
		{"SaaS past its window", saas + active + closed + year, "", subscriptions.CancelAtTermEnd, subscriptions.NoRefund, "2027-01-13 23:59", "2027-01-13 23:59", ""},
		{"SaaS without a date: its window is not guessed", saas + active + year + `"effectiveStartDate":"2026-06-15T11:00:00Z",`, "", subscriptions.CancelAtTermEnd, subscriptions.NoRefund, "2027-01-13 23:59", "2027-01-13 23:59", "no cancellation window"},

		{"software in its window, through its order", software + active + open + year, "completed", subscriptions.CancelOrder, subscriptions.PartialRefund, "2027-01-13 23:59", "", ""},
		{"software in its window, order not read", software + active + open + year, "", subscriptions.Cancel, subscriptions.PartialRefund, "2027-01-13 23:59", "", ""},
		{"software with a pending order", software + active + open + year, "pending po upload", subscriptions.Blocked, subscriptions.NoRefund, "2027-01-13 23:59", "", "order is pending"},
		{"software past its window", software + active + closed + year, "completed", subscriptions.CancelAtTermEnd, subscriptions.NoRefund, "2027-01-13 23:59", "2027-01-13 23:59", ""},
		{"Red Hat has no window", software + active + open + year + `"offerName":"Red Hat Enterprise Linux",`, "completed", subscriptions.CancelAtTermEnd, subscriptions.NoRefund, "2027-01-13 23:59", "2027-01-13 23:59", "no cancellation window"},

		{"reservation", `"productType":{"id":"Azure","subType":{"id":"Reservation"}},` + active + year, "", subscriptions.Blocked, subscriptions.NoRefund, "2027-01-13 23:59", "", "Azure support"},
		{"savings plan", `"productType":{"id":"Azure","subType":{"id":"SavingsPlan"}},` + active + year, "", subscriptions.Blocked, subscriptions.NoRefund, "2027-01-13 23:59", "", "Azure portal"},
		{"savings plan that ended", `"productType":{"id":"Azure","subType":{"id":"SavingsPlan"}},"status":"expired",` + year, "", subscriptions.Nothing, subscriptions.NoRefund, "2027-01-13 23:59", "", "already expired"},
		{"unknown kind", `"productType":{"id":"QuantumCredits"},` + active + open + year, "", subscriptions.Blocked, subscriptions.NoRefund, "2027-01-13 23:59", "", "not known"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := subscriptions.Purchase{Subscription: read(t, "{"+tt.json+`"id":"`+string(license)+`"}`)}
			if tt.order != "" {
				p.Order = &subscriptions.Order{ID: "o1", Status: tt.order, LineItems: []subscriptions.LineItem{{SubscriptionID: license, Quantity: 1}}}
			}
			v := p.Verdict(now)
			if v.Action != tt.action || v.Refund != tt.refund || minute(v.BillingUntil.Time) != tt.billing || minute(v.Until) != tt.until || !strings.Contains(v.Reason, tt.reason) {
				t.Errorf("Verdict = %s, refund %s, billing %q, until %q: %q\nwant %s, refund %s, billing %q, until %q: …%s…",
					v.Action, v.Refund, minute(v.BillingUntil.Time), minute(v.Until), v.Reason, tt.action, tt.refund, tt.billing, tt.until, tt.reason)
			}
		})
	}
}

// What has no subscription: perpetual software, reservations, savings plans.
func TestVerdictOfEntitlements(t *testing.T) {
	const software, reserved = "software", "reservedinstance"
	tests := []struct {
		name     string
		kind     string
		statuses []string
		expires  partnercenter.Time
		order    string        // its status; empty: not read
		age      time.Duration // of the order
		quantity int           // of its line
		action   subscriptions.Action
		refund   subscriptions.Refund
		reason   string
	}{
		{"perpetual in its 30 days", software, nil, at(0), "completed", 30*day - 1, 3, subscriptions.CancelOrder, subscriptions.FullRefund, "open until 2026-06-15 12:00 UTC"},
		{"perpetual after 30 days", software, nil, at(0), "completed", 30 * day, 3, subscriptions.Nothing, subscriptions.NoRefund, "nothing further is billed"},
		{"perpetual, order pending", software, nil, at(0), "pending review", day, 3, subscriptions.Blocked, subscriptions.NoRefund, "pending"},
		{"perpetual, order of a status of tomorrow", software, nil, at(0), "po_upload_complete", day, 3, subscriptions.Blocked, subscriptions.NoRefund, "po_upload_complete"},
		{"perpetual, order cancelled", software, nil, at(0), "cancelled", day, 3, subscriptions.Nothing, subscriptions.NoRefund, "its order is cancelled"},
		{"perpetual, order canceled", software, nil, at(0), "Canceled", day, 3, subscriptions.Nothing, subscriptions.NoRefund, "its order is cancelled"},
		{"perpetual, its line cancelled", software, nil, at(0), "completed", day, 0, subscriptions.Nothing, subscriptions.NoRefund, "what its order held"},
		{"perpetual, order not visible", software, []string{"Active"}, at(0), "", 0, 0, subscriptions.Blocked, subscriptions.NoRefund, "15 minutes"},
		{"perpetual, over, order not visible", software, []string{"Cancelled"}, at(0), "", 0, 0, subscriptions.Nothing, subscriptions.NoRefund, "already over"},
		{"reservation", reserved, []string{"Active"}, at(300 * day), "", 0, 0, subscriptions.Blocked, subscriptions.NoRefund, "Azure support"},
		{"reservation without a word about it", reserved, nil, partnercenter.Time{}, "", 0, 0, subscriptions.Blocked, subscriptions.NoRefund, "Azure support"},
		{"reservation, partly cancelled", reserved, []string{"Cancelled", "Active"}, at(300 * day), "", 0, 0, subscriptions.Blocked, subscriptions.NoRefund, "Azure support"},
		{"reservation of a status of tomorrow", reserved, []string{"frozen"}, at(300 * day), "", 0, 0, subscriptions.Blocked, subscriptions.NoRefund, "Azure support"},
		{"reservation on its last moment", reserved, []string{"Active"}, at(0), "", 0, 0, subscriptions.Blocked, subscriptions.NoRefund, "Azure support"},
		{"reservation expired by its date", reserved, []string{"Active"}, at(-1), "", 0, 0, subscriptions.Nothing, subscriptions.NoRefund, "already over"},
		{"reservation expired by its status", reserved, []string{"Expired"}, at(300 * day), "", 0, 0, subscriptions.Nothing, subscriptions.NoRefund, "already over"},
		{"reservation cancelled", reserved, []string{"canceled", "Deleted"}, at(300 * day), "", 0, 0, subscriptions.Nothing, subscriptions.NoRefund, "already over"},
		{"reservation, order cancelled", reserved, []string{"Active"}, at(300 * day), "cancelled", day, 0, subscriptions.Nothing, subscriptions.NoRefund, "already over"},
		{"savings plan", "savingsplan", []string{"Active"}, at(300 * day), "", 0, 0, subscriptions.Blocked, subscriptions.NoRefund, "Azure portal"},
		{"unknown", "crystal", nil, partnercenter.Time{}, "", 0, 0, subscriptions.Blocked, subscriptions.NoRefund, `"crystal"`},
		{"unknown and over", "crystal", []string{"Expired"}, partnercenter.Time{}, "", 0, 0, subscriptions.Nothing, subscriptions.NoRefund, "already over"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := subscriptions.Purchase{Entitlement: &subscriptions.Entitlement{Type: tt.kind, Statuses: tt.statuses, ExpiryDate: tt.expires, OrderID: "o1"}}
			if tt.order != "" {
				p.Order = &subscriptions.Order{ID: "o1", Status: tt.order, CreationDate: at(-tt.age), LineItems: []subscriptions.LineItem{
					{Number: 7, OfferID: "perpetual", Quantity: tt.quantity}, {Number: 8, SubscriptionID: license, Quantity: 1},
				}}
			}
			v := p.Verdict(now)
			if v.Action != tt.action || v.Refund != tt.refund || !strings.Contains(v.Reason, tt.reason) || v.Kind != p.Kind() {
				t.Errorf("Verdict = %s, refund %s: %q\nwant %s, refund %s: …%s…", v.Action, v.Refund, v.Reason, tt.action, tt.refund, tt.reason)
			}
			if v.Action == subscriptions.CancelOrder && (len(v.Lines) != 1 || v.Lines[0].Number != 7) {
				t.Errorf("Verdict cancels lines %v, want the perpetual one alone", v.Lines)
			}
		})
	}
}

// A reservation without an end must not look as if it would end by itself.
func TestVerdictKnowsNoEndInTheYear9999(t *testing.T) {
	e := &subscriptions.Entitlement{Type: "reservedinstance"}
	e.ExpiryDate.Time = time.Date(9999, 12, 10, 0, 0, 0, 0, time.UTC)
	if v := (subscriptions.Purchase{Entitlement: e}).Verdict(now); !v.Until.IsZero() || !v.BillingUntil.OpenEnded() {
		t.Errorf("Verdict = until %v, billing until %v, want no date, and the year 9999", v.Until, v.BillingUntil)
	}
}

// minute writes a moment in UTC, and nothing for none.
func minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04")
}
