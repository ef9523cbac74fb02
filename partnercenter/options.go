package partnercenter

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/internal/loopback"
)

// Option changes one default of a [Client].
type Option func(*config) error

type config struct {
	http        *http.Client
	cloud       auth.Cloud
	partner     *url.URL
	graph       *url.URL
	retry       Retry
	budget      RateBudget
	logger      *slog.Logger
	observer    Observer
	locale      string
	application string
}

// Retry says how a call is repeated. The zero value of a field keeps its default.
type Retry struct {
	Attempts       int           // tries in all; 5. One means no retry
	MinWait        time.Duration // before the first retry, then doubling, with jitter; 500 ms
	MaxWait        time.Duration // between two tries, where the service asks for none; 30 s
	MaxRetryAfter  time.Duration // a longer wait asked for by the service ends the call with an error that carries it; 5 min
	AttemptTimeout time.Duration // for one try, from sending to the last byte of the answer; 100 s
}

func (r Retry) withDefaults() Retry {
	if r.Attempts == 0 {
		r.Attempts = 5
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&r.MinWait, 500 * time.Millisecond},
		{&r.MaxWait, 30 * time.Second},
		{&r.MaxRetryAfter, 5 * time.Minute},
		{&r.AttemptTimeout, 100 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return r
}

// WithHTTPClient sends requests through a client of your own: its transport
// and its cookie jar are used; a timeout that it has limits each attempt.
// Redirects are followed as this package sees fit.
func WithHTTPClient(client *http.Client) Option {
	return func(c *config) error {
		if client == nil {
			return errors.New("the HTTP client must not be nil")
		}
		own := *client
		c.http = &own
		return nil
	}
}

// WithTransport sends requests through a transport of your own, such as one
// with a proxy or client certificates, or an emulator in a test.
func WithTransport(transport http.RoundTripper) Option {
	return func(c *config) error {
		if transport == nil {
			return errors.New("the transport must not be nil")
		}
		c.http = &http.Client{Transport: transport}
		return nil
	}
}

// WithCloud addresses a national cloud. The default is [auth.Public].
func WithCloud(cloud auth.Cloud) Option {
	return func(c *config) error {
		c.cloud = cloud
		return nil
	}
}

// WithBaseURL addresses Partner Center elsewhere: an https URL without /v1, or
// plain http to a loopback address.
func WithBaseURL(base string) Option {
	return func(c *config) (err error) {
		c.partner, err = baseURL("Partner Center", base)
		return err
	}
}

// WithGraphURL addresses Microsoft Graph elsewhere: an https URL without
// /v1.0, or plain http to a loopback address.
func WithGraphURL(base string) Option {
	return func(c *config) (err error) {
		c.graph, err = baseURL("Graph", base)
		return err
	}
}

// WithRetry changes how calls are repeated.
func WithRetry(r Retry) Option {
	return func(c *config) error {
		if r.Attempts < 0 || r.MinWait < 0 || r.MaxWait < 0 || r.MaxRetryAfter < 0 || r.AttemptTimeout < 0 {
			return errors.New("no field of Retry may be negative")
		}
		c.retry = r.withDefaults()
		return nil
	}
}

// WithRateBudget replaces the budget of [DefaultBudget] requests a minute.
// Give the same budget to several clients that share a partner tenant. A wait
// of [RateBudget] is no part of an attempt's time, but ends with the context.
func WithRateBudget(budget RateBudget) Option {
	return func(c *config) error {
		if budget == nil {
			return errors.New("the rate budget must not be nil: PerMinute(0) does not limit")
		}
		c.budget = budget
		return nil
	}
}

// WithLogger logs what an [Observer] sees at debug level, without secrets. The
// default is [slog.DiscardHandler].
func WithLogger(logger *slog.Logger) Option {
	return func(c *config) error {
		if logger == nil {
			return errors.New("the logger must not be nil")
		}
		c.logger = logger
		return nil
	}
}

// WithObserver tells an observer about operations, attempts, waits, the budget
// and tokens. A [StartObserver] is also told when the first two begin.
func WithObserver(observer Observer) Option {
	return func(c *config) error {
		if observer == nil {
			return errors.New("the observer must not be nil")
		}
		c.observer = observer
		return nil
	}
}

// WithLocale sets X-Locale, the language of texts in answers. The default is en-US.
func WithLocale(locale string) Option {
	return func(c *config) error {
		c.locale = locale
		return headerValue("locale", locale)
	}
}

// WithApplicationName sets MS-PartnerCenter-Application, by which a partner's
// requests can be told apart in Microsoft's records.
func WithApplicationName(name string) Option {
	return func(c *config) error {
		c.application = name
		return headerValue("application name", name)
	}
}

func headerValue(what, value string) error {
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
		return fmt.Errorf("the %s must be printable ASCII, not %q", what, value)
	}
	return nil
}

// baseURL checks the address of a service.
func baseURL(what, base string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(base, "/"))
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, fmt.Errorf("the %s URL must look like https://host, without user, query or fragment", what)
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback.Host(u.Hostname())):
		return nil, fmt.Errorf("the %s URL must be https; plain http is for loopback addresses only", what)
	case strings.EqualFold(u.Path, "/v1"), strings.EqualFold(u.Path, "/v1.0"):
		return nil, fmt.Errorf("the %s URL must be without %s", what, u.Path)
	}
	return u, nil
}
