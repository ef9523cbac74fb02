package main

import (
	"cmp"
	"errors"
	"fmt"
	"go/types"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
)

// check compares the record in dir with today's declarations, and the
// changelog with the record.
func check(out io.Writer, dir, changelog string, moduleDirs []string) error {
	recorded, err := readBaseline(dir)
	if err != nil {
		return err
	}
	now, modules, err := today(moduleDirs)
	if err != nil {
		return err
	}
	if !maps.Equal(recorded, now) {
		for _, name := range changed(recorded, now) {
			fmt.Fprintln(out, "differs:", name)
		}
		if err := report(out, recorded, now, modules); err != nil {
			fmt.Fprintln(out, "apidiff cannot compare:", err)
		}
		return fmt.Errorf("the exported declarations changed; if that is meant, run make api, say in %s what users can do or must edit, and set its mark to %s", changelog, now.mark())
	}
	text, err := os.ReadFile(changelog)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), now.mark()) {
		return fmt.Errorf("%s does not speak of the declarations that are recorded in %s; say what users can do or must edit, and set its mark to %s", changelog, dir, now.mark())
	}
	return nil
}

// changed lists the files in which a and b differ.
func changed(a, b baseline) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	maps.DeleteFunc(all, func(name, _ string) bool { return a[name] == b[name] }) // no recorded file is empty
	return slices.Sorted(maps.Keys(all))
}

// report prints, for each module, what apidiff says of the changes.
func report(out io.Writer, recorded, now baseline, modules []*module) error {
	var problems []error
	for _, m := range modules {
		before, err := stubsOf(m, modules, recorded)
		problems = append(problems, err)
		after, err := stubsOf(m, modules, now)
		problems = append(problems, err)
		r := apidiff.ModuleChanges(before, after)
		if len(r.Changes) > 0 {
			fmt.Fprintln(out, m.path)
			if err := r.Text(out); err != nil {
				return err
			}
		}
	}
	return errors.Join(problems...)
}

// stubsOf returns the recorded packages of module m, type-checked.
func stubsOf(m *module, modules []*module, b baseline) (*apidiff.Module, error) {
	s := newStubs(b, m)
	var pkgs []*types.Package
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(b)) {
		path := pkgPath(name)
		if home(path, modules) != m {
			continue
		}
		p, err := s.Import(path)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		pkgs = append(pkgs, p)
	}
	return &apidiff.Module{Path: m.path, Packages: pkgs}, errors.Join(problems...)
}

// home is the module that a package belongs to: the one with the longest path
// that leads to it.
func home(path string, modules []*module) *module {
	above := slices.Clone(modules)
	above = slices.DeleteFunc(above, func(m *module) bool { return path != m.path && !strings.HasPrefix(path, m.path+"/") })
	return slices.MaxFunc(above, func(a, b *module) int { return cmp.Compare(len(a.path), len(b.path)) })
}
