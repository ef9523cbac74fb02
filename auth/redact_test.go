package auth_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/auth"
)

func TestRedactKnowsEverySecretOfTheCredentials(t *testing.T) {
	const secret, seed = "client~secret/with+signs and spaces", "seed~refresh~token"
	app, err := auth.NewApp(auth.AppConfig{Tenant: "fabrikam.example", ClientID: "app", ClientSecret: secret})
	if err != nil {
		t.Fatal(err)
	}
	user, err := auth.NewUser(auth.UserConfig{App: auth.AppConfig{Tenant: "fabrikam.example", ClientID: "app", ClientSecret: secret}, RefreshToken: seed})
	if err != nil {
		t.Fatal(err)
	}
	creds := auth.Credentials{App: app, AppUser: user.PartnerCenter()}
	text := strings.Join([]string{"an echo of", secret, url.QueryEscape(secret), url.PathEscape(secret), seed}, " ")
	if got, want := creds.Redact(text), "an echo of REDACTED REDACTED REDACTED REDACTED"; got != want {
		t.Errorf("Redact = %q, want %q", got, want)
	}
	if got := (auth.Credentials{App: auth.Static("x")}).Redact("text"); got != "text" {
		t.Errorf("Redact by a source that keeps no secrets = %q, want the text", got)
	}
}
