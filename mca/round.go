package mca

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/guid"
	"github.com/cspkit/cspkit/partnercenter"
)

// ErrAnotherSignatory: Microsoft has an agreement with this signatory already,
// but none that makes the customer compliant. Start again with another one.
var ErrAnotherSignatory = errors.New("an agreement with this signatory exists, but does not count any more: start an attestation with another signatory, whose names, e-mail address and phone number all differ")

// action is what decide found to be next.
type action int

const (
	nothing     action = iota // for this program to do: the customer or an operator is next
	finish                    // the customer is compliant
	handOver                  // give the link to the sender
	create                    // create the agreement, under a new id
	createAgain               // send the recorded creation again, under its id
	look                      // the agreement was created: wait until a read shows it
	conflict                  // another signatory is needed
	unusable                  // Microsoft does not take the attestation
	notVisible                // created twice, and never shown
)

// decide returns the one next action. It does no I/O and reads no clock. asked
// says that a person wants it, so that what was refused before is tried once
// more.
func decide(r *Record, s Status, sender bool, settle time.Duration, asked bool, now time.Time) action {
	newest := r.current()
	switch s.State {
	case Compliant:
		return finish
	case Pending:
		if sender && newest != nil && newest.Delivered.IsZero() {
			return handOver
		}
		return nothing
	case ReadyToCreateAgreement:
	default:
		return nothing
	}
	w := r.Agreement
	switch {
	case newest == nil || newest.State != AttestationAccepted:
		return look // another process has seen the agreement meanwhile, or started anew
	case w == nil || w.Attestation != newest.RequestID:
		return create
	}
	switch w.State {
	case Intended:
		return createAgain
	case Sent:
		switch {
		case now.Before(w.SentAt.Add(settle)):
			return look
		case !w.Repeated:
			return create
		}
		return notVisible
	case Refused:
		switch {
		case asked:
			return create
		case w.Duplicate:
			return conflict
		}
		return unusable
	}
	return nothing
}

// round looks at a customer, does the one next thing, and records both.
func (d *Desk) round(ctx context.Context, customer customers.TenantID, asked bool) (status Status, act action, err error) {
	ctx, end := d.enter(ctx, ActivityRound, customer)
	defer func() { end(status.State, cmp.Or(err, stuck(act))) }()
	record, err := d.load(ctx, customer)
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return Status{}, nothing, err
	}
	status, err = d.look(ctx, customer, record)
	if err != nil || record == nil {
		return status, nothing, err
	}
	act = decide(record, status, d.config.sender != nil, d.config.settle, asked, time.Now())
	switch act {
	case handOver:
		_, err = d.deliver(ctx, record)
	case create, createAgain:
		return d.create(ctx, record, act)
	}
	return status, act, err
}

// look observes a customer and records what has changed. The record, if there
// is one, is brought up to date. An error of a read comes with the status
// Unknown, and one of the store without.
func (d *Desk) look(ctx context.Context, customer customers.TenantID, record *Record) (Status, error) {
	o := d.observe(ctx, customer, record.current())
	if err := ctx.Err(); err != nil {
		return Status{}, err
	}
	status := o.status(record.current())
	return status, errors.Join(d.keep(ctx, customer, record, o, status), unknownBecause(status, o))
}

// unknownBecause returns why a status is unknown: a failed read, if one failed.
func unknownBecause(s Status, o *observation) error {
	if s.State != Unknown {
		return nil
	}
	return o.err()
}

