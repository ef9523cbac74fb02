package offboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/cspkit/cspkit/internal/guid"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

// round observes, unless it is given what was observed just now, decides, acts
// and records. It returns the observation, which serves the next round of the
// same process in part, or nil if that has to look at everything. Between two
// writes it calls pass, if given, which may wait.
func (w *Workflow) round(ctx context.Context, run *Run, o, before *observation, pass func(context.Context) error) (next *observation, err error) {
	ctx, end := w.enter(ctx, Activity{Kind: ActivityRound, Customer: run.Customer, Phase: run.Phase, State: run.State})
	defer func() { end(run.Phase, run.State, err) }()
	if o == nil {
		if err := w.partner.CheckRead(ctx, run.Customer, run.Policy.GDAP && run.Phase != Reactivating); err != nil {
			return nil, err
		}
		if o, err = w.observe(ctx, run, before); err != nil {
			return nil, err
		}
	}
	now, entries := time.Now(), run.see(o)
	action := decide(run, o, run.Policy, now)
	if _, ok := action.(actNotify); ok {
		if err := w.notifier.Notify(ctx, Notice{run.ID, run.Customer, run.Company}); err != nil {
			return nil, errors.Join(fmt.Errorf("offboard: notifying about customer %s: %w", run.Customer, err), w.save(ctx, run, entries...))
		}
		run.Notified = true
		action = decide(run, o, run.Policy, now)
	}
	if phase := action.phase(); phase != "" && phase != run.Phase {
		run.Phase = phase
		entries = append(entries, run.record(Event{At: now, Outcome: Changed, Detail: "phase " + string(phase)}))
	}
	state := run.State
	run.Blockers, run.Reason, run.WaitUntil = nil, "", time.Time{}
	switch a := action.(type) {
	case actSend:
		run.State, run.DueAt = Running, now
		if err := w.save(ctx, run, entries...); err != nil {
			return nil, err
		}
		return w.sendAll(ctx, run, o, a, pass)
	case actWait:
		run.State, run.Reason, run.WaitUntil, run.DueAt, run.look = Waiting, a.Reason, a.Until, a.At, a.At
		if a.Soon {
			run.DueAt = later(a.At, now.Add(run.lookPause(now)))
		}
	case actStop:
		run.State, run.Blockers, run.WaitUntil, run.DueAt = Blocked, a.Blockers, a.Until, a.At
	case actFinish:
		run.State, run.DueAt = Done, time.Time{}
		if a.Phase == Abandoned {
			run.Notes = append(run.Notes, run.lost(o)...)
		}
	case actReject:
		return nil, errors.Join(a.Err, w.save(ctx, run, entries...))
	}
	if run.State != state {
		entries = append(entries, run.record(Event{At: now, Outcome: Changed, Detail: strings.TrimSpace("state " + string(run.State) + " " + strings.Join(run.Blockers, "; "))}))
	}
	w.logger.LogAttrs(ctx, slog.LevelDebug, "offboarding round", slog.String("customer", string(run.Customer)),
		slog.String("phase", string(run.Phase)), slog.String("state", string(run.State)), slog.String("reason", run.Reason))
	return o, w.save(ctx, run, entries...)
}

// see notes what the observation shows, with an entry for each write that has
// become visible.
func (r *Run) see(o *observation) []Entry {
	var entries []Entry
	for _, shown := range seen(r, o) {
		entries = append(entries, r.record(Event{At: time.Now(), Step: shown.Step, Subject: shown.Subject, Outcome: Observed, RequestID: shown.RequestID}))
	}
	return entries
}

// lookPause is how long a scheduler waits before it looks whether Partner
// Center shows a change: half as long as that takes already.
func (r *Run) lookPause(now time.Time) time.Duration {
	var sent time.Time
	for _, w := range r.Writes {
		sent = later(sent, w.Sent)
	}
	return min(max(now.Sub(sent)/2, time.Second), time.Minute)
}

