package webhooks_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/subscriptions"
	"github.com/cspkit/cspkit/webhooks"
)

func TestTheEventOfTheReferenceIsRead(t *testing.T) {
	text, err := os.ReadFile("testdata/partner-center-webhook-events.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := webhooks.ParseEvent(text)
	want := webhooks.Event{
		Name:         webhooks.SubscriptionUpdated,
		ResourceURI:  "https://api.partnercenter.microsoft.com/webhooks/v1/customers/" + string(contoso) + "/subscriptions/" + string(license),
		ResourceName: "subscription",
		AuditURI:     "https://api.partnercenter.microsoft.com/v1/auditrecords/42a1d1d6-5b1d-4d0c-8a7e-5b1d2c9f4e01",
		ChangedAt:    time.Date(2026, 2, 3, 16, 19, 6, 352027600, time.UTC),
		Raw:          text,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("ParseEvent (-want +got): %v\n%s", err, diff)
	}
}

func TestEventsComeInManySpellings(t *testing.T) {
	tests := []struct {
		body string
		want webhooks.Event // without Raw; no name means an error
	}{
		{`{"eventName":"test-created","resourceUri":"http://localhost:16722/v1/webhooks/registration/test","resourceName":"test","auditUri":null,"resourceChangeUtcDate":null}`,
			webhooks.Event{Name: webhooks.TestCreated, ResourceURI: "http://localhost:16722/v1/webhooks/registration/test", ResourceName: "test"}},
		{`{"EventName":"dap-admin-relationship-approved","ResourceUri":null,"AuditUrl":"https://a.example"}`,
			webhooks.Event{Name: webhooks.DAPRelationshipApproved, AuditURI: "https://a.example"}},
		{`{"EventName":"Something-New","Members":{"of":["any","kind"]}}`, webhooks.Event{Name: "Something-New"}},
		{`{"EventName":""}`, webhooks.Event{}},
		{`{"EventName":7}`, webhooks.Event{}},
		{`{}`, webhooks.Event{}},
		{`null`, webhooks.Event{}},
		{`[]`, webhooks.Event{}},
		{``, webhooks.Event{}},
		{`{"EventName":"test-created"} {"EventName":"test-created"}`, webhooks.Event{}},
		{`{"EventName":"test-created","ResourceChangeUtcDate":"soon, said ada@contoso.example"}`, webhooks.Event{}},
	}
	for _, tt := range tests {
		got, err := webhooks.ParseEvent([]byte(tt.body))
		got.Raw = nil
		if diff := cmp.Diff(tt.want, got); diff != "" || (err != nil) != (tt.want.Name == "") {
			t.Errorf("ParseEvent(%s): %v\n%s", tt.body, err, diff)
		}
		if err != nil && strings.Contains(err.Error(), "ada") {
			t.Errorf("the error repeats the event: %v", err)
		}
	}
}

func TestWhomAnEventIsAbout(t *testing.T) {
	const host = "https://api.partnercenter.microsoft.com"
	about := "/customers/" + string(contoso)
	tests := []struct {
		uri          string
		customer     customers.TenantID
		subscription subscriptions.ID
	}{
		{host + "/webhooks/v1" + about + "/subscriptions/" + string(license), contoso, license},
		{host + "/v1" + about, contoso, ""},
		{host + "/V1" + strings.ToUpper(about) + "/Subscriptions/" + string(license) + "/", contoso, license},
		{"http://localhost:16722" + about + "/subscriptions/" + string(license), contoso, license},
		{about + "/subscriptions/" + string(license), contoso, license},
		{host + "/v1" + about + "/subscriptions/" + string(license) + "/addons?a=b#c", contoso, license},
		{host + "/v1" + about + "/subscriptions", contoso, ""},
		{host + "/v1" + about + "/subscriptions/latest", contoso, ""},
		{host + "/v1" + about + "/orders/" + string(license), contoso, ""},
		{host + "/v1" + about + "/subscriptions/" + string(license) + "%2Fx", contoso, ""},
		{host + "/v1/customers/usagerecords", "", ""},
		{host + "/v1/customers/", "", ""},
		{host + "/v1/customers", "", ""},
		{host + "/v1/subscriptions/" + string(license), "", ""},
		{host + "/v1/invoices/G000012345", "", ""},
		{host + "/v1/fraudEvents?SubscriptionId=" + string(license) + "&EventStatus=active", "", ""},
		{"https://partner.microsoft.com/granularAdminRelationships/1", "", ""},
		{"https://customers.example/" + string(contoso), "", ""},
		{"", "", ""},
		{"%zz" + about, "", ""},
	}
	for _, tt := range tests {
		e := webhooks.Event{ResourceURI: tt.uri}
		customer, ok := e.Customer()
		if customer != tt.customer || ok != (tt.customer != "") {
			t.Errorf("Customer of %q = %q, %t, want %q", tt.uri, customer, ok, tt.customer)
		}
		subscription, ok := e.Subscription()
		if subscription != tt.subscription || ok != (tt.subscription != "") {
			t.Errorf("Subscription of %q = %q, %t, want %q", tt.uri, subscription, ok, tt.subscription)
		}
	}
}

func TestALoggedEventShowsNamesAndIDsOnly(t *testing.T) {
	e, err := webhooks.ParseEvent([]byte(eventOf(time.Now())))
	if err != nil {
		t.Fatal(err)
	}
	e.Name += "\nlevel=ERROR msg=forged"
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key != "event" {
			return slog.Attr{}
		}
		return a
	}})).Info("", "event", e)
	want := map[string]any{"event": map[string]any{
		"name": "subscription-updated level=ERROR msg=forged", "customer": string(contoso), "subscription": string(license),
	}}
	var got map[string]any
	if err := json.Unmarshal(log.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestEventNamesAreTheSameInAnyLetterCase(t *testing.T) {
	if n := webhooks.EventName("UsageRecords-ThresholdExceeded"); !n.Is(webhooks.UsageThresholdExceeded) || n.Is(webhooks.TestCreated) {
		t.Error("Is does not compare without letter case")
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte(eventOf(time.Unix(946771200, 0))))
	for _, seed := range []string{`{"EventName":"x","ResourceUri":"/customers//"}`, "\xef\xbb\xbf{}", `{"eventname":"x","ResourceChangeUtcDate":"9999-12-31T23:59:59-14:00"}`, `{"EventName":"x","ResourceUri":"customers"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := webhooks.ParseEvent(body)
		if err != nil {
			if e.Name != "" || e.Raw != nil {
				t.Errorf("ParseEvent(%q) = %+v with the error %v", body, e, err)
			}
			return
		}
		customer, ok := e.Customer()
		if _, err := customers.ParseTenantID(string(customer)); ok != (err == nil) {
			t.Errorf("Customer of %q = %q, %t", body, customer, ok)
		}
		if _, ok := e.Subscription(); ok && customer == "" {
			t.Errorf("%q is about a subscription of nobody", body)
		}
		again, err := webhooks.ParseEvent(e.Raw)
		if diff := cmp.Diff(e, again); err != nil || diff != "" {
			t.Errorf("ParseEvent of Raw: %v\n%s", err, diff)
		}
		e.LogValue()
	})
}
