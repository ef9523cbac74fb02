package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"strings"

	"golang.org/x/tools/go/packages"
)

// module is one module of the tree as it is now.
type module struct {
	path    string
	public  []*types.Package  // that others can import
	exports map[string]string // files of export data by import path, of all that it links
}

func loadModule(dir string) (*module, error) {
	cfg := &packages.Config{Dir: dir, Mode: packages.NeedName | packages.NeedImports | packages.NeedDeps |
		packages.NeedTypes | packages.NeedExportFile | packages.NeedModule | packages.NeedFiles}
	pkgs, err := packages.Load(cfg, "./...")
	if err != nil {
		return nil, err
	}
	if n := packages.PrintErrors(pkgs); n > 0 {
		return nil, fmt.Errorf("%s: %d errors", dir, n)
	}
	m := &module{exports: map[string]string{}}
	for _, p := range pkgs {
		m.path = p.Module.Path
		if len(p.GoFiles) > 0 && public(p.Name, p.PkgPath) { // a folder may hold tests alone
			m.public = append(m.public, p.Types)
		}
	}
	packages.Visit(pkgs, nil, func(p *packages.Package) { m.exports[p.PkgPath] = p.ExportFile })
	return m, nil
}

// public reports whether a package has declarations to record.
func public(name, pkgPath string) bool {
	return name != "main" && pkgPath != root+"/mocks" && !strings.Contains(pkgPath+"/", "/internal/")
}

// stubs type-checks recorded files. What they import is another recorded file
// or, from outside the tree, export data.
type stubs struct {
	recorded baseline
	outside  types.Importer
	fset     *token.FileSet
	done     map[string]*types.Package
}

func newStubs(b baseline, m *module) *stubs {
	fset := token.NewFileSet()
	lookup := func(path string) (io.ReadCloser, error) {
		if m.exports[path] == "" {
			return nil, fmt.Errorf("%s is not imported any more", path)
		}
		return os.Open(m.exports[path])
	}
	return &stubs{b, importer.ForCompiler(fset, "gc", lookup), fset, map[string]*types.Package{}}
}

// Import implements [types.Importer].
func (s *stubs) Import(path string) (*types.Package, error) {
	if p := s.done[path]; p != nil {
		return p, nil
	}
	text, ok := s.recorded[fileName(path)]
	if !ok || (path != root && !strings.HasPrefix(path, root+"/")) {
		return s.outside.Import(path)
	}
	file, err := parser.ParseFile(s.fset, fileName(path), text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var problems []error
	conf := types.Config{Importer: s, IgnoreFuncBodies: true, Error: func(err error) {
		if e, ok := errors.AsType[types.Error](err); !ok || !e.Soft { // soft: a generic function without a body
			problems = append(problems, err)
		}
	}}
	p, _ := conf.Check(path, s.fset, []*ast.File{file}, nil) // its error is among the problems, if it is one
	s.done[path] = p
	return p, errors.Join(problems...)
}
