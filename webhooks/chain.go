package webhooks

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	organization   = "Microsoft Corporation" // of the certificate that signs
	maxCertificate = 64 << 10                // bytes of a download; a certificate has about two thousand
	maxIssuers     = 3                       // between the certificate and a root; Microsoft's chains have one or two
)

// signer is the key of a certificate that a chain of Microsoft vouches for.
type signer struct {
	key  *rsa.PublicKey
	ends time.Time // of the first in its chain to end
}

// chains downloads certificates and verifies that a root vouches for them.
type chains struct {
	client        *http.Client
	roots         *x509.CertPool // nil means those of the system
	intermediates *x509.CertPool
	issuers       []string // hosts that issuers may be downloaded from
}

// signer downloads the certificate at an address that was checked before, and
// verifies it. The file holds the certificate alone, so its issuers are looked
// for where it says.
func (c *chains) signer(ctx context.Context, address string) (*signer, error) {
	given, err := c.download(ctx, address)
	if err != nil {
		return nil, err
	}
	leaf := given[0]
	key, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok || !slices.Contains(leaf.Subject.Organization, organization) {
		return nil, refuse(http.StatusForbidden, "the certificate is not Microsoft's")
	}
	between := c.intermediates.Clone()
	for _, cert := range given[1:] {
		between.AddCert(cert)
	}
	for last, depth := leaf, 0; ; depth++ {
		found, err := leaf.Verify(x509.VerifyOptions{
			Roots: c.roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		})
		if err == nil {
			ends := slices.MinFunc(found[0], func(a, b *x509.Certificate) int { return a.NotAfter.Compare(b.NotAfter) })
			return &signer{key, ends.NotAfter}, nil
		}
		if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); !unknown || depth == maxIssuers {
			return nil, untrusted(err)
		}
		if last, err = c.issuer(ctx, last); err != nil {
			return nil, err
		}
		between.AddCert(last)
	}
}

func untrusted(cause error) *refusal {
	return &refusal{http.StatusForbidden, "the certificate is not trusted", cause}
}

// issuer downloads the certificate of cert's issuer. Plain http will do: what
// comes is of use only if it has signed cert.
func (c *chains) issuer(ctx context.Context, cert *x509.Certificate) (*x509.Certificate, error) {
	i := slices.IndexFunc(cert.IssuingCertificateURL, c.mayAsk)
	if i < 0 {
		return nil, untrusted(errors.New("its issuer is not known, and not on a host that may be asked"))
	}
	found, err := c.download(ctx, cert.IssuingCertificateURL[i])
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// mayAsk reports whether an issuer may be downloaded from an address.
func (c *chains) mayAsk(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || !slices.Contains(c.issuers, strings.ToLower(u.Hostname())) {
		return false
	}
	return u.Scheme == "http" && (u.Port() == "" || u.Port() == "80") || u.Scheme == "https" && (u.Port() == "" || u.Port() == "443")
}

// download returns the certificates at an address, at least one.
func (c *chains) download(ctx context.Context, address string) ([]*x509.Certificate, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, refuse(http.StatusForbidden, "the certificate is not where Microsoft keeps it")
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, later("the certificate cannot be downloaded", withoutAddress(err))
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxCertificate+1))
	switch status := resp.StatusCode; {
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return nil, later("the certificate cannot be downloaded", fmt.Errorf("its host answered %d", status))
	case status != http.StatusOK:
		return nil, untrusted(fmt.Errorf("its host answered %d", status))
	case err != nil:
		return nil, later("the certificate cannot be downloaded", withoutAddress(err))
	case len(data) > maxCertificate:
		return nil, untrusted(errors.New("it is too large"))
	}
	certs, err := parseCertificates(data)
	if err != nil {
		return nil, untrusted(err)
	}
	return certs, nil
}

// withoutAddress drops the address that net/http puts into its errors: it is
// a stranger's.
func withoutAddress(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// parseCertificates reads certificates in the form PEM, or one in the form DER.
func parseCertificates(data []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("it cannot be read")
		}
		certs = append(certs, cert)
	}
	if len(certs) > 0 {
		return certs, nil
	}
	cert, err := x509.ParseCertificate(data)
	if err != nil {
		return nil, errors.New("it cannot be read")
	}
	return []*x509.Certificate{cert}, nil
}
