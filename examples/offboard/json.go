package main

import (
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/offboarding"
	"github.com/cspkit/cspkit/offboard"
)

// jsonView prints one JSON object a line, in order of time.
type jsonView struct{ lines *cli.Lines }

func (v jsonView) start(int)                 {}
func (v jsonView) begin(customers.TenantID)  {}
func (v jsonView) finish([]*offboard.Report) {}

func (v jsonView) plan(p *offboard.Plan)     { v.lines.Print(offboarding.NewPlanLine(p)) }
func (v jsonView) event(e offboard.Event)    { v.lines.Print(offboarding.NewEventLine(e)) }
func (v jsonView) report(r *offboard.Report) { v.lines.Print(offboarding.NewReportLine(r)) }
