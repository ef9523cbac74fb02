package mca

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/guid"
	"github.com/cspkit/cspkit/partnercenter"
)

// Desk sees attestations through: it creates them, hands their links on, looks
// whether customers have accepted, and creates each agreement once, however
// often and from however many processes it is asked. Partner Center lists no
// attestations, so all of it is kept in a [Store]. It is safe for concurrent
// use.
type Desk struct {
	partner Partner
	store   Store
	config  deskConfig
}

type deskConfig struct {
	sender   Sender
	logger   *slog.Logger
	observer Observer
	cutOff   time.Time
	soon     time.Duration
	settle   time.Duration
}

// DeskOption changes one default of a [Desk].
type DeskOption func(*deskConfig) error

// WithSender hands each acceptance link to s.
func WithSender(s Sender) DeskOption {
	return func(c *deskConfig) error { c.sender = s; return required("sender", s == nil) }
}

// WithLogger logs what a desk does, without links and personal data. The
// default is [slog.DiscardHandler].
func WithLogger(l *slog.Logger) DeskOption {
	return func(c *deskConfig) error { c.logger = l; return required("logger", l == nil) }
}

// WithCutOff changes the day from which agreements count that the partner
// confirmed: see [Facts].CutOff. What a store remembers was judged by the day
// of its time.
func WithCutOff(day time.Time) DeskOption {
	return func(c *deskConfig) error { c.cutOff = day; return nil }
}

// WithReminder sets how long before a link expires [Desk.Due] names it. The
// default is a day.
func WithReminder(before time.Duration) DeskOption {
	return func(c *deskConfig) error {
		c.soon = before
		return refuse(before < 0, "the reminder must not be negative")
	}
}

// WithSettle sets how long to look for an agreement that was created before it
// is created once more. The default is 30 minutes.
func WithSettle(d time.Duration) DeskOption {
	return func(c *deskConfig) error {
		c.settle = d
		return refuse(d <= 0, "the settle time must be above zero")
	}
}

func required(what string, missing bool) error {
	return refuse(missing, "the "+what+" must not be nil")
}

func refuse(is bool, why string) error {
	if is {
		return errors.New(why)
	}
	return nil
}

// NewDesk returns a desk that acts through partner and records in store.
func NewDesk(partner Partner, store Store, opts ...DeskOption) (*Desk, error) {
	d := &Desk{partner: partner, store: store, config: deskConfig{
		logger: slog.New(slog.DiscardHandler), soon: 24 * time.Hour, settle: 30 * time.Minute,
	}}
	problems := []error{required("partner", partner == nil), required("store", store == nil)}
	for _, opt := range opts {
		problems = append(problems, opt(&d.config))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("mca: %w", err)
	}
	return d, nil
}

// Sender hands an acceptance link to the customer: by mail, chat or a ticket.
// It is called at least once for each attestation; Delivery.ID tells a
// repetition. An error is tried again by the next [Desk.Advance].
type Sender interface {
	Send(ctx context.Context, d Delivery) error
}

// Delivery is a link on its way to the signatory. Whoever has the link can
// accept for the customer: it belongs into no log.
type Delivery struct {
	ID       string // the same for each try
	Customer customers.TenantID
	Details  Details // whom it is for, and in which language
	Link     auth.Secret
	Expires  time.Time // zero if that is not known
}

// ErrNotDelivered: the attestation is created and recorded, but the [Sender]
// did not take its link. [Desk.Advance] tries again.
var ErrNotDelivered = errors.New("the acceptance link was not handed on")

// Start creates an attestation for the customer, records it, and hands its link
// to the [Sender] if there is one; the link is also in Newest of the record. It
// takes the place of an earlier one, which stays in the history.
//
// The error matches [ErrInvalid] for an attestation that breaks a rule and
// [partnercenter.ErrMissingCredential] for missing credentials; nothing was
// sent then. If an agreement with the same signatory exists, the record is
// returned if that makes the customer [Compliant]; otherwise the error matches
// [ErrAnotherSignatory]. See [ErrNotDelivered] for the Sender.
func (d *Desk) Start(ctx context.Context, customer customers.TenantID, a Attestation) (*Record, error) {
	customer, err := parse(customer)
	if err != nil {
		return nil, err
	}
	if err := a.Validate(); err != nil {
		return nil, err
	}
	ctx, end := d.enter(ctx, ActivityStart, customer)
	record, err := d.start(ctx, customer, a)
	state := State("")
	if record != nil {
		state = record.State
	}
	end(state, err)
	return record, err
}

