package main

import (
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/offboarding"
	"github.com/cspkit/cspkit/offboard"
)

// customer is what is known of one: a report if it was worked on or failed, a
// plan if one could be made.
type customer struct {
	id     customers.TenantID
	plan   *offboard.Plan
	report *offboard.Report
}

// view shows a job to its reader.
type view interface {
	begin(n int)
	planned(all []customer)
	event(e offboard.Event) // many goroutines may call it at once
	ended(all []customer)
}

func newView(req *request, getenv func(string) string, c cli.Console) view {
	if req.json {
		return jsonView{cli.NewLines(c.Out), req.by, map[customers.TenantID]bool{}}
	}
	return textView{c.Out, c.Tables(getenv), req.by}
}

// jsonView prints the lines that examples/offboard prints, and what the
// deadline means for a plan.
type jsonView struct {
	lines    *cli.Lines
	by       time.Time
	reported map[customers.TenantID]bool // a customer has one report
}

type planLine struct {
	offboarding.PlanLine
	By        string  `json:"by"`
	Outlook   outlook `json:"outlook"`
	NotBefore string  `json:"not_before"` // when the last of its terms ends
}

func (v jsonView) begin(int) {}

func (v jsonView) planned(all []customer) {
	for _, c := range all {
		if c.plan == nil {
			v.report(c)
			continue
		}
		word, until := judge(c.plan, v.by)
		v.lines.Print(planLine{offboarding.NewPlanLine(c.plan), cli.Timestamp(v.by), word, cli.Timestamp(until)})
	}
}

func (v jsonView) event(e offboard.Event) { v.lines.Print(offboarding.NewEventLine(e)) }

func (v jsonView) ended(all []customer) {
	for _, c := range all {
		v.report(c)
	}
}

func (v jsonView) report(c customer) {
	if !v.reported[c.id] {
		v.reported[c.id] = true
		v.lines.Print(offboarding.NewReportLine(c.report))
	}
}
