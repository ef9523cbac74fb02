package partnercentertest_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

func TestTheTokenEndpointRefuses(t *testing.T) {
	tests := []struct {
		name   string
		form   url.Values
		status int
		err    string
		aadsts string
	}{
		{"wrong secret", url.Values{"client_secret": {"guess"}}, 401, "invalid_client", "AADSTS7000215"},
		{"no secret", url.Values{"client_secret": {""}}, 401, "invalid_client", "AADSTS7000218"},
		{"wrong client", url.Values{"client_id": {contoso}}, 400, "unauthorized_client", "AADSTS700016"},
		{"wrong tenant", url.Values{"tenant": {contoso}}, 400, "invalid_request", "AADSTS90002"},
		{"wrong refresh token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"guess"}}, 400, "invalid_grant", "AADSTS70000"},
		{"wrong resource", url.Values{"scope": {"https://example.com/.default"}}, 400, "invalid_resource", "AADSTS500011"},
		{"wrong grant", url.Values{"grant_type": {"password"}}, 400, "unsupported_grant_type", "AADSTS70003"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := tokenReply(t, with(), tt.form)
			text, _ := r.JSON["error_description"].(string)
			if r.Status != tt.status || r.JSON["error"] != tt.err || !strings.HasPrefix(text, tt.aadsts+":") {
				t.Errorf("token = %d %s, want %d %s %s", r.Status, r.Raw, tt.status, tt.err, tt.aadsts)
			}
		})
	}
}

func TestRefreshTokensRotateAndDie(t *testing.T) {
	redeem := func(s *Server, refresh string) reply {
		return tokenReply(t, s, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
	}
	s := with()
	s.StrictRotation = true
	r := redeem(s, RefreshToken)
	fresh, _ := r.JSON["refresh_token"].(string)
	if fresh == "" || fresh == RefreshToken {
		t.Fatalf("refresh_token = %q, want a new one", fresh)
	}
	if r := redeem(s, RefreshToken); r.Status != 400 {
		t.Errorf("old token = %d, want 400", r.Status)
	}
	if r := redeem(s, fresh); r.Status != 200 {
		t.Errorf("new token = %d %s, want 200", r.Status, r.Raw)
	}
	s.RevokeRefreshTokens()
	if r := redeem(s, fresh); !strings.Contains(string(r.Raw), "AADSTS700082") {
		t.Errorf("revoked token = %s, want AADSTS700082", r.Raw)
	}
	if r := redeem(s, s.SignIn()); r.Status != 200 {
		t.Errorf("token of a new sign-in = %d, want 200", r.Status)
	}
}

func TestATokenOpensOnlyItsOwnDoor(t *testing.T) {
	s := with()
	app, user, graph := asApp(t, s), asUser(t, s), asGraph(t, s)
	nobody := &client{t: t, s: s}
	const relationships = "https://graph.microsoft.com/v1.0/tenantRelationships/delegatedAdminRelationships"
	entitlements := "/v1/customers/" + contoso + "/entitlements"
	want(t, "no token", nobody.get("/v1/customers"), 401, "800001")
	want(t, "Graph token on Partner Center", graph.get("/v1/customers"), 401, "800001")
	want(t, "Partner Center token on Graph", user.get(relationships), 401, "")
	want(t, "app on a user-only read", app.get(entitlements), 403, "900329")
	want(t, "app on a user-only write", app.do("PATCH", "/v1/customers/"+contoso, removal), 403, "900329")
	want(t, "user on a user-only read", user.get(entitlements), 200, "")
	s.ExpireTokens()
	want(t, "expired token", app.get("/v1/customers"), 401, "800001")
	want(t, "new token", asApp(t, s).get("/v1/customers"), 200, "")
}

func TestTokensExpireOnTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		s.TokenLife = time.Minute
		c := asApp(t, s)
		time.Sleep(time.Minute - time.Second)
		want(t, "in time", c.get("/v1/customers"), 200, "")
		time.Sleep(time.Second)
		want(t, "too late", c.get("/v1/customers"), 401, "800001")
	})
}

