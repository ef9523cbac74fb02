package offboard

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/subscriptions"
)

// ErrNotCustomer: the tenant is not a customer of this partner.
var ErrNotCustomer = errors.New("not a customer of this partner")

// Plan is what a run would do, before anything happens.
type Plan struct {
	Customer  customers.TenantID
	Company   string
	Standing  Standing
	At        time.Time
	Items     []Item    // children before their parents, the order in which they are ended
	Blockers  []string  // what a person has to lift; one sentence each
	WaitUntil time.Time // the earliest date at which something can change; zero if nothing waits
	Calls     int       // requests that planning and carrying out take, if changes show at once
}

// Item is the verdict on one purchase.
type Item struct {
	Purchase subscriptions.Purchase
	subscriptions.Verdict
}

// Name is what a person knows the purchase by.
func (i Item) Name() string { return i.Purchase.Name() }

// newPlan describes what decide makes of an observation.
func newPlan(run *Run, o *observation, now time.Time) *Plan {
	p := &Plan{Customer: run.Customer, Company: run.Company, Standing: o.Standing, At: o.At, Calls: o.calls}
	if o.Standing == Stands {
		p.Items = judge(run, o, run.Policy, now)
	}
	waits := false
	for _, item := range p.Items {
		switch item.Action {
		case subscriptions.Blocked:
			p.Blockers = append(p.Blockers, fmt.Sprintf("%s (%s): %s", item.Name(), item.Purchase.ID(), item.Reason))
			p.WaitUntil = earliest(p.WaitUntil, item.Until)
		case subscriptions.CancelAtTermEnd:
			waits = true
			p.WaitUntil = earliest(p.WaitUntil, item.Until)
			if _, needed := item.Purchase.Subscription.ToEndAtTerm(item.Kind == subscriptions.NewCommerceLicense); needed {
				p.Calls++
			}
		case subscriptions.CancelAzure:
			p.Calls += len(o.Azure[item.Purchase.Subscription.ID]) + 2 // each, one more look, the plan
		case subscriptions.Nothing:
		default:
			p.Calls++
		}
	}
	switch {
	case o.Standing == Other:
		p.Blockers = append(p.Blockers, fmt.Sprintf("the relationship is %.40q; only a reseller relationship can be removed here", o.Relationship))
	case o.Standing != Stands:
	case len(p.Blockers) > 0 || waits:
		p.Calls++ // the look that shows it
	default:
		p.Calls += 3 // the look that shows it, the removal, the look that shows that
	}
	for _, g := range o.GDAP {
		if !gdapEnded(g.Status) {
			p.Calls += 2
		}
	}
	return p
}

// Same reports whether both plans would do the same to the same purchases: an
// agreement to one holds for the other.
func (p *Plan) Same(other *Plan) bool {
	return p.Standing == other.Standing && slices.EqualFunc(p.Items, other.Items, func(a, b Item) bool {
		return a.Purchase.ID() == b.Purchase.ID() && a.Action == b.Action && a.Refund == b.Refund
	})
}

// judge returns the verdict on every purchase, as the policy has it and as
// Partner Center's refusals have taught, children before their parents.
func judge(run *Run, o *observation, p Policy, now time.Time) []Item {
	purchases := subscriptions.Purchases(o.Subscriptions, o.Orders, o.Entitlements)
	slices.SortStableFunc(purchases, func(a, b subscriptions.Purchase) int { return depth(purchases, b) - depth(purchases, a) })
	items := make([]Item, 0, len(purchases))
	for _, purchase := range purchases {
		v := taught(run, purchase, now)
		items = append(items, Item{purchase, p.apply(purchase, v)})
	}
	return items
}

// depth is how many parents a purchase has.
func depth(all []subscriptions.Purchase, p subscriptions.Purchase) int {
	n := 0
	for s := p.Subscription; s != nil && s.ParentID != "" && n < 10; n++ {
		var parent *subscriptions.Subscription
		for _, q := range all {
			if q.Subscription != nil && q.Subscription.ID.Is(s.ParentID) {
				parent = q.Subscription
			}
		}
		s = parent
	}
	return n
}

// taught is the verdict, corrected by what Partner Center has refused before:
// it knows better whether a window is open, and which way a thing is ended.
func taught(run *Run, p subscriptions.Purchase, now time.Time) subscriptions.Verdict {
	v := p.Verdict(now)
	refused := func(step Step) bool {
		w := run.write(step, p.ID())
		if w == nil || w.State != Refused || p.Subscription != nil && !w.Term.Equal(p.Subscription.TermOver()) {
			return false // never tried, or about an earlier term
		}
		return w.Class == refusedWindow || w.Class == refusedNotCancellable || w.Class == refusedState
	}
	if v.Action == subscriptions.CancelOrder && refused(CancelOrder) {
		if p.Subscription == nil {
			v.Action, v.Lines, v.Refund = subscriptions.Nothing, nil, subscriptions.NoRefund
			v.Reason = "Partner Center refuses to cancel its order; nothing further is billed"
			return v
		}
		v.Action, v.Lines = subscriptions.Cancel, nil // the other way to end a software subscription
	}
	if v.Action == subscriptions.Cancel && refused(CancelSubscription) {
		closed := *p.Subscription
		closed.CancellationAllowedUntil.Time = earliest(closed.CancellationAllowedUntil.Time, run.write(CancelSubscription, p.ID()).Sent)
		v = subscriptions.Purchase{Subscription: &closed, Order: p.Order}.Verdict(now)
		v.Reason = "Partner Center refuses to cancel it; " + v.Reason
	}
	return v
}

// apply changes a verdict to what the policy wants for a closed window, and to
// what a sandbox allows.
func (p Policy) apply(purchase subscriptions.Purchase, v subscriptions.Verdict) subscriptions.Verdict {
	if p.Sandbox && v.Kind == subscriptions.Reservation && v.Action == subscriptions.Blocked &&
		purchase.Order != nil && !purchase.Order.Cancelled() && !purchase.Order.Pending() {
		v.Action, v.Lines, v.Reason = subscriptions.CancelOrder, purchase.Order.LineItems, "a sandbox cancels the order of a reservation"
		return v
	}
	if !v.WindowClosed || v.Action != subscriptions.CancelAtTermEnd {
		return v
	}
	switch p.WindowClosed {
	case Refuse:
		v.Action = subscriptions.Blocked
		v.Reason = "the policy refuses to leave it running: " + strings.Replace(v.Reason, "; it is not renewed, and billed until", "; it would be billed until", 1)
	case SuspendClosed:
		if v.Kind != subscriptions.SoftwareSubscription { // cannot be suspended
			v.Action = subscriptions.Suspend
			v.Reason = strings.Replace(v.Reason, "it is not renewed, and billed until", "it is suspended, but billing goes on until", 1)
		}
	}
	return v
}
