package customers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "REDACTED"

// Password is the first password of a new tenant's administrator. It reads
// REDACTED wherever it is printed, logged or marshalled, also inside of other
// values; Reveal gives the text.
type Password struct {
	// fmt follows no pointer to a string, not even where it asks no method, as
	// for a wrong verb.
	text *string
}

// Reveal returns the password itself, empty if there is none.
func (p Password) Reveal() string {
	if p.text == nil {
		return ""
	}
	return *p.text
}

// Format implements [fmt.Formatter].
func (Password) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) } // a fmt.State keeps no error

// LogValue implements [slog.LogValuer].
func (Password) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler].
func (Password) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalJSON reads the password that the service sent. Its error does not
// repeat it.
func (p *Password) UnmarshalJSON(data []byte) error {
	var text *string
	if json.Unmarshal(data, &text) != nil {
		return errors.New("a password must be a string")
	}
	p.text = text
	return nil
}