func TestWithoutMFAUsersCannotWrite(t *testing.T) {
	s := with(License(sub1))
	s.NoMFA = true
	user := asUser(t, s)
	claims, _ := base64.RawURLEncoding.DecodeString(strings.Split(user.access, ".")[1])
	if !strings.Contains(string(claims), `"amr":["pwd"]`) {
		t.Errorf("claims = %s", claims)
	}
	want(t, "read", user.get("/v1/customers/"+contoso), 200, "")
	r := user.do("PATCH", "/v1/customers/"+contoso, removal)
	if r.Line != "401 Unauthorized - MFA required" || len(r.Raw) != 0 || !strings.Contains(r.Header.Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("write = %q %v %q", r.Line, r.Header, r.Raw)
	}
	want(t, "app", asApp(t, s).patch(sub1, set("status", "deleted")), 200, "")
}

func TestARepeatedWriteIsNotAppliedTwice(t *testing.T) {
	s := with(License(sub1), License(sub2))
	c := asApp(t, s)
	path := "/v1/customers/" + contoso + "/subscriptions/"
	const id = "11111111-2222-4333-8444-555555555555"
	body := func(status string) string { return `{"status":"` + status + `","autoRenewEnabled":false}` }
	once := c.do("PATCH", path+sub1, body("deleted"), "MS-RequestId", id)
	again := c.do("PATCH", path+sub1, body("deleted"), "MS-RequestId", strings.ToUpper(id))
	want(t, "first", once, 200, "")
	want(t, "second", again, 200, "")
	if string(once.Raw) != string(again.Raw) || s.Applied(contoso, sub1) != 1 {
		t.Errorf("applied %d times, answers %s and %s", s.Applied(contoso, sub1), once.Raw, again.Raw)
	}
	log := s.Requests()
	if r := log[len(log)-1]; !r.Replayed || r.Header.Get("Authorization") != "app" || r.Status != 200 {
		t.Errorf("record of the second = %+v", r)
	}
	want(t, "other target", c.do("PATCH", path+sub2, body("deleted"), "MS-RequestId", id), 400, "3000")
	want(t, "without an ID", c.do("PATCH", path+sub2, body("deleted"), "MS-RequestId", "7"), 400, "3000")
	if first(s).Status != "deleted" || s.Applied(contoso, sub2) != 0 {
		t.Error("a refused write took effect")
	}
}

func TestARefusedWriteMayBeRepeated(t *testing.T) {
	s := with(License(sub1))
	c := asUser(t, s)
	const id = "11111111-2222-4333-8444-555555555555"
	want(t, "first", c.do("PATCH", "/v1/customers/"+contoso, removal, "MS-RequestId", id), 417, "800036")
	s.Edit(contoso, func(c *Customer) { c.Subscriptions = nil })
	want(t, "second", c.do("PATCH", "/v1/customers/"+contoso, removal, "MS-RequestId", id), 200, "")
}

func TestTooManyRequestsHaveToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with(License(sub1))
		s.Budget = 2
		c := asApp(t, s)
		c.get("/v1/customers")
		time.Sleep(20 * time.Second)
		c.get("/v1/customers/" + contoso)
		r := c.get("/v1/customers")
		if r.Status != 429 || r.Header.Get("Retry-After") != "40" || !strings.Contains(string(r.Raw), `"statusCode":429`) {
			t.Errorf("third request = %d, Retry-After %q, %s", r.Status, r.Header.Get("Retry-After"), r.Raw)
		}
		want(t, "another resource", c.get("/v1/customers/"+contoso+"/subscriptions"), 200, "")
		time.Sleep(40 * time.Second)
		want(t, "the next minute", c.get("/v1/customers"), 200, "")
	})
}

