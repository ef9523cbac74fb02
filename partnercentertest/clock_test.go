package partnercentertest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

const week = 7 * 24 * time.Hour

func TestAnAdvancedClockMovesWhatTheServerJudges(t *testing.T) {
	s := with(License(sub1), LicenseClosed(sub2).NoRenewal())
	s.Budget = 3
	s.Delays.Subscription = 24 * time.Hour
	c := &client{t: t, s: s, access: AppToken}
	link := s.Attest(Attestation{})
	c.patch(sub1, set("friendlyName", "Renamed"))
	if got := c.get("/v1/customers/" + contoso + "/subscriptions/" + sub1).JSON["friendlyName"]; got == "Renamed" {
		t.Errorf("the change shows at once")
	}
	want(t, "over budget", c.get("/v1/customers/"+contoso+"/subscriptions"), 429, "")

	s.Advance(week)
	if r := c.get("/v1/customers/" + contoso + "/subscriptions/" + sub1); r.Status != 200 || r.JSON["friendlyName"] != "Renamed" {
		t.Errorf("a week later = %d %v, want the change", r.Status, r.JSON["friendlyName"])
	}
	want(t, "closed window", c.patch(sub1, set("status", "deleted")), 400, "900117")
	if err := s.Accept(link); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("Accept = %v, want an expired link", err)
	}

	s.Advance(365 * 24 * time.Hour)
	if got := s.State(contoso).Subscriptions[1].Status; got != "expired" {
		t.Errorf("after the term the subscription is %s, want expired", got)
	}
	if got := time.Until(s.Now()).Round(time.Hour); got != week+365*24*time.Hour {
		t.Errorf("Now() is %s ahead, want a year and a week", got)
	}
}

func TestAnAdvancedClockExpiresTokens(t *testing.T) {
	s := with()
	c := asApp(t, s)
	s.Advance(time.Hour)
	want(t, "token of an hour ago", c.get("/v1/customers"), 401, "800001")
	want(t, "new token", asApp(t, s).get("/v1/customers"), 200, "")
	s.Advance(90 * 24 * time.Hour)
	if r := tokenReply(t, s, url.Values{"grant_type": {"refresh_token"}}); !strings.Contains(string(r.Raw), "AADSTS700082") {
		t.Errorf("refresh token of 90 days ago = %d %s, want AADSTS700082", r.Status, r.Raw)
	}
	if r := tokenReply(t, s, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.SignIn()}}); r.Status != 200 {
		t.Errorf("refresh token of a new sign-in = %d %s", r.Status, r.Raw)
	}
}

// A receiver refuses events of another day, and its clock does not move.
func TestAnAdvancedClockLeavesTheDatesOfEvents(t *testing.T) {
	s := with()
	register(t, s, registering)
	s.Advance(week)
	want(t, "test event", asApp(t, s).do("POST", registrationPath+"/validationEvents", ""), 200, "")
	receiver := Handler{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var event struct {
			EventName             string
			ResourceChangeUtcDate time.Time
		}
		if err := json.NewDecoder(r.Body).Decode(&event); err != nil || time.Since(event.ResourceChangeUtcDate).Abs() > time.Minute {
			t.Errorf("%s is dated %s (%v), want now", event.EventName, event.ResourceChangeUtcDate, err)
		}
	})}
	if err := s.Deliver(t.Context(), receiver, SubscriptionUpdated(contoso, sub1)); err != nil {
		t.Error(err)
	}
}

func TestTimeDoesNotGoBack(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Advance(-1) did not panic")
		}
	}()
	with().Advance(-1)
}

func TestAnAttestationIsSeededInEveryState(t *testing.T) {
	s := with()
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	signer := Contact{FirstName: "Ada", LastName: "Visser", Email: "ada@contosobakery.example"}
	for _, tt := range []struct {
		seed Attestation
		want string
	}{
		{Attestation{}, "Pending"},
		{Attestation{Expires: future, Signatory: signer}, "Pending"},
		{Attestation{Expires: past}, "Expired"},
		{Attestation{ID: sub1, Accepted: past, Signatory: signer, Company: "Contoso Bakery"}, "Accepted"},
	} {
		id := s.Attest(tt.seed)
		r := asApp(t, s).get("/v1/attestations/enhanced/" + id)
		if r.Status != 200 || r.JSON["status"] != tt.want {
			t.Errorf("attestation = %d %s, want %s", r.Status, r.Raw, tt.want)
		}
	}
	all := s.Attestations()
	if len(all) != 4 || all[3].ID != sub1 || all[2].Status(s.Now()) != "Expired" {
		t.Errorf("Attestations() = %+v", all)
	}
	want(t, "agreement", asApp(t, s).do("POST", agreements, agreementBody(sub1, map[string]any{"primaryContact": map[string]any{
		"firstName": "Ada", "lastName": "Visser", "email": "ada@contosobakery.example"}})), 201, "")
	if got := s.Attestations()[3].Customer; got != contoso {
		t.Errorf("the attestation became the agreement of %q, want %s", got, contoso)
	}
	defer func() {
		if text, _ := recover().(string); text == "" || strings.Contains(text, sub1) {
			t.Errorf("Attest of an ID that is there panicked with %q", strings.ReplaceAll(text, sub1, "<ID>"))
		}
	}()
	s.Attest(Attestation{ID: sub1})
}

func TestAnExpiredItemHasEnded(t *testing.T) {
	for name, item := range map[string]Item{"licence": License(sub1), "SaaS": SaaS(sub1), "software": SoftwareSubscription(sub1), "legacy": Legacy(sub1)} {
		s := with(item.Expired())
		got := first(s)
		if got.Status != "expired" || got.AutoRenew || !got.CommitmentEnd.Before(time.Now()) || got.CancelUntil.After(got.CommitmentEnd) || !got.Start.Before(got.CommitmentEnd) {
			t.Errorf("%s = %+v", name, got)
		}
		want(t, name+" removal", (&client{t: t, s: s, access: UserToken}).do("PATCH", "/v1/customers/"+contoso, removal), 200, "")
	}
}
