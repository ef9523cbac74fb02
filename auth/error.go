package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/cspkit/cspkit/internal/guid"
)

// What a caller can do about a token that was not given. An [*Error] matches
// at most one of them; failures of the network match ErrTransient. Nothing was
// sent to Partner Center when one comes instead of a token.
var (
	// ErrMFARequired: the person has to sign in again with multi-factor authentication; store the new refresh token.
	ErrMFARequired = errors.New("auth: multi-factor authentication is missing: sign in again with multi-factor authentication and store the new refresh token")
	// ErrConsentRequired: an administrator of the tenant has to consent to the app's permissions.
	ErrConsentRequired = errors.New("auth: consent is missing: let an administrator of the tenant consent to the app's permissions")
	// ErrSignInAgain: the refresh token, the code or the session is dead; the person has to sign in again.
	ErrSignInAgain = errors.New("auth: the refresh token is no longer good: sign in again with multi-factor authentication and store the new refresh token")
	// ErrMisconfigured: check the app registration, its secret or certificate, and the configured tenant and cloud; repeating helps nothing.
	ErrMisconfigured = errors.New("auth: the app is not set up as the request needs: check the app registration, its secret or certificate, and the configured tenant and cloud")
	// ErrConditionalAccess: a policy of the tenant refuses the sign-in; its administrator knows which, and what it demands.
	ErrConditionalAccess = errors.New("auth: a Conditional Access policy refuses the sign-in: ask the tenant's administrator which policy, and sign in as it demands")
	// ErrTransient: the sign-in service has a passing problem or gives no answer, also after all retries; try again later.
	ErrTransient = errors.New("auth: the sign-in service has a passing problem: try again later")
	// ErrUser: the account may not sign in here; somebody has to enable or assign it, or another one signs in.
	ErrUser = errors.New("auth: the user may not sign in here: check that the account is enabled, belongs to the tenant and is assigned to the app, and check its GDAP roles")
	// ErrTenant: the tenant is unknown or closed; check its GUID or domain name, and the cloud.
	ErrTenant = errors.New("auth: the tenant is unknown or closed: check the tenant's GUID or domain name, and the cloud")
)

// Error is an answer in which the sign-in service gives no token. It keeps
// nothing that could hold a secret or personal data, so neither the service's
// description nor the body. A field that the answer lacks is zero.
type Error struct {
	Status        int    // HTTP status code
	Code          string // OAuth error, such as invalid_grant
	AADSTS        int    // first code of Entra, such as 700082
	Suberror      string // Entra's detail to Code, such as token_expired
	TraceID       string // Microsoft support asks for these two
	CorrelationID string
}

// Error returns one line that says what to do, in this package's own words.
func (e *Error) Error() string {
	var facts []string
	if e.Status != 0 {
		facts = append(facts, fmt.Sprintf("HTTP %d", e.Status))
	}
	if e.Code != "" {
		facts = append(facts, e.Code)
	}
	if e.AADSTS != 0 {
		facts = append(facts, fmt.Sprintf("AADSTS%d", e.AADSTS))
	}
	if e.Suberror != "" {
		facts = append(facts, e.Suberror)
	}
	if e.TraceID != "" {
		facts = append(facts, "trace id "+e.TraceID)
	}
	if e.CorrelationID != "" {
		facts = append(facts, "correlation id "+e.CorrelationID)
	}
	return "auth: no token: " + e.advice() + " (" + strings.Join(facts, ", ") + ")"
}

// Is reports whether e is the kind of failure that target names.
func (e *Error) Is(target error) bool {
	class := e.class()
	return class != nil && class == target
}

// advice says what to do: more exactly where the code is about one setting.
func (e *Error) advice() string {
	switch e.AADSTS {
	case 700016, 7000229:
		return "the app is not in this tenant: check ClientID and Tenant, and consent to the app there"
	case 7000215:
		return "the client secret is wrong: set its value, which is not its id"
	case 7000222:
		return "the client secret has expired: make a new one in the app registration and set it"
	case 7000218:
		return "the app must prove its identity: set a client secret, a certificate or an assertion"
	case 700027:
		return "the certificate is not the one registered with the app, or has expired: check it in the app registration; after a change, try again in some minutes"
	case 700024:
		return "the times of the client assertion are off: check the clock of this machine"
	case 700211, 700213:
		return "no federated credential of the app fits the issuer and subject of the assertion: compare them in the app registration"
	case 54005:
		return "the code was redeemed before: begin the sign-in anew"
	case 500011:
		return "the resource is not in this tenant: check Cloud.Resource, and consent to the app there"
	case 50057:
		return "the user's account is disabled: sign in as another user and store the new refresh token"
	case 50196:
		return "the service sees a loop of requests: pause before the next, and share one token source"
	}
	switch e.Code {
	case "expired_token", "bad_verification_code":
		return "the device code has expired or is unknown: begin the sign-in anew"
	}
	if class := e.class(); class != nil {
		return strings.TrimPrefix(class.Error(), "auth: ")
	}
	switch {
	case e.Status >= 300 && e.Status < 400:
		return "the service redirects, which is not followed: check Cloud.Authority"
	case e.Code == "":
		return "the answer is not from a token endpoint: check Cloud.Authority, and proxies on the way"
	}
	return "the sign-in service refused without a known reason: look the code up at https://login.microsoftonline.com/error"
}

