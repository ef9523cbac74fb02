package offboard

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/pause"
	"github.com/cspkit/cspkit/partnercenter"
)

// Options says how a [Runner] drives a run. The zero value is the common case.
type Options struct {
	Actor  Actor
	Policy Policy
	Poll   time.Duration // shortest time between two looks at a customer; zero means 5 s
	Wait   time.Duration // how long to stay for Partner Center to show a change; zero means 30 min, negative not at all
	// Confirm is asked before the first write, with the plan; again if the
	// plan has changed by the time that it agreed. An error ends the run, and
	// nothing was sent. Nil agrees.
	Confirm func(ctx context.Context, plan *Plan) error
}

func (o Options) poll() time.Duration {
	if o.Poll <= 0 {
		return 5 * time.Second
	}
	return o.Poll
}

func (o Options) wait() time.Duration {
	if o.Wait == 0 {
		return 30 * time.Minute
	}
	return max(0, o.Wait)
}

// ErrDeclined is for a Confirm that says no. Nothing was changed or recorded;
// run again to be shown the plan as it is then.
var ErrDeclined = errors.New("the plan was declined")

// Runner drives runs in this process until they are done, wait for a date or
// are blocked. A context with a deadline bounds it. It is safe for concurrent
// use; its runs share the client's rate budget.
type Runner struct {
	workflow *Workflow
	opts     Options
	wakes    *wakes
	gate     *gate
}

// NewRunner returns a runner of the workflow's runs.
func NewRunner(w *Workflow, opts Options) *Runner {
	return &Runner{workflow: w, opts: opts, wakes: new(wakes), gate: new(gate)}
}

// Report says how a run stands.
type Report struct {
	Customer  customers.TenantID
	Company   string
	State     State
	Phase     Phase
	Reason    string    // what it waits for
	WaitUntil time.Time // the earliest date at which something can change; zero if none is known
	Blockers  []string
	Notes     []string // what else to know, such as what cannot come back
	Writes    []Write  // with the request ids that Microsoft support asks for
	Err       error    // why it failed or was interrupted
}

// patience is how many rounds in a row may fail for a passing reason, each
// after all the retries of its calls.
const patience = 2

// agreed is how old an observation may be when the run acts on it: a change
// that somebody made since would be overwritten.
const agreed = 10 * time.Second

// Run offboards a customer as far as it goes, from wherever an earlier run
// stopped. The report says how far that is: waiting and blocked are not
// errors. The error matches [ErrRole], [ErrResellerScope], [ErrNotCustomer],
// [partnercenter.ErrMissingCredential] and other sentinels of partnercenter;
// with it comes the report of what had been done by then.
func (r *Runner) Run(ctx context.Context, customer customers.TenantID) (*Report, error) {
	return r.observed(ctx, customer, r.turn)
}

// observed tells the observer of a run that do drives.
func (r *Runner) observed(ctx context.Context, customer customers.TenantID, do func(context.Context, customers.TenantID) (*Report, error)) (*Report, error) {
	ctx, end := r.workflow.enter(ctx, Activity{Kind: ActivityRun, Customer: customer})
	report, err := do(ctx, customer)
	end(report.Phase, report.State, err)
	return report, err
}

// turn waits for the customer's lease, and runs.
func (r *Runner) turn(ctx context.Context, customer customers.TenantID) (*Report, error) {
	run, err := r.workflow.draft(ctx, customer, r.opts.Actor, r.opts.Policy)
	if err != nil {
		return failed(ctx, customer, err), err
	}
	customer = run.Customer
	ctx, hold, err := r.workflow.wait(ctx, customer, r.opts.wait())
	if err != nil {
		return r.waitingForLease(ctx, run, err)
	}
	defer hold.release(ctx)
	out, err := r.run(ctx, customer, hold.lease)
	return unlessTakenOver(ctx, out, err)
}

// run is Run under a lease.
func (r *Runner) run(ctx context.Context, customer customers.TenantID, lease Lease) (*Report, error) {
	run, err := r.workflow.draft(ctx, customer, r.opts.Actor, r.opts.Policy) // somebody may have gone on meanwhile
	if err != nil {
		return failed(ctx, customer, err), err
	}
	run.Fence = lease.Fence
	woken, done := r.wakes.listen(customer)
	defer done()
	if err := r.gate.pass(ctx); err != nil {
		return report(ctx, run, err), err
	}
	if err := r.workflow.partner.CheckWrite(ctx, customer, run.Policy.GDAP); err != nil {
		return report(ctx, run, err), err
	}
	looked := time.Now()
	o, plan, err := r.workflow.plan(ctx, run)
	for agreedTo := (*Plan)(nil); err == nil && r.opts.Confirm != nil && (agreedTo == nil || !plan.Same(agreedTo)); {
		asked := time.Now()
		if err = r.opts.Confirm(ctx, plan); err != nil {
			break
		}
		agreedTo = plan
		if time.Since(asked) > agreed { // an answer that took its time
			looked = time.Now()
			o, plan, err = r.workflow.plan(ctx, run)
		}
	}
	if err == nil {
		err = r.workflow.begin(ctx, run)
	} else if asked := asksToWait(err); asked > 0 && ctx.Err() == nil {
		// Nothing was recorded or sent yet, so there is nothing to resume.
		out := report(ctx, run, nil)
		out.State, out.Reason, out.WaitUntil = Waiting, leftAlone, time.Now().Add(asked)
		return out, nil
	}
	if err != nil {
		return report(ctx, run, err), err
	}
	return r.rounds(ctx, run, o, looked, woken)
}

