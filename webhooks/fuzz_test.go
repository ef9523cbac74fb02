package webhooks_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/partnercentertest"
)

// Whatever a stranger sends, the receiver answers it, asks nobody but
// Microsoft's hosts, and tells the consumer nothing.
func FuzzHandler(f *testing.F) {
	r := newReceiver(f)
	body := eventOf(time.Now())
	good := delivery(f.Context(), microsoftKey(), body)
	signature := good.Header.Get("Authorization")
	f.Add("POST", "application/json", signature, "", "rsa-sha256", certificateURL, body+" ", int64(0))
	f.Add("POST", "", "", signature, "rsa-sha256", certificateURL, strings.ToUpper(body), int64(-1))
	f.Add("POST", "", "", "Signature AAAA", "RSA-SHA256", "https://3psostorageacct.blob.core.windows.net:443/x", "{}", int64(-1))
	f.Add("GET", "text/html", "Signature", "%", "", "https://evil.example", "", int64(1<<40))
	f.Fuzz(func(t *testing.T, method, contentType, authorization, msSignature, algorithm, certificate, sent string, length int64) {
		if sent == body {
			return // that is signed
		}
		req := delivery(t.Context(), otherKey(), sent)
		req.Method, req.ContentLength = method, length
		req.Header = http.Header{
			"Content-Type": {contentType}, "Authorization": {authorization}, "X-Ms-Signature": {msSignature},
			"X-Ms-Signature-Algorithm": {algorithm}, "X-Ms-Certificate-Url": {certificate},
		}
		resp, err := partnercentertest.Handler{Handler: r.handler}.RoundTrip(req)
		if err != nil || resp.StatusCode < 400 || resp.StatusCode > 503 {
			t.Errorf("answer %v, %v, want a refusal", resp, err)
		}
		if r.events() != 0 {
			t.Error("the consumer got an event that nobody signed")
		}
		r.storage.mu.Lock()
		defer r.storage.mu.Unlock()
		for address := range r.asked {
			if address != issuerURL && !strings.HasPrefix(address, "https://3psostorageacct.blob.core.windows.net/") {
				t.Errorf("%s was asked", address)
			}
		}
	})
}

// Of what Microsoft has signed, the receiver takes what is a recent event,
// and answers the rest.
func FuzzSignedBody(f *testing.F) {
	r := newReceiver(f)
	for _, body := range []string{eventOf(time.Now()), "{}", "null", `{"EventName":"x","ResourceChangeUtcDate":"0001-01-01T00:00:00"}`, `{"EventName":"x","ResourceChangeUtcDate":"9999-12-31T23:59:59Z"}`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		before := r.events()
		resp, err := partnercentertest.Handler{Handler: r.handler}.RoundTrip(delivery(t.Context(), microsoftKey(), body))
		if err != nil {
			t.Fatal(err)
		}
		switch taken := r.events() > before; resp.StatusCode {
		case 200:
			if e := r.got[len(r.got)-1]; taken && (e.Name == "" || time.Since(e.ChangedAt).Abs() > 8*24*time.Hour) {
				t.Errorf("%q was taken as %+v", body, e)
			}
		case 400, 403, 413:
			if taken {
				t.Errorf("%q was taken and answered %d", body, resp.StatusCode)
			}
		default:
			t.Errorf("%q is answered %d", body, resp.StatusCode)
		}
	})
}
