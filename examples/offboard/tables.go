package main

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/cspkit/cspkit/examples/internal/bill"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/offboarding"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/subscriptions"
)

// tables draws plans and reports as the output can show them.
type tables struct{ cli.Tables }

// plan draws what happens to each purchase. On a narrow terminal, its kind and
// status are shown below its name.
func (t tables) plan(p *offboard.Plan, name func(offboard.Item) string) string {
	w := t.Writer()
	w.Style().Options.SeparateRows = t.Live
	narrow := t.Width < 110
	header := table.Row{"Subscription", "Verdict", "Why", "Refund", "Billed until", "Kind", "Status"}
	if narrow {
		header = header[:5]
	}
	w.AppendHeader(order(header))
	for _, i := range p.Items {
		kind, status := strings.ReplaceAll(string(i.Kind), "_", " "), strings.ToLower(i.Purchase.Status())
		row := table.Row{name(i), t.Paint(offboarding.Verdicts[i.Action], colors[i.Action]), i.Reason, bill.Refund(i), bill.Until(i), kind, status}
		if narrow {
			width := (t.Width - 36) * 42 / 100
			row[0] = text.WrapSoft(name(i), width) + "\n" + t.Paint(text.WrapSoft(kind+", "+status, width), text.Faint)
			row = row[:5]
		}
		w.AppendRow(order(row))
	}
	// The texts share what borders and short columns leave.
	rest := t.Width - 50
	widths := []int{rest * 29 / 100, max(12, rest*14/100), 0, max(10, rest*14/100), rest * 39 / 100}
	if narrow {
		rest = t.Width - 36
		widths = []int{0, max(10, rest*16/100), rest * 40 / 100} // the first is wrapped already
	}
	var configs []table.ColumnConfig
	for i, width := range widths {
		configs = append(configs, table.ColumnConfig{Number: i + 1, WidthMax: width, WidthMaxEnforcer: text.WrapSoft})
	}
	w.SetColumnConfigs(configs)
	return cli.Trimmed(w.Render())
}

// order moves kind and status, if a row has them, behind the name.
func order(row table.Row) table.Row {
	if len(row) < 7 {
		return row
	}
	return table.Row{row[0], row[5], row[6], row[1], row[2], row[3], row[4]}
}

// writes draws what was done.
func (t tables) writes(r *offboard.Report, name func(subject string) string) string {
	w := t.Writer()
	w.AppendHeader(table.Row{"Step", "Outcome", "Request id"})
	for _, s := range r.Writes {
		w.AppendRow(table.Row{phrase(steps[s.Step].do, name(s.Subject)), writeStates[s.State], s.RequestID})
	}
	w.SetColumnConfigs([]table.ColumnConfig{{Number: 1, WidthMax: t.Width - 56, WidthMaxEnforcer: text.WrapSoft}})
	return cli.Trimmed(w.Render())
}

// colors mark what costs or holds up.
var colors = map[subscriptions.Action]text.Color{
	subscriptions.Cancel:          text.FgGreen,
	subscriptions.CancelOrder:     text.FgGreen,
	subscriptions.CancelAzure:     text.FgGreen,
	subscriptions.Suspend:         text.FgGreen,
	subscriptions.CancelAtTermEnd: text.FgYellow,
	subscriptions.Blocked:         text.FgRed,
	subscriptions.Nothing:         text.Faint,
}

// heading draws the line above what belongs to one customer.
func (t tables) heading(s string) string { return t.Paint(t.Text(s), text.Bold) }
