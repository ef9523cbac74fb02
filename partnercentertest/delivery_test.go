package partnercentertest_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

// register registers a server's receiver.
func register(t *testing.T, s *Server, body string) {
	t.Helper()
	want(t, "registration", asApp(t, s).do("POST", registrationPath, body), 200, "")
}

// download returns the certificate at a URL.
func download(t *testing.T, s *Server, url string) *x509.Certificate {
	t.Helper()
	r, err := raw(t, s, "GET", url, "", http.Header{})
	if err != nil || r.Status != 200 {
		t.Fatalf("GET %s = %d, %v", url, r.Status, err)
	}
	cert, err := x509.ParseCertificate(r.Raw)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	return cert
}

func TestADeliveryIsSignedByACertificateThatLeadsToTheRoot(t *testing.T) {
	s := with()
	register(t, s, registering)
	req := s.SignedEvent(t.Context(), SubscriptionUpdated(contoso, sub1))
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	leaf := download(t, s, req.Header.Get("X-MS-Certificate-Url"))
	between := x509.NewCertPool()
	between.AddCert(download(t, s, leaf.IssuingCertificateURL[0]))
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: s.WebhookRoots(), Intermediates: between}); err != nil {
		t.Errorf("Verify: %v", err)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: with().WebhookRoots(), Intermediates: between}); err == nil {
		t.Error("another server's root vouches for the certificate")
	}
	if leaf.Subject.Organization[0] != "Microsoft Corporation" {
		t.Errorf("organization = %q", leaf.Subject.Organization)
	}
	scheme, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	signature, err := base64.StdEncoding.DecodeString(token)
	sum := sha256.Sum256(body)
	if err != nil || scheme != "Signature" || rsa.VerifyPKCS1v15(leaf.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], signature) != nil {
		t.Errorf("Authorization = %q does not sign %s", req.Header.Get("Authorization"), body)
	}
	if req.URL.String() != receiver || req.Method != http.MethodPost || req.Header.Get("X-MS-Signature-Algorithm") != "rsa-sha256" {
		t.Errorf("delivery = %s %s %v", req.Method, req.URL, req.Header)
	}
	var event map[string]any
	if err := json.Unmarshal(body, &event); err != nil || event["EventName"] != "subscription-updated" || event["ResourceChangeUtcDate"] == nil {
		t.Errorf("body = %s, %v", body, err)
	}
	if r, err := raw(t, s, "PUT", req.Header.Get("X-MS-Certificate-Url"), "", http.Header{}); err != nil || r.Status != 405 {
		t.Errorf("PUT of the certificate = %d, %v, want 405", r.Status, err)
	}
}

func TestTheSignatureMovesToTheOtherHeaderOnRequest(t *testing.T) {
	s := with()
	before := s.SignedEvent(t.Context(), WebhookEvent{Name: "test-created", Body: []byte("{}")})
	register(t, s, strings.Replace(registering, "{", `{"SignatureTokenToMsSignatureHeader":true,`, 1))
	after := s.SignedEvent(t.Context(), WebhookEvent{Name: "test-created", Body: []byte("{}")})
	if got := after.Header.Get("x-ms-signature"); got == "" || "Signature "+got != before.Header.Get("Authorization") || after.Header.Get("Authorization") != "" {
		t.Errorf("headers = %v, want the signature in x-ms-signature alone", after.Header)
	}
}

func TestADeliveryIsTriedTenTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		s.DeliveryPause = 5 * time.Minute
		var bodies []string
		good := 11
		hook := Handler{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if bodies = append(bodies, string(body)); len(bodies) == 3 {
				panic(http.ErrAbortHandler)
			}
			if len(bodies) < good {
				w.WriteHeader(http.StatusFound)
			}
		})}
		if err := s.Deliver(t.Context(), hook, SubscriptionUpdated(contoso, sub1)); err == nil {
			t.Error("Deliver without a registration = nil")
		}
		register(t, s, registering)
		start := time.Now()
		err := s.Deliver(t.Context(), hook, SubscriptionUpdated(contoso, sub1))
		if err == nil || !strings.Contains(err.Error(), "answered 302") || len(bodies) != 10 || time.Since(start) != 45*time.Minute {
			t.Errorf("Deliver = %v after %d requests and %s, want a failure after 10 and 45m", err, len(bodies), time.Since(start))
		}
		for _, b := range bodies {
			if b != bodies[0] {
				t.Errorf("a later attempt sent %s, want what the first sent: %s", b, bodies[0])
			}
		}
		bodies, good = nil, 4
		if err := s.Deliver(t.Context(), hook, SubscriptionUpdated(contoso, sub1)); err != nil || len(bodies) != 4 {
			t.Errorf("Deliver = %v after %d requests, want success in the fourth", err, len(bodies))
		}
		bodies = nil
		if err := s.Deliver(t.Context(), hook, WebhookEvent{Name: "invoice-ready"}); err == nil || len(bodies) != 0 {
			t.Errorf("Deliver = %v after %d requests of what nobody registered for, want an error and none", err, len(bodies))
		}
	})
}
