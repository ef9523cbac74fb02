package partnercentertest_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

const login = "https://login.microsoftonline.com"

// post sends a form to Entra, as it is.
func post(t *testing.T, s *Server, path string, form url.Values) reply {
	t.Helper()
	r, err := raw(t, s, "POST", login+path, form.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// visit opens a page of Entra, and follows no redirect.
func visit(t *testing.T, s *Server, path string) reply {
	t.Helper()
	r, err := raw(t, s, "GET", login+path, "", http.Header{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantDenied fails the test unless Entra refused for the reason, and in the
// whole shape of its errors.
func wantDenied(t *testing.T, what string, r reply, status int, name string, number int) {
	t.Helper()
	n := strconv.Itoa(number)
	text, _ := r.JSON["error_description"].(string)
	codes, _ := r.JSON["error_codes"].([]any)
	if r.Status != status || r.JSON["error"] != name || !strings.HasPrefix(text, "AADSTS"+n+": ") ||
		len(codes) != 1 || codes[0] != json.Number(n) || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s = %d %s, want %d %s %d", what, r.Status, r.Raw, status, name, number)
	}
	for _, member := range []string{"timestamp", "trace_id", "correlation_id", "error_uri"} {
		if r.JSON[member] == nil {
			t.Errorf("%s has no %s: %s", what, member, r.Raw)
		}
	}
}

// text returns a member of an answer that must be there.
func (r reply) text(t *testing.T, name string) string {
	t.Helper()
	v, _ := r.JSON[name].(string)
	if v == "" {
		t.Fatalf("no %s in %d %s", name, r.Status, r.Raw)
	}
	return v
}

// claims returns what the JWT in a member says.
func (r reply) claims(t *testing.T, name string) map[string]any {
	t.Helper()
	parts := strings.Split(r.text(t, name), ".")
	if len(parts) != 3 {
		t.Fatalf("%s has %d parts, want 3", name, len(parts))
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims map[string]any
	if err == nil {
		err = json.Unmarshal(data, &claims)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return claims
}

func TestTheV1EndpointWritesNumbersAsStrings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		s.TokenLife = time.Minute
		for _, grant := range []string{"client_credentials", "refresh_token"} {
			r := post(t, s, "/"+TenantID+"/oauth2/token", url.Values{
				"grant_type": {grant}, "client_id": {ClientID}, "client_secret": {ClientSecret},
				"resource": {"https://api.partnercenter.microsoft.com"}, "refresh_token": {RefreshToken},
			})
			now := time.Now()
			for member, want := range map[string]any{
				"token_type": "Bearer", "expires_in": "60", "ext_expires_in": "60", "resource": "https://api.partnercenter.microsoft.com",
				"expires_on": strconv.FormatInt(now.Add(time.Minute).Unix(), 10), "not_before": strconv.FormatInt(now.Unix(), 10),
			} {
				if r.JSON[member] != want {
					t.Errorf("%s: %s = %v, want %v", grant, member, r.JSON[member], want)
				}
			}
			if _, there := r.JSON["refresh_token"]; there != (grant == "refresh_token") {
				t.Errorf("%s: refresh_token there = %t", grant, there)
			}
			c := &client{t: t, s: s, access: r.text(t, "access_token")}
			want(t, "customers with a token for "+grant, c.get("/v1/customers"), 200, "")
		}
	})
}

func TestTheV1EndpointRefuses(t *testing.T) {
	s := with()
	base := url.Values{"grant_type": {"client_credentials"}, "client_id": {ClientID}, "client_secret": {ClientSecret}}
	wantDenied(t, "no resource", post(t, s, "/"+TenantID+"/oauth2/token", base), 400, "invalid_request", 900144)
	base.Set("resource", "https://example.com")
	wantDenied(t, "unknown resource", post(t, s, "/"+TenantID+"/oauth2/token", base), 400, "invalid_resource", 500011)
	base.Set("grant_type", "authorization_code")
	wantDenied(t, "a grant that the emulator has at v2 only", post(t, s, "/"+TenantID+"/oauth2/token", base), 501, "unsupported_grant_type", 70003)
}

func TestScopesNameOneResource(t *testing.T) {
	const pc, graph = "https://api.partnercenter.microsoft.com/", "https://graph.microsoft.com/"
	tests := []struct {
		name  string
		grant string
		form  url.Values
		err   string
		code  int
	}{
		{"resource at v2", "client_credentials", url.Values{"resource": {pc}}, "invalid_request", 901002},
		{"none", "refresh_token", url.Values{"scope": {""}}, "invalid_scope", 70011},
		{"no resource", "refresh_token", url.Values{"scope": {"openid offline_access"}}, "invalid_scope", 70011},
		{"no permission", "refresh_token", url.Values{"scope": {pc}}, "invalid_scope", 70011},
		{"two resources", "refresh_token", url.Values{"scope": {pc + ".default " + graph + ".default"}}, "invalid_scope", 70011},
		{"not a URI", "refresh_token", url.Values{"scope": {"user_impersonation"}}, "invalid_scope", 70011},
		{"a permission without a user", "client_credentials", url.Values{"scope": {pc + "user_impersonation"}}, "invalid_scope", 70011},
		{"unknown resource", "refresh_token", url.Values{"scope": {"https://example.com/.default"}}, "invalid_resource", 500011},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.form.Set("grant_type", tt.grant)
			wantDenied(t, "token", tokenReply(t, with(), tt.form), 400, tt.err, tt.code)
		})
	}
}

func TestTheAnswerNamesTheGrantedScope(t *testing.T) {
	s := with()
	r := tokenReply(t, s, url.Values{"grant_type": {"refresh_token"}, "scope": {"openid profile offline_access " + partnerScope}})
	if got := r.JSON["scope"]; got != "openid profile "+partnerScope {
		t.Errorf("scope = %v", got)
	}
	if got := r.claims(t, "id_token")["aud"]; got != ClientID {
		t.Errorf("aud of the ID token = %v, want the client ID", got)
	}
	r = tokenReply(t, s, url.Values{"grant_type": {"refresh_token"}})
	if r.JSON["scope"] != partnerScope || r.JSON["id_token"] != nil {
		t.Errorf("without openid = %s, want no ID token", r.Raw)
	}
	if r := tokenReply(t, s, url.Values{}); r.JSON["scope"] != nil || r.JSON["refresh_token"] != nil {
		t.Errorf("client_credentials = %s, want neither scope nor refresh token", r.Raw)
	}
}

func TestASecretMayHaveExpired(t *testing.T) {
	s := with()
	s.SecretExpired = true
	wantDenied(t, "right secret", tokenReply(t, s, url.Values{}), 401, "invalid_client", 7000222)
	wantDenied(t, "wrong secret", tokenReply(t, s, url.Values{"client_secret": {"guess"}}), 401, "invalid_client", 7000215)
}

func TestEntrasClockMayBeAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		s.ClockSkew = 7 * time.Minute
		r := tokenReply(t, s, url.Values{"grant_type": {"refresh_token"}, "scope": {"openid " + partnerScope}})
		ahead := time.Now().Add(7 * time.Minute)
		for _, name := range []string{"access_token", "id_token"} {
			c := r.claims(t, name)
			if c["iat"] != float64(ahead.Unix()) || c["nbf"] != c["iat"] || c["exp"] != float64(ahead.Add(time.Hour).Unix()) {
				t.Errorf("claims of %s = %v, want times of a clock seven minutes ahead", name, c)
			}
		}
		s.Inject(Fault{Path: "/oauth2/", Status: 503})
		for what, r := range map[string]reply{
			"fault": visit(t, s, "/common/oauth2/v2.0/authorize"), "tokens": r, "page": visit(t, s, "/devicelogin"),
			"refusal": tokenReply(t, s, url.Values{"client_secret": {"guess"}}),
		} {
			if got := r.Header.Get("Date"); got != ahead.UTC().Format(http.TimeFormat) {
				t.Errorf("%s: Date = %q, want %v", what, got, ahead.UTC())
			}
		}
		c := &client{t: t, s: s, access: r.text(t, "access_token")}
		time.Sleep(time.Hour - time.Second)
		want(t, "token in its last second", c.get("/v1/customers"), 200, "")
		time.Sleep(time.Second)
		want(t, "token after its hour", c.get("/v1/customers"), 401, "800001")
	})
}

