package offboarding

import (
	"strings"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/offboard"
)

// PlanLine is a plan as one line of JSON.
type PlanLine struct {
	Type          string             `json:"type"`
	Customer      customers.TenantID `json:"customer"`
	Company       string             `json:"company"`
	Subscriptions []PurchaseLine     `json:"subscriptions"`
	Blockers      []string           `json:"blockers"`
	Calls         int                `json:"calls"`
}

// PurchaseLine is a subscription, or an order without one.
type PurchaseLine struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Kind         string `json:"kind"`
	Status       string `json:"status"`
	Action       string `json:"action"`
	Reason       string `json:"reason"`
	Refund       string `json:"refund"`
	BillingUntil string `json:"billing_until"`
}

// NewPlanLine returns the line of a plan.
func NewPlanLine(p *offboard.Plan) PlanLine {
	line := PlanLine{
		Type: "plan", Customer: p.Customer, Company: p.Company, Calls: p.Calls,
		Subscriptions: []PurchaseLine{}, Blockers: cli.List(p.Blockers),
	}
	for _, i := range p.Items {
		line.Subscriptions = append(line.Subscriptions, NewPurchaseLine(i))
	}
	return line
}

// NewPurchaseLine returns what a line says of one purchase.
func NewPurchaseLine(i offboard.Item) PurchaseLine {
	return PurchaseLine{
		ID: i.Purchase.ID(), Name: i.Name(), Kind: string(i.Kind), Status: strings.ToLower(i.Purchase.Status()),
		Action: string(i.Action), Reason: i.Reason, Refund: string(i.Refund), BillingUntil: cli.Timestamp(i.BillingUntil.Time),
	}
}

// EventLine is a write that was sent as one line of JSON.
type EventLine struct {
	Type      string             `json:"type"`
	Customer  customers.TenantID `json:"customer"`
	At        string             `json:"at"`
	Phase     string             `json:"phase"`
	Action    string             `json:"action"`
	Subject   string             `json:"subject"`
	Outcome   string             `json:"outcome"`
	RequestID string             `json:"request_id"`
	Detail    string             `json:"detail,omitempty"`
}

// NewEventLine returns the line of an event.
func NewEventLine(e offboard.Event) EventLine {
	return EventLine{
		Type: "event", Customer: e.Customer, At: cli.Timestamp(e.At), Phase: string(e.Phase), Action: string(e.Step),
		Subject: e.Subject, Outcome: string(e.Outcome), RequestID: e.RequestID, Detail: e.Detail,
	}
}

// ReportLine is a report as one line of JSON.
type ReportLine struct {
	Type      string             `json:"type"`
	Customer  customers.TenantID `json:"customer"`
	State     string             `json:"state"`
	Phase     string             `json:"phase"`
	Reason    string             `json:"reason,omitempty"`
	WaitUntil string             `json:"wait_until"`
	Blockers  []string           `json:"blockers"`
	Notes     []string           `json:"notes,omitempty"`
	Error     string             `json:"error"`
}

// NewReportLine returns the line of a report.
func NewReportLine(r *offboard.Report) ReportLine {
	line := ReportLine{
		Type: "report", Customer: r.Customer, State: string(r.State), Phase: string(r.Phase), Reason: r.Reason,
		WaitUntil: cli.Timestamp(r.WaitUntil), Blockers: cli.List(r.Blockers), Notes: r.Notes,
	}
	if r.Err != nil {
		line.Error = r.Err.Error()
	}
	return line
}
