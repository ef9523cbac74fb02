package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
)

// migrations are the statements that lead from one version of the schema to
// the next. What was released is never changed: a change is a new version.
var migrations = [][]string{
	{ // 1
		`CREATE TABLE @schema (version {int} PRIMARY KEY)`,

		// A customer's newest run, and its newest lease: one row, so that its lock
		// is between who saves and who takes over. Revision 0: no run yet.
		`CREATE TABLE @runs (
			customer   {text} PRIMARY KEY,
			revision   {int} NOT NULL DEFAULT 0,
			run        {text},
			phase      {text},
			state      {text},
			due_at     {text}, -- null when there is no more to do
			body       {text},
			holder     {text} NOT NULL DEFAULT '',
			fence      {int} NOT NULL DEFAULT 0,
			held_until {int} NOT NULL DEFAULT 0
		)`,
		`CREATE INDEX cspkit_runs_due ON @runs (due_at, customer) WHERE due_at IS NOT NULL`,
		`CREATE INDEX cspkit_runs_state ON @runs (state)`,

		`CREATE TABLE @audit (
			run      {text} NOT NULL,
			seq      {int} NOT NULL,
			customer {text} NOT NULL,
			body     {text} NOT NULL,
			PRIMARY KEY (run, seq)
		)`,
		`CREATE INDEX cspkit_audit_customer ON @audit (customer)`,

		`CREATE TABLE @agreements (
			customer {text} PRIMARY KEY,
			revision {int} NOT NULL,
			state    {text} NOT NULL,
			due_at   {text},
			sealed   {int} NOT NULL,
			body     {bytes} NOT NULL
		)`,
		`CREATE INDEX cspkit_agreements_due ON @agreements (due_at, customer) WHERE due_at IS NOT NULL`,
		`CREATE INDEX cspkit_agreements_state ON @agreements (state)`,
		`CREATE TABLE @compliant (customer {text} PRIMARY KEY)`,

		`CREATE TABLE @tokens (
			name   {text} PRIMARY KEY,
			sealed {int} NOT NULL,
			body   {bytes} NOT NULL
		)`,
	},
}

// Migrate brings the schema to the version that this package knows. Any number
// of processes may do so at once. Its error matches [ErrNewer] for a database
// that a newer one has changed, and leaves that as it is.
func (db *DB) Migrate(ctx context.Context) error {
	// Most of the time there is nothing to do, and no privilege is needed for that.
	if version, err := db.version(ctx, db.writing()); err != nil || version == len(migrations) {
		return err
	}
	return db.atomically(ctx, func(ctx context.Context, tx session) error {
		if err := db.dialect.Prepare(ctx, tx.q.(*sql.Tx)); err != nil {
			return db.fail(ctx, err)
		}
		version, err := db.version(ctx, tx) // another process may have been faster
		if err != nil {
			return err
		}
		for _, step := range migrations[version:] {
			version++
			for _, statement := range step {
				if _, err := tx.exec(ctx, statement); err != nil {
					return err
				}
			}
			if _, err := tx.exec(ctx, `INSERT INTO @schema (version) VALUES ($1)`, version); err != nil {
				return err
			}
		}
		return nil
	})
}

// version returns the version of the schema: 0 if there is none.
func (db *DB) version(ctx context.Context, s session) (int, error) {
	var tables, version int
	if _, err := s.get(ctx, db.dialect.Table, []any{"schema"}, &tables); err != nil || tables == 0 {
		return 0, err
	}
	if _, err := s.get(ctx, `SELECT coalesce(max(version), 0) FROM @schema`, nil, &version); err != nil {
		return 0, err
	}
	if version > len(migrations) {
		return 0, db.wrap(ErrNewer)
	}
	return version, nil
}

// SetUp runs a statement that answers with the setting it leads to, and checks
// that this is want.
func (db *DB) SetUp(ctx context.Context, statement, want string) error {
	var got string
	if _, err := db.writing().get(ctx, statement, nil, &got); err != nil {
		return err
	}
	if got != want {
		return db.wrap(fmt.Errorf("%s gives %q, and not %q", statement, got, want))
	}
	return nil
}
