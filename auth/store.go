package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// ErrNoToken is what a [TokenStore] returns for a key that it has no token for.
var ErrNoToken = errors.New("auth: no refresh token stored")

// TokenStore keeps the newest refresh token of each key, for many goroutines.
// A refresh token is a credential: a store protects it as one, and puts it
// into no error.
type TokenStore interface {
	// LoadToken returns the refresh token saved last, or "" and ErrNoToken.
	LoadToken(ctx context.Context, key string) (string, error)

	// SaveToken replaces the refresh token. Once it has returned nil, the token
	// outlives the process, as far as the store outlives it.
	SaveToken(ctx context.Context, key, refreshToken string) error
}

// TokenKey returns the key under which a [User] stores its refresh tokens:
// tenant, client id and the SHA-256 of the seed, so of the refresh token that
// it was configured with. So a new seed finds nothing stored, and wins.
func TokenKey(tenant, clientID string, seed Secret) string {
	sum := sha256.Sum256([]byte(seed.Reveal()))
	return strings.ToLower(tenant + "/" + clientID + "/" + hex.EncodeToString(sum[:]))
}

// MemoryTokenStore forgets when the process ends; the next one starts from the
// seed. The zero value is ready for use.
type MemoryTokenStore struct {
	mu     sync.Mutex
	tokens map[string]sealed
}

// LoadToken implements [TokenStore].
func (m *MemoryTokenStore) LoadToken(ctx context.Context, key string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	token, ok := m.tokens[key]
	if !ok {
		return "", ErrNoToken
	}
	return token.reveal(), nil
}

// SaveToken implements [TokenStore].
func (m *MemoryTokenStore) SaveToken(ctx context.Context, key, refreshToken string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tokens == nil {
		m.tokens = map[string]sealed{}
	}
	m.tokens[key] = seal(refreshToken)
	return nil
}

// Format implements [fmt.Formatter]: fmt would print the tokens otherwise.
func (*MemoryTokenStore) Format(s fmt.State, _ rune) { redact(s) }
