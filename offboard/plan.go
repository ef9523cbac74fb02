package offboard

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/subscriptions"
)

// ErrNotCustomer: the tenant is not a customer of this partner, and no run has
// ever seen it as one. Nothing was written: check the id, and the partner
// account that the credentials belong to.
var ErrNotCustomer = errors.New("not a customer of this partner: check the id, and which partner the credentials are of")

// Plan is what a run would do, before anything happens.
type Plan struct {
	Customer  customers.TenantID
	Company   string
	Standing  Standing
	At        time.Time
	Items     []Item    // children before their parents, the order in which they are ended
	Blockers  []string  // what a person has to lift; one sentence each
	WaitUntil time.Time // the earliest date at which something can change; zero if nothing waits
	Calls     int       // about how many requests planning and carrying out take, if changes show at once
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
	d := &decision{run: run, o: o, p: run.Policy, now: now}
	switch o.Standing {
	case Other:
		p.Blockers = []string{o.otherRelationship()}
		return p
	case Stands:
		p.Items = judge(run, o, run.Policy, now)
		d.endPurchases()
		d.waits(p.Items)
	}
	// A look at what was changed: subscriptions, GDAP, and where an order says
	// what is left, that and what the orders came with.
	look := 1
	if run.Policy.GDAP {
		look++
	}
	if len(o.Orders) > 0 {
		look += 2 + len(o.Orders)
	}
	if n := len(d.sends); n > 0 {
		p.Calls += n + look
	}
	for _, list := range o.Azure {
		if slices.ContainsFunc(list, func(e subscriptions.AzureEntitlement) bool { return !azureEnded(e.Status) }) {
			p.Calls += 1 + 1 + look // a look at them, then the plan itself, and a look at that
		}
	}
	if len(d.blockers) == 0 && d.ends.IsZero() {
		gone := len(d.sends)
		if d.endGDAP(); len(d.sends) > gone {
			p.Calls += len(d.sends) - gone + look
		}
	}
	p.Blockers, p.WaitUntil = d.blockers, earliest(d.unblocked, d.ends)
	if len(p.Blockers) > 0 || !p.WaitUntil.IsZero() {
		return p
	}
	after := 1
	if run.Policy.GDAP {
		after++
	}
	if o.Standing == Stands {
		p.Calls += 1 + after // the removal, and the look that shows it
	}
	if run.Policy.Sandbox {
		p.Calls += 1 + after
	}
	return p
}

// waits notes what the run will wait for when these items are ended as the plan
// says: once the writes are done, decide sees it by itself.
func (d *decision) waits(items []Item) {
	for _, item := range items {
		switch {
		case item.Action == subscriptions.CancelAtTermEnd && item.Until.After(d.now):
			d.ends = earliest(d.ends, item.Until)
		case item.Action == subscriptions.Suspend && item.WindowClosed:
			d.billing(item)
		}
	}
}

// Same reports whether both plans would do the same to the same purchases: an
// agreement to one holds for the other.
func (p *Plan) Same(other *Plan) bool {
	return p.Standing == other.Standing && slices.EqualFunc(p.Items, other.Items, func(a, b Item) bool {
		return a.Purchase.ID() == b.Purchase.ID() && a.Action == b.Action && a.Refund == b.Refund && a.Until.Equal(b.Until)
	})
}

// judge returns the verdict on every purchase, as the policy has it and as
// Partner Center's refusals have taught, children before their parents.
func judge(run *Run, o *observation, p Policy, now time.Time) []Item {
	purchases := subscriptions.Purchases(o.Subscriptions, o.Orders, o.Entitlements)
	slices.SortStableFunc(purchases, childrenFirst(purchases))
	items := make([]Item, 0, len(purchases))
	for _, purchase := range purchases {
		v := taught(run, purchase, now)
		items = append(items, Item{purchase, p.apply(purchase, v)})
	}
	return items
}

// childrenFirst compares purchases by how many parents they have.
func childrenFirst(all []subscriptions.Purchase) func(a, b subscriptions.Purchase) int {
	parents := map[string]string{}
	for _, p := range all {
		if s := p.Subscription; s != nil {
			parents[strings.ToLower(string(s.ID))] = strings.ToLower(string(s.ParentID))
		}
	}
	depth := func(p subscriptions.Purchase) (n int) {
		for id := parents[strings.ToLower(p.ID())]; id != "" && n < len(all); id = parents[id] {
			n++
		}
		return n
	}
	return func(a, b subscriptions.Purchase) int { return depth(b) - depth(a) }
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
		v.Reason = "the policy refuses to leave it running: " + strings.NewReplacer(
			"it is not renewed, and billed until", "it would be billed until",
			"the trial is not renewed, and expires on", "the trial would run until").Replace(v.Reason)
	case SuspendClosed:
		if v.Kind != subscriptions.SoftwareSubscription { // cannot be suspended
			v.Action = subscriptions.Suspend
			v.Reason = strings.NewReplacer(
				"it is not renewed, and billed until", "it is suspended, but billing goes on until",
				"the trial is not renewed, and expires on", "the trial is suspended, and expires on").Replace(v.Reason)
		}
	}
	return v
}
