package partnercentertest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

const (
	verifier = "a-verifier-of-PKCE-has-at-least-43-characters"
	callback = "http://localhost:7777/callback?keep=me"
)

// authorization returns what an application sends with the browser.
func authorization() url.Values {
	sum := sha256.Sum256([]byte(verifier))
	return url.Values{
		"client_id": {ClientID}, "response_type": {"code"}, "redirect_uri": {callback}, "response_mode": {"query"}, "state": {"s&t"},
		"scope":          {"https://api.partnercenter.microsoft.com/user_impersonation offline_access openid"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}, "prompt": {"login"},
	}
}

// authorize opens the sign-in page with q changed by pairs of name and value.
func authorize(t *testing.T, s *Server, pairs ...string) reply {
	t.Helper()
	q := authorization()
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return visit(t, s, "/common/oauth2/v2.0/authorize?"+q.Encode())
}

// back returns the query with which r redirects to the application.
func back(t *testing.T, r reply) url.Values {
	t.Helper()
	u, err := url.Parse(r.Header.Get("Location"))
	if err != nil || r.Status != 302 {
		t.Fatalf("authorize = %d %s to %q, want a redirect", r.Status, r.Raw, r.Header.Get("Location"))
	}
	return u.Query()
}

// redeem asks for tokens for a code, with the form changed by pairs.
func redeem(t *testing.T, s *Server, code string, pairs ...string) reply {
	t.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {ClientID}, "client_secret": {ClientSecret},
		"code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
	}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return post(t, s, "/"+TenantID+"/oauth2/v2.0/token", form)
}

func TestACodeIsExchangedForTokens(t *testing.T) {
	s := with()
	r := authorize(t, s, "nonce", "n-1")
	q := back(t, r)
	if !strings.HasPrefix(r.Header.Get("Location"), "http://localhost:7777/callback?") || q.Get("keep") != "me" ||
		q.Get("state") != "s&t" || q.Get("session_state") == "" || q.Has("error") {
		t.Errorf("Location = %s", r.Header.Get("Location"))
	}
	r = redeem(t, s, q.Get("code"))
	if got := r.JSON["scope"]; got != "https://api.partnercenter.microsoft.com/user_impersonation openid" {
		t.Errorf("scope = %v", got)
	}
	id := r.claims(t, "id_token")
	for claim, want := range map[string]any{"aud": ClientID, "tid": TenantID, "nonce": "n-1", "iss": login + "/" + TenantID + "/v2.0"} {
		if id[claim] != want {
			t.Errorf("%s of the ID token = %v, want %v", claim, id[claim], want)
		}
	}
	for _, claim := range []string{"oid", "preferred_username", "name", "iat", "exp"} {
		if id[claim] == nil {
			t.Errorf("the ID token has no %s", claim)
		}
	}
	c := &client{t: t, s: s, access: r.text(t, "access_token")}
	want(t, "a call for users", c.get("/v1/customers/"+contoso+"/entitlements"), 200, "")
	fresh := tokenReply(t, s, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {r.text(t, "refresh_token")}, "scope": {graphScope}})
	if fresh.Status != 200 {
		t.Errorf("refresh for Graph = %d %s", fresh.Status, fresh.Raw)
	}
	wantDenied(t, "the code again", redeem(t, s, q.Get("code")), 400, "invalid_grant", 54005)
}

func TestOnlyWhatWasAskedForIsGiven(t *testing.T) {
	s := with()
	r := redeem(t, s, back(t, authorize(t, s, "scope", partnerScope)).Get("code"))
	if r.Status != 200 || r.JSON["refresh_token"] != nil || r.JSON["id_token"] != nil {
		t.Errorf("tokens = %d %s, want an access token alone", r.Status, r.Raw)
	}
}

func TestTheRedemptionMayNameAnotherResource(t *testing.T) {
	s := with()
	r := redeem(t, s, back(t, authorize(t, s)).Get("code"), "scope", graphScope)
	if r.claims(t, "access_token")["aud"] != "https://graph.microsoft.com" || r.JSON["refresh_token"] == nil || r.JSON["id_token"] == nil {
		t.Errorf("tokens = %d %s", r.Status, r.Raw)
	}
	r = redeem(t, s, back(t, authorize(t, s)).Get("code"), "scope", "https://example.com/.default")
	wantDenied(t, "unknown resource", r, 400, "invalid_resource", 500011)
}

