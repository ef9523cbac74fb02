package auth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercentertest"
)

// at describes the emulator's app registration, without a proof.
func at(fake http.RoundTripper) auth.AppConfig {
	return auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		HTTPClient: &http.Client{Transport: fake},
	}
}

// withSecret is at with the client secret.
func withSecret(fake http.RoundTripper) auth.AppConfig {
	cfg := at(fake)
	cfg.ClientSecret = partnercentertest.ClientSecret
	return cfg
}

// Making a key takes a tenth of a second, so the tests share one.
var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// selfSigned returns a certificate of testKey that is valid between two times
// from now.
func selfSigned(t *testing.T, from, until time.Duration) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(until)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, testKey().Public(), testKey())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// pemText returns testKey and a certificate of it as a file holds them.
func pemText() []byte {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, testKey().Public(), testKey())
	if err != nil {
		panic(err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(testKey())})
	return append(key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
}

// federated returns a token of a foreign identity provider, as it would put it
// into a file.
func federated(t *testing.T, subject string, life time.Duration) string {
	t.Helper()
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(map[string]any{"alg": "RS256", "typ": "JWT"}) + "." + part(map[string]any{
		"iss": "https://cluster.example", "sub": subject, "aud": "api://AzureADTokenExchange",
		"iat": time.Now().Unix(), "nbf": time.Now().Unix(), "exp": time.Now().Add(life).Unix(),
	})
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, testKey(), 5 /* SHA-256 */, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// good fails unless the source gives a token.
func good(t *testing.T, src auth.TokenSource, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if token, err := src.Token(t.Context()); err != nil || token.AccessToken == "" {
		t.Errorf("Token() = %v, want a token", err)
	}
}

// bad fails unless the source refuses with the sentinel and says what to do.
func bad(t *testing.T, src auth.TokenSource, want error, advice string) {
	t.Helper()
	_, err := src.Token(t.Context())
	if !errors.Is(err, want) || !strings.Contains(err.Error(), advice) {
		t.Errorf("Token() error = %v, want %v with %q", err, want, advice)
	}
}

func TestACertificateProvesTheApp(t *testing.T) {
	for name, proof := range map[string]auth.Certificate{
		"PS256":          {},
		"RS256":          {RS256: true},
		"with its chain": {SendChain: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cert := selfSigned(t, -time.Hour, 365*24*time.Hour)
				fake := partnercentertest.New()
				fake.TrustCertificate(cert)
				proof.Signer, proof.Chain = testKey(), []*x509.Certificate{cert}
				wire := &tap{next: fake}
				cfg := at(wire)
				cfg.Certificate = &proof
				app, err := auth.NewApp(cfg)
				good(t, app, err)
				header, err := base64.RawURLEncoding.DecodeString(strings.Split(wire.forms[0].Get("client_assertion"), ".")[0])
				chain := base64.StdEncoding.EncodeToString(cert.Raw)
				if err != nil || strings.Contains(string(header), `"x5c":["`+chain+`"]`) != proof.SendChain {
					t.Errorf("header = %s, %v, want the chain: %v", header, err, proof.SendChain)
				}
				time.Sleep(2 * time.Hour) // the emulator refuses an assertion that it has seen
				good(t, app, nil)
				user, err := auth.NewUser(auth.UserConfig{App: cfg, RefreshToken: partnercentertest.RefreshToken})
				if err != nil {
					t.Fatal(err)
				}
				good(t, user.PartnerCenter(), nil)
				good(t, user.Graph(), nil)
			})
		})
	}
}

func TestEachAttemptHasAnAssertionOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New()
		cert := selfSigned(t, -time.Hour, time.Hour)
		fake.TrustCertificate(cert)
		// The first answer is lost after the authority has seen the assertion.
		fake.Inject(partnercentertest.Fault{Path: "/oauth2/", Cut: true})
		cfg := at(fake)
		cfg.Certificate = &auth.Certificate{Signer: testKey(), Chain: []*x509.Certificate{cert}}
		app, err := auth.NewApp(cfg)
		good(t, app, err)
	})
}

func TestAReplayedAssertionIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New()
		cert := selfSigned(t, -time.Hour, time.Hour)
		fake.TrustCertificate(cert)
		wire := &tap{next: fake}
		cfg := at(wire)
		cfg.Certificate = &auth.Certificate{Signer: testKey(), Chain: []*x509.Certificate{cert}}
		app, err := auth.NewApp(cfg)
		good(t, app, err)
		replay := at(fake)
		replay.Assertion = func(context.Context) (string, error) { return wire.forms[0].Get("client_assertion"), nil }
		thief, err := auth.NewApp(replay)
		if err != nil {
			t.Fatal(err)
		}
		bad(t, thief, auth.ErrMisconfigured, "certificate")
	})
}

// tap keeps the forms that pass.
type tap struct {
	next  http.RoundTripper
	forms []url.Values
}

func (w *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	w.forms = append(w.forms, form)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return w.next.RoundTrip(r)
}

func TestCertificatesThatProveNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		from, until time.Duration
		stranger    bool
		skew        time.Duration // how far the authority's clock is ahead
		advice      string
		requests    int
	}{
		"not registered": {from: -time.Hour, until: time.Hour, stranger: true, advice: "not the one registered", requests: 1},
		"expired":        {from: -2 * time.Hour, until: -time.Hour, advice: "expired on"},
		"not valid yet":  {from: time.Hour, until: 2 * time.Hour, advice: "check the clock"},
		"clock behind":   {from: -time.Hour, until: time.Hour, skew: 20 * time.Minute, advice: "check the clock", requests: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, cert := partnercentertest.New(), selfSigned(t, tt.from, tt.until)
				if !tt.stranger {
					fake.TrustCertificate(cert)
				}
				fake.ClockSkew = tt.skew
				cfg := at(fake)
				cfg.Certificate = &auth.Certificate{Signer: testKey(), Chain: []*x509.Certificate{cert}}
				app, err := auth.NewApp(cfg)
				if err != nil {
					t.Fatal(err)
				}
				bad(t, app, auth.ErrMisconfigured, tt.advice)
				if n := len(fake.Requests()); n != tt.requests {
					t.Errorf("%d requests were sent, want %d", n, tt.requests)
				}
			})
		})
	}
}

func TestParseCertificate(t *testing.T) {
	cert := selfSigned(t, -time.Hour, time.Hour)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(testKey())
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	certificate, key := block("CERTIFICATE", cert.Raw), block("PRIVATE KEY", pkcs8)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ text, want string }{
		"certificate, then key":      {certificate + key, ""},
		"key, then certificate":      {key + "comment\n" + certificate, ""},
		"PKCS #1":                    {block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(testKey())) + certificate, ""},
		"nothing":                    {"", "no private key"},
		"key only":                   {key, "Chain is empty"},
		"certificate only":           {certificate, "no private key"},
		"key of another":             {certificate + block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(other)), "does not begin with"},
		"two keys":                   {key + key + certificate, "more than one"},
		"encrypted":                  {certificate + block("ENCRYPTED PRIVATE KEY", pkcs8), "encrypted"},
		"a key that is none":         {certificate + block("PRIVATE KEY", []byte("secret bytes")), "no RSA key"},
		"a certificate that is none": {block("CERTIFICATE", []byte("x")) + key, "cannot be read"},
	} {
		c, err := auth.ParseCertificate([]byte(tt.text))
		switch {
		case tt.want == "" && (err != nil || !c.Chain[0].Equal(cert)):
			t.Errorf("%s: ParseCertificate() = %v, want the certificate first", name, err)
		case tt.want != "" && (err == nil || c != nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: ParseCertificate() = %v, error %v, want no certificate and %q", name, c, err, tt.want)
		}
	}
}

func TestAFederatedTokenProvesTheAppAndIsReadAnewEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New()
		fake.TrustIssuer("https://cluster.example", "system:serviceaccount:billing:cspkit", testKey().Public())
		path := filepath.Join(t.TempDir(), "token")
		write := func(text string) {
			if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(federated(t, "system:serviceaccount:billing:cspkit", time.Hour))
		cfg := at(fake)
		cfg.Assertion = auth.FileAssertion(path)
		app, err := auth.NewApp(cfg)
		good(t, app, err)

		time.Sleep(2 * time.Hour) // the file is stale now
		bad(t, app, auth.ErrMisconfigured, "clock")
		write(federated(t, "system:serviceaccount:billing:cspkit", time.Hour))
		time.Sleep(time.Minute)
		good(t, app, nil)

		write(federated(t, "somebody:else", time.Hour))
		stranger, err := auth.NewApp(cfg)
		if err != nil {
			t.Fatal(err)
		}
		bad(t, stranger, auth.ErrMisconfigured, "federated credential")

		before := len(fake.Requests())
		write("no token")
		if _, err := stranger.Token(t.Context()); err == nil || strings.Contains(err.Error(), "no token\n") {
			t.Errorf("Token() error = %v, want one that does not repeat the file", err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if _, err := stranger.Token(t.Context()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Token() error = %v, want os.ErrNotExist", err)
		}
		if n := len(fake.Requests()) - before; n != 0 {
			t.Errorf("%d requests were sent without an assertion", n)
		}
	})
}

