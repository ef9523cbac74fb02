package partnercentertest_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

func TestEverySecretOfASignInIsKnownAndUnrecorded(t *testing.T) {
	s := with(GDAPRelationship("g1"))
	cert := certificate(ourKey(), -time.Hour, time.Hour)
	s.TrustCertificate(cert)
	header, claims := own(cert)
	assertion := sign(header, claims, ourKey())
	prove(t, s, assertion)
	s.Inject(Fault{Path: "/token", Status: 503}) // what is not handled was sent nevertheless
	claims["jti"] = "unheard"
	unheard := sign(header, claims, ourKey())
	prove(t, s, unheard)

	code := back(t, authorize(t, s, "login_hint", "ada@partner.example", "client_secret", ClientSecret)).Get("code")
	tokens := redeem(t, s, code)
	device := startDevice(t, s, partnerScope+" openid offline_access")
	if err := s.ApproveDevice(device.text(t, "user_code")); err != nil {
		t.Fatal(err)
	}
	polled := poll(t, s, device.text(t, "device_code"))

	secrets := s.Secrets()
	for what, secret := range map[string]string{
		"client secret": ClientSecret, "assertion": assertion, "unheard assertion": unheard, "code": code, "verifier": verifier,
		"access token": tokens.text(t, "access_token"), "ID token": tokens.text(t, "id_token"), "refresh token": tokens.text(t, "refresh_token"),
		"device code": device.text(t, "device_code"), "refresh token of the device": polled.text(t, "refresh_token"),
		"access token of the device": polled.text(t, "access_token"), "ID token of the device": polled.text(t, "id_token"),
	} {
		if !slices.Contains(secrets, secret) {
			t.Errorf("Secrets() lacks the %s", what)
		}
	}
	for _, r := range s.Requests() {
		if r.Service != "entra" {
			t.Errorf("%s %s is recorded as %s", r.Method, r.Path, r.Service)
		}
		body, _ := url.QueryUnescape(string(r.Body))
		query, _ := url.QueryUnescape(r.RawQuery)
		for _, secret := range append(secrets, "ada@partner.example") {
			if strings.Contains(body+query+r.Path, secret) {
				t.Errorf("the record of %s %s holds a secret", r.Method, r.Path)
			}
		}
	}
}

func TestRecordsOfEntraShowWhatIsNotSecret(t *testing.T) {
	s := with()
	tokenReply(t, s, url.Values{})
	authorize(t, s)
	log := s.Requests()
	body, _ := url.ParseQuery(string(log[0].Body))
	if len(body) != 3 || body.Get("grant_type") != "client_credentials" || body.Get("scope") != partnerScope || body.Get("client_id") != ClientID {
		t.Errorf("body of the token request = %v", body)
	}
	query, _ := url.ParseQuery(log[1].RawQuery)
	for k, v := range authorization() {
		if query.Get(k) != v[0] {
			t.Errorf("%s of the authorization = %q, want %q", k, query.Get(k), v[0])
		}
	}
}
