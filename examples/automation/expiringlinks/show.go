package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/mca"
)

// statusLine is a link as one line of JSON, as examples/mca prints a status.
type statusLine struct {
	Type        string             `json:"type"`
	Customer    customers.TenantID `json:"customer"`
	Company     string             `json:"company"`
	Status      mca.State          `json:"status"`
	Reason      string             `json:"reason"`
	LinkExpires string             `json:"link_expires"`
}

// show prints the links. complete says that none could not be looked at.
func show(links []link, complete bool, req *request, getenv func(string) string, c cli.Console) {
	if req.json {
		lines := cli.NewLines(c.Out)
		for _, l := range links {
			lines.Print(statusLine{"status", l.customer, l.company, l.State, l.Reason, cli.Timestamp(l.LinkExpires)})
		}
		return
	}
	if len(links) == 0 {
		if complete {
			fmt.Fprintf(c.Out, "Nobody has to be reminded: no open acceptance link expires until %s, and none has in the last 7 days.\n", cli.Moment(req.until))
		}
		return
	}
	var rows []table.Row
	var renew []string
	for _, l := range links {
		rows = append(rows, table.Row{l.company + "\n" + string(l.customer), expiry(l.LinkExpires, req.until.Location()), l.todo()})
		if l.State == mca.LinkExpired {
			renew = append(renew, "  go run ./examples/mca renew "+string(l.customer))
		}
	}
	tables := c.Tables(getenv)
	fmt.Fprintf(c.Out, "%s\n\n%s\n", tables.Text("Acceptance links that expire until "+cli.Moment(req.until)+", or have expired in the last 7 days:"),
		tables.Draw(table.Row{"Customer", "Expires", "What to do"}, rows, 0, 15, tables.Width-61))
	if renew != nil {
		fmt.Fprintf(c.Out, "\nTo renew those that have expired, one by one:\n%s\n", strings.Join(renew, "\n"))
	}
}

// expiry is when a link stops working, in the time zone of the operator.
func expiry(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "not known"
	}
	return t.In(zone).Format("Mon 2 Jan 2006\n15:04 MST")
}

// todo says what has to be done. A renewed link has to be handed on by a
// person, so it is not made here.
func (l link) todo() string {
	if l.State == mca.LinkExpired {
		return "It has expired. " + l.WayForward()
	}
	return l.WayForward()
}
