package auth_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/auth"
)

func TestRedactKnowsEverySecretOfTheCredentials(t *testing.T) {
	const secret, seed = "client~secret/with+signs", "seed~refresh~token"
	app, err := auth.NewApp(auth.AppConfig{Tenant: "fabrikam.example", ClientID: "app", ClientSecret: secret})
	if err != nil {
		t.Fatal(err)
	}
	user, err := auth.NewUser(auth.UserConfig{App: auth.AppConfig{Tenant: "fabrikam.example", ClientID: "app", ClientSecret: secret}, RefreshToken: seed})
	if err != nil {
		t.Fatal(err)
	}
	creds := auth.Credentials{App: app, AppUser: user.PartnerCenter()}
	text := "an echo of " + secret + " and " + url.QueryEscape(secret) + ", also " + seed
	if got := creds.Redact(text); strings.Contains(got, secret) || strings.Contains(got, seed) || strings.Contains(got, url.QueryEscape(secret)) || !strings.HasPrefix(got, "an echo of REDACTED") {
		t.Errorf("Redact = %q, want the secrets gone", got)
	}
	if got := (auth.Credentials{App: auth.Static("x")}).Redact("text"); got != "text" {
		t.Errorf("Redact by a source that keeps no secrets = %q, want the text", got)
	}
}
