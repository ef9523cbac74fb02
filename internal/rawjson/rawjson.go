// Package rawjson looks into JSON without decoding it, so that a list can be
// decoded one item at a time, and a member of an object replaced while every
// other byte stays as it was.
package rawjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"unicode"
)

// ErrNotObject says that a text is not one complete JSON object.
var ErrNotObject = errors.New("not a complete JSON object")

// A Member is one name and value of an object, as they stand in its text.
type Member struct {
	Name       string // unescaped
	Value      []byte // a part of the object's text, without surrounding space
	start, end int    // where Value stands in that text
}

// Members returns the members of an object in the order of the text. Values
// are slices of data: nothing is copied or decoded.
func Members(data []byte) ([]Member, error) {
	if !json.Valid(data) {
		return nil, ErrNotObject
	}
	i := space(data, 0)
	if data[i] != '{' {
		return nil, ErrNotObject
	}
	var members []Member
	for i = space(data, i+1); data[i] != '}'; i = separator(data, i) {
		nameEnd := skip(data, i)
		var name string
		if err := json.Unmarshal(data[i:nameEnd], &name); err != nil {
			return nil, err
		}
		i = space(data, space(data, nameEnd)+1) // past the colon
		end := skip(data, i)
		members = append(members, Member{Name: name, Value: data[i:end], start: i, end: end})
		i = end
	}
	return members, nil
}

// Get returns the value of the first member with the name, in any letter case.
func Get(members []Member, name string) ([]byte, bool) {
	for _, m := range members {
		if strings.EqualFold(m.Name, name) {
			return m.Value, true
		}
	}
	return nil, false
}

// IsArray reports whether value is a JSON array. The value must be valid JSON.
func IsArray(value []byte) bool { return bytes.HasPrefix(value, []byte("[")) }

// Elements yields the elements of an array as slices of its text. The value
// must be valid JSON; what is not an array has no elements.
func Elements(value []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if !IsArray(value) {
			return
		}
		for i := space(value, 1); value[i] != ']'; i = separator(value, i) {
			end := skip(value, i)
			if !yield(value[i:end]) {
				return
			}
			i = end
		}
	}
}

// Set returns a copy of the object in which the member has the value. A member
// that is there in any letter case keeps its spelling and its place, and a
// second spelling of it is dropped; all other bytes stay. A member that is not
// there is added at the end, in the letter case that the object's names have.
func Set(data []byte, name string, value []byte) ([]byte, error) {
	if !json.Valid(value) {
		return nil, errors.New("the new value is not JSON")
	}
	members, err := Members(data)
	if err != nil {
		return nil, err
	}
	var out []byte
	kept := 0 // data[:kept] is written
	found := false
	for i, m := range members {
		switch {
		case !strings.EqualFold(m.Name, name):
		case !found:
			found = true
			out = append(append(out, data[kept:m.start]...), value...)
			kept = m.end
		default: // a second spelling goes, with the comma before it
			out = append(out, data[kept:members[i-1].end]...)
			kept = m.end
		}
		if kept < m.end {
			out = append(out, data[kept:m.end]...)
			kept = m.end
		}
	}
	if !found {
		if pascal(members) {
			name = string(unicode.ToUpper(rune(name[0]))) + name[1:]
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		if len(members) == 0 {
			kept = bytes.IndexByte(data, '{') + 1
			out = append(out, data[:kept]...)
		} else {
			out = append(out, ',')
		}
		out = append(append(append(out, quoted...), ':'), value...)
	}
	return append(out, data[kept:]...), nil
}

// pascal reports whether the object spells its names with a capital.
func pascal(members []Member) bool {
	capitals := 0
	for _, m := range members {
		if m.Name != "" && unicode.IsUpper(rune(m.Name[0])) {
			capitals++
		}
	}
	return capitals*2 > len(members)
}

// space returns the index of the first byte at or after i that is no space.
func space(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\t' || data[i] == '\n' || data[i] == '\r') {
		i++
	}
	return i
}

// separator returns where the next element starts, or the closing bracket.
func separator(data []byte, i int) int {
	i = space(data, i)
	if data[i] == ',' {
		i = space(data, i+1)
	}
	return i
}

// skip returns the index after the value that starts at i. It counts brackets
// only: the text was found to be valid before.
func skip(data []byte, i int) int {
	depth := 0
	for {
		switch data[i] {
		case '"':
			for i++; data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
			i++
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\n', '\r':
			i++
			continue
		default: // a number, true, false or null
			for i < len(data) && !bytes.ContainsRune([]byte(",:]} \t\r\n"), rune(data[i])) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
}