// sendAll sends writes in their order. A refused one does not hold up the
// others; one without an answer does, since the service may be in trouble.
func (w *Workflow) sendAll(ctx context.Context, run *Run, o *observation, a actSend, pass func(context.Context) error) (*observation, error) {
	gdap := a.Phase != Reactivating && run.Policy.GDAP
	if err := w.partner.CheckWrite(ctx, run.Customer, gdap); err != nil {
		return nil, err
	}
	next := o
	for _, in := range a.Writes {
		if pass != nil {
			asked := time.Now()
			if err := pass(ctx); err != nil {
				return nil, err
			}
			if time.Since(asked) > agreed {
				return nil, nil // what was observed is too old by now
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		refused, err := w.send(ctx, run, o, in)
		if err != nil {
			return nil, err
		}
		if refused {
			next = nil // something is not as it was read
		}
	}
	return next, nil
}

// send records one write, sends it, and records what became of it.
func (w *Workflow) send(ctx context.Context, run *Run, o *observation, in intent) (refused bool, err error) {
	write := run.intend(in, o)
	intended := run.record(Event{At: write.Sent, Step: write.Step, Subject: write.Subject, Outcome: Recorded, RequestID: write.RequestID})
	if err := w.save(ctx, run, intended); err != nil {
		return false, err
	}
	reference, err := w.call(ctx, run, o, in, write.RequestID)
	outcome := Succeeded
	switch {
	case err == nil, doneBefore(in.Step, err):
		write.State, write.Refusals, write.Reference = Accepted, 0, reference
		err = nil
	case partnercenter.NotSent(err):
		return false, err // it stays intended; nothing has left
	case partnercenter.OutcomeUnknown(err) && !definite(in.Step, err):
		outcome = Unknown
		if errors.Is(err, partnercenter.ErrThrottled) {
			outcome = FailedBy // it was not carried out; the same id serves again
		}
	default:
		write.refuse(in.Step, err, o.basis(in.Step, in.Subject))
		outcome, refused = RefusedBy, true
		if write.Class == refusedAccess {
			outcome = FailedBy
		} else {
			err = nil
		}
		if write.Step == DeleteCustomer && write.Class == refusedUnsupported {
			run.Notes = append(run.Notes, "Partner Center does not delete customers here; the relationship is removed all the same")
		}
	}
	event := Event{At: time.Now(), Step: write.Step, Subject: write.Subject, Outcome: outcome, RequestID: write.RequestID}
	if refused {
		event.Detail = write.Reason
	}
	entry := run.record(event)
	if saveErr := w.save(ctx, run, entry); saveErr != nil {
		return refused, errors.Join(err, saveErr)
	}
	if w.events != nil {
		w.events(entry.Event)
	}
	w.logger.LogAttrs(ctx, slog.LevelInfo, "offboarding write", slog.String("customer", string(run.Customer)), slog.String("step", string(write.Step)),
		slog.String("subject", write.Subject), slog.String("outcome", string(outcome)), slog.String("request_id", write.RequestID))
	return refused, err
}

// intend puts the write into the run's record before it is sent, and returns
// it. Before the first change of a subscription it notes how that renewed.
func (r *Run) intend(in intent, o *observation) *Write {
	id := in.RequestID
	if id == "" {
		id = guid.New()
	}
	write := r.write(in.Step, in.Subject)
	if write == nil || write.State == Seen {
		r.Writes = append(r.Writes, Write{Step: in.Step, Subject: in.Subject})
		write = &r.Writes[len(r.Writes)-1]
	}
	if !sameChange(write.Change, in.Change) {
		write.Refusals = 0
		write.Turns++
	}
	write.Effective = write.Effective || write.State == Intended || write.State == Accepted
	write.Class, write.Code, write.Reason, write.Basis, write.RetryAt = "", "", "", "", time.Time{}
	write.Parent, write.Change, write.RequestID = in.Parent, in.Change, id
	write.State, write.Sent, write.Repeated, write.Term = Intended, time.Now(), in.Repeated, in.Term
	if s := o.subscription(in.Subject); s != nil && in.Change != nil {
		if r.Originals == nil {
			r.Originals = map[string]Original{}
		}
		key := strings.ToLower(string(s.ID))
		if _, known := r.Originals[key]; !known {
			r.Originals[key] = Original{s.AutoRenew, s.Scheduled()}
		}
	}
	return write
}

// refuse notes a definite no.
func (w *Write) refuse(step Step, err error, basis string) {
	w.State, w.Class, w.Basis = Refused, classOf(step, err), basis
	w.Refusals++
	w.Reason = err.Error()
	pause := w.Class.pause(w.Refusals)
	if e, ok := errors.AsType[*partnercenter.Error](err); ok {
		w.Code = e.Code
		pause = max(pause, e.RetryAfter)
	}
	w.RetryAt = time.Now().Add(pause)
}

// doneBefore reports whether a refusal says that there is nothing left to do.
// A read has to show it all the same.
func doneBefore(step Step, err error) bool {
	switch step {
	case RemoveRelationship:
		return errors.Is(err, partnercenter.ErrNoRelationship)
	case DeleteCustomer:
		return errors.Is(err, partnercenter.ErrNoRelationship) || errors.Is(err, partnercenter.ErrNotFound)
	}
	return false
}

// call sends the one request of a write.
func (w *Workflow) call(ctx context.Context, run *Run, o *observation, in intent, requestID string) (reference string, err error) {
	customer := run.Customer
	switch in.Step {
	case CancelOrder:
		order := orderOf(o, in)
		if order == nil {
			return "", fmt.Errorf("offboard: the order of %s was not read", in.Subject)
		}
		return "", w.partner.CancelOrder(ctx, customer, order, in.Lines, requestID)
	case CancelAzure:
		return "", w.partner.CancelAzure(ctx, customer, subscriptions.ID(in.Parent), in.Subject, requestID)
	case TerminateGDAP:
		return w.partner.TerminateGDAP(ctx, in.Subject, requestID)
	case RemoveRelationship:
		return "", w.partner.RemoveRelationship(ctx, customer, requestID)
	case DeleteCustomer:
		return "", w.partner.DeleteCustomer(ctx, customer, requestID)
	case DeleteRecord:
		if err := w.directory.Delete(ctx, customer, requestID); err != nil {
			return "", fmt.Errorf("deleting the record of customer %s (request %s): %w", customer, requestID, err)
		}
		return "", nil
	case ReactivateSubscription:
		if in.Parent != "" {
			return "", w.partner.ReactivateAzure(ctx, customer, subscriptions.ID(in.Parent), in.Subject, requestID)
		}
	}
	s := o.subscription(in.Subject)
	if s == nil || in.Change == nil {
		return "", fmt.Errorf("offboard: subscription %s was not read", in.Subject)
	}
	return "", w.partner.UpdateSubscription(ctx, customer, s, *in.Change, requestID)
}

// orderOf finds the order that holds the lines to cancel.
func orderOf(o *observation, in intent) *subscriptions.Order {
	id := subscriptions.OrderID(in.Subject)
	if s := o.subscription(in.Subject); s != nil {
		id = s.OrderID
	}
	return o.order(id)
}
