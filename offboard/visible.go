package offboard

import (
	"strings"
	"time"

	"github.com/cspkit/cspkit/subscriptions"
)

// seen notes on the run what the observation shows: which writes have taken
// effect, and whether the relationship still stands. It returns the writes
// that became visible.
func seen(run *Run, o *observation) []Write {
	if o.Company != "" {
		run.Company = o.Company
	}
	if o.Standing == Stands || o.Standing == Other {
		run.Known = true
	}
	run.Stood = run.Stood || o.Standing == Stands
	if removal := run.write(RemoveRelationship, string(run.Customer)); removal != nil && o.Standing == Stands {
		if run.StandsSince.Before(removal.Sent) {
			run.StandsSince = o.At
		}
	} else {
		run.StandsSince = time.Time{}
	}
	var shown []Write
	for i := range run.Writes {
		w := &run.Writes[i]
		if (w.State == Intended || w.State == Accepted) && w.visible(run, o) {
			w.State, w.Refusals = Seen, 0
			shown = append(shown, *w)
		}
	}
	return shown
}

// visible reports whether the observation shows the effect of the write.
func (w *Write) visible(run *Run, o *observation) bool {
	switch w.Step {
	case RemoveRelationship:
		return o.Standing == Gone
	case DeleteCustomer:
		return o.Absent && w.State == Accepted
	case DeleteRecord:
		return o.Standing == Gone && !o.Record
	case TerminateGDAP:
		for _, g := range o.GDAP {
			if g.ID == w.Subject {
				return gdapEnded(g.Status)
			}
		}
		return o.GDAPRead
	}
	if !o.Whole {
		return false
	}
	switch w.Step {
	case CancelAzure:
		if e, found := azure(o, w.Parent, w.Subject); found {
			return azureEnded(e.Status)
		}
		// Not looked into, which says something only if the plan has ended.
		plan := o.subscription(w.Parent)
		return plan == nil || plan.Status.Ended() || plan.Status.Is(subscriptions.Suspended)
	case CancelOrder:
		return orderEnded(o, w.Subject)
	case ReactivateSubscription:
		if w.Parent != "" {
			e, found := azure(o, w.Parent, w.Subject)
			return found && e.Status.Is(subscriptions.Active)
		}
		s := o.subscription(w.Subject)
		return s != nil && w.Change != nil && w.Change.Shows(s)
	default: // cancel, suspend, end at term
		s := o.subscription(w.Subject)
		return s == nil || s.Status.Ended() || w.Change != nil && w.Change.Shows(s)
	}
}

// azure finds an Azure subscription. One whose plan was not looked into, since
// the plan is not active any more, is not found.
func azure(o *observation, plan, id string) (subscriptions.AzureEntitlement, bool) {
	for p, list := range o.Azure {
		if !p.Is(subscriptions.ID(plan)) {
			continue
		}
		for _, e := range list {
			if strings.EqualFold(e.ID, id) {
				return e, true
			}
		}
	}
	return subscriptions.AzureEntitlement{}, false
}

// orderEnded reports whether what was cancelled through an order is gone: a
// subscription, or an order's lines without one.
func orderEnded(o *observation, id string) bool {
	if s := o.subscription(id); s != nil {
		return s.Status.Ended()
	}
	if order := o.order(subscriptions.OrderID(id)); order != nil {
		return order.Cancelled() || len(order.LinesOf("")) == 0
	}
	// Neither subscription nor order: gone, unless an entitlement remains.
	for _, e := range o.Entitlements {
		if strings.EqualFold(string(e.OrderID), id) {
			return false
		}
	}
	return true
}