// class returns the sentinel that e matches. The code is more telling than the
// status, and the status than the broad OAuth words.
//
// Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
func (e *Error) class() error {
	if class := e.classByNumber(); class != nil {
		return class
	}
	if e.Status == http.StatusTooManyRequests || e.Status >= 500 {
		return ErrTransient
	}
	return e.classByWord()
}

// classByNumber knows the codes of Entra.
func (e *Error) classByNumber() error {
	switch e.AADSTS {
	case 700082, 70008, 70043, 50173, 50089, 70000:
		return ErrSignInAgain
	case 50076, 50079, 50078, 50158, 50072, 50074:
		return ErrMFARequired
	case 65001, 65004, 650051, 650052, 650057, 90094:
		return ErrConsentRequired
	case 700016, 7000215, 7000222, 700027, 7000218, 700024, 500011, 7000229, 9002313, 54005, 700211, 700213:
		return ErrMisconfigured
	case 53003, 53000, 53001, 53002, 530032:
		return ErrConditionalAccess
	case 50020, 50177, 50105, 50034, 50057, 50126:
		return ErrUser
	case 90002, 900023, 5000224, 50128:
		return ErrTenant
	case 90033, 90012, 50196:
		return ErrTransient
	}
	return nil
}

// classByWord judges codes that the table of class does not know.
func (e *Error) classByWord() error {
	switch e.Suberror {
	case "consent_required":
		return ErrConsentRequired
	case "token_expired", "bad_token":
		return ErrSignInAgain
	case "protection_policy_required":
		return ErrConditionalAccess
	case "basic_action", "additional_action": // a person at a browser can lift it
		return ErrMFARequired
	}
	switch e.Code {
	case "interaction_required":
		return ErrMFARequired
	case "consent_required":
		return ErrConsentRequired
	case "invalid_grant", "login_required", "expired_token", "bad_verification_code":
		return ErrSignInAgain
	case "invalid_client", "unauthorized_client", "invalid_request", "invalid_scope",
		"invalid_resource", "unsupported_grant_type":
		return ErrMisconfigured
	case "temporarily_unavailable", "server_error":
		return ErrTransient
	}
	return nil
}

// DecodeError returns the error that a token endpoint's answer stands for, for
// token sources of other packages. It keeps of the answer what is safe to
// print; a body that is not the JSON of a token endpoint leaves only the status.
func DecodeError(status int, body []byte) *Error {
	// Each on its own, so that one member of a surprising type spoils no other.
	var members map[string]json.RawMessage
	_ = json.Unmarshal(body, &members)
	text := func(name string) (s string) {
		_ = json.Unmarshal(members[name], &s)
		return s
	}
	return &Error{
		Status:        status,
		Code:          word(text("error")),
		AADSTS:        aadsts(members["error_codes"], text("error_description")),
		Suberror:      word(text("suberror")),
		TraceID:       guidOnly(text("trace_id")),
		CorrelationID: guidOnly(text("correlation_id")),
	}
}

// aadsts returns the first code of the list, else the one in the description.
func aadsts(list json.RawMessage, description string) int {
	var codes []int
	if json.Unmarshal(list, &codes) == nil && len(codes) > 0 && codes[0] > 0 {
		return codes[0]
	}
	_, rest, _ := strings.Cut(description, "AADSTS")
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	code, err := strconv.ParseInt(rest[:end], 10, 32)
	if err != nil {
		return 0
	}
	return int(code)
}

// word returns s if it looks like an OAuth error code, else nothing: what else
// a proxy puts there may be personal.
func word(s string) string {
	if len(s) > 40 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return ""
	}
	return s
}

func guidOnly(s string) string {
	if !guid.Valid(s) {
		return ""
	}
	return s
}
