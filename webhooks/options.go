package webhooks

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Option changes one default of a [Handler].
type Option func(*config) error

type config struct {
	http          *http.Client
	roots         *x509.CertPool
	intermediates *x509.CertPool
	hosts         []string // of certificates
	issuers       []string // hosts of the certificates' issuers
	bodyLimit     int64
	maxAge        time.Duration
	seen          Seen
	logger        *slog.Logger
}

func defaults() *config {
	return &config{
		http:          http.DefaultClient,
		intermediates: x509.NewCertPool(),
		hosts:         []string{"3psostorageacct.blob.core.windows.net"},
		issuers:       []string{"www.microsoft.com", "cacerts.digicert.com", "caissuers.microsoft.com"},
		bodyLimit:     64 << 10,
		maxAge:        7 * 24 * time.Hour,
		seen:          new(MemorySeen),
		logger:        slog.New(slog.DiscardHandler),
	}
}

// WithHTTPClient downloads certificates through the transport of a client of
// your own, such as one with a proxy, or an emulator in a test. A timeout that
// it has counts. Redirects are never followed, and no cookies are sent.
func WithHTTPClient(client *http.Client) Option {
	return func(c *config) error { c.http = client; return required("HTTP client", client == nil) }
}

// WithRoots trusts the authorities of a pool. The default are those of the
// system, which Microsoft's root is among.
func WithRoots(roots *x509.CertPool) Option {
	return func(c *config) error { c.roots = roots; return required("pool of roots", roots == nil) }
}

// WithIntermediates knows the authorities between the certificate and a root.
// One that is not given is downloaded from where the certificate says, if its
// host is allowed: see [WithIssuerHosts].
func WithIntermediates(certs ...*x509.Certificate) Option {
	return func(c *config) error {
		for _, cert := range certs {
			if cert == nil {
				return required("certificate", true)
			}
			c.intermediates.AddCert(cert)
		}
		return nil
	}
}

// WithCertificateHosts says which hosts certificates may be on, in place of
// 3psostorageacct.blob.core.windows.net, which Microsoft's page shows. A
// delivery that names another host is refused, and that host hears nothing.
//
// Source: https://learn.microsoft.com/partner-center/developer/partner-center-webhooks
func WithCertificateHosts(hosts ...string) Option {
	return func(c *config) (err error) { c.hosts, err = hostNames(hosts); return err }
}

// WithIssuerHosts says which hosts the issuers of certificates may be
// downloaded from; with none, nothing is. The default are www.microsoft.com,
// cacerts.digicert.com and caissuers.microsoft.com.
func WithIssuerHosts(hosts ...string) Option {
	return func(c *config) (err error) {
		if c.issuers = nil; len(hosts) > 0 {
			c.issuers, err = hostNames(hosts)
		}
		return err
	}
}

// WithBodyLimit says how many bytes an event may have; the default is 64 KiB.
// Microsoft's have less than one.
func WithBodyLimit(bytes int64) Option {
	return func(c *config) error { c.bodyLimit = bytes; return positive("body limit", bytes > 0) }
}

// WithMaxAge says how long after the change an event may come; the default is
// 7 days. Microsoft sends some of them 48 hours late, and tries each ten times.
func WithMaxAge(age time.Duration) Option {
	return func(c *config) error { c.maxAge = age; return positive("maximum age", age > 0) }
}

// WithSeen remembers handled events in seen, which several processes can
// share. The default is a [MemorySeen].
func WithSeen(seen Seen) Option {
	return func(c *config) error { c.seen = seen; return required("memory of events", seen == nil) }
}

// WithLogger logs what was received and what was refused, without bodies. The
// default is [slog.DiscardHandler].
func WithLogger(logger *slog.Logger) Option {
	return func(c *config) error { c.logger = logger; return required("logger", logger == nil) }
}

func required(what string, missing bool) error {
	if missing {
		return fmt.Errorf("the %s must not be nil", what)
	}
	return nil
}

func positive(what string, is bool) error {
	if !is {
		return fmt.Errorf("the %s must be positive", what)
	}
	return nil
}

// hostNames returns names of hosts in lower case. A port, a path or a wildcard
// would never be matched, so they are refused.
func hostNames(hosts []string) ([]string, error) {
	if len(hosts) == 0 {
		return nil, errors.New("at least one host is required")
	}
	var names []string
	for _, host := range hosts {
		u, err := url.Parse("https://" + host)
		if err != nil || host == "" || u.Host != host || u.Hostname() != host || strings.Contains(host, "*") {
			return nil, fmt.Errorf("%.60q is not the name of a host", host)
		}
		names = append(names, strings.ToLower(host))
	}
	return names, nil
}
