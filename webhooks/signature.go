package webhooks

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// signature is what the headers of a delivery say about its body.
type signature struct {
	token       []byte
	certificate string // address of the certificate, in its only spelling
}

// maxToken bounds a signature in base64. That of the longest keys in use, of
// 4096 bits, has 684 bytes.
const maxToken = 4096

// readSignature reads the headers of a delivery. A certificate on a host that
// is not among hosts is refused: until the signature is verified, the address
// comes from anybody.
//
// Source: https://learn.microsoft.com/partner-center/developer/partner-center-webhooks
func readSignature(h http.Header, hosts []string) (signature, error) {
	// x-ms-signature comes if the registration asks for it, so that
	// Authorization is free for something else.
	text := h.Get("X-Ms-Signature")
	if scheme, rest, ok := strings.Cut(text, " "); ok && strings.EqualFold(scheme, "Signature") {
		text = rest
	}
	if text == "" {
		scheme, rest, _ := strings.Cut(h.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Signature") {
			return signature{}, refuse(http.StatusUnauthorized, "a signature is required")
		}
		text = rest
	}
	text = strings.TrimSpace(text)
	if len(text) > maxToken {
		return signature{}, refuse(http.StatusUnauthorized, "the signature is too long")
	}
	token, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(token) == 0 {
		return signature{}, refuse(http.StatusUnauthorized, "the signature is not base64")
	}
	if !strings.EqualFold(strings.TrimSpace(h.Get("X-Ms-Signature-Algorithm")), "rsa-sha256") {
		return signature{}, refuse(http.StatusBadRequest, "the signature algorithm must be rsa-sha256")
	}
	address, ok := certificateAddress(h.Get("X-Ms-Certificate-Url"), hosts)
	if !ok {
		return signature{}, refuse(http.StatusForbidden, "the certificate is not where Microsoft keeps it")
	}
	return signature{token, address}, nil
}

// certificateAddress returns the address of a certificate on one of the
// hosts. It allows one spelling of each: nobody shall fill the memory of
// certificates with the same one.
func certificateAddress(s string, hosts []string) (address string, ok bool) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Port() != "" && u.Port() != "443" {
		return "", false
	}
	plain := u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && path.Clean(u.Path) == u.Path
	i := slices.Index(hosts, strings.ToLower(u.Hostname()))
	if !plain || i < 0 {
		return "", false
	}
	return (&url.URL{Scheme: "https", Host: hosts[i], Path: u.Path}).String(), true
}

// signs reports whether a key made the signature of body.
func (s signature) signs(key *rsa.PublicKey, body []byte) bool {
	sum := sha256.Sum256(body)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], s.token) == nil
}
