// Command imports checks that the packages of the given modules import each
// other in one direction only, the one of the list in rules.go.
//
//	imports MODULE-DIR...
package main

import (
	"fmt"
	"log"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

const root = "github.com/cspkit/cspkit"

func main() {
	log.SetFlags(0)
	log.SetPrefix("imports: ")
	failed := false
	for _, module := range os.Args[1:] {
		cfg := &packages.Config{Dir: module, Mode: packages.NeedName | packages.NeedImports}
		pkgs, err := packages.Load(cfg, "./...")
		if err != nil {
			log.Fatal(err)
		}
		for _, p := range pkgs {
			for _, problem := range check(folder(p.PkgPath), ours(p.Imports)) {
				fmt.Println(problem)
				failed = true
			}
		}
	}
	if failed {
		os.Exit(1)
	}
}

// ours returns the folders of those imports that belong to this repository.
func ours(imports map[string]*packages.Package) []string {
	var folders []string
	for path := range imports {
		if path == root || strings.HasPrefix(path, root+"/") {
			folders = append(folders, folder(path))
		}
	}
	slices.Sort(folders)
	return folders
}

// folder returns a package's place in the repository, "." for the root package.
func folder(pkgPath string) string {
	if pkgPath == root {
		return "."
	}
	return strings.TrimPrefix(pkgPath, root+"/")
}
