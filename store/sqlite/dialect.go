package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/cspkit/cspkit/store/internal/sqlstore"
)

var dialect = sqlstore.Dialect{
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
	Explain: explain,
}

// explain says why SQLite refused something. Its own texts are left out where
// they may hold what was stored: those of constraints and triggers.
//
// Source: https://www.sqlite.org/rescode.html
func explain(err error) string {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return ""
	}
	switch e.Code() {
	case sqlite3.SQLITE_READONLY_DBMOVED:
		return "the file was moved or removed while it was open: put it back, and open it again"
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return "a foreign key refuses it: other rows refer to the record"
	}
	switch e.Code() & 0xff {
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
		return fmt.Sprintf("the disk failed (SQLite code %d)", e.Code())
	case sqlite3.SQLITE_CONSTRAINT:
		return fmt.Sprintf("a constraint or a trigger refuses it (SQLite code %d)", e.Code())
	case sqlite3.SQLITE_ERROR:
		if strings.Contains(e.Error(), "no such") {
			return "there is no such table or column"
		}
	}
	return fmt.Sprintf("SQLite code %d", e.Code())
}
