package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"golang.org/x/oauth2"
)

// warnBefore is how long before a refresh token dies a [User] says so.
const warnBefore = 14 * 24 * time.Hour

// UserConfig describes an app that acts for a person who once signed in.
type UserConfig struct {
	App          AppConfig    // the app registration that the person signed in to
	RefreshToken Secret       // the seed: from the sign-in; the store takes over from there. Empty: from the store alone, see [SignIn.Save]
	Store        TokenStore   // nil means a [MemoryTokenStore]
	Logger       *slog.Logger // is warned of a refresh token that grows old; nil means [slog.DiscardHandler]
}

// User gives tokens for an app and the person who signed in to it. All of them
// come from one refresh token, which Entra replaces at each use; the newest is
// stored before an access token that came with it is used.
type User struct {
	endpoint *endpoint
	cloud    Cloud
	store    TokenStore
	logger   *slog.Logger
	key      string
	seed     sealed
	turn     chan struct{} // holds one while a refresh token is being redeemed
	unsaved  successor     // guarded by turn: a new refresh token that the store did not take yet

	partnerCenter, graph *cached
}

// successor is a new refresh token, and the one that it was given out for.
type successor struct {
	storedToken
	of sealed
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
	cfg.App.Cloud = cfg.App.Cloud.orPublic()
	if err := errors.Join(cfg.App.check(), cfg.checkSeed()); err != nil {
		return nil, err
	}
	u := &User{
		endpoint: newEndpoint(cfg.App),
		cloud:    cfg.App.Cloud,
		store:    cfg.Store,
		logger:   cfg.Logger,
		key:      TokenKey(cfg.App.Tenant, cfg.App.ClientID, cfg.RefreshToken),
		seed:     seal(cfg.RefreshToken.Reveal()),
		turn:     make(chan struct{}, 1),
	}
	u.endpoint.secrets.add(cfg.RefreshToken.Reveal())
	if u.store == nil {
		u.store = new(MemoryTokenStore)
	}
	if u.logger == nil {
		u.logger = slog.New(slog.DiscardHandler)
	}
	u.partnerCenter = u.source(u.endpoint, cfg.App.Cloud.Resource)
	u.graph = u.source(u.endpoint, cfg.App.Cloud.Graph)
	return u, nil
}

func (cfg UserConfig) checkSeed() error {
	if cfg.RefreshToken == "" && cfg.Store != nil {
		return nil
	}
	return checkText("RefreshToken", cfg.RefreshToken.Reveal(), "the refresh token of a sign-in with multi-factor authentication, or a Store that holds one")
}

// PartnerCenter returns the tokens for Partner Center: the AppUser of [Credentials].
func (u *User) PartnerCenter() TokenSource { return u.partnerCenter }

// Graph returns the tokens for Microsoft Graph: the Graph of [Credentials].
func (u *User) Graph() TokenSource { return u.graph }

// CustomerGraph returns tokens for Microsoft Graph in the tenant of a customer,
// on whose behalf the person works by a GDAP relationship. Keep the source: it
// caches. The app must have been consented to in that tenant; where it was
// not, the source's error matches [ErrConsentRequired].
//
// Source: https://learn.microsoft.com/partner-center/developer/enable-secure-app-model
func (u *User) CustomerGraph(customerTenant string) (TokenSource, error) {
	if err := checkTenant(customerTenant); err != nil {
		return nil, errors.New("auth: the customer's tenant is neither a GUID nor a domain name")
	}
	return u.source(u.endpoint.at(u.cloud.tokenURL(customerTenant)), u.cloud.Graph), nil
}