// GiveUp gives an unfinished run up: it reactivates what the run suspended and
// restores how things renewed. See [Workflow.Abandon] for its errors.
func (r *Runner) GiveUp(ctx context.Context, customer customers.TenantID) (*Report, error) {
	return r.observed(ctx, customer, r.giveUp)
}

func (r *Runner) giveUp(ctx context.Context, customer customers.TenantID) (*Report, error) {
	giveUp := func(err error) (*Report, error) {
		report := failed(ctx, customer, err)
		report.Phase = Reactivating
		return report, err
	}
	run, err := r.workflow.unfinished(ctx, customer, r.opts.Actor)
	if err != nil {
		return giveUp(err)
	}
	ctx, hold, err := r.workflow.wait(ctx, run.Customer, r.opts.wait())
	if err != nil {
		return r.waitingForLease(ctx, run, err)
	}
	defer hold.release(ctx)
	if run, err = r.workflow.abandon(ctx, customer, r.opts.Actor, hold.lease); err != nil {
		out, err := giveUp(err)
		return unlessTakenOver(ctx, out, err)
	}
	woken, done := r.wakes.listen(run.Customer)
	defer done()
	out, err := r.rounds(ctx, run, nil, time.Now(), woken)
	return unlessTakenOver(ctx, out, err)
}

// waitingForLease reports that somebody else works on the customer, which is
// no error: what is asked for is being done.
func (r *Runner) waitingForLease(ctx context.Context, run *Run, err error) (*Report, error) {
	out := report(ctx, run, err)
	if leased, ok := errors.AsType[*LeasedError](err); ok {
		out.State, out.Reason, out.WaitUntil, out.Err = Waiting, ErrLeased.Error(), leased.Until, nil
		return out, nil
	}
	return out, err
}

// unlessTakenOver returns a report and its error; but that somebody else has
// taken the run over, at whatever point, is no error either.
func unlessTakenOver(ctx context.Context, out *Report, err error) (*Report, error) {
	if errors.Is(err, ErrLeaseLost) || err != nil && errors.Is(context.Cause(ctx), ErrLeaseLost) {
		out.State, out.Reason, out.WaitUntil, out.Err = Waiting, ErrLeaseLost.Error(), time.Time{}, nil
		return out, nil
	}
	return out, err
}

// rounds does rounds until the run stops by itself. o, if given, was observed
// at the time looked and serves the first round.
func (r *Runner) rounds(ctx context.Context, run *Run, o *observation, looked time.Time, woken alarm) (*Report, error) {
	var before *observation
	var waiting time.Time // since when nothing has moved
	growing, failures := r.opts.poll(), 0
	for {
		var err error
		if o == nil {
			if err = pauseUntil(ctx, looked.Add(r.opts.poll())); err == nil {
				err = r.gate.pass(ctx)
				looked = time.Now()
				woken.off()
			}
		}
		if err == nil {
			before, err = r.workflow.round(ctx, run, o, before, r.gate.pass)
		}
		o = nil
		if err != nil {
			asked := asksToWait(err)
			if failures++; asked > 0 && ctx.Err() == nil {
				// As long as it asks, however often: that is no failure.
				failures = 0
				if waiting.IsZero() {
					waiting = time.Now()
				}
				until := time.Now().Add(asked)
				if until.After(waiting.Add(r.opts.wait())) {
					err = r.workflow.postpone(ctx, run, until)
					return report(ctx, run, err), err
				}
				if err = pauseUntil(ctx, until); err == nil {
					before = nil
					continue
				}
			}
			if errors.Is(err, partnercenter.ErrTransient) && !errors.Is(err, errNotRecorded) && failures < patience && ctx.Err() == nil {
				before = nil
				continue
			}
			err = r.workflow.fail(ctx, run, err)
			return report(ctx, run, err), err
		}
		failures = 0
		switch run.State {
		case Running:
			if before != nil { // something moved: no write was refused
				waiting, growing = time.Time{}, r.opts.poll()
			}
			continue
		case Waiting:
		default:
			r.workflow.recordEnd(ctx, run)
			return report(ctx, run, nil), nil
		}
		// Stay only for what can show itself in time.
		now := time.Now()
		if waiting.IsZero() {
			waiting = now
		}
		next, end := later(now.Add(growing), run.look), waiting.Add(r.opts.wait())
		growing = min(growing+growing/2, max(r.opts.poll(), time.Minute))
		if next.After(end) && !(woken.rings() && looked.Add(r.opts.poll()).Before(end)) {
			return report(ctx, run, nil), nil
		}
		if err := woken.pauseUntil(ctx, next); err != nil {
			return report(ctx, run, err), err
		}
	}
}

// pauseUntil waits until t, and a little longer so that many runs do not look
// at the same moment, or until the context ends.
func pauseUntil(ctx context.Context, t time.Time) error {
	d := time.Until(t)
	if d <= 0 {
		return ctx.Err()
	}
	return pause.For(ctx, d+rand.N(d/20+1))
}

// failed is the report of a run that could not be read. A store whose call was
// ended by the context has not failed.
func failed(ctx context.Context, customer customers.TenantID, err error) *Report {
	return report(ctx, &Run{Customer: customer, Phase: Planned}, err)
}

// report describes a run to a caller.
func report(ctx context.Context, run *Run, err error) *Report {
	r := &Report{
		Customer: run.Customer, Company: run.Company, State: run.State, Phase: run.Phase, Reason: run.Reason,
		WaitUntil: run.WaitUntil, Blockers: run.Blockers, Notes: run.Notes, Writes: run.Writes, Err: err,
	}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		r.State, r.Err = Interrupted, fmt.Errorf("interrupted: %w", context.Cause(ctx))
	default:
		r.State = Failed
	}
	return r
}
