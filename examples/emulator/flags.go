package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/internal/loopback"
	"github.com/cspkit/cspkit/partnercentertest"
)

// request is what the command line asks for.
type request struct {
	addr, seed            string
	anyHost, sandbox      bool
	budget                int // -1: as the seed says
	asJSON, asEnvironment bool
}

const synopsis = `Usage: emulator [flags]

Serves an emulated Partner Center, with sign-in, Microsoft Graph and the page on which
customers accept the Microsoft Customer Agreement, until it is interrupted. It holds no
real data, and its secrets are published.

Exit status: 0 stopped by a signal, 2 not called properly or the seed is wrong, 4 cannot
listen.

`

// parse reads the command line. The error joins all that is wrong with it; for
// an unknown flag the usage has been printed.
func parse(args []string, stderr io.Writer) (*request, error) {
	req := &request{}
	flags := cli.Flags("emulator", synopsis, stderr)
	flags.StringVar(&req.addr, "addr", "127.0.0.1:0", "`host:port` to listen on; port 0: a free one")
	flags.BoolVar(&req.anyHost, "any-host", false, "let -addr name an address that other machines reach; the admin API stays for this one")
	flags.StringVar(&req.seed, "seed", "", "`file` with customers and settings as JSON, - for standard input; none: demo customers")
	flags.BoolVar(&req.sandbox, "sandbox", false, "be an integration sandbox: customers and reservations can be deleted")
	flags.IntVar(&req.budget, "budget", -1, "requests a minute and resource, 0: any `number`; -1: as the seed says")
	flags.BoolVar(&req.asJSON, "json", false, "print where everything is as one line of JSON, and nothing else")
	flags.BoolVar(&req.asEnvironment, "env", false, "print the environment of the other examples, and nothing else")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	return req, req.check(flags.Args())
}

func (r *request) check(rest []string) error {
	var problems []error
	if len(rest) > 0 {
		problems = append(problems, fmt.Errorf("%.60q is no flag: there are no arguments", rest[0]))
	}
	switch host, _, err := net.SplitHostPort(r.addr); {
	case err != nil:
		problems = append(problems, fmt.Errorf("-addr is %.60q: set host:port, such as 127.0.0.1:8080", r.addr))
	case !r.anyHost && !loopback.Host(host):
		problems = append(problems, fmt.Errorf("-addr is %.60q, which other machines reach: set 127.0.0.1:PORT, or add -any-host if that is meant", r.addr))
	}
	if r.asJSON && r.asEnvironment {
		problems = append(problems, errors.New("-json and -env exclude each other"))
	}
	if r.budget < -1 {
		problems = append(problems, fmt.Errorf("-budget is %d: set 0 or more, or -1 for what the seed says", r.budget))
	}
	return errors.Join(problems...)
}

// load reads the seed and starts a process with it.
func (r *request) load(stdin io.Reader) (*process, error) {
	seed, name := []byte(demoSeed), "the demo"
	var err error
	switch r.seed {
	case "":
	case "-":
		name = "standard input"
		seed, err = io.ReadAll(stdin)
	default:
		name = r.seed
		seed, err = os.ReadFile(r.seed)
	}
	if err != nil {
		return nil, fmt.Errorf("-seed: %w", err)
	}
	p := &process{seed: seed, adjust: func(s *partnercentertest.Server) {
		s.Sandbox = s.Sandbox || r.sandbox
		s.DeliveryPause = cmp.Or(s.DeliveryPause, time.Second) // somebody waits for the end of a delivery
		if r.budget >= 0 {
			s.Budget = r.budget
		}
	}}
	p.beside = p.admin()
	if err := p.reset(nil); err != nil {
		return nil, fmt.Errorf("-seed: %s is no seed\n%w", name, err)
	}
	return p, nil
}
