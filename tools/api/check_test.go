package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const before = `package shop

import "io"

type ID string

const Open ID = "open"

const Third = 1.0 / 3

var ErrGone, hidden error

type Base struct{ note string }

func (b *Base) Note() string { return "" }

type Page[T any] struct {
	Base
	io.Reader
	Items []T ` + "`json:\"items\"`" + `
	next  func()
}

func (p Page[T]) Len() int { return 0 }

func (p *Page[T]) grow() {}

type Store interface {
	Load(id ID) (*Base, error)
	seal()
}

type Number interface{ ~int | ~float64 }

type Old = ID

type config struct {
	ids  []ID
	more *detail
}

type detail struct{}

type Option func(*config) error

func All[T any](ids ...ID) func(yield func(*T, error) bool) { return nil }

func Find() (_ *Base, err error) { return nil, nil }

func helper() {}
`

const recorded = `// Recorded by make api.

package shop

import (
	"io"
)

func All[T any](ids ...ID) func(yield func(*T, error) bool)

type Base struct {
	_ struct{} // unexported
}

func (*Base) Note() string

var ErrGone error

func Find() (_ *Base, err error)

type ID string

type Number interface {
	~int | ~float64
}

type Old = ID

const Open ID = "open"

type Option func(*config) error

type Page[T any] struct {
	Base
	io.Reader
	Items []T
	_     [0]func() // unexported, and cannot be compared
}

func (Page[T]) Len() int

type Store interface {
	Load(id ID) (*Base, error)
	seal()
}

const Third = 1.0 / 3.0

type config struct {
	_ [0]func() // unexported, and cannot be compared
}
`

// newModule writes a module with one package, and returns its folder.
func newModule(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	save(t, filepath.Join(dir, "go.mod"), "module "+root+"\n\ngo 1.26.0\n")
	if err := os.Mkdir(filepath.Join(dir, "shop"), 0o777); err != nil {
		t.Fatal(err)
	}
	save(t, filepath.Join(dir, "shop", "shop.go"), source)
	return dir
}

func save(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestRecord(t *testing.T) {
	api := filepath.Join(t.TempDir(), "api")
	if err := record(t.Output(), api, []string{newModule(t, before)}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(api, "shop.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != recorded {
		t.Errorf("recorded\n%s\nwant\n%s", got, recorded)
	}
}

func TestCheck(t *testing.T) {
	again := strings.NewReplacer
	tests := []struct {
		name   string
		change *strings.Replacer
		want   []string // in what is printed; nothing: it passes
	}{
		{"nothing", again(), nil},
		{"what nobody can see", again("func helper() {}", "func helper(int) {}", "more *detail", "more int"), nil},
		{"a new function", again("func helper() {}", "func Helper() {}"), []string{"Compatible changes:", "Helper: added"}},
		{"a lost function", again("func Find(", "func find("), []string{"Incompatible changes:", "Find: removed"}},
		{"another parameter", again("Load(id ID)", "Load(id ID, n int)"), []string{"Incompatible changes:", "Store.Load: changed"}},
		{"another value", again(`"open"`, `"opened"`), []string{"Incompatible changes:", "Open: value changed"}},
		{"comparable no more", again("note string", "note []string"), []string{"Incompatible changes:", "Base: old is comparable, new is not"}},
		{"another field", again("Items []T", "Goods []T"), []string{"Page.Items: removed", "Page.Goods: added"}},
		{"another name of a parameter", again("ids ...ID", "which ...ID"), []string{"differs: shop.txt"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newModule(t, before)
			api, changelog := filepath.Join(t.TempDir(), "api"), filepath.Join(t.TempDir(), "CHANGELOG.md")
			if err := record(t.Output(), api, []string{dir}); err != nil {
				t.Fatal(err)
			}
			b, err := readBaseline(api)
			if err != nil {
				t.Fatal(err)
			}
			save(t, changelog, "# Changelog\n\n"+b.mark()+"\n")
			save(t, filepath.Join(dir, "shop", "shop.go"), tt.change.Replace(before))

			var out strings.Builder
			err = check(&out, api, changelog, []string{dir})
			if (err != nil) != (tt.want != nil) {
				t.Fatalf("check() error = %v, printed\n%s", err, &out)
			}
			if err != nil && !strings.Contains(err.Error(), "the exported declarations changed") {
				t.Errorf("check() error = %v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("check() printed\n%s\nwithout %q", &out, want)
				}
			}
		})
	}
}

// A new record alone is not enough: users read the changelog.
func TestCheckWantsTheChangelog(t *testing.T) {
	dir := newModule(t, before)
	api, changelog := filepath.Join(t.TempDir(), "api"), filepath.Join(t.TempDir(), "CHANGELOG.md")
	if err := record(t.Output(), api, []string{dir}); err != nil {
		t.Fatal(err)
	}
	save(t, changelog, "# Changelog\n\n<!-- api 000000000000 -->\n")
	err := check(t.Output(), api, changelog, []string{dir})
	if err == nil || !strings.Contains(err.Error(), "set its mark to <!-- api ") {
		t.Errorf("check() error = %v", err)
	}
}

func TestNames(t *testing.T) {
	for path, want := range map[string]string{
		root:                      "cspkit.txt",
		root + "/offboard":        "offboard.txt",
		root + "/store/storetest": "store/storetest.txt",
	} {
		if got := fileName(path); got != want {
			t.Errorf("fileName(%q) = %q, want %q", path, got, want)
		}
		if got := pkgPath(want); got != path {
			t.Errorf("pkgPath(%q) = %q, want %q", want, got, path)
		}
	}
}
