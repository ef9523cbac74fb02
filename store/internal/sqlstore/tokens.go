package sqlstore

import (
	"context"
	"encoding/json"
	"time"

	"github.com/cspkit/cspkit/auth"
)

// Tokens is an [auth.TokenStore].
type Tokens struct{ db *DB }

var _ auth.TokenStore = Tokens{}

// Tokens returns the store of refresh tokens.
func (db *DB) Tokens() Tokens { return Tokens{db} }

// token is a refresh token that does not redact itself on its way to the database.
type token struct {
	Token  string    `json:"token"`
	Issued time.Time `json:"issued,omitzero"`
}

// LoadToken implements [auth.TokenStore].
func (s Tokens) LoadToken(ctx context.Context, key string) (auth.RefreshToken, error) {
	var kept kept
	found, err := s.db.reading().get(ctx, `SELECT sealed, body FROM @tokens WHERE name = $1`, []any{key}, &kept.sealed, &kept.body)
	if err != nil {
		return auth.RefreshToken{}, err
	}
	if !found {
		return auth.RefreshToken{}, auth.ErrNoToken
	}
	text, err := s.db.reveal(kept, place{"tokens", key})
	if err != nil {
		return auth.RefreshToken{}, s.db.wrap(err)
	}
	var t token
	if json.Unmarshal(text, &t) != nil { // whose error may quote the token
		return auth.RefreshToken{}, s.db.wrap(errDamaged)
	}
	return auth.RefreshToken{Token: auth.Secret(t.Token), Issued: t.Issued}, nil
}

// SaveToken implements [auth.TokenStore].
func (s Tokens) SaveToken(ctx context.Context, key string, t auth.RefreshToken) error {
	text, err := json.Marshal(token{t.Token.Reveal(), t.Issued})
	if err != nil {
		return s.db.wrap(err)
	}
	kept, err := s.db.protect(text, place{"tokens", key})
	if err != nil {
		return s.db.wrap(err)
	}
	_, err = s.db.writing().exec(ctx, `INSERT INTO @tokens (name, sealed, body) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, body = excluded.body`, key, kept.sealed, kept.body)
	return err
}
