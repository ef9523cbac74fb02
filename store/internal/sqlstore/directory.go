package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

// Directory is an [offboard.Directory] over a table of the partner's own.
type Directory struct {
	db       *DB
	has, del string
}

var _ offboard.Directory = Directory{}

// Directory returns the directory in table, which may name a schema in front
// of a dot. It asks the database whether there is such a table with the column.
func (db *DB) Directory(ctx context.Context, table, column string) (Directory, error) {
	from, err := quoted(strings.SplitN(table, ".", 2)...)
	if err != nil {
		return Directory{}, db.wrap(fmt.Errorf("the table of the directory: %w", err))
	}
	of, err := quoted(column)
	if err != nil {
		return Directory{}, db.wrap(fmt.Errorf("the column of the directory: %w", err))
	}
	// With its table in front: SQLite takes a lone name in double quotes for a
	// text if there is no such column, and nobody would have a record.
	// The letter case of ids is the partner's own affair, and so is their type.
	where := fmt.Sprintf(` FROM %s AS record WHERE lower(CAST(record.%s AS TEXT)) = $1`, from, of)
	d := Directory{db, `SELECT count(*)` + where, `DELETE` + where}
	if _, err := d.Has(ctx, ""); err != nil {
		return Directory{}, err
	}
	return d, nil
}

// Has implements [offboard.Directory].
func (d Directory) Has(ctx context.Context, customer customers.TenantID) (bool, error) {
	var n int
	_, err := d.db.reading().get(ctx, d.has, []any{strings.ToLower(string(customer))}, &n)
	return n > 0, err
}

// Delete implements [offboard.Directory].
func (d Directory) Delete(ctx context.Context, customer customers.TenantID, _ string) error {
	_, err := d.db.writing().exec(ctx, d.del, strings.ToLower(string(customer)))
	return err
}

// quoted returns an identifier of one or several parts, which the database
// takes for nothing else.
func quoted(parts ...string) (string, error) {
	var out []string
	for _, part := range parts {
		if part == "" || len(part) > 63 || !utf8.ValidString(part) || strings.ContainsFunc(part, unicode.IsControl) || strings.ContainsAny(part, "@{}") {
			return "", fmt.Errorf("%.80q is not a name: it must have 1 to 63 bytes, and no control characters, @, { or }", part)
		}
		out = append(out, `"`+strings.ReplaceAll(part, `"`, `""`)+`"`)
	}
	return strings.Join(out, "."), nil
}
