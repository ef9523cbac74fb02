package webhooks_test

import (
	"crypto/x509"
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

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

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
		before := r.downloads(certificateURL)
		time.Sleep(time.Minute)
		r.want("its host is still down", good(), 200, 3)
		if n := r.downloads(certificateURL) - before; n != 1 {
			t.Errorf("%d downloads a minute later, want another try", n)
		}
		time.Sleep(300 * 24 * time.Hour)
		r.want("its host is down, and it has ended", good(), 503, 3)
	})
}

func TestACertificateThatIsTakenDownIsTrustedNoLonger(t *testing.T) {
	for name, answer := range map[string]struct {
		status int
		body   []byte
	}{"gone": {404, nil}, "something else": {200, []byte("<html>")}} {
		synctest.Test(t, func(t *testing.T) {
			r := newReceiver(t)
			good := func() *http.Request { return delivery(t.Context(), microsoftKey(), eventOf(time.Now())) }
			r.want("at first", good(), 200, 1)
			r.put(certificateURL, answer.status, answer.body)
			time.Sleep(25 * time.Hour)
			r.want(name, good(), 403, 1)
		})
	}
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
