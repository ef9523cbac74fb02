package storetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cspkit/cspkit/auth"
)

// Tokens checks the stores that open returns against the promises of
// [auth.TokenStore]. Each is expected to be empty, and is used by one subtest.
func Tokens(t *testing.T, open func(t *testing.T) auth.TokenStore) {
	t.Helper()
	tokens.run(t, alone(open))
}

// TokensShared is [Tokens] for a store of several processes: open returns two
// handles of one store, as two processes have them.
func TokensShared(t *testing.T, open func(t *testing.T) (one, other auth.TokenStore)) {
	t.Helper()
	tokens.run(t, open)
}

var tokens = suite[auth.TokenStore]{
	{"AKeyWithoutATokenHasNone", noToken,
		`LoadToken returns an error that matches ErrNoToken, and no token, for a key without one.`},
	{"ATokenIsKeptAsItIs", tokenKept,
		`LoadToken returns the token and the moment of its issue as they were saved. Keep the text of Token.Reveal: a Secret that is marshalled reads REDACTED.`},
	{"TheNewestTokenCounts", newestToken,
		`LoadToken returns what was saved last, whatever the tokens say of when they were issued.`},
	{"KeysAreApart", keysApart,
		`Keys that differ in a single byte are different keys: letter case, blanks and characters with a meaning to the database count.`},
	{"ManySaveAtOnce", manyTokens,
		`A token is saved with its time, whole or not at all, also while others save. Write both in one statement.`},
	{"ACancelledContextChangesNothing", cancelledToken,
		`A call whose context has ended returns the context's error and changes nothing. Pass the context on, or look at ctx.Err first.`},
	{"ErrorsHoldNoToken", quietTokens,
		`No error holds a refresh token. Wrap no error that quotes what was to be stored.`},
}

// sameToken checks what is stored under a key. It shows no token.
func sameToken(t *testing.T, store auth.TokenStore, key string, want auth.RefreshToken) {
	t.Helper()
	got, err := store.LoadToken(t.Context(), key)
	must(t, "LoadToken", err)
	if got.Token != want.Token {
		t.Errorf("LoadToken(%q) returns another token (%d bytes) than was saved (%d bytes)", key, len(got.Token), len(want.Token))
	}
	if !got.Issued.Equal(want.Issued) {
		t.Errorf("LoadToken(%q): issued at %s, want %s", key, got.Issued, want.Issued)
	}
}

func noToken(t *testing.T, one, other auth.TokenStore) {
	_, err := one.LoadToken(t.Context(), "a")
	want(t, "LoadToken of an empty store", err, auth.ErrNoToken)
	must(t, "SaveToken", one.SaveToken(t.Context(), "a", auth.RefreshToken{Token: "token-a"}))
	got, err := other.LoadToken(t.Context(), "b")
	want(t, "LoadToken of another key", err, auth.ErrNoToken)
	if got != (auth.RefreshToken{}) {
		t.Error("LoadToken that fails returns a token")
	}
}

func tokenKept(t *testing.T, one, other auth.TokenStore) {
	for _, token := range []auth.RefreshToken{
		{Token: "plain", Issued: day(1)},
		{Token: "not known when", Issued: time.Time{}},
		{Token: auth.Secret(text), Issued: day(2).In(time.FixedZone("", 5*3600))},
		{Token: auth.Secret(large[:100_000]), Issued: day(3)},
	} {
		must(t, "SaveToken", one.SaveToken(t.Context(), "key", token))
		sameToken(t, other, "key", token)
	}
}

func newestToken(t *testing.T, one, other auth.TokenStore) {
	for i := range 10 {
		// The newest is the one that was saved last, whatever it says of itself.
		token := auth.RefreshToken{Token: auth.Secret(fmt.Sprint("token ", i)), Issued: day(-i)}
		must(t, "SaveToken", handle(i, one, other).SaveToken(t.Context(), "key", token))
		sameToken(t, one, "key", token)
		sameToken(t, other, "key", token)
	}
}

func keysApart(t *testing.T, one, other auth.TokenStore) {
	keys := []string{"a", "A", "a ", "a/b", "a%", "_", "ä", "株式会社", "'; drop table", strings.Repeat("long", 100)}
	for i, key := range keys {
		must(t, "SaveToken", one.SaveToken(t.Context(), key, auth.RefreshToken{Token: auth.Secret(fmt.Sprint("token ", i)), Issued: day(i)}))
	}
	for i, key := range keys {
		sameToken(t, other, key, auth.RefreshToken{Token: auth.Secret(fmt.Sprint("token ", i)), Issued: day(i)})
	}
}

func manyTokens(t *testing.T, one, other auth.TokenStore) {
	token := func(i int) auth.RefreshToken {
		return auth.RefreshToken{Token: auth.Secret(fmt.Sprint("token ", i)), Issued: day(i)}
	}
	// whole reports whether a token is one that somebody saved, with its time.
	whole := func(got auth.RefreshToken) bool {
		for i := range rivals {
			if got.Token == token(i).Token {
				return got.Issued.Equal(token(i).Issued)
			}
		}
		return false
	}
	var wg sync.WaitGroup
	for i := range rivals {
		wg.Go(func() {
			store := handle(i, one, other)
			for _, key := range []string{"shared", "shared", "shared", fmt.Sprint("key ", i)} {
				if err := store.SaveToken(t.Context(), key, token(i)); err != nil {
					t.Errorf("SaveToken: %v", err)
				}
				if got, err := store.LoadToken(t.Context(), "shared"); err != nil || !whole(got) {
					t.Errorf("LoadToken while others save: a token that nobody saved, or with the time of another one (error %v)", err)
				}
			}
		})
	}
	wg.Wait()
	for i := range rivals {
		sameToken(t, other, fmt.Sprint("key ", i), token(i))
	}
}

func cancelledToken(t *testing.T, one, other auth.TokenStore) {
	token := auth.RefreshToken{Token: "token", Issued: day(0)}
	must(t, "SaveToken", one.SaveToken(t.Context(), "key", token))
	ctx := cancelled(t)
	_, err := one.LoadToken(ctx, "key")
	want(t, "LoadToken with a cancelled context", err, context.Canceled)
	want(t, "SaveToken with a cancelled context", one.SaveToken(ctx, "key", auth.RefreshToken{Token: "next"}), context.Canceled)
	sameToken(t, other, "key", token)
}

func quietTokens(t *testing.T, one, other auth.TokenStore) {
	const secret = "refresh-0c3f9d"
	must(t, "SaveToken", one.SaveToken(t.Context(), "key", auth.RefreshToken{Token: secret}))
	ctx := cancelled(t)
	_, load := other.LoadToken(ctx, "key")
	_, none := other.LoadToken(t.Context(), "another")
	for _, err := range []error{load, none, one.SaveToken(ctx, "key", auth.RefreshToken{Token: secret})} {
		if strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) {
			t.Error("an error holds a refresh token")
		}
	}
}
