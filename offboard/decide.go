package offboard

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/subscriptions"
)

// action is the one next thing that a round does: actSend, actWait, actStop,
// actNotify, actFinish or actReject.
type action interface{ phase() Phase }

// actSend sends writes of one phase, in this order.
type actSend struct {
	Phase  Phase
	Writes []intent
}

// actWait does nothing until At. Until is the date that a person is told.
type actWait struct {
	Phase     Phase
	At, Until time.Time
	Soon      bool // for Partner Center to show a change, not for a date
	Reason    string
}

// actStop is blocked: a person has to lift something. Until is the earliest date
// at which something can change by itself, zero if there is none.
type actStop struct {
	Phase     Phase
	Blockers  []string
	At, Until time.Time
}

// actNotify tells the partner's notifier that the relationship has ended.
type actNotify struct{}

// actFinish is done: reads have shown everything.
type actFinish struct{ Phase Phase }

// actReject ends the run without a write: there is nothing that it may do.
type actReject struct{ Err error }

func (a actSend) phase() Phase   { return a.Phase }
func (a actWait) phase() Phase   { return a.Phase }
func (a actStop) phase() Phase   { return a.Phase }
func (a actNotify) phase() Phase { return Deleting }
func (a actFinish) phase() Phase { return a.Phase }
func (a actReject) phase() Phase { return "" }

// intent is a write that is to be sent.
type intent struct {
	Step      Step
	Subject   string
	Parent    string                // the Azure plan of an Azure subscription
	Change    *subscriptions.Change // of a subscription
	Lines     []subscriptions.LineItem
	RequestID string    // of an attempt whose outcome is unknown; empty means a new one
	Repeated  bool      // once more, with a new id
	Term      time.Time // of the subscription
}

// decide returns the one next action. It does no I/O, reads no clock and
// changes nothing, so a test can try every state: it never removes a
// relationship while anything is active or pending, and never deletes a record
// while the relationship stands.
func decide(run *Run, o *observation, p Policy, now time.Time) action {
	d := &decision{run: run, o: o, p: p, now: now}
	switch {
	case o.Standing == Stranger:
		return actReject{fmt.Errorf("customer %s: %w: %w", run.Customer, ErrNotCustomer, o.answer)}
	case run.Phase == Reactivating:
		return d.giveUp()
	case o.Standing == Gone:
		return d.afterRemoval()
	case o.Standing == Other:
		return actStop{Phase: run.Phase, At: now.Add(24 * time.Hour), Blockers: []string{o.otherRelationship()}}
	case !o.Whole:
		// The removal was accepted and does not show yet.
		w := actWait{Phase: Removing, At: now, Until: now, Soon: true, Reason: "Partner Center has yet to show the removal of the relationship with " + string(run.Customer)}
		if removal := run.removal(); removal != nil {
			w.Until = removal.Sent.Add(p.settle())
		}
		return w
	}
	d.endPurchases()
	if action, ok := d.action(Cancelling); ok {
		return action
	}
	// Everything is ended or suspended: only the removal is left.
	d.endGDAP()
	if action, ok := d.action(Removing); ok {
		return action
	}
	d.want(intent{Step: RemoveRelationship, Subject: string(run.Customer)})
	action, _ := d.action(Removing)
	return action
}

// decision gathers what the parts of decide find.
type decision struct {
	run *Run
	o   *observation
	p   Policy
	now time.Time

	sends     []intent
	looks     []look
	blockers  []string
	unblocked time.Time // when the first blocker may lift
	ends      time.Time // the earliest term that is waited for
	waitFor   string
	suspended time.Time // the latest term of what is only suspended, and billed
	billed    []string  // what that is
	endless   bool      // some of it without a known end
	again     time.Time // when something may have changed by itself
}

// look waits for Partner Center.
type look struct {
	at, until time.Time
	reason    string
}

