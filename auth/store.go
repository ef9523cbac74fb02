package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// ErrNoToken is what a [TokenStore] returns for a key that it has no token for.
// From a [User] it means that nobody has signed in yet: sign in once, and
// [SignIn.Save] it, or configure a RefreshToken.
var ErrNoToken = errors.New("auth: no refresh token stored")

// RefreshTokenLife is how long Entra lets a refresh token be redeemed, about.
// Each redemption gives a new one, so only one that nobody uses grows old.
//
// Source: https://learn.microsoft.com/entra/identity-platform/refresh-tokens
const RefreshTokenLife = 90 * 24 * time.Hour

// RefreshToken is a refresh token as a [TokenStore] keeps it.
type RefreshToken struct {
	Token  Secret
	Issued time.Time // when the sign-in service gave it out; zero if that is not known
}

// Expires returns when the token dies unless it is used before, about; zero if
// that is not known. An administrator who revokes the person's sign-ins or
// resets their password, and the person, can end it sooner.
func (t RefreshToken) Expires() time.Time {
	if t.Issued.IsZero() {
		return time.Time{}
	}
	return t.Issued.Add(RefreshTokenLife)
}

// TokenStore keeps the newest refresh token of each key, for many goroutines.
// A refresh token is a credential: a store protects it as one, and puts it
// into no error. It keeps the text that Token.Reveal gives; a [Secret] that is
// marshalled reads REDACTED.
type TokenStore interface {
	// LoadToken returns the refresh token saved last, with the time at which it
	// was issued, or ErrNoToken.
	LoadToken(ctx context.Context, key string) (RefreshToken, error)

	// SaveToken replaces the refresh token. Once it has returned nil, the token
	// outlives the process, as far as the store outlives it.
	SaveToken(ctx context.Context, key string, token RefreshToken) error
}

// TokenKey returns the key under which a [User] stores its refresh tokens:
// tenant, client id and the SHA-256 of the seed, so of the refresh token that
// it was configured with. So a new seed finds nothing stored, and wins. The
// key of an empty seed is where [SignIn.Save] puts a sign-in.
func TokenKey(tenant, clientID string, seed Secret) string {
	sum := sha256.Sum256([]byte(seed.Reveal()))
	return strings.ToLower(tenant + "/" + clientID + "/" + hex.EncodeToString(sum[:]))
}

// MemoryTokenStore forgets when the process ends; the next one starts from the
// seed. The zero value is ready for use.
type MemoryTokenStore struct {
	mu     sync.Mutex
	tokens map[string]storedToken
}

// storedToken is a RefreshToken out of reach of fmt.
type storedToken struct {
	token  sealed
	issued time.Time
}

// LoadToken implements [TokenStore].
func (m *MemoryTokenStore) LoadToken(ctx context.Context, key string) (RefreshToken, error) {
	if err := ctx.Err(); err != nil {
		return RefreshToken{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tokens[key]
	if !ok {
		return RefreshToken{}, ErrNoToken
	}
	return RefreshToken{Secret(t.token.reveal()), t.issued}, nil
}

// SaveToken implements [TokenStore].
func (m *MemoryTokenStore) SaveToken(ctx context.Context, key string, token RefreshToken) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tokens == nil {
		m.tokens = map[string]storedToken{}
	}
	m.tokens[key] = storedToken{seal(token.Token.Reveal()), token.Issued}
	return nil
}

// Format implements [fmt.Formatter]: fmt would print the tokens otherwise.
func (*MemoryTokenStore) Format(s fmt.State, _ rune) { redact(s) }