func TestAnUnknownPathIs501(t *testing.T) {
	c := asUser(t, with())
	for _, path := range []string{"/", "/v1", "/v1/customer", "/v1/v1/customers", "/v2/customers", "/v1/customers/" + contoso + "/carts", "/v1.0/users", "/v1/customers?filter=x"} {
		if r := c.get(path); r.Status != 501 || !strings.Contains(string(r.Raw), "partnercentertest does not have") {
			t.Errorf("GET %s = %d %s, want 501 with a hint", path, r.Status, r.Raw)
		}
	}
	want(t, "unknown method", c.do("PUT", "/v1/customers/"+contoso, "{}"), 501, "501")
}

func TestIDsAreEchoed(t *testing.T) {
	s := with()
	c := asApp(t, s)
	r := c.do("GET", "/v1/customers", "", "MS-RequestId", sub1, "MS-CorrelationId", sub2)
	if r.Header.Get("MS-RequestId") != sub1 || r.Header.Get("MS-CorrelationId") != sub2 || r.Header.Get("MS-CV") == "" {
		t.Errorf("header = %v", r.Header)
	}
	log := s.Requests()
	if got := log[len(log)-1]; got.RequestID != sub1 || got.CorrelationID != sub2 || got.Service != "partnercenter" {
		t.Errorf("record = %+v", got)
	}
}

func TestRecordsHoldNoSecrets(t *testing.T) {
	s := with()
	asUser(t, s).get("/v1/customers")
	asGraph(t, s)
	if len(s.Secrets()) < 4 {
		t.Errorf("Secrets() has %d, want the client secret, the refresh token and two access tokens", len(s.Secrets()))
	}
	for _, r := range s.Requests() {
		for _, secret := range s.Secrets() {
			for _, text := range []string{string(r.Body), r.RawQuery, strings.Join(r.Header["Authorization"], " ")} {
				if unescaped, _ := url.QueryUnescape(text); strings.Contains(text+unescaped, secret) {
					t.Errorf("record of %s %s holds a secret", r.Method, r.Path)
				}
			}
		}
	}
}

func TestAServerThatForgetsKeepsNoRequests(t *testing.T) {
	s := with()
	s.Forget = true
	s.Inject(Fault{Path: "/v1/customers", Status: 503})
	c := asApp(t, s)
	want(t, "with a fault", c.get("/v1/customers"), 503, "")
	want(t, "list", c.get("/v1/customers"), 200, "")
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests are kept", n)
	}
}

func TestFaults(t *testing.T) {
	path := "/v1/customers/" + contoso + "/subscriptions/" + sub1
	const body = `{"status":"deleted","autoRenewEnabled":false}`
	tests := []struct {
		name    string
		fault   Fault
		status  int
		cut     bool // no answer, or half of one
		applied int
	}{
		{"status", Fault{Method: "PATCH", Path: "/SUBSCRIPTIONS/", Status: 503}, 503, false, 0},
		{"status after applying", Fault{Method: "PATCH", Status: 500, Code: "900192", Apply: true}, 500, false, 1},
		{"cut after applying", Fault{Method: "PATCH", Cut: true}, 0, true, 1},
		{"dropped", Fault{Method: "PATCH", Drop: true}, 0, true, 0},
		{"half a body", Fault{Method: "PATCH", CutBody: true}, 200, true, 1},
		{"another method", Fault{Method: "DELETE", Status: 503}, 200, false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := with(License(sub1))
			c := asApp(t, s)
			s.Inject(tt.fault)
			r, err := c.try("PATCH", path, body, "MS-RequestId", sub2)
			if r.Status != tt.status || errors.Is(err, io.ErrUnexpectedEOF) != tt.cut {
				t.Errorf("PATCH = %d, %v, want %d and cut = %t", r.Status, err, tt.status, tt.cut)
			}
			if got := s.Applied(contoso, sub1); got != tt.applied {
				t.Errorf("Applied() = %d, want %d", got, tt.applied)
			}
			want(t, "retry", c.do("PATCH", path, body, "MS-RequestId", sub2), 200, "")
			if got := s.Applied(contoso, sub1); got != 1 {
				t.Errorf("Applied() = %d after the retry, want 1", got)
			}
		})
	}
}

