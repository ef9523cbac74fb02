package auth_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/cspkit/cspkit/auth"
)

// Every type that holds a secret, each way that Go code prints one.
func TestNothingPrintsASecret(t *testing.T) {
	synctest.Test(t, nothingPrintsASecret)
}

func nothingPrintsASecret(t *testing.T) {
	fake := &endpoint{answers: []answer{rotated(secret, seed+"-2")}}
	app, store := newApp(t, fake), new(auth.MemoryTokenStore)
	user := newUser(t, fake, store)
	want(t, app, secret)
	want(t, user.PartnerCenter(), secret)
	synctest.Wait() // fmt looks into locks, which the fetches must have released
	fromOAuth2 := auth.FromOAuth2(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: secret}))
	file := auth.NewFileTokenStore(filepath.Join(t.TempDir(), "tokens.json"))
	if err := file.SaveToken(t.Context(), "key", auth.RefreshToken{Token: seed}); err != nil {
		t.Fatal(err)
	}
	proof := &auth.Certificate{Signer: testKey(), Chain: []*x509.Certificate{selfSigned(t, -time.Hour, time.Hour)}}
	certified := appConfig(fake)
	certified.ClientSecret, certified.Certificate = "", proof
	certifiedApp, err := auth.NewApp(certified)
	if err != nil {
		t.Fatal(err)
	}
	flow, err := auth.NewAuthorization(appConfig(fake), "http://localhost:8400")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{
		"Certificate":        *proof,
		"Certificate ptr":    proof,
		"app with one":       certifiedApp,
		"AppConfig with one": certified,
		"Authorization":      flow,
		"RefreshToken":       auth.RefreshToken{Token: seed},
		"SignIn":             auth.SignIn{RefreshToken: auth.RefreshToken{Token: seed}},
		"SignIn ptr":         &auth.SignIn{RefreshToken: auth.RefreshToken{Token: seed}},
		"Secret":             auth.Secret(secret),
		"AppConfig":          appConfig(fake),
		"UserConfig":         auth.UserConfig{App: appConfig(fake), RefreshToken: seed, Store: store},
		"app":                app,
		"User":               user,
		"User value":         *user,
		"PartnerCenter":      user.PartnerCenter(),
		"Static":             auth.Static(secret),
		"FromOAuth2":         fromOAuth2,
		"ToOAuth2":           auth.ToOAuth2(t.Context(), auth.Static(secret)),
		"Credentials":        auth.Credentials{App: app, AppUser: user.PartnerCenter(), Graph: auth.Static(secret)},
		"Credentials ptr":    &auth.Credentials{App: app, Graph: auth.Static(secret)},
		"in a struct": struct {
			app, static, from auth.TokenSource
			user              *auth.User
			store             *auth.MemoryTokenStore
			to                oauth2.TokenSource
			creds             auth.Credentials
		}{app, auth.Static(secret), fromOAuth2, user, store, auth.ToOAuth2(t.Context(), auth.Static(secret)), auth.Credentials{App: app, Graph: fromOAuth2}},
		"MemoryStore":    store,
		"FileStore":      file,
		"error with one": fmt.Errorf("wrong: %v", auth.Secret(secret)),
		"Secrets in a map": map[string]auth.Secret{
			"a": secret,
		},
	}
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%t", "%b", "%o", "%O", "%c", "%U", "%e", "%z", "%10.3v", "%-20s"}
	for name, v := range values {
		var printed strings.Builder
		for _, verb := range verbs {
			fmt.Fprintf(&printed, verb+"\n", v)
		}
		fmt.Fprintln(&printed, v)
		if b, err := json.Marshal(v); err == nil { // AppConfig holds a client, which JSON cannot
			printed.Write(b)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		printed.Write(log.Bytes())
		for _, hidden := range []string{testKey().D.String(), fmt.Sprintf("%x", testKey().D), secret, seed, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), fmt.Sprintf("% x", secret), fmt.Sprintf("%x", seed)} {
			if strings.Contains(printed.String(), hidden) {
				t.Errorf("%s prints %q:\n%s", name, hidden, printed.String())
			}
		}
	}
}

func TestSecretReveals(t *testing.T) {
	var s auth.Secret
	if err := json.Unmarshal([]byte(`"abc"`), &s); err != nil || s.Reveal() != "abc" {
		t.Errorf("Reveal() = %q, %v, want abc", s.Reveal(), err)
	}
}