func TestEntraKnowsItsEndpoints(t *testing.T) {
	s := with()
	if r := visit(t, s, "/"+TenantID+"/oauth2/v2.0/token"); r.Status != 405 {
		t.Errorf("GET of the token endpoint = %d, want 405", r.Status)
	}
	for _, path := range []string{"/oauth2/devicecode", "/oauth2/authorize", "/oauth2/v2.0/logout", "/discovery/v2.0/keys"} {
		r := visit(t, s, "/"+TenantID+path)
		if r.Status != 501 || !strings.Contains(string(r.Raw), "partnercentertest does not have") {
			t.Errorf("GET %s = %d %s, want 501 with a hint", path, r.Status, r.Raw)
		}
	}
}

func TestMSALFindsTheEndpoints(t *testing.T) {
	s := with()
	r := visit(t, s, "/common/discovery/instance?api-version=1.1&authorization_endpoint="+url.QueryEscape(login+"/"+TenantID+"/oauth2/v2.0/authorize"))
	where := strings.TrimPrefix(r.text(t, "tenant_discovery_endpoint"), login)
	r = visit(t, s, where)
	for member, path := range map[string]string{
		"issuer": "/v2.0", "authorization_endpoint": "/oauth2/v2.0/authorize", "token_endpoint": "/oauth2/v2.0/token",
		"device_authorization_endpoint": "/oauth2/v2.0/devicecode", "jwks_uri": "/discovery/v2.0/keys",
	} {
		if got := r.text(t, member); got != login+"/"+TenantID+path {
			t.Errorf("%s = %s, want it to end with %s", member, got, path)
		}
	}
	if got := visit(t, s, "/common/v2.0/.well-known/openid-configuration").text(t, "issuer"); got != login+"/{tenantid}/v2.0" {
		t.Errorf("issuer of common = %s", got)
	}
	wantDenied(t, "unknown tenant", visit(t, s, "/"+fabrikam+"/v2.0/.well-known/openid-configuration"), 400, "invalid_tenant", 90002)
	wantDenied(t, "no endpoint", visit(t, s, "/common/discovery/instance"), 400, "invalid_request", 900144)
}

