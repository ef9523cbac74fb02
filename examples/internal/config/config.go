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
	"strconv"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
)

// Config is what the environment says, ready to use.
type Config struct {
	Client      *cspkit.Client
	Credentials auth.Credentials // that Client signs its requests with
	App         auth.AppConfig   // the app registration
	Tokens      auth.TokenStore  // refresh tokens; in memory where TokenFile is empty
	TokenFile   string

	Store      offboard.Store
	Agreements mca.Store
	Forgets    bool // the stores end with the process

	Links  mca.Wire // where acceptance links lead: with the emulator, to its own page
	Logger *slog.Logger
	Tenant customers.TenantID // the partner's own, empty if it is configured as a domain name
	Demo   *Demo              // the emulator, nil where CSPKIT_API_URL is set
}

// Load reads the environment through getenv; logs go to stderr. The error
// joins all that is wrong, and each says which variable to set. Nothing is sent.
func Load(ctx context.Context, getenv func(string) string, stderr io.Writer) (_ *Config, err error) {
	e := &environment{getenv: getenv}
	cfg := &Config{Logger: e.logger(stderr)}
	demo := getenv("CSPKIT_API_URL") == ""
	e.stores(cfg, demo)
	cloud, budget := e.cloud(), e.budget(demo)
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
	cfg.Tokens, cfg.TokenFile = tokens(getenv("CSPKIT_TOKEN_FILE"), demo)
	creds, problem := credentials(ctx, cfg.App, access.refreshToken, cfg.Tokens, cfg.Logger)
	cfg.Credentials = creds
	cfg.Client, err = access.client(creds, problem, partnercenter.WithCloud(cfg.App.Cloud),
		partnercenter.WithRateBudget(budget), partnercenter.WithLogger(cfg.Logger))
	if err != nil {
		cfg.Close()
		return nil, err
	}
	if id, err := customers.ParseTenantID(access.tenant); err == nil {
		cfg.Tenant = id
	}
	return cfg, nil
}

// tokens keeps the refresh tokens that come back from the sign-in service: in
// the file, or else for as long as the process runs. The emulator's tokens are
// worth no file.
func tokens(file string, demo bool) (auth.TokenStore, string) {
	if file == "" || demo {
		return new(auth.MemoryTokenStore), ""
	}
	return auth.NewFileTokenStore(file), file
}

// Close stops the emulator, if there is one.
func (c *Config) Close() {
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

// stores refuses what it cannot keep: what should survive the process must not
// end up in memory unnoticed.
func (e *environment) stores(cfg *Config, demo bool) {
	switch e.getenv("CSPKIT_STORE") {
	case "memory:":
	case "":
		if !demo {
			e.problem("CSPKIT_STORE is not set: set memory:, the only store supported so far; it keeps runs and attestations until this process ends")
		}
	default: // the value may hold a password
		e.problem("CSPKIT_STORE names a store that is not supported yet: set memory:, which keeps runs and attestations until this process ends")
	}
	cfg.Store, cfg.Agreements, cfg.Forgets = new(offboard.MemoryStore), new(mca.MemoryStore), true
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
