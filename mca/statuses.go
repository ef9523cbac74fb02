package mca

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/printable"
)

// CustomerStatus is where one of the customers stands.
type CustomerStatus struct {
	Customer customers.TenantID
	Company  string
	Status
	Err error // why the status is Unknown, if a read failed
}

// SummaryOptions says how [Desk.Statuses] and [Desk.Summary] go about it. The
// zero value is the common case.
type SummaryOptions struct {
	Concurrency int           // customers that are looked at at once; zero means 8. The client's rate budget holds anyway
	All         bool          // look again at those that are remembered as compliant
	Progress    func(Summary) // called now and then with the counts so far, from the goroutine that ranges
}

// Summary counts customers by their status.
type Summary struct {
	Total                  int
	Required               int
	Pending                int
	LinkExpired            int
	ReadyToCreateAgreement int
	Compliant              int
	Unknown                int
}

func (s *Summary) add(state State) {
	s.Total++
	switch state {
	case Required:
		s.Required++
	case Pending:
		s.Pending++
	case LinkExpired:
		s.LinkExpired++
	case ReadyToCreateAgreement:
		s.ReadyToCreateAgreement++
	case Compliant:
		s.Compliant++
	default:
		s.Unknown++
	}
}

// Summary counts the customers of the partner by their status; see
// [Desk.Statuses] for what that costs. An error comes from the list of
// customers, or from the store.
func (d *Desk) Summary(ctx context.Context, opts SummaryOptions) (*Summary, error) {
	sum := new(Summary)
	for s, err := range d.Statuses(ctx, opts) {
		if err != nil {
			return nil, err
		}
		sum.add(s.State)
	}
	return sum, nil
}

// chunk is how many customers the store is asked about at once.
const chunk = 100

// Statuses yields the status of every customer of the partner, in the order of
// Partner Center. Microsoft has no call for all of them, so each customer costs
// two reads at most; but a compliant one is remembered in the store, and costs
// none from then on. The reads of several customers go on at once, and no more
// than a few hundred customers are held at a time.
//
// A customer that cannot be read is yielded as Unknown with its error, and stops
// nothing. An error of the range itself, the last thing it yields, comes from
// the list of customers or from the store.
//
// To keep to two reads, a look at a link that is still open asks for it and for
// one more: for direct acceptance while it is pending, for agreements once it
// is accepted. [Desk.Refresh] asks for all three.
func (d *Desk) Statuses(ctx context.Context, opts SummaryOptions) iter.Seq2[CustomerStatus, error] {
	return func(yield func(CustomerStatus, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		pass := &pass{desk: d, ctx: ctx, opts: opts, slots: make(chan struct{}, max(opts.Concurrency, 0))}
		if opts.Concurrency <= 0 {
			pass.slots = make(chan struct{}, 8)
		}
		defer pass.end()
		defer stop()
		var batch []*customers.Customer
		for c, err := range d.partner.Customers(ctx) {
			if err != nil {
				if pass.flush(batch, yield) {
					yield(CustomerStatus{}, fmt.Errorf("mca: %w", err))
				}
				return
			}
			if batch = append(batch, c); len(batch) == chunk {
				if !pass.flush(batch, yield) {
					return
				}
				batch = batch[:0]
			}
		}
		if pass.flush(batch, yield) && opts.Progress != nil {
			opts.Progress(pass.sum)
		}
	}
}

// pass is one pass over all customers.
type pass struct {
	desk  *Desk
	ctx   context.Context // of the range, which is over when the pass is
	opts  SummaryOptions
	slots chan struct{} // holds one for each look under way
	sum   Summary
}

// end waits for the looks under way, so that none outlives the range.
func (p *pass) end() {
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
}

// flush looks at a batch of customers and yields them in their order. It
// returns false when the range is over.
func (p *pass) flush(batch []*customers.Customer, yield func(CustomerStatus, error) bool) bool {
	ids := make([]customers.TenantID, len(batch))
	for i, c := range batch {
		ids[i] = c.ID
	}
	var known []customers.TenantID
	if !p.opts.All && len(ids) > 0 {
		var err error
		if known, err = p.desk.store.Compliant(p.ctx, ids); err != nil {
			yield(CustomerStatus{}, fmt.Errorf("mca: which customers are compliant: %w", err))
			return false
		}
	}
	remembered := make(map[customers.TenantID]bool, len(known))
	for _, id := range known {
		remembered[id] = true
	}
	results := make([]chan CustomerStatus, len(batch))
	next := 0
	for i, c := range batch {
		// Looks run ahead of what is yielded, as far as there are slots.
		for ; next < len(batch) && next-i < cap(p.slots); next++ {
			results[next] = p.start(batch[next], remembered[batch[next].ID])
		}
		s := <-results[i]
		results[i] = nil
		if err := p.ctx.Err(); err != nil {
			yield(CustomerStatus{}, err)
			return false
		}
		s.Customer, s.Company = c.ID, printable.Line(c.CompanyProfile.CompanyName)
		p.sum.add(s.State)
		if !yield(s, nil) {
			return false
		}
	}
	if p.opts.Progress != nil && len(batch) == chunk {
		p.opts.Progress(p.sum)
	}
	return true
}

// start begins a look at a customer.
func (p *pass) start(c *customers.Customer, remembered bool) chan CustomerStatus {
	out := make(chan CustomerStatus, 1)
	if remembered {
		out <- CustomerStatus{Status: Status{State: Compliant, Reason: "The customer is known to have a valid agreement."}}
		return out
	}
	p.slots <- struct{}{}
	go func() {
		defer func() { <-p.slots }()
		status, err := p.desk.glance(p.ctx, c.ID)
		if err != nil {
			status.State = Unknown
			if status.Reason == "" {
				status.Reason = "The customer's status could not be found out."
			}
		}
		out <- CustomerStatus{Status: status, Err: err}
	}()
	return out
}

// glance is look with two reads at most.
func (d *Desk) glance(ctx context.Context, id customers.TenantID) (status Status, err error) {
	customer, err := parse(id)
	if err != nil {
		return Status{}, err
	}
	ctx, end := d.enter(ctx, ActivityLook, customer)
	defer func() { end(status.State, err) }()
	record, err := d.store.Load(ctx, customer)
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return Status{}, fmt.Errorf("mca: %w", err)
	}
	newest := record.current()
	if newest == nil || newest.settled() {
		return d.look(ctx, customer, record)
	}
	o := &observation{facts: Facts{CutOff: d.config.cutOff}}
	o.readAttestation(ctx, d.partner, customer, newest)
	seen := *newest
	seen.see(o.attestation, time.Now())
	if seen.State == AttestationAccepted {
		o.readAgreements(ctx, d.partner, customer)
		o.facts.DirectRead = true // no: an attestation was needed
	} else {
		o.readDirect(ctx, d.partner, customer)
		o.facts.AgreementsRead = true // none that counts: there would be no open link
	}
	if err := ctx.Err(); err != nil {
		return Status{}, err
	}
	status = o.status(newest)
	return status, errors.Join(d.keep(ctx, customer, record, o, status), unknownBecause(status, o))
}
