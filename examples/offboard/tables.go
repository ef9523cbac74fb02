package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/subscriptions"
)

// tables draws tables as the output can show them.
type tables struct {
	style table.Style
	width int // of the output, in columns
	color bool
}

func newTables(c console, getenv func(string) string) tables {
	if !c.live { // plain text, for a file or another program
		style := table.StyleDefault
		style.Options = table.OptionsNoBordersAndSeparators
		style.Format.Header = text.FormatDefault
		style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
		return tables{style: style, width: 160}
	}
	style := table.StyleRounded
	style.Format.Header = text.FormatDefault
	style.Options.SeparateRows = true
	return tables{style: style, width: max(c.width, 80), color: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
}

// plan draws what happens to each purchase.
func (t tables) plan(p *offboard.Plan, name func(offboard.Item) string) string {
	w := table.NewWriter()
	w.SetStyle(t.style)
	w.AppendHeader(table.Row{"Subscription", "Kind", "Status", "Verdict", "Why", "Refund", "Billed until"})
	for _, i := range p.Items {
		refund := string(i.Refund)
		if i.Refund == subscriptions.NoRefund {
			refund = "-"
		}
		w.AppendRow(table.Row{
			name(i), strings.ReplaceAll(string(i.Kind), "_", " "), strings.ToLower(i.Purchase.Status()),
			t.paint(verdicts[i.Action], colors[i.Action]), i.Reason, refund, day(i.BillingUntil.Time),
		})
	}
	// The texts share what the short columns leave.
	rest := t.width - 80
	w.SetColumnConfigs([]table.ColumnConfig{
		{Number: 1, WidthMax: 20 + max(0, rest/4), WidthMaxEnforcer: text.WrapSoft},
		{Number: 2, WidthMax: 12 + max(0, rest/8), WidthMaxEnforcer: text.WrapSoft},
		{Number: 4, WidthMax: 10 + max(0, rest/8), WidthMaxEnforcer: text.WrapSoft},
		{Number: 5, WidthMax: 20 + max(0, rest/2), WidthMaxEnforcer: text.WrapSoft},
	})
	return w.Render()
}

// writes draws what was done.
func (t tables) writes(r *offboard.Report, name func(subject string) string) string {
	w := table.NewWriter()
	w.SetStyle(t.style)
	w.Style().Options.SeparateRows = false
	w.AppendHeader(table.Row{"Step", "Outcome", "Request id"})
	for _, s := range r.Writes {
		w.AppendRow(table.Row{phrase(steps[s.Step].do, name(s.Subject)), writeStates[s.State], s.RequestID})
	}
	w.SetColumnConfigs([]table.ColumnConfig{{Number: 1, WidthMax: max(30, t.width-56), WidthMaxEnforcer: text.WrapSoft}})
	return w.Render()
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
func (t tables) heading(format string, args ...any) string {
	return t.paint(fmt.Sprintf(format, args...), text.Bold)
}

func (t tables) paint(s string, c text.Color) string {
	if !t.color {
		return s
	}
	return text.Colors{c}.Sprint(s)
}
