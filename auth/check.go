package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxSkew is how far a clock may be off before Entra refuses assertions and
// services refuse tokens.
const maxSkew = 5 * time.Minute

// Finding says whether credentials suffice for one job of this library.
type Finding struct {
	Job      string   // what the job does, such as "remove a reseller relationship"
	Needs    string   // the token that it needs
	Problems []error  // what to do before the job can be done; empty: the credentials suffice
	Warnings []string // what to do about it before long, or what could not be seen
}

// OK reports whether the credentials suffice.
func (f Finding) OK() bool { return len(f.Problems) == 0 }

// job is a job of this library.
type job struct {
	name   string
	token  kind
	either bool     // any token for Partner Center will do
	scopes []string // any one of them is enough; none: no scope is asked for
	absent []string // the clouds, by name, in which Microsoft does not offer it
}

// kind is a token of [Credentials].
type kind int

const (
	appOnly kind = iota
	appUser
	graphUser
)

// jobs are those of the table in
// https://learn.microsoft.com/partner-center/developer/partner-center-authentication
// and of the permissions of Graph's delegated admin relationships.
var jobs = []job{
	{name: "list customers; read, cancel and suspend subscriptions", either: true},
	{name: "create and delete customers, keep billing profiles, check addresses and domains", either: true},
	{name: "register for events", either: true},
	{name: "read audit records", either: true, absent: []string{"china"}},
	{name: "check for reservations and software, remove a reseller relationship", token: appUser},
	{name: "read company profiles, work with indirect resellers and their customers, invite customers", token: appUser},
	{name: "end GDAP relationships", token: graphUser, scopes: []string{"DelegatedAdminRelationship.ReadWrite.All"}, absent: []string{"china"}},
	{name: "list reseller contracts", token: graphUser, scopes: []string{"Directory.Read.All", "Directory.ReadWrite.All"}, absent: []string{"china"}},
	{name: "create Microsoft Customer Agreement attestations and agreements", token: appOnly, absent: []string{"china", "usgov"}},
	{name: "read Microsoft Customer Agreements, their template and direct acceptances", token: appUser, absent: []string{"china", "usgov"}},
}

// needs describes the token of a job.
func (j job) needs() string {
	switch {
	case j.either:
		return "an app-only or app+user token for Partner Center"
	case j.token == appUser:
		return "an app+user token for Partner Center, with multi-factor authentication"
	case j.token == graphUser:
		return "an app+user token for Microsoft Graph with " + j.scopes[0]
	}
	return "an app-only token for Partner Center"
}

// Check gets a token of each source and says for each job of this library
// whether they suffice: the audience, app-only or app+user, multi-factor
// authentication, consent, the clock of this machine, and how long the refresh
// token lives. Nothing is sent but token requests, to cloud's sign-in service;
// the zero cloud is [Public]. A job that Microsoft does not offer in that cloud,
// by its Name, is left out.
//
// A token does not tell which roles the person has in Partner Center: only the
// calls themselves show a missing role (Admin agent).
func Check(ctx context.Context, creds Credentials, cloud Cloud) []Finding {
	cloud = cloud.orPublic()
	tokens := []checked{
		appOnly:   examine(ctx, creds.App, appOnly, audience{"Partner Center", cloud.Resource, partnerCenterApp}),
		appUser:   examine(ctx, creds.AppUser, appUser, audience{"Partner Center", cloud.Resource, partnerCenterApp}),
		graphUser: examine(ctx, creds.Graph, graphUser, audience{"Microsoft Graph", cloud.Graph, graphApp}),
	}
	var findings []Finding
	for _, j := range jobs {
		if slices.Contains(j.absent, cloud.Name) {
			continue
		}
		token := tokens[j.token]
		if j.either && token.missing {
			token = tokens[appUser] // as a client does that has no other
		}
		f := Finding{Job: j.name, Needs: j.needs(), Problems: slices.Clone(token.problems), Warnings: slices.Clone(token.warnings)}
		if token.ok() && token.claims.Known && len(j.scopes) > 0 && !token.claims.grants(j.scopes) {
			f.Problems = append(f.Problems, &lack{"the token has no permission " + j.scopes[0] + ": add it to the app registration, and consent again", ErrConsentRequired})
		}
		findings = append(findings, f)
	}
	for _, source := range []TokenSource{creds.AppUser, creds.Graph} {
		if s, ok := source.(*cached); ok && s.expires != nil {
			dies, err := s.expires(ctx)
			refusals := errors.Join(slices.Concat(tokens[appUser].problems, tokens[graphUser].problems)...)
			if err == nil && errors.Is(refusals, ErrSignInAgain) {
				err = ErrSignInAgain // it was ended before its time
			}
			return append(findings, judgeAge(dies, err)) // one refresh token serves both
		}
	}
	return findings
}

// lack is a problem that a sentinel names, in words of its own.
type lack struct {
	text  string
	class error
}

