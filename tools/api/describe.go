package main

import (
	"cmp"
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// describe returns the exported declarations of pkg, sorted by name; a type is
// followed by its fields and methods, also those it has by embedding. Comments,
// struct tags and values of variables are no part of it.
func describe(pkg *types.Package) []string {
	lines := []string{"package " + pkg.Name()}
	for _, name := range pkg.Scope().Names() { // sorted
		obj := pkg.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		d := describer{pkg: pkg}
		switch obj := obj.(type) {
		case *types.Const:
			d.addf("const %s %s = %s", name, d.typ(obj.Type()), obj.Val().ExactString())
		case *types.TypeName:
			d.typeName(obj)
		default: // a variable or a function
			d.addf("%s", types.ObjectString(obj, d.qualifier))
		}
		lines = append(lines, d.lines...)
	}
	return lines
}

type describer struct {
	pkg   *types.Package
	lines []string
}

func (d *describer) addf(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// qualifier names other packages as a source file would, and pkg not at all.
func (d *describer) qualifier(p *types.Package) string {
	if p == d.pkg {
		return ""
	}
	return p.Name()
}

func (d *describer) typ(t types.Type) string { return types.TypeString(t, d.qualifier) }

func (d *describer) typeName(obj *types.TypeName) {
	if obj.IsAlias() {
		d.addf("%s", types.ObjectString(obj, d.qualifier))
		return
	}
	named := obj.Type().(*types.Named)
	self := d.typ(named) // with its type parameters
	switch u := named.Underlying().(type) {
	case *types.Struct:
		d.addf("type %s struct", self)
		for f := range u.Fields() {
			if f.Exported() {
				d.addf("\tfield %s%s %s", embedded(f), f.Name(), d.typ(f.Type()))
			}
		}
	case *types.Interface:
		d.addf("type %s interface%s", self, d.union(u))
	default:
		d.addf("type %s %s", self, d.typ(u))
	}
	d.methods(named)
}

func embedded(f *types.Var) string {
	if f.Embedded() {
		return "embedded "
	}
	return ""
}

// union returns the types that an interface is restricted to, if it is.
func (d *describer) union(i *types.Interface) string {
	var parts []string
	for e := range i.EmbeddedTypes() {
		if !types.IsInterface(e) || types.TypeString(e, nil) == "comparable" {
			parts = append(parts, d.typ(e))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " of " + strings.Join(parts, "; ")
}

// methods lists what can be called on a variable of the type; a pointer
// receiver is marked, because the value alone does not implement an interface
// that has it.
func (d *describer) methods(named *types.Named) {
	var all types.Type = named
	if !types.IsInterface(named) {
		all = types.NewPointer(named)
	}
	byValue := types.NewMethodSet(named)
	hidden := false
	var fns []*types.Selection
	for m := range types.NewMethodSet(all).Methods() {
		if m.Obj().Exported() {
			fns = append(fns, m)
		} else if types.IsInterface(named) {
			hidden = true // nobody else can implement it
		}
	}
	slices.SortFunc(fns, func(a, b *types.Selection) int { return cmp.Compare(a.Obj().Name(), b.Obj().Name()) })
	for _, m := range fns {
		pointer := ""
		if byValue.Lookup(d.pkg, m.Obj().Name()) == nil {
			pointer = "*"
		}
		signature := strings.TrimPrefix(d.typ(m.Type()), "func")
		d.addf("\tmethod %s%s%s", pointer, m.Obj().Name(), signature)
	}
	if hidden {
		d.addf("\tunexported methods")
	}
}
