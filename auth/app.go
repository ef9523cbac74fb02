package auth

import (
	"context"
	"errors"
	"net/http"

	"golang.org/x/oauth2"
)

// AppConfig describes an app registration, and how the app proves that it is
// that one: by exactly one of ClientSecret, Certificate and Assertion.
type AppConfig struct {
	Cloud        Cloud        // zero means [Public]
	Tenant       string       // the partner tenant: its GUID or a domain name of it
	ClientID     string       // application (client) id of the app registration
	ClientSecret Secret       // value of a client secret, not its id
	Certificate  *Certificate // registered with the app
	Assertion    Assertion    // of an issuer that a federated credential of the app trusts
	HTTPClient   *http.Client // nil means one that gives each attempt 30 s
}

// check reports all that is wrong with cfg, whose Cloud is not zero.
func (cfg AppConfig) check() error {
	return errors.Join(
		cfg.Cloud.check(),
		checkTenant(cfg.Tenant),
		checkText("ClientID", cfg.ClientID, "the application (client) id of the app registration"),
		cfg.checkProof(),
	)
}

func (cfg AppConfig) checkProof() error {
	given := 0
	for _, is := range []bool{cfg.ClientSecret != "", cfg.Certificate != nil, cfg.Assertion != nil} {
		if is {
			given++
		}
	}
	switch {
	case given > 1:
		return errors.New("auth: more than one of ClientSecret, Certificate and Assertion is set: keep the one that the app shall use")
	case cfg.Certificate != nil:
		return cfg.Certificate.check()
	case cfg.Assertion != nil:
		return nil
	}
	return checkText("ClientSecret", cfg.ClientSecret.Reveal(), "the value of a client secret of the app registration, or a Certificate or an Assertion")
}

// NewApp returns app-only tokens for Partner Center. It sends nothing yet; the
// error joins all that is wrong with cfg.
//
// Source: client credentials, POST {authority}/{tenant}/oauth2/v2.0/token,
// https://learn.microsoft.com/partner-center/developer/partner-center-authentication
func NewApp(cfg AppConfig) (TokenSource, error) {
	cfg.Cloud = cfg.Cloud.orPublic()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	e := newEndpoint(cfg)
	scope := defaultScope(cfg.Cloud.Resource)
	return &cached{secrets: e.secrets, fetch: func(ctx context.Context) (*oauth2.Token, error) {
		return e.fetch(ctx, scope, nil)
	}}, nil
}
