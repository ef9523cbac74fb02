// Package config turns the environment that all examples share into a client
// of Partner Center and stores:
//
//	cfg, err := config.Load(ctx, os.Getenv, os.Stderr)
//	defer cfg.Close()
//
// Without CSPKIT_API_URL it starts an emulator with demo data on loopback, so
// that every example runs on a machine that knows no partner.
package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
)

// Config is what the environment says, ready to use.
type Config struct {
	Client      *cspkit.Client
	Credentials auth.Credentials // that Client signs its requests with
	App         auth.AppConfig   // the app registration
	*Stores

	Links  mca.Wire // where acceptance links lead: with the emulator, to its own page
	Logger *slog.Logger
	Tenant customers.TenantID // the partner's own, empty if it is configured as a domain name
	Demo   *Demo              // the emulator, nil where CSPKIT_API_URL is set

	access  access
	options []partnercenter.Option
}

// Load reads the environment through getenv; logs go to stderr. The error
// joins all that is wrong, and each says which variable to set. Nothing is sent.
func Load(ctx context.Context, getenv func(string) string, stderr io.Writer) (_ *Config, err error) {
	e := &environment{getenv: getenv}
	cfg := &Config{Logger: e.logger(stderr)}
	demo := getenv("CSPKIT_API_URL") == ""
	cloud, budget, store := e.cloud(), e.budget(demo), e.store(demo)
	access := e.access(demo)
	if err := errors.Join(e.problems...); err != nil {
		return nil, err
	}
	if demo {
		if cfg.Demo, err = startDemo(); err != nil {
			return nil, err
		}
		access, cfg.Links = cfg.Demo.access(), cfg.Demo.links()
	}
	cfg.App = access.registration(cloud)
	if cfg.Stores, err = store.open(ctx); err != nil {
		cfg.Close()
		return nil, err
	}
	creds, problem := credentials(ctx, cfg.App, access.refreshToken, cfg.Tokens, cfg.Logger)
	cfg.Credentials = creds
	cfg.access, cfg.options = access, []partnercenter.Option{
		partnercenter.WithCloud(cfg.App.Cloud), partnercenter.WithRateBudget(budget), partnercenter.WithLogger(cfg.Logger)}
	cfg.Client, err = access.client(creds, problem, cfg.options...)
	if err != nil {
		cfg.Close()
		return nil, err
	}
	if id, err := customers.ParseTenantID(access.tenant); err == nil {
		cfg.Tenant = id
	}
	return cfg, nil
}

// NewClient returns another client of the same partner, with options of its own
// and with an HTTP client of its own for the requests for tokens.
func (c *Config) NewClient(ctx context.Context, tokens *http.Client, opts ...partnercenter.Option) (*cspkit.Client, error) {
	app := c.App
	app.HTTPClient = tokens
	creds, problem := credentials(ctx, app, c.access.refreshToken, c.Tokens, c.Logger)
	return c.access.client(creds, problem, slices.Concat(c.options, opts)...)
}

// Announce says that the emulator is used, if it is: in the first line of out,
// or of stderr if out holds JSON lines only.
func (c *Config) Announce(out, stderr io.Writer, json bool) {
	if c.Demo == nil {
		return
	}
	if json {
		out = stderr
	}
	fmt.Fprintf(out, "The built-in emulator with demo data runs on %s; nothing real is touched.\n", c.Demo.URL)
}

// Preflight returns err with what to do if it says that nothing can be done
// with these credentials or in this cloud, else nil: other failures are left to
// the calls that meet them, too.
func Preflight(err error) error {
	switch {
	case errors.Is(err, partnercenter.ErrMissingCredential):
		return fmt.Errorf("%w: set CSPKIT_REFRESH_TOKEN, or sign in with examples/consent", err)
	case errors.Is(err, partnercenter.ErrNotSupported):
		return err
	}
	return nil
}

// Close closes the stores, and stops the emulator if there is one.
func (c *Config) Close() {
	if c.Stores != nil {
		if err := c.Stores.close(); err != nil {
			c.Logger.Error("closing the store", "error", err)
		}
	}
	if c.Demo != nil {
		c.Demo.close()
	}
}

// environment reads variables and gathers what is wrong with them.
type environment struct {
	getenv   func(string) string
	problems []error
}

func (e *environment) problem(format string, args ...any) {
	e.problems = append(e.problems, fmt.Errorf(format, args...))
}

// logger writes text to standard error: standard output holds results.
func (e *environment) logger(stderr io.Writer) *slog.Logger {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	value := cmp.Or(e.getenv("CSPKIT_LOG"), "warn")
	level, ok := levels[value]
	if !ok {
		e.problem("CSPKIT_LOG is %.20q: set debug, info, warn or error", value)
	}
	return slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
}

func (e *environment) cloud() auth.Cloud {
	cloud, err := auth.CloudByName(cmp.Or(e.getenv("CSPKIT_CLOUD"), "public"))
	if err != nil {
		e.problem("CSPKIT_CLOUD is %.20q: set public, china or usgov", e.getenv("CSPKIT_CLOUD"))
	}
	return cloud
}

func (e *environment) budget(demo bool) partnercenter.RateBudget {
	value := e.getenv("CSPKIT_BUDGET")
	switch {
	case value == "" && demo:
		return partnercenter.PerMinute(0) // unlimited
	case value == "":
		return partnercenter.PerMinute(partnercenter.DefaultBudget)
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		e.problem("CSPKIT_BUDGET is %.20q: set the requests a minute and resource, such as %d", value, partnercenter.DefaultBudget)
	}
	return partnercenter.PerMinute(n)
}

// access reads where Partner Center is and how to sign in there.
func (e *environment) access(demo bool) access {
	if demo {
		return access{} // the emulator's: what is set belongs to another place
	}
	required := func(name string) string {
		value := e.getenv(name)
		if value == "" {
			e.problem("%s is not set: with CSPKIT_API_URL, set the partner's tenant and app registration", name)
		}
		return value
	}
	return access{
		api:          e.getenv("CSPKIT_API_URL"),
		login:        e.getenv("CSPKIT_LOGIN_URL"),
		graph:        e.getenv("CSPKIT_GRAPH_URL"),
		tenant:       required("CSPKIT_TENANT_ID"),
		clientID:     required("CSPKIT_CLIENT_ID"),
		clientSecret: auth.Secret(required("CSPKIT_CLIENT_SECRET")),
		refreshToken: auth.Secret(e.getenv("CSPKIT_REFRESH_TOKEN")),
	}
}