func TestFaultsCount(t *testing.T) {
	s := with()
	c := asApp(t, s)
	s.Inject(Fault{Path: "/v1/", After: 1, Times: 2, Status: 429, RetryAfter: "7"})
	var got []int
	for range 4 {
		got = append(got, c.get("/v1/customers").Status)
	}
	if got[0] != 200 || got[1] != 429 || got[2] != 429 || got[3] != 200 {
		t.Errorf("statuses = %v, want 200 429 429 200", got)
	}
	s.Inject(Fault{Times: -1, Status: 502, Body: "<html>", ContentType: "text/html"})
	for range 3 {
		if r := c.get("/v1/customers"); r.Status != 502 || string(r.Raw) != "<html>" || r.Header.Get("Content-Type") != "text/html" {
			t.Errorf("GET = %d %s", r.Status, r.Raw)
		}
	}
}

func TestADelayEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		s.Inject(Fault{Delay: time.Hour, Times: -1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, "GET", apiHost+"/v1/customers", nil)
		start := time.Now()
		_, err := s.RoundTrip(req)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("RoundTrip = %v after %v, want the deadline after a minute", err, time.Since(start))
		}
	})
}

func TestOnePortServesEverything(t *testing.T) {
	s := with(GDAPRelationship("g1"))
	s.NoMFA = true
	server := httptest.NewServer(s)
	defer server.Close()
	do := func(method, path string) (*http.Response, string, error) {
		req, _ := http.NewRequest(method, server.URL+path, nil)
		req.Header.Set("Authorization", "Bearer "+asUser(t, s).access)
		if strings.HasPrefix(path, "/v1.0/") {
			req.Header.Set("Authorization", "Bearer "+asGraph(t, s).access)
		}
		req.Header.Set("MS-RequestId", sub1)
		res, err := server.Client().Do(req)
		if err != nil {
			return nil, "", err
		}
		defer res.Body.Close()
		data, err := io.ReadAll(res.Body)
		return res, string(data), err
	}
	if res, body, err := do("GET", "/v1/customers"); err != nil || res.StatusCode != 200 {
		t.Errorf("customers = %v %s", err, body)
	}
	if res, body, err := do("GET", "/v1.0/tenantRelationships/delegatedAdminRelationships"); err != nil || res.StatusCode != 200 {
		t.Errorf("relationships = %v %s", err, body)
	}
	if res, body, err := do("PATCH", "/v1/customers/"+contoso); err != nil || res.StatusCode != 401 || body != "401 Unauthorized - MFA required" {
		t.Errorf("write without MFA = %v %q", err, body)
	}
	for _, f := range []Fault{{Path: "/customers", Method: "GET", Times: -1, Cut: true}, {Path: "/delegated", CutBody: true}} {
		s.Inject(f)
	}
	if _, _, err := do("GET", "/v1/customers"); err == nil {
		t.Error("a cut connection gave an answer")
	}
	if _, _, err := do("GET", "/v1.0/tenantRelationships/delegatedAdminRelationships"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half a body = %v, want an unexpected EOF", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	s := New(Demo()...)
	c := asApp(t, s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			req, _ := http.NewRequest("GET", apiHost+"/v1/customers", nil)
			req.Header.Set("Authorization", "Bearer "+c.access)
			if res, err := s.RoundTrip(req); err != nil || res.StatusCode != 200 {
				t.Errorf("RoundTrip = %v, %v", res, err)
			}
			s.Edit(contoso, func(c *Customer) { c.Company += "!" })
			s.State(contoso)
			s.Requests()
			s.Secrets()
		})
	}
	wg.Wait()
	if got := s.State(contoso).Company; got != "Contoso Bakery!!!!!!!!" {
		t.Errorf("Company = %q", got)
	}
}