func TestTheAppProvesItselfInOneWay(t *testing.T) {
	cfg := withSecret(nil)
	cfg.Assertion = auth.FileAssertion("token")
	if _, err := auth.NewApp(cfg); err == nil || !strings.Contains(err.Error(), "more than one") {
		t.Errorf("NewApp() with two proofs: error = %v", err)
	}
	cfg = at(nil)
	cfg.Certificate = new(auth.Certificate)
	if _, err := auth.NewApp(cfg); err == nil || !strings.Contains(err.Error(), "Signer") {
		t.Errorf("NewApp() with an empty certificate: error = %v", err)
	}
	cfg.Certificate = &auth.Certificate{Signer: testKey(), Chain: []*x509.Certificate{selfSigned(t, -time.Hour, time.Hour), nil}, SendChain: true}
	if _, err := auth.NewApp(cfg); err == nil || !strings.Contains(err.Error(), "holds nil") {
		t.Errorf("NewApp() with a hole in the chain: error = %v", err)
	}
}

func FuzzParseCertificate(f *testing.F) {
	f.Add(pemText())
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := auth.ParseCertificate(text); (c == nil) == (err == nil) {
			t.Errorf("ParseCertificate() = %v, %v, want one of them", c, err)
		}
	})
}

func TestWhatTheAuthorityRefusesSaysWhatToDo(t *testing.T) {
	for name, tt := range map[string]struct {
		set    func(*partnercentertest.Server)
		change func(*auth.AppConfig)
		want   error
		advice string
	}{
		"wrong secret":       {nil, func(c *auth.AppConfig) { c.ClientSecret = "an-old-secret" }, auth.ErrMisconfigured, "secret is wrong"},
		"expired secret":     {func(s *partnercentertest.Server) { s.SecretExpired = true }, nil, auth.ErrMisconfigured, "has expired"},
		"wrong app":          {nil, func(c *auth.AppConfig) { c.ClientID = partnercentertest.TenantID }, auth.ErrMisconfigured, "ClientID"},
		"wrong tenant":       {nil, func(c *auth.AppConfig) { c.Tenant = "nobody.example" }, auth.ErrTenant, "tenant"},
		"wrong resource":     {nil, func(c *auth.AppConfig) { c.Cloud = auth.Public(); c.Cloud.Resource = "https://other.example" }, auth.ErrMisconfigured, "Cloud.Resource"},
		"consent missing":    {func(s *partnercentertest.Server) { s.NoConsent = true }, nil, auth.ErrConsentRequired, "administrator"},
		"MFA demanded":       {func(s *partnercentertest.Server) { s.MFAChallenge = true }, nil, auth.ErrMFARequired, "multi-factor"},
		"Conditional Access": {func(s *partnercentertest.Server) { s.ConditionalAccess = true }, nil, auth.ErrConditionalAccess, "policy"},
		"revoked":            {func(s *partnercentertest.Server) { s.RevokeRefreshTokens() }, nil, auth.ErrSignInAgain, "sign in again"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := partnercentertest.New()
			if tt.set != nil {
				tt.set(fake)
			}
			cfg := withSecret(fake)
			if tt.change != nil {
				tt.change(&cfg)
			}
			user, err := auth.NewUser(auth.UserConfig{App: cfg, RefreshToken: partnercentertest.RefreshToken})
			if err != nil {
				t.Fatal(err)
			}
			bad(t, user.PartnerCenter(), tt.want, tt.advice)
			for _, hidden := range fake.Secrets() {
				if _, err := user.PartnerCenter().Token(t.Context()); strings.Contains(err.Error(), hidden) {
					t.Errorf("the error shows a secret")
				}
			}
		})
	}
}

func TestARefreshTokenLivesAsLongAsItIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New()
		fake.StrictRotation = true
		store := new(auth.MemoryTokenStore)
		var log strings.Builder
		newUser := func() *auth.User {
			user, err := auth.NewUser(auth.UserConfig{App: withSecret(fake), RefreshToken: partnercentertest.RefreshToken, Store: store, Logger: textLogger(&log)})
			if err != nil {
				t.Fatal(err)
			}
			return user
		}
		user := newUser()
		if dies, err := user.RefreshTokenExpires(t.Context()); err != nil || !dies.IsZero() {
			t.Errorf("RefreshTokenExpires() of a seed = %s, %v, want unknown", dies, err)
		}
		for range 3 { // each after most of its life
			time.Sleep(80 * 24 * time.Hour)
			good(t, user.PartnerCenter(), nil)
			if dies, err := user.RefreshTokenExpires(t.Context()); err != nil || time.Until(dies) != auth.RefreshTokenLife {
				t.Errorf("RefreshTokenExpires() = in %s, %v, want in %s", time.Until(dies), err, auth.RefreshTokenLife)
			}
		}
		fake.StrictRotation = false // no new one comes back any more
		time.Sleep(80 * 24 * time.Hour)
		good(t, newUser().PartnerCenter(), nil)
		if !strings.Contains(log.String(), "grows old") {
			t.Error("nobody was warned of a refresh token in its last ten days")
		}
		time.Sleep(11 * 24 * time.Hour)
		bad(t, newUser().PartnerCenter(), auth.ErrSignInAgain, "sign in again")
	})
}

func TestOneRefreshTokenServesACustomersTenantToo(t *testing.T) {
	const contoso, stranger, closed = "b44bb1fb-c595-45b0-9e09-d657365580bf", "1f0a6c5e-3b52-4d0c-8a7e-5b1d2c9f4e01", "2f0a6c5e-3b52-4d0c-8a7e-5b1d2c9f4e02"
	gdap := func(id string) partnercentertest.Item { return partnercentertest.GDAPRelationship(id) }
	fake := partnercentertest.New(
		partnercentertest.Customer{ID: contoso}.With(gdap("one")),
		partnercentertest.Customer{ID: stranger},
		partnercentertest.Customer{ID: closed, NoAppConsent: true}.With(gdap("two")),
	)
	fake.StrictRotation = true
	user, err := auth.NewUser(auth.UserConfig{App: withSecret(fake), RefreshToken: partnercentertest.RefreshToken})
	if err != nil {
		t.Fatal(err)
	}
	source, err := user.CustomerGraph(contoso)
	good(t, source, err)
	good(t, user.PartnerCenter(), nil) // with the refresh token that the customer's tenant gave
	for tenant, want := range map[string]error{stranger: auth.ErrUser, closed: auth.ErrConsentRequired} {
		source, err := user.CustomerGraph(tenant)
		if err != nil {
			t.Fatal(err)
		}
		bad(t, source, want, "")
	}
	if _, err := user.CustomerGraph("common"); err == nil {
		t.Error("CustomerGraph(common) gave no error")
	}
}

func TestALoopOfRequestsIsPausedForLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &endpoint{answers: []answer{refused(400, "invalid_grant", "50196"), token("at1")}}
		src := newApp(t, fake)
		for range 3 {
			if _, err := src.Token(t.Context()); !errors.Is(err, auth.ErrTransient) {
				t.Errorf("Token() error = %v, want ErrTransient", err)
			}
			time.Sleep(9 * time.Second)
		}
		wantRequests(t, fake, 1)
		time.Sleep(3 * time.Second)
		want(t, src, "at1")
	})
}

func TestARefusalIsSharedForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New()
		fake.SecretExpired = true
		app, err := auth.NewApp(withSecret(fake))
		if err != nil {
			t.Fatal(err)
		}
		for range 1000 { // one after the other: nothing is under way that they could join
			bad(t, app, auth.ErrMisconfigured, "has expired")
		}
		if n := len(fake.Requests()); n != 1 {
			t.Errorf("%d requests were sent, want one", n)
		}
		fake.SecretExpired = false
		time.Sleep(time.Second)
		good(t, app, nil)
	})
}
