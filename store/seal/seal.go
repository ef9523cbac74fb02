// Package seal encrypts what a store keeps of secrets and of people, before it
// reaches a database.
//
//	sealer, err := seal.NewAES(seal.Key{ID: "2026-11", Secret: key})
//	store, err := sqlite.Open(ctx, "cspkit.db", sqlite.WithSealer(sealer))
//
// It makes no keys and keeps none: they come from where secrets are kept, such
// as a key vault. To have that do the encryption itself, implement [Sealer].
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Sealer encrypts one record at a time, for many goroutines.
type Sealer interface {
	// Seal encrypts plaintext and binds the result to associated, which says
	// what it is and is not secret. Neither argument is changed or kept.
	Seal(plaintext, associated []byte) ([]byte, error)
	// Open returns the plaintext of what Seal returned. It is an error if
	// sealed was changed, or if associated is not what it was: a record that
	// was copied into the place of another one does not open.
	Open(sealed, associated []byte) ([]byte, error)
}

var (
	// ErrNoKey: something was sealed under a key that was not given. Give that
	// key to [NewAES] as an earlier one; the error names its ID.
	ErrNoKey = errors.New("sealed under a key that was not given: give it as an earlier key")
	// ErrNotOpened: something does not open. It was changed or belongs
	// elsewhere, or its key is another one under the same ID. Check the key, then
	// restore the record from a backup; who signed in signs in again.
	ErrNotOpened = errors.New("does not open: it was changed, belongs elsewhere, or the key is another one under the same ID")
)

// Key is a key for AES-256. It reads REDACTED when it is printed.
type Key struct {
	ID     string // 1 to 255 bytes, not secret: kept with everything sealed under the key
	Secret []byte // 32 random bytes
}

// Format implements [fmt.Formatter].
func (Key) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "REDACTED") // a fmt.State keeps no error
}

// MarshalText implements [encoding.TextMarshaler], which slog and encoding/json ask.
func (Key) MarshalText() ([]byte, error) { return []byte("REDACTED"), nil }

// AES is a [Sealer] with AES-256-GCM (NIST SP 800-38D).
type AES struct {
	current string
	keys    map[string]cipher.AEAD
}

var _ Sealer = (*AES)(nil)

// NewAES returns a sealer that seals under the first key, and opens what was
// sealed under any of them. To change keys, put a new one in front and keep the
// old one until everything is sealed anew: a store's Reseal does that.
//
// Every record takes a random nonce of 96 bits, so seal 2^32 records at most
// under one key.
func NewAES(current Key, earlier ...Key) (*AES, error) {
	a := &AES{current: current.ID, keys: map[string]cipher.AEAD{}}
	for _, key := range slices.Concat([]Key{current}, earlier) {
		switch _, twice := a.keys[key.ID]; {
		case key.ID == "" || len(key.ID) > 255:
			return nil, errors.New("seal: the ID of a key must have 1 to 255 bytes")
		case twice:
			return nil, fmt.Errorf("seal: two keys have the ID %q", key.ID)
		case len(key.Secret) != 32:
			return nil, fmt.Errorf("seal: the key %q must have 32 bytes, not %d", key.ID, len(key.Secret))
		}
		block, err := aes.NewCipher(key.Secret)
		if err != nil {
			return nil, fmt.Errorf("seal: the key %q: %w", key.ID, err)
		}
		if a.keys[key.ID], err = cipher.NewGCMWithRandomNonce(block); err != nil {
			return nil, fmt.Errorf("seal: the key %q: %w", key.ID, err)
		}
	}
	return a, nil
}

// form is the first byte of everything sealed here: of the present form. The
// length of the key's ID, the ID, and what GCM returns follow.
const form = 1

// Seal implements [Sealer].
func (a *AES) Seal(plaintext, associated []byte) ([]byte, error) {
	head := append([]byte{form, byte(len(a.current))}, a.current...)
	return a.keys[a.current].Seal(head, nil, plaintext, bind(head, associated)), nil
}

// Open implements [Sealer]. Its error matches [ErrNoKey] or [ErrNotOpened].
func (a *AES) Open(sealed, associated []byte) ([]byte, error) {
	if len(sealed) < 2 || sealed[0] != form || len(sealed) < 2+int(sealed[1]) {
		return nil, fmt.Errorf("seal: %w", ErrNotOpened)
	}
	head, rest := sealed[:2+int(sealed[1])], sealed[2+int(sealed[1]):]
	aead, ok := a.keys[string(head[2:])]
	if !ok {
		return nil, fmt.Errorf("seal: %w: its ID is %.60q", ErrNoKey, head[2:])
	}
	plaintext, err := aead.Open(nil, nil, rest, bind(head, associated))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", ErrNotOpened)
	}
	return plaintext, nil
}

// bind makes the key's ID part of what cannot be changed. The head has its
// length in it, so that no two pairs give the same bytes.
func bind(head, associated []byte) []byte { return slices.Concat(head, associated) }

// Format implements [fmt.Formatter]: fmt would print the keys otherwise.
func (*AES) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "REDACTED") // a fmt.State keeps no error
}
