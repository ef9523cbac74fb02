// The program expiringlinks warns of acceptance links that expire soon, before
// their customers have accepted the Microsoft Customer Agreement:
//
//	go run ./examples/automation/expiringlinks               # the built-in emulator, with links of its own
//	go run ./examples/automation/expiringlinks -within 48h
//
// It reads CSPKIT_STORE, where examples/mca keeps attestations, and asks Partner
// Center about those that matter: a customer who has accepted meanwhile needs no
// warning. It shows neither links nor signatories, and changes nothing there.
// examples/mca renews a link, and creates the agreements of those who accepted.
//
// It ends with 0 if nobody has to act, 2 if it was not called properly and
// nothing was sent, 3 if there are links to see to, 4 if a customer could not be
// looked at, 130 if it was interrupted. So a line for cron is
//
//	expiringlinks > links.txt || mail -s "acceptance links" operators < links.txt
package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/mca"
)

func main() { cli.Main("expiringlinks", run) }

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, c cli.Console) int {
	req, err := parse(args, time.Now(), c.Err)
	if err != nil {
		return c.Usage(err)
	}
	cfg, err := config.Load(ctx, getenv, c.Err)
	if err != nil {
		return c.Usage(err)
	}
	defer cfg.Close()
	cfg.Announce(c.Out, c.Err, req.json)
	return warn(ctx, cfg, req, getenv, c)
}

// warn looks at the links and shows those that somebody should see to.
func warn(ctx context.Context, cfg *config.Config, req *request, getenv func(string) string, c cli.Console) int {
	desk, err := newDesk(ctx, cfg)
	if err != nil {
		return c.Usage(err)
	}
	var links []link
	var unknown []error
	if err = seed(ctx, cfg, desk, req.json, c); err == nil {
		links, err = recorded(ctx, desk, req.until)
	}
	if err == nil {
		links, unknown = look(ctx, desk, links)
	}
	switch {
	case ctx.Err() != nil:
		c.Problem("interrupted: run it again")
		return cli.ExitInterrupted
	case err != nil:
		return c.Fail(err)
	}
	show(links, len(unknown) == 0, req, getenv, c)
	for _, err := range unknown {
		c.Fail(err)
	}
	switch {
	case len(unknown) > 0:
		return cli.ExitFailed
	case len(links) > 0:
		return cli.ExitUnfinished
	}
	return cli.ExitDone
}

// link is what may be shown of an acceptance link: whose it is, and how it stands.
type link struct {
	customer customers.TenantID
	company  string
	mca.Status
}

// told is for how long an expired link is told of: a warning a day for a week,
// and not for ever.
const told = 7 * 24 * time.Hour

// recorded returns the links that expire until then, or have expired lately, by
// what is recorded. It reads the store only.
func recorded(ctx context.Context, desk *mca.Desk, until time.Time) ([]link, error) {
	var links []link
	now := time.Now()
	for record, err := range desk.Records(ctx, mca.Pending, mca.LinkExpired, mca.Unknown) {
		if err != nil {
			return nil, fmt.Errorf("reading the recorded attestations: %w", err)
		}
		newest := record.Newest()
		if newest == nil {
			continue
		}
		expires := newest.Expires
		if expires.IsZero() { // nobody told: it may be any time, but not after the longest life
			if expires = newest.Requested.Add(mca.LongestLife); expires.After(now) {
				expires = now
			}
		}
		if !expires.After(until) && now.Sub(expires) < told {
			links = append(links, link{customer: record.Customer, company: newest.Details.Company})
		}
	}
	return links, nil
}

// look asks Partner Center how these customers stand now. It returns those who
// have not accepted, the soonest expiry first, and why others are not known.
func look(ctx context.Context, desk *mca.Desk, links []link) (open []link, unknown []error) {
	problems := make([]error, len(links))
	var group errgroup.Group
	group.SetLimit(8)
	for i := range links {
		group.Go(func() error {
			links[i].Status, problems[i] = desk.Refresh(ctx, links[i].customer)
			return nil // the others go on
		})
	}
	_ = group.Wait()
	for i, l := range links {
		switch {
		case problems[i] != nil:
			unknown = append(unknown, problems[i])
		case l.State == mca.Unknown:
			unknown = append(unknown, fmt.Errorf("customer %s: %s", l.customer, l.Reason))
		case l.State == mca.Pending || l.State == mca.LinkExpired:
			open = append(open, l)
		}
	}
	slices.SortStableFunc(open, func(a, b link) int { return a.LinkExpires.Compare(b.LinkExpires) })
	return open, unknown
}
