package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/mca"
)

// request is what the command line asks for.
type request struct {
	*subcommand
	customers   cli.Customers
	attestation mca.Attestation
	list        mca.State // empty: none
	allReady    bool
	json        bool
	poll, wait  time.Duration
}

const synopsis = `Usage: mca SUBCOMMAND [flags] [CUSTOMER-ID...]

  summary                    count the customers by how they stand with the Microsoft
                             Customer Agreement; -list STATUS names those of one status
  status CUSTOMER-ID...      how each stands, and why
  attest CUSTOMER-ID         create an attestation and print its acceptance link;
                             needs -company -country -language -first -last -email
  renew CUSTOMER-ID          a new link for the same signatory
  finalize CUSTOMER-ID...    create the agreement where the customer has accepted;
                             -all-ready: of every such customer
  watch CUSTOMER-ID...       wait until the customer has accepted, then finalize
  tour                       the whole way in the built-in emulator; also without a
                             SUBCOMMAND, if CSPKIT_API_URL is not set

Whoever has an acceptance link can accept for the customer: give it to the
signatory, and to nobody else.

Environment, for a real account: CSPKIT_API_URL, CSPKIT_TENANT_ID, CSPKIT_CLIENT_ID,
CSPKIT_CLIENT_SECRET, CSPKIT_REFRESH_TOKEN (or a sign-in that examples/consent has
stored); CSPKIT_STORE is where attestations are kept: sqlite:FILE (sqlite:cspkit.db if it
is not set), postgres://…, or memory:, which forgets them when the program ends, so
that renew, finalize and watch know none of another run. Optional are CSPKIT_CLOUD, CSPKIT_LOGIN_URL,
CSPKIT_GRAPH_URL, CSPKIT_BUDGET and CSPKIT_LOG.

Exit status: 0 all is done, 2 not called properly and nothing sent, 3 a customer has
not accepted, 4 something failed, 130 interrupted.

`

// parse reads the command line. The error joins all that is wrong with it; for
// an unknown flag the usage has been printed. Flags may stand anywhere. demo
// says that the built-in emulator will be used.
func parse(args []string, demo bool, stderr io.Writer) (*request, error) {
	req := &request{}
	flags := cli.Flags("mca", synopsis, stderr)
	flags.BoolVar(&req.json, "json", false, "print one JSON object a line")
	list := flags.String("list", "", "`status` whose customers summary names: "+strings.Join(words(), ", "))
	first := flags.String("first", "", "first `name` of the signatory")
	last := flags.String("last", "", "last `name` of the signatory")
	email := flags.String("email", "", "e-mail `address` of the signatory")
	phone := flags.String("phone", "", "phone `number` of the signatory, such as +31201234567; may be left out")
	company := flags.String("company", "", "`name` under which the customer accepts")
	country := flags.String("country", "", "where the customer is: a `code` such as NL")
	language := flags.String("language", "", "in which the customer reads the agreement: a `tag` such as nl-NL")
	valid := flags.Duration("valid", mca.LongestLife, "how `long` the link can be used, from 5m to 168h")
	flags.BoolVar(&req.allReady, "all-ready", false, "finalize every customer who has accepted")
	flags.DurationVar(&req.poll, "poll", 5*time.Second, "`time` between the first two looks of watch; it grows to 5m")
	flags.DurationVar(&req.wait, "wait", 0, "how `long` to watch; 0: without end")

	rest, err := cli.Parse(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil, err
	case err != nil: // it quotes the value, which may belong to another flag: a name, an address
		return nil, errors.New(quoted.ReplaceAllString(err.Error(), ""))
	}
	if req.subcommand, err = choose(rest, demo); err != nil {
		return nil, err
	}
	problems := []error{req.addAll(rest[min(1, len(rest)):]), req.check()}
	flags.Visit(func(f *flag.Flag) {
		if f.Name != "json" && !slices.Contains(req.flags, f.Name) {
			problems = append(problems, fmt.Errorf("-%s does not go with %s", f.Name, req.name))
		}
	})
	if *list != "" {
		req.list = mca.State(strings.ToLower(*list))
		if !slices.Contains(words(), string(req.list)) {
			problems = append(problems, fmt.Errorf("-list is %.30q: set one of %s", *list, strings.Join(words(), ", ")))
		}
	}
	if req.name == "attest" {
		req.attestation = mca.NewAttestation(*company).Country(*country).Language(*language).
			Signatory(*first, *last, *email, *phone).ValidFor(*valid)
		problems = append(problems, req.attestation.Validate())
		if *valid == 0 {
			problems = append(problems, errors.New("-valid is 0s: set a time from 5m to 168h"))
		}
	}
	return req, errors.Join(problems...)
}

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*" `)

// choose returns the subcommand that the first argument names. The error does
// not repeat it: it may be a part of a name that was not quoted.
func choose(rest []string, demo bool) (*subcommand, error) {
	name := "tour"
	switch {
	case len(rest) > 0:
		name = rest[0]
	case !demo:
		return nil, errors.New("no subcommand is named: pass summary, status, attest, renew, finalize or watch")
	}
	i := slices.IndexFunc(subcommands, func(s subcommand) bool { return s.name == name })
	switch {
	case i < 0:
		return nil, errors.New("the first argument is no subcommand: pass summary, status, attest, renew, finalize, watch or tour")
	case name == "tour" && !demo:
		return nil, errors.New("tour accepts in the customer's place, so it runs in the built-in emulator only: unset CSPKIT_API_URL")
	}
	return &subcommands[i], nil
}

// addAll adds the customers that are named, each once.
func (r *request) addAll(ids []string) error {
	if len(ids) > r.most {
		switch r.most {
		case 0:
			return fmt.Errorf("%s takes no CUSTOMER-ID", r.name)
		case 1: // not repeated: they may be parts of a name
			return fmt.Errorf("%s takes one CUSTOMER-ID, not %d arguments: quote values with spaces", r.name, len(ids))
		}
	}
	var problems []error
	for _, s := range ids {
		err := r.customers.Add(s)
		if err != nil && r.most == 1 {
			err = customers.ErrTenantID // without the argument, for the same reason
		}
		problems = append(problems, err)
	}
	if len(ids) == 0 && r.most > 0 && !r.allReady {
		problems = append(problems, errors.New("no customer is named: pass CUSTOMER-ID"))
	}
	return errors.Join(problems...)
}

// check reports values that no run can have.
func (r *request) check() error {
	var problems []error
	if r.allReady && len(r.customers) > 0 {
		problems = append(problems, errors.New("-all-ready and CUSTOMER-ID exclude each other"))
	}
	if r.poll <= 0 {
		problems = append(problems, fmt.Errorf("-poll is %s: set a time above zero", r.poll))
	}
	if r.wait < 0 {
		problems = append(problems, fmt.Errorf("-wait is %s: set a time, or 0 for no end", r.wait))
	}
	return errors.Join(problems...)
}
