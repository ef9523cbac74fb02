package postgres

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cspkit/cspkit/store/internal/sqlstore"
)

// dialect returns what is special to PostgreSQL, for tables in a schema.
func dialect(schema string) sqlstore.Dialect {
	quoted := `"` + strings.ReplaceAll(schema, `"`, `""`) + `"`
	return sqlstore.Dialect{
		Package: "postgres",
		Prefix:  quoted + ".",
		Text:    `text COLLATE "C"`, // which compares bytes
		Int:     "bigint",
		Bytes:   "bytea",
		// Not now(), which is when the transaction began.
		Now:      "(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
		Elements: "SELECT json_array_elements_text($1::json)",
		Table:    `SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = '` + strings.ReplaceAll(schema, "'", "''") + `' AND tablename = $1`,
		Prepare: func(ctx context.Context, tx *sql.Tx) error {
			hash := fnv.New64a()
			_, _ = io.WriteString(hash, "cspkit/"+schema) // it keeps no error
			if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(hash.Sum64())); err != nil {
				return err
			}
			// CREATE SCHEMA takes a privilege even where there is nothing to create.
			var schemas int
			err := tx.QueryRowContext(ctx, `SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = $1`, schema).Scan(&schemas)
			if err == nil && schemas == 0 {
				_, err = tx.ExecContext(ctx, `CREATE SCHEMA `+quoted)
			}
			return err
		},
		Busy:    func(error) bool { return false }, // the server makes others wait
		Explain: explain,
	}
}

// explain says why the server refused something, or why there is none. Texts
// of the server are left out: they name the user, and may quote what was stored.
//
// Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
func explain(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refused(e)
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the server's certificate is not trusted: " + e.Err.Error()
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return "the server cannot be found: " + e.Error()
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	if e, ok := errors.AsType[*net.OpError](err); ok && connecting {
		return "the server cannot be reached: " + e.Error()
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return "the server does not answer"
	}
	if connecting {
		return "the server cannot be reached, or does not speak TLS as the connection string asks"
	}
	if pgconn.SafeToRetry(err) {
		return "the connection broke before anything was sent: try again"
	}
	return "the connection broke: whether it was done is not known"
}

func refused(e *pgconn.PgError) string {
	switch e.Code {
	case "28P01", "28000":
		return "the server refuses the user or the password"
	case "3D000":
		return "there is no such database: create it"
	case "42501":
		return "the user lacks a privilege: it must own the schema, or be allowed to create it"
	case "25006":
		return "it is read-only: connect to the primary"
	case "42P01", "42703", "3F000":
		return "there is no such table or column"
	case "55P03":
		return "another transaction kept a lock for longer than lock_timeout: try again"
	case "57014":
		return "a statement took longer than statement_timeout: try again"
	case "53300":
		return "the server has no connection left: allow more there, or fewer here"
	case "53100":
		return "the server's disk is full: nothing of this call was saved"
	case "57P01", "57P02", "57P03":
		return "the server stops or starts: try again"
	case "23503":
		return "a foreign key refuses it: other rows refer to the record"
	case "XX001", "XX002":
		return "the database is damaged: restore it from a backup"
	}
	reason := "the server refuses it"
	if strings.HasPrefix(e.Code, "23") && e.ConstraintName != "" {
		reason = "a constraint refuses it"
	}
	return fmt.Sprintf("%s (SQLSTATE %s)", reason, e.Code)
}
