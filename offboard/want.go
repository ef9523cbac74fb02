package offboard

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/cspkit/cspkit/subscriptions"
)

// want asks for a write. What is known of the same write before says whether
// it is sent, looked for, or given up.
func (d *decision) want(in intent) {
	w := d.run.write(in.Step, in.Subject)
	var rests time.Time
	if w != nil {
		rests = d.run.undone(w, in)
	}
	switch {
	case d.now.Before(rests):
		d.waitUntil(rests, fmt.Sprintf("%s %s was undone again and again; it is left alone for a while", w.Step.words(), w.Subject))
		d.again = earliest(d.again, rests)
	case w == nil || w.State == Seen || !sameChange(w.Change, in.Change):
		d.sends = append(d.sends, in)
	case w.State == Intended:
		in.RequestID, in.Repeated = w.RequestID, w.Repeated
		d.sends = append(d.sends, in)
	case w.State == Refused:
		d.refused(w, in)
	case d.settling(w):
		d.lookFor(w)
	case !w.Repeated || d.run.Started.After(w.Sent):
		in.Repeated = true
		d.sends = append(d.sends, in)
	default:
		d.block(fmt.Sprintf("%s %s was accepted twice (request %s), but Partner Center does not show it: ask Microsoft support", w.Step.words(), w.Subject, w.RequestID), time.Time{})
	}
}

// settling reports whether Partner Center may still take its time to show w.
func (d *decision) settling(w *Write) bool { return d.now.Before(w.Sent.Add(d.p.settle())) }

// lookFor waits for Partner Center to show w.
func (d *decision) lookFor(w *Write) {
	d.looks = append(d.looks, look{d.now, w.Sent.Add(d.p.settle()), fmt.Sprintf("Partner Center has yet to show %s %s", w.Step.words(), w.Subject)})
}

// undone is until when a change that somebody keeps undoing, in whole or in
// part, is left alone: not at all at first, then for a growing while.
func (r *Run) undone(w *Write, in intent) time.Time {
	times := 0
	switch same := sameChange(w.Change, in.Change); {
	case w.State == Seen && same:
		for i := range r.Writes {
			if o := &r.Writes[i]; o.Step == w.Step && o.State == Seen && sameSubject(o.Subject, w.Subject) && sameChange(o.Change, w.Change) {
				times++
			}
		}
	case w.State == Accepted && !same:
		times = w.Turns - 1
	}
	if times < 2 {
		return time.Time{}
	}
	return w.Sent.Add(min(time.Hour<<min(times-2, 5), 24*time.Hour))
}

// refused decides about a write that got a definite no.
func (d *decision) refused(w *Write, in intent) {
	soon := w.Class == refusedBusy && w.Refusals < busyMost || w.Class == refusedStale && w.Refusals < staleMost
	switch {
	case !d.now.Before(w.RetryAt), !soon && d.retries(w):
		d.sends = append(d.sends, in)
	case soon:
		d.looks = append(d.looks, look{w.RetryAt, w.RetryAt, fmt.Sprintf("%s %s has to wait: Partner Center is busy with it", w.Step.words(), w.Subject)})
	case w.Step == RemoveRelationship:
		for _, s := range d.billed {
			d.block(s, d.suspended)
		}
		until := w.RetryAt
		if !d.suspended.IsZero() {
			until = d.suspended // until then it is likely to be refused again; tried it is all the same
			d.again = earliest(d.again, w.RetryAt)
		}
		d.block("Partner Center refused to remove the relationship: "+w.Reason, until)
	default:
		d.block(fmt.Sprintf("%s %s was refused: %s", w.Step.words(), w.Subject, w.Reason), w.RetryAt)
	}
}

// retries reports whether a refused write may be tried although its pause is
// not over: something changed, or somebody started the run anew.
func (d *decision) retries(w *Write) bool {
	return d.run.Started.After(w.Sent) || w.Basis != d.o.basis(w.Step, w.Subject)
}

func sameChange(a, b *subscriptions.Change) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Status == b.Status && (a.AutoRenew == nil) == (b.AutoRenew == nil) &&
		(a.AutoRenew == nil || *a.AutoRenew == *b.AutoRenew) && sameJSON(a.ScheduledActions, b.ScheduledActions)
}

// sameJSON compares what is meant: a store may order the members of an object
// in its own way.
func sameJSON(a, b json.RawMessage) bool {
	if string(a) == string(b) {
		return true
	}
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
