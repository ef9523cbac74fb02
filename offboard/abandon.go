package offboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cspkit/cspkit/subscriptions"
)

var (
	// ErrRemovalSent: the removal of the relationship has been sent, so the run
	// cannot be given up until reads have shown for the whole settle time that
	// the relationship stands.
	ErrRemovalSent = errors.New("the removal of the relationship has been sent, so the run cannot be given up")
	// ErrGivingUp: the run is being given up; finish that first.
	ErrGivingUp = errors.New("the offboarding is being given up: finish that before it starts again")
	// ErrFinished: the run is over.
	ErrFinished = errors.New("the offboarding is finished")
)

// abandonable reports whether the run may still be given up.
func (r *Run) abandonable(p Policy, o *observation) error {
	switch removal := r.write(RemoveRelationship, string(r.Customer)); {
	case o.Standing == Gone, o.Standing == Stranger:
		return fmt.Errorf("customer %s: the relationship is gone: %w", r.Customer, ErrRemovalSent)
	case removal == nil:
		return nil
	case r.StandsSince.IsZero() || o.At.Sub(r.StandsSince) < p.settle():
		return fmt.Errorf("customer %s: %w", r.Customer, ErrRemovalSent)
	}
	return nil
}

// giveUp is decide for a run that is being given up: it reactivates what the
// run suspended, parents before children and an Azure plan before its Azure
// subscriptions, and restores how things renewed. Nothing else is touched.
func (d *decision) giveUp() action {
	if d.o.Standing != Stands || !d.o.Whole {
		return actReject{fmt.Errorf("customer %s: the relationship does not stand: %w", d.run.Customer, ErrRemovalSent)}
	}
	subs := slices.Clone(d.o.Subscriptions)
	purchases := subscriptions.Purchases(subs, nil, nil)
	slices.SortStableFunc(purchases, func(a, b subscriptions.Purchase) int { return depth(purchases, a) - depth(purchases, b) })
	for _, p := range purchases {
		d.reactivate(p.Subscription)
	}
	if action, ok := d.action(Reactivating); ok {
		return action
	}
	// The plans are active, so their Azure subscriptions can follow.
	for plan, entitlements := range d.o.Azure {
		for _, e := range entitlements {
			w := d.run.write(CancelAzure, e.ID)
			if w != nil && w.State != Refused && !e.Status.Is(subscriptions.Active) {
				d.want(intent{Step: ReactivateSubscription, Subject: e.ID, Parent: string(plan)})
			}
		}
	}
	if action, ok := d.action(Reactivating); ok {
		return action
	}
	return actFinish{Abandoned}
}

// reactivate undoes what the run did to one subscription.
func (d *decision) reactivate(s *subscriptions.Subscription) {
	id := string(s.ID)
	suspension, ending := d.run.write(SuspendSubscription, id), d.run.write(EndAtTerm, id)
	touched := func(w *Write) bool { return w != nil && w.State != Refused }
	switch {
	case !touched(suspension) && !touched(ending), s.Status.Ended():
		return
	case touched(suspension) && s.Status.Is(subscriptions.Suspended):
		d.want(intent{Step: ReactivateSubscription, Subject: id, Change: &subscriptions.Change{Status: subscriptions.Active}, Term: s.TermOver()})
		return
	case touched(suspension) && suspension.State != Seen && d.now.Before(suspension.Sent.Add(d.p.settle())):
		// It may yet take effect: undoing it now would be undone by it.
		d.looks = append(d.looks, look{d.now, suspension.Sent.Add(d.p.settle()), "a suspension of " + id + " is under way"})
		return
	case !s.Status.Is(subscriptions.Active):
		return // somebody else suspended it meanwhile
	}
	if change, needed := d.run.restore(s); needed {
		d.want(intent{Step: ReactivateSubscription, Subject: id, Change: &change, Term: s.TermOver()})
	}
}

// restore returns the change after which a subscription renews as it did
// before the run, and whether there is anything to change.
func (r *Run) restore(s *subscriptions.Subscription) (subscriptions.Change, bool) {
	var c subscriptions.Change
	original, ok := r.Originals[strings.ToLower(string(s.ID))]
	if !ok {
		return c, false
	}
	if original.AutoRenew != s.AutoRenew {
		c.AutoRenew = new(original.AutoRenew)
	}
	scheduled := original.ScheduledActions
	if len(scheduled) == 0 || string(scheduled) == "null" {
		scheduled = json.RawMessage("[]")
	}
	if same := (subscriptions.Change{ScheduledActions: scheduled}); !same.Shows(s) {
		c.ScheduledActions = scheduled
	}
	return c, c.AutoRenew != nil || c.ScheduledActions != nil
}

// lost lists what cannot come back when the run is given up.
func (r *Run) lost() []string {
	var out []string
	for _, w := range r.Writes {
		if w.State == Refused {
			continue
		}
		switch w.Step {
		case CancelSubscription:
			out = append(out, "subscription "+w.Subject+" is cancelled")
		case CancelOrder:
			out = append(out, "order of "+w.Subject+" is cancelled")
		case TerminateGDAP:
			out = append(out, "GDAP relationship "+w.Subject+" is terminated")
		}
	}
	return out
}
