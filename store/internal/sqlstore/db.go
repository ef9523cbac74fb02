package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cspkit/cspkit/internal/pause"
	"github.com/cspkit/cspkit/store/seal"
)

// Dialect is what differs between databases.
type Dialect struct {
	Package string // in front of errors
	Prefix  string // in front of each table's name, such as cspkit_
	// The types of columns. Text compares byte by byte.
	Text, Int, Bytes string
	Now              string // an expression: milliseconds since 1970 by the database's clock
	Elements         string // a query: the elements of the JSON array $1
	Table            string // a query: how many of our tables are called $1
	// Prepare is the first in the transaction that changes the schema. It keeps
	// other processes out until that ends.
	Prepare func(ctx context.Context, tx *sql.Tx) error
	// Busy reports an error that means that others were in the way, and that
	// nothing was done. The call is repeated for as long as Wait says.
	Busy func(error) bool
	Wait time.Duration
	// Explain says why the database refused something, and what to do, without
	// anything that was in the statement. Empty if it does not know.
	Explain func(error) string
}

// DB is a database with the tables of this package.
type DB struct {
	name        string // where it is, for errors: without user and password
	read, write *sql.DB
	dialect     Dialect
	replace     *strings.Replacer
	sealer      seal.Sealer // nil: records are kept as they are
	closed      atomic.Bool
}

// New returns a DB over two pools, which may be one. name is in every error.
// The caller calls [DB.Migrate] next.
func New(name string, read, write *sql.DB, d Dialect, sealer seal.Sealer) *DB {
	return &DB{
		name: name, read: read, write: write, dialect: d, sealer: sealer,
		replace: strings.NewReplacer("@", d.Prefix, "{text}", d.Text, "{int}", d.Int, "{bytes}", d.Bytes, "{now}", d.Now, "{elements}", d.Elements),
	}
}

// Close ends all connections.
func (db *DB) Close() error {
	db.closed.Store(true)
	err := db.read.Close()
	if db.write != db.read {
		if w := db.write.Close(); err == nil {
			err = w
		}
	}
	return db.fail(context.Background(), err)
}

// Patience is how long one statement or transaction may take in all, so that a
// caller without a deadline of its own is not held by a connection that is dead.
const Patience = time.Minute

// querier is a pool or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// session runs statements, whose errors it explains. In a statement, @ stands
// in front of our tables' names, and words in braces for those of the dialect.
type session struct {
	db *DB
	q  querier
}

func (db *DB) reading() session { return session{db, db.read} }
func (db *DB) writing() session { return session{db, db.write} }

// exec returns how many rows a statement changed.
func (s session) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	var n int64
	err := s.db.patiently(ctx, func(ctx context.Context) error {
		result, err := s.q.ExecContext(ctx, s.db.replace.Replace(statement), args...)
		if err == nil {
			n, err = result.RowsAffected()
		}
		return err
	})
	return n, err
}

// get scans the first row of a query, and returns whether there is one.
func (s session) get(ctx context.Context, query string, args []any, dest ...any) (found bool, err error) {
	err = s.each(ctx, query, args, func(rows *sql.Rows) error {
		if found {
			return nil
		}
		found = true
		return rows.Scan(dest...)
	})
	return found, err
}

// list returns the rows of a query that has one column of text.
func (s session) list(ctx context.Context, query string, args ...any) ([]string, error) {
	var all []string
	err := s.each(ctx, query, args, func(rows *sql.Rows) error {
		var value string
		err := rows.Scan(&value)
		all = append(all, value)
		return err
	})
	return all, err
}

// each reads the rows of a query to the end, so that no connection is held
// while somebody works on what was read.
func (s session) each(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	return s.db.patiently(ctx, func(ctx context.Context) error {
		rows, err := s.q.QueryContext(ctx, s.db.replace.Replace(query), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := scan(rows); err != nil {
				return s.db.fail(ctx, err) // explained here, so that no row is scanned twice
			}
		}
		return s.db.fail(ctx, rows.Err())
	})
}

// patiently makes a call to the database, again while others are in the way.
func (db *DB) patiently(ctx context.Context, call func(context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	deadline := time.Now().Add(db.dialect.Wait)
	for {
		err := call(bounded)
		_, explained := errors.AsType[*failure](err)
		if err == nil || explained || !db.dialect.Busy(err) || time.Now().After(deadline) || pause.For(bounded, 5*time.Millisecond) != nil {
			return db.fail(ctx, err)
		}
	}
}

// atomically does all of f or nothing. While f goes on, a caller who gives up
// has changed nothing; from the commit on, what f did is done.
func (db *DB) atomically(ctx context.Context, f func(ctx context.Context, tx session) error) error {
	// database/sql ends a transaction with the context of its beginning, also in
	// the middle of the commit: then nobody could say whether it took place. So
	// that context is the caller's only until the transaction has begun.
	life, end := context.WithTimeout(context.WithoutCancel(ctx), Patience)
	defer end()
	attached := context.AfterFunc(ctx, end)
	var tx *sql.Tx
	err := db.patiently(ctx, func(context.Context) (err error) {
		tx, err = db.write.BeginTx(life, nil)
		return err
	})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it does nothing
	if !attached() {
		return db.fail(ctx, ctx.Err())
	}
	if err := f(ctx, session{db, tx}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return db.fail(ctx, err)
	}
	return db.fail(ctx, tx.Commit())
}
