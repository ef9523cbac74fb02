package offboard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
)

// WithRecorder adds what Microsoft recorded of a customer to the trail of its
// run: when a [Runner] ends it as done, and when [Workflow.AddRecords] is called.
// At the end it costs a request or more and 15 s at most; if it fails, a note of
// the run says so, and the run is done all the same.
func WithRecorder(r Recorder) Option {
	return func(w *Workflow) error { w.recorder = r; return required("recorder", r == nil) }
}

// ErrNoRecorder: the workflow was made without [WithRecorder]; give it one.
var ErrNoRecorder = errors.New("no recorder was given to the workflow: pass offboard.WithRecorder")

// AddRecords adds what Microsoft recorded of the customer since its newest run
// began, or up to five minutes earlier because clocks differ, to the trail of
// that run, and returns how many records were new. Each becomes an entry with
// the outcome [RecordedByMicrosoft], whose time is when it was added; its detail
// says when Microsoft recorded what. The entries name nobody.
//
// Not all of it need be the run's own doing: what a person did in the portal is
// recorded, too. Records show late, so call it as often as you like, also long
// after the run has ended; each record is added once. Partner Center shows
// those of the last 90 days only. For a run that is older, what was recorded
// before is not read, and an entry says so.
//
// The error matches [ErrNoRecorder] or [ErrNoRun] when there is nothing to
// read from or to add to, and [ErrLeased] while a runner drives the run. After
// any error nothing is lost by calling again.
func (w *Workflow) AddRecords(ctx context.Context, customer customers.TenantID) (added int, err error) {
	if w.recorder == nil {
		return 0, fmt.Errorf("offboard: %w", ErrNoRecorder)
	}
	run, err := w.load(ctx, customer)
	if err != nil {
		return 0, err
	}
	ctx, hold, err := w.wait(ctx, run.Customer, recordWait)
	if err != nil {
		return 0, err
	}
	defer hold.release(ctx)
	if run, err = w.load(ctx, customer); err != nil { // somebody may have gone on meanwhile
		return 0, err
	}
	run.Fence = hold.lease.Fence
	return w.addRecords(ctx, run)
}

// recordWait is how long a finished run's report waits for records at most,
// and AddRecords for somebody else's lease.
const recordWait = 15 * time.Second

// addRecords is AddRecords under a lease.
func (w *Workflow) addRecords(ctx context.Context, run *Run) (added int, err error) {
	since, late := reach(run, time.Now())
	records, err := w.records(ctx, run.Customer, since)
	if err != nil {
		return 0, fmt.Errorf("offboard: reading the audit records of customer %s: %w", run.Customer, err)
	}
	return w.addTo(ctx, run, records, since, late)
}

// clockSkew is how far ahead of Microsoft's clock ours may be: without it, the
// first writes of a run would seem to be older than the run.
const clockSkew = 5 * time.Minute

// reach returns from when on the records of a run are read, and whether it
// began before that. Partner Center is asked by the day. Whether it counts 90
// days or 90 times 24 hours is UNCONFIRMED, so the first day that is whole by
// both counts is the earliest: an older one may be refused, and all with it.
func reach(run *Run, now time.Time) (since time.Time, late bool) {
	const day = 24 * time.Hour
	earliest := now.UTC().Add(-partnercenter.AuditReach).Truncate(day).Add(day)
	since = run.Created.UTC().Add(-clockSkew)
	if since.Before(earliest) {
		since = earliest
	}
	return since, run.Created.Before(earliest)
}

// records reads the records in the order of what they record.
func (w *Workflow) records(ctx context.Context, customer customers.TenantID, since time.Time) ([]Record, error) {
	var all []Record
	for r, err := range w.recorder.Records(ctx, customer, since) {
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b Record) int { return a.At.Compare(b.At) })
	return all, nil
}

