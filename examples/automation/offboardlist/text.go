package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/cspkit/cspkit/examples/internal/bill"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/offboarding"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/subscriptions"
)

// textView prints tables: what will happen, who can be done in time, and in
// the end how each customer stands.
type textView struct {
	out    io.Writer
	tables cli.Tables
	by     time.Time
}

func (v textView) begin(n int) {
	v.say("%s to be offboarded by %s.", cli.Counted(n, "customer"), cli.Moment(v.by))
}

func (v textView) event(offboard.Event) {}

func (v textView) planned(all []customer) {
	var happens, inTimes []table.Row
	var refunds bill.Refunds
	counts := map[outlook]int{}
	for _, c := range all {
		if c.plan == nil {
			inTimes = append(inTimes, table.Row{c.full(), "failed", cli.OneLine(c.report.Err)})
			continue
		}
		for _, i := range c.plan.Items {
			if effect, _ := i.Billing(); effect != subscriptions.NotBilled {
				happens = append(happens, table.Row{c.name(), i.Name(), offboarding.Verdicts[i.Action], bill.Refund(i), bill.Until(i)})
			}
		}
		refunds = refunds.Plus(bill.Expected(c.plan))
		word, until := judge(c.plan, v.by)
		counts[word]++
		inTimes = append(inTimes, table.Row{c.full(), words[word], c.whyNot(word, until)})
	}
	rest := v.tables.Width - 35 // what the other columns and borders leave
	v.say("\n%s", v.tables.Draw(table.Row{"Customer", "Subscription", "What happens", "Refund", "Billed until"}, happens,
		min(24, rest*33/100), min(32, rest*42/100), min(16, rest*25/100)))
	v.say("\n%s", v.tables.Text(fmt.Sprintf("Of what is cancelled, %d should be refunded in full and %d in part. %s", refunds.Full, refunds.Partial, bill.NoAmounts)))
	v.say("\n%s", v.tables.Draw(table.Row{"Customer", "In time?", "Why not"}, inTimes, 0, 0, v.tables.Width-60))
	v.say("\n%s", v.tables.Text(fmt.Sprintf("By %s: %d in time, %d not, %d blocked, %d uncertain.",
		cli.Moment(v.by), counts[inTime], counts[tooLate], counts[blocked], counts[uncertain])))
}

func (v textView) ended(all []customer) {
	var rows []table.Row
	counts := map[offboard.State]int{}
	for _, c := range all {
		counts[c.report.State]++
		rows = append(rows, table.Row{c.full(), offboarding.Standing(c.report), c.why(v.by)})
	}
	v.say("\n%s", v.tables.Draw(table.Row{"Customer", "How it stands", "Why, and what goes on costing money"}, rows, 0, 14, v.tables.Width-64))
	v.say("\n%d done, %d waiting, %d blocked, %d failed, %d stopped on the way.", counts[offboard.Done], counts[offboard.Waiting],
		counts[offboard.Blocked], counts[offboard.Failed], counts[offboard.Interrupted])
	if counts[offboard.Done] < len(all) {
		v.say("The same command goes on from there, with a later -by if need be.")
	}
}

func (v textView) say(format string, args ...any) { fmt.Fprintf(v.out, format+"\n", args...) }

func (c customer) name() string {
	if c.plan != nil && c.plan.Company != "" {
		return c.plan.Company
	}
	return string(c.id)
}

// full is the name above the id.
func (c customer) full() string {
	if name := c.name(); name != string(c.id) {
		return name + "\n" + string(c.id)
	}
	return string(c.id)
}

var words = map[outlook]string{inTime: "yes", tooLate: "no", blocked: "blocked", uncertain: "uncertain"}

// whyNot is why a customer cannot be done in time, or what it takes.
func (c customer) whyNot(word outlook, until time.Time) string {
	switch {
	case word == blocked:
		return strings.Join(c.plan.Blockers, "\n")
	case word == tooLate:
		return "the last of its terms ends on " + cli.Day(until)
	case word == uncertain && until.IsZero():
		return "what is suspended is billed without a known end, and Microsoft may refuse the removal"
	case word == uncertain:
		return "what is suspended is billed until " + cli.Day(until) + ", and Microsoft may refuse the removal before"
	case !until.IsZero():
		return "on " + cli.Day(until) + ", when the last of its terms ends"
	}
	return "-"
}

// why is what holds a customer up, and what goes on being billed, also after
// the relationship has ended.
func (c customer) why(by time.Time) string {
	var lines []string
	r := c.report
	if c.plan != nil && r.State != offboard.Done {
		if word, until := judge(c.plan, by); word != uncertain && until.After(by) {
			lines = append(lines, "Cannot be done before "+cli.Day(until))
		}
	}
	switch r.State {
	case offboard.Waiting:
		lines = append(lines, r.Reason)
	case offboard.Blocked:
		lines = append(lines, r.Blockers...)
	case offboard.Failed, offboard.Interrupted:
		lines = append(lines, cli.OneLine(r.Err))
	}
	if c.plan != nil {
		for _, i := range c.plan.Items {
			switch effect, until := i.Billing(); effect {
			case subscriptions.BillingGoesOn:
				lines = append(lines, i.Name()+" is billed until "+cli.Day(until))
			case subscriptions.BillingUnknown:
				lines = append(lines, i.Name()+" goes on being billed, until when is not known")
			}
		}
	}
	if len(lines) == 0 {
		return "-"
	}
	return strings.Join(lines, "\n")
}
