package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercentertest"
)

// credentials are all that the emulator can give.
func credentials(t *testing.T, fake *partnercentertest.Server) auth.Credentials {
	t.Helper()
	app, err := auth.NewApp(withSecret(fake))
	if err != nil {
		t.Fatal(err)
	}
	user, err := auth.NewUser(auth.UserConfig{App: withSecret(fake), RefreshToken: partnercentertest.RefreshToken})
	if err != nil {
		t.Fatal(err)
	}
	return auth.Credentials{App: app, AppUser: user.PartnerCenter(), Graph: user.Graph()}
}

// The jobs by a part of their names.
const (
	subscriptions = "suspend subscriptions"
	creation      = "create and delete customers"
	events        = "events"
	audit         = "audit records"
	removal       = "remove a reseller relationship"
	resellers     = "indirect resellers"
	gdap          = "GDAP"
	contracts     = "contracts"
	attest        = "attestations"
	agreements    = "direct acceptances"
	staying       = "stay signed in"
)

// summary lists the jobs that credentials do not suffice for, and what is
// said about them.
func summary(findings []auth.Finding) (lacking []string, text string) {
	for _, f := range findings {
		for _, name := range []string{subscriptions, creation, events, audit, removal, resellers, gdap, contracts, attest, agreements, staying} {
			if strings.Contains(f.Job, name) && !f.OK() {
				lacking = append(lacking, name)
			}
		}
		text += fmt.Sprintln(f.Job, f.Needs, f.Problems, f.Warnings)
	}
	return lacking, text
}

func TestCheckNamesTheJobsThatCredentialsSufficeFor(t *testing.T) {
	bubble := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when the clock of a synctest bubble starts
	jwtFor := func(audience, more string) auth.TokenSource {
		return auth.Static(jwt(fmt.Sprintf(`{"aud":%q,"scp":"user_impersonation","amr":["pwd","mfa"],"exp":%d%s}`, audience, bubble.Add(time.Hour).Unix(), more)))
	}
	const partner = "https://api.partnercenter.microsoft.com"
	for name, tt := range map[string]struct {
		set    func(*partnercentertest.Server)
		change func(*auth.Credentials)
		want   []string
		text   string
	}{
		"all that is needed": {nil, nil, nil, ""},
		"app only":           {nil, func(c *auth.Credentials) { c.AppUser, c.Graph = nil, nil }, []string{removal, resellers, gdap, contracts, agreements}, "set Credentials.AppUser"},
		"user only":          {nil, func(c *auth.Credentials) { c.App, c.Graph = nil, nil }, []string{gdap, contracts, attest}, "set Credentials.App"},
		"the user's tokens as the app's": {nil, func(c *auth.Credentials) { c.App = c.AppUser }, []string{subscriptions, creation, events, audit, attest},
			"use NewApp for it"},
		"the app's tokens as the user's": {nil, func(c *auth.Credentials) { c.AppUser = c.App }, []string{removal, resellers, agreements}, "use NewUser for it"},
		"Graph's tokens for Partner Center": {nil, func(c *auth.Credentials) { c.AppUser = c.Graph }, []string{removal, resellers, agreements},
			`for "https://graph.microsoft.com", not for Partner Center`},
		"without multi-factor authentication": {func(s *partnercentertest.Server) { s.NoMFA = true }, nil, []string{removal, resellers, gdap, contracts, agreements}, "multi-factor"},
		"nobody consented":                    {func(s *partnercentertest.Server) { s.NoConsent = true }, nil, []string{removal, resellers, gdap, contracts, agreements}, "consent"},
		"no permission for GDAP": {func(s *partnercentertest.Server) { s.GraphScopes = []string{"Directory.Read.All"} }, nil, []string{gdap},
			"add it to the app registration"},
		"expired secret": {func(s *partnercentertest.Server) { s.SecretExpired = true }, nil,
			[]string{subscriptions, creation, events, audit, removal, resellers, gdap, contracts, attest, agreements}, "make a new one"},
		"clock far behind": {func(s *partnercentertest.Server) { s.ClockSkew = 6 * time.Minute }, nil,
			[]string{subscriptions, creation, events, audit, removal, resellers, gdap, contracts, attest, agreements}, "6m0s behind the sign-in service's"},
		"clock far ahead": {func(s *partnercentertest.Server) { s.ClockSkew = -6 * time.Minute }, nil,
			[]string{subscriptions, creation, events, audit, removal, resellers, gdap, contracts, attest, agreements}, "6m0s ahead of the sign-in service's"},
		"clock a little off":  {func(s *partnercentertest.Server) { s.ClockSkew = 2 * time.Minute }, nil, nil, "2m0s behind"},
		"opaque":              {nil, func(c *auth.Credentials) { c.App = auth.Static("opaque") }, nil, "cannot be seen"},
		"a token handed over": {nil, func(c *auth.Credentials) { c.AppUser = jwtFor(partner+"/", "") }, nil, ""},
		"known by its id":     {nil, func(c *auth.Credentials) { c.AppUser = jwtFor("fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd", "") }, nil, ""},
		"expired since": {nil, func(c *auth.Credentials) {
			c.AppUser = auth.Static(jwt(`{"aud":"` + partner + `","scp":"x","amr":["mfa"],"exp":1}`))
		},
			[]string{removal, resellers, agreements}, "expired at 1970"},
		"of the future": {nil, func(c *auth.Credentials) {
			c.AppUser = jwtFor(partner, fmt.Sprintf(`,"iat":%d`, time.Now().Add(time.Hour).Unix()))
		},
			[]string{removal, resellers, agreements}, "behind the sign-in service's"},
		"silent about multi-factor authentication": {nil, func(c *auth.Credentials) {
			c.AppUser = auth.Static(jwt(fmt.Sprintf(`{"aud":%q,"scp":"x","exp":%d}`, partner, bubble.Add(time.Hour).Unix())))
		}, nil, "does not say"},
		"a source that gives none": {nil, func(c *auth.Credentials) { c.App = auth.Static("") }, []string{subscriptions, creation, events, audit, attest}, "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkOnce(t, tt.set, tt.change, tt.want, tt.text) })
		})
	}
}

