package partnercentertest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
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

// token is what the server remembers of an access token.
type token struct {
	service string // the audience: serviceGraph or servicePartnerCenter
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

type refreshState int

const (
	refreshUnknown refreshState = iota
	refreshLive
	refreshUsed    // replaced by its successor
	refreshRevoked // the user or an administrator ended it
)

// audiences are the resources of the clouds that scopes name.
var audiences = map[string]string{
	"https://api.partnercenter.microsoft.com":             servicePartnerCenter,
	"https://partner.partnercenterapi.microsoftonline.cn": servicePartnerCenter,
	"https://graph.microsoft.com":                         serviceGraph,
	"https://graph.microsoft.us":                          serviceGraph,
	"https://microsoftgraph.chinacloudapi.cn":             serviceGraph,
}

// ExpireTokens makes every issued access token invalid.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, t := range s.tokens {
		t.expires = time.Time{}
		s.tokens[k] = t
	}
}

// RevokeRefreshTokens makes every refresh token invalid: redeeming one answers
// invalid_grant with AADSTS700082. [Server.SignIn] gives a new one.
func (s *Server) RevokeRefreshTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.refresh {
		s.refresh[k] = refreshRevoked
	}
}

// SignIn returns a new refresh token, as a user gets by signing in again.
func (s *Server) SignIn() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newRefreshToken()
}

func (s *Server) newRefreshToken() string {
	t := "0.partnercentertest-refresh-" + rand.Text()
	s.refresh[t] = refreshLive
	s.secrets = append(s.secrets, t)
	return t
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

// issue answers the token endpoint.
func (s *Server) issue(c *call) *answer {
	if c.method != http.MethodPost {
		return entraError(http.StatusMethodNotAllowed, "invalid_request", 900561, "The endpoint only accepts POST requests.")
	}
	if tenant := segments(c.path)[0]; !strings.EqualFold(tenant, TenantID) {
		return entraError(http.StatusBadRequest, "invalid_request", 90002, "Tenant '"+tenant+"' not found.")
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return entraError(http.StatusBadRequest, "invalid_request", 900144, "The request body is not a form.")
	}
	if refused := checkClient(c, form); refused != nil {
		return refused
	}
	grant := form.Get("grant_type")
	if grant != "client_credentials" && grant != "refresh_token" {
		return entraError(http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '"+grant+"'.")
	}
	resource, refused := audience(form.Get("scope"), grant == "refresh_token")
	if refused != nil {
		return refused
	}
	if grant == "client_credentials" {
		return jsonAnswer(http.StatusOK, s.grant(resource, false, c.now)).set("Cache-Control", "no-store")
	}
	given := form.Get("refresh_token")
	switch s.refresh[given] {
	case refreshRevoked:
		return entraError(http.StatusBadRequest, "invalid_grant", 700082, "The refresh token has expired due to inactivity or was revoked.")
	case refreshUnknown, refreshUsed:
		return entraError(http.StatusBadRequest, "invalid_grant", 70000, "The provided value for the input parameter 'refresh_token' is not valid.")
	}
	body := s.grant(resource, true, c.now)
	body["refresh_token"] = given
	if s.RotateRefreshTokens || s.StrictRotation {
		body["refresh_token"] = s.newRefreshToken()
	}
	if s.StrictRotation {
		s.refresh[given] = refreshUsed
	}
	return jsonAnswer(http.StatusOK, body).set("Cache-Control", "no-store")
}

// checkClient compares the application's credentials. Of a certificate it only
// reads who the assertion is about; signatures are not verified.
func checkClient(c *call, form url.Values) *answer {
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if user, pass, ok := (&http.Request{Header: c.header}).BasicAuth(); ok {
		id, _ = url.QueryUnescape(user)
		secret, _ = url.QueryUnescape(pass)
	}
	if !strings.EqualFold(id, ClientID) {
		return entraError(http.StatusBadRequest, "unauthorized_client", 700016,
			"Application with identifier '"+id+"' was not found in the directory.")
	}
	if parts := strings.Split(form.Get("client_assertion"), "."); len(parts) == 3 {
		var claims struct{ Iss, Sub string }
		data, _ := base64.RawURLEncoding.DecodeString(parts[1])
		if json.Unmarshal(data, &claims) == nil && strings.EqualFold(claims.Iss, ClientID) && claims.Iss == claims.Sub {
			return nil
		}
		return entraError(http.StatusUnauthorized, "invalid_client", 700027, "Client assertion failed signature validation.")
	}
	if secret == "" {
		return entraError(http.StatusUnauthorized, "invalid_client", 7000218,
			"The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	}
	if secret != ClientSecret {
		return entraError(http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided.")
	}
	return nil
}

// audience returns the resource that a scope names.
func audience(scope string, user bool) (string, *answer) {
	for one := range strings.FieldsSeq(scope) {
		i := strings.LastIndex(one, "/")
		if !strings.HasPrefix(one, "https://") || i < len("https://") {
			continue
		}
		resource, permission := strings.TrimSuffix(one[:i], "/"), one[i+1:]
		if audiences[resource] == "" {
			return "", entraError(http.StatusBadRequest, "invalid_resource", 500011,
				"The resource principal named "+resource+" was not found in the tenant.")
		}
		if permission == ".default" || user {
			return resource, nil
		}
	}
	return "", entraError(http.StatusBadRequest, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid.")
}

// grant issues an access token and returns the body that carries it.
func (s *Server) grant(resource string, user bool, now time.Time) map[string]any {
	life := s.TokenLife
	if life <= 0 {
		life = time.Hour
	}
	claims := map[string]any{
		"aud": resource, "iss": "https://sts.windows.net/" + TenantID + "/", "tid": TenantID, "appid": ClientID,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(life).Unix(), "uti": rand.Text(), "ver": "1.0",
	}
	if user {
		claims["scp"] = "user_impersonation"
		claims["amr"] = []string{"pwd", "mfa"}
		if s.NoMFA {
			claims["amr"] = []string{"pwd"}
		}
		claims["upn"] = "admin.agent@partner.example"
	} else {
		claims["idtyp"] = "app"
	}
	payload, _ := json.Marshal(claims)
	encode := base64.RawURLEncoding.EncodeToString
	access := encode([]byte(`{"typ":"JWT","alg":"RS256","kid":"partnercentertest"}`)) + "." + encode(payload) + "." + encode([]byte(rand.Text()))
	s.tokens[access] = token{service: audiences[resource], user: user, expires: now.Add(life)}
	s.secrets = append(s.secrets, access)
	seconds := int(life / time.Second)
	return map[string]any{
		"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": access,
	}
}
