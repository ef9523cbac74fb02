package partnercentertest_test

import (
	"cmp"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

const (
	jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	tokenURL  = login + "/" + TenantID + "/oauth2/v2.0/token"
)

// Making a key takes a tenth of a second, so the tests share two.
var (
	ourKey   = sync.OnceValue(newKey)
	otherKey = sync.OnceValue(newKey)
)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// certificate returns a self-signed certificate that is valid between two
// points of time, as seen from now.
func certificate(key *rsa.PrivateKey, from, until time.Duration) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	template := &x509.Certificate{SerialNumber: serial, NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(until)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return cert
}

// sign returns a JWT of header and claims.
func sign(header, claims map[string]any, key *rsa.PrivateKey) string {
	encode := base64.RawURLEncoding.EncodeToString
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	text := encode(h) + "." + encode(c)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if header["alg"] == "PS256" {
		signature, err = rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	}
	if err != nil {
		panic(err)
	}
	return text + "." + encode(signature)
}

func thumbprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// own returns header and claims of an assertion that the application makes.
func own(cert *x509.Certificate) (header, claims map[string]any) {
	now := time.Now()
	header = map[string]any{"typ": "JWT", "alg": "PS256", "x5t#S256": thumbprint(cert)}
	claims = map[string]any{
		"aud": tokenURL, "iss": ClientID, "sub": ClientID, "jti": rand.Text(), "nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}
	return header, claims
}

// prove asks for tokens with an assertion.
func prove(t *testing.T, s *Server, assertion string) reply {
	t.Helper()
	return tokenReply(t, s, url.Values{"client_secret": {""}, "client_assertion": {assertion}, "client_assertion_type": {jwtBearer}})
}

func TestACertificateReplacesTheSecret(t *testing.T) {
	s := with()
	s.SecretExpired = true // which is nothing to a certificate
	cert := certificate(ourKey(), -time.Hour, time.Hour)
	s.TrustCertificate(cert)
	sum1, sum256 := sha1.Sum(cert.Raw), sha256.Sum256(cert.Raw)
	tests := []struct {
		name   string
		header map[string]any
		claims map[string]any
	}{
		{"PS256", nil, nil},
		{"PS256 with standard base64", map[string]any{"x5t#S256": base64.StdEncoding.EncodeToString(sum256[:])}, nil},
		{"RS256", map[string]any{"alg": "RS256", "x5t": base64.RawURLEncoding.EncodeToString(sum1[:])}, nil},
		{"RS256 with standard base64", map[string]any{"alg": "RS256", "x5t": base64.StdEncoding.EncodeToString(sum1[:])}, nil},
		{"the v1 endpoint as audience", nil, map[string]any{"aud": login + "/" + TenantID + "/oauth2/token"}},
		{"ten minutes", nil, map[string]any{"exp": time.Now().Add(10 * time.Minute).Unix()}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header, claims := own(cert)
			maps.Copy(header, tt.header)
			maps.Copy(claims, tt.claims)
			if r := prove(t, s, sign(header, claims, ourKey())); r.Status != 200 {
				t.Errorf("token = %d %s, want 200", r.Status, r.Raw)
			}
		})
	}
}

func TestAssertionsAreVerified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cert, stranger := certificate(ourKey(), -time.Hour, time.Hour), certificate(otherKey(), -time.Hour, time.Hour)
		old, early := certificate(ourKey(), -time.Hour, -time.Second), certificate(ourKey(), time.Second, time.Hour)
		at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
		tests := []struct {
			name   string
			header map[string]any
			claims map[string]any
			key    *rsa.PrivateKey // nil = ours
			number int
		}{
			{"unknown certificate", map[string]any{"x5t#S256": thumbprint(stranger)}, nil, otherKey(), 700027},
			{"no thumbprint", map[string]any{"x5t#S256": ""}, nil, nil, 700027},
			{"another key", nil, nil, otherKey(), 700027},
			{"no algorithm", map[string]any{"alg": "none"}, nil, nil, 700027},
			{"the thumbprint of the other algorithm", map[string]any{"alg": "RS256"}, nil, nil, 700027},
			{"expired certificate", map[string]any{"x5t#S256": thumbprint(old)}, nil, nil, 700027},
			{"certificate of the future", map[string]any{"x5t#S256": thumbprint(early)}, nil, nil, 700027},
			{"another issuer", nil, map[string]any{"iss": contoso}, nil, 700211},
			{"another subject", nil, map[string]any{"sub": contoso}, nil, 700021},
			{"another audience", nil, map[string]any{"aud": login + "/" + contoso + "/oauth2/v2.0/token"}, nil, 700023},
			{"another host", nil, map[string]any{"aud": "https://login.microsoftonline.us/" + TenantID + "/oauth2/v2.0/token"}, nil, 700023},
			{"no audience", nil, map[string]any{"aud": nil}, nil, 700023},
			{"expired", nil, map[string]any{"exp": at(0)}, nil, 700024},
			{"too long", nil, map[string]any{"exp": at(10*time.Minute + time.Second)}, nil, 700024},
			{"no expiry", nil, map[string]any{"exp": nil}, nil, 700024},
			{"not yet", nil, map[string]any{"nbf": at(time.Second)}, nil, 700024},
			{"no beginning", nil, map[string]any{"nbf": nil}, nil, 700024},
			{"no ID", nil, map[string]any{"jti": ""}, nil, 700027},
			{"a time that is no number", nil, map[string]any{"exp": "soon"}, nil, 700027},
		}
		for _, tt := range tests {
			s := with()
			for _, c := range []*x509.Certificate{cert, old, early} {
				s.TrustCertificate(c)
			}
			header, claims := own(cert)
			maps.Copy(header, tt.header)
			maps.Copy(claims, tt.claims)
			wantDenied(t, tt.name, prove(t, s, sign(header, claims, cmp.Or(tt.key, ourKey()))), 401, "invalid_client", tt.number)
		}
	})
}

func TestACertificateIsRefusedOnceItHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		cert := certificate(ourKey(), 0, time.Minute)
		s.TrustCertificate(cert)
		try := func() reply {
			header, claims := own(cert)
			return prove(t, s, sign(header, claims, ourKey()))
		}
		time.Sleep(time.Minute)
		if r := try(); r.Status != 200 {
			t.Errorf("in its last second = %d %s, want 200", r.Status, r.Raw)
		}
		time.Sleep(time.Second)
		wantDenied(t, "after that", try(), 401, "invalid_client", 700027)
	})
}

func TestAnAssertionIsGoodForOneRequest(t *testing.T) {
	s := with()
	cert := certificate(ourKey(), -time.Hour, time.Hour)
	s.TrustCertificate(cert)
	header, claims := own(cert)
	if r := prove(t, s, sign(header, claims, otherKey())); r.Status != 401 {
		t.Fatalf("bad signature = %d, want 401", r.Status)
	}
	once := sign(header, claims, ourKey())
	if r := prove(t, s, once); r.Status != 200 {
		t.Errorf("first use = %d %s, want 200: a refused assertion does not use up its ID", r.Status, r.Raw)
	}
	wantDenied(t, "second use", prove(t, s, once), 401, "invalid_client", 700027)
	claims["exp"] = time.Now().Add(time.Minute).Unix()
	wantDenied(t, "the same ID in another assertion", prove(t, s, sign(header, claims, ourKey())), 401, "invalid_client", 700027)
}

func TestASkewedClockRefusesAssertions(t *testing.T) {
	for skew, status := range map[time.Duration]int{
		-time.Second: 401, 0: 200, 5*time.Minute - time.Second: 200, 5 * time.Minute: 401, -5*time.Minute - time.Second: 401,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := with()
			s.ClockSkew = skew
			cert := certificate(ourKey(), -time.Hour, time.Hour)
			s.TrustCertificate(cert)
			header, claims := own(cert)
			r := prove(t, s, sign(header, claims, ourKey()))
			if r.Status != status {
				t.Errorf("with a clock %v ahead = %d %s, want %d", skew, r.Status, r.Raw, status)
			}
			if status == 401 {
				wantDenied(t, "the refusal", r, 401, "invalid_client", 700024)
			}
		})
	}
}

