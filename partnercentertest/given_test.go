package partnercentertest_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

func TestTheGivenTokensNeedNoSignInUntilTokensExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with(License(sub1))
		s.TokenLife = time.Minute
		app, user, graph := &client{t: t, s: s, access: AppToken}, &client{t: t, s: s, access: UserToken}, &client{t: t, s: s, access: GraphToken}
		entitlements := "/v1/customers/" + contoso + "/entitlements"
		time.Sleep(365 * 24 * time.Hour)
		want(t, "app", app.get("/v1/customers"), 200, "")
		want(t, "app on a user-only read", app.get(entitlements), 403, "900329")
		want(t, "user", user.get(entitlements), 200, "")
		want(t, "Graph", graph.get(relationships), 200, "")
		want(t, "Graph token on Partner Center", graph.get("/v1/customers"), 401, "800001")
		if log := s.Requests(); log[0].Header.Get("Authorization") != "app" || log[2].Header.Get("Authorization") != "user" || log[3].Header.Get("Authorization") != "graph" {
			t.Errorf("the records show %q, %q, %q", log[0].Header["Authorization"], log[2].Header["Authorization"], log[3].Header["Authorization"])
		}
		s.ExpireTokens()
		want(t, "expired app", app.get("/v1/customers"), 401, "800001")
		want(t, "expired user", user.get(entitlements), 401, "800001")
		want(t, "expired Graph", graph.get(relationships), 401, "")
	})
}

func TestTheGivenTokensAreSecrets(t *testing.T) {
	secrets := with().Secrets()
	for _, token := range []string{AppToken, UserToken, GraphToken} {
		if !slices.Contains(secrets, token) {
			t.Errorf("Secrets() is without %s", token)
		}
	}
}
