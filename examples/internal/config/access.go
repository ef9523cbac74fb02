package config

import (
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

// client returns a client. An address that is overridden changes where
// requests go, but not whom tokens are for: that stays the cloud's.
func (a access) client(cloud auth.Cloud, budget partnercenter.RateBudget, logger *slog.Logger) (*cspkit.Client, error) {
	if a.login != "" {
		cloud.Authority = a.login
	}
	creds, problem := a.credentials(cloud)
	if problem != nil {
		creds.App = auth.Static("unused") // so that New still says what is wrong with the addresses
	}
	opts := []partnercenter.Option{
		partnercenter.WithCloud(cloud),
		partnercenter.WithBaseURL(a.api),
		partnercenter.WithRateBudget(budget),
		partnercenter.WithLogger(logger),
	}
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
// in, for the app and that user. Sending is left to the first request.
func (a access) credentials(cloud auth.Cloud) (creds auth.Credentials, err error) {
	registration := auth.AppConfig{Cloud: cloud, Tenant: a.tenant, ClientID: a.clientID, ClientSecret: a.clientSecret}
	creds.App, err = auth.NewApp(registration)
	if err != nil || a.refreshToken == "" {
		return creds, err
	}
	user, err := auth.NewUser(auth.UserConfig{
		App:          registration,
		RefreshToken: a.refreshToken,
		Store:        new(auth.MemoryTokenStore), // a token that comes back in its place lasts as long as the runs do
	})
	if err != nil {
		return creds, err
	}
	creds.AppUser, creds.Graph = user.PartnerCenter(), user.Graph()
	return creds, nil
}
