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

// Effect is what becomes of the bill for one purchase.
type Effect string

const (
	Over    Effect = "over"    // nothing was to be billed any more
	Stops   Effect = "stops"   // billing stops; what was used until then is billed
	GoesOn  Effect = "goes_on" // until a date that is known: leaving ends no obligation to pay
	Unknown Effect = "unknown" // blocked, or billed without an end that is known
)

// Of is what becomes of the bill for a purchase, and until when it goes on: the
// end of the commitment as Partner Center states it.
func Of(i offboard.Item) (Effect, time.Time) {
	until := i.BillingUntil
	known := !until.IsZero() && !until.OpenEnded()
	switch i.Action {
	case subscriptions.Blocked:
		return Unknown, time.Time{}
	case subscriptions.Cancel, subscriptions.CancelOrder, subscriptions.CancelAzure:
		return Stops, time.Time{}
	case subscriptions.Suspend:
		if !i.WindowClosed { // a legacy one: suspending ends it
			return Stops, time.Time{}
		}
	case subscriptions.Nothing: // but what somebody suspended is billed until its term ends
		if i.Purchase.Subscription == nil || !i.WindowClosed {
			return Over, time.Time{}
		}
	}
	if !known {
		return Unknown, time.Time{}
	}
	return GoesOn, until.Time
}

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
	switch effect, until := Of(i); effect {
	case GoesOn:
		return until.UTC().Format(time.DateOnly)
	case Unknown:
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
