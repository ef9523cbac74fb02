package webhooks_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/webhooks"
)

// asPEM returns certificates in the form PEM.
func asPEM(certs ...*x509.Certificate) (out []byte) {
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

func TestOnlyACertificateOfMicrosoftsIsTrusted(t *testing.T) {
	public := func() any { return microsoftKey().Public() }
	tests := []struct {
		name string
		// make returns what is downloaded, with the root that is trusted.
		make   func(t *testing.T, root, issuer *authority) (cert, issuerFile []byte)
		status int
	}{
		{"as Microsoft's", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return issuer.issue(public()).Raw, issuer.cert.Raw
		}, 200},
		{"in the form PEM", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return asPEM(issuer.issue(public())), asPEM(issuer.cert)
		}, 200},
		{"with its issuer in one file", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return asPEM(issuer.issue(public()), issuer.cert), nil
		}, 200},
		{"issued by the root itself", func(t *testing.T, root, _ *authority) ([]byte, []byte) {
			return root.issue(public()).Raw, nil
		}, 200},
		{"for something else than a server", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return issuer.issue(public(), func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} }).Raw, issuer.cert.Raw
		}, 200},

		{"of another organisation", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return issuer.issue(public(), func(c *x509.Certificate) { c.Subject.Organization = []string{"Microsoft Corporation Fan Club"} }).Raw, issuer.cert.Raw
		}, 403},
		{"of no organisation", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return issuer.issue(public(), func(c *x509.Certificate) { c.Subject.Organization = nil }).Raw, issuer.cert.Raw
		}, 403},
		{"of another root", func(t *testing.T, _, _ *authority) ([]byte, []byte) {
			other := newAuthority(t, newAuthority(t, nil))
			return other.issue(public()).Raw, other.cert.Raw
		}, 403},
		{"of an issuer that did not issue it", func(t *testing.T, root, _ *authority) ([]byte, []byte) {
			other := newAuthority(t, newAuthority(t, nil))
			return other.issue(public()).Raw, newAuthority(t, root).cert.Raw
		}, 403},
		{"of an issuer that is no authority", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			fake := newAuthority(t, issuer, func(c *x509.Certificate) { c.IsCA = false })
			return asPEM(fake.issue(public()), fake.cert, issuer.cert), nil
		}, 403},
		{"expired", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return issuer.issue(public(), func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }).Raw, issuer.cert.Raw
		}, 403},
		{"not valid yet", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return issuer.issue(public(), func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }).Raw, issuer.cert.Raw
		}, 403},
		{"of an expired issuer", func(t *testing.T, root, _ *authority) ([]byte, []byte) {
			old := newAuthority(t, root, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
			return old.issue(public()).Raw, old.cert.Raw
		}, 403},
		{"without an RSA key", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			return issuer.issue(key.Public()).Raw, issuer.cert.Raw
		}, 403},
		{"that says nothing of its issuer", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return issuer.issue(public(), func(c *x509.Certificate) { c.IssuingCertificateURL = nil }).Raw, issuer.cert.Raw
		}, 403},
		{"whose issuer is elsewhere", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return issuer.issue(public(), func(c *x509.Certificate) {
				c.IssuingCertificateURL = []string{"http://169.254.169.254/issuer.crt", "http://www.microsoft.com:8080/issuer.crt", "ftp://www.microsoft.com/issuer.crt", "http://a@www.microsoft.com/issuer.crt"}
			}).Raw, issuer.cert.Raw
		}, 403},
		{"whose issuer is missing", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return issuer.issue(public()).Raw, nil
		}, 403},
		{"that cannot be read", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return []byte("not a certificate"), issuer.cert.Raw
		}, 403},
		{"that is empty", func(t *testing.T, _, issuer *authority) ([]byte, []byte) { return nil, issuer.cert.Raw }, 403},
		{"that cannot be read in the form PEM", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), issuer.cert.Raw
		}, 403},
		{"that is huge", func(t *testing.T, _, issuer *authority) ([]byte, []byte) {
			return append(asPEM(issuer.issue(public())), make([]byte, 64<<10)...), issuer.cert.Raw
		}, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newReceiver(t)
			cert, issuer := tt.make(t, r.root, newAuthority(t, r.root))
			r.put(certificateURL, 200, cert)
			r.put(issuerURL, 200, issuer)
			events := 0
			if tt.status == 200 {
				events = 1
			}
			r.want("a certificate "+tt.name, delivery(t.Context(), microsoftKey(), eventOf(time.Now())), tt.status, events)
			if n := r.downloads(certificateURL) + r.downloads(issuerURL); n != r.downloads("") {
				t.Errorf("asked for %v, want nobody else", r.asked)
			}
		})
	}
}

