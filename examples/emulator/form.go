package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A form describes a JSON object member by member. The same description reads
// objects and writes them, so that a dump of the state is a seed again. Reading
// sets only what is there; writing leaves out what is zero.
type form struct {
	place    string                     // where the object stands, such as customers[2].items[0]
	in       map[string]json.RawMessage // members that nothing has read yet; nil when writing
	names    []string                   // of all members that were described
	out      bytes.Buffer               // members that were written
	now      time.Time                  // what offsets such as +36h count from
	problems *[]error
}

// read reads a JSON object. The error joins all that is wrong, and each names the
// place.
func read(data []byte, now time.Time, describe func(*form)) error {
	var problems []error
	f := &form{now: now, problems: &problems}
	f.fill(data, describe)
	return errors.Join(problems...)
}

// written returns the JSON object that a description writes.
func written(describe func(*form)) json.RawMessage {
	f := &form{}
	describe(f)
	return append(append([]byte{'{'}, f.out.Bytes()...), '}')
}

// fill reads an object and reports what is left over.
func (f *form) fill(data []byte, describe func(*form)) {
	var err error
	if f.in, err = members(data); err != nil {
		f.problem("", "%v", err)
		return
	}
	describe(f)
	for _, name := range slices.Sorted(maps.Keys(f.in)) {
		f.problem(name, "there is no such member; there are %s", strings.Join(f.names, ", "))
	}
}

// members splits an object. A name that stands twice is an error: nobody could
// say which of them counts.
func members(data []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	start, err := d.Token()
	if err != nil {
		return nil, notJSON(err)
	}
	if start != json.Delim('{') {
		return nil, errors.New("must be a JSON object")
	}
	all := map[string]json.RawMessage{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		key := name.(string) // the decoder allows only strings here
		if _, twice := all[key]; twice {
			return nil, fmt.Errorf("the member %q stands there twice", key)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, notJSON(err)
		}
		all[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, notJSON(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is text after the JSON object")
	}
	return all, nil
}

func notJSON(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.New("is not JSON: it ends too early")
	}
	return fmt.Errorf("is not JSON: %w", err)
}

// problem notes what is wrong with a member, or with the object itself.
func (f *form) problem(name, format string, args ...any) {
	problem := fmt.Sprintf(format, args...)
	if at := strings.Trim(f.place+"."+name, "."); at != "" {
		problem = at + ": " + problem
	}
	*f.problems = append(*f.problems, errors.New(problem))
}

// value reads a member with parse, or writes what render returns unless it is
// empty. The kind says what the member must be.
func (f *form) value(name, kind string, parse func(json.RawMessage) error, render func() any, empty bool) {
	raw, there := f.take(name)
	switch {
	case f.writing() && !empty:
		f.write(name, render())
	case there && parse(raw) != nil:
		f.problem(name, "must be %s, not %.60s", kind, raw)
	}
}

func (f *form) writing() bool { return f.problems == nil }

// take notes that there is such a member, and returns it if it is to be read.
func (f *form) take(name string) (raw json.RawMessage, there bool) {
	f.names = append(f.names, name)
	raw, there = f.in[name]
	delete(f.in, name)
	return raw, there
}

// inner is the form of an object within this one.
func (f *form) inner(name string) *form {
	return &form{place: strings.Trim(f.place+"."+name, "."), now: f.now, problems: f.problems}
}

// quoted makes a parser of JSON strings.
func quoted(parse func(string) error) func(json.RawMessage) error {
	return func(raw json.RawMessage) error {
		var s *string // null is no string
		if err := json.Unmarshal(raw, &s); err != nil || s == nil {
			return errors.New("no string")
		}
		return parse(*s)
	}
}

func (f *form) write(name string, value any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic(err) // what is written came from JSON, or was made of strings and numbers
	}
	if f.out.Len() > 0 {
		f.out.WriteByte(',')
	}
	fmt.Fprintf(&f.out, "%q:%s", name, bytes.TrimSpace(b.Bytes()))
}

func (f *form) text(name string, v *string) {
	f.value(name, "a string", quoted(func(s string) error { *v = s; return nil }), func() any { return *v }, *v == "")
}

