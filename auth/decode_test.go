package auth_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/auth"
)

func TestDecodeErrorKeepsOnlyWhatIsSafe(t *testing.T) {
	for body, want := range map[string]error{
		`{"error":"invalid_grant","error_description":"AADSTS700082: ada@contoso.example"}`: auth.ErrSignInAgain,
		`{"error":"invalid_client","error_codes":[7000215]}`:                                 auth.ErrMisconfigured,
		`ada@contoso.example`: auth.ErrTransient,
	} {
		e := auth.DecodeError(503, []byte(body))
		if !errors.Is(e, want) || strings.Contains(e.Error(), "ada@") || e.Status != 503 {
			t.Errorf("DecodeError(503, %s) = %v, want %v", body, e, want)
		}
	}
}
