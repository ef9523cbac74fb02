// The program leavingcost says which customers would go on costing money if
// their relationships were ended today, until when, and why:
//
//	go run ./examples/automation/leavingcost               # the built-in emulator, with demo customers
//	go run ./examples/automation/leavingcost CUSTOMER-ID   # one customer, instead of all
//
// It makes the plan of an offboarding for each customer, and carries none out:
// it only reads. Leaving ends no obligation to pay: what cannot be cancelled any
// more is billed until its commitment ends. There are no amounts, since the
// subscriptions that Partner Center lists carry no prices.
//
// It ends with 0 if every customer was looked at, 2 if it was not called properly
// and nothing was sent, 4 if a customer could not be looked at, 130 if it was
// interrupted ("go run" makes a 1 of each of these but 0; "go build" keeps them).
package main

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/bill"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/examples/internal/offboarding"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/subscriptions"
)

func main() { cli.Main("leavingcost", run) }

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, c cli.Console) int {
	req, err := parse(args, c.Err)
	if err != nil {
		return c.Usage(err)
	}
	cfg, err := config.Load(ctx, getenv, c.Err)
	if err != nil {
		return c.Usage(err)
	}
	defer cfg.Close()
	cfg.Announce(c.Out, c.Err, req.json)
	return survey(ctx, cfg, req, getenv, c)
}

// survey looks at the customers, as a stream: what is kept is a few lines of
// each that costs something.
func survey(ctx context.Context, cfg *config.Config, req *request, getenv func(string) string, c cli.Console) int {
	workflow, err := newWorkflow(ctx, cfg, req)
	if err != nil {
		return c.Usage(err)
	}
	var sum summary
	var costs []cost
	list := &list{partner: cfg.Client.Customers(), named: req.customers}
	for p := range offboarding.Plans(ctx, workflow, list.all(ctx), offboard.Policy{}, atOnce) {
		switch {
		case ctx.Err() != nil: // said below
		case p.Err != nil:
			sum.fail(c, p.Err)
		default:
			if cost := reckon(p.Plan); sum.add(cost) != nothing {
				costs = append(costs, cost)
			}
		}
	}
	switch {
	case ctx.Err() != nil:
		c.Problem("interrupted: run it again")
		return cli.ExitInterrupted
	case list.err != nil:
		return c.Fail(list.err)
	}
	slices.SortStableFunc(costs, func(a, b cost) int {
		return cmp.Or(b.until.Compare(a.until), strings.Compare(a.company, b.company))
	})
	show(costs, sum, req.json, getenv, c)
	return sum.status(c)
}

// atOnce is how many customers are looked at at once. The client's budget holds
// anyway.
const atOnce = 8

// class is what leaving a customer would cost.
type class string

const (
	nothing class = "nothing" // but what was used until today
	until   class = "until"   // a date
	unknown class = "unknown" // at least in part
)

// cost is what is kept of a customer.
type cost struct {
	customer customers.TenantID
	company  string
	class    class
	until    time.Time // the latest of those that are known
	refunds  bill.Refunds
	lines    []line
}

// line is one thing that goes on being billed, or may.
type line struct {
	purchase offboarding.PurchaseLine // empty for what holds up the whole customer
	effect   subscriptions.Billing
	why      string
}

// reckon returns what leaving a customer today would cost.
func reckon(p *offboard.Plan) cost {
	c := cost{customer: p.Customer, company: p.Company, class: nothing, refunds: bill.Expected(p)}
	others := slices.Clone(p.Blockers) // than those that are about one purchase
	for _, i := range p.Items {
		effect, end := i.Billing()
		switch {
		case effect == subscriptions.BillingGoesOn:
			if c.class == nothing {
				c.class = until
			}
		case effect == subscriptions.BillingUnknown:
			c.class = unknown
		default:
			continue
		}
		if end.After(c.until) {
			c.until = end
		}
		why := i.Reason
		if effect == subscriptions.BillingUnknown && !i.BillingUntil.IsZero() && !i.BillingUntil.OpenEnded() {
			why += "; its term ends on " + cli.Day(i.BillingUntil.Time)
		}
		c.lines = append(c.lines, line{offboarding.NewPurchaseLine(i), effect, why})
		if i.Action == subscriptions.Blocked {
			others = slices.DeleteFunc(others, func(s string) bool { return strings.Contains(s, i.Purchase.ID()) })
		}
	}
	for _, s := range others {
		c.class = unknown
		c.lines = append(c.lines, line{effect: subscriptions.BillingUnknown, why: s})
	}
	return c
}

// list is the customers to look at: those that are named, or all.
type list struct {
	partner *customers.Service
	named   []customers.TenantID
	err     error // why the list of all ended early
}

func (l *list) all(ctx context.Context) iter.Seq[customers.TenantID] {
	if len(l.named) > 0 {
		return slices.Values(l.named)
	}
	return func(yield func(customers.TenantID) bool) {
		for c, err := range l.partner.All(ctx, customers.ListOptions{}) {
			if err != nil {
				l.err = err
				return
			}
			if !yield(c.ID) {
				return
			}
		}
	}
}
