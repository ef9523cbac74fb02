package cspkit

import (
	"log/slog"
	"net/http"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

// Option changes one default of a [Client]. The options that most programs set
// stand here; those for special cases, such as other addresses, another way to
// repeat calls or the language of texts, are the other options of package
// partnercenter, and go to [New] just the same.
type Option = partnercenter.Option

// WithTransport sends requests through a transport of your own: one with a proxy
// or client certificates, or in a test a partnercentertest.Server. Credentials
// sign in through an HTTP client of their own: see [auth.AppConfig].
func WithTransport(transport http.RoundTripper) Option {
	return partnercenter.WithTransport(transport)
}

// WithCloud addresses a national cloud. The default is [auth.Public].
func WithCloud(cloud auth.Cloud) Option { return partnercenter.WithCloud(cloud) }

// WithLogger logs what is sent and what is waited for, at debug level and without
// secrets. The default logs nothing.
func WithLogger(logger *slog.Logger) Option { return partnercenter.WithLogger(logger) }

// WithObserver tells an observer about operations, attempts, waits, the budget
// and tokens; module oteltrace has one for OpenTelemetry.
func WithObserver(observer partnercenter.Observer) Option {
	return partnercenter.WithObserver(observer)
}

// WithRateBudget replaces the budget of [partnercenter.DefaultBudget] requests a
// minute and resource. Clients that share a partner tenant share a budget.
func WithRateBudget(budget partnercenter.RateBudget) Option {
	return partnercenter.WithRateBudget(budget)
}
