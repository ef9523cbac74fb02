package sqlite_test

import (
	"strings"
	"testing"

	"github.com/cspkit/cspkit/customers"
)

func TestADirectoryTakesNamesLiterally(t *testing.T) {
	path := file(t)
	store, own := open(t, path), other(t, path)
	for _, name := range []string{"customers", "Select", "two words", `a"b`, "a;b", "a--b", "ä", `" OR 1=1 --`} {
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		do(t, own, `CREATE TABLE `+quoted+` (`+quoted+` TEXT, note TEXT)`)
		do(t, own, `INSERT INTO `+quoted+` VALUES ($1, 'first'), ($1, 'twice'), ($2, 'other'), (NULL, 'nobody')`, strings.ToUpper(string(contoso)), fabrikam)
		d, err := store.Directory(t.Context(), name, name)
		if err != nil {
			t.Errorf("Directory(%q): %v", name, err)
			continue
		}
		if err := d.Delete(t.Context(), contoso, "request"); err != nil {
			t.Errorf("%q: Delete: %v", name, err)
		}
		for id, want := range map[customers.TenantID]bool{contoso: false, fabrikam: true} {
			if has, err := d.Has(t.Context(), id); has != want || err != nil {
				t.Errorf("%q: Has(%s) = %t, %v, want %t", name, id, has, err, want)
			}
		}
		var left int
		if err := own.QueryRowContext(t.Context(), `SELECT count(*) FROM `+quoted).Scan(&left); err != nil || left != 2 {
			t.Errorf("%q: %d rows are left, %v, want those of others", name, left, err)
		}
	}
}

func TestADirectoryMustExist(t *testing.T) {
	path := file(t)
	store, own := open(t, path), other(t, path)
	do(t, own, `CREATE TABLE customers (tenant TEXT)`)
	for _, tt := range []struct{ table, column, want string }{
		{"missing", "tenant", "no such table or column"},
		// SQLite would take this for the text "missing", and nobody would have a record.
		{"customers", "missing", "no such table or column"},
		{"other.customers", "tenant", "no such table or column"},
		{"", "tenant", "not a name"},
		{"customers", "", "not a name"},
		{"customers", "a\x00b", "not a name"},
		{"@customers", "tenant", "not a name"},
		{"main.", "tenant", "not a name"},
		{"customers", strings.Repeat("x", 64), "not a name"},
	} {
		_, err := store.Directory(t.Context(), tt.table, tt.column)
		explained(t, "Directory("+tt.table+", "+tt.column+")", err, path, tt.want)
	}
	if _, err := store.Directory(t.Context(), "main.customers", "tenant"); err != nil {
		t.Errorf("Directory of a table with its schema: %v", err)
	}
}

func TestADirectoryKeepsToForeignKeys(t *testing.T) {
	path := file(t)
	store, own := open(t, path), other(t, path)
	do(t, own, `CREATE TABLE customers (tenant TEXT PRIMARY KEY)`)
	do(t, own, `CREATE TABLE invoices (tenant TEXT REFERENCES customers)`)
	do(t, own, `INSERT INTO customers VALUES ($1)`, contoso)
	do(t, own, `INSERT INTO invoices VALUES ($1)`, contoso)
	d, err := store.Directory(t.Context(), "customers", "tenant")
	if err != nil {
		t.Fatal(err)
	}
	explained(t, "Delete", d.Delete(t.Context(), contoso, "request"), path, "a foreign key refuses it")
	if has, err := d.Has(t.Context(), contoso); !has || err != nil {
		t.Errorf("Has = %t, %v after a refused deletion, want true", has, err)
	}
	do(t, own, `CREATE TRIGGER keep BEFORE DELETE ON customers BEGIN SELECT RAISE(ABORT, 'Ada Lovelace still owes'); END`)
	err = d.Delete(t.Context(), contoso, "request")
	explained(t, "Delete", err, path, "a constraint or a trigger refuses it")
	if strings.Contains(err.Error(), "Ada") {
		t.Errorf("the error repeats what a trigger said: %v", err)
	}
}