// RefreshTokenExpires returns when the refresh token dies unless it is used
// before, about: see [RefreshTokenLife]. It is zero if that is not known, as of
// a seed that has not been redeemed yet. The error is the store's; it matches
// [ErrNoToken] if there is neither a seed nor a stored token.
func (u *User) RefreshTokenExpires(ctx context.Context) (time.Time, error) {
	token, err := u.load(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return token.Expires(), nil
}

// Format implements [fmt.Formatter]: fmt would print the seed otherwise.
func (*User) Format(s fmt.State, _ rune) { redact(s) }

func (u *User) source(at *endpoint, resource string) *cached {
	return &cached{secrets: at.secrets, expires: u.RefreshTokenExpires, fetch: func(ctx context.Context) (*oauth2.Token, error) {
		if resource == "" {
			return nil, errors.New("auth: Cloud.Graph is empty: set the URL of Microsoft Graph, or start from auth.Public()")
		}
		return u.redeem(ctx, at, defaultScope(resource))
	}}
}

// redeem trades the newest refresh token for an access token. One at a time:
// otherwise the resources would overwrite each other's new refresh token.
func (u *User) redeem(ctx context.Context, at *endpoint, scope string) (*oauth2.Token, error) {
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
	secret := refresh.Token.Reveal()
	at.secrets.add(secret)
	token, err := at.fetch(ctx, scope, url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {secret},
	})
	if err != nil {
		return nil, err
	}
	// oauth2 fills in the old refresh token where the answer has no new one.
	if token.RefreshToken != secret {
		at.secrets.add(token.RefreshToken)
		u.unsaved = successor{storedToken{seal(token.RefreshToken), time.Now().Round(0)}, seal(secret)}
		if err := u.save(ctx); err != nil {
			return nil, err
		}
	} else if dies := refresh.Expires(); !dies.IsZero() && time.Until(dies) < warnBefore {
		u.logger.WarnContext(ctx, "the refresh token grows old and the sign-in service gave no new one: sign in again", "expires", dies.UTC())
	}
	token.RefreshToken = "" // stays in the store
	return token, nil
}

// newest returns the refresh token to redeem. It asks the store each time:
// another process may have stored a newer one.
func (u *User) newest(ctx context.Context) (RefreshToken, error) {
	if u.unsaved.token.reveal() != "" {
		if err := u.save(ctx); err != nil {
			return RefreshToken{}, err
		}
	}
	return u.load(ctx)
}

// load returns the stored refresh token, or else the seed.
func (u *User) load(ctx context.Context) (RefreshToken, error) {
	stored, err := u.store.LoadToken(ctx, u.key)
	switch {
	case errors.Is(err, ErrNoToken), err == nil && stored.Token == "":
		if u.seed.reveal() == "" {
			return RefreshToken{}, fmt.Errorf("auth: nobody has signed in yet: sign in once with multi-factor authentication, and save that (%w)", ErrNoToken)
		}
		return RefreshToken{Token: Secret(u.seed.reveal())}, nil
	case err != nil:
		return RefreshToken{}, fmt.Errorf("auth: load the refresh token: %w", err)
	case stored.Token == redacted:
		return RefreshToken{}, fmt.Errorf("auth: load the refresh token: the store kept the word %s in its place: let it keep Token.Reveal()", redacted)
	}
	return stored, nil
}

// save stores u.unsaved and forgets it. A failure loses nothing: the old token
// is still good, and the new one waits here for the next call. If the store has
// another than the one that was redeemed, that one stays: somebody signed in
// meanwhile, maybe with the multi-factor authentication that this one lacks.
func (u *User) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	stored, err := u.store.LoadToken(ctx, u.key)
	switch {
	case err != nil && !errors.Is(err, ErrNoToken):
		return fmt.Errorf("auth: load the refresh token: %w", err)
	case err != nil, stored.Token == "", stored.Token.Reveal() == u.unsaved.of.reveal():
		token := RefreshToken{Secret(u.unsaved.token.reveal()), u.unsaved.issued}
		if err := u.store.SaveToken(ctx, u.key, token); err != nil {
			return fmt.Errorf("auth: store the new refresh token: %w", err)
		}
	}
	u.unsaved = successor{}
	return nil
}