func checkOnce(t *testing.T, set func(*partnercentertest.Server), change func(*auth.Credentials), want []string, said string) {
	fake := partnercentertest.New()
	if set != nil {
		set(fake)
	}
	creds := credentials(t, fake)
	if change != nil {
		change(&creds)
	}
	findings := auth.Check(t.Context(), creds, auth.Cloud{})
	lacking, text := summary(findings)
	if fmt.Sprint(lacking) != fmt.Sprint(want) || !strings.Contains(text, said) {
		t.Errorf("Check() finds %q lacking, want %q with %q:\n%s", lacking, want, said, text)
	}
	for _, secret := range fake.Secrets() {
		if strings.Contains(text, secret) {
			t.Error("a finding shows a secret")
		}
	}
	for _, r := range fake.Requests() {
		if r.Service != "entra" {
			t.Errorf("Check() sent %s %s", r.Method, r.Path)
		}
	}
}

func TestCheckSaysHowLongTheSignInLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New()
		fake.RotateRefreshTokens = true
		creds := credentials(t, fake)
		said := func() string {
			findings := auth.Check(t.Context(), creds, auth.Cloud{})
			last := findings[len(findings)-1]
			if !strings.Contains(last.Job, staying) {
				t.Fatalf("last finding = %+v, want the one about the refresh token", last)
			}
			return fmt.Sprint(last.Problems, last.Warnings)
		}
		if got := said(); got != "[] []" {
			t.Errorf("freshly rotated: %s, want nothing", got)
		}
		fake.RotateRefreshTokens = false
		time.Sleep(80 * 24 * time.Hour)
		if got := said(); !strings.Contains(got, "sign in again") {
			t.Errorf("ten days before its end: %s, want a warning", got)
		}
		fake.RevokeRefreshTokens()
		time.Sleep(2 * time.Hour) // the access tokens end, too
		if got := said(); !strings.Contains(got, "no longer good") {
			t.Errorf("ended before its time: %s, want a problem", got)
		}
	})
}

func TestCheckLeavesOutWhatTheCloudDoesNotHave(t *testing.T) {
	for _, tt := range []struct {
		cloud  auth.Cloud
		absent []string
	}{
		{auth.Public(), nil},
		{auth.USGovernment(), []string{attest, agreements}},
		{auth.China(), []string{audit, gdap, contracts, attest, agreements}},
		{auth.Cloud{Name: "of my own"}, nil},
	} {
		var absent []string
		_, text := summary(auth.Check(t.Context(), auth.Credentials{}, tt.cloud))
		for _, name := range []string{subscriptions, creation, events, audit, removal, resellers, gdap, contracts, attest, agreements} {
			if !strings.Contains(text, name) {
				absent = append(absent, name)
			}
		}
		if fmt.Sprint(absent) != fmt.Sprint(tt.absent) {
			t.Errorf("in the cloud %s Check() leaves out %q, want %q", tt.cloud.Name, absent, tt.absent)
		}
	}
}

func TestCheckEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, f := range auth.Check(ctx, credentials(t, partnercentertest.New()), auth.Cloud{}) {
		if !f.OK() && !errors.Is(errors.Join(f.Problems...), context.Canceled) {
			t.Errorf("%s: %v, want the context's error", f.Job, f.Problems)
		}
	}
}

func ExampleCheck() {
	fake := partnercentertest.New() // instead of the network
	app, err := auth.NewApp(withSecret(fake))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, finding := range auth.Check(context.Background(), auth.Credentials{App: app}, auth.Public()) {
		fmt.Println(finding.OK(), finding.Job)
	}
	// Output:
	// true list customers; read, cancel and suspend subscriptions
	// true create and delete customers, keep billing profiles, check addresses and domains
	// true register for events
	// true read audit records
	// false check for reservations and software, remove a reseller relationship
	// false read company profiles, work with indirect resellers and their customers, invite customers
	// false end GDAP relationships
	// false list reseller contracts
	// true create Microsoft Customer Agreement attestations and agreements
	// false read Microsoft Customer Agreements, their template and direct acceptances
}
