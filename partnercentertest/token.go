package partnercentertest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// What the token endpoint accepts. The secrets are recognisable, so that a test
// can look for them where they should not be.
const (
	TenantID     = "7c1e0f2a-5b64-4d0e-9a37-2f8d6b1c9e40" // the partner's tenant
	ClientID     = "3f9b2d6c-1a85-47c2-b0de-8e4a7d5f6c13"
	ClientSecret = "partnercentertest~client~secret~DoNotLog"
	RefreshToken = "0.partnercentertest-refresh-token-DoNotLog"
)

// Access tokens of the partner's tenant that nobody has to sign in for. They are
// valid until [Server.ExpireTokens], whatever [Server].TokenLife says.
const (
	AppToken   = "partnercentertest-app-token-DoNotLog"   // app-only, for Partner Center
	UserToken  = "partnercentertest-user-token-DoNotLog"  // app and user, for Partner Center
	GraphToken = "partnercentertest-graph-token-DoNotLog" // app and user, for Microsoft Graph
)

// givenTokens are those that a server has from its beginning.
func givenTokens() map[string]token {
	never := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	return map[string]token{
		AppToken:   {service: servicePartnerCenter, tenant: TenantID, expires: never},
		UserToken:  {service: servicePartnerCenter, tenant: TenantID, expires: never, user: true},
		GraphToken: {service: serviceGraph, tenant: TenantID, expires: never, user: true},
	}
}

// The one user, as tokens name them.
const (
	userID = "2d0c7a1e-94b3-4f58-8c66-b1e75f3a0d92"
)

// token is what the server remembers of an access token.
type token struct {
	service string // the audience: serviceGraph or servicePartnerCenter
	tenant  string // whose resources it opens: the partner's or a customer's
	user    bool
	expires time.Time
}

// kind is how [Request] shows the token.
func (t token) kind() string {
	switch {
	case t.service == serviceGraph:
		return "graph"
	case t.user:
		return "user"
	}
	return "app"
}

// ExpireTokens makes every access token invalid: those that were issued, and the
// constants AppToken, UserToken and GraphToken, which nothing brings back.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, t := range s.tokens {
		t.expires = time.Time{}
		s.tokens[k] = t
	}
}

