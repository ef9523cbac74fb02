package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/store/internal/sqlstore"
	"github.com/cspkit/cspkit/store/seal"
)

var (
	// ErrNewer: a newer version of this library has changed the schema. It is
	// left as it is: update the program.
	ErrNewer = sqlstore.ErrNewer
	// ErrSealed: a record is encrypted, and there is no [WithSealer]. Open the
	// store with the sealer that it was written with.
	ErrSealed = sqlstore.ErrSealed
	// ErrNotSealed: there is a [WithSealer], and a record was stored before
	// there was one. See [Store.Reseal].
	ErrNotSealed = sqlstore.ErrNotSealed
)

// Store is a pool of connections to one database. It is safe for concurrent
// use. Its errors name the server and the database, and hold neither user nor
// password nor anything that is stored.
type Store struct{ db *sqlstore.DB }

// Option changes one default of a [Store].
type Option func(*config) error

type config struct {
	sealer seal.Sealer
	schema string
	conns  int
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

// WithSchema puts the tables into another schema than cspkit. The name is
// taken literally. Stores with different schemas know nothing of each other.
func WithSchema(name string) Option {
	return func(c *config) error {
		if name == "" || len(name) > 63 || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) || strings.ContainsAny(name, "@{}") {
			return fmt.Errorf("%.80q is not the name of a schema: it must have 1 to 63 bytes, and no control characters, @, { or }", name)
		}
		c.schema = name
		return nil
	}
}

// WithMaxConns sets how many connections are open at most. The default is 8;
// calls that find none free wait for one.
func WithMaxConns(n int) Option {
	return func(c *config) error {
		if n < 1 {
			return errors.New("there must be one connection at least")
		}
		c.conns = n
		return nil
	}
}

// Open connects to the database that a URL such as
// postgres://user:password@host:5432/database?sslmode=verify-full names, or
// the same as key=value words. What they leave out comes from the environment
// variables of libpq, such as PGPASSWORD. The error matches [ErrNewer] for a
// schema that a newer version has changed.
func Open(ctx context.Context, url string, opts ...Option) (*Store, error) {
	c := config{schema: "cspkit", conns: 8}
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			return nil, fmt.Errorf("postgres: %w", err)
		}
	}
	conn, err := connection(url)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	db := stdlib.OpenDB(*conn)
	db.SetMaxOpenConns(c.conns)
	db.SetMaxIdleConns(c.conns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(30 * time.Minute) // so that a new primary is found
	s := &Store{sqlstore.New(place(conn), db, db, dialect(c.schema), c.sealer)}
	if err := s.prepare(ctx); err != nil {
		_ = s.db.Close() // the error that counts is the first
		return nil, err
	}
	return s, nil
}

// connection reads a connection string. What is wrong with it is not said in
// detail: pgx quotes it, and with it perhaps the password.
func connection(url string) (*pgx.ConnConfig, error) {
	conn, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the connection string, or a PG* environment variable beside it, is not valid: " +
			"want postgres://user:password@host:5432/database, with special characters in the password percent-encoded")
	}
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = 10 * time.Second
	}
	for name, value := range map[string]string{
		"application_name":                    "cspkit",
		"statement_timeout":                   "30s",
		"lock_timeout":                        "10s",
		"idle_in_transaction_session_timeout": "60s",
		"default_transaction_isolation":       "read committed", // what every statement here is written for
	} {
		if _, set := conn.RuntimeParams[name]; !set {
			conn.RuntimeParams[name] = value
		}
	}
	return conn, nil
}

// place names the database for errors.
func place(conn *pgx.ConnConfig) string {
	host := conn.Host
	if !strings.HasPrefix(host, "/") { // the folder of a socket
		host = net.JoinHostPort(host, strconv.Itoa(int(conn.Port)))
	}
	if conn.Database == "" {
		return host
	}
	return host + "/" + strings.TrimPrefix(conn.Database, "/")
}

// prepare checks what the tables need, and brings them up to date.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.db.SetUp(ctx, `SHOW server_encoding`, "UTF8"); err != nil {
		return err
	}
	return s.db.Migrate(ctx)
}

// Runs returns the store of offboarding runs and their audit trails.
func (s *Store) Runs() offboard.Store { return s.db.Runs() }

// Agreements returns the store of attestations, for an [mca.Desk].
func (s *Store) Agreements() mca.Store { return s.db.Agreements() }

// Tokens returns the store of refresh tokens.
func (s *Store) Tokens() auth.TokenStore { return s.db.Tokens() }

// Directory returns the directory in a table of your own in this database,
// whose column holds tenant ids, as uuid or as text in any letter case. table
// may have a schema and a dot in front. Names are taken literally, so they are
// in lower case unless they were created in double quotes. Deleting a customer
// deletes its rows there, and what refers to them as your schema says.
//
// Ids are compared as text in lower case. In a table of very many customers,
// an index on lower(CAST(column AS TEXT)) makes that fast.
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
// given to a database that had none, and after a new key came first, before the
// old one goes. After an error call it again. Others may use the store meanwhile.
//
// What was there before remains in backups and archived logs, and in the
// tables' unused space until it is vacuumed.
func (s *Store) Reseal(ctx context.Context) (int, error) { return s.db.Reseal(ctx) }

// Close ends all connections. Calls that come later fail.
func (s *Store) Close() error { return s.db.Close() }

// Format implements [fmt.Formatter].
func (s *Store) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "postgres.Store") }
