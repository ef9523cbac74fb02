package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/constant"
	"go/format"
	"go/types"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// stub returns the exported declarations of pkg as a Go file without bodies,
// comments and struct tags, sorted by name. The file type-checks, so that
// apidiff can compare two of them.
//
// Unexported fields become one blank field, for whether a struct has any is all
// that a user can notice of them, beside whether it can be compared. Unexported
// types appear where an exported declaration needs them.
func stub(pkg *types.Package) ([]byte, error) {
	s := &stubber{pkg: pkg, names: map[string]string{}, hidden: map[string]*types.TypeName{}}
	for _, name := range pkg.Scope().Names() { // sorted
		if obj := pkg.Scope().Lookup(name); obj.Exported() {
			s.object(obj)
		}
	}
	s.hiddenTypes()
	var file bytes.Buffer
	fmt.Fprintf(&file, "// Recorded by make api.\n\npackage %s\n\n", pkg.Name())
	if len(s.names) > 0 {
		file.WriteString("import (\n")
		for _, p := range slices.Sorted(maps.Keys(s.names)) {
			if name := s.names[p]; name != path.Base(p) {
				file.WriteString(name + " ")
			}
			fmt.Fprintf(&file, "%q\n", p)
		}
		file.WriteString(")\n")
	}
	file.Write(s.decls.Bytes())
	text, err := format.Source(file.Bytes())
	if err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, file.Bytes())
	}
	return text, nil
}

type stubber struct {
	pkg    *types.Package
	decls  bytes.Buffer
	names  map[string]string // of imported packages, by path
	hidden map[string]*types.TypeName
}

func (s *stubber) addf(format string, args ...any) { fmt.Fprintf(&s.decls, format+"\n", args...) }

// qualifier names p as the file imports it.
func (s *stubber) qualifier(p *types.Package) string {
	if p == s.pkg {
		return ""
	}
	name, ok := s.names[p.Path()]
	if ok {
		return name
	}
	name = p.Name()
	for n := 2; slices.Contains(slices.Collect(maps.Values(s.names)), name); n++ {
		name = p.Name() + strconv.Itoa(n)
	}
	s.names[p.Path()] = name
	return name
}

// typ returns t as source text, and remembers the unexported types in it.
func (s *stubber) typ(t types.Type) string {
	s.remember(t)
	return types.TypeString(t, s.qualifier)
}

func (s *stubber) object(obj types.Object) {
	s.addf("")
	switch obj := obj.(type) {
	case *types.Const:
		declared := ""
		if b, ok := obj.Type().(*types.Basic); !ok || b.Info()&types.IsUntyped == 0 {
			declared = " " + s.typ(obj.Type())
		}
		s.addf("const %s%s = %s", obj.Name(), declared, literal(obj.Val()))
	case *types.Var:
		s.addf("var %s %s", obj.Name(), s.typ(obj.Type()))
	case *types.Func:
		s.addf("func %s%s", obj.Name(), s.signature(obj))
	case *types.TypeName:
		s.typeName(obj)
	}
}

func (s *stubber) signature(f *types.Func) string {
	return blankResult.ReplaceAllLiteralString(strings.TrimPrefix(s.typ(f.Type()), "func"), "_ ")
}

// blankResult is how go/types calls a result without a name where others of the
// function have one.
var blankResult = regexp.MustCompile(`#rv[0-9]+ `)

// literal returns a constant expression; an exact fraction is written with
// decimal points, for 1/3 is zero.
func literal(v constant.Value) string {
	text := v.ExactString()
	if num, den, ok := strings.Cut(text, "/"); ok && v.Kind() == constant.Float {
		return num + ".0 / " + den + ".0"
	}
	return text
}

func (s *stubber) typeName(obj *types.TypeName) {
	if obj.IsAlias() {
		t := obj.Type()
		if alias, ok := t.(*types.Alias); ok {
			t = alias.Rhs()
		}
		s.addf("type %s = %s", obj.Name(), s.typ(t))
		return
	}
	named := obj.Type().(*types.Named)
	declared := types.TypeString(named, s.qualifier) // with its type parameters
	for p := range named.TypeParams().TypeParams() {
		s.remember(p.Constraint())
	}
	switch u := named.Underlying().(type) {
	case *types.Struct:
		s.addf("type %s struct {", declared)
		s.fields(u)
		s.addf("}")
	case *types.Interface:
		s.addf("type %s interface {", declared)
		for m := range u.ExplicitMethods() {
			s.addf("%s%s", m.Name(), s.signature(m))
		}
		for e := range u.EmbeddedTypes() {
			s.addf("%s", s.typ(e))
		}
		s.addf("}")
	default:
		s.addf("type %s %s", declared, s.typ(u))
	}
	methods := slices.SortedFunc(named.Methods(), func(a, b *types.Func) int { return cmp.Compare(a.Name(), b.Name()) })
	for _, m := range methods {
		if m.Exported() {
			s.addf("func (%s) %s%s", s.typ(m.Signature().Recv().Type()), m.Name(), s.signature(m))
		}
	}
}

func (s *stubber) fields(u *types.Struct) {
	blank := ""
	for f := range u.Fields() {
		switch {
		case f.Embedded():
			s.addf("%s", s.typ(f.Type()))
		case f.Exported():
			s.addf("%s %s", f.Name(), s.typ(f.Type()))
		case !types.Comparable(f.Type()):
			blank = "_ [0]func() // unexported, and cannot be compared"
		case blank == "":
			blank = "_ struct{} // unexported"
		}
	}
	if blank != "" {
		s.addf("%s", blank)
	}
}

// remember notes the unexported types of the package in t.
func (s *stubber) remember(t types.Type) {
	switch t := t.(type) {
	case *types.Alias:
		s.name(t.Obj())
		s.list(t.TypeArgs())
	case *types.Named:
		s.name(t.Obj())
		s.list(t.TypeArgs())
	case *types.Map:
		s.remember(t.Key())
		s.remember(t.Elem())
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
		s.remember(t.Elem())
	case *types.Signature:
		for p := range t.TypeParams().TypeParams() {
			s.remember(p.Constraint())
		}
		for v := range t.Params().Variables() {
			s.remember(v.Type())
		}
		for v := range t.Results().Variables() {
			s.remember(v.Type())
		}
	case *types.Struct:
		for f := range t.Fields() {
			s.remember(f.Type())
		}
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			s.remember(m.Type())
		}
		for e := range t.EmbeddedTypes() {
			s.remember(e)
		}
	case *types.Union:
		for term := range t.Terms() {
			s.remember(term.Type())
		}
	}
}

func (s *stubber) name(obj *types.TypeName) {
	if obj.Pkg() == s.pkg && !obj.Exported() {
		if _, ok := s.hidden[obj.Name()]; !ok {
			s.hidden[obj.Name()] = obj
		}
	}
}

func (s *stubber) list(l *types.TypeList) {
	for t := range l.Types() {
		s.remember(t)
	}
}

// hiddenTypes declares the unexported types that were met; one may lead to the
// next.
func (s *stubber) hiddenTypes() {
	for done := map[string]bool{}; len(done) < len(s.hidden); {
		for _, name := range slices.Sorted(maps.Keys(s.hidden)) {
			if !done[name] {
				done[name] = true
				s.object(s.hidden[name])
			}
		}
	}
}