// start is Start of what can be sent.
func (d *Desk) start(ctx context.Context, customer customers.TenantID, a Attestation) (*Record, error) {
	if err := d.partner.CheckCredentials(ctx); err != nil {
		return nil, fmt.Errorf("mca: %w", err)
	}
	intended := Issued{RequestID: guid.New(), Details: a.Details(), Requested: time.Now()}
	if _, err := d.update(ctx, customer, func(r *Record) { r.Attestations = append(r.Attestations, intended) }); err != nil {
		return nil, err
	}
	created, err := d.partner.CreateAttestation(ctx, a, intended.RequestID)
	if err != nil {
		return d.notStarted(ctx, customer, intended.RequestID, err)
	}
	record, err := d.update(ctx, customer, func(r *Record) {
		if issued := r.issued(intended.RequestID); issued != nil {
			issued.ID, issued.Link, issued.Expires, issued.State = created.ID, created.Link, created.Expires, AttestationPending
		}
		d.note(r, Status{State: Pending, Reason: "The customer has an acceptance link and has not accepted yet."}, time.Now())
	})
	if err != nil {
		return nil, fmt.Errorf("the attestation was created, but not recorded, so its link is lost; start another one: %w", err)
	}
	d.log(ctx, "attestation created", record, slog.String("request_id", intended.RequestID))
	return d.deliver(ctx, record)
}

// notStarted takes a refused attestation out of the history again. One whose
// answer was lost stays there, although nobody can use it.
func (d *Desk) notStarted(ctx context.Context, customer customers.TenantID, requestID string, cause error) (*Record, error) {
	if !partnercenter.OutcomeUnknown(cause) {
		if _, err := d.update(ctx, customer, func(r *Record) { r.forget(requestID) }); err != nil {
			return nil, errors.Join(cause, err)
		}
	}
	if !errors.Is(cause, partnercenter.ErrDuplicateAgreement) {
		return nil, fmt.Errorf("mca: customer %s: %w", customer, cause)
	}
	status, err := d.refresh(ctx, customer)
	switch {
	case err != nil:
		return nil, err
	case status.State != Compliant:
		return nil, fmt.Errorf("mca: customer %s: %w: %w", customer, ErrAnotherSignatory, cause)
	}
	return d.load(ctx, customer)
}

// Renew creates a new attestation with the details of the newest one: for a
// link that expired or got lost. The error matches [ErrNoRecord] if the store
// knows of none; see [Desk.Start] for the others.
func (d *Desk) Renew(ctx context.Context, customer customers.TenantID) (*Record, error) {
	record, err := d.load(ctx, customer)
	switch {
	case err != nil:
		return nil, err
	case len(record.Attestations) == 0:
		return nil, fmt.Errorf("mca: customer %s: %w", record.Customer, ErrNoRecord)
	}
	details := record.Attestations[len(record.Attestations)-1].Details
	return d.Start(ctx, record.Customer, Attestation{details: details})
}

// deliver hands the newest link to the sender, unless that has been done.
func (d *Desk) deliver(ctx context.Context, r *Record) (*Record, error) {
	newest := r.Newest()
	if d.config.sender == nil || newest == nil || !newest.Delivered.IsZero() {
		return r, nil
	}
	err := d.config.sender.Send(ctx, Delivery{newest.RequestID, r.Customer, newest.Details, newest.Link, newest.Expires})
	if err != nil {
		return nil, fmt.Errorf("mca: customer %s: %w: %w", r.Customer, ErrNotDelivered, err)
	}
	return d.update(ctx, r.Customer, func(r *Record) {
		if issued := r.issued(newest.RequestID); issued != nil {
			issued.Delivered = time.Now()
		}
	})
}