// keep records what a look showed.
func (d *Desk) keep(ctx context.Context, customer customers.TenantID, record *Record, o *observation, s Status) error {
	if s.State == Compliant {
		if err := d.store.Remember(context.WithoutCancel(ctx), customer); err != nil {
			return fmt.Errorf("mca: recording that customer %s is compliant: %w", customer, err)
		}
	}
	if record == nil {
		return nil
	}
	now, before := time.Now(), record.current()
	updated, err := d.update(ctx, customer, func(r *Record) {
		if newest := r.current(); newest != nil && before != nil && newest.RequestID == before.RequestID {
			newest.see(o.attestation, now)
		}
		if s.State == Compliant && r.Agreement != nil && (r.Agreement.State == Intended || r.Agreement.State == Sent) {
			r.Agreement.State = Seen
		}
		d.note(r, s, now)
	})
	if err == nil {
		*record = *updated
	}
	return err
}

// create creates the agreement: it records the intention first, so that a
// crash, or another process at the same moment, cannot lead to two.
func (d *Desk) create(ctx context.Context, record *Record, act action) (Status, action, error) {
	newest := record.current()
	write := record.Agreement
	if act == create {
		template, err := d.partner.Template(ctx)
		if err != nil {
			return Status{}, nothing, fmt.Errorf("mca: customer %s: %w", record.Customer, err)
		}
		write = &AgreementWrite{
			RequestID: guid.New(), Attestation: newest.RequestID, TemplateID: template.ID, Agreed: newest.Accepted.UTC(),
			State: Intended, Repeated: record.Agreement != nil && record.Agreement.State == Sent,
		}
	}
	write.SentAt = time.Now()
	record.Agreement, record.Updated = write, write.SentAt
	// Not update: whoever was faster has recorded an intention of its own.
	if err := d.store.Save(context.WithoutCancel(ctx), record); err != nil {
		return Status{}, nothing, fmt.Errorf("mca: recording the agreement of customer %s: %w", record.Customer, err)
	}
	_, err := d.partner.CreateAgreement(ctx, record.Customer, NewAgreement{
		AttestationID: newest.ID, Signatory: newest.Details.Signatory, TemplateID: write.TemplateID, Agreed: write.Agreed,
	}, write.RequestID)
	if act == createAgain && errors.Is(err, partnercenter.ErrDuplicateAgreement) {
		err = nil // it is the agreement of the first time, most likely; a read will show it
	}
	if err := d.answered(ctx, record, write.RequestID, err); err != nil {
		return Status{}, nothing, err
	}
	// Done is what a read shows, also after a refusal as a duplicate.
	status, err := d.look(ctx, record.Customer, record)
	if err != nil {
		return status, nothing, err
	}
	return status, decide(record, status, false, d.config.settle, false, time.Now()), nil
}

// answered records what became of the creation. It returns the error of one
// whose outcome is open, or that failed for a reason that is not about the
// attestation.
func (d *Desk) answered(ctx context.Context, record *Record, requestID string, cause error) error {
	state, reason, duplicate := Sent, "", false
	switch {
	case cause == nil:
	case errors.Is(cause, partnercenter.ErrDuplicateAgreement):
		state, reason, duplicate, cause = Refused, cause.Error(), true, nil
	case errors.Is(cause, ErrAttestationUnusable):
		state, reason, cause = Refused, strings.TrimPrefix(cause.Error(), ErrAttestationUnusable.Error()+": "), nil
	case partnercenter.NotSent(cause), partnercenter.OutcomeUnknown(cause):
		return fmt.Errorf("mca: customer %s: %w", record.Customer, cause) // it stays intended, under its id
	default:
		state, reason = Refused, cause.Error()
	}
	updated, err := d.update(ctx, record.Customer, func(r *Record) {
		// Of two processes that sent it at once, one may have been told that it exists.
		if w := r.Agreement; w != nil && w.RequestID == requestID && (w.State == Intended || w.State == Refused && state == Sent) {
			w.State, w.Reason, w.Duplicate = state, reason, duplicate
		}
	})
	if err != nil {
		return errors.Join(cause, err)
	}
	*record = *updated
	d.log(ctx, "agreement "+string(state), record, slog.String("request_id", requestID))
	if cause != nil {
		return fmt.Errorf("mca: customer %s: %w", record.Customer, cause)
	}
	return nil
}
