package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// endpoint is the token endpoint of one tenant, as one app uses it.
type endpoint struct {
	url       string
	clientID  string
	secret    sealed
	transport http.RoundTripper // retries, and proves who the app is
	secrets   *secretsInPlay
}

// newEndpoint takes a configuration that check let pass.
func newEndpoint(cfg AppConfig) *endpoint {
	client := cfg.HTTPClient
	if client == nil {
		client = &http.Client{Timeout: clientTimeout}
	}
	e := &endpoint{
		url: cfg.Cloud.tokenURL(cfg.Tenant), clientID: cfg.ClientID, secret: seal(cfg.ClientSecret.Reveal()),
		secrets: new(secretsInPlay),
	}
	e.secrets.add(cfg.ClientSecret.Reveal())
	var proof func(ctx context.Context, audience string) (string, error)
	switch {
	case cfg.Certificate != nil:
		certificate := *cfg.Certificate
		proof = func(_ context.Context, audience string) (string, error) {
			return certificate.assertion(cfg.ClientID, audience)
		}
	case cfg.Assertion != nil:
		proof = func(ctx context.Context, _ string) (string, error) {
			assertion, err := cfg.Assertion(ctx)
			e.secrets.add(assertion) // good until it expires, however often it is used
			return assertion, err
		}
	}
	e.transport = retrying(client, proof)
	return e
}

// at returns the endpoint of another tenant of the same cloud.
func (e *endpoint) at(url string) *endpoint {
	other := *e
	other.url = url
	return &other
}

// fetch asks for a token and keeps of the answer what a request needs.
func (e *endpoint) fetch(ctx context.Context, scope string, params url.Values) (*oauth2.Token, error) {
	token, err := e.retrieve(ctx, scope, params)
	if err != nil {
		return nil, err
	}
	return &oauth2.Token{
		AccessToken:  token.AccessToken,
		TokenType:    token.TokenType,
		RefreshToken: token.RefreshToken,
		Expiry:       token.Expiry,
	}, nil
}

// retrieve asks for a token. Without params it is for the app itself; params
// may name another grant. The configuration is made for this one call, because
// its parameters differ from call to call.
func (e *endpoint) retrieve(ctx context.Context, scope string, params url.Values) (*oauth2.Token, error) {
	cfg := clientcredentials.Config{
		ClientID:       e.clientID,
		ClientSecret:   e.secret.reveal(),
		TokenURL:       e.url,
		Scopes:         strings.Fields(scope),
		EndpointParams: params,
		AuthStyle:      oauth2.AuthStyleInParams, // also keeps oauth2 from trying twice
	}
	status := &statusRecorder{next: e.transport}
	client := &http.Client{Transport: status, CheckRedirect: noRedirect}
	token, err := cfg.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err == nil {
		return token, nil
	}
	if clean := cleanError(err); clean != nil {
		return nil, clean
	}
	// oauth2 could not read the answer. Its error may quote from it.
	return nil, &Error{Status: status.code}
}

// cleanError rewrites the errors of oauth2 and net/http that carry a body or a
// URL. It returns nil for any other.
func cleanError(err error) error {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		status := 0
		if refused.Response != nil {
			status = refused.Response.StatusCode
		}
		return DecodeError(status, refused.Body)
	}
	if e, ok := errors.AsType[*assertionError](err); ok {
		return e
	}
	outer, ok := errors.AsType[*url.Error](err)
	if !ok {
		return nil
	}
	host, cause := "the sign-in service", err
	if u, err := url.Parse(outer.URL); err == nil && u.Host != "" {
		host = u.Host
	}
	for inner := outer; ok; inner, ok = errors.AsType[*url.Error](cause) {
		cause = inner.Err
	}
	if passing(cause) {
		return fmt.Errorf("auth: no answer from %s: %w (%w)", host, cause, ErrTransient)
	}
	return fmt.Errorf("auth: no answer from %s: %w", host, cause)
}

// passing reports whether a network error may be gone at the next attempt. A
// certificate that was refused will be refused again, and so will an assertion
// that could not be made.
func passing(err error) bool {
	_, refused := errors.AsType[*tls.CertificateVerificationError](err)
	_, unproven := errors.AsType[*assertionError](err)
	return !refused && !unproven && !errors.Is(err, context.Canceled)
}

// noRedirect is a CheckRedirect: a redirect would carry the secret elsewhere.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// statusRecorder remembers the status of the answer to one fetch.
type statusRecorder struct {
	next http.RoundTripper
	code int
}

func (s *statusRecorder) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(r)
	if resp != nil {
		s.code = resp.StatusCode
	}
	return resp, err
}
