// Package bill says what the plan of an offboarding means for the bill: what
// stops, what goes on and until when, and what nobody can tell. It knows no
// amounts, since the subscriptions that Partner Center lists carry no prices.
package bill

import (
	"time"

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/subscriptions"
)

// NoAmounts says to people why there are none.
const NoAmounts = "There are no amounts: the subscriptions that Partner Center lists carry no prices."

// Refunds counts what is cancelled by what comes back.
type Refunds struct {
	Full    int `json:"full"`
	Partial int `json:"partial"`
	None    int `json:"none"`
}

// Expected counts what a plan cancels. Microsoft decides when it is cancelled.
func Expected(p *offboard.Plan) (r Refunds) {
	for _, i := range p.Items {
		if i.Action != subscriptions.Cancel && i.Action != subscriptions.CancelOrder {
			continue
		}
		switch i.Refund {
		case subscriptions.FullRefund:
			r.Full++
		case subscriptions.PartialRefund:
			r.Partial++
		default:
			r.None++
		}
	}
	return r
}

// Plus adds two counts.
func (r Refunds) Plus(o Refunds) Refunds {
	return Refunds{r.Full + o.Full, r.Partial + o.Partial, r.None + o.None}
}

// Until says to people until when a purchase is billed.
func Until(i offboard.Item) string {
	switch billing, until := i.Billing(); billing {
	case subscriptions.BillingGoesOn:
		return until.UTC().Format(time.DateOnly)
	case subscriptions.BillingUnknown:
		return "unknown"
	}
	return "-"
}

// Refund says to people what comes back.
func Refund(i offboard.Item) string {
	if i.Refund == subscriptions.NoRefund || i.Refund == "" {
		return "-"
	}
	return string(i.Refund)
}
