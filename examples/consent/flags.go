package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cspkit/cspkit/examples/internal/cli"
)

// request is what the command line asks for.
type request struct {
	check, device, json, noBrowser bool

	port int
	wait time.Duration
}

const synopsis = `Usage: consent [flags]

Lets a person of the partner tenant sign in with multi-factor authentication, once,
and stores the refresh token by which the other programs act for that person. With
-check it says what the credentials are good for. Without CSPKIT_API_URL it does so
with a built-in emulator.

Environment, for a real account: CSPKIT_API_URL, CSPKIT_TENANT_ID, CSPKIT_CLIENT_ID,
CSPKIT_CLIENT_SECRET; CSPKIT_STORE is where the refresh token is kept: sqlite:FILE
(sqlite:cspkit.db if it is not set) or postgres://…; optional are CSPKIT_CLOUD, CSPKIT_LOGIN_URL, CSPKIT_GRAPH_URL and
CSPKIT_LOG. The app registration needs the redirect URI http://localhost.

Exit status: 0 all is well, 2 not called properly and nothing sent, 4 the sign-in
failed or a credential does not suffice, 130 interrupted.

`

// parse reads the command line. The error joins all that is wrong with it; for
// an unknown flag the usage has been printed.
func parse(args []string, stderr io.Writer) (*request, error) {
	req := &request{}
	flags := cli.Flags("consent", synopsis, stderr)
	flags.BoolVar(&req.check, "check", false, "say for each job whether the credentials suffice, and stop")
	flags.BoolVar(&req.json, "json", false, "with -check: print one JSON object a line")
	flags.BoolVar(&req.device, "device", false, "sign in with a code on another device")
	flags.BoolVar(&req.noBrowser, "no-browser", false, "print the address to open, but open no browser")
	flags.IntVar(&req.port, "port", 0, "`number` of the local port that the browser comes back to; 0: a free one")
	flags.DurationVar(&req.wait, "wait", 10*time.Minute, "how `long` to wait for the person")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	return req, req.checkFlags(flags.Args())
}

func (r *request) checkFlags(rest []string) error {
	var problems []error
	if len(rest) > 0 {
		problems = append(problems, fmt.Errorf("%.60q is no flag: there are no arguments", rest[0]))
	}
	if r.json && !r.check {
		problems = append(problems, errors.New("-json goes with -check only"))
	}
	if r.check && r.device {
		problems = append(problems, errors.New("-check and -device exclude each other: sign in first, then check"))
	}
	if r.port < 0 || r.port > 65535 {
		problems = append(problems, fmt.Errorf("-port is %d: set 1 to 65535, or 0 for a free one", r.port))
	}
	if r.wait <= 0 {
		problems = append(problems, fmt.Errorf("-wait is %s: set a time above zero", r.wait))
	}
	return errors.Join(problems...)
}
