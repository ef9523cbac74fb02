package partnercentertest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

const (
	registrationPath = "/webhooks/v1/registration"
	validationPath   = registrationPath + "/validationEvents"
	receiver         = "https://receiver.example/events"
	registering      = `{"WebhookUrl":"` + receiver + `","WebhookEvents":["subscription-updated","test-created"]}`
)

func TestARegistrationIsMadeOnceAndThenUpdated(t *testing.T) {
	c := asApp(t, with())
	want(t, "GET before", c.get(registrationPath), 404, "")
	want(t, "PUT before", c.do("PUT", registrationPath, registering), 404, "")
	r := c.do("POST", registrationPath, registering)
	want(t, "POST", r, 200, "")
	id := r.JSON["SubscriberId"]
	if id == nil || r.JSON["WebhookUrl"] != receiver {
		t.Errorf("POST = %s, want the registration with its subscriber", r.Raw)
	}
	want(t, "POST again", c.do("POST", registrationPath, registering), 400, "3000")
	r = c.do("PUT", registrationPath, `{"webhookUrl":"https://other.example","webhookEvents":["invoice-ready"],"SignatureTokenToMsSignatureHeader":true}`)
	if r.Status != 200 || r.JSON["SubscriberId"] != id {
		t.Errorf("PUT = %d %s, want the same subscriber", r.Status, r.Raw)
	}
	r = c.get(registrationPath)
	if r.Status != 200 || r.JSON["WebhookUrl"] != "https://other.example" || fmt.Sprint(r.JSON["WebhookEvents"]) != "[invoice-ready]" {
		t.Errorf("GET = %d %s, want what was put", r.Status, r.Raw)
	}
	if r := c.get(registrationPath + "/events"); r.Status != 200 || !strings.Contains(string(r.Raw), `"subscription-updated"`) {
		t.Errorf("GET events = %d %s", r.Status, r.Raw)
	}
}

func TestARegistrationThatCannotBeRightIsRefused(t *testing.T) {
	c := asApp(t, with())
	for _, body := range []string{
		"", "[]", "{}",
		`{"WebhookEvents":["test-created"]}`,
		`{"WebhookUrl":"http://receiver.example","WebhookEvents":["test-created"]}`,
		`{"WebhookUrl":"receiver.example","WebhookEvents":["test-created"]}`,
		`{"WebhookUrl":"` + receiver + `"}`,
		`{"WebhookUrl":"` + receiver + `","WebhookEvents":[]}`,
		`{"WebhookUrl":"` + receiver + `","WebhookEvents":"test-created"}`,
		`{"WebhookUrl":"` + receiver + `","WebhookEvents":["customer-removed"]}`,
		`{"WebhookUrl":"` + receiver + `","WebhookEvents":["test-created"],"SignatureTokenToMsSignatureHeader":"true"}`,
		`{"WebhookUrl":"` + receiver + `","WebhookEvents":["test-created"],"Events":[]}`,
	} {
		want(t, "POST "+body, c.do("POST", registrationPath, body), 400, "3000")
	}
	want(t, "GET after", c.get(registrationPath), 404, "")
}

func TestWebhookPathsNeedATokenAndAreFew(t *testing.T) {
	s := with()
	nobody := &client{t: t, s: s}
	want(t, "no token", nobody.get(registrationPath), 401, "800001")
	c := asUser(t, s)
	for _, call := range []string{"DELETE " + registrationPath, "GET /webhooks/v1", "GET /webhooks/v2/registration", "GET " + validationPath, "GET /v1/registration", "GET " + validationPath + "/a/b"} {
		method, path, _ := strings.Cut(call, " ")
		want(t, call, c.do(method, path, ""), 501, "501")
	}
}

func TestTestEventsAreTwoAMinuteAndKeptForAWeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		s.TokenLife = 30 * 24 * time.Hour
		c := asApp(t, s)
		want(t, "without a registration", c.do("POST", validationPath, ""), 400, "3000")
		want(t, "registration", c.do("POST", registrationPath, registering), 200, "")
		r := c.do("POST", validationPath, "")
		want(t, "second of the minute", r, 200, "")
		if r := c.do("POST", validationPath, ""); r.Status != 429 || r.Header.Get("Retry-After") != "60" {
			t.Errorf("third of the minute = %d, Retry-After %q, want 429 and 60", r.Status, r.Header.Get("Retry-After"))
		}
		time.Sleep(time.Minute)
		want(t, "the next minute", c.do("POST", validationPath, ""), 200, "")
		want(t, "with a body", c.do("POST", validationPath, "{}"), 400, "3000")

		path := fmt.Sprint(validationPath, "/", r.JSON["correlationId"])
		if r := c.get(path); r.JSON["status"] != "inProgress" || r.JSON["callbackUrl"] != receiver {
			t.Errorf("before the delivery = %d %s", r.Status, r.Raw)
		}
		answers := []int{500, 200, 200}
		got := 0
		hook := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(answers[got])
			got++
		})
		if err := s.Deliver(t.Context(), Handler{Handler: hook}); err != nil || got != 3 {
			t.Fatalf("Deliver = %v after %d requests, want both test events after 3", err, got)
		}
		r = c.get(path)
		for _, want := range []string{`"status":"completed"`, `"responseCode":"InternalServerError"`, `"responseCode":"OK"`} {
			if !strings.Contains(string(r.Raw), want) {
				t.Errorf("after the delivery = %s, want %s", r.Raw, want)
			}
		}
		if err := s.Deliver(t.Context(), Handler{Handler: hook}); err != nil || got != 3 {
			t.Errorf("Deliver again = %v after %d requests, want none more", err, got)
		}
		time.Sleep(7 * 24 * time.Hour)
		want(t, "a week later", c.get(path), 404, "")
		want(t, "of nobody", c.get(validationPath+"/"+sub1), 404, "")
	})
}