// action returns what the findings come to: writes first, then waiting for
// what was written, then what is blocked, then dates. False if there is
// nothing.
func (d *decision) action(phase Phase) (action, bool) {
	switch {
	case len(d.sends) > 0:
		return actSend{phase, d.sends}, true
	case len(d.looks) > 0:
		soonest := slices.MinFunc(d.looks, func(a, b look) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
		return actWait{Phase: phase, At: soonest.at, Until: soonest.until, Soon: true, Reason: soonest.reason}, true
	case len(d.blockers) > 0:
		until := earliest(d.unblocked, d.ends)
		return actStop{Phase: phase, Blockers: d.blockers, At: d.due(until), Until: until}, true
	case !d.ends.IsZero():
		return actWait{Phase: phase, At: d.due(d.ends), Until: d.ends, Reason: d.waitFor}, true
	}
	return nil, false
}

// due is when a run that waits for a date is looked at again: weekly, a day
// before the date to mend what somebody undid, and right after it.
func (d *decision) due(until time.Time) time.Time {
	next := earliest(d.now.Add(7*24*time.Hour), d.again)
	if until.IsZero() {
		return next
	}
	if before := until.Add(-24 * time.Hour); before.After(d.now) {
		next = earliest(next, before)
	}
	if until.After(d.now) {
		next = earliest(next, until.Add(time.Second))
	}
	return next
}

// endPurchases goes through everything that the customer has bought.
func (d *decision) endPurchases() {
	for _, item := range judge(d.run, d.o, d.p, d.now) {
		s, id := item.Purchase.Subscription, item.Purchase.ID()
		in := intent{Subject: id, Term: item.Until}
		if s != nil {
			in.Term = s.TermOver()
		}
		if d.underWay(item, id) {
			continue
		}
		switch item.Action {
		case subscriptions.Cancel:
			in.Step, in.Change = CancelSubscription, &subscriptions.Change{Status: subscriptions.Deleted}
			d.want(in)
		case subscriptions.Suspend:
			in.Step, in.Change = SuspendSubscription, &subscriptions.Change{Status: subscriptions.Suspended}
			d.want(in)
		case subscriptions.CancelOrder:
			in.Step, in.Lines = CancelOrder, item.Lines
			d.want(in)
		case subscriptions.CancelAtTermEnd:
			d.endAtTerm(item, in)
		case subscriptions.CancelAzure:
			d.endAzure(item, in)
		case subscriptions.Nothing:
			if s != nil && s.Status.Is(subscriptions.Suspended) && item.WindowClosed {
				d.billing(item)
			}
		default:
			until := item.Until
			if item.Passing {
				until = d.now.Add(time.Hour) // worth another look then
			}
			d.block(fmt.Sprintf("%s (%s): %s", item.Name(), id, item.Reason), until)
		}
	}
}

// underWay reports whether another way to end the purchase was taken just
// now. It is only looked for, even if the verdict has changed since, as when
// the window closed meanwhile.
func (d *decision) underWay(item Item, id string) bool {
	if item.Action == subscriptions.Nothing || item.Action == subscriptions.Blocked {
		return false
	}
	for _, step := range []Step{CancelOrder, CancelSubscription, SuspendSubscription} {
		w := d.run.write(step, id)
		if w == nil || w.State != Intended && w.State != Accepted || !d.settling(w) || step.action() == item.Action {
			continue
		}
		if w.State == Intended && step != CancelOrder {
			d.want(intent{Step: step, Subject: id, Change: w.Change, Term: w.Term})
		} else {
			d.lookFor(w)
		}
		return true
	}
	return false
}

func (s Step) action() subscriptions.Action {
	switch s {
	case CancelOrder:
		return subscriptions.CancelOrder
	case CancelSubscription:
		return subscriptions.Cancel
	}
	return subscriptions.Suspend
}

// billing notes a subscription that is only suspended, and billed all the same.
func (d *decision) billing(item Item) {
	name := fmt.Sprintf("%s (%s) is suspended", item.Name(), item.Purchase.ID())
	switch {
	case item.Until.IsZero():
		d.endless = true
		d.billed = append(d.billed, name+", and billed without a known end: ask Microsoft support")
	case item.Until.After(d.now):
		d.suspended = later(d.suspended, item.Until)
		d.billed = append(d.billed, name+", and billed until "+day(item.Until))
	}
}

// endAtTerm arranges that the subscription is not renewed, and waits for its end.
func (d *decision) endAtTerm(item Item, in intent) {
	s := item.Purchase.Subscription
	change, needed := s.ToEndAtTerm(item.Kind == subscriptions.NewCommerceLicense)
	if w := d.run.write(EndAtTerm, string(s.ID)); w != nil && w.State == Refused && w.Code == "800093" && w.Term.Equal(s.TermOver()) && !s.AutoRenew {
		needed = false // "not eligible for auto-renew": off is all there is
	}
	switch over := d.now.Sub(item.Until); {
	case needed:
		in.Step, in.Change = EndAtTerm, &change
		d.want(in)
	case over < 0:
		d.waitUntil(item.Until, fmt.Sprintf("%s (%s) runs, and is billed, until %s", item.Name(), s.ID, day(item.Until)))
	case over < 24*time.Hour:
		// Renewals are processed for up to 24 hours.
		pause := min(max(over/2, time.Minute), time.Hour)
		d.again = earliest(d.again, d.now.Add(pause))
		d.waitUntil(item.Until.Add(24*time.Hour), fmt.Sprintf("the term of %s (%s) is over; Partner Center has yet to show it", item.Name(), s.ID))
	default:
		d.block(fmt.Sprintf("%s (%s): its term ended on %s, but it is still active: ask Microsoft support", item.Name(), s.ID, day(item.Until)), time.Time{})
	}
}

// endAzure cancels the Azure subscriptions of a plan, and then suspends it.
func (d *decision) endAzure(item Item, in intent) {
	plan := item.Purchase.Subscription.ID
	open := 0
	for _, e := range d.o.Azure[plan] {
		switch {
		case azureEnded(e.Status):
			continue
		case e.Status.Is(subscriptions.Active):
			d.want(intent{Step: CancelAzure, Subject: e.ID, Parent: string(plan)})
		case e.Status.Is(subscriptions.Pending):
			d.block(fmt.Sprintf("Azure subscription %s: an operation on it is pending", e.ID), time.Time{})
		default:
			d.block(fmt.Sprintf("Azure subscription %s: its status %.40q is not known", e.ID, e.Status), time.Time{})
		}
		open++
	}
	if open == 0 {
		in.Step, in.Change = SuspendSubscription, &subscriptions.Change{Status: subscriptions.Suspended}
		d.want(in)
	}
}

// endGDAP ends GDAP relationships where the policy asks for it. Not while a
// new-commerce subscription is merely suspended: the removal may be refused
// until its commitment ends, and the partner still has to look after it.
func (d *decision) endGDAP() {
	if !d.p.GDAP || !slices.ContainsFunc(d.o.GDAP, func(g *customers.GDAPRelationship) bool { return !gdapEnded(g.Status) }) {
		return
	}
	if d.endless {
		d.block(strings.Join(d.billed, "; ")+"; GDAP is not ended before", time.Time{})
		return
	}
	if !d.suspended.IsZero() {
		d.waitUntil(d.suspended, strings.Join(d.billed, "; ")+"; GDAP is not ended before")
		return
	}
	for _, g := range d.o.GDAP {
		switch {
		case gdapEnded(g.Status):
		case d.o.GDAPFailed[g.ID] && !d.run.Started.After(d.run.write(TerminateGDAP, g.ID).Sent):
			d.block(fmt.Sprintf("GDAP relationship %s: Graph gave up terminating it: terminate it in Partner Center", g.ID), time.Time{})
		case d.o.GDAPFailed[g.ID]:
			d.sends = append(d.sends, intent{Step: TerminateGDAP, Subject: g.ID})
		case g.Status.Is(customers.GDAPActive, customers.GDAPExpiring):
			d.want(intent{Step: TerminateGDAP, Subject: g.ID})
		case g.Status.Is(customers.GDAPTerminating, customers.GDAPTerminationRequested, customers.GDAPActivating):
			d.looks = append(d.looks, look{d.now, d.now.Add(d.p.settle()), "GDAP relationship " + g.ID + " is " + string(g.Status)})
		default:
			d.block(fmt.Sprintf("GDAP relationship %s: its status %.40q is not known", g.ID, g.Status), time.Time{})
		}
	}
}

// afterRemoval goes on when reads show that the relationship is gone.
func (d *decision) afterRemoval() action {
	d.endGDAP() // still there if somebody else removed the relationship
	if action, ok := d.action(Removing); ok {
		return action
	}
	if d.o.Notifier && d.run.Stood && !d.run.Notified {
		return actNotify{}
	}
	if w := d.run.write(DeleteCustomer, string(d.run.Customer)); d.p.Sandbox && (w == nil || w.State != Seen) &&
		(w == nil || w.Class != refusedUnsupported || d.retries(w)) {
		d.want(intent{Step: DeleteCustomer, Subject: string(d.run.Customer)})
	}
	if action, ok := d.action(Deleting); ok {
		return action
	}
	if d.o.Record {
		d.want(intent{Step: DeleteRecord, Subject: string(d.run.Customer)})
	}
	if action, ok := d.action(Deleting); ok {
		return action
	}
	return actFinish{PhaseDone}
}

func (d *decision) block(reason string, until time.Time) {
	d.blockers = append(d.blockers, reason)
	if until.After(d.now) {
		d.unblocked = earliest(d.unblocked, until)
	}
}

func (d *decision) waitUntil(t time.Time, reason string) {
	if d.ends.IsZero() || t.Before(d.ends) {
		d.ends, d.waitFor = t, reason
	}
}

// earliest returns the earlier of two times; a zero one does not count.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }
