package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

// Runs is an [offboard.Store].
type Runs struct{ db *DB }

var _ offboard.Store = Runs{}

// Runs returns the store of runs.
func (db *DB) Runs() Runs { return Runs{db} }

// Load implements [offboard.Store].
func (s Runs) Load(ctx context.Context, customer customers.TenantID) (*offboard.Run, error) {
	var body []byte
	var revision int64
	found, err := s.db.reading().get(ctx, `SELECT revision, body FROM @runs WHERE customer = $1 AND revision > 0`,
		[]any{string(customer)}, &revision, &body)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("customer %s: %w", customer, offboard.ErrNoRun)
	}
	run := new(offboard.Run)
	if json.Unmarshal(body, run) != nil || run.Customer != customer || run.Revision != revision {
		return nil, s.db.wrap(fmt.Errorf("the run of customer %s: %w", customer, errDamaged))
	}
	return run, nil
}

// Save implements [offboard.Store].
func (s Runs) Save(ctx context.Context, run *offboard.Run, entries ...offboard.Entry) error {
	next := *run
	next.Revision++
	body, err := json.Marshal(&next)
	if err != nil {
		return fmt.Errorf("the run of customer %s: %w", run.Customer, err)
	}
	var due any // no date: finished
	if !run.Finished() {
		due = stamp(run.DueAt)
	}
	err = s.db.atomically(ctx, func(ctx context.Context, tx session) error {
		if run.Revision == 0 {
			// So that there is a row to lock, also for the lease.
			if _, err := tx.exec(ctx, `INSERT INTO @runs (customer) VALUES ($1) ON CONFLICT (customer) DO NOTHING`, string(run.Customer)); err != nil {
				return err
			}
		}
		saved, err := tx.exec(ctx, `UPDATE @runs SET revision = revision + 1, run = $4, phase = $5, state = $6, due_at = $7, body = $8
			WHERE customer = $1 AND revision = $2 AND fence = $3`,
			string(run.Customer), run.Revision, run.Fence, run.ID, string(run.Phase), string(run.State), due, string(body))
		if err != nil {
			return err
		}
		if saved == 0 {
			return refusal(ctx, tx, run)
		}
		return record(ctx, tx, run, entries)
	})
	if err == nil {
		run.Revision = next.Revision
	}
	return err
}

// refusal says why a run was not saved: being behind comes first.
func refusal(ctx context.Context, tx session, run *offboard.Run) error {
	var revision, fence int64
	if _, err := tx.get(ctx, `SELECT revision, fence FROM @runs WHERE customer = $1`, []any{string(run.Customer)}, &revision, &fence); err != nil {
		return err
	}
	if revision == run.Revision && fence != run.Fence {
		return fmt.Errorf("customer %s: %w", run.Customer, offboard.ErrLeaseLost)
	}
	return fmt.Errorf("customer %s: %w", run.Customer, offboard.ErrBehind)
}

// record adds entries to the trail of a run, many with one statement.
func record(ctx context.Context, tx session, run *offboard.Run, entries []offboard.Entry) error {
	for some := range slices.Chunk(entries, 100) {
		var rows []string
		var args []any
		for _, e := range some {
			body, err := json.Marshal(e)
			if err != nil {
				return fmt.Errorf("the trail of customer %s: %w", run.Customer, err)
			}
			n := len(args)
			rows = append(rows, fmt.Sprintf("($%d, $%d, $%d, $%d)", n+1, n+2, n+3, n+4))
			args = append(args, run.ID, e.Seq, string(run.Customer), string(body))
		}
		if _, err := tx.exec(ctx, `INSERT INTO @audit (run, seq, customer, body) VALUES `+strings.Join(rows, ", "), args...); err != nil {
			return err
		}
	}
	return nil
}

