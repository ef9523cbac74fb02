package auth

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/cspkit/cspkit/internal/guid"
)

// assertionLife is the life of an assertion; Entra takes up to 10 minutes.
const assertionLife = 5 * time.Minute

// Certificate lets an app prove itself with a key that never leaves its owner.
// For every token request it signs a new assertion, valid for five minutes.
// Printed with any verb of fmt, logged or marshalled, it reads REDACTED.
//
// PKCS#12 files (.pfx) are not read here, so that the library stays light:
// "openssl pkcs12 -in app.pfx -nodes" turns one into PEM.
//
// Source: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
type Certificate struct {
	// Signer is the private key: an RSA key in memory, or one in a key vault or
	// a hardware module. It is that of Chain[0].
	Signer crypto.Signer
	// Chain begins with the certificate that is registered with the app.
	Chain []*x509.Certificate
	// RS256 signs with PKCS #1 v1.5 and names the certificate by its SHA-1
	// (x5t), for key vaults that have no PSS. Otherwise PS256 and x5t#S256.
	RS256 bool
	// SendChain sends the chain (x5c), for an app that trusts a subject name
	// and issuer instead of one certificate.
	SendChain bool
}

// ParseCertificate reads PEM text that holds an RSA private key (PKCS #8 or
// PKCS #1, not encrypted) and its certificate, in any order; further
// certificates make up the chain. The error repeats nothing of the text.
func ParseCertificate(text []byte) (*Certificate, error) {
	c := new(Certificate)
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE":
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, errors.New("auth: the PEM text holds a certificate that cannot be read: export it again")
			}
			c.Chain = append(c.Chain, cert)
		case "PRIVATE KEY", "RSA PRIVATE KEY":
			if c.Signer != nil {
				return nil, errors.New("auth: the PEM text holds more than one private key: keep that of the certificate")
			}
			if c.Signer = parseKey(block.Bytes); c.Signer == nil {
				return nil, errors.New("auth: the PEM text holds a private key that is no RSA key: Entra takes RSA keys only")
			}
		case "ENCRYPTED PRIVATE KEY":
			return nil, errors.New("auth: the private key is encrypted: decrypt it first (openssl pkcs8), or give its Signer")
		}
	}
	if err := c.sortAndCheck(); err != nil {
		return nil, err
	}
	return c, nil
}

func parseKey(der []byte) crypto.Signer {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if key, ok := key.(*rsa.PrivateKey); ok {
			return key
		}
		return nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key
	}
	return nil
}

// sortAndCheck puts the certificate of the key first.
func (c *Certificate) sortAndCheck() error {
	if c.Signer == nil {
		return errors.New("auth: the PEM text holds no private key: add a PRIVATE KEY block")
	}
	for i, cert := range c.Chain {
		if samePublicKey(cert.PublicKey, c.Signer.Public()) {
			c.Chain[0], c.Chain[i] = c.Chain[i], c.Chain[0]
			break
		}
	}
	return c.check()
}

// check reports what keeps c from proving anything.
func (c *Certificate) check() error {
	switch {
	case c.Signer == nil:
		return errors.New("auth: Certificate.Signer is nil: set the private key")
	case len(c.Chain) == 0 || slices.Contains(c.Chain, nil):
		return errors.New("auth: Certificate.Chain is empty or holds nil: set the certificate that is registered with the app")
	}
	if _, ok := c.Signer.Public().(*rsa.PublicKey); !ok {
		return errors.New("auth: Certificate.Signer is no RSA key: Entra takes RSA keys only")
	}
	if !samePublicKey(c.Chain[0].PublicKey, c.Signer.Public()) {
		return errors.New("auth: Certificate.Chain does not begin with the certificate of Signer: put that one first")
	}
	return nil
}

func samePublicKey(a, b crypto.PublicKey) bool {
	key, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(b)
}

// assertion returns a new JWT that says who the app is.
func (c *Certificate) assertion(clientID, audience string) (string, error) {
	cert, now := c.Chain[0], time.Now()
	switch {
	case now.After(cert.NotAfter):
		return "", fmt.Errorf("the certificate expired on %s: register a new one with the app (%w)", cert.NotAfter.UTC().Format(time.DateOnly), ErrMisconfigured)
	case now.Before(cert.NotBefore):
		return "", fmt.Errorf("the certificate is valid from %s only: check the clock of this machine (%w)", cert.NotBefore.UTC().Format(time.RFC3339), ErrMisconfigured)
	}
	header := map[string]any{"typ": "JWT"}
	var opts crypto.SignerOpts = crypto.SHA256
	if c.RS256 {
		sum := sha1.Sum(cert.Raw) // the name of the certificate; it secures nothing
		header["alg"], header["x5t"] = "RS256", base64.RawURLEncoding.EncodeToString(sum[:])
	} else {
		sum := sha256.Sum256(cert.Raw)
		header["alg"], header["x5t#S256"] = "PS256", base64.RawURLEncoding.EncodeToString(sum[:])
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	}
	if c.SendChain {
		var chain []string
		for _, link := range c.Chain {
			chain = append(chain, base64.StdEncoding.EncodeToString(link.Raw))
		}
		header["x5c"] = chain
	}
	claims := map[string]any{
		"aud": audience, "iss": clientID, "sub": clientID, "jti": guid.New(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	}
	unsigned := jwtPart(header) + "." + jwtPart(claims)
	digest := sha256.Sum256([]byte(unsigned))
	signature, err := c.Signer.Sign(rand.Reader, digest[:], opts)
	if err != nil {
		return "", fmt.Errorf("the certificate's key does not sign: %w", err)
	}
	return unsigned + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func jwtPart(members map[string]any) string {
	b, _ := json.Marshal(members) // of strings and numbers, which cannot fail
	return base64.RawURLEncoding.EncodeToString(b)
}

// Format implements [fmt.Formatter].
func (Certificate) Format(s fmt.State, _ rune) { redact(s) }

// LogValue implements [slog.LogValuer].
func (Certificate) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler].
func (Certificate) MarshalText() ([]byte, error) { return []byte(redacted), nil }
