package partnercentertest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

const (
	deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"
	devicePath  = "/" + TenantID + "/oauth2/v2.0/devicecode"
)

// startDevice begins a sign-in on a machine without a browser.
func startDevice(t *testing.T, s *Server, scope string) reply {
	t.Helper()
	r := post(t, s, devicePath, url.Values{"client_id": {ClientID}, "scope": {scope}})
	if r.Status != 200 {
		t.Fatalf("devicecode = %d %s", r.Status, r.Raw)
	}
	return r
}

// poll asks whether the sign-in is approved.
func poll(t *testing.T, s *Server, deviceCode string) reply {
	t.Helper()
	return post(t, s, "/"+TenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {deviceGrant}, "client_id": {ClientID}, "client_secret": {ClientSecret}, "device_code": {deviceCode},
	})
}

func TestADeviceCodeWaitsForAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		r := startDevice(t, s, partnerScope+" offline_access openid")
		user := r.text(t, "user_code")
		if r.JSON["expires_in"] != json.Number("900") || r.JSON["interval"] != json.Number("5") ||
			r.text(t, "verification_uri") != login+"/devicelogin" || !strings.Contains(r.text(t, "message"), user) {
			t.Errorf("devicecode = %s", r.Raw)
		}
		code := r.text(t, "device_code")
		wantDenied(t, "first poll", poll(t, s, code), 400, "authorization_pending", 70016)
		time.Sleep(5 * time.Second)
		wantDenied(t, "second poll", poll(t, s, code), 400, "authorization_pending", 70016)
		if err := s.ApproveDevice(" " + strings.ToLower(user)); err != nil {
			t.Fatal(err)
		}
		r = poll(t, s, code)
		c := &client{t: t, s: s, access: r.text(t, "access_token")}
		want(t, "a call for users", c.get("/v1/customers/"+contoso+"/entitlements"), 200, "")
		if got := r.claims(t, "id_token")["tid"]; got != TenantID {
			t.Errorf("tid = %v", got)
		}
		again := tokenReply(t, s, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {r.text(t, "refresh_token")}})
		if again.Status != 200 {
			t.Errorf("refresh = %d %s", again.Status, again.Raw)
		}
		wantDenied(t, "poll after redemption", poll(t, s, code), 400, "invalid_grant", 54005)
		if s.ApproveDevice(user) == nil {
			t.Error("ApproveDevice of a code that is done gave no error")
		}
	})
}

func TestWithoutOfflineAccessADeviceGetsNoRefreshToken(t *testing.T) {
	s := with()
	r := startDevice(t, s, partnerScope)
	if err := s.ApproveDevice(r.text(t, "user_code")); err != nil {
		t.Fatal(err)
	}
	if r := poll(t, s, r.text(t, "device_code")); r.Status != 200 || r.JSON["refresh_token"] != nil || r.JSON["id_token"] != nil {
		t.Errorf("tokens = %d %s", r.Status, r.Raw)
	}
}

func TestPollingTooFastSlowsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		code := startDevice(t, s, partnerScope).text(t, "device_code")
		steps := []struct {
			pause time.Duration
			err   string
		}{
			{0, "authorization_pending"},
			{5*time.Second - time.Millisecond, "slow_down"},
			{10*time.Second - time.Millisecond, "slow_down"},
			{15 * time.Second, "authorization_pending"},
			{15*time.Second - time.Millisecond, "slow_down"},
			{20 * time.Second, "authorization_pending"},
		}
		for i, step := range steps {
			time.Sleep(step.pause)
			wantDenied(t, fmt.Sprint("poll ", i), poll(t, s, code), 400, step.err, 70016)
		}
	})
}

func TestADeviceCodeExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		r := startDevice(t, s, partnerScope)
		time.Sleep(900*time.Second - time.Millisecond)
		wantDenied(t, "in time", poll(t, s, r.text(t, "device_code")), 400, "authorization_pending", 70016)
		time.Sleep(time.Millisecond)
		if s.ApproveDevice(r.text(t, "user_code")) == nil {
			t.Error("an expired code could be approved")
		}
		wantDenied(t, "too late", poll(t, s, r.text(t, "device_code")), 400, "expired_token", 70020)
	})
}

