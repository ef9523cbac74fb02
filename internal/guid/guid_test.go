package guid_test

import (
	"strings"
	"testing"

	"github.com/cspkit/cspkit/internal/guid"
)

func TestNewIsValidAndNeverTheSame(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := guid.New()
		if !guid.Valid(id) || id != strings.ToLower(id) || id[14] != '4' || !strings.ContainsRune("89ab", rune(id[19])) {
			t.Fatalf("New() = %q, want a lower-case version 4 GUID", id)
		}
		if seen[id] {
			t.Fatalf("New() = %q twice", id)
		}
		seen[id] = true
	}
}

func TestValid(t *testing.T) {
	tests := map[string]bool{
		"b44bb1fb-c595-45b0-9e09-d657365580bf":   true,
		"B44BB1FB-C595-45B0-9E09-D657365580BF":   true,
		"":                                       false,
		"b44bb1fb-c595-45b0-9e09-d657365580b":    false,
		"b44bb1fb-c595-45b0-9e09-d657365580bf0":  false,
		"b44bb1fb-c595-45b0-9e09-d657365580bg":   false,
		"b44bb1fbc-595-45b0-9e09-d657365580bf":   false,
		"{b44bb1fb-c595-45b0-9e09-d657365580bf}": false,
	}
	for s, want := range tests {
		if got := guid.Valid(s); got != want {
			t.Errorf("Valid(%q) = %t, want %t", s, got, want)
		}
	}
}
