package offboard

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/guid"
	"github.com/cspkit/cspkit/partnercenter"
)

// Workflow offboards customers, one round at a time, and keeps each run in a
// store. It is safe for concurrent use.
type Workflow struct {
	partner   Partner
	store     Store
	directory Directory
	notifier  Notifier
	recorder  Recorder
	events    func(Event)
	observer  Observer
	logger    *slog.Logger
	own       customers.TenantID
}

// Option changes one default of a [Workflow].
type Option func(*Workflow) error

// WithDirectory also deletes the customer's record in the partner's own directory.
func WithDirectory(d Directory) Option {
	return func(w *Workflow) error { w.directory = d; return required("directory", d == nil) }
}

// WithNotifier tells n when a relationship has ended.
func WithNotifier(n Notifier) Option {
	return func(w *Workflow) error { w.notifier = n; return required("notifier", n == nil) }
}

// WithEvents calls f for every write that was sent, in the order of time, from
// the goroutine of the run.
func WithEvents(f func(Event)) Option {
	return func(w *Workflow) error { w.events = f; return required("function for events", f == nil) }
}

// WithOwnTenant refuses the partner's own tenant before anything is sent.
func WithOwnTenant(id customers.TenantID) Option {
	return func(w *Workflow) (err error) { w.own, err = customers.ParseTenantID(string(id)); return err }
}

// WithLogger logs what a run decides and does, without secrets.
func WithLogger(l *slog.Logger) Option {
	return func(w *Workflow) error { w.logger = l; return required("logger", l == nil) }
}

func required(what string, missing bool) error {
	if missing {
		return fmt.Errorf("the %s must not be nil", what)
	}
	return nil
}

// New returns a workflow that acts through partner and records in store.
func New(partner Partner, store Store, opts ...Option) (*Workflow, error) {
	w := &Workflow{partner: partner, store: store, logger: slog.New(slog.DiscardHandler)}
	problems := []error{required("partner", partner == nil), required("store", store == nil)}
	for _, opt := range opts {
		problems = append(problems, opt(w))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("offboard: %w", err)
	}
	return w, nil
}

// Plan returns what offboarding the customer would do. It sends no write and
// records nothing. The error matches [ErrNotCustomer] for a stranger, and
// [partnercenter.ErrMissingCredential] when a credential for reading is missing.
func (w *Workflow) Plan(ctx context.Context, customer customers.TenantID, actor Actor, policy Policy) (*Plan, error) {
	run, err := w.draft(ctx, customer, actor, policy)
	if err != nil {
		return nil, err
	}
	if err := w.partner.CheckRead(ctx, customer, policy.GDAP); err != nil {
		return nil, err
	}
	_, plan, err := w.plan(ctx, run)
	return plan, err
}

func (w *Workflow) plan(ctx context.Context, run *Run) (*observation, *Plan, error) {
	o, err := w.observe(ctx, run, nil)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	described := run.clone()
	described.Started = now // as a run that begins with this plan would be
	seen(described, o)
	if refusal, ok := decide(described, o, run.Policy, now).(actReject); ok {
		return nil, nil, refusal.Err
	}
	return o, newPlan(described, o, now), nil
}

// Start records a run of the customer, or takes up the one that is not
// finished, with this actor and policy. A finished one is left behind, and a
// new one begins. Nothing is sent; [Workflow.Advance] does that. The error
// matches [ErrLeased] while somebody else works on it.
func (w *Workflow) Start(ctx context.Context, customer customers.TenantID, actor Actor, policy Policy) (*Run, error) {
	if err := errors.Join(actor.check(), policy.check()); err != nil {
		return nil, err
	}
	customer, err := w.tenant(customer)
	if err != nil {
		return nil, err
	}
	ctx, hold, err := w.hold(ctx, customer)
	if err != nil {
		return nil, err
	}
	defer hold.release(ctx)
	run, err := w.draft(ctx, customer, actor, policy)
	if err != nil {
		return nil, err
	}
	run.Fence = hold.lease.Fence
	if err := w.begin(ctx, run); err != nil {
		return nil, err
	}
	return run, nil
}