// addTo adds the records that the run's trail does not have yet, and saves.
func (w *Workflow) addTo(ctx context.Context, run *Run, records []Record, since time.Time, late bool) (added int, err error) {
	known := map[string]bool{}
	for e, err := range w.store.Audit(ctx, run.ID) {
		if err != nil {
			return 0, fmt.Errorf("offboard: reading the trail of customer %s: %w", run.Customer, err)
		}
		known[e.RecordID] = true
	}
	now := time.Now()
	var entries []Entry
	add := func(e Event) bool {
		if known[e.RecordID] {
			return false
		}
		known[e.RecordID] = true
		e.At, e.Outcome = now, RecordedByMicrosoft
		entries = append(entries, run.record(e))
		return true
	}
	if late {
		add(Event{RecordID: outOfReach, Detail: "Partner Center shows its audit records for 90 days: what it recorded before " +
			since.Format(time.DateOnly) + " was not read this time"})
	}
	for _, r := range records {
		if add(r.event()) {
			added++
		}
	}
	notes := len(run.Notes)
	run.Notes = slices.DeleteFunc(run.Notes, func(n string) bool { return n == recordsMissing })
	if len(entries) == 0 && len(run.Notes) == notes {
		return 0, nil
	}
	if err := w.save(ctx, run, entries...); err != nil {
		return 0, err
	}
	w.logger.LogAttrs(ctx, slog.LevelInfo, "audit records added", slog.String("customer", string(run.Customer)), slog.Int("records", added))
	return added, nil
}

// outOfReach is the record id of the entry that older records were not read.
const outOfReach = "out-of-reach"

// event returns the record as an entry of a trail tells it. What is no plain
// word is left out: it may name a person.
func (r Record) event() Event {
	operation, status, correlation := plain(string(r.Operation)), plain(string(r.Status)), plain(r.CorrelationID)
	var b strings.Builder
	fmt.Fprintf(&b, "Microsoft recorded %s", cmp.Or(operation, "an operation"))
	if !r.At.IsZero() {
		fmt.Fprintf(&b, " at %s", r.At.UTC().Format(time.RFC3339Nano))
	}
	if status != "" {
		fmt.Fprintf(&b, ": %s", status)
	}
	if correlation != "" {
		fmt.Fprintf(&b, " (correlation %s)", correlation)
	}
	return Event{Step: r.Step, Subject: plain(r.Subject), RecordID: r.key(), Detail: b.String()}
}

// key is what tells records apart. One that is not final yet is added once
// more when it is.
func (r Record) key() string {
	key := cmp.Or(r.ID, digest(r.At.UTC().Format(time.RFC3339Nano), r.Operation, r.Step, r.Subject, r.CorrelationID))
	if plain(key) == "" {
		key = digest(key)
	}
	if r.Status.Is(partnercenter.AuditProgress) {
		key += "#progress"
	}
	return key
}

// plain returns s if it is a word as the service makes them: ids and the names
// of operations. Anything else, such as a person's address, gives "".
func plain(s string) string {
	strange := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_'
	}
	if len(s) > 100 || strings.ContainsFunc(s, strange) {
		return ""
	}
	return s
}

const recordsMissing = "Microsoft's audit records are not in the trail yet; AddRecords adds them at any time"

// recordEnd adds the records of a run that has just ended. The run is done
// whatever comes of it, so a failure is only noted.
func (w *Workflow) recordEnd(ctx context.Context, run *Run) {
	if w.recorder == nil || run.State != Done {
		return
	}
	within, cancel := context.WithTimeout(ctx, recordWait)
	defer cancel()
	with := run.clone() // an entry that cannot be saved must not count
	_, err := w.addRecords(within, with)
	if err == nil {
		*run = *with
		return
	}
	run.Notes = append(run.Notes, recordsMissing)
	err = errors.Join(err, w.save(ctx, run))
	w.logger.LogAttrs(ctx, slog.LevelWarn, "audit records not added", slog.String("customer", string(run.Customer)), slog.String("error", err.Error()))
}
