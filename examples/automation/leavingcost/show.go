package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/bill"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/offboarding"
	"github.com/cspkit/cspkit/subscriptions"
)

// summary counts the customers.
type summary struct {
	classes map[class]int
	refunds bill.Refunds
	last    time.Time // of class until
	failed  int
}

func (s *summary) add(c cost) class {
	if s.classes == nil {
		s.classes = map[class]int{}
	}
	s.classes[c.class]++
	s.refunds = s.refunds.Plus(c.refunds)
	if c.class == until && c.until.After(s.last) {
		s.last = c.until
	}
	return c.class
}

func (s *summary) total() int {
	return s.classes[nothing] + s.classes[until] + s.classes[unknown] + s.failed
}

// told is how many errors of customers are told: where one cannot be looked at,
// often none can.
const told = 3

func (s *summary) fail(c cli.Console, err error) {
	if s.failed++; s.failed <= told {
		c.Fail(err)
	}
}

// status is the exit status.
func (s *summary) status(c cli.Console) int {
	if s.failed > told {
		c.Problem("%s more could not be looked at", cli.Counted(s.failed-told, "customer"))
	}
	if s.failed > 0 {
		return cli.ExitFailed
	}
	return cli.ExitDone
}

func show(costs []cost, sum summary, json bool, getenv func(string) string, c cli.Console) {
	if json {
		lines := cli.NewLines(c.Out)
		for _, cost := range costs {
			lines.Print(cost.line())
		}
		lines.Print(summaryLine{"summary", sum.classes[nothing], sum.classes[until], sum.classes[unknown], sum.failed, cli.Timestamp(sum.last), sum.refunds})
		return
	}
	tables := c.Tables(getenv)
	if len(costs) > 0 {
		var rows []table.Row
		for _, cost := range costs {
			rows = append(rows, cost.row())
		}
		fmt.Fprintf(c.Out, "If the relationships were ended today:\n\n%s\n\n",
			tables.Draw(table.Row{"Customer", "Billed until", "What goes on being billed, and why"}, rows, 0, 12, tables.Width-59))
	}
	last := ""
	if !sum.last.IsZero() {
		last = " (the last: " + cli.Day(sum.last) + ")"
	}
	fmt.Fprintln(c.Out, tables.Text(fmt.Sprintf("%s: for %d nothing more is billed than what was used until now, for %d until a known date%s, for %d it is unknown, %d could not be looked at.",
		cli.Counted(sum.total(), "customer"), sum.classes[nothing], sum.classes[until], last, sum.classes[unknown], sum.failed)))
	fmt.Fprintln(c.Out, tables.Text(fmt.Sprintf("Of what would be cancelled, %d should be refunded in full and %d in part. %s", sum.refunds.Full, sum.refunds.Partial, bill.NoAmounts)))
}

// row is a customer for people.
func (c cost) row() table.Row {
	end := "unknown"
	switch {
	case c.class == unknown && !c.until.IsZero():
		end = cli.Day(c.until) + " or later"
	case c.class == until:
		end = cli.Day(c.until)
	}
	var lines []string
	for _, l := range c.lines {
		if l.purchase.Name != "" {
			l.why = l.purchase.Name + ": " + l.why
		}
		lines = append(lines, l.why)
	}
	if r := c.refunds; r.Full+r.Partial > 0 {
		lines = append(lines, fmt.Sprintf("Of the rest, %d should be refunded in full and %d in part.", r.Full, r.Partial))
	}
	return table.Row{c.company + "\n" + string(c.customer), end, strings.Join(lines, "\n")}
}

// costLine is a customer as one line of JSON. Those for whom nothing more is
// billed have none, and are counted.
type costLine struct {
	Type          string             `json:"type"`
	Customer      customers.TenantID `json:"customer"`
	Company       string             `json:"company"`
	Cost          class              `json:"cost"`
	BillingUntil  string             `json:"billing_until"` // the latest that is known
	Refunds       bill.Refunds       `json:"refunds"`       // of what would be cancelled
	Subscriptions []purchaseLine     `json:"subscriptions"`
	Blockers      []string           `json:"blockers"` // that are not about one subscription
}

type purchaseLine struct {
	offboarding.PurchaseLine
	Effect subscriptions.Billing `json:"effect"`
}

type summaryLine struct {
	Type         string       `json:"type"`
	Nothing      int          `json:"nothing"`
	Until        int          `json:"until"`
	Unknown      int          `json:"unknown"`
	Failed       int          `json:"failed"`
	BillingUntil string       `json:"billing_until"`
	Refunds      bill.Refunds `json:"refunds"`
}

func (c cost) line() costLine {
	out := costLine{"cost", c.customer, c.company, c.class, cli.Timestamp(c.until), c.refunds, []purchaseLine{}, []string{}}
	for _, l := range c.lines {
		if l.purchase.ID == "" {
			out.Blockers = append(out.Blockers, l.why)
			continue
		}
		out.Subscriptions = append(out.Subscriptions, purchaseLine{l.purchase, l.effect})
	}
	return out
}