// draft returns the run as Start would record it.
func (w *Workflow) draft(ctx context.Context, customer customers.TenantID, actor Actor, policy Policy) (*Run, error) {
	if err := errors.Join(actor.check(), policy.check()); err != nil {
		return nil, err
	}
	customer, err := w.tenant(customer)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	fresh := &Run{Version: runVersion, ID: guid.New(), Customer: customer, Phase: Planned, State: Running, Created: now, DueAt: now, Originals: map[string]Original{}}
	run, err := w.load(ctx, customer)
	switch {
	case errors.Is(err, ErrNoRun):
		run = fresh
	case err != nil:
		return nil, err
	case run.Finished():
		fresh.Revision, fresh.Known, fresh.Company = run.Revision, run.Known, run.Company
		run = fresh
	case run.Phase == Reactivating && run.State != Blocked && run.State != Failed:
		return nil, fmt.Errorf("offboard: customer %s: %w", customer, ErrGivingUp)
	case run.Phase == Reactivating:
		run.Phase = Planned // giving up got stuck; this is the other way out
	}
	run.Actor, run.Policy = actor, policy
	return run, nil
}

// tenant returns the id of a customer, who is not the partner itself.
func (w *Workflow) tenant(customer customers.TenantID) (customers.TenantID, error) {
	customer, err := customers.ParseTenantID(string(customer))
	switch {
	case err != nil:
		return "", fmt.Errorf("offboard: %w", err)
	case customer == w.own:
		return "", fmt.Errorf("offboard: %s: %w", customer, ErrOwnTenant)
	}
	return customer, nil
}

// begin records that somebody started the run by hand.
func (w *Workflow) begin(ctx context.Context, run *Run) error {
	run.Started = time.Now()
	run.State, run.DueAt = Running, run.Started
	if run.Phase == Reactivating {
		return w.save(ctx, run, run.record(Event{At: run.Started, Outcome: Changed, Detail: "being given up"}))
	}
	detail := fmt.Sprintf("started, window closed: %s, gdap: %t, sandbox: %t", run.Policy.WindowClosed, run.Policy.GDAP, run.Policy.Sandbox)
	return w.save(ctx, run, run.record(Event{At: run.Started, Outcome: Changed, Detail: detail}))
}

// Advance does one round of the customer's run: it observes, decides, acts and
// records. The run that it returns says what is next: nothing if it is
// finished, else another round at DueAt. Before the first write of a round it
// checks that every credential is there. An error leaves the run as it is
// recorded; the next round goes on from there. It matches [ErrLeased] while
// somebody else works on the run.
func (w *Workflow) Advance(ctx context.Context, customer customers.TenantID) (*Run, error) {
	run, err := w.load(ctx, customer)
	if err != nil || run.Finished() {
		return run, err
	}
	ctx, hold, err := w.hold(ctx, run.Customer)
	if err != nil {
		return nil, err
	}
	defer hold.release(ctx)
	if run, err = w.load(ctx, customer); err != nil || run.Finished() { // somebody may have gone on meanwhile
		return run, err
	}
	run.Fence = hold.lease.Fence
	if _, err := w.round(ctx, run, nil, nil, nil); err != nil {
		if asked := asksToWait(err); asked > 0 && ctx.Err() == nil {
			if err = w.postpone(ctx, run, time.Now().Add(asked)); err == nil {
				return run, nil
			}
		}
		if lost := context.Cause(ctx); errors.Is(lost, ErrLeaseLost) {
			return nil, lost
		}
		return nil, w.fail(ctx, run, err)
	}
	return run, nil
}

// load returns the customer's newest run.
func (w *Workflow) load(ctx context.Context, customer customers.TenantID) (*Run, error) {
	customer, err := customers.ParseTenantID(string(customer))
	if err != nil {
		return nil, fmt.Errorf("offboard: %w", err)
	}
	run, err := w.store.Load(ctx, customer)
	switch {
	case err != nil:
		return nil, fmt.Errorf("offboard: %w", err)
	case run.Version > runVersion:
		return nil, fmt.Errorf("offboard: the run of customer %s was recorded by a newer version of this library", customer)
	}
	return run, nil
}

// Abandon turns an unfinished run around: the rounds that follow reactivate
// what it suspended and restore how things renewed. What was cancelled cannot
// come back. The error matches [ErrRemovalSent] once the removal of the
// relationship has been sent, [ErrNoRun] or [ErrFinished] if there is nothing
// to give up, and [ErrLeased] while somebody else works on the run.
func (w *Workflow) Abandon(ctx context.Context, customer customers.TenantID, actor Actor) (*Run, error) {
	run, err := w.unfinished(ctx, customer, actor)
	if err != nil {
		return nil, err
	}
	ctx, hold, err := w.hold(ctx, run.Customer)
	if err != nil {
		return nil, err
	}
	defer hold.release(ctx)
	return w.abandon(ctx, customer, actor, hold.lease)
}

