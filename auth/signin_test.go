package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercentertest"
)

func textLogger(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

const home = "http://localhost:8400"

// browse opens a page as a browser would, and returns the query that it is
// sent back with.
func browse(t *testing.T, fake http.RoundTripper, page string) url.Values {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := fake.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	back, err := resp.Location()
	if err != nil || !strings.HasPrefix(back.String(), home) {
		t.Fatalf("the page leads to %v, %v, want %s", back, err, home)
	}
	return back.Query()
}

func begin(t *testing.T, fake http.RoundTripper) *auth.Authorization {
	t.Helper()
	flow, err := auth.NewAuthorization(withSecret(fake), home)
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

func TestAPersonSignsInWithABrowser(t *testing.T) {
	fake, store := partnercentertest.New(), new(auth.MemoryTokenStore)
	flow := begin(t, fake)
	in, err := flow.Finish(t.Context(), browse(t, fake, flow.URL()))
	if err != nil {
		t.Fatal(err)
	}
	if !in.MFA || !in.MFAKnown || in.Tenant != partnercentertest.TenantID || len(in.Scopes) == 0 || in.RefreshToken.Issued.IsZero() {
		t.Errorf("SignIn = %+v, want multi-factor authentication, the tenant, scopes and a date", in)
	}
	if err := in.Save(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	user, err := auth.NewUser(auth.UserConfig{App: withSecret(fake), Store: store}) // names no seed
	if err != nil {
		t.Fatal(err)
	}
	good(t, user.PartnerCenter(), nil)
	good(t, user.Graph(), nil)
}

func TestNobodyHasSignedInYet(t *testing.T) {
	fake := partnercentertest.New()
	user, err := auth.NewUser(auth.UserConfig{App: withSecret(fake), Store: new(auth.MemoryTokenStore)})
	if err != nil {
		t.Fatal(err)
	}
	bad(t, user.PartnerCenter(), auth.ErrNoToken, "sign in once")
	if n := len(fake.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestTheSignInPageHoldsNoSecret(t *testing.T) {
	flow := begin(t, partnercentertest.New())
	page, err := url.Parse(flow.URL())
	if err != nil {
		t.Fatal(err)
	}
	q := page.Query()
	for name, want := range map[string]string{
		"response_type": "code", "response_mode": "query", "prompt": "login", "redirect_uri": home, "code_challenge_method": "S256",
		"scope": "https://api.partnercenter.microsoft.com/user_impersonation offline_access openid",
	} {
		if q.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, q.Get(name), want)
		}
	}
	for name := range q {
		if strings.Contains(name, "secret") || strings.Contains(name, "verifier") {
			t.Errorf("the page is told %s", name)
		}
	}
}

func TestARedirectThatIsNotOfThisSignInChangesNothing(t *testing.T) {
	fake := partnercentertest.New()
	mine, other := begin(t, fake), begin(t, fake)
	for _, query := range []url.Values{browse(t, fake, other.URL()), {"code": {"stolen"}}, {"error": {"access_denied"}}, {}} {
		if _, err := mine.Finish(t.Context(), query); !errors.Is(err, auth.ErrWrongState) {
			t.Errorf("Finish(%d values) error = %v, want ErrWrongState", len(query), err)
		}
	}
	if _, err := mine.Finish(t.Context(), browse(t, fake, mine.URL())); err != nil {
		t.Errorf("Finish() of the right one: %v", err)
	}
}

func TestSignInsThatFail(t *testing.T) {
	tests := []struct {
		name   string
		set    func(*partnercentertest.Server)
		change func(url.Values) // of the redirect
		want   error
	}{
		{"declined", func(s *partnercentertest.Server) { s.SignInError = "access_denied" }, nil, auth.ErrDeclined},
		{"no consent", func(s *partnercentertest.Server) { s.SignInError = "consent_required" }, nil, auth.ErrConsentRequired},
		{"no consent at the end", func(s *partnercentertest.Server) { s.NoConsent = true }, nil, auth.ErrConsentRequired},
		{"blocked by a policy", func(s *partnercentertest.Server) { s.ConditionalAccess = true }, nil, auth.ErrConditionalAccess},
		{"an app that the person is not assigned to", func(s *partnercentertest.Server) { s.SignInError = "access_denied" }, func(q url.Values) {
			q.Set("error_description", "AADSTS50105: The signed in user is not assigned to a role for the application.")
		}, auth.ErrUser},
		{"unknown code", nil, func(q url.Values) { q.Set("code", "made-up-code") }, auth.ErrSignInAgain},
		{"no code", nil, func(q url.Values) { q.Del("code") }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fake := partnercentertest.New()
			if tt.set != nil {
				tt.set(fake)
			}
			flow := begin(t, fake)
			query := browse(t, fake, flow.URL())
			if tt.change != nil {
				tt.change(query)
			}
			_, err := flow.Finish(t.Context(), query)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("Finish() error = %v, want %v", err, tt.want)
			}
		})
	}
}

func TestASignInWithoutARefreshTokenIsNone(t *testing.T) {
	flow := begin(t, &endpoint{answers: []answer{token("at1")}})
	page, err := url.Parse(flow.URL())
	if err != nil {
		t.Fatal(err)
	}
	in, err := flow.Finish(t.Context(), url.Values{"code": {"a-code"}, "state": {page.Query().Get("state")}})
	if in != nil || err == nil || !strings.Contains(err.Error(), "offline_access") {
		t.Errorf("Finish() = %v, %v, want an error that names offline_access", in, err)
	}
}

func TestACodeServesOnceAndOnlyWhoBegan(t *testing.T) {
	fake := partnercentertest.New()
	flow := begin(t, fake)
	query := browse(t, fake, flow.URL())
	if _, err := flow.Finish(t.Context(), query); err != nil {
		t.Fatal(err)
	}
	if _, err := flow.Finish(t.Context(), query); !errors.Is(err, auth.ErrMisconfigured) || !strings.Contains(err.Error(), "begin the sign-in anew") {
		t.Errorf("Finish() a second time: %v, want that the code was redeemed before", err)
	}
	// A thief knows the code and the state, but not the verifier.
	victim, thief := begin(t, fake), begin(t, fake)
	stolen, own := browse(t, fake, victim.URL()), browse(t, fake, thief.URL())
	own.Set("code", stolen.Get("code"))
	if _, err := thief.Finish(t.Context(), own); err == nil {
		t.Error("Finish() with another's code gave a sign-in: PKCE does not protect it")
	}
}

func TestAPersonSignsInOnAnotherDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New()
		start := time.Now()
		in, err := auth.SignInWithDevice(t.Context(), withSecret(fake), func(p auth.DevicePrompt) error {
			if p.VerificationURL == "" || p.UserCode == "" || time.Until(p.Expires) != 15*time.Minute {
				t.Errorf("prompt = %+v", p)
			}
			go func() {
				time.Sleep(42 * time.Second)
				if err := fake.ApproveDevice(p.UserCode); err != nil {
					t.Error(err)
				}
			}()
			return nil
		})
		if err != nil || !in.MFA {
			t.Fatalf("SignInWithDevice() = %+v, %v", in, err)
		}
		if waited := time.Since(start); waited != 45*time.Second {
			t.Errorf("it took %s, want the next poll after 42 s, at 5 s intervals", waited)
		}
		user, err := auth.NewUser(auth.UserConfig{App: withSecret(fake), RefreshToken: in.RefreshToken.Token})
		if err != nil {
			t.Fatal(err)
		}
		good(t, user.PartnerCenter(), nil)
	})
}