// Due implements [offboard.Store]. Which runs are due is read once; each is
// read when its turn comes, and left out if it is not due any more. So a run
// comes once, however it moves meanwhile, and one at a time is in memory.
//
// A damaged run does not stop those behind it: its error comes last.
func (s Runs) Due(ctx context.Context, now time.Time) iter.Seq2[*offboard.Run, error] {
	return due(ctx, s.db, `SELECT customer FROM @runs WHERE due_at <= $1 ORDER BY due_at, customer`, now, func(customer customers.TenantID) (*offboard.Run, bool, error) {
		run, err := s.Load(ctx, customer)
		return run, err == nil && !run.Finished() && !run.DueAt.After(now), err
	})
}

// ByState implements [offboard.Store], as Due does.
func (s Runs) ByState(ctx context.Context, states ...offboard.State) iter.Seq2[*offboard.Run, error] {
	where, args := among(states)
	return selected(ctx, s.db, `SELECT customer FROM @runs WHERE run IS NOT NULL`+where+` ORDER BY customer`, args, func(customer customers.TenantID) (*offboard.Run, bool, error) {
		run, err := s.Load(ctx, customer)
		return run, err == nil && (len(states) == 0 || slices.Contains(states, run.State)), err
	})
}

// among narrows a query to states.
func among[S ~string](states []S) (where string, args []any) {
	var marks []string
	for i, s := range states {
		marks, args = append(marks, fmt.Sprintf("$%d", i+1)), append(args, string(s))
	}
	if len(marks) > 0 {
		where = ` AND state IN (` + strings.Join(marks, ", ") + `)`
	}
	return where, args
}

// due is the list of the customers that query selects by the time.
func due[T any](ctx context.Context, db *DB, query string, now time.Time, load func(customers.TenantID) (item T, still bool, err error)) iter.Seq2[T, error] {
	return selected(ctx, db, query, []any{stamp(now)}, load)
}

// selected is the list of the customers that query selects, as load returns them.
func selected[T any](ctx context.Context, db *DB, query string, args []any, load func(customers.TenantID) (item T, still bool, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		ids, err := db.reading().list(ctx, query, args...)
		if err != nil {
			yield(none, err)
			return
		}
		var damaged error
		for _, id := range ids {
			item, still, err := load(customers.TenantID(id))
			_, failed := errors.AsType[*failure](err)
			switch {
			case failed:
				yield(none, err)
				return
			case err != nil:
				damaged = err
			case still && !yield(item, nil):
				return
			}
		}
		if damaged != nil {
			yield(none, damaged)
		}
	}
}

// Audit implements [offboard.Store]. It reads a page at a time.
func (s Runs) Audit(ctx context.Context, runID string) iter.Seq2[offboard.Entry, error] {
	const page = 100
	return func(yield func(offboard.Entry, error) bool) {
		for last := -1; ; {
			var entries []offboard.Entry
			err := s.db.reading().each(ctx, fmt.Sprintf(`SELECT seq, body FROM @audit WHERE run = $1 AND seq > $2 ORDER BY seq LIMIT %d`, page),
				[]any{runID, last}, func(rows *sql.Rows) error {
					var body []byte
					if err := rows.Scan(&last, &body); err != nil {
						return err
					}
					var e offboard.Entry
					if json.Unmarshal(body, &e) != nil {
						return &failure{s.db.wrap(fmt.Errorf("entry %d of run %s: %w", last, runID, errDamaged)).Error(), errDamaged}
					}
					entries = append(entries, e)
					return nil
				})
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			if err != nil {
				yield(offboard.Entry{}, err)
			}
			if err != nil || len(entries) < page {
				return
			}
		}
	}
}

// stamp is a time as text that sorts as times do, down to the nanosecond.
func stamp(t time.Time) string {
	const form = "2006-01-02T15:04:05.000000000Z"
	switch t = t.UTC(); {
	case t.Year() > 9999: // text of other lengths would not sort
		return "9999-12-31T23:59:59.999999999Z"
	case t.Year() < 0:
		return "0000-01-01T00:00:00.000000000Z"
	}
	return t.Format(form)
}
