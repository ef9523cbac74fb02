// Command api keeps a record of what the modules of this tree export, and
// compares it with what they export now.
//
//	api record API-DIR MODULE-DIR...
//	api check API-DIR CHANGELOG MODULE-DIR...
//
// The record is one Go file without bodies for each package, so that a change
// shows in a review, and so that apidiff can say whether it breaks a user's
// program. Checking fails as long as the record is not that of today, and as
// long as the changelog does not carry the record's mark: whoever changes the
// exported declarations has to open it, and to tell users.
//
// Internal packages and programs are left out: nobody can import them. So is
// mocks: it is generated from interfaces that are written down here themselves,
// and a test fixes the names of its doubles. docs holds the tests of the guides only.
package main

import (
	"fmt"
	"io"
	"log"
	"os"
)

const root = "github.com/cspkit/cspkit"

func main() {
	log.SetFlags(0)
	log.SetPrefix("api: ")
	if len(os.Args) > 3 && os.Args[1] == "record" {
		if err := record(os.Stdout, os.Args[2], os.Args[3:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	if len(os.Args) > 4 && os.Args[1] == "check" {
		if err := check(os.Stdout, os.Args[2], os.Args[3], os.Args[4:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	log.Fatal("usage: api record API-DIR MODULE-DIR... | api check API-DIR CHANGELOG MODULE-DIR...")
}

func record(out io.Writer, dir string, modules []string) error {
	now, _, err := today(modules)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "the mark of CHANGELOG.md, after you have told users there: %s\n", now.mark())
	return now.write(dir)
}

// today returns what the modules export now.
func today(dirs []string) (baseline, []*module, error) {
	now := baseline{}
	var modules []*module
	for _, dir := range dirs {
		m, err := loadModule(dir)
		if err != nil {
			return nil, nil, err
		}
		modules = append(modules, m)
		for _, p := range m.public {
			text, err := stub(p)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", p.Path(), err)
			}
			now[fileName(p.Path())] = string(text)
		}
	}
	return now, modules, nil
}
