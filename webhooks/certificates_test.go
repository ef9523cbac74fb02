package webhooks_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
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

func TestHostsOfCertificatesCanBeChosen(t *testing.T) {
	r := newReceiver(t, webhooks.WithCertificateHosts("Certificates.example"))
	r.want("the usual host", delivery(t.Context(), microsoftKey(), eventOf(time.Now())), 403, 0)
	const address = "https://certificates.example/a%20b.cer"
	resp, err := r.files[certificateURL]()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.put(address, 200, cert)
	req := delivery(t.Context(), microsoftKey(), eventOf(time.Now()))
	req.Header.Set("X-MS-Certificate-Url", address)
	r.want("the chosen host", req, 200, 1)
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

func TestACertificateThatCannotBeHadNowIsAskedForLater(t *testing.T) {
	failures := map[string]func() (*http.Response, error){
		"no connection": func() (*http.Response, error) { return nil, errors.New("connection refused") },
		"cut short": func() (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(io.MultiReader(strings.NewReader("x"), broken{}))}, nil
		},
	}
	for _, status := range []int{408, 429, 500, 503} {
		failures[fmt.Sprint(status)] = func() (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody}, nil
		}
	}
	for name, fail := range failures {
		for _, address := range []string{certificateURL, issuerURL} {
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver(t)
				good := r.files[address]
				r.answer(address, fail)
				req := func() *http.Request { return delivery(t.Context(), microsoftKey(), eventOf(time.Now())) }
				for range 10 {
					r.want(name, req(), 503, 0)
				}
				if n := r.downloads(address); n != 1 {
					t.Errorf("%s: %d downloads in one moment, want one", name, n)
				}
				r.answer(address, good)
				time.Sleep(time.Minute)
				r.want(name+", a minute later", req(), 200, 1)
			})
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

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

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

func TestACertificateIsDownloadedOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t)
		for i := range 3 * 24 {
			r.want("hourly", delivery(t.Context(), microsoftKey(), eventOf(time.Now())), 200, i+1)
			time.Sleep(time.Hour)
		}
		if n := r.downloads(certificateURL); n != 3 {
			t.Errorf("%d downloads in 3 days, want 3", n)
		}
	})
}

func TestACertificateNearItsEndIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t)
		issuer := newAuthority(t, r.root)
		until := func(hours time.Duration) []byte {
			return issuer.issue(microsoftKey().Public(), func(c *x509.Certificate) { c.NotAfter = time.Now().Add(hours * time.Hour) }).Raw
		}
		r.put(certificateURL, 200, until(10))
		r.put(issuerURL, 200, issuer.cert.Raw)
		good := func() *http.Request { return delivery(t.Context(), microsoftKey(), eventOf(time.Now())) }
		r.want("at first", good(), 200, 1)
		time.Sleep(8 * time.Hour)
		r.want("before the last hour", good(), 200, 2)
		if n := r.downloads(certificateURL); n != 1 {
			t.Errorf("%d downloads, want one", n)
		}
		time.Sleep(90 * time.Minute)
		r.want("in the last hour", good(), 200, 3)
		if n := r.downloads(certificateURL); n != 2 {
			t.Errorf("%d downloads in the last hour, want another one", n)
		}
		time.Sleep(30*time.Minute - 10*time.Second)
		r.want("just before its end", good(), 200, 4)
		time.Sleep(20 * time.Second)
		r.want("just after its end", good(), 403, 4)
		r.put(certificateURL, 200, until(100))
		time.Sleep(time.Minute)
		r.want("with its successor", good(), 200, 5)
	})
}

func TestACertificateThatIsRenewedInItsPlaceIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t)
		r.want("the old key", delivery(t.Context(), microsoftKey(), eventOf(time.Now())), 200, 1)
		time.Sleep(time.Hour)
		issuer := newAuthority(t, r.root)
		r.put(certificateURL, 200, issuer.issue(otherKey().Public()).Raw)
		r.put(issuerURL, 200, issuer.cert.Raw)
		r.want("the new key", delivery(t.Context(), otherKey(), eventOf(time.Now())), 200, 2)
		r.want("the old key", delivery(t.Context(), microsoftKey(), eventOf(time.Now().Add(time.Second))), 401, 2)
	})
}

func TestACertificateIsGoodWhileItsHostIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t)
		good := func() *http.Request { return delivery(t.Context(), microsoftKey(), eventOf(time.Now())) }
		r.want("at first", good(), 200, 1)
		r.put(certificateURL, 503, nil)
		time.Sleep(100 * 24 * time.Hour)
		r.want("its host is down", good(), 200, 2)
		time.Sleep(300 * 24 * time.Hour)
		r.want("its host is down, and it has ended", good(), 503, 2)
	})
}

func TestForgedCallsDoNotMakeUsHammer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t)
		r.want("good", delivery(t.Context(), microsoftKey(), eventOf(time.Now())), 200, 1)
		before := r.downloads("")
		for i := range 600 { // 10 a second
			r.want("another key", delivery(t.Context(), otherKey(), eventOf(time.Now())), 401, 1)
			req := delivery(t.Context(), otherKey(), eventOf(time.Now()))
			req.Header.Set("X-MS-Certificate-Url", fmt.Sprintf("https://3psostorageacct.blob.core.windows.net/%d.cer", i))
			if status, _ := r.post(req); status != 403 && status != 503 {
				t.Fatalf("an address that leads nowhere is answered %d", status)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if n := r.downloads("") - before; n > 25 {
			t.Errorf("%d downloads in a minute of forged calls, want at most 25", n)
		}
		r.want("good", delivery(t.Context(), microsoftKey(), eventOf(time.Now())), 200, 2)
	})
}

func TestForgedCallsDoNotKeepANewReceiverFromMicrosoftsCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t)
		for i := range 100 {
			req := delivery(t.Context(), otherKey(), eventOf(time.Now()))
			req.Header.Set("X-MS-Certificate-Url", fmt.Sprintf("https://3psostorageacct.blob.core.windows.net/%d.cer", i))
			r.post(req)
		}
		r.want("good", delivery(t.Context(), microsoftKey(), eventOf(time.Now())), 200, 1)
	})
}

func TestACertificateIsAskedForOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t)
		good := r.files[certificateURL]
		r.answer(certificateURL, func() (*http.Response, error) { time.Sleep(5 * time.Second); return good() })
		var group sync.WaitGroup
		start := time.Now()
		for i := range 30 {
			group.Go(func() {
				r.post(delivery(t.Context(), microsoftKey(), eventOf(start.Add(time.Duration(i)*time.Second))))
			})
		}
		group.Wait()
		if r.downloads(certificateURL) != 1 || r.events() != 30 {
			t.Errorf("%d downloads for %d events, want one for 30", r.downloads(certificateURL), r.events())
		}
	})
}

func TestTheCertificateInUseOutlivesManyOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t)
		addressOf := func(i int) string { return fmt.Sprintf("https://3psostorageacct.blob.core.windows.net/%d.cer", i) }
		deliver := func(address string) {
			req := delivery(t.Context(), microsoftKey(), eventOf(time.Now()))
			req.Header.Set("X-MS-Certificate-Url", address)
			if status, text := r.post(req); status != 200 {
				t.Fatalf("%s: %d %q", address, status, text)
			}
			time.Sleep(time.Minute)
		}
		for i := range 100 {
			r.answer(addressOf(i), r.files[certificateURL])
		}
		for i := range 100 {
			deliver(certificateURL)
			deliver(addressOf(i))
		}
		deliver(addressOf(99))
		deliver(addressOf(0))
		if r.downloads(certificateURL) != 1 || r.downloads(addressOf(99)) != 1 || r.downloads(addressOf(0)) != 2 {
			t.Errorf("%d, %d and %d downloads of what is used, newest and oldest, want 1, 1 and 2",
				r.downloads(certificateURL), r.downloads(addressOf(99)), r.downloads(addressOf(0)))
		}
	})
}
