package main

import (
	"encoding/json"
	"io"
	"strings"
	"sync"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/offboard"
)

// jsonView prints one JSON object a line, in order of time.
type jsonView struct {
	mu  sync.Mutex
	out *json.Encoder
}

func newJSONView(w io.Writer) *jsonView {
	v := &jsonView{out: json.NewEncoder(w)}
	v.out.SetEscapeHTML(false)
	return v
}

func (v *jsonView) start(int)                 {}
func (v *jsonView) begin(customers.TenantID)  {}
func (v *jsonView) finish([]*offboard.Report) {}

type planLine struct {
	Type          string             `json:"type"`
	Customer      customers.TenantID `json:"customer"`
	Company       string             `json:"company"`
	Subscriptions []purchase         `json:"subscriptions"`
	Blockers      []string           `json:"blockers"`
	Calls         int                `json:"calls"`
}

// purchase is a subscription, or an order without one.
type purchase struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Kind         string `json:"kind"`
	Status       string `json:"status"`
	Action       string `json:"action"`
	Reason       string `json:"reason"`
	Refund       string `json:"refund"`
	BillingUntil string `json:"billing_until"`
}

func (v *jsonView) plan(p *offboard.Plan) {
	line := planLine{
		Type: "plan", Customer: p.Customer, Company: p.Company, Calls: p.Calls,
		Subscriptions: []purchase{}, Blockers: list(p.Blockers),
	}
	for _, i := range p.Items {
		line.Subscriptions = append(line.Subscriptions, purchase{
			ID: i.Purchase.ID(), Name: i.Name(), Kind: string(i.Kind), Status: strings.ToLower(i.Purchase.Status()),
			Action: string(i.Action), Reason: i.Reason, Refund: string(i.Refund), BillingUntil: cli.Timestamp(i.BillingUntil.Time),
		})
	}
	v.print(line)
}

type eventLine struct {
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

func (v *jsonView) event(e offboard.Event) {
	v.print(eventLine{
		Type: "event", Customer: e.Customer, At: cli.Timestamp(e.At), Phase: string(e.Phase), Action: string(e.Step),
		Subject: e.Subject, Outcome: string(e.Outcome), RequestID: e.RequestID, Detail: e.Detail,
	})
}

type reportLine struct {
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

func (v *jsonView) report(r *offboard.Report) {
	line := reportLine{
		Type: "report", Customer: r.Customer, State: string(r.State), Phase: string(r.Phase), Reason: r.Reason,
		WaitUntil: cli.Timestamp(r.WaitUntil), Blockers: list(r.Blockers), Notes: r.Notes,
	}
	if r.Err != nil {
		line.Error = r.Err.Error()
	}
	v.print(line)
}

func (v *jsonView) print(line any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.out.Encode(line) // a reader that has gone away is noticed by nobody
}

// list makes no items an empty array rather than null.
func list(items []string) []string {
	if items == nil {
		return []string{}
	}
	return items
}
