package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/auth"
)

var sentinels = []error{
	auth.ErrMFARequired, auth.ErrConsentRequired, auth.ErrSignInAgain, auth.ErrMisconfigured,
	auth.ErrConditionalAccess, auth.ErrTransient, auth.ErrUser, auth.ErrTenant,
}

// The table of the reference, whole.
func TestEveryKnownCodeHasItsClass(t *testing.T) {
	tests := []struct {
		want  error
		codes []int
	}{
		{auth.ErrSignInAgain, []int{700082, 70008, 70043, 50173, 50089, 70000}},
		{auth.ErrMFARequired, []int{50076, 50079, 50078, 50158, 50072, 50074}},
		{auth.ErrConsentRequired, []int{65001, 65004, 650051, 650052, 650057, 90094}},
		{auth.ErrMisconfigured, []int{700016, 7000215, 7000222, 700027, 7000218, 700024, 500011, 7000229, 9002313, 54005}},
		{auth.ErrConditionalAccess, []int{53003, 53000, 53001, 53002, 530032}},
		{auth.ErrUser, []int{50020, 50177, 50105, 50034, 50057, 50126}},
		{auth.ErrTenant, []int{90002, 900023, 5000224, 50128}},
		{auth.ErrTransient, []int{90033, 90012, 50196}},
	}
	for _, tt := range tests {
		for _, code := range tt.codes {
			synctest.Test(t, func(t *testing.T) {
				err := tokenError(t, refused(400, "invalid_grant", fmt.Sprint(code)))
				wantClass(t, err, tt.want)
				want := &auth.Error{Status: 400, Code: "invalid_grant", AADSTS: code, TraceID: trace, CorrelationID: correlation}
				if diff := cmp.Diff(want, err); diff != "" {
					t.Errorf("error differs (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestAnswersWithoutAKnownCode(t *testing.T) {
	tests := []struct {
		name   string
		answer answer
		want   error
	}{
		{"HTML", answer{status: 403, body: "<html>" + secret}, nil},
		{"HTML as success", answer{status: 200, body: "<html>" + secret}, nil},
		{"empty success", answer{status: 204}, nil},
		{"no access token", answer{status: 200, body: `{"token_type":"Bearer"}`}, nil},
		{"number for a token", answer{status: 200, body: `{"access_token":12,"expires_in":"` + secret + `"}`}, nil},
		{"error with status 200", answer{status: 200, body: `{"error":"invalid_grant"}`}, auth.ErrSignInAgain},
		{"form encoded", answer{status: 200, body: "error=" + secret, header: http.Header{"Content-Type": {"text/plain"}}}, nil},
		{"redirect", answer{status: 302}, nil},
		{"array", answer{status: 400, body: `["` + secret + `"]`}, nil},
		{"words that are no code", answer{status: 400, body: `{"error":"ada@fabrikam.com","suberror":"` + secret + `","trace_id":"` + secret + `"}`}, nil},
		{"code in the description only", answer{status: 400, body: `{"error":"x","error_description":"AADSTS50076: do MFA"}`}, auth.ErrMFARequired},
		{"code list of strings", answer{status: 400, body: `{"error":"invalid_grant","error_codes":["50076"]}`}, auth.ErrSignInAgain},
		{"503 gateway", answer{status: 503, body: "<html>"}, auth.ErrTransient},
		{"gateway throttling", answer{status: 429, body: `{"statusCode":429,"message":"Rate limit is exceeded."}`}, auth.ErrTransient},
		{"unknown code", refused(400, "invalid_grant", "999999"), auth.ErrSignInAgain},
		{"consent by suberror", answer{status: 400, body: `{"error":"invalid_grant","suberror":"consent_required"}`}, auth.ErrConsentRequired},
		{"policy by suberror", answer{status: 400, body: `{"error":"invalid_grant","suberror":"protection_policy_required"}`}, auth.ErrConditionalAccess},
		{"interaction", answer{status: 400, body: `{"error":"interaction_required"}`}, auth.ErrMFARequired},
		{"dead by suberror", answer{status: 400, body: `{"error":"invalid_grant","suberror":"token_expired"}`}, auth.ErrSignInAgain},
		{"person by suberror", answer{status: 400, body: `{"error":"invalid_grant","suberror":"basic_action"}`}, auth.ErrMFARequired},
		{"consent", answer{status: 400, body: `{"error":"consent_required"}`}, auth.ErrConsentRequired},
		{"client", answer{status: 401, body: `{"error":"invalid_client"}`}, auth.ErrMisconfigured},
		{"unavailable", answer{status: 400, body: `{"error":"temporarily_unavailable"}`}, auth.ErrTransient},
		{"unknown word", answer{status: 400, body: `{"error":"strange"}`}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := tokenError(t, tt.answer)
				wantClass(t, err, tt.want)
				if err.Status != tt.answer.status {
					t.Errorf("Status = %d, want %d", err.Status, tt.answer.status)
				}
			})
		})
	}
}

func TestErrorSaysWhatToDo(t *testing.T) {
	for code, advice := range map[string]string{
		"50076":   "sign in again with multi-factor authentication and store the new refresh token",
		"7000222": "the client secret has expired",
		"700082":  "sign in again",
		"65001":   "administrator",
	} {
		if err := tokenError(t, refused(400, "invalid_grant", code)); !strings.Contains(err.Error(), advice) {
			t.Errorf("AADSTS%s: error = %q, want %q in it", code, err, advice)
		}
	}
}

// tokenError returns the error of a request that gets the answer a, after a
// check that it is one line which reveals nothing.
func tokenError(t *testing.T, a answer) *auth.Error {
	t.Helper()
	_, err := newApp(t, &endpoint{answers: []answer{a}}).Token(t.Context())
	e, ok := errors.AsType[*auth.Error](err)
	if !ok {
		t.Fatalf("Token() error = %v, want an *auth.Error", err)
	}
	text := fmt.Sprintf("%v %+v %#v", err, err, *e)
	for _, hidden := range []string{secret, seed, "ada@fabrikam.com", "<html>"} {
		if strings.Contains(text, hidden) {
			t.Errorf("error reveals %q: %s", hidden, text)
		}
	}
	if strings.ContainsAny(err.Error(), "\r\n") {
		t.Errorf("error has more than one line: %q", err)
	}
	return e
}

// wantClass fails unless err matches want and no other sentinel.
func wantClass(t *testing.T, err, want error) {
	t.Helper()
	for _, s := range sentinels {
		if got := errors.Is(err, s); got != (s == want) {
			t.Errorf("errors.Is(%v, %v) = %t", err, s, got)
		}
	}
}

func TestDecodeErrorKeepsOnlyWhatIsSafe(t *testing.T) {
	for body, want := range map[string]error{
		`{"error":"invalid_grant","error_description":"AADSTS700082: ada@contoso.example"}`: auth.ErrSignInAgain,
		`{"error":"invalid_client","error_codes":[7000215]}`:                                auth.ErrMisconfigured,
		`ada@contoso.example`: auth.ErrTransient,
	} {
		e := auth.DecodeError(503, []byte(body))
		if !errors.Is(e, want) || strings.Contains(e.Error(), "ada@") || e.Status != 503 {
			t.Errorf("DecodeError(503, %s) = %v, want %v", body, e, want)
		}
	}
}

func FuzzTokenError(f *testing.F) {
	f.Add(400, refused(400, "invalid_grant", "50076").body)
	f.Add(200, `{"access_token":"at1","expires_in":3599}`)
	f.Add(200, "\ufeff{}")
	f.Add(500, "<html>")
	f.Add(400, `{"error":{"code":"x"},"error_codes":[-1,99999999999999999999],"error_description":"AADSTS99999999999"}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			t.Skip("not a final HTTP status")
		}
		synctest.Test(t, func(t *testing.T) {
			got, err := newApp(t, &endpoint{answers: []answer{{status: status, body: body}}}).Token(t.Context())
			if err == nil {
				if got.AccessToken == "" {
					t.Error("Token() gave an empty token and no error")
				}
				return
			}
			e, ok := errors.AsType[*auth.Error](err)
			if !ok || e.Status != status || e.AADSTS < 0 || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("Token() error = %#v, want a one-line *auth.Error with status %d", err, status)
			}
		})
	})
}