// Record returns what is recorded of the customer, or an error that matches
// [ErrNoRecord]. It reads the store only.
func (d *Desk) Record(ctx context.Context, customer customers.TenantID) (*Record, error) {
	return d.load(ctx, customer)
}

// Due yields the records that somebody should see to at now: of links that
// expire soon or have expired, and of customers who accepted but have no
// agreement yet. It reads the store only, and Partner Center tells nobody of an
// acceptance: it shows at the next look, as [Desk.Watch] and [Desk.Refresh]
// take one. A scheduler that waits for acceptances refreshes the records that
// are [Pending].
func (d *Desk) Due(ctx context.Context, now time.Time) iter.Seq2[*Record, error] {
	return d.store.Due(ctx, now)
}

// Records yields the records that were in one of the states at the last look,
// or every one if no state is named. It reads the store only; see
// [Desk.Statuses] for what is true of all customers.
func (d *Desk) Records(ctx context.Context, states ...State) iter.Seq2[*Record, error] {
	return d.store.ByState(ctx, states...)
}

func parse(customer customers.TenantID) (customers.TenantID, error) {
	id, err := customers.ParseTenantID(string(customer))
	if err != nil {
		return "", fmt.Errorf("mca: %w", err)
	}
	return id, nil
}

func (d *Desk) load(ctx context.Context, customer customers.TenantID) (*Record, error) {
	customer, err := parse(customer)
	if err != nil {
		return nil, err
	}
	record, err := d.store.Load(ctx, customer)
	if err != nil {
		return nil, fmt.Errorf("mca: %w", err)
	}
	return record, nil
}

// saveTries is how often a change is made anew because others were faster.
const saveTries = 10

// update changes the customer's record, also one that others change meanwhile,
// and saves it, also if the caller has given up: what has happened must not be
// forgotten.
func (d *Desk) update(ctx context.Context, customer customers.TenantID, change func(*Record)) (*Record, error) {
	ctx = context.WithoutCancel(ctx)
	for try := 1; ; try++ {
		record, err := d.store.Load(ctx, customer)
		now := time.Now()
		if errors.Is(err, ErrNoRecord) {
			record, err = &Record{Version: recordVersion, Customer: customer, Created: now}, nil
		}
		if err == nil {
			change(record)
			record.Updated = now
			err = d.store.Save(ctx, record)
		}
		switch {
		case err == nil:
			return record, nil
		case !errors.Is(err, ErrBehind) || try == saveTries:
			return nil, fmt.Errorf("mca: recording the attestation of customer %s: %w", customer, err)
		}
	}
}

// issued returns the attestation that was created under a request id.
func (r *Record) issued(requestID string) *Issued {
	for i := range r.Attestations {
		if r.Attestations[i].RequestID == requestID {
			return &r.Attestations[i]
		}
	}
	return nil
}

func (r *Record) forget(requestID string) {
	for i := range r.Attestations {
		if r.Attestations[i].RequestID == requestID {
			r.Attestations = append(r.Attestations[:i], r.Attestations[i+1:]...)
			return
		}
	}
}

// note records what a look showed, and when somebody should see to it.
func (d *Desk) note(r *Record, s Status, now time.Time) {
	r.State, r.Reason, r.LookedAt, r.DueAt = s.State, s.Reason, now, time.Time{}
	newest := r.Newest()
	if newest == nil {
		return
	}
	switch {
	case s.State == ReadyToCreateAgreement:
		r.DueAt = now
	case s.State == Pending && d.config.sender != nil && newest.Delivered.IsZero():
		r.DueAt = now
	case s.State == Pending || s.State == LinkExpired:
		if !newest.Expires.IsZero() {
			r.DueAt = newest.Expires.Add(-d.config.soon)
		} else if s.State == LinkExpired {
			r.DueAt = now
		}
	}
}

func (d *Desk) log(ctx context.Context, message string, r *Record, more ...slog.Attr) {
	d.config.logger.LogAttrs(ctx, slog.LevelInfo, message,
		append([]slog.Attr{slog.String("customer", string(r.Customer)), slog.String("state", string(r.State))}, more...)...)
}
