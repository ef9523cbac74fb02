// Command api writes the exported declarations of packages to text files, one
// file a package, one declaration a line, so that a change of the public
// surface shows in a review as a changed line.
//
//	api OUT MODULE-DIR...
//
// Internal packages and programs are left out: nobody can import them. So is
// mocks: it is generated from interfaces that are written down here themselves,
// and a test fixes the names of its doubles. docs holds the tests of the guides only.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

const root = "github.com/cspkit/cspkit"

func main() {
	log.SetFlags(0)
	log.SetPrefix("api: ")
	if len(os.Args) < 3 {
		log.Fatal("usage: api OUT MODULE-DIR...")
	}
	for _, module := range os.Args[2:] {
		if err := write(os.Args[1], module); err != nil {
			log.Fatal(err)
		}
	}
}

// write describes the public packages of one module in files below out.
func write(out, module string) error {
	cfg := &packages.Config{Dir: module, Mode: packages.NeedName | packages.NeedImports | packages.NeedTypes}
	pkgs, err := packages.Load(cfg, "./...")
	if err != nil {
		return err
	}
	if n := packages.PrintErrors(pkgs); n > 0 {
		return fmt.Errorf("%s: %d errors", module, n)
	}
	for _, p := range pkgs {
		if !public(p.Name, p.PkgPath) {
			continue
		}
		file := filepath.Join(out, fileName(p.PkgPath))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		text := strings.Join(describe(p.Types), "\n") + "\n"
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// public reports whether a package has declarations to record.
func public(name, pkgPath string) bool {
	return name != "main" && pkgPath != root+"/mocks" && pkgPath != root+"/docs" && !strings.Contains(pkgPath+"/", "/internal/")
}

// fileName returns "store/storetest.txt" for the package of that folder, and
// "cspkit.txt" for the root package.
func fileName(pkgPath string) string {
	if pkgPath == root {
		return "cspkit.txt"
	}
	return strings.TrimPrefix(pkgPath, root+"/") + ".txt"
}
