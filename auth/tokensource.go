package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/oauth2"
)

// TokenSource gives access tokens for one resource. It is safe for concurrent
// use. The caller may keep and change the token that it gets.
type TokenSource interface {
	Token(ctx context.Context) (*oauth2.Token, error)
}

// Invalidator is a TokenSource that can be told that the service refused a
// token. Implementing it is optional; the sources of [NewApp] and [User] do.
type Invalidator interface {
	// Invalidate drops the cached token if it is accessToken, so that the next
	// Token call fetches a new one. Any other token is left alone: somebody
	// else has already renewed it.
	Invalidate(accessToken string)
}

// Credentials are what a client signs its requests with. A nil source is not
// configured. Printed with any verb of fmt, logged or marshalled, they read
// REDACTED.
type Credentials struct {
	App     TokenSource // app-only, for Partner Center
	AppUser TokenSource // app and user, for Partner Center
	Graph   TokenSource // app and user, for Microsoft Graph; only GDAP needs it
}

// NewCredentials returns all that cfg is good for: tokens for the app itself,
// and for the app and the person who signed in, at Partner Center and at
// Microsoft Graph. It sends nothing yet; the error joins all that is wrong with
// cfg. Where more of the [User] is needed, such as tokens in the tenants of
// customers, see [NewUser].
//
// Source: https://learn.microsoft.com/partner-center/developer/enable-secure-app-model
func NewCredentials(cfg UserConfig) (Credentials, error) {
	user, err := NewUser(cfg)
	if err != nil {
		return Credentials{}, err
	}
	app, err := NewApp(cfg.App)
	if err != nil {
		return Credentials{}, err
	}
	return Credentials{App: app, AppUser: user.PartnerCenter(), Graph: user.Graph()}, nil
}

// Format implements [fmt.Formatter].
func (Credentials) Format(s fmt.State, _ rune) { redact(s) }

// LogValue implements [slog.LogValuer].
func (Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler].
func (Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Static returns a source that gives accessToken and never renews it: for
// tests, and for scripts that were handed a token.
func Static(accessToken string) TokenSource {
	return &static{seal(accessToken)}
}

type static struct{ token sealed }

func (s *static) Token(ctx context.Context) (*oauth2.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.token.reveal() == "" {
		return nil, errors.New("auth: the static access token is empty")
	}
	return &oauth2.Token{AccessToken: s.token.reveal(), TokenType: "Bearer"}, nil
}

func (*static) Format(s fmt.State, _ rune) { redact(s) }
