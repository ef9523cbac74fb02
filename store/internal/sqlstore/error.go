package sqlstore

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrNewer: a newer version of the library has changed the database.
	ErrNewer = errors.New("the database is newer than this version of cspkit: update cspkit")
	// ErrSealed: a record is encrypted, and the store was opened without a sealer.
	ErrSealed = errors.New("a record is encrypted: open the store with its sealer")
	// ErrNotSealed: the store was opened with a sealer, and a record is not encrypted.
	ErrNotSealed = errors.New("a record is not encrypted: Reseal encrypts what was stored before")
	// errDamaged: a row does not hold what was stored in it.
	errDamaged = errors.New("a record is damaged: restore the database from a backup")
)

// failure is an error of the database. Its text names the database and holds
// nothing that was stored; the driver's error is behind it.
type failure struct {
	text string
	err  error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.err }

// fail explains an error. ctx is the caller's: if that has ended, it is why.
func (db *DB) fail(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	reason := ""
	switch f, known := errors.AsType[*failure](err); {
	case known:
		return f
	case ctx.Err() != nil:
		err = ctx.Err()
		reason = err.Error()
	case db.closed.Load():
		reason = "the store is closed"
	case errors.Is(err, context.DeadlineExceeded):
		reason = fmt.Sprintf("no answer within %s: whether it was done is not known", Patience)
	default:
		if reason = db.dialect.Explain(err); reason == "" {
			reason = fmt.Sprintf("the database failed (%T)", err)
		}
	}
	return &failure{fmt.Sprintf("%s: %s: %s", db.dialect.Package, db.name, reason), err}
}

// wrap adds where the database is to an error of this package.
func (db *DB) wrap(err error) error {
	return fmt.Errorf("%s: %s: %w", db.dialect.Package, db.name, err)
}
