package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cspkit/cspkit/internal/pause"
)

// DevicePrompt is what to show to the person who signs in on another device.
type DevicePrompt struct {
	VerificationURL string    // the page to open
	UserCode        string    // to be entered there
	Expires         time.Time // when the code does
}

// deviceCode is the answer that begins a sign-in.
type deviceCode struct {
	DeviceCode      string      `json:"device_code"`
	UserCode        string      `json:"user_code"`
	VerificationURL string      `json:"verification_uri"`
	ExpiresIn       json.Number `json:"expires_in"` // seconds
	Interval        json.Number `json:"interval"`   // seconds between two polls
}

// SignInWithDevice lets a person sign in on a device with a browser, for a
// machine that has none. It calls show with what the person needs, then waits
// until they have signed in, the code expires or ctx ends. A passing problem of
// the sign-in service does not end the wait.
//
// The error matches [ErrDeclined] for a person who said no, [ErrSignInAgain]
// when the code has expired, and [ErrConditionalAccess] in a tenant that does
// not allow device codes. UNCONFIRMED by Microsoft's pages: whether such a
// sign-in proves multi-factor authentication; look at [SignIn].MFA.
//
// Source: POST {authority}/{tenant}/oauth2/v2.0/devicecode,
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
func SignInWithDevice(ctx context.Context, cfg AppConfig, show func(DevicePrompt) error) (*SignIn, error) {
	cfg.Cloud = cfg.Cloud.orPublic()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	e := newEndpoint(cfg)
	code, err := e.deviceCode(ctx, cfg.Cloud.endpointURL(cfg.Tenant, "devicecode"), signInScope(cfg.Cloud))
	if err != nil {
		return nil, err
	}
	e.secrets.add(code.DeviceCode)
	expires := time.Now().Add(seconds(code.ExpiresIn, 15*time.Minute))
	if err := show(DevicePrompt{code.VerificationURL, code.UserCode, expires}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithDeadlineCause(ctx, expires, fmt.Errorf("auth: the device code has expired: begin anew (%w)", ErrSignInAgain))
	defer cancel()
	for interval := seconds(code.Interval, 5*time.Second); ; {
		if err := pause.For(ctx, interval); err != nil {
			return nil, context.Cause(ctx)
		}
		token, err := e.retrieve(ctx, signInScope(cfg.Cloud), url.Values{
			"grant_type":  {"urn:ietf:params:oauth:grant-type:device_code"},
			"device_code": {code.DeviceCode},
		})
		if err == nil {
			return signedIn(cfg, token)
		}
		refused, _ := errors.AsType[*Error](err)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case refused != nil && refused.Code == "authorization_pending":
		case refused != nil && refused.Code == "slow_down", errors.Is(err, ErrTransient):
			interval += 5 * time.Second // the person may be at it just now (RFC 8628, section 3.5)
		case refused != nil:
			return nil, declined(refused)
		default:
			return nil, err
		}
	}
}

// deviceCode begins a sign-in. That asks for no proof of who the app is.
func (e *endpoint) deviceCode(ctx context.Context, address, scope string) (*deviceCode, error) {
	form := url.Values{"client_id": {e.clientID}, "scope": {scope}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, errors.New("auth: Cloud.Authority is not a URL")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := (&http.Client{Transport: e.transport, CheckRedirect: noRedirect}).Do(r)
	if err != nil {
		if clean := cleanError(err); clean != nil {
			return nil, clean
		}
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body) // in memory since the attempt
	if err != nil {
		return nil, err
	}
	out := new(deviceCode)
	if resp.StatusCode != http.StatusOK || json.Unmarshal(body, out) != nil || out.DeviceCode == "" || out.UserCode == "" || out.VerificationURL == "" {
		return nil, DecodeError(resp.StatusCode, body)
	}
	return out, nil
}

// seconds reads a number of seconds, which may be missing.
func seconds(n json.Number, otherwise time.Duration) time.Duration {
	if s, err := n.Int64(); err == nil && s > 0 && s < 1<<20 {
		return time.Duration(s) * time.Second
	}
	return otherwise
}
