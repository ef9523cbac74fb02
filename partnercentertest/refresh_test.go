package partnercentertest_test

import (
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

// refresh redeems a refresh token in a tenant for a scope.
func refresh(t *testing.T, s *Server, tenant, token, scope string) reply {
	t.Helper()
	return tokenReply(t, s, url.Values{"tenant": {tenant}, "grant_type": {"refresh_token"}, "refresh_token": {token}, "scope": {scope}})
}

func TestARefreshTokenLivesNinetyDaysFromItsIssue(t *testing.T) {
	const days = 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		s := with()
		s.RotateRefreshTokens = true
		time.Sleep(90*days - time.Second)
		second := refresh(t, s, TenantID, RefreshToken, partnerScope).text(t, "refresh_token")
		time.Sleep(time.Second)
		wantDenied(t, "the first after 90 days", refresh(t, s, TenantID, RefreshToken, partnerScope), 400, "invalid_grant", 700082)
		time.Sleep(90*days - 2*time.Second)
		if r := refresh(t, s, TenantID, second, partnerScope); r.Status != 200 {
			t.Errorf("the second in its last second = %d %s, want 200", r.Status, r.Raw)
		}
		time.Sleep(time.Second)
		wantDenied(t, "the second after 90 days", refresh(t, s, TenantID, second, partnerScope), 400, "invalid_grant", 700082)
		if r := refresh(t, s, TenantID, s.SignIn(), partnerScope); r.Status != 200 {
			t.Errorf("the token of a new sign-in = %d %s, want 200", r.Status, r.Raw)
		}
	})
}

func TestGDAPOpensTheTenantOfACustomer(t *testing.T) {
	s := with(GDAPRelationship("g1"))
	r := refresh(t, s, strings.ToUpper(contoso), RefreshToken, graphScope+" openid")
	if r.claims(t, "access_token")["tid"] != contoso || r.claims(t, "id_token")["tid"] != contoso {
		t.Errorf("tokens = %s, want tid %s", r.Raw, contoso)
	}
	const path = "https://graph.microsoft.com/v1.0/tenantRelationships/delegatedAdminRelationships"
	c := &client{t: t, s: s, access: r.text(t, "access_token")}
	want(t, "its token at the partner's Graph", c.get(path), 401, "")
	c.access = refresh(t, s, contoso, RefreshToken, partnerScope).text(t, "access_token")
	want(t, "its token at Partner Center", c.get("/v1/customers"), 401, "800001")
	c.access = refresh(t, s, "organizations", RefreshToken, partnerScope).text(t, "access_token")
	want(t, "the token of the user's own tenant", c.get("/v1/customers"), 200, "")
}

func TestTheTenantOfACustomerRefuses(t *testing.T) {
	wantDenied(t, "unknown tenant", refresh(t, with(), fabrikam, RefreshToken, graphScope), 400, "invalid_request", 90002)
	deleted := with()
	deleted.Sandbox = true
	want(t, "DELETE", asApp(t, deleted).do("DELETE", "/v1/customers/"+contoso, ""), 204, "")
	wantDenied(t, "deleted customer", refresh(t, deleted, contoso, RefreshToken, graphScope), 400, "invalid_request", 90002)
	wantDenied(t, "no GDAP", refresh(t, with(), contoso, RefreshToken, graphScope), 400, "invalid_grant", 50020)

	s := with(GDAPRelationship("g1"))
	if r := refresh(t, s, contoso, RefreshToken, graphScope); r.Status != 200 {
		t.Errorf("with GDAP = %d %s, want 200", r.Status, r.Raw)
	}
	s.Edit(contoso, func(c *Customer) { c.NoAppConsent = true })
	r := refresh(t, s, contoso, RefreshToken, graphScope)
	wantDenied(t, "no consent", r, 400, "invalid_grant", 65001)
	if r.JSON["suberror"] != "consent_required" {
		t.Errorf("suberror = %v", r.JSON["suberror"])
	}
	s.Edit(contoso, func(c *Customer) { c.GDAP[0].Status = "terminated" })
	wantDenied(t, "GDAP has ended", refresh(t, s, contoso, RefreshToken, graphScope), 400, "invalid_grant", 50020)
	wantDenied(t, "unknown refresh token", refresh(t, s, contoso, "guess", graphScope), 400, "invalid_grant", 70000)
}

// An application enters the tenant of a customer without GDAP: it has a
// service principal there, or not.
func TestAnApplicationInTheTenantOfACustomer(t *testing.T) {
	s := with()
	r := tokenReply(t, s, url.Values{"tenant": {contoso}, "scope": {graphScope}})
	if got := r.claims(t, "access_token")["tid"]; got != contoso {
		t.Errorf("tid = %v, want %s", got, contoso)
	}
	c := &client{t: t, s: s, access: r.text(t, "access_token")}
	want(t, "its token at the partner's Graph", c.get("https://graph.microsoft.com/v1.0/tenantRelationships/delegatedAdminRelationships"), 401, "")
	s.Edit(contoso, func(c *Customer) { c.NoAppConsent = true })
	wantDenied(t, "no service principal", tokenReply(t, s, url.Values{"tenant": {contoso}, "scope": {graphScope}}), 401, "unauthorized_client", 7000229)
	wantDenied(t, "no tenant", tokenReply(t, s, url.Values{"tenant": {"common"}}), 400, "invalid_request", 50128)
}

func TestUsersAreHeldUpWhereApplicationsPass(t *testing.T) {
	tests := []struct {
		name     string
		hold     func(*Server)
		err      string
		number   int
		suberror any
	}{
		{"no consent", func(s *Server) { s.NoConsent = true }, "invalid_grant", 65001, "consent_required"},
		{"MFA", func(s *Server) { s.MFAChallenge = true }, "interaction_required", 50076, "basic_action"},
		{"Conditional Access", func(s *Server) { s.ConditionalAccess = true }, "invalid_grant", 53003, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := with()
			tt.hold(s)
			r := refresh(t, s, TenantID, RefreshToken, partnerScope)
			wantDenied(t, "refresh", r, 400, tt.err, tt.number)
			if r.JSON["suberror"] != tt.suberror || (r.JSON["claims"] != nil) != (tt.number == 50076) {
				t.Errorf("refusal = %s", r.Raw)
			}
			if r := tokenReply(t, s, url.Values{}); r.Status != 200 {
				t.Errorf("client_credentials = %d %s, want 200", r.Status, r.Raw)
			}
			r = redeem(t, s, back(t, authorize(t, s)).Get("code"))
			if tt.number == 50076 { // a person is there to answer the challenge
				if r.Status != 200 {
					t.Errorf("sign-in = %d %s, want 200", r.Status, r.Raw)
				}
				return
			}
			wantDenied(t, "sign-in", r, 400, tt.err, tt.number)
		})
	}
}
