package partnercentertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// decodeObject reads a JSON object with its member names in lower case at every
// level, because Partner Center accepts any letter case. One member in two
// spellings is an error: nobody could say which of them counts. Numbers stay as
// they were written.
func decodeObject(data []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	v, err := decodeValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is text after the object")
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("it is not an object")
	}
	return m, nil
}

func decodeValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		m := map[string]any{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			key := strings.ToLower(name.(string)) // the decoder allows only strings here
			if _, twice := m[key]; twice {
				return nil, fmt.Errorf("the member %q is there twice", name)
			}
			if m[key], err = decodeValue(d); err != nil {
				return nil, err
			}
		}
		_, err = d.Token()
		return m, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := decodeValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return t, nil
}

// asDecoded returns v as decodeObject would read it.
func asDecoded(v map[string]any) map[string]any {
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	m, _ := decodeObject(data)
	return m
}

// empty reports whether a member says nothing: null, or an empty list.
func empty(v any) bool {
	list, ok := v.([]any)
	return v == nil || ok && len(list) == 0
}
