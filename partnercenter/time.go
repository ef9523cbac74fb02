package partnercenter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Time is a moment as Partner Center writes it. It reads every form that the
// service uses: with up to seven fraction digits, with an offset, without a
// zone (which means UTC), a date alone, null, and "". Null, "" and the year 1
// are the zero Time.
type Time struct{ time.Time }

// timeForms are tried in turn. Go reads fraction digits where a form has none.
var timeForms = [...]string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly, "2006-01-02 15:04:05"}

// ParseTime reads a date of Partner Center. See [Time] for what it accepts.
func ParseTime(s string) (Time, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Time{}, nil
	}
	for _, form := range timeForms {
		if t, err := time.Parse(form, s); err == nil {
			switch t = t.UTC(); {
			case t.Year() <= 1:
				return Time{}, nil
			case t.Year() > 9999: // the offset made it a date that cannot be written
				t = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
			}
			return Time{t}, nil
		}
	}
	return Time{}, fmt.Errorf("%.40q is not a date that Partner Center writes", s)
}

// OpenEnded reports whether t stands for "no end": Partner Center writes the
// year 9999 for it.
func (t Time) OpenEnded() bool { return t.Year() >= 9999 }

// UnmarshalJSON implements [json.Unmarshaler].
func (t *Time) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		*t = Time{}
		return nil
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("a date must be a string: %w", err)
	}
	parsed, err := ParseTime(s)
	if err != nil {
		return errors.New("a date in a form that Partner Center does not write") // without the input: see [Error]
	}
	*t = parsed
	return nil
}

// MarshalJSON implements [json.Marshaler]. The zero Time is null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.UTC().Format(time.RFC3339Nano))
}
