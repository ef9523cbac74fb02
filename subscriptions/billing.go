package subscriptions

import "time"

// Billing is what becomes of the bill for a purchase that is ended as its
// verdict says.
type Billing string

const (
	// NotBilled: nothing is billed any more, whatever is done.
	NotBilled Billing = "not_billed"
	// BillingStops with the action. Usage until then is billed, and
	// [Verdict].Refund says what comes back.
	BillingStops Billing = "stops"
	// BillingGoesOn until a date that is known: leaving ends no obligation to
	// pay.
	BillingGoesOn Billing = "goes_on"
	// BillingUnknown: it goes on, and nobody can tell until when: a person has to
	// end the purchase, or no end of it is known.
	BillingUnknown Billing = "unknown"
)

// Billing says whether the purchase goes on costing money when it is ended as
// the verdict says, and until when; the date is zero unless it is
// [BillingGoesOn]. A date that has passed is that of a term which is over, though
// Partner Center has yet to show it. Partner Center states no prices of subscriptions, so there
// are no amounts. A trial counts as if it were billed: whether it is free cannot
// be seen.
//
// Source: https://learn.microsoft.com/partner-center/customers/new-commerce-cancellation-policy
func (v Verdict) Billing() (Billing, time.Time) {
	switch v.Action {
	case Cancel, CancelOrder, CancelAzure:
		return BillingStops, time.Time{}
	case Suspend:
		if !v.WindowClosed { // a legacy one: suspending ends it
			return BillingStops, time.Time{}
		}
	case CancelAtTermEnd:
	case Nothing: // but what somebody suspended is billed until its term ends
		if !v.WindowClosed || v.Kind == PerpetualSoftware {
			return NotBilled, time.Time{}
		}
	default:
		return BillingUnknown, time.Time{}
	}
	if v.Until.IsZero() {
		return BillingUnknown, time.Time{}
	}
	return BillingGoesOn, v.Until
}
