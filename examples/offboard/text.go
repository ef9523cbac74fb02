package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/offboarding"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/subscriptions"
)

// textView prints plain text, a block or a line at a time: customers that are
// in work at once never mix within one.
type textView struct {
	mu     sync.Mutex
	out    io.Writer
	tables tables
	names  names
	policy offboard.Policy
	demo   bool
}

func (v *textView) start(int)                {}
func (v *textView) begin(customers.TenantID) {}

func (v *textView) plan(p *offboard.Plan) {
	v.names.learn(p)
	v.print(v.planText(p))
}

func (v *textView) event(e offboard.Event) {
	v.print(fmt.Sprintf("%s: %s (request %s)", v.names.company(e.Customer), happened(e, v.names.subject(e.Customer, e.Subject)), e.RequestID))
}

// report says at once how a customer stands; finish tells the details.
func (v *textView) report(r *offboard.Report) {
	v.print(v.names.company(r.Customer) + ": " + offboarding.Standing(r))
}

func (v *textView) finish(reports []*offboard.Report) {
	for _, r := range reports {
		v.print(v.reportText(r))
	}
	v.print(v.closing(reports))
}

func (v *textView) print(s string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	fmt.Fprintln(v.out, s)
}

// planText is what would happen to a customer.
func (v *textView) planText(p *offboard.Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", v.tables.heading(v.names.full(p.Customer)))
	if len(p.Items) > 0 {
		fmt.Fprintln(&b, v.tables.plan(p, func(i offboard.Item) string { return v.names.subject(p.Customer, i.Purchase.ID()) }))
	} else {
		fmt.Fprintln(&b, "Nothing to end: no subscription, no order.")
	}
	for _, s := range p.Blockers {
		fmt.Fprintln(&b, v.tables.Text("Blocked: "+s))
	}
	switch {
	case len(p.Blockers) > 0:
		fmt.Fprintln(&b, "The relationship stays until that is lifted.")
	case !p.WaitUntil.IsZero():
		fmt.Fprintf(&b, "Then the relationship stays until %s, when the first of these terms ends.\n", cli.Day(p.WaitUntil))
	case p.Standing == offboard.Gone:
		fmt.Fprintln(&b, v.tables.Text("The relationship is removed already."+left(v.policy)))
	case slices.ContainsFunc(p.Items, billed):
		fmt.Fprintln(&b, v.tables.Text("Then the removal of the relationship is tried. What is suspended is billed all the same, and Microsoft may refuse the removal until that ends."))
	default:
		fmt.Fprintln(&b, v.tables.Text("Then "+removal(v.policy)+"."))
	}
	return strings.TrimRight(b.String(), "\n")
}

// removal is what is done when everything is ended.
func removal(p offboard.Policy) string {
	switch {
	case p.GDAP && p.Sandbox:
		return "its GDAP relationships are terminated, the relationship is removed, and the customer is deleted"
	case p.GDAP:
		return "its GDAP relationships are terminated, and the relationship is removed"
	case p.Sandbox:
		return "the relationship is removed, and the customer is deleted"
	}
	return "the relationship is removed"
}

// left is what is done when the relationship is removed already.
func left(p offboard.Policy) (text string) {
	if p.GDAP {
		text = " GDAP relationships that are left are terminated."
	}
	if p.Sandbox {
		text += " The customer is deleted."
	}
	return text
}

// billed reports whether something goes on costing money.
func billed(i offboard.Item) bool {
	billing, _ := i.Billing()
	return billing == subscriptions.BillingGoesOn || billing == subscriptions.BillingUnknown
}

// reportText is what was done for a customer, and what is left.
func (v *textView) reportText(r *offboard.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", v.tables.heading(v.names.full(r.Customer)+": "+offboarding.Standing(r)))
	if len(r.Writes) > 0 {
		fmt.Fprintln(&b, v.tables.writes(r, func(subject string) string { return v.names.subject(r.Customer, subject) }))
	} else {
		fmt.Fprintln(&b, "Nothing was sent.")
	}
	if r.Reason != "" && r.State != offboard.Failed { // then it is the error
		fmt.Fprintln(&b, v.tables.Text("Waits: "+r.Reason))
	}
	for _, s := range r.Blockers {
		fmt.Fprintln(&b, v.tables.Text("Blocked: "+s))
	}
	for _, s := range r.Notes {
		fmt.Fprintln(&b, v.tables.Text("Note: "+s))
	}
	if r.State == offboard.Failed {
		fmt.Fprintln(&b, v.tables.Text("Error: "+cli.OneLine(r.Err)))
	}
	return strings.TrimRight(b.String(), "\n")
}

// closing sums up, and names who is not finished.
func (v *textView) closing(reports []*offboard.Report) string {
	counts := map[offboard.State]int{}
	var open []string
	for _, r := range reports {
		counts[r.State]++
		if r.State == offboard.Waiting || r.State == offboard.Blocked {
			open = append(open, v.names.company(r.Customer)+" ("+offboarding.Standing(r)+")")
		}
	}
	var sum []string
	for _, s := range []offboard.State{offboard.Done, offboard.Waiting, offboard.Blocked, offboard.Failed, offboard.Interrupted} {
		if counts[s] > 0 {
			sum = append(sum, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	text := "\n" + strings.Join(sum, ", ") + "."
	if offboarding.Status(reports) != cli.ExitUnfinished {
		return text
	}
	names := strings.Join(open, ", ")
	if v.demo {
		return text + "\n" + v.tables.Text(fmt.Sprintf("The demo ends with exit status %d, because some of its customers wait or are blocked, as real ones do: %s.", cli.ExitUnfinished, names))
	}
	again := "Run the same command again then."
	if counts[offboard.Blocked] > 0 {
		again = "Run the same command again then, or as soon as somebody has lifted what blocks."
	}
	return text + "\n" + v.tables.Text(fmt.Sprintf("Exit status %d, because some customers are not finished: %s. %s", cli.ExitUnfinished, names, again))
}