func TestMSALLearnsWhoSignedIn(t *testing.T) {
	r := tokenReply(t, with(), url.Values{"grant_type": {"refresh_token"}, "client_info": {"1"}, "scope": {"openid " + partnerScope}})
	data, _ := base64.RawURLEncoding.DecodeString(r.text(t, "client_info"))
	var info struct{ UID, UTID string }
	if err := json.Unmarshal(data, &info); err != nil || info.UTID != TenantID || info.UID != r.claims(t, "id_token")["oid"] {
		t.Errorf("client_info = %s", data)
	}
}

// Whatever is asked at whatever path, something answers, and Entra dates it.
func FuzzEntraPath(f *testing.F) {
	for _, path := range []string{"/", "//", "/devicelogin", "/common/discovery/instance", "/x/oauth2/token", "/oauth2/oauth2", "/x/v2.0/.well-known/openid-configuration"} {
		f.Add("GET", path, "grant_type=refresh_token")
		f.Add("POST", path, "client_id="+ClientID)
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		req, err := http.NewRequestWithContext(t.Context(), method, login, strings.NewReader(body))
		if err != nil {
			return
		}
		req.URL.Path = path
		s := with()
		res, err := s.RoundTrip(req)
		if err != nil {
			t.Fatalf("%s %q: %v", method, path, err)
		}
		defer res.Body.Close()
		if s.Requests()[0].Service == "entra" && res.Header.Get("Date") == "" {
			t.Errorf("%s %q has no Date", method, path)
		}
	})
}
