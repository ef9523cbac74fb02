package config

import (
	"context"
	"fmt"
	"strings"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/sqlite"
)

// Stores are where an example keeps what must outlive it.
type Stores struct {
	Runs       offboard.Store
	Agreements mca.Store
	Tokens     auth.TokenStore
	Name       string // for people, without a password
	Forgets    bool   // everything ends with the process

	close func() error
}

// defaultStore is for real use; the emulator's customers are worth no file.
const defaultStore = "sqlite:cspkit.db"

// storeAddress is what CSPKIT_STORE names. It may hold a password.
type storeAddress struct{ scheme, rest string }

// store checks the form of CSPKIT_STORE. No error repeats its value.
func (e *environment) store(demo bool) storeAddress {
	value := e.getenv("CSPKIT_STORE")
	if value == "" {
		value = defaultStore
		if demo {
			value = "memory:"
		}
	}
	scheme, rest, _ := strings.Cut(value, ":")
	switch {
	case value == "memory:", scheme == "sqlite" && rest != "":
	default:
		e.problem("CSPKIT_STORE names no store: set memory:, sqlite:FILE or postgres://USER@HOST/DATABASE")
	}
	return storeAddress{scheme, rest}
}

// open opens the stores. The error names the store, but no password.
func (a storeAddress) open(ctx context.Context) (*Stores, error) {
	if a.scheme == "memory" {
		return &Stores{
			Runs: new(offboard.MemoryStore), Agreements: new(mca.MemoryStore), Tokens: new(auth.MemoryTokenStore),
			Name: "memory", Forgets: true, close: func() error { return nil },
		}, nil
	}
	db, err := sqlite.Open(ctx, a.rest)
	if err != nil {
		return nil, fmt.Errorf("CSPKIT_STORE: %w", err)
	}
	return &Stores{Runs: db.Runs(), Agreements: db.Agreements(), Tokens: db.Tokens(), Name: a.rest, close: db.Close}, nil
}
