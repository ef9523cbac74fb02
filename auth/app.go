package auth

import (
	"context"
	"errors"
	"net/http"

	"golang.org/x/oauth2"
)

// AppConfig describes an app that signs in as itself.
type AppConfig struct {
	Cloud        Cloud        // zero means [Public]
	Tenant       string       // the partner tenant: its GUID or a domain name of it
	ClientID     string       // application (client) id of the app registration
	ClientSecret Secret       // value of a client secret, not its id
	HTTPClient   *http.Client // nil means one that gives each attempt 30 s
}

// NewApp returns app-only tokens for Partner Center. It sends nothing yet; the
// error joins all that is wrong with cfg.
//
// Source: client credentials, POST {authority}/{tenant}/oauth2/v2.0/token,
// https://learn.microsoft.com/partner-center/developer/partner-center-authentication
func NewApp(cfg AppConfig) (TokenSource, error) {
	cloud := cfg.Cloud.orPublic()
	err := errors.Join(cloud.check(), checkTenant(cfg.Tenant), checkClient(cfg.ClientID, cfg.ClientSecret))
	if err != nil {
		return nil, err
	}
	e := newEndpoint(cloud.tokenURL(cfg.Tenant), cfg.ClientID, cfg.ClientSecret, cfg.HTTPClient)
	scope := defaultScope(cloud.Resource)
	secrets := new(secretsInPlay)
	secrets.add(cfg.ClientSecret.Reveal())
	return &cached{secrets: secrets, fetch: func(ctx context.Context) (*oauth2.Token, error) {
		return e.fetch(ctx, scope, nil)
	}}, nil
}
