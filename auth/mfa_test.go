package auth_test

import (
	"encoding/base64"
	"testing"

	"github.com/cspkit/cspkit/auth"
)

func jwt(payload string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"none"}`)) + "." + enc([]byte(payload)) + ".signature"
}

func TestMFA(t *testing.T) {
	tests := []struct {
		name, token string
		done, known bool
	}{
		{"with", jwt(`{"amr":["pwd","mfa"]}`), true, true},
		{"without", jwt(`{"amr":["pwd"]}`), false, true},
		{"empty", jwt(`{"amr":[]}`), false, true},
		{"no claim", jwt(`{"aud":"x"}`), false, false},
		{"null claim", jwt(`{"amr":null}`), false, false},
		{"text for a list", jwt(`{"amr":"mfa"}`), false, false},
		{"no JSON", jwt(`amr`), false, false},
		{"no base64", "a.!.c", false, false},
		{"encrypted", "a.b.c.d.e", false, false},
		{"opaque", "at1", false, false},
		{"nothing", "", false, false},
	}
	for _, tt := range tests {
		if done, known := auth.MFA(tt.token); done != tt.done || known != tt.known {
			t.Errorf("%s: MFA() = %t, %t, want %t, %t", tt.name, done, known, tt.done, tt.known)
		}
	}
}

func FuzzMFA(f *testing.F) {
	f.Add(jwt(`{"amr":["pwd","mfa"]}`))
	f.Add("a.b.c")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if done, known := auth.MFA(token); done && !known {
			t.Errorf("MFA(%q) is done and not known", token)
		}
	})
}
