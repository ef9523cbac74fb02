package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/offboarding"
	"github.com/cspkit/cspkit/offboard"
)

// request is what the command line asks for.
type request struct {
	customers   cli.Customers // none means all of the demo
	plan        bool
	reactivate  bool
	yes         bool
	json        bool
	policy      offboard.Policy
	concurrency int
	poll, wait  time.Duration
}

const synopsis = `Usage: offboard [flags] CUSTOMER-ID...

Ends the reseller relationship with customers: every subscription first, then
the relationship. Without CSPKIT_API_URL it does so in a built-in emulator, where
no CUSTOMER-ID means all demo customers.

Environment, for a real account: CSPKIT_API_URL, CSPKIT_TENANT_ID, CSPKIT_CLIENT_ID,
CSPKIT_CLIENT_SECRET, CSPKIT_REFRESH_TOKEN (or a sign-in that examples/consent has
stored); CSPKIT_STORE is where runs are kept: sqlite:FILE (sqlite:cspkit.db if it is not
set), postgres://… or memory:; optional are CSPKIT_CLOUD, CSPKIT_LOGIN_URL,
CSPKIT_GRAPH_URL, CSPKIT_BUDGET and CSPKIT_LOG.

Exit status: 0 all is done, 2 not called properly and nothing sent, 3 a customer
waits or is blocked, 4 one failed, 130 interrupted.

`

// parse reads the command line. The error joins all that is wrong with it; for
// an unknown flag the usage has been printed. Flags may stand anywhere.
func parse(args []string, stderr io.Writer) (*request, error) {
	req := &request{}
	flags := cli.Flags("offboard", synopsis, stderr)
	flags.BoolVar(&req.plan, "plan", false, "print the plan and stop; sends no write")
	flags.BoolVar(&req.yes, "yes", false, "do not ask before acting")
	flags.BoolVar(&req.json, "json", false, "print one JSON object a line")
	windowClosed := flags.String("window-closed", "end-of-term", "`what` to do with a subscription whose cancellation window is closed:\nend-of-term, suspend or refuse")
	flags.BoolVar(&req.policy.GDAP, "gdap", false, "also terminate GDAP relationships, before the reseller relationship")
	flags.BoolVar(&req.policy.Sandbox, "sandbox", false, "the account is an integration sandbox: also delete the customer there")
	flags.BoolVar(&req.reactivate, "reactivate", false, "give up an unfinished run: reactivate what it suspended,\nundo its end-of-term cancellations")
	from := flags.String("from", "", "read customer ids from `file`, one a line; # starts a comment")
	flags.IntVar(&req.concurrency, "concurrency", 4, "how many customers are in work at once")
	flags.DurationVar(&req.poll, "poll", 5*time.Second, "shortest `time` between two looks at the same customer")
	flags.DurationVar(&req.wait, "wait", 30*time.Minute, "how `long` to stay and wait for Partner Center to show a change; 0: not at all")
	role := flags.String("role", "csp", "on `whose` behalf: csp, reseller or customer; only the CSP may offboard")

	ids, err := cli.Parse(flags, args)
	if err != nil {
		return nil, err
	}
	var problems []error
	if req.policy.WindowClosed, err = offboarding.WindowClosed(*windowClosed); err != nil {
		problems = append(problems, err)
	}
	problems = append(problems, req.check(), checkRole(offboard.Role(*role)), req.checkReactivate())
	for _, id := range ids {
		problems = append(problems, req.customers.Add(id))
	}
	if *from != "" {
		problems = append(problems, req.addFile(*from))
	}
	if *from != "" && len(req.customers) == 0 && errors.Join(problems...) == nil {
		problems = append(problems, fmt.Errorf("-from %s: the file names no customer", *from))
	}
	return req, errors.Join(problems...)
}

// check reports values that no run can have.
func (r *request) check() error {
	var problems []error
	if r.concurrency < 1 {
		problems = append(problems, fmt.Errorf("-concurrency is %d: set 1 or more", r.concurrency))
	}
	if r.poll <= 0 {
		problems = append(problems, fmt.Errorf("-poll is %s: set a time above zero", r.poll))
	}
	if r.wait < 0 {
		problems = append(problems, fmt.Errorf("-wait is %s: set a time, or 0 for not staying", r.wait))
	}
	return errors.Join(problems...)
}

func checkRole(role offboard.Role) error {
	switch role {
	case offboard.CSP:
		return nil
	case offboard.Reseller, offboard.Customer:
		return fmt.Errorf("-role %s: %w", role, offboard.ErrRole)
	}
	return fmt.Errorf("-role is %.20q: set csp, reseller or customer", role)
}

func (r *request) checkReactivate() error {
	if r.reactivate && r.plan {
		return errors.New("-reactivate and -plan exclude each other: a plan is of an offboarding")
	}
	return nil
}

// addFile adds the customers that a file lists.
func (r *request) addFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("-from: %w", err)
	}
	defer f.Close()
	return r.customers.AddList(name, f)
}
