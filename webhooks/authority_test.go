package webhooks_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"math/big"
	"net/http"
	"sync"
	"testing"
	"time"
)

const (
	certificateURL = "https://3psostorageacct.blob.core.windows.net/cert/pcnotifications-dispatch.microsoft.com.cer"
	issuerURL      = "http://www.microsoft.com/pkiops/certs/issuer.crt"
)

// Keys of 2048 bits take a moment to make, so the tests share two.
var microsoftKey, otherKey = sync.OnceValue(rsaKey), sync.OnceValue(rsaKey)

func rsaKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// authority is one that issues certificates, or is itself issued by another.
type authority struct {
	t    testing.TB
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// newAuthority returns an authority below parent, or a root if that is nil.
func newAuthority(t testing.TB, parent *authority, change ...func(*x509.Certificate)) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{t: t, key: key}
	by := parent
	if by == nil {
		by = a
	}
	change = append([]func(*x509.Certificate){func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage, c.Subject.CommonName = true, x509.KeyUsageCertSign, rand.Text()
		if parent == nil {
			by.cert = c
		}
	}}, change...)
	a.cert = by.issue(key.Public(), change...)
	return a
}

// issue returns a certificate of Microsoft's, but for what the changes change.
func (a *authority) issue(key crypto.PublicKey, change ...func(*x509.Certificate)) *x509.Certificate {
	a.t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "pcnotifications-dispatch.microsoft.com", Organization: []string{"Microsoft Corporation"}},
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), BasicConstraintsValid: true,
		IssuingCertificateURL: []string{issuerURL},
	}
	for _, f := range change {
		f(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

// pool returns a pool of the authority alone.
func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// sign returns the signature of a body in base64.
func sign(key *rsa.PrivateKey, body string) string {
	sum := sha256.Sum256([]byte(body))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// delivery returns a delivery of a body that the key signed.
func delivery(ctx context.Context, key *rsa.PrivateKey, body string) *http.Request {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://receiver.example/events", bytes.NewReader([]byte(body)))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Signature "+sign(key, body))
	r.Header.Set("X-MS-Certificate-Url", certificateURL)
	r.Header.Set("X-MS-Signature-Algorithm", "rsa-sha256")
	return r
}

// storage is where certificates are downloaded from. It counts who asks.
type storage struct {
	mu    sync.Mutex
	files map[string]func() (*http.Response, error) // by address
	asked map[string]int
}

// stores returns a storage with a certificate of Microsoft's, and its issuer.
func stores(cert, issuer []byte) *storage {
	s := &storage{files: map[string]func() (*http.Response, error){}, asked: map[string]int{}}
	s.put(certificateURL, 200, cert)
	s.put(issuerURL, 200, issuer)
	return s
}

// put sets the answer for an address; extra are pairs of header names and values.
func (s *storage) put(address string, status int, body []byte, header ...string) {
	s.answer(address, func() (*http.Response, error) {
		r := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: -1}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return r, nil
	})
}

func (s *storage) answer(address string, f func() (*http.Response, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[address] = f
}

func (s *storage) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	address := r.URL.String()
	s.asked[address]++
	f := s.files[address]
	s.mu.Unlock()
	if f == nil {
		return &http.Response{StatusCode: 404, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	resp, err := f()
	if resp != nil {
		resp.Request = r
	}
	return resp, err
}

// downloads returns how often an address was asked for, or any of them.
func (s *storage) downloads(address string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for a, times := range s.asked {
		if address == "" || a == address {
			n += times
		}
	}
	return n
}
