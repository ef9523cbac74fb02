package mca

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cspkit/cspkit/customers"
)

// observation is what one look at a customer showed.
type observation struct {
	facts       Facts
	attestation *AttestationStatus // as Microsoft says; nil if it was not read
	errs        []error            // of the reads that failed
}

func (o *observation) err() error { return errors.Join(o.errs...) }

// observe reads what is known of a customer: agreements, direct acceptance, and
// the newest attestation. A proof of an agreement spares the rest.
func (d *Desk) observe(ctx context.Context, customer customers.TenantID, newest *Issued) *observation {
	o := &observation{facts: Facts{CutOff: d.config.cutOff}}
	o.readAgreements(ctx, d.partner, customer)
	if o.status(newest).State == Compliant {
		return o
	}
	o.readDirect(ctx, d.partner, customer)
	if o.status(newest).State == Compliant {
		return o
	}
	o.readAttestation(ctx, d.partner, customer, newest)
	return o
}

func (o *observation) readAgreements(ctx context.Context, p Partner, customer customers.TenantID) {
	list, err := p.Agreements(ctx, customer)
	if err != nil {
		o.errs = append(o.errs, fmt.Errorf("mca: %w", err))
		return
	}
	o.facts.Agreements, o.facts.AgreementsRead = list, true
}

func (o *observation) readDirect(ctx context.Context, p Partner, customer customers.TenantID) {
	accepted, err := p.DirectlyAccepted(ctx, customer)
	if err != nil {
		o.errs = append(o.errs, fmt.Errorf("mca: %w", err))
		return
	}
	o.facts.DirectlyAccepted, o.facts.DirectRead = accepted, true
}

// readAttestation asks for the newest attestation, unless it is settled.
func (o *observation) readAttestation(ctx context.Context, p Partner, customer customers.TenantID, newest *Issued) {
	if newest == nil || newest.settled() {
		return
	}
	status, err := p.AttestationStatus(ctx, newest.ID)
	if err != nil {
		err = fmt.Errorf("mca: customer %s: %w", customer, err)
		o.errs, o.facts.Err = append(o.errs, err), err
		return
	}
	o.attestation = status
}

// settled reports whether nothing more will become of the attestation by
// itself: accepted stays accepted, and one that was read as unaccepted after
// its end stays expired.
func (i *Issued) settled() bool { return i.State == AttestationAccepted || i.SeenExpired }

// status classifies what was observed.
func (o *observation) status(newest *Issued) Status {
	f := o.facts
	if newest != nil {
		now := *newest
		now.see(o.attestation, time.Now())
		f.Attestation = &AttestationFacts{State: now.State, Expires: now.Expires, Accepted: now.Accepted}
	}
	return Classify(f, time.Now())
}

// see notes what Microsoft said of the attestation; nil says nothing new.
func (i *Issued) see(s *AttestationStatus, now time.Time) {
	if s == nil || i.settled() {
		return
	}
	switch {
	case !s.Expires.IsZero():
		i.Expires = s.Expires
	case s.ValidFor > 0 && i.Expires.IsZero():
		i.Expires = i.Requested.Add(s.ValidFor)
	}
	i.State = s.State
	switch s.State {
	case AttestationAccepted:
		if i.Accepted = s.Accepted; i.Accepted.IsZero() {
			i.Accepted = now
		}
	case AttestationExpired:
		i.SeenExpired = true
	case AttestationPending:
		i.SeenExpired = !i.Expires.IsZero() && now.After(i.Expires)
	}
}

// used reports whether the newest attestation has become an agreement.
func (r *Record) used() bool {
	newest := r.Newest()
	return newest != nil && r.Agreement != nil && r.Agreement.State == Seen && r.Agreement.Attestation == newest.RequestID
}

// current returns the newest attestation that is still of use, or nil.
func (r *Record) current() *Issued {
	if r == nil || r.used() {
		return nil
	}
	return r.Newest()
}