func TestAChainOfAuthoritiesIsFollowedOnlySoFar(t *testing.T) {
	for length, want := range map[int]int{1: 200, 3: 200, 4: 403} {
		r := newReceiver(t)
		last, address := r.root, ""
		for i := range length {
			last = newAuthority(t, last, func(c *x509.Certificate) { c.IssuingCertificateURL = []string{address} })
			address = fmt.Sprintf("http://cacerts.digicert.com/%d.crt", i)
			r.put(address, 200, last.cert.Raw)
		}
		r.put(certificateURL, 200, last.issue(microsoftKey().Public(), func(c *x509.Certificate) { c.IssuingCertificateURL = []string{address} }).Raw)
		if status, text := r.post(delivery(t.Context(), microsoftKey(), eventOf(time.Now()))); status != want {
			t.Errorf("%d authorities below the root: %d %q, want %d", length, status, text, want)
		}
	}
}

func TestIntermediatesThatAreGivenAreNotDownloaded(t *testing.T) {
	root := newAuthority(t, nil)
	issuer := newAuthority(t, root)
	r := newReceiver(t, webhooks.WithRoots(root.pool()), webhooks.WithIntermediates(issuer.cert), webhooks.WithIssuerHosts())
	r.put(certificateURL, 200, issuer.issue(microsoftKey().Public()).Raw)
	r.want("given", delivery(t.Context(), microsoftKey(), eventOf(time.Now())), 200, 1)
	if r.downloads(issuerURL) != 0 {
		t.Errorf("asked for %v, want the certificate alone", r.asked)
	}
	r = newReceiver(t, webhooks.WithIssuerHosts())
	r.want("not given", delivery(t.Context(), microsoftKey(), eventOf(time.Now())), 403, 0)
}

func TestRedirectsToCertificatesAreNotFollowed(t *testing.T) {
	for _, status := range []int{204, 301, 302, 303, 307, 308, 404, 410} {
		for _, address := range []string{certificateURL, issuerURL} {
			r := newReceiver(t)
			good := r.files[address]
			r.answer(address, func() (*http.Response, error) { // with the right body, which must not count
				resp, err := good()
				resp.StatusCode = status
				resp.Header.Set("Location", "https://evil.example/cert.cer")
				return resp, err
			})
			r.want(fmt.Sprint(status, " of ", address), delivery(t.Context(), microsoftKey(), eventOf(time.Now())), 403, 0)
			if r.downloads("https://evil.example/cert.cer") != 0 {
				t.Errorf("%d of %s was followed", status, address)
			}
		}
	}
}

// endless is a body that never ends. It counts what was read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) { e.read += len(p); return len(p), nil }
func (e *endless) Close() error               { return nil }

func TestACertificateThatNeverEndsIsNotRead(t *testing.T) {
	r, body := newReceiver(t), new(endless)
	r.answer(certificateURL, func() (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body}, nil
	})
	r.want("endless", delivery(t.Context(), microsoftKey(), eventOf(time.Now())), 403, 0)
	if body.read > 1<<20 {
		t.Errorf("%d bytes were read", body.read)
	}
}

func TestADownloadTakesOnlySoLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t)
		hang := hanging{RoundTripper: r.storage}
		r.handler = newHandler(t, r.take, webhooks.WithHTTPClient(&http.Client{Transport: hang}), webhooks.WithRoots(r.root.pool()))
		start := time.Now()
		r.want("a host that is silent", delivery(t.Context(), microsoftKey(), eventOf(time.Now())), 503, 0)
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("it took %s, want 15s", took)
		}
	})
}

// hanging never answers.
type hanging struct{ http.RoundTripper }

func (hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}
