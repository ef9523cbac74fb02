package partnercentertest

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" // x5t is a SHA-1 by its definition, RFC 7515, section 4.1.7
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// assertionLife is how far ahead an assertion may expire.
const assertionLife = 10 * time.Minute

// TrustCertificate registers a certificate of the application. An assertion
// that its key signed then does what the client secret does, once. The
// certificate need not be anybody's: self-signed ones are what most
// applications have. Its key must be RSA, as Entra wants it; another one is a
// panic, because a test with it proves nothing.
//
// Source: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
func (s *Server) TrustCertificate(cert *x509.Certificate) {
	if _, ok := cert.PublicKey.(*rsa.PublicKey); !ok {
		panic("partnercentertest: TrustCertificate: the key of the certificate is not RSA")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.authority.certificates = append(s.authority.certificates, cert)
}

// assertion is a JWT with which a client proves who it is.
type assertion struct {
	header struct {
		Alg     string `json:"alg"`
		X5t     string `json:"x5t"`      // SHA-1 of the certificate
		X5tS256 string `json:"x5t#S256"` // SHA-256 of it
	}
	claims struct {
		Issuer    string   `json:"iss"`
		Subject   string   `json:"sub"`
		ID        string   `json:"jti"`
		Audience  audience `json:"aud"`
		Expires   *float64 `json:"exp"` // Unix seconds
		NotBefore *float64 `json:"nbf"`
	}
	digest    [sha256.Size]byte // of what is signed
	signature []byte
}

// audience is a string or a list of them, RFC 7519, section 4.1.3.
type audience []string

func (a *audience) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("[")) {
		return json.Unmarshal(data, (*[]string)(a))
	}
	*a = make(audience, 1)
	return json.Unmarshal(data, &(*a)[0])
}

func parseAssertion(text string) (a assertion, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return a, false
	}
	decode := base64.RawURLEncoding.DecodeString
	header, err1 := decode(parts[0])
	claims, err2 := decode(parts[1])
	signature, err3 := decode(parts[2])
	if err1 != nil || err2 != nil || err3 != nil || json.Unmarshal(header, &a.header) != nil || json.Unmarshal(claims, &a.claims) != nil {
		return a, false
	}
	a.digest = sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	a.signature = signature
	return a, true
}

// signedBy reports whether the owner of key signed the assertion, by the
// algorithm that its header names.
func (a *assertion) signedBy(key *rsa.PublicKey) bool {
	switch a.header.Alg {
	case "RS256":
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, a.digest[:], a.signature) == nil
	case "PS256":
		return rsa.VerifyPSS(key, crypto.SHA256, a.digest[:], a.signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
	}
	return false
}

// certificate returns the registered certificate whose thumbprint the header
// has: a SHA-1 with RS256, a SHA-256 with PS256.
func (a *assertion) certificate(registered []*x509.Certificate) *x509.Certificate {
	for _, cert := range registered {
		sum1, sum256 := sha1.Sum(cert.Raw), sha256.Sum256(cert.Raw)
		if a.header.Alg == "RS256" && sameThumbprint(a.header.X5t, sum1[:]) ||
			a.header.Alg == "PS256" && sameThumbprint(a.header.X5tS256, sum256[:]) {
			return cert
		}
	}
	return nil
}

// sameThumbprint compares a thumbprint in base64url, or in the standard base64
// that MSAL sends.
func sameThumbprint(text string, sum []byte) bool {
	text = strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(text), "=")
	return text == base64.RawURLEncoding.EncodeToString(sum)
}

// checkAssertion judges a client_assertion: the application's own, or one of
// an issuer that it trusts.
func (s *Server) checkAssertion(r *tokenRequest) *denial {
	a, ok := parseAssertion(r.form.Get("client_assertion"))
	if !ok {
		return badAssertion(700027, "The client assertion is malformed.")
	}
	if strings.EqualFold(a.claims.Issuer, ClientID) {
		return s.checkCertificate(r, &a)
	}
	return s.checkFederated(r, &a)
}

// checkCertificate judges an assertion of the application itself.
func (s *Server) checkCertificate(r *tokenRequest, a *assertion) *denial {
	now := r.stamp()
	cert := a.certificate(s.authority.certificates)
	switch {
	case cert == nil:
		return badAssertion(700027, "The certificate with identifier used to sign the client assertion is not registered on application.")
	case !a.signedBy(cert.PublicKey.(*rsa.PublicKey)):
		return badAssertion(700027, "Client assertion failed signature validation.")
	case now.Before(cert.NotBefore) || now.After(cert.NotAfter):
		return badAssertion(700027, "The certificate used to sign the client assertion has expired or is not yet valid.")
	case !strings.EqualFold(a.claims.Subject, ClientID):
		return badAssertion(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
	case !r.addressed(a.claims.Audience):
		return badAssertion(700023, "Client assertion audience claim does not match Realm issuer.")
	case a.claims.NotBefore == nil || !a.timely(now) || *a.claims.Expires > seconds(now.Add(assertionLife)):
		return badAssertion(700024, "Client assertion is not within its valid time range.")
	case a.claims.ID == "" || s.authority.assertions[a.claims.ID]:
		return badAssertion(700027, "Client assertion has no 'jti', or one that was used before.")
	}
	s.authority.assertions[a.claims.ID] = true
	return nil
}

// addressed reports whether an audience is the token endpoint that was called.
// The v1 and the v2 endpoint of a tenant pass for each other.
func (r *tokenRequest) addressed(to audience) bool {
	tenant := r.origin + "/" + segments(r.path)[0]
	return len(to) == 1 && slices.ContainsFunc([]string{"/oauth2/token", "/oauth2/v2.0/token"}, func(endpoint string) bool {
		return strings.EqualFold(to[0], tenant+endpoint)
	})
}

// timely reports whether the assertion has begun and not expired.
func (a *assertion) timely(now time.Time) bool {
	return a.claims.Expires != nil && *a.claims.Expires > seconds(now) &&
		(a.claims.NotBefore == nil || *a.claims.NotBefore <= seconds(now))
}

// seconds returns a time as claims hold it.
func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

func badAssertion(number int, text string) *denial {
	return deny(http.StatusUnauthorized, "invalid_client", number, text)
}
