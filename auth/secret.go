package auth

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "REDACTED"

// Secret is a client secret or a refresh token. It reads REDACTED when it is
// printed with a verb of fmt, logged or marshalled; Reveal gives the text.
//
// Two gaps are left, because fmt asks no method there: the verb %p, which go
// vet refuses, and a Secret in an unexported field of a struct. Give such a
// struct a Format method.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Format implements [fmt.Formatter].
func (Secret) Format(s fmt.State, _ rune) { redact(s) }

// LogValue implements [slog.LogValuer].
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler].
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON implements [encoding/json.Marshaler].
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// sealed holds a secret inside a type of this package. An unexported field of
// such a type is out of reach of Format methods, and some verbs print it even
// through a pointer to a struct; none follows a pointer to a string.
type sealed struct{ text *string }

func seal(s string) sealed { return sealed{&s} }

func (s sealed) reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// redact is the Format method of everything here that holds a secret.
func redact(s fmt.State) {
	_, _ = io.WriteString(s, redacted) // a fmt.State keeps no error
}
