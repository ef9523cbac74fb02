package customtransport_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/customtransport"
	"github.com/cspkit/cspkit/partnercentertest"
)

var key = []byte("a key that the gateway has, too")

// transport makes a transport of a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

var signatureInput = regexp.MustCompile(`^cspkit=(\(([^)]*)\);created=(\d+);keyid="billing";alg="hmac-sha256")$`)

// verify is what the gateway does: it says what is wrong with the signature of
// a request, and leaves the body to be read.
func verify(r *http.Request) error {
	found := signatureInput.FindStringSubmatch(r.Header.Get("Signature-Input"))
	if found == nil {
		return fmt.Errorf("Signature-Input is %q", r.Header.Get("Signature-Input"))
	}
	body := ""
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		body = string(b)
		r.Body = io.NopCloser(strings.NewReader(body))
	}
	address := "https://" + r.Host + r.URL.RequestURI()
	sum := sha256.Sum256([]byte(body))
	digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	want := "\"@method\": " + r.Method + "\n\"@target-uri\": " + address + "\n"
	covered := `"@method" "@target-uri"`
	if body != "" {
		want += "\"content-digest\": " + digest + "\n"
		covered += ` "content-digest"`
	}
	if found[2] != covered {
		return fmt.Errorf("the signature of a body of %d bytes covers %s", len(body), found[2])
	}
	mac := hmac.New(sha256.New, key)
	io.WriteString(mac, want+`"@signature-params": `+found[1])
	if got := r.Header.Get("Signature"); got != "cspkit=:"+base64.StdEncoding.EncodeToString(mac.Sum(nil))+":" {
		return fmt.Errorf("the signature is another one than that of %q", want)
	}
	return nil
}

func TestEveryRequestIsSignedWithItsBodyAndAddress(t *testing.T) {
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV"})
	bodies := 0
	gateway := transport(func(r *http.Request) (*http.Response, error) {
		if err := verify(r); err != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		if r.Header.Get("Content-Digest") != "" {
			bodies++
		}
		return fake.RoundTrip(r)
	})
	service := customers.New(newClient(t, customtransport.Signed(gateway, "billing", key)))
	for _, err := range service.All(t.Context(), customers.ListOptions{}) { // with a query
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := service.RemoveRelationship(t.Context(), contoso); err != nil { // with a body
		t.Fatal(err)
	}
	if bodies != 3 {
		t.Errorf("%d requests with a signed body, want 3: two that sign in, and the removal", bodies)
	}
}

// A gateway refuses what is old, so a repeat must not carry the first signature.
func TestARepeatIsSignedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New(partnercentertest.Customer{ID: string(contoso)})
		fake.Inject(partnercentertest.Fault{Path: "/customers", Status: 429, RetryAfter: "30"})
		created := map[string]bool{}
		gateway := transport(func(r *http.Request) (*http.Response, error) {
			if found := signatureInput.FindStringSubmatch(r.Header.Get("Signature-Input")); found != nil && strings.HasPrefix(r.URL.Path, "/v1/") {
				created[found[3]] = true
			}
			return fake.RoundTrip(r)
		})
		service := customers.New(newClient(t, customtransport.Signed(gateway, "billing", key)))
		start := time.Now()
		if _, err := service.Get(t.Context(), contoso); err != nil {
			t.Fatal(err)
		}
		if len(created) != 2 || time.Since(start) < 30*time.Second {
			t.Errorf("two attempts were signed at %v, want two times, 30 s apart", created)
		}
	})
}

func TestARequestIsNotChangedForItsCaller(t *testing.T) {
	signed := customtransport.Signed(partnercentertest.New(), "billing", key)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.partnercenter.microsoft.com/v1/customers", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signed.RoundTrip(r); err != nil {
		t.Fatal(err)
	}
	if len(r.Header) != 0 {
		t.Errorf("the caller's request has headers now: %v", r.Header)
	}
	if text := fmt.Sprintf("%v %+v %#v", signed, signed, signed); strings.Contains(text, string(key)) || strings.Contains(text, fmt.Sprint(key)[1:20]) {
		t.Errorf("printing the transport shows its key: %s", text)
	}
}
