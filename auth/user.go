package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"golang.org/x/oauth2"
)

// UserConfig describes an app that acts for a person who once signed in.
type UserConfig struct {
	Cloud        Cloud        // zero means [Public]
	Tenant       string       // the partner tenant: its GUID or a domain name of it
	ClientID     string       // application (client) id of the app registration
	ClientSecret Secret       // value of a client secret, not its id
	RefreshToken Secret       // the seed: from the sign-in; the store takes over from there
	Store        TokenStore   // nil means a [MemoryTokenStore]
	HTTPClient   *http.Client // nil means one that gives each attempt 30 s
}

// User gives tokens for an app and the person who signed in to it. All of them
// come from one refresh token, which Entra replaces at each use; the newest is
// stored before an access token that came with it is used.
type User struct {
	endpoint *endpoint
	store    TokenStore
	key      string
	seed     sealed
	secrets  *secretsInPlay
	turn     chan struct{} // holds one while a refresh token is being redeemed
	unsaved  sealed        // guarded by turn: a new refresh token that the store did not take

	partnerCenter, graph *cached
}

// NewUser returns app+user tokens. It sends nothing yet; the error joins all
// that is wrong with cfg.
//
// A stored refresh token is preferred as long as the seed stays the same. When
// even that one is dead, the error matches [ErrSignInAgain]; the seed is older
// and not tried. Configure the refresh token of the new sign-in as the seed.
//
// Source: secure application model, POST {authority}/{tenant}/oauth2/v2.0/token,
// https://learn.microsoft.com/partner-center/developer/enable-secure-app-model
func NewUser(cfg UserConfig) (*User, error) {
	cloud := cfg.Cloud.orPublic()
	err := errors.Join(
		cloud.check(),
		checkTenant(cfg.Tenant),
		checkClient(cfg.ClientID, cfg.ClientSecret),
		checkText("RefreshToken", cfg.RefreshToken.Reveal(), "the refresh token of a sign-in with multi-factor authentication"),
	)
	if err != nil {
		return nil, err
	}
	u := &User{
		endpoint: newEndpoint(cloud.tokenURL(cfg.Tenant), cfg.ClientID, cfg.ClientSecret, cfg.HTTPClient),
		store:    cfg.Store,
		key:      TokenKey(cfg.Tenant, cfg.ClientID, cfg.RefreshToken),
		seed:     seal(cfg.RefreshToken.Reveal()),
		secrets:  new(secretsInPlay),
		turn:     make(chan struct{}, 1),
	}
	u.secrets.add(cfg.ClientSecret.Reveal())
	u.secrets.add(cfg.RefreshToken.Reveal())
	if u.store == nil {
		u.store = new(MemoryTokenStore)
	}
	u.partnerCenter = u.source(cloud.Resource)
	u.graph = u.source(cloud.Graph)
	return u, nil
}

// PartnerCenter returns the tokens for Partner Center: the AppUser of [Credentials].
func (u *User) PartnerCenter() TokenSource { return u.partnerCenter }

// Graph returns the tokens for Microsoft Graph: the Graph of [Credentials].
func (u *User) Graph() TokenSource { return u.graph }

// Format implements [fmt.Formatter]: fmt would print the seed otherwise.
func (*User) Format(s fmt.State, _ rune) { redact(s) }

func (u *User) source(resource string) *cached {
	return &cached{secrets: u.secrets, fetch: func(ctx context.Context) (*oauth2.Token, error) {
		if resource == "" {
			return nil, errors.New("auth: Cloud.Graph is empty: set the URL of Microsoft Graph, or start from auth.Public()")
		}
		return u.redeem(ctx, defaultScope(resource))
	}}
}

// redeem trades the newest refresh token for an access token. One at a time:
// otherwise the resources would overwrite each other's new refresh token.
func (u *User) redeem(ctx context.Context, scope string) (*oauth2.Token, error) {
	select {
	case u.turn <- struct{}{}:
		defer func() { <-u.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("auth: wait for another use of the refresh token: %w (%w)", ctx.Err(), ErrTransient)
	}
	refresh, err := u.newest(ctx)
	if err != nil {
		return nil, err
	}
	u.secrets.add(refresh)
	token, err := u.endpoint.fetch(ctx, scope, url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {refresh},
	})
	if err != nil {
		return nil, err
	}
	// oauth2 fills in the old refresh token where the answer has no new one.
	if token.RefreshToken != refresh {
		u.secrets.add(token.RefreshToken)
		u.unsaved = seal(token.RefreshToken)
		if err := u.save(ctx); err != nil {
			return nil, err
		}
	}
	token.RefreshToken = "" // stays in the store
	return token, nil
}

// newest returns the refresh token to redeem. It asks the store each time:
// another process may have stored a newer one.
func (u *User) newest(ctx context.Context) (string, error) {
	if newest := u.unsaved.reveal(); newest != "" {
		return newest, u.save(ctx)
	}
	stored, err := u.store.LoadToken(ctx, u.key)
	switch {
	case errors.Is(err, ErrNoToken), err == nil && stored == "":
		return u.seed.reveal(), nil
	case err != nil:
		return "", fmt.Errorf("auth: load the refresh token: %w", err)
	}
	return stored, nil
}

// save stores u.unsaved and forgets it. A failure loses nothing: the old token
// is still good, and the new one waits here for the next call.
func (u *User) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	if err := u.store.SaveToken(ctx, u.key, u.unsaved.reveal()); err != nil {
		return fmt.Errorf("auth: store the new refresh token: %w", err)
	}
	u.unsaved = sealed{}
	return nil
}