// unfinished returns the run that is to be given up.
func (w *Workflow) unfinished(ctx context.Context, customer customers.TenantID, actor Actor) (*Run, error) {
	if err := actor.check(); err != nil {
		return nil, err
	}
	run, err := w.load(ctx, customer)
	switch {
	case err != nil:
		return nil, err
	case run.Finished():
		return nil, fmt.Errorf("offboard: customer %s: %w", run.Customer, ErrFinished)
	}
	return run, nil
}

// abandon is Abandon under a lease.
func (w *Workflow) abandon(ctx context.Context, customer customers.TenantID, actor Actor, lease Lease) (*Run, error) {
	run, err := w.unfinished(ctx, customer, actor) // somebody may have gone on meanwhile
	if err != nil {
		return nil, err
	}
	run.Actor, run.Fence = actor, lease.Fence
	if run.Phase != Reactivating {
		if err := w.turn(ctx, run); err != nil {
			return nil, err
		}
	}
	if err := w.begin(ctx, run); err != nil {
		return nil, err
	}
	return run, nil
}

// turn makes a run one that is being given up, if it still may be.
func (w *Workflow) turn(ctx context.Context, run *Run) error {
	if err := w.partner.CheckWrite(ctx, run.Customer, false); err != nil {
		return err
	}
	o, err := w.observe(ctx, run, nil)
	if err != nil {
		return err
	}
	entries := run.see(o)
	if err := run.abandonable(run.Policy, o); err != nil {
		// What was just read counts towards the time that the relationship stands.
		return errors.Join(fmt.Errorf("offboard: %w", err), w.save(ctx, run, entries...))
	}
	run.Phase, run.Blockers = Reactivating, nil
	return w.save(ctx, run, entries...)
}

// Due yields the unfinished runs that are worth a round at now: those that
// wait for a date shortly before and right after it and weekly in between,
// those that are blocked after a growing pause.
func (w *Workflow) Due(ctx context.Context, now time.Time) iter.Seq2[*Run, error] {
	return w.store.Due(ctx, now)
}

// Runs yields the newest run of each customer that is in one of the states, or
// every one if no state is named.
func (w *Workflow) Runs(ctx context.Context, states ...State) iter.Seq2[*Run, error] {
	return w.store.ByState(ctx, states...)
}

// Audit yields the audit trail of the customer's newest run.
func (w *Workflow) Audit(ctx context.Context, customer customers.TenantID) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		run, err := w.load(ctx, customer)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		w.store.Audit(ctx, run.ID)(yield)
	}
}

// save records the run. It goes through even if the caller gave up meanwhile:
// what has happened must not be forgotten.
func (w *Workflow) save(ctx context.Context, run *Run, entries ...Entry) error {
	run.Updated = time.Now()
	if err := w.store.Save(context.WithoutCancel(ctx), run, entries...); err != nil {
		return fmt.Errorf("offboard: recording the run of customer %s: %w: %w", run.Customer, errNotRecorded, err)
	}
	return nil
}

// errNotRecorded marks a failed save: nothing more may be done then.
var errNotRecorded = errors.New("not recorded")

// fail records why a round did not get through, and returns it. An
// interruption is no failure.
func (w *Workflow) fail(ctx context.Context, run *Run, err error) error {
	if ctx.Err() != nil || errors.Is(err, errNotRecorded) {
		return err
	}
	run.State, run.Reason = Failed, err.Error()
	run.DueAt = time.Now().Add(15 * time.Minute)
	if errors.Is(err, ErrNotCustomer) {
		run.DueAt = time.Now().Add(7 * 24 * time.Hour) // it may become one
	}
	w.logger.LogAttrs(ctx, slog.LevelError, "offboarding failed", slog.String("customer", string(run.Customer)), slog.String("error", run.Reason))
	return errors.Join(err, w.save(ctx, run, run.record(Event{At: time.Now(), Outcome: Changed, Detail: "failed: " + run.Reason})))
}

// asksToWait returns for how long the service asked to be left alone, where
// that was longer than a call waits by itself. Zero if it did not.
func asksToWait(err error) time.Duration {
	e, ok := errors.AsType[*partnercenter.Error](err)
	if !ok || !errors.Is(err, partnercenter.ErrThrottled) && !errors.Is(err, partnercenter.ErrTransient) || errors.Is(err, errNotRecorded) {
		return 0
	}
	return e.RetryAfter
}

const leftAlone = "Partner Center asks to be left alone until then"

// postpone records that Partner Center asks to be left alone until then.
func (w *Workflow) postpone(ctx context.Context, run *Run, until time.Time) error {
	run.State, run.Reason, run.WaitUntil, run.DueAt = Waiting, leftAlone, until, until
	return w.save(ctx, run)
}