func TestAnAssertionNeedsItsType(t *testing.T) {
	s := with()
	cert := certificate(ourKey(), -time.Hour, time.Hour)
	s.TrustCertificate(cert)
	header, claims := own(cert)
	for _, kind := range []string{"", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"} {
		r := tokenReply(t, s, url.Values{"client_secret": {""}, "client_assertion": {sign(header, claims, ourKey())}, "client_assertion_type": {kind}})
		wantDenied(t, "type "+kind, r, 401, "invalid_client", 7000218)
	}
	for _, text := range []string{"x", "a.b", "a.b.c", "e30.e30.", "....", "e30.W10.e30"} {
		if r := prove(t, s, text); r.Status != 401 {
			t.Errorf("assertion %q = %d %s, want 401", text, r.Status, r.Raw)
		}
	}
}

// On a port the audience is what the client calls, whatever its host.
func TestTheAudienceIsTheAddressThatWasCalled(t *testing.T) {
	s := with()
	cert := certificate(ourKey(), -time.Hour, time.Hour)
	s.TrustCertificate(cert)
	web := httptest.NewServer(s)
	defer web.Close()
	header, claims := own(cert)
	claims["aud"] = web.URL + "/" + TenantID + "/oauth2/v2.0/token"
	res, err := http.PostForm(web.URL+"/"+TenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {ClientID}, "scope": {partnerScope},
		"client_assertion": {sign(header, claims, ourKey())}, "client_assertion_type": {jwtBearer},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("token = %s, want 200", res.Status)
	}
}

func TestOtherKeysThanRSAAreAPanic(t *testing.T) {
	for name, trust := range map[string]func(*Server){
		"TrustCertificate": func(s *Server) { s.TrustCertificate(&x509.Certificate{PublicKey: ed25519.PublicKey{}}) },
		"TrustIssuer":      func(s *Server) { s.TrustIssuer("issuer", "subject", ed25519.PublicKey{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s took an Ed25519 key", name)
				}
			}()
			trust(with())
		}()
	}
}

// Whatever a client sends in place of an assertion, only a signed one opens.
func FuzzAssertion(f *testing.F) {
	cert := certificate(ourKey(), -time.Hour, time.Hour)
	header, claims := own(cert)
	for _, text := range []string{sign(header, claims, otherKey()), "..", "e30.e30.", "e30.eyJhdWQiOltdfQ.", "e30.eyJhdWQiOls3XX0.x", "e30.eyJleHAiOjFlOTl9."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, assertion string) {
		s := with()
		s.TrustCertificate(cert)
		s.TrustIssuer(cluster, workload, ourKey().Public())
		if r := prove(t, s, assertion); r.Status != 401 {
			t.Errorf("assertion %q = %d %s, want 401", assertion, r.Status, r.Raw)
		}
	})
}

// The keys and certificates of this example are made as an application makes
// them; the assertion is what auth libraries send.
func ExampleServer_TrustCertificate() {
	fake := New()
	cert := certificate(ourKey(), -time.Hour, time.Hour)
	fake.TrustCertificate(cert)

	header, claims := own(cert)
	form := url.Values{
		"grant_type": {"client_credentials"}, "scope": {partnerScope}, "client_id": {ClientID},
		"client_assertion_type": {jwtBearer}, "client_assertion": {sign(header, claims, ourKey())},
	}
	for range 2 {
		res, err := (&http.Client{Transport: fake}).PostForm(tokenURL, form)
		if err != nil {
			fmt.Println(err)
			return
		}
		res.Body.Close()
		fmt.Println(res.Status)
	}
	// Output:
	// 200 OK
	// 401 Unauthorized
}
