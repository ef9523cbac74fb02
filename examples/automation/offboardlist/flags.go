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
	customers       cli.Customers // none means all of the demo
	by              time.Time
	policy          offboard.Policy
	only, yes, json bool // only: plan
	poll            time.Duration
}

const synopsis = `Usage: offboardlist [flags] [FILE]

Offboards the customers of a list by a deadline: it shows what will happen, what goes
on costing money and who cannot be done in time, asks, works until the deadline, and
reports on each customer. FILE has one customer id a line (# starts a comment); - is
standard input. Without CSPKIT_API_URL it works in a built-in emulator, where no FILE
means all demo customers.

It stays as long as something can change before the deadline, be it for days. You may
interrupt it, or start it again later with the same list: it goes on where it stopped.

Environment, for a real account: CSPKIT_API_URL, CSPKIT_TENANT_ID, CSPKIT_CLIENT_ID,
CSPKIT_CLIENT_SECRET, CSPKIT_REFRESH_TOKEN (or a sign-in that examples/consent has
stored); CSPKIT_STORE is where runs are kept: sqlite:FILE (sqlite:cspkit.db if it is not
set), postgres://… or memory:; optional are CSPKIT_CLOUD, CSPKIT_LOGIN_URL,
CSPKIT_GRAPH_URL, CSPKIT_BUDGET and CSPKIT_LOG. TZ is the time zone of -by.

Exit status: 0 all are done, 2 not called properly and nothing sent, 3 a customer
waits or is blocked, 4 one failed, 130 interrupted.

`

// parse reads the command line and the list. The error joins all that is wrong.
func parse(args []string, now time.Time, c cli.Console) (*request, error) {
	req := &request{}
	flags := cli.Flags("offboardlist", synopsis, c.Err)
	by := flags.String("by", "friday", "the `deadline`: a weekday such as friday (the coming one, or today) or a date such as\n2027-01-31, both until 23:59:59 in your time zone; or a time such as\n2027-01-31T18:00:00+01:00")
	windowClosed := flags.String("window-closed", "end-of-term", "`what` to do with a subscription whose cancellation window is closed:\nend-of-term, suspend or refuse")
	flags.BoolVar(&req.only, "plan", false, "say what would happen and stop; sends no write")
	flags.BoolVar(&req.yes, "yes", false, "do not ask before acting")
	flags.BoolVar(&req.json, "json", false, "print one JSON object a line")
	flags.DurationVar(&req.poll, "poll", 5*time.Second, "shortest `time` between two looks at the same customer")
	rest, err := cli.Parse(flags, args)
	if err != nil {
		return nil, err
	}
	var problems []error
	if req.by, err = deadline(*by, now); err != nil {
		problems = append(problems, err)
	}
	if req.policy.WindowClosed, err = offboarding.WindowClosed(*windowClosed); err != nil {
		problems = append(problems, err)
	}
	if req.poll <= 0 {
		problems = append(problems, fmt.Errorf("-poll is %s: set a time above zero", req.poll))
	}
	fromInput := len(rest) > 0 && rest[0] == "-"
	if !req.yes && !req.only && (!c.Person || fromInput) {
		problems = append(problems, errors.New("nobody is here to agree: pass -yes to act without being asked, or -plan to only look"))
	}
	switch {
	case len(rest) > 1:
		problems = append(problems, fmt.Errorf("%d arguments: pass one FILE, or - for standard input", len(rest)))
	case len(rest) == 1:
		problems = append(problems, req.read(rest[0], c.In))
	}
	return req, errors.Join(problems...)
}

// read adds the customers of the list.
func (r *request) read(name string, stdin io.Reader) error {
	list := stdin
	if name == "-" {
		name = "standard input"
	} else {
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("the list: %w", err)
		}
		defer f.Close()
		list = f
	}
	if err := r.customers.AddList(name, list); err != nil {
		return err
	}
	if len(r.customers) == 0 {
		return fmt.Errorf("%s: the list names no customer", name)
	}
	return nil
}