func TestACodeIsRefused(t *testing.T) {
	tests := []struct {
		name   string
		pairs  []string
		status int
		err    string
		number int
	}{
		{"unknown code", []string{"code", "guess"}, 400, "invalid_grant", 70000},
		{"another redirect URI", []string{"redirect_uri", "http://localhost:7778/callback?keep=me"}, 400, "invalid_grant", 500112},
		{"no redirect URI", []string{"redirect_uri", ""}, 400, "invalid_grant", 500112},
		{"no verifier", []string{"code_verifier", ""}, 400, "invalid_grant", 50148},
		{"another verifier", []string{"code_verifier", verifier + "!"}, 400, "invalid_grant", 501481},
		{"no client auth", []string{"client_secret", ""}, 401, "invalid_client", 7000218},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := with()
			code := back(t, authorize(t, s)).Get("code")
			wantDenied(t, "token", redeem(t, s, code, tt.pairs...), tt.status, tt.err, tt.number)
			if r := redeem(t, s, code); r.Status != 200 {
				t.Errorf("the right request after that = %d %s, want 200", r.Status, r.Raw)
			}
		})
	}
}

func TestACodeLivesTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		early, late := back(t, authorize(t, s)).Get("code"), back(t, authorize(t, s)).Get("code")
		time.Sleep(10*time.Minute - time.Millisecond)
		if r := redeem(t, s, early); r.Status != 200 {
			t.Errorf("in time = %d %s", r.Status, r.Raw)
		}
		time.Sleep(time.Millisecond)
		wantDenied(t, "too late", redeem(t, s, late), 400, "invalid_grant", 70008)
	})
}

func TestFailuresGoBackToTheApplication(t *testing.T) {
	tests := []struct {
		name   string
		pairs  []string
		signIn string
		err    string
		aadsts string
	}{
		{"the user declines", nil, "access_denied", "access_denied", "AADSTS65004"},
		{"consent is missing", nil, "consent_required", "consent_required", "AADSTS65001"},
		{"the service is down", nil, "temporarily_unavailable", "temporarily_unavailable", "AADSTS90033"},
		{"something else", nil, "login_required", "login_required", "AADSTS50058"},
		{"implicit flow", []string{"response_type", "token"}, "", "unsupported_response_type", "AADSTS70005"},
		{"no PKCE", []string{"code_challenge", "", "code_challenge_method", ""}, "", "invalid_request", "AADSTS50147"},
		{"plain PKCE", []string{"code_challenge_method", "plain"}, "", "invalid_request", "AADSTS50147"},
		{"padded challenge", []string{"code_challenge", authorization().Get("code_challenge") + "="}, "", "invalid_request", "AADSTS501491"},
		{"unknown prompt", []string{"prompt", "please"}, "", "invalid_request", "AADSTS90023"},
		{"unknown resource", []string{"scope", "https://example.com/.default"}, "", "invalid_resource", "AADSTS500011"},
		{"no resource", []string{"scope", "openid"}, "", "invalid_scope", "AADSTS70011"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := with()
			s.SignInError = tt.signIn
			q := back(t, authorize(t, s, tt.pairs...))
			if q.Get("error") != tt.err || !strings.HasPrefix(q.Get("error_description"), tt.aadsts+": ") || q.Get("state") != "s&t" || q.Has("code") {
				t.Errorf("query = %v, want %s %s", q, tt.err, tt.aadsts)
			}
		})
	}
}

