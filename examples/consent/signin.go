package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
)

// signIn lets a person sign in and stores the refresh token, if it is worth it.
func signIn(ctx context.Context, cfg *config.Config, req *request, getenv func(string) string, c cli.Console) error {
	wait, cancel := context.WithTimeoutCause(ctx, req.wait, fmt.Errorf("nobody signed in within %s: run it again", req.wait))
	defer cancel()
	way := inBrowser
	if req.device {
		way = onDevice
	}
	result, err := way(wait, cfg, req, c)
	switch {
	case err != nil && wait.Err() != nil:
		return context.Cause(wait)
	case err != nil:
		return err
	case result.MFAKnown && !result.MFA:
		return fmt.Errorf("nothing was stored, because Partner Center refuses this sign-in: %w", auth.ErrMFARequired)
	}
	if err := result.Save(ctx, cfg.Tokens); err != nil {
		return err
	}
	report(c, cfg, result, getenv("CSPKIT_REFRESH_TOKEN") != "")
	return nil
}

// report says what was granted, and until when.
func report(c cli.Console, cfg *config.Config, result *auth.SignIn, overridden bool) {
	say := func(format string, args ...any) { fmt.Fprintf(c.Out, format+"\n", args...) }
	proof := "with multi-factor authentication"
	if !result.MFAKnown {
		proof = "but the token does not say whether with multi-factor authentication, which Partner Center demands"
	}
	say("Signed in to tenant %s, %s.", cmp.Or(result.Tenant, cfg.App.Tenant), proof)
	if len(result.Scopes) > 0 {
		say("Granted: %s.", strings.Join(result.Scopes, ", "))
	}
	where := "in memory, until this program ends"
	if !cfg.Forgets {
		where = "in " + cfg.Name
	}
	say("The refresh token is stored %s. It is good until about %s, and each use renews it.",
		where, result.RefreshToken.Expires().UTC().Format(time.DateOnly))
	if overridden && cfg.Demo == nil {
		say("CSPKIT_REFRESH_TOKEN is set and goes before what is stored: unset it.")
	}
}

// inBrowser opens the page on which the person signs in, and receives what
// comes of it on this machine.
func inBrowser(ctx context.Context, cfg *config.Config, req *request, c cli.Console) (*auth.SignIn, error) {
	back, err := listen(req.port)
	if err != nil {
		return nil, err
	}
	defer back.close()
	flow, err := auth.NewAuthorization(cfg.App, back.url)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(c.Out, "Sign in as an Admin agent of the partner tenant, with multi-factor authentication:\n\n  %s\n\n", flow.URL())
	switch {
	case !c.Person && cfg.Demo != nil: // nobody is here, and the emulator's user signs in unasked
		go visit(ctx, flow.URL())
	case c.Person && !req.noBrowser:
		openBrowser(flow.URL())
	}
	return back.wait(ctx, flow)
}

// visit opens the page as a browser would.
func visit(ctx context.Context, address string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return
	}
	if resp, err := http.DefaultClient.Do(r); err == nil {
		resp.Body.Close()
	}
}

// openBrowser asks the system to open the page. The address is on the screen
// too, so nothing is lost if it cannot. The command may turn into the browser
// itself, so it does not end with the sign-in.
func openBrowser(address string) {
	command := map[string][]string{
		"windows": {"rundll32", "url.dll,FileProtocolHandler"},
		"darwin":  {"open"},
	}[runtime.GOOS]
	if command == nil {
		command = []string{"xdg-open"}
	}
	_ = exec.Command(command[0], append(command[1:], address)...).Start()
}

// onDevice shows a code that the person enters in a browser elsewhere.
func onDevice(ctx context.Context, cfg *config.Config, _ *request, c cli.Console) (*auth.SignIn, error) {
	return auth.SignInWithDevice(ctx, cfg.App, func(p auth.DevicePrompt) error {
		_, err := fmt.Fprintf(c.Out, "Open %s in a browser, enter the code %s and sign in as an Admin agent of the\npartner tenant, with multi-factor authentication. The code is good until %s.\n",
			p.VerificationURL, p.UserCode, p.Expires.Format(time.Kitchen))
		return err
	})
}