func (l *lack) Error() string { return l.text }

func (l *lack) Unwrap() error { return l.class }

// grants reports whether the token has one of the scopes, or of the roles that
// an app has in their place.
func (c claims) grants(scopes []string) bool {
	has := slices.Concat(c.Scopes, c.Roles)
	return slices.ContainsFunc(scopes, func(s string) bool {
		return slices.ContainsFunc(has, func(h string) bool { return strings.EqualFold(h, s) })
	})
}

// What Microsoft's own services are called as audiences, beside their URL.
const (
	partnerCenterApp = "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"
	graphApp         = "00000003-0000-0000-c000-000000000000"
)

type audience struct{ name, url, app string }

func (a audience) is(aud string) bool {
	return strings.EqualFold(strings.TrimRight(aud, "/"), strings.TrimRight(a.url, "/")) || strings.EqualFold(aud, a.app)
}

// checked is what examine found.
type checked struct {
	missing  bool // no source is configured
	claims   claims
	problems []error
	warnings []string
}

func (c checked) ok() bool { return len(c.problems) == 0 }

func (c *checked) problem(format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf(format, args...))
}

func (c *checked) warn(format string, args ...any) {
	c.warnings = append(c.warnings, fmt.Sprintf(format, args...))
}

// examine gets a token and looks into it.
func examine(ctx context.Context, source TokenSource, as kind, of audience) (c checked) {
	if source == nil {
		names := []string{appOnly: "App", appUser: "AppUser", graphUser: "Graph"}
		c.missing = true
		c.problem("no such credentials are configured: set Credentials.%s", names[as])
		return c
	}
	token, err := source.Token(ctx)
	if err == nil && (token == nil || token.AccessToken == "") {
		err = errors.New("the token source gave no token")
	}
	if err != nil {
		c.problem("%w", err)
		return c
	}
	c.claims = readClaims(token.AccessToken)
	if !c.claims.Known {
		c.warn("the token is opaque: what it is good for cannot be seen")
	} else {
		c.judge(as, of, token.Expiry)
	}
	return c
}

// judge says what is wrong with the claims. expiry is when the token expires
// by the clock of this machine: it counted from the answer.
func (c *checked) judge(as kind, of audience, expiry time.Time) {
	now := time.Now()
	if !of.is(c.claims.Audience) {
		c.problems = append(c.problems, &lack{fmt.Sprintf("the token is for %.80q, not for %s: check Cloud.Resource and the scope that is asked for", c.claims.Audience, of.name), ErrMisconfigured})
	}
	switch {
	case as == appOnly && !c.claims.AppOnly:
		c.problem("the token is one of a user, where an app-only one is needed: use NewApp for it")
	case as == appUser && c.claims.AppOnly:
		c.problem("the token is app-only, where one of a user is needed: sign in once and use NewUser for it")
	}
	if !c.claims.AppOnly {
		switch {
		case c.claims.AMR == nil:
			c.warn("the token does not say whether the person signed in with multi-factor authentication, which Partner Center demands")
		case !slices.Contains(c.claims.AMR, "mfa"):
			c.problem("%w", ErrMFARequired)
		}
	}
	skew := time.Duration(0)
	switch {
	case !expiry.IsZero() && !c.claims.Expires.IsZero():
		skew = c.claims.Expires.Sub(expiry)
	case !c.claims.Issued.IsZero() && c.claims.Issued.After(now): // its issue lies in the future
		skew = c.claims.Issued.Sub(now)
	}
	switch side := map[bool]string{true: "behind", false: "ahead of"}[skew > 0]; {
	case skew.Abs() >= maxSkew:
		c.problem("the clock of this machine is %s %s the sign-in service's: set it right", skew.Abs().Round(time.Second), side)
	case skew.Abs() >= maxSkew/5:
		c.warn("the clock of this machine is %s %s the sign-in service's", skew.Abs().Round(time.Second), side)
	}
	if expiry.IsZero() && !c.claims.Expires.IsZero() && !now.Before(c.claims.Expires) {
		c.problem("the token expired at %s: get a new one", c.claims.Expires.UTC().Format(time.RFC3339))
	}
}

// judgeAge says how long the refresh token lives.
func judgeAge(dies time.Time, err error) Finding {
	days := int(RefreshTokenLife.Hours() / 24)
	f := Finding{Job: "stay signed in", Needs: fmt.Sprintf("a refresh token that is used at least every %d days", days)}
	switch {
	case err != nil:
		f.Problems = []error{err}
	case dies.IsZero():
		f.Warnings = []string{"when the refresh token was issued is not known: the sign-in service gave no new one yet"}
	case time.Until(dies) < warnBefore:
		f.Warnings = []string{fmt.Sprintf("the refresh token dies on %s unless it is used: sign in again", dies.UTC().Format(time.DateOnly))}
	}
	return f
}
