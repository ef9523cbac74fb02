package config

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

// access is where Partner Center is and how to sign in there.
type access struct {
	api, login, graph string // login and graph empty: the cloud's
	tenant, clientID  string
	clientSecret      auth.Secret
	refreshToken      auth.Secret // empty: nothing that needs a user works
}

// registration is the app registration. An address that is overridden changes
// where requests go, but not whom tokens are for: that stays the cloud's.
func (a access) registration(cloud auth.Cloud) auth.AppConfig {
	if a.login != "" {
		cloud.Authority = a.login
	}
	return auth.AppConfig{Cloud: cloud, Tenant: a.tenant, ClientID: a.clientID, ClientSecret: a.clientSecret}
}

// client returns a client. problem is what is wrong with the credentials; what
// is wrong with the addresses is said together with it.
func (a access) client(creds auth.Credentials, problem error, opts ...partnercenter.Option) (*cspkit.Client, error) {
	if problem != nil {
		creds.App = auth.Static("unused")
	}
	opts = append(opts, partnercenter.WithBaseURL(a.api))
	if a.graph != "" {
		opts = append(opts, partnercenter.WithGraphURL(a.graph))
	}
	client, err := cspkit.New(creds, opts...)
	if err := errors.Join(problem, err); err != nil {
		return nil, errors.New(variables.Replace(err.Error()))
	}
	return client, nil
}

// variables turns the library's names for what is wrong into those that a
// reader of the environment knows.
var variables = strings.NewReplacer(
	"auth: Cloud.Authority", "CSPKIT_LOGIN_URL",
	"auth: Tenant", "CSPKIT_TENANT_ID",
	"auth: ClientID", "CSPKIT_CLIENT_ID",
	"auth: ClientSecret", "CSPKIT_CLIENT_SECRET",
	"auth: RefreshToken", "CSPKIT_REFRESH_TOKEN",
	"partnercenter: ", "",
	"the Partner Center URL", "CSPKIT_API_URL",
	"the Graph URL", "CSPKIT_GRAPH_URL",
)

// credentials returns tokens for the app itself and, if somebody has signed
// in, for the app and that user: as the environment says, or as examples/consent
// has stored. Nothing is sent.
func credentials(ctx context.Context, app auth.AppConfig, refreshToken auth.Secret, tokens auth.TokenStore, logger *slog.Logger) (creds auth.Credentials, err error) {
	if creds.App, err = auth.NewApp(app); err != nil {
		return creds, err
	}
	if refreshToken == "" {
		switch _, err := tokens.LoadToken(ctx, auth.TokenKey(app.Tenant, app.ClientID, "")); {
		case errors.Is(err, auth.ErrNoToken):
			return creds, nil
		case err != nil:
			return creds, err
		}
	}
	user, err := auth.NewUser(auth.UserConfig{App: app, RefreshToken: refreshToken, Store: tokens, Logger: logger})
	if err != nil {
		return creds, err
	}
	creds.AppUser, creds.Graph = user.PartnerCenter(), user.Graph()
	return creds, nil
}
