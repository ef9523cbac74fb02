package mca

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/pause"
	"github.com/cspkit/cspkit/partnercenter"
)

var (
	// ErrNotAccepted: there is nothing to finalise, because the customer has
	// not accepted: remind the signatory, and call again. The error is a
	// [*NotReadyError], which says what to do.
	ErrNotAccepted = errors.New("the customer has not accepted")
	// ErrLinkExpired: the customer has not accepted, and cannot any more: call
	// [Desk.Renew]. The error is a [*NotReadyError]; it matches [ErrNotAccepted], too.
	ErrLinkExpired = errors.New("the acceptance link has expired")
)

// NotReadyError says why there is no agreement to be created yet.
type NotReadyError struct {
	Customer customers.TenantID
	Status   Status
}

// Error says what to do next.
func (e *NotReadyError) Error() string {
	return fmt.Sprintf("mca: customer %s: %s %s", e.Customer, e.Status.Reason, e.Status.WayForward())
}

// Is reports whether e is what target names. Nothing is known of an Unknown one.
func (e *NotReadyError) Is(target error) bool {
	return target == ErrNotAccepted && e.Status.State != Unknown || target == ErrLinkExpired && e.Status.State == LinkExpired
}

// WayForward says what to do about a status; it is empty for a compliant one.
func (s Status) WayForward() string {
	switch s.State {
	case Required:
		return "Start an attestation and give its link to the signatory."
	case Pending:
		return "Remind the signatory to open the link and accept."
	case LinkExpired:
		return "Renew the attestation and give the new link to the signatory."
	case ReadyToCreateAgreement:
		return "Finalise it, so that the agreement is created."
	case Compliant:
		return ""
	}
	return "Try again later, and look at the error."
}

// Refresh reads what Microsoft knows of the customer, records it, and returns
// the status. If that is Unknown because of a failed read, the error is that of
// the read.
func (d *Desk) Refresh(ctx context.Context, customer customers.TenantID) (Status, error) {
	customer, err := parse(customer)
	if err != nil {
		return Status{}, err
	}
	ctx, end := d.enter(ctx, ActivityLook, customer)
	status, err := d.refresh(ctx, customer)
	end(status.State, err)
	return status, err
}

// refresh is Refresh as a part of other work.
func (d *Desk) refresh(ctx context.Context, customer customers.TenantID) (Status, error) {
	record, err := d.load(ctx, customer)
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return Status{}, err
	}
	return d.look(ctx, customer, record)
}

// Advance does one round for the customer: it looks, hands over a link that was
// not delivered, or creates the agreement if the customer has accepted. What
// was refused is not tried again; [Desk.Finalize] does that. Call it as often
// as you like, from as many processes: a round that another one overtook ends
// with an error that matches [ErrBehind], and nothing was sent.
func (d *Desk) Advance(ctx context.Context, customer customers.TenantID) (Status, error) {
	customer, err := parse(customer)
	if err != nil {
		return Status{}, err
	}
	status, act, err := d.round(ctx, customer, false)
	if err == nil {
		err = d.verdict(ctx, customer, act)
	}
	return status, err
}

// How long Finalize stays for Microsoft to show the agreement.
const (
	visibleFirst = time.Second
	visibleFor   = 2 * time.Minute
)

// Finalize creates the agreement of a customer who has accepted. However often
// and from however many processes it is called, one agreement is created, and
// the customer is compliant for all of them. If Microsoft does not show the
// agreement within two minutes, the status says so; call it again later.
//
// The error matches [ErrNotAccepted] or [ErrLinkExpired] while there is nothing
// to finalise, [ErrAnotherSignatory] when only another attestation helps, and
// [ErrAttestationUnusable] when Microsoft refuses for another reason. After
// [partnercenter.OutcomeUnknown], call it again.
func (d *Desk) Finalize(ctx context.Context, customer customers.TenantID) (Status, error) {
	customer, err := parse(customer)
	if err != nil {
		return Status{}, err
	}
	asked, until := true, time.Now().Add(visibleFor)
	for wait := visibleFirst; ; wait = min(2*wait, 30*time.Second) {
		status, act, err := d.round(ctx, customer, asked)
		switch {
		case errors.Is(err, ErrBehind) && time.Now().Before(until):
			if err := pause.For(ctx, rand.N(100*time.Millisecond)); err != nil {
				return Status{}, err
			}
			wait = visibleFirst
			continue
		case err != nil:
			return status, err
		case status.State != ReadyToCreateAgreement && status.State != Compliant:
			return status, &NotReadyError{customer, status}
		case act != look:
			return status, d.verdict(ctx, customer, act)
		}
		asked = false
		if time.Now().Add(wait).After(until) {
			status.Reason = "The agreement was created, but Microsoft does not show it yet."
			return status, nil
		}
		if err := pause.For(ctx, wait); err != nil {
			return status, err
		}
	}
}

// verdict is the error of an action that a person has to take over, with what
// Microsoft said.
func (d *Desk) verdict(ctx context.Context, customer customers.TenantID, act action) error {
	problem := stuck(act)
	if problem == nil {
		return nil
	}
	record, err := d.load(ctx, customer)
	if err != nil {
		return err
	}
	switch write := record.Agreement; {
	case write != nil && act == notVisible:
		return fmt.Errorf("mca: customer %s: %w (request %s)", customer, problem, write.RequestID)
	case write != nil && write.Reason != "":
		return fmt.Errorf("mca: customer %s: %w: %s", customer, problem, write.Reason)
	}
	return fmt.Errorf("mca: customer %s: %w", customer, problem) // somebody went on meanwhile
}

// WatchOptions says how [Desk.Watch] waits. The zero value is the common case.
type WatchOptions struct {
	Poll    time.Duration // between the first two looks; zero means 5 s
	Longest time.Duration // between two looks, after growing; zero means 5 min
	Wait    time.Duration // for how long to watch; zero means until ctx ends
}

// Watch looks until the customer has accepted, and then creates the agreement.
// It returns the status when the customer is compliant, when Wait is over, or
// with [ErrLinkExpired] when the link has expired. Reads that fail for a
// passing reason are tried again; see [Desk.Finalize] for the other errors.
func (d *Desk) Watch(ctx context.Context, customer customers.TenantID, opts WatchOptions) (Status, error) {
	poll, longest := cmp.Or(opts.Poll, 5*time.Second), cmp.Or(opts.Longest, 5*time.Minute)
	if poll < 0 || longest < poll && opts.Longest != 0 || opts.Wait < 0 {
		return Status{}, errors.New("mca: no time of WatchOptions may be negative, nor Longest shorter than Poll")
	}
	start := time.Now()
	for {
		status, err := d.Finalize(ctx, customer)
		early, _ := errors.AsType[*NotReadyError](err)
		if early != nil && (status.State == Pending || status.State == Unknown) {
			err = nil // nothing is wrong
		}
		switch {
		case err != nil && !passing(err), status.State == Compliant:
			return status, err
		case opts.Wait > 0 && time.Since(start)+poll > opts.Wait:
			return status, err
		}
		if err := pause.For(ctx, poll+rand.N(poll/20+1)); err != nil {
			return status, err
		}
		poll = min(poll+poll/2, max(longest, poll))
	}
}

// passing reports whether a failure may be gone at the next look.
func passing(err error) bool {
	return errors.Is(err, partnercenter.ErrTransient) || errors.Is(err, partnercenter.ErrThrottled) ||
		errors.Is(err, ErrBehind) || errors.Is(err, ErrNotDelivered)
}
