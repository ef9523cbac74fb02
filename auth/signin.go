package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// ErrDeclined is matched by the error for a person who did not sign in or did
// not consent. Begin the sign-in anew: nothing was stored.
var ErrDeclined = errors.New("auth: the person declined: sign in again and accept what the app asks for")

// SignIn is what it gave that a person signed in: the refresh token by which a
// [User] acts from then on, and what was granted.
type SignIn struct {
	RefreshToken RefreshToken
	Scopes       []string // what the app may do for the person; empty if the answer did not say
	Tenant       string   // id of the tenant that the person signed in to; empty if unknown
	MFA          bool     // whether the sign-in proves multi-factor authentication
	MFAKnown     bool     // false where the token does not say
	key          string
}

// Save puts the refresh token where a [User] with the same tenant, client id
// and store finds it, if its configuration names no RefreshToken.
func (s *SignIn) Save(ctx context.Context, store TokenStore) error {
	if err := store.SaveToken(ctx, s.key, s.RefreshToken); err != nil {
		return fmt.Errorf("auth: store the refresh token: %w", err)
	}
	return nil
}

// signInScope asks for Partner Center in the name of the person, and for a
// refresh token.
func signInScope(c Cloud) string {
	return strings.TrimRight(c.Resource, "/") + "/user_impersonation offline_access openid"
}

// signedIn reads the answer to a sign-in.
func signedIn(cfg AppConfig, token *oauth2.Token) (*SignIn, error) {
	if token.RefreshToken == "" {
		return nil, errors.New("auth: the sign-in gave no refresh token: let the app have the permission offline_access")
	}
	s := &SignIn{
		RefreshToken: RefreshToken{Secret(token.RefreshToken), time.Now().Round(0)},
		Tenant:       readClaims(token.AccessToken).Tenant,
		key:          TokenKey(cfg.Tenant, cfg.ClientID, ""),
	}
	s.MFA, s.MFAKnown = MFA(token.AccessToken)
	if scope, ok := token.Extra("scope").(string); ok {
		s.Scopes = slices.Collect(strings.FieldsSeq(scope))
	}
	return s, nil
}
