package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/mca"
)

// tables draws how customers stand as the output can show it.
type tables struct{ cli.Tables }

// summary draws the cards: how many customers stand where. Unknown is shown
// where there are some.
func (t tables) summary(s mca.Summary) string {
	w := t.Writer()
	w.AppendHeader(table.Row{"Status", "Customers"})
	for _, card := range states {
		n := card.count(s)
		if card.state == mca.Unknown && n == 0 {
			continue
		}
		w.AppendRow(table.Row{t.paint(card.word, card.state), n})
	}
	w.AppendFooter(table.Row{"Total", s.Total})
	return cli.Trimmed(w.Render())
}

// statuses draws where each customer stands. The company is shown where it is
// known.
func (t tables) statuses(list []mca.CustomerStatus) string {
	w := t.Writer()
	w.Style().Options.SeparateRows = t.Live
	companies := slices.ContainsFunc(list, func(s mca.CustomerStatus) bool { return s.Company != "" })
	w.AppendHeader(table.Row{"Customer", "Status", "Why, and what next"})
	for _, s := range list {
		customer := string(s.Customer)
		if companies {
			customer = cmp.Or(s.Company, "-") + "\n" + customer
		}
		why := s.Reason + " " + s.WayForward()
		if s.State == mca.Pending && !s.LinkExpires.IsZero() {
			why += " The link is good until " + minute(s.LinkExpires) + "."
		}
		w.AppendRow(table.Row{customer, t.paint(spoken(s.State), s.State), strings.TrimSpace(why)})
	}
	// The reason takes what the id, the longest status and borders leave.
	w.SetColumnConfigs([]table.ColumnConfig{
		{Number: 2, WidthMax: 12, WidthMaxEnforcer: text.WrapSoft},
		{Number: 3, WidthMax: t.Width - 58, WidthMaxEnforcer: text.WrapSoft},
	})
	return cli.Trimmed(w.Render())
}

// colors tell at a glance whose turn it is.
var colors = map[mca.State]text.Color{
	mca.Required:               text.FgRed,
	mca.Pending:                text.FgYellow,
	mca.LinkExpired:            text.FgRed,
	mca.ReadyToCreateAgreement: text.FgCyan,
	mca.Compliant:              text.FgGreen,
	mca.Unknown:                text.FgMagenta,
}

func (t tables) paint(s string, of mca.State) string { return t.Paint(s, colors[of]) }
