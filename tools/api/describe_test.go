package main

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

const source = `package shop

import "io"

type ID string

const Open ID = "open"

var ErrGone, hidden error

type Base struct{ note string }

func (b *Base) Note() string { return b.note }

type Page[T any] struct {
	Base
	io.Reader
	Items []T
	next  string
}

func (p Page[T]) Len() int { return len(p.Items) }

func (p *Page[T]) grow() {}

type Store interface {
	Load(id ID) (*Base, error)
	seal()
}

type Number interface{ ~int | ~float64 }

type Old = ID

func All[T any](ids ...ID) func(yield func(*T, error) bool) { return nil }

func helper() {}
`

const want = `package shop
func All[T any](ids ...ID) func(yield func(*T, error) bool)
type Base struct
	method *Note() string
var ErrGone error
type ID string
type Number interface of ~int | ~float64
type Old = ID
const Open ID = "open"
type Page[T any] struct
	field embedded Base Base
	field embedded Reader io.Reader
	field Items []T
	method Len() int
	method *Note() string
	method Read(p []byte) (n int, err error)
type Store interface
	method Load(id ID) (*Base, error)
	unexported methods`

func TestDescribe(t *testing.T) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "shop.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	pkg, err := conf.Check("shop", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(describe(pkg), "\n"); got != want {
		t.Errorf("describe() =\n%s\nwant\n%s", got, want)
	}
}

func TestFileName(t *testing.T) {
	for path, want := range map[string]string{
		root:                      "cspkit.txt",
		root + "/offboard":        "offboard.txt",
		root + "/store/storetest": "store/storetest.txt",
	} {
		if got := fileName(path); got != want {
			t.Errorf("fileName(%q) = %q, want %q", path, got, want)
		}
	}
}