func TestADeviceCodeIsRefused(t *testing.T) {
	s := with()
	r := startDevice(t, s, partnerScope)
	code := r.text(t, "device_code")
	anonymous := url.Values{"grant_type": {deviceGrant}, "client_id": {ClientID}, "device_code": {code}}
	wantDenied(t, "poll without client auth", post(t, s, "/"+TenantID+"/oauth2/v2.0/token", anonymous), 401, "invalid_client", 7000218)
	wantDenied(t, "poll with a wrong code", poll(t, s, "guess"), 400, "bad_verification_code", 70018)
	if s.DeclineDevice("guess") == nil {
		t.Error("DeclineDevice of an unknown code gave no error")
	}
	if err := s.DeclineDevice(r.text(t, "user_code")); err != nil {
		t.Fatal(err)
	}
	wantDenied(t, "poll after the refusal", poll(t, s, code), 400, "authorization_declined", 70018)

	wantDenied(t, "unknown app", post(t, s, devicePath, url.Values{"client_id": {contoso}, "scope": {partnerScope}}), 400, "unauthorized_client", 700016)
	wantDenied(t, "no scope", post(t, s, devicePath, url.Values{"client_id": {ClientID}}), 400, "invalid_scope", 70011)
	wantDenied(t, "unknown tenant", post(t, s, "/"+fabrikam+"/oauth2/v2.0/devicecode", url.Values{"client_id": {ClientID}, "scope": {partnerScope}}), 400, "invalid_request", 90002)
}

func TestAPolicyMayBlockDeviceCodes(t *testing.T) {
	s := with()
	r := startDevice(t, s, partnerScope)
	if err := s.ApproveDevice(r.text(t, "user_code")); err != nil {
		t.Fatal(err)
	}
	s.ConditionalAccess = true
	wantDenied(t, "poll", poll(t, s, r.text(t, "device_code")), 400, "invalid_grant", 53003)
}

func TestAPersonApprovesOnThePage(t *testing.T) {
	s := with()
	web := httptest.NewServer(s)
	defer web.Close()
	start := func() (device, page string, user string) {
		res, err := http.PostForm(web.URL+devicePath, url.Values{"client_id": {ClientID}, "scope": {partnerScope}})
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var body struct {
			Device string `json:"device_code"`
			User   string `json:"user_code"`
			Page   string `json:"verification_uri"`
		}
		if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
			t.Fatal(err)
		}
		return body.Device, body.Page, body.User
	}
	submit := func(page string, form url.Values) string {
		res, err := http.PostForm(page, form)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if got := res.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
			t.Errorf("Content-Type = %q", got)
		}
		return res.Status
	}

	code, page, user := start()
	form, err := http.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	defer form.Body.Close()
	if form.StatusCode != 200 || form.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("page = %s, %s", form.Status, form.Header.Get("Content-Type"))
	}
	for _, bad := range []url.Values{
		{"user_code": {"guess"}, "decision": {"approve"}}, {"user_code": {user}}, {"user_code": {user}, "decision": {"perhaps"}},
	} {
		if got := submit(page, bad); got != "400 Bad Request" {
			t.Errorf("%v = %s, want 400", bad, got)
		}
	}
	wantDenied(t, "poll", poll(t, s, code), 400, "authorization_pending", 70016)
	if got := submit(page, url.Values{"user_code": {user}, "decision": {"approve"}}); got != "200 OK" {
		t.Errorf("approve = %s", got)
	}
	if r := poll(t, s, code); r.Status != 200 {
		t.Errorf("poll = %d %s, want tokens", r.Status, r.Raw)
	}

	code, page, user = start()
	if got := submit(page, url.Values{"user_code": {user}, "decision": {"decline"}}); got != "200 OK" {
		t.Errorf("decline = %s", got)
	}
	wantDenied(t, "poll", poll(t, s, code), 400, "authorization_declined", 70018)
}

// The person who signs in is the test.
func ExampleServer_ApproveDevice() {
	fake := New()
	client := &http.Client{Transport: fake}
	post := func(path string, form url.Values) (body map[string]any) {
		form.Set("client_id", ClientID)
		res, err := client.PostForm(login+path, form)
		if err != nil {
			return map[string]any{"error": err}
		}
		defer res.Body.Close()
		_ = json.NewDecoder(res.Body).Decode(&body)
		return body
	}
	start := post(devicePath, url.Values{"scope": {partnerScope + " offline_access"}})
	poll := url.Values{"grant_type": {deviceGrant}, "client_secret": {ClientSecret}, "device_code": {fmt.Sprint(start["device_code"])}}

	fmt.Println(post("/"+TenantID+"/oauth2/v2.0/token", poll)["error"])
	fmt.Println(fake.ApproveDevice(fmt.Sprint(start["user_code"])))
	fmt.Println(post("/"+TenantID+"/oauth2/v2.0/token", poll)["token_type"])
	// Output:
	// authorization_pending
	// <nil>
	// Bearer
}

func ExampleServer_DeclineDevice() {
	fake := New()
	fmt.Println(fake.DeclineDevice("FJC3QKTHM"))
	// Output: partnercentertest: no sign-in waits for this user code
}
