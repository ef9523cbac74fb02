package partnercentertest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// codeLife is how long an authorization code can be redeemed.
const codeLife = 10 * time.Minute

// authorization is a sign-in that waits to be redeemed by its code.
type authorization struct {
	redirect  string
	challenge string // of PKCE
	nonce     string
	ask       ask
	expires   time.Time
	redeemed  bool
}

// authorize signs the emulator's one user in, without a question, and sends
// them back to the application. What could be a trap for the user ends on a
// page; every other failure is the application's to hear of.
func (s *Server) authorize(c *call) *answer {
	if _, denied := s.tenant(c); denied != nil {
		return denied.page(c)
	}
	q := c.query
	if denied := checkClientID(q.Get("client_id")); denied != nil {
		return denied.page(c)
	}
	if !s.redirectsTo(q.Get("redirect_uri")) {
		return deny(http.StatusBadRequest, "invalid_client", 50011,
			"The redirect URI '"+q.Get("redirect_uri")+"' specified in the request does not match the redirect URIs configured for the application.").page(c)
	}
	if mode := q.Get("response_mode"); mode != "" && mode != "query" {
		return unsupported(c)
	}
	a, denied := s.permit(q)
	if denied != nil {
		members := denied.body(c)
		return sendBack(q, url.Values{
			"error": {denied.name}, "error_description": {members["error_description"].(string)}, "error_uri": {members["error_uri"].(string)},
		})
	}
	code := "0.partnercentertest-code-" + rand.Text()
	s.authority.codes[code] = &authorization{
		redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), nonce: q.Get("nonce"),
		ask: a, expires: c.now.Add(codeLife),
	}
	s.secrets = append(s.secrets, code)
	return sendBack(q, url.Values{"code": {code}, "session_state": {newGUID()}})
}

// permit returns what the application may have a code for.
func (s *Server) permit(q url.Values) (ask, *denial) {
	switch {
	case q.Get("response_type") != "code":
		return ask{}, deny(http.StatusBadRequest, "unsupported_response_type", 70005, "The response type must be 'code'.")
	case q.Get("code_challenge_method") != "S256":
		return ask{}, deny(http.StatusBadRequest, "invalid_request", 50147, "The code challenge method must be 'S256'.")
	case len(q.Get("code_challenge")) != base64.RawURLEncoding.EncodedLen(sha256.Size):
		return ask{}, deny(http.StatusBadRequest, "invalid_request", 501491, "Invalid size of Code_Challenge parameter.")
	case !slices.Contains([]string{"", "login", "none", "consent", "select_account"}, q.Get("prompt")):
		return ask{}, deny(http.StatusBadRequest, "invalid_request", 90023, "Unsupported 'prompt' value.")
	}
	a, denied := wants(q, false, true)
	if denied != nil {
		return ask{}, denied
	}
	return a, s.signInError()
}

// signInError returns what SignInError says of a sign-in, or nil.
func (s *Server) signInError() *denial {
	number, text := 50058, "The user could not be signed in."
	switch s.SignInError {
	case "":
		return nil
	case "access_denied":
		number, text = 65004, "User declined to consent to access the app."
	case "consent_required":
		number, text = 65001, "The user or administrator has not consented to use the application with ID '"+ClientID+"'."
	case "temporarily_unavailable", "server_error":
		number, text = 90033, "A transient error has occurred. Please try again."
	}
	return deny(http.StatusBadRequest, s.SignInError, number, text)
}

// sendBack redirects to the application, with the state that it gave.
func sendBack(q, values url.Values) *answer {
	to, err := url.Parse(q.Get("redirect_uri"))
	if err != nil { // redirectsTo has parsed it
		return bare(http.StatusInternalServerError)
	}
	all := to.Query()
	for k := range values {
		all.Set(k, values.Get(k))
	}
	if q.Has("state") {
		all.Set("state", q.Get("state"))
	}
	to.RawQuery = all.Encode()
	return bare(http.StatusFound).set("Location", to.String()).set("Cache-Control", "no-store")
}

// redirectsTo reports whether codes may go to a redirect URI. The port of a
// loopback address does not count: programs take one that is free.
func (s *Server) redirectsTo(redirect string) bool {
	u, err := url.Parse(redirect)
	if err != nil || u.Host == "" || u.Fragment != "" || u.User != nil {
		return false
	}
	if len(s.RedirectURIs) == 0 {
		return loopback(u)
	}
	return slices.ContainsFunc(s.RedirectURIs, func(one string) bool {
		known, err := url.Parse(one)
		return one == redirect || err == nil && loopback(known) && loopback(u) &&
			known.Hostname() == u.Hostname() && known.EscapedPath() == u.EscapedPath() && known.RawQuery == u.RawQuery
	})
}

// loopback reports whether a URI leads to a program on the same machine.
func loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback())
}

// redeemCode answers the grant authorization_code. A code that was refused is
// not used up. The scope of this request, if it has one, names the resource
// of the access token; what else was asked for at the sign-in stays.
func (s *Server) redeemCode(r *tokenRequest) (map[string]any, *denial) {
	code := s.authority.codes[r.form.Get("code")]
	verifier := r.form.Get("code_verifier")
	sum := sha256.Sum256([]byte(verifier))
	switch {
	case code == nil:
		return nil, deny(http.StatusBadRequest, "invalid_grant", 70000, "The provided value for the input parameter 'code' is not valid.")
	case code.redeemed:
		return nil, deny(http.StatusBadRequest, "invalid_grant", 54005, "OAuth2 Authorization code was already redeemed.")
	case !r.now.Before(code.expires):
		return nil, deny(http.StatusBadRequest, "invalid_grant", 70008, "The provided authorization code has expired.")
	case r.form.Get("redirect_uri") != code.redirect:
		return nil, deny(http.StatusBadRequest, "invalid_grant", 500112,
			"The reply address does not match the reply address provided when requesting Authorization code.")
	case verifier == "":
		return nil, deny(http.StatusBadRequest, "invalid_grant", 50148, "The request body must contain the parameter 'code_verifier'.")
	case base64.RawURLEncoding.EncodeToString(sum[:]) != code.challenge:
		return nil, deny(http.StatusBadRequest, "invalid_grant", 501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.")
	}
	a := code.ask
	if r.form.Get("scope") != "" || r.form.Has("resource") {
		now, denied := wants(r.form, false, true)
		if denied != nil {
			return nil, denied
		}
		now.openID, now.offline = now.openID || a.openID, now.offline || a.offline
		a = now
	}
	if denied := s.admitUser(r.tenant); denied != nil {
		return nil, denied
	}
	code.redeemed = true
	return s.signedIn(r, a, code.nonce), nil
}

// signedIn returns the tokens of a person who has just signed in.
func (s *Server) signedIn(r *tokenRequest, a ask, nonce string) map[string]any {
	body := s.grant(r, a, true)
	s.identify(r, a, nonce, body)
	if a.offline {
		body["refresh_token"] = s.newRefreshToken()
	}
	return body
}
