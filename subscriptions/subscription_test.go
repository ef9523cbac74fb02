package subscriptions_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/subscriptions"
)

func TestSubscriptionIsReadInEverySpelling(t *testing.T) {
	got := read(t, `{"ID":"A","OFFERID":"o","ProductType":{"Id":"Azure","SubType":{"Id":"x"}},"ParentSubscriptionId":"P","Status":"Active",
		"Quantity":"7","IsTrial":true,"IsMicrosoftProduct":false,"AutoRenewEnabled":true,"SuspensionReasons":["Customer"],
		"ScheduledActions":[{"ScheduledType":"TermEnd","ActionType":"Cancel"}],"CreationDate":"0001-01-01T00:00:00","CommitmentEndDate":"2027-01-13",
		"CancellationAllowedUntilDate":null,"RefundOptions":[{"Type":"Full","ExpiresAfter":"2026-01-15T00:00:00"},{"type":"Partial"}],"Attributes":{"Etag":"e"}}`)
	type sub struct {
		ID, Parent            subscriptions.ID
		Product, Sub, ETag    string
		Quantity              int
		Trial, Third, Renew   bool
		Cancel                bool
		Reasons               []string
		Created, Until, Over  string
		Refund, RefundExpires string
	}
	want := sub{"A", "P", "Azure", "x", "e", 7, true, true, true, true, []string{"Customer"}, "", "", "2027-01-14 00:00", "Full", "2026-01-15 00:00"}
	have := sub{
		got.ID, got.ParentID, got.ProductType, got.SubType, got.ETag, got.Quantity, got.IsTrial, got.ThirdParty, got.AutoRenew, got.CancelScheduled(),
		got.SuspensionReasons, minute(got.CreationDate.Time), minute(got.CancellationAllowedUntil.Time), minute(got.TermOver()),
		got.RefundOptions[0].Type, minute(got.RefundOptions[0].Expires.Time),
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("the subscription (-want +got):\n%s", diff)
	}
	if !got.ID.Is("a") || got.ID.Is("b") {
		t.Error("ids differ by letter case, want that it does not count")
	}
}

func TestSubscriptionRefusesWhatItCannotRead(t *testing.T) {
	for _, text := range []string{`[]`, `7`, `{"status":1}`, `{"scheduledActions":{}}`, `{"commitmentEndDate":"soon"}`, `{"autoRenewEnabled":"yes"}`} {
		if err := json.Unmarshal([]byte(text), new(subscriptions.Subscription)); err == nil {
			t.Errorf("decoding the subscription %s succeeds, want an error", text)
		}
	}
	if s := read(t, `{"quantity":"a dozen"}`); s.Quantity != 0 {
		t.Errorf("a quantity that is only shown reads %d, want 0", s.Quantity)
	}
}

func TestName(t *testing.T) {
	for text, want := range map[string]string{
		`{"friendlyName":"F","offerName":"N","offerId":"I"}`: "F", `{"offerName":"N","offerId":"I"}`: "N", `{"offerId":"I"}`: "I", `{}`: "",
	} {
		if got := read(t, text).Name(); got != want {
			t.Errorf("Name of %s = %q, want %q", text, got, want)
		}
	}
}

func TestScheduled(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "null", `{"ScheduledActions":[ {"n":1.0} ]}`: `[ {"n":1.0} ]`, `{"scheduledActions":null}`: "null", `{"scheduledActions":[]}`: "[]",
	} {
		if got := string(read(t, text).Scheduled()); got != want {
			t.Errorf("Scheduled of %s = %s, want %s", text, got, want)
		}
	}
	if got := string(new(subscriptions.Subscription).Scheduled()); got != "null" {
		t.Errorf("Scheduled of nothing = %s, want null", got)
	}
}

func TestTermOver(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "",
		`{"commitmentEndDate":"2027-01-13T00:00:00Z"}`:                                                   "2027-01-14 00:00",
		`{"commitmentEndDate":"2027-01-13"}`:                                                             "2027-01-14 00:00",
		`{"commitmentEndDate":"2027-01-13T10:00:00"}`:                                                    "2027-01-13 10:00",
		`{"commitmentEndDate":"2027-01-13T00:00:00Z","commitmentEndDateTime":"2027-01-13T23:59:59Z"}`:    "2027-01-13 23:59",
		`{"commitmentEndDate":"2027-01-13T00:00:00Z","commitmentEndDateTime":"2027-01-13T00:00:00Z"}`:    "2027-01-13 00:00",
		`{"commitmentEndDate":"9999-12-10T00:00:00Z"}`:                                                   "9999-12-10 00:00",
		`{"commitmentEndDate":"9999-12-31T00:00:00Z","commitmentEndDateTime":"0001-01-01T00:00:00"}`:     "9999-12-31 00:00",
		`{"commitmentEndDate":"2027-01-13T00:00:00+02:00","commitmentEndDateTime":null}`:                 "2027-01-12 22:00",
		`{"commitmentEndDate":"2027-01-13T00:00:00.0000000Z","commitmentEndDateTime":"","status":"any"}`: "2027-01-14 00:00",
	} {
		if got := minute(read(t, text).TermOver()); got != want {
			t.Errorf("TermOver of %s = %s, want %s", text, got, want)
		}
	}
}

func TestStatus(t *testing.T) {
	for status, ended := range map[subscriptions.Status]bool{
		"none": true, "None": true, "expired": true, "Disabled": true, "DELETED": true,
		"active": false, "pending": false, "suspended": false, "": false, "frozen": false,
	} {
		if got := status.Ended(); got != ended {
			t.Errorf("Status(%q).Ended() = %v, want %v", status, got, ended)
		}
	}
}