// What could lead a user to a stranger ends on a page, and never in a redirect.
func TestStrangersGetNoRedirect(t *testing.T) {
	const web = "https://portal.partner.example/signed-in"
	tests := []struct {
		name       string
		registered []string
		pairs      []string
		aadsts     string // "" = a redirect
	}{
		{"any port of this machine", nil, []string{"redirect_uri", "http://127.0.0.1:1/"}, ""},
		{"IPv6", nil, []string{"redirect_uri", "http://[::1]:99/x"}, ""},
		{"another machine", nil, []string{"redirect_uri", "http://192.0.2.1/"}, "AADSTS50011"},
		{"a web address", nil, []string{"redirect_uri", web}, "AADSTS50011"},
		{"a name that looks like this machine", nil, []string{"redirect_uri", "http://localhost@evil.example/"}, "AADSTS50011"},
		{"this machine with https", nil, []string{"redirect_uri", "https://localhost/"}, "AADSTS50011"},
		{"a fragment", nil, []string{"redirect_uri", "http://localhost/#x"}, "AADSTS50011"},
		{"none", nil, []string{"redirect_uri", ""}, "AADSTS50011"},
		{"registered", []string{"https://other.example/", web}, []string{"redirect_uri", web}, ""},
		{"longer than registered", []string{web}, []string{"redirect_uri", web + "/"}, "AADSTS50011"},
		{"not registered", []string{web}, []string{"redirect_uri", callback}, "AADSTS50011"},
		{"another port of this machine", []string{"http://localhost/callback?keep=me"}, nil, ""},
		{"another path of this machine", []string{"http://localhost/other?keep=me"}, nil, "AADSTS50011"},
		{"another query of this machine", []string{"http://localhost/callback"}, nil, "AADSTS50011"},
		{"another name of this machine", []string{"http://127.0.0.1/callback?keep=me"}, nil, "AADSTS50011"},
		{"another port of another machine", []string{web}, []string{"redirect_uri", "https://portal.partner.example:444/signed-in"}, "AADSTS50011"},
		{"another application", nil, []string{"client_id", contoso}, "AADSTS700016"},
		{"markup", nil, []string{"redirect_uri", "javascript://x/<script>"}, "AADSTS50011"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := with()
			s.RedirectURIs = tt.registered
			r := authorize(t, s, tt.pairs...)
			if tt.aadsts == "" {
				if !back(t, r).Has("code") {
					t.Errorf("Location = %s, want a code", r.Header.Get("Location"))
				}
				return
			}
			if r.Status != 400 || r.Header.Get("Location") != "" || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") ||
				!strings.Contains(string(r.Raw), tt.aadsts+":") || strings.Contains(string(r.Raw), "<script>") {
				t.Errorf("authorize = %d %s, want a page with %s", r.Status, r.Raw, tt.aadsts)
			}
		})
	}
}

func TestOnlyAnswersInTheQueryAreEmulated(t *testing.T) {
	if r := authorize(t, with(), "response_mode", "form_post"); r.Status != 501 {
		t.Errorf("authorize = %d %s, want 501", r.Status, r.Raw)
	}
	q := authorization()
	maps.DeleteFunc(q, func(k string, _ []string) bool { return k == "response_mode" || k == "state" || k == "prompt" })
	got := back(t, visit(t, with(), "/"+TenantID+"/oauth2/v2.0/authorize?"+q.Encode()))
	if !got.Has("code") || got.Has("state") {
		t.Errorf("query = %v, want a code and no state", got)
	}
	if r := visit(t, with(), "/"+fabrikam+"/oauth2/v2.0/authorize?"+q.Encode()); r.Status != 400 || !strings.Contains(string(r.Raw), "AADSTS90002:") {
		t.Errorf("unknown tenant = %d %s", r.Status, r.Raw)
	}
}

// Whatever the query of an authorization holds, the browser stays on this
// machine.
func FuzzAuthorize(f *testing.F) {
	for _, redirect := range []string{callback, "http://localhost", "http://[::1", "//localhost/", "http://localhost\\@evil.example", "javascript:alert(1)", ""} {
		f.Add(redirect, "state", partnerScope)
	}
	f.Fuzz(func(t *testing.T, redirect, state, scope string) {
		r := authorize(t, with(), "redirect_uri", redirect, "state", state, "scope", scope)
		switch r.Status {
		case 400:
			return
		case 302:
			u, err := url.Parse(r.Header.Get("Location"))
			host := ""
			if err == nil {
				host = strings.ToLower(u.Hostname())
			}
			if host != "localhost" && host != "::1" && !strings.HasPrefix(host, "127.") && !strings.HasPrefix(host, "::ffff:") || u.Query().Get("state") != state {
				t.Errorf("redirect_uri %q leads to %q", redirect, r.Header.Get("Location"))
			}
		default:
			t.Errorf("authorize(%q) = %d %s", redirect, r.Status, r.Raw)
		}
	})
}
