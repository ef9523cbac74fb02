package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"

	"golang.org/x/oauth2"
)

// ErrWrongState is matched by the error for a redirect that does not belong to
// the sign-in: somebody else made it up, or it comes from an older URL. Redeem
// nothing; a program that listens goes on listening.
var ErrWrongState = errors.New("auth: the redirect does not belong to this sign-in: open the newest URL only")

// Authorization is one sign-in of a person in a browser: the authorization
// code flow with PKCE. Open URL in a browser; the person signs in with
// multi-factor authentication and consents; the browser then comes to the
// redirect URL, whose query Finish takes.
type Authorization struct {
	cfg      AppConfig
	endpoint *endpoint
	redirect string
	state    sealed
	verifier sealed
}

// NewAuthorization begins a sign-in. redirectURL is one of the app
// registration: https, or http to this machine for a program that listens
// there. It sends nothing yet; the error joins all that is wrong.
//
// Source: GET {authority}/{tenant}/oauth2/v2.0/authorize,
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
func NewAuthorization(cfg AppConfig, redirectURL string) (*Authorization, error) {
	cfg.Cloud = cfg.Cloud.orPublic()
	if err := errors.Join(cfg.check(), checkRedirect(redirectURL)); err != nil {
		return nil, err
	}
	return &Authorization{
		cfg: cfg, endpoint: newEndpoint(cfg), redirect: redirectURL,
		state: seal(oauth2.GenerateVerifier()), verifier: seal(oauth2.GenerateVerifier()),
	}, nil
}

func checkRedirect(redirect string) error {
	u, err := url.Parse(redirect)
	if err != nil || u.Hostname() == "" || u.Fragment != "" || u.User != nil ||
		u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return errors.New("auth: the redirect URL is not one: set https://…, or http://localhost with a port, as in the app registration")
	}
	return nil
}

// URL returns the page on which the person signs in. It holds no secret: who
// has only the URL cannot redeem what comes of it.
func (a *Authorization) URL() string {
	cfg := oauth2.Config{
		ClientID:    a.cfg.ClientID,
		RedirectURL: a.redirect,
		Scopes:      []string{signInScope(a.cfg.Cloud)},
		Endpoint:    oauth2.Endpoint{AuthURL: a.cfg.Cloud.endpointURL(a.cfg.Tenant, "authorize")},
	}
	return cfg.AuthCodeURL(a.state.reveal(),
		oauth2.S256ChallengeOption(a.verifier.reveal()),
		oauth2.SetAuthURLParam("response_mode", "query"),
		oauth2.SetAuthURLParam("prompt", "login"), // a session without multi-factor authentication would be taken up otherwise
	)
}

// Finish redeems what the browser brought to the redirect URL: its query. The
// error matches [ErrWrongState] for a query that is not of this sign-in,
// [ErrDeclined] for a person who said no, and the sentinels of an [*Error]
// otherwise. A code can be redeemed once: after any error but the first, begin
// anew.
func (a *Authorization) Finish(ctx context.Context, query url.Values) (*SignIn, error) {
	// Whoever does not know the state did not come from URL.
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(a.state.reveal())) != 1 {
		return nil, ErrWrongState
	}
	if code := query.Get("error"); code != "" {
		return nil, declined(&Error{Code: word(code), AADSTS: aadsts(nil, query.Get("error_description"))})
	}
	code := query.Get("code")
	if code == "" {
		return nil, errors.New("auth: the redirect brings neither a code nor an error: begin anew")
	}
	a.endpoint.secrets.add(code)
	token, err := a.endpoint.retrieve(ctx, signInScope(a.cfg.Cloud), url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {code},
		"redirect_uri":  {a.redirect},
		"code_verifier": {a.verifier.reveal()},
	})
	if err != nil {
		return nil, err
	}
	return signedIn(a.cfg, token)
}

// declined tells the person's own no from every other refusal of a sign-in.
// The word access_denied alone does not: policies refuse by it too, and then
// the number says so. 65004 is the person who did not consent.
func declined(e *Error) error {
	word := e.Code == "access_denied" || e.Code == "authorization_declined"
	if word && (e.AADSTS == 65004 || e.classByNumber() == nil) {
		return fmt.Errorf("%w (%s)", ErrDeclined, e.Code)
	}
	return e
}

// Format implements [fmt.Formatter]: fmt would print the verifier otherwise.
func (*Authorization) Format(s fmt.State, _ rune) { redact(s) }
