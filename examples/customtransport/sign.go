package customtransport

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Signed returns a transport that signs each request with key as HTTP Message
// Signatures say (RFC 9421): method, address and the digest of the body (RFC
// 9530), by HMAC-SHA256. Whoever has the key can tell that the request is
// whole and when it was made. keyID names the key; it is no secret.
func Signed(next http.RoundTripper, keyID string, key []byte) http.RoundTripper {
	return &signer{next: next, keyID: keyID, sign: func(base string) []byte {
		mac := hmac.New(sha256.New, key)
		io.WriteString(mac, base) // a hash never fails
		return mac.Sum(nil)
	}}
}

type signer struct {
	next  http.RoundTripper
	keyID string
	sign  func(base string) []byte // the key is in no field, out of reach of fmt
}

// RoundTrip implements [http.RoundTripper]. It leaves the caller's request as
// it is, but for the body, which it reads to its end.
func (s *signer) RoundTrip(r *http.Request) (*http.Response, error) {
	signed := r.Clone(r.Context())
	components := []component{{"@method", cmp.Or(r.Method, http.MethodGet)}, {"@target-uri", r.URL.String()}}
	if r.Body != nil && r.Body != http.NoBody {
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("reading the body to sign it: %w", err)
		}
		signed.Body = io.NopCloser(bytes.NewReader(body))
		sum := sha256.Sum256(body)
		digest := "sha-256=" + binary(sum[:])
		signed.Header.Set("Content-Digest", digest)
		components = append(components, component{"content-digest", digest})
	}
	base, params := signatureBase(components, s.keyID, time.Now())
	signed.Header.Set("Signature-Input", "cspkit="+params)
	signed.Header.Set("Signature", "cspkit="+binary(s.sign(base)))
	return s.next.RoundTrip(signed)
}

// component is a part of a request that a signature covers.
type component struct{ name, value string }

// signatureBase returns what is signed, and the parameters that say what that
// was (RFC 9421, sections 2.3 and 2.5).
func signatureBase(components []component, keyID string, created time.Time) (base, params string) {
	var lines strings.Builder
	names := make([]string, 0, len(components))
	for _, c := range components {
		name := `"` + c.name + `"`
		fmt.Fprintf(&lines, "%s: %s\n", name, c.value)
		names = append(names, name)
	}
	params = fmt.Sprintf(`(%s);created=%d;keyid=%q;alg="hmac-sha256"`, strings.Join(names, " "), created.Unix(), keyID)
	fmt.Fprintf(&lines, `"@signature-params": %s`, params)
	return lines.String(), params
}

// binary writes bytes as a structured field does (RFC 8941, section 3.3.5).
func binary(b []byte) string { return ":" + base64.StdEncoding.EncodeToString(b) + ":" }