func (f *form) number(name string, v *int) {
	f.value(name, "a whole number", func(raw json.RawMessage) error {
		n, err := strconv.Atoi(string(raw))
		*v = n
		return err
	}, func() any { return *v }, *v == 0)
}

func (f *form) yes(name string, v *bool) {
	f.value(name, "true or false", func(raw json.RawMessage) error {
		*v = string(raw) == "true"
		if !*v && string(raw) != "false" {
			return errors.New("neither")
		}
		return nil
	}, func() any { return *v }, !*v)
}

// moment is a time: RFC 3339, a date, or an offset from now such as -48h or +30d.
func (f *form) moment(name string, v *time.Time) {
	f.value(name, `a string with a time ("2027-01-13T12:00:00Z"), a date ("2027-01-13") or an offset from now ("+30d", "-36h")`,
		quoted(func(s string) (err error) { *v, err = parseMoment(s, f.now); return err }),
		func() any { return v.UTC().Format(time.RFC3339Nano) }, v.IsZero())
}

func parseMoment(s string, now time.Time) (time.Time, error) {
	if strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") {
		d, err := parseSpan(s)
		return now.Add(d), err
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339, s)
}

// span is a duration as Go writes it, such as 1m30s, or in days, such as 7d.
func (f *form) span(name string, v *time.Duration) {
	f.value(name, `a string with a duration ("2s", "36h", "7d")`,
		quoted(func(s string) (err error) { *v, err = parseSpan(s); return err }),
		func() any { return v.String() }, *v == 0)
}

// lapse is a duration that is not below zero.
func (f *form) lapse(name string, v *time.Duration) {
	f.span(name, v)
	f.must(name, *v >= 0, "must not be below zero, but is %s", *v)
}

// must notes a problem with a member that was read, unless all is well.
func (f *form) must(name string, well bool, format string, args ...any) {
	if !f.writing() && !well {
		f.problem(name, format, args...)
	}
}

// oneOf notes a problem with a member whose value, a what, is none of these.
func (f *form) oneOf(name, what, value string, these []string) {
	f.must(name, slices.Contains(these, value), "there is no %s%.60q; there are %s", what, value, listed(these))
}

// listed names values for people; an empty one, which is the default, has no name.
func listed(values []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" }), ", ")
}

func parseSpan(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if n < -100_000 || n > 100_000 {
			return 0, errors.New("too many days")
		}
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(s)
}

// anything is a member that takes any JSON that v can hold, as kind tells people.
func anything[T any](f *form, name, kind string, v *T, empty bool) {
	f.value(name, kind, func(raw json.RawMessage) error {
		var fresh T // and not merged into what was there before
		err := json.Unmarshal(raw, &fresh)
		*v = fresh
		return err
	}, func() any { return *v }, empty)
}

func (f *form) texts(name string, v *[]string) {
	anything(f, name, "a list of strings", v, *v == nil)
}

func (f *form) free(name string, v *map[string]any) {
	anything(f, name, "an object", v, len(*v) == 0)
}

// object is an object in the object.
func (f *form) object(name string, describe func(*form)) {
	raw, there := f.take(name)
	if there {
		f.inner(name).fill(raw, describe)
	}
	if f.writing() {
		if inner := written(describe); len(inner) > len("{}") {
			f.write(name, inner)
		}
	}
}

// list is a list of objects. One that is there replaces what was there before.
func list[T any](f *form, name string, items *[]T, describe func(*form, *T)) {
	raw, there := f.take(name)
	if f.writing() {
		var all []json.RawMessage
		for i := range *items {
			all = append(all, written(func(f *form) { describe(f, &(*items)[i]) }))
		}
		if all != nil {
			f.write(name, all)
		}
		return
	}
	if !there {
		return
	}
	var all []json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil || all == nil {
		f.problem(name, "must be a list of objects")
		return
	}
	fresh := make([]T, len(all))
	for i, one := range all {
		f.inner(fmt.Sprintf("%s[%d]", name, i)).fill(one, func(f *form) { describe(f, &fresh[i]) })
	}
	*items = fresh
}
