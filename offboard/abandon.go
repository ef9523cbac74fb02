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
	// the relationship stands. Call again then, or let the run go on.
	ErrRemovalSent = errors.New("the removal of the relationship has been sent, so the run cannot be given up")
	// ErrGivingUp: the run is being given up; finish that first, by
	// [Workflow.Advance] or [Runner.GiveUp].
	ErrGivingUp = errors.New("the offboarding is being given up: finish that before it starts again")
	// ErrFinished: the run is over, so it cannot be given up. Nothing is left to do.
	ErrFinished = errors.New("the offboarding is finished")
)

// abandonable reports whether the run may still be given up.
func (r *Run) abandonable(p Policy, o *observation) error {
	switch removal := r.write(RemoveRelationship, string(r.Customer)); {
	case removal == nil:
		return nil
	case o.Standing != Stands || r.StandsSince.IsZero() || o.At.Sub(r.StandsSince) < p.settle():
		return fmt.Errorf("customer %s: %w", r.Customer, ErrRemovalSent)
	}
	return nil
}

// giveUp is decide for a run that is being given up: it reactivates what the
// run suspended, parents before children and an Azure plan before its Azure
// subscriptions, and restores how things renewed. Nothing else is touched.
func (d *decision) giveUp() action {
	if d.o.Standing != Stands || !d.o.Whole {
		return actFinish{Abandoned} // the relationship has ended: there is nothing left to restore
	}
	for i := range d.run.Writes {
		w := &d.run.Writes[i]
		switch w.Step {
		case SuspendSubscription, EndAtTerm, CancelAzure:
			if (w.State == Intended || w.State == Accepted) && d.settling(w) {
				// It may yet take effect: undoing it now would be undone by it.
				d.lookFor(w)
			}
		}
	}
	purchases := subscriptions.Purchases(d.o.Subscriptions, nil, nil)
	slices.SortStableFunc(purchases, childrenFirst(purchases))
	slices.Reverse(purchases)
	for _, p := range purchases {
		d.reactivate(p.Subscription)
	}
	if action, ok := d.action(Reactivating); ok {
		return action
	}
	// The plans are active, so their Azure subscriptions can follow.
	for _, s := range d.o.Subscriptions {
		for _, e := range d.o.Azure[s.ID] {
			if d.run.touched(CancelAzure, e.ID) && !e.Status.Is(subscriptions.Active) {
				d.want(intent{Step: ReactivateSubscription, Subject: e.ID, Parent: string(s.ID)})
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
	suspended, ending := d.run.touched(SuspendSubscription, id), d.run.touched(EndAtTerm, id)
	switch {
	case !suspended && !ending, s.Status.Ended():
		return
	case suspended && s.Status.Is(subscriptions.Suspended):
		d.want(intent{Step: ReactivateSubscription, Subject: id, Change: &subscriptions.Change{Status: subscriptions.Active}, Term: s.TermOver()})
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

// touched reports whether the run did, or may have done, a step on a subject.
func (r *Run) touched(step Step, subject string) bool {
	return slices.ContainsFunc(r.Writes, func(w Write) bool {
		return w.Step == step && sameSubject(w.Subject, subject) && (w.State != Refused || w.Effective)
	})
}

// lost lists what cannot come back when the run is given up.
func (r *Run) lost(o *observation) []string {
	var out []string
	if o.Standing != Stands {
		out = append(out, "the relationship ended meanwhile: nothing could be restored")
	}
	for _, w := range r.Writes {
		if w.State == Refused && !w.Effective {
			continue
		}
		is := "is"
		if w.State != Seen {
			is = "may be"
		}
		switch w.Step {
		case CancelSubscription:
			out = append(out, fmt.Sprintf("subscription %s %s cancelled", w.Subject, is))
		case CancelOrder:
			out = append(out, fmt.Sprintf("the order of %s %s cancelled", w.Subject, is))
		case TerminateGDAP:
			out = append(out, fmt.Sprintf("GDAP relationship %s %s terminated", w.Subject, is))
		case CancelAzure:
			if e, found := azure(o, w.Parent, w.Subject); !found || !e.Status.Is(subscriptions.Active) {
				out = append(out, fmt.Sprintf("Azure subscription %s %s cancelled", w.Subject, is))
			}
		}
	}
	return out
}
