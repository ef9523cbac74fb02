package mocks_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/mocks"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/store/seal"
	"github.com/cspkit/cspkit/webhooks"
)

// doubles has the double of each interface. One that is missing here, or whose
// interface is gone, fails the tests below.
var doubles = map[reflect.Type]reflect.Type{
	reflect.TypeFor[auth.Invalidator]():            reflect.TypeFor[*mocks.AuthInvalidator](),
	reflect.TypeFor[auth.Redactor]():               reflect.TypeFor[*mocks.AuthRedactor](),
	reflect.TypeFor[auth.TokenSource]():            reflect.TypeFor[*mocks.AuthTokenSource](),
	reflect.TypeFor[auth.TokenStore]():             reflect.TypeFor[*mocks.AuthTokenStore](),
	reflect.TypeFor[mca.Observer]():                reflect.TypeFor[*mocks.MCAObserver](),
	reflect.TypeFor[mca.Partner]():                 reflect.TypeFor[*mocks.MCAPartner](),
	reflect.TypeFor[mca.Sender]():                  reflect.TypeFor[*mocks.MCASender](),
	reflect.TypeFor[mca.Store]():                   reflect.TypeFor[*mocks.MCAStore](),
	reflect.TypeFor[offboard.Directory]():          reflect.TypeFor[*mocks.OffboardDirectory](),
	reflect.TypeFor[offboard.Notifier]():           reflect.TypeFor[*mocks.OffboardNotifier](),
	reflect.TypeFor[offboard.Observer]():           reflect.TypeFor[*mocks.OffboardObserver](),
	reflect.TypeFor[offboard.Partner]():            reflect.TypeFor[*mocks.OffboardPartner](),
	reflect.TypeFor[offboard.Recorder]():           reflect.TypeFor[*mocks.OffboardRecorder](),
	reflect.TypeFor[offboard.Store]():              reflect.TypeFor[*mocks.OffboardStore](),
	reflect.TypeFor[partnercenter.Observer]():      reflect.TypeFor[*mocks.PartnerCenterObserver](),
	reflect.TypeFor[partnercenter.StartObserver](): reflect.TypeFor[*mocks.PartnerCenterStartObserver](),
	reflect.TypeFor[partnercenter.RateBudget]():    reflect.TypeFor[*mocks.PartnerCenterRateBudget](),
	reflect.TypeFor[seal.Sealer]():                 reflect.TypeFor[*mocks.SealSealer](),
	reflect.TypeFor[webhooks.Seen]():               reflect.TypeFor[*mocks.WebhooksSeen](),
}

func TestEachDoubleSatisfiesItsInterface(t *testing.T) {
	for iface, double := range doubles {
		if !double.Implements(iface) {
			t.Errorf("%v does not satisfy %v: run go generate", double, iface)
		}
		// Go has no names in mixed case for packages, and doubles have.
		name := path.Base(iface.PkgPath()) + iface.Name()
		if !strings.EqualFold(double.Elem().Name(), name) {
			t.Errorf("the double of %v is named %s: a double is named after its package and its interface", iface, double.Elem().Name())
		}
	}
}

func TestEveryExportedInterfaceOfTheCoreHasADouble(t *testing.T) {
	have := map[string]bool{}
	for iface := range doubles {
		have[path.Base(iface.PkgPath())+"."+iface.Name()] = true
	}
	want := map[string]bool{}
	for _, file := range sources(t) {
		if strings.Contains("/"+file.name, "/internal/") {
			continue // nobody can plug into it
		}
		for name := range interfaces(file.syntax) {
			want[file.syntax.Name.Name+"."+name] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(have))); diff != "" {
		t.Errorf("exported interfaces (-) and those with a double (+) differ: add to generate.go and to doubles\n%s", diff)
	}
}

// A program that does not import this package must not link gomock.
func TestNoOtherPackageOfTheCoreImportsGomock(t *testing.T) {
	users := 0
	for _, file := range sources(t) {
		for _, spec := range file.syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(imported, "go.uber.org/mock") && imported != "github.com/cspkit/cspkit/mocks" {
				continue
			}
			if users++; path.Dir(file.name) != "mocks" {
				t.Errorf("%s imports %s", file.name, imported)
			}
		}
	}
	if users == 0 {
		t.Error("not even the doubles import gomock: the test looks in the wrong place")
	}
}

// source is a file of the core, named from the root of the module.
type source struct {
	name   string
	syntax *ast.File
}

// sources parses the files of the core, without its tests.
func sources(t *testing.T) []source {
	t.Helper()
	var files []source
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, nested := fs.Stat(root, path.Join(name, "go.mod"))
			switch base := d.Name(); {
			case name == ".":
				return nil
			case nested == nil, base == "testdata", strings.HasPrefix(base, "."):
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", filepath.FromSlash(name)), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, source{name, syntax})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// interfaces returns the exported interface types that a file declares.
func interfaces(file *ast.File) map[string]bool {
	names := map[string]bool{}
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			if spec, ok := spec.(*ast.TypeSpec); ok && spec.Name.IsExported() {
				if _, is := spec.Type.(*ast.InterfaceType); is {
					names[spec.Name.Name] = true
				}
			}
		}
	}
	return names
}
