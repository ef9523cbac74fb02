package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/internal/sqlstore"
	"github.com/cspkit/cspkit/store/seal"
)

var (
	// ErrNewer: a newer version of this library has changed the file. It is
	// left as it is: update the program.
	ErrNewer = sqlstore.ErrNewer
	// ErrSealed: a record is encrypted, and there is no [WithSealer]. Open the
	// store with the sealer that it was written with.
	ErrSealed = sqlstore.ErrSealed
	// ErrNotSealed: there is a [WithSealer], and a record was stored before
	// there was one. See [Store.Reseal].
	ErrNotSealed = sqlstore.ErrNotSealed
)

// Store is an open file. It is safe for concurrent use. Its errors name the
// file, and hold nothing that is stored in it.
type Store struct{ db *sqlstore.DB }

// Option changes one default of a [Store].
type Option func(*config) error

type config struct {
	sealer seal.Sealer
	busy   time.Duration
}

// WithSealer encrypts refresh tokens and the records of attestations, which
// hold acceptance links and personal data of signatories.
func WithSealer(s seal.Sealer) Option {
	return func(c *config) error {
		if s == nil {
			return errors.New("the sealer must not be nil")
		}
		c.sealer = s
		return nil
	}
}

// WithBusyTimeout sets how long a call waits while another process writes. The
// default is 10 s, the most a minute; a write takes milliseconds.
func WithBusyTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d < time.Millisecond || d > sqlstore.Patience {
			return fmt.Errorf("the busy timeout must be between 1ms and %s, not %s", sqlstore.Patience, d)
		}
		c.busy = d
		return nil
	}
}

// Open opens the file at path, and makes it if there is none: with mode 0600,
// in a folder that exists. The mode of a file that exists is left alone. The
// error matches [ErrNewer] for a file that a newer version has changed.
func Open(ctx context.Context, path string, opts ...Option) (*Store, error) {
	c := config{busy: 10 * time.Second}
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			return nil, fmt.Errorf("sqlite: %w", err)
		}
	}
	if path == "" || strings.HasPrefix(path, ":memory:") || strings.HasPrefix(path, "file:") {
		return nil, fmt.Errorf("sqlite: %.80q is not the path of a file: for a store in memory there is offboard.MemoryStore", path)
	}
	if err := create(path); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	write, err := pool(path, 1, "&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("sqlite: %s: %w", path, err)
	}
	read, err := pool(path, 4, "")
	if err != nil {
		return nil, fmt.Errorf("sqlite: %s: %w", path, errors.Join(err, write.Close()))
	}
	s := &Store{sqlstore.New(path, read, write, dialect(c.busy), c.sealer)}
	err = s.db.SetUp(ctx, `PRAGMA journal_mode = WAL`, "wal") // which lasts
	if err == nil {
		err = s.db.Migrate(ctx)
	}
	if err != nil {
		_ = s.db.Close() // the error that counts is the first
		return nil, err
	}
	return s, nil
}

// create makes an empty file that only its owner may read; the two files that
// SQLite puts beside it get the same mode. An empty file is an empty database.
func create(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// pool returns connections to the file: one to write, so that the writers of
// this process queue in order instead of competing, and some to read meanwhile.
func pool(path string, size int, more string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	abs = filepath.ToSlash(abs)
	if !strings.HasPrefix(abs, "/") { // a drive of Windows
		abs = "/" + abs
	}
	// In a URI, since a path may hold a question mark. SQLite waits for a short
	// time only: a call that waits there does not see that its context ended.
	name := (&url.URL{Scheme: "file", Path: abs}).String() +
		"?mode=rw&_pragma=busy_timeout(50)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" + more
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// Runs returns the store of offboarding runs and their audit trails.
func (s *Store) Runs() offboard.Store { return s.db.Runs() }

// Agreements returns the store of attestations, for an [mca.Desk].
func (s *Store) Agreements() mca.Store { return s.db.Agreements() }

// Tokens returns the store of refresh tokens.
func (s *Store) Tokens() auth.TokenStore { return s.db.Tokens() }

// Directory returns the directory in a table of your own in this file, whose
// column holds tenant ids as text, with hyphens and in any letter case. Both
// names are taken literally. Deleting a customer deletes its rows there, and
// what refers to them as your schema says; SQLite enforces foreign keys.
//
// It is an error if there is no such table or column.
func (s *Store) Directory(ctx context.Context, table, column string) (offboard.Directory, error) {
	d, err := s.db.Directory(ctx, table, column)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Reseal encrypts all that [WithSealer] covers anew, also what is not encrypted
// yet, and returns how many records that were. Call it once after a sealer was
// given to a file that had none, and after a new key came first, before the old
// one goes. After an error call it again. Others may use the file meanwhile.
//
// What was there before may remain in parts of the file that are not used any
// more, and in backups: VACUUM clears the former.
func (s *Store) Reseal(ctx context.Context) (int, error) { return s.db.Reseal(ctx) }

// Close ends the use of the file. Calls that come later fail.
func (s *Store) Close() error { return s.db.Close() }

// Format implements [fmt.Formatter].
func (s *Store) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "sqlite.Store") }