// bearer returns the access token of a call.
func bearer(c *call) string {
	scheme, value, _ := strings.Cut(c.header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(value)
}

// authenticate looks up the call's token; ok is false unless it is valid now.
func (s *Server) authenticate(c *call, now time.Time) (t token, ok bool) {
	t, ok = s.tokens[bearer(c)]
	return t, ok && now.Before(t.expires)
}

// opens reports whether the call's token is good for a service of the partner's
// tenant. One that was issued for a customer's tenant is not.
func (c *call) opens(service string) bool {
	return c.authed && c.token.service == service && c.token.tenant == TenantID
}

// tokenRequest is a request to a token endpoint.
type tokenRequest struct {
	*call
	form   url.Values
	v1     bool
	tenant string // whose tokens are wanted
}

// issue answers the token endpoints.
func (s *Server) issue(c *call) *answer {
	body, denied := s.exchange(c)
	if denied != nil {
		return denied.json(c)
	}
	return jsonAnswer(http.StatusOK, body).set("Cache-Control", "no-store")
}

// exchange takes what a grant offers and returns tokens for it.
func (s *Server) exchange(c *call) (map[string]any, *denial) {
	tenant, denied := s.tenant(c)
	if denied != nil {
		return nil, denied
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return nil, deny(http.StatusBadRequest, "invalid_request", 900144, "The request body is not a form.")
	}
	r := &tokenRequest{call: c, form: form, v1: belowTenant(segments(c.path)) == "oauth2/token", tenant: tenant}
	if denied := s.checkClient(r); denied != nil {
		return nil, denied
	}
	grant := form.Get("grant_type")
	switch {
	case grant == "client_credentials":
		return s.asApplication(r)
	case grant == "refresh_token":
		return s.redeemRefreshToken(r)
	case grant == "authorization_code" && !r.v1:
		return s.redeemCode(r)
	case grant == deviceGrant && !r.v1:
		return s.redeemDeviceCode(r)
	case grant == "authorization_code" || grant == deviceGrant:
		return nil, deny(http.StatusNotImplemented, "unsupported_grant_type", 70003,
			"partnercentertest has this grant at /{tenant}/oauth2/v2.0/token only.")
	}
	return nil, deny(http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '"+grant+"'.")
}

// asApplication answers client_credentials.
func (s *Server) asApplication(r *tokenRequest) (map[string]any, *denial) {
	if anyTenant(segments(r.path)[0]) {
		return nil, deny(http.StatusBadRequest, "invalid_request", 50128, "No tenant-identifying information found in the request.")
	}
	if r.tenant != TenantID && s.account(r.tenant).c.NoAppConsent {
		return nil, deny(http.StatusUnauthorized, "unauthorized_client", 7000229,
			"The client application is missing service principal in the tenant "+r.tenant+".")
	}
	a, denied := wants(r.form, r.v1, false)
	if denied != nil {
		return nil, denied
	}
	return s.grant(r, a, false), nil
}

// admitUser refuses tokens for the user while consent, policies or GDAP do.
func (s *Server) admitUser(tenant string) *denial {
	consented := !s.NoConsent
	if tenant != TenantID {
		a := s.account(tenant)
		if !a.delegated() {
			return deny(http.StatusBadRequest, "invalid_grant", 50020,
				"The user account does not exist in the tenant "+tenant+" and has no delegated relationship with it.")
		}
		consented = consented && !a.c.NoAppConsent
	}
	if !consented {
		return deny(http.StatusBadRequest, "invalid_grant", 65001,
			"The user or administrator has not consented to use the application with ID '"+ClientID+"'.").because("consent_required")
	}
	if s.ConditionalAccess {
		return deny(http.StatusBadRequest, "invalid_grant", 53003, "Access has been blocked by Conditional Access policies.")
	}
	return nil
}

// delegated reports whether GDAP gives the partner access now.
func (a *account) delegated() bool {
	for _, g := range a.c.GDAP {
		if strings.EqualFold(g.Status, "active") {
			return true
		}
	}
	return false
}

// grant issues an access token and returns the body that carries it.
func (s *Server) grant(r *tokenRequest, a ask, user bool) map[string]any {
	life := s.TokenLife
	if life <= 0 {
		life = time.Hour
	}
	stamp := r.stamp()
	claims := map[string]any{
		"aud": a.resource, "iss": "https://sts.windows.net/" + r.tenant + "/", "tid": r.tenant, "appid": ClientID,
		"iat": stamp.Unix(), "nbf": stamp.Unix(), "exp": stamp.Add(life).Unix(), "uti": rand.Text(), "ver": "1.0",
	}
	if user {
		claims["scp"] = s.scopes(audiences[a.resource])
		claims["amr"] = []string{"pwd", "mfa"}
		if s.NoMFA {
			claims["amr"] = []string{"pwd"}
		}
		claims["oid"], claims["upn"] = userID, UserName
	} else {
		claims["idtyp"] = "app"
	}
	access := jwt(claims)
	s.tokens[access] = token{service: audiences[a.resource], tenant: r.tenant, user: user, expires: r.now.Add(life)}
	s.secrets = append(s.secrets, access)
	seconds := int(life / time.Second)
	body := map[string]any{
		"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": access,
	}
	if r.v1 {
		body["expires_in"], body["ext_expires_in"] = strconv.Itoa(seconds), strconv.Itoa(seconds)
		body["expires_on"] = strconv.FormatInt(stamp.Add(life).Unix(), 10)
		body["not_before"] = strconv.FormatInt(stamp.Unix(), 10)
		body["resource"] = a.resource
	}
	if user {
		body["scope"] = a.scope
	}
	return body
}

// scopes are what the user consented to, as an access token names it.
func (s *Server) scopes(service string) string {
	switch {
	case service == servicePartnerCenter:
		return "user_impersonation"
	case s.GraphScopes != nil:
		return strings.Join(s.GraphScopes, " ")
	}
	return "DelegatedAdminRelationship.ReadWrite.All Directory.Read.All"
}

// identify adds who signed in to the answer of a grant: an ID token, if it was
// asked for, and the client_info that MSAL asks for with a parameter.
func (s *Server) identify(r *tokenRequest, a ask, nonce string, body map[string]any) {
	if a.openID {
		stamp := r.stamp()
		claims := map[string]any{
			"iss": r.origin + "/" + r.tenant + "/v2.0", "aud": ClientID, "tid": r.tenant,
			"oid": userID, "sub": guidFrom("subject/" + userID), "preferred_username": UserName, "name": "Admin Agent",
			"iat": stamp.Unix(), "nbf": stamp.Unix(), "exp": stamp.Add(time.Hour).Unix(), "ver": "2.0",
		}
		if nonce != "" {
			claims["nonce"] = nonce
		}
		id := jwt(claims)
		body["id_token"] = id
		s.secrets = append(s.secrets, id)
	}
	if r.form.Get("client_info") == "1" {
		info, _ := json.Marshal(map[string]string{"uid": userID, "utid": TenantID})
		body["client_info"] = base64.RawURLEncoding.EncodeToString(info)
	}
}

// jwt returns a token with the form of a JWT. Its signature is noise: what the
// server issued it knows by heart.
func jwt(claims map[string]any) string {
	payload, _ := json.Marshal(claims)
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"typ":"JWT","alg":"RS256","kid":"partnercentertest"}`)) + "." + encode(payload) + "." + encode([]byte(rand.Text()))
}
