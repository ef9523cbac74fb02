package partnercentertest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Where the certificates of webhooks are found. Like all paths they are served
// under any host, also as those of Microsoft.
const (
	certificatePath = "/cert/pcnotifications-dispatch.microsoft.com.cer" // of the key that signs events
	issuerPath      = "/pkiops/certs/partnercentertest.crt"              // of the authority that issued it
	certificateHost = "https://3psostorageacct.blob.core.windows.net"
	issuerHost      = "http://www.microsoft.com"
)

// signingKey makes the key that signs events. All servers of a process share
// it, because making it takes a moment.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("partnercentertest: " + err.Error()) // documented not to happen with a secure source of randomness
	}
	return key
})

// certificates are a chain as Microsoft's: the certificate that signs, which
// names where its issuer is found, the issuer, and a root.
type certificates struct {
	root, issuer, leaf *x509.Certificate
}

// WebhookRoots returns the root that the certificate of the server's events
// leads to. It takes the place of the roots of the system.
func (s *Server) WebhookRoots() *x509.CertPool {
	s.mu.Lock()
	defer s.mu.Unlock()
	roots := x509.NewCertPool()
	roots.AddCert(s.certificates().root)
	return roots
}

// certificates returns the chain of the server, made at first use. The caller
// holds the lock.
func (s *Server) certificates() *certificates {
	if s.chain == nil {
		s.chain = newCertificates(time.Now())
	}
	return s.chain
}

func newCertificates(now time.Time) *certificates {
	rootKey, issuerKey := newAuthorityKey(), newAuthorityKey()
	template := func(number int64, name string, years int) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(number),
			Subject:      pkix.Name{CommonName: name, Organization: []string{"Microsoft Corporation"}, Country: []string{"US"}},
			NotBefore:    now.Add(-24 * time.Hour), NotAfter: now.AddDate(years, 0, 0),
			BasicConstraintsValid: true,
		}
	}
	root := template(1, "partnercentertest root", 20)
	root.IsCA, root.KeyUsage = true, x509.KeyUsageCertSign
	root = issue(root, root, rootKey.Public(), rootKey)
	issuer := template(2, "partnercentertest issuer", 10)
	issuer.IsCA, issuer.KeyUsage = true, x509.KeyUsageCertSign
	issuer = issue(issuer, root, issuerKey.Public(), rootKey)
	leaf := template(3, "pcnotifications-dispatch.microsoft.com", 1)
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	leaf.DNSNames = []string{leaf.Subject.CommonName}
	leaf.IssuingCertificateURL = []string{issuerHost + issuerPath}
	leaf = issue(leaf, issuer, signingKey().Public(), issuerKey)
	return &certificates{root, issuer, leaf}
}

func newAuthorityKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("partnercentertest: " + err.Error())
	}
	return key
}

// issue returns the certificate of a template, signed by its parent's key.
func issue(template, parent *x509.Certificate, public crypto.PublicKey, by crypto.Signer) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, by)
	if err == nil {
		template, err = x509.ParseCertificate(der)
	}
	if err != nil {
		panic("partnercentertest: " + err.Error()) // the templates are our own
	}
	return template
}

// isCertificate reports whether a path is that of a certificate.
func isCertificate(path string) bool {
	return strings.EqualFold(path, certificatePath) || strings.EqualFold(path, issuerPath)
}

// certificate answers the download of a certificate, in the form DER. It
// needs no token.
func (s *Server) certificate(c *call) *answer {
	if c.method != http.MethodGet {
		return bare(http.StatusMethodNotAllowed).set("Allow", http.MethodGet)
	}
	a := bare(http.StatusOK).set("Content-Type", "application/x-x509-ca-cert")
	a.body = s.certificates().leaf.Raw
	if strings.EqualFold(c.path, issuerPath) {
		a.body = s.certificates().issuer.Raw
	}
	return a
}