// impatient polls once more than it is told to, at the first poll.
type impatient struct {
	next  http.RoundTripper
	again int // how often the authority found that too soon
	done  bool
}

func (i *impatient) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := i.next.RoundTrip(r.Clone(r.Context()))
	if !i.done && strings.HasSuffix(r.URL.Path, "/token") && err == nil {
		i.done = true
		resp.Body.Close()
		if r.Body, err = r.GetBody(); err == nil {
			resp, err = i.next.RoundTrip(r)
		}
	}
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if strings.Contains(string(body), "slow_down") {
		i.again++
	}
	resp.Body = io.NopCloser(strings.NewReader(string(body)))
	return resp, err
}

func TestTheAuthoritysSlowDownIsHeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New()
		wire := &impatient{next: fake}
		_, err := auth.SignInWithDevice(t.Context(), withSecret(wire), func(p auth.DevicePrompt) error {
			go func() {
				time.Sleep(42 * time.Second)
				if err := fake.ApproveDevice(p.UserCode); err != nil {
					t.Error(err)
				}
			}()
			return nil
		})
		if err != nil || wire.again != 1 {
			t.Errorf("SignInWithDevice() error = %v after %d slow_down, want one and a sign-in", err, wire.again)
		}
	})
}

// deviceCode begins a sign-in. It has a number as a string, as v1 endpoints do.
var deviceCode = answer{status: 200, body: `{"device_code":"device-code-secret","user_code":"ABC","verification_uri":"https://login.example/device","expires_in":"900","interval":5}`}

func TestASlowDownIsHeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := []answer{
			deviceCode,
			refused(400, "authorization_pending", "70016"), refused(400, "slow_down", "70016"), refused(400, "authorization_pending", "70016"),
			rotated("at1", "rt1"),
		}
		var at []time.Duration
		start := time.Now()
		fake := &endpoint{answers: answers, hook: func(int) { at = append(at, time.Since(start)) }}
		if _, err := auth.SignInWithDevice(t.Context(), appConfig(fake), func(auth.DevicePrompt) error { return nil }); err != nil {
			t.Fatal(err)
		}
		want := "[0s 5s 10s 20s 30s]"
		if got := fmt.Sprint(at); got != want {
			t.Errorf("polled at %s, want %s", got, want)
		}
	})
}

func TestAPassingProblemDoesNotEndTheWaitForAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := []answer{
			deviceCode,
			refused(400, "authorization_pending", "70016"),
		}
		for range 8 { // two polls, each with its retries
			answers = append(answers, answer{status: 503})
		}
		for range 4 {
			answers = append(answers, answer{err: errors.New("connection reset")})
		}
		fake := &endpoint{answers: append(answers, rotated("at1", "rt1"))}
		in, err := auth.SignInWithDevice(t.Context(), appConfig(fake), func(auth.DevicePrompt) error { return nil })
		if err != nil || in.RefreshToken.Token != "rt1" {
			t.Errorf("SignInWithDevice() = %v, %v, want the sign-in", in, err)
		}
	})
}

func TestAPolicyThatRefusesADeviceIsNotThePersonsNo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &endpoint{answers: []answer{
			deviceCode,
			refused(400, "access_denied", "53003"),
		}}
		_, err := auth.SignInWithDevice(t.Context(), appConfig(fake), func(auth.DevicePrompt) error { return nil })
		if !errors.Is(err, auth.ErrConditionalAccess) || errors.Is(err, auth.ErrDeclined) {
			t.Errorf("SignInWithDevice() error = %v, want ErrConditionalAccess", err)
		}
	})
}

func TestDeviceSignInsThatFail(t *testing.T) {
	for name, tt := range map[string]struct {
		decide func(*partnercentertest.Server, string) error
		want   error
	}{
		"declined":     {(*partnercentertest.Server).DeclineDevice, auth.ErrDeclined},
		"never opened": {nil, auth.ErrSignInAgain},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := partnercentertest.New()
				_, err := auth.SignInWithDevice(t.Context(), withSecret(fake), func(p auth.DevicePrompt) error {
					if tt.decide == nil {
						return nil
					}
					return tt.decide(fake, p.UserCode)
				})
				if !errors.Is(err, tt.want) {
					t.Errorf("SignInWithDevice() error = %v, want %v", err, tt.want)
				}
				for _, secret := range fake.Secrets() {
					if strings.Contains(err.Error(), secret) {
						t.Error("the error shows a secret")
					}
				}
			})
		})
	}
	t.Run("interrupted", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := auth.SignInWithDevice(ctx, withSecret(partnercentertest.New()), func(auth.DevicePrompt) error { return nil })
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("SignInWithDevice() error = %v, want the context's", err)
			}
		})
	})
	t.Run("nobody to show it to", func(t *testing.T) {
		broken := errors.New("no terminal")
		_, err := auth.SignInWithDevice(t.Context(), withSecret(partnercentertest.New()), func(auth.DevicePrompt) error { return broken })
		if !errors.Is(err, broken) {
			t.Errorf("SignInWithDevice() error = %v, want show's", err)
		}
	})
	t.Run("unknown app", func(t *testing.T) {
		cfg := withSecret(partnercentertest.New())
		cfg.ClientID = partnercentertest.TenantID
		_, err := auth.SignInWithDevice(t.Context(), cfg, func(auth.DevicePrompt) error { t.Error("show was called"); return nil })
		if !errors.Is(err, auth.ErrMisconfigured) {
			t.Errorf("SignInWithDevice() error = %v, want ErrMisconfigured", err)
		}
	})
}

func TestRedirectURLsThatAreRefused(t *testing.T) {
	for _, redirect := range []string{"", "localhost:8400", "http://example.com", "https://u:p@example.com", "https://example.com#x", "ftp://localhost"} {
		if _, err := auth.NewAuthorization(withSecret(nil), redirect); err == nil {
			t.Errorf("NewAuthorization(%q) gave no error", redirect)
		}
	}
}
