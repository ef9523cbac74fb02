package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/cspkit/cspkit/store/internal/sqlstore"
)

// dialect returns what is special to SQLite, for calls that wait that long.
func dialect(wait time.Duration) sqlstore.Dialect {
	return sqlstore.Dialect{
		Package:  "sqlite",
		Prefix:   "cspkit_",
		Text:     "TEXT", // its default collation compares bytes
		Int:      "INTEGER",
		Bytes:    "BLOB",
		Now:      "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
		Elements: "SELECT value FROM json_each($1)",
		Table:    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'cspkit_' || $1",
		// A transaction of the writing pool keeps other writers out by itself.
		Prepare: func(context.Context, *sql.Tx) error { return nil },
		Busy:    func(err error) bool { return code(err)&0xff == sqlite3.SQLITE_BUSY },
		Wait:    wait,
		Explain: explain,
	}
}

// code is that of an error of SQLite, or 0.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

// explain says why SQLite refused something. Its own texts are left out where
// they may hold what was stored: those of constraints and triggers.
//
// Source: https://www.sqlite.org/rescode.html
func explain(err error) string {
	code := code(err)
	if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY {
		return "a foreign key refuses it: other rows refer to the record"
	}
	switch code & 0xff {
	case 0:
		return ""
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "another process kept it locked for longer than the busy timeout: try again"
	case sqlite3.SQLITE_READONLY:
		return "it cannot be written: this user needs write access to the file and to its folder"
	case sqlite3.SQLITE_CANTOPEN:
		return "it cannot be opened: the folder must exist, and this user needs access to the file and to its folder"
	case sqlite3.SQLITE_NOTADB:
		return "it is not a SQLite database: it was left as it is"
	case sqlite3.SQLITE_CORRUPT:
		return "the file is damaged: restore it from a backup"
	case sqlite3.SQLITE_FULL:
		return "the disk is full: nothing of this call was saved"
	case sqlite3.SQLITE_IOERR:
		return fmt.Sprintf("the disk failed (SQLite code %d)", code)
	case sqlite3.SQLITE_CONSTRAINT:
		return fmt.Sprintf("a constraint or a trigger refuses it (SQLite code %d)", code)
	case sqlite3.SQLITE_ERROR:
		if strings.Contains(err.Error(), "no such") {
			return "there is no such table or column"
		}
	}
	return fmt.Sprintf("SQLite code %d", code)
}
