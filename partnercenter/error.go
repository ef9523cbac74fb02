package partnercenter

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cspkit/cspkit/auth"
)

// These say what a caller would do next. Use them with [errors.Is]; the
// details are in the [Error], which [errors.AsType] finds.
var (
	// ErrUnauthorized: the token was refused, also a fresh one, or the app was refused one. Check the app registration and its audience.
	ErrUnauthorized = errors.New("the service refused the token")
	// ErrMFARequired: the user has to sign in again with multi-factor authentication.
	ErrMFARequired = auth.ErrMFARequired
	// ErrSignInAgain: the refresh token is dead; an administrator has to sign in again.
	ErrSignInAgain = auth.ErrSignInAgain
	// ErrConsentRequired: the app registration lacks consent.
	ErrConsentRequired = auth.ErrConsentRequired
	// ErrConditionalAccess: a Conditional Access policy refuses the sign-in.
	ErrConditionalAccess = auth.ErrConditionalAccess
	// ErrAppOnlyNotSupported: the operation wants an app+user token.
	ErrAppOnlyNotSupported = errors.New("the operation does not accept app-only credentials")
	// ErrForbidden: the user or app lacks a role, such as Admin agent.
	ErrForbidden = errors.New("a role or privilege is missing")
	// ErrThrottled: too many requests; [Error].RetryAfter says how long to wait.
	ErrThrottled = errors.New("too many requests")
	// ErrTransient: the service failed or could not be reached; the same call may work later.
	ErrTransient = errors.New("a passing failure")
	// ErrNotSupported: the service does not offer this here, such as deleting a customer in production.
	ErrNotSupported = errors.New("not supported here")
	// ErrBusy: another operation on the same resource is under way; try later.
	ErrBusy = errors.New("the resource is busy")
	// ErrStaleETag: the resource changed since it was read; read it and change that.
	ErrStaleETag = errors.New("the resource changed since it was read")
	// ErrPrecondition: something else has to be done first.
	ErrPrecondition = errors.New("a precondition is not met")
	// ErrNotFound: there is no such resource for this partner.
	ErrNotFound = errors.New("not found")
	// ErrNoRelationship: the customer has no relationship with this partner (any more).
	ErrNoRelationship = errors.New("no relationship with the customer")
	// ErrValidation: the request itself is wrong.
	ErrValidation = errors.New("the request is not valid")
	// ErrDuplicateAgreement: an agreement with this signatory exists; read the agreements.
	ErrDuplicateAgreement = errors.New("the agreement exists already")
	// ErrWindowClosed: the time in which this could be cancelled or reduced is over.
	ErrWindowClosed = errors.New("the cancellation window is closed")
	// ErrNotCancellable: this resource is cancelled in another way, or not at all.
	ErrNotCancellable = errors.New("cannot be cancelled this way")
	// ErrTerminalState: the subscription is in a state that refuses the change.
	ErrTerminalState = errors.New("the state does not allow the change")
	// ErrAgreementMissing: the customer has not accepted the Microsoft Customer Agreement.
	ErrAgreementMissing = errors.New("the Microsoft Customer Agreement is missing")
	// ErrPartnerAgreementMissing: the Microsoft Partner Agreement is missing.
	ErrPartnerAgreementMissing = errors.New("the Microsoft Partner Agreement is missing")
	// ErrAccountLocked: Microsoft has locked the customer or is reviewing it.
	ErrAccountLocked = errors.New("the account is locked or under review")
	// ErrProgramInactive: the partner's enrolment in the programme is not active.
	ErrProgramInactive = errors.New("the programme enrolment is not active")
	// ErrLimitReached: a limit of the account is reached.
	ErrLimitReached = errors.New("a limit is reached")

	// ErrForeignHost: a link or redirect led to a host that the client was not configured with.
	ErrForeignHost = errors.New("the address is on a host that was not configured")
	// ErrMissingCredential: the client was not given the credential that an operation needs.
	ErrMissingCredential = errors.New("credentials are missing")
	// ErrUnexpectedAnswer: the service redirected, or answered 2xx with what cannot be an answer to the question.
	ErrUnexpectedAnswer = errors.New("the answer cannot be read")
)

// Error is a call that failed: what the service answered, or why there is no
// answer.
//
// Source: https://learn.microsoft.com/partner-center/developer/error-codes
type Error struct {
	Operation     string        // what was tried, as in "listing customers"
	Status        int           // HTTP status code; zero when no answer came
	Code          string        // the service's own code, such as "900117", "invalid_grant" or "AADSTS50076"
	Name          string        // its name for the code, if it gave one
	Message       string        // its description, without secrets, at most 300 bytes
	RequestID     string        // MS-RequestId; Microsoft support asks for it
	CorrelationID string        // MS-CorrelationId
	RetryAfter    time.Duration // the wait that it asked for; zero if it named none

	class   error   // the sentinel that this error matches
	cause   error   // why there is no answer
	outcome outcome // what is known of a write that failed so
}

// outcome is what an [Error] knows beyond its status.
type outcome int

const (
	byStatus  outcome = iota // the status tells
	nothing                  // nothing was ever sent
	unknown                  // sent, or even accepted, and then lost sight of
	unchanged                // a read, which changes nothing
)

// Error returns one line without bodies or secrets.
func (e *Error) Error() string {
	status := ""
	if e.Status != 0 {
		status = strconv.Itoa(e.Status)
	}
	parts := []string{e.Operation, joined(" ", status, e.Code, e.Name)}
	if e.outcome == nothing {
		parts = append(parts, "not sent")
	}
	switch {
	case e.cause != nil:
		parts = append(parts, line(e.cause.Error(), maxMessage))
	case e.Message != "":
		parts = append(parts, e.Message)
	case e.class != nil:
		parts = append(parts, e.class.Error())
	}
	return fmt.Sprintf("%s (request %s, correlation %s)", joined(": ", parts...), e.RequestID, e.CorrelationID)
}

// joined joins the parts that are not empty.
func joined(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), separator)
}

// Is reports whether e is the kind of failure that target names.
func (e *Error) Is(target error) bool {
	// 60003 is both: "not found" for a stranger, "no relationship" for a former customer.
	return e.class != nil && target == e.class || target == ErrNoRelationship && e.Code == "60003"
}

// Unwrap returns why there is no answer, such as a context's error.
func (e *Error) Unwrap() error { return e.cause }

// OutcomeUnknown reports whether a write that failed with err may have taken
// effect: no answer came, or one that says nothing about it (a redirect, 408,
// 429, 5xx), or it was accepted and [Client.Follow] did not see its end. Send
// such a write again with the same request id, after a read. An error that is
// not an [*Error] tells nothing, so it counts as unknown, too. It is false for
// a read that failed, such as one that a call makes before its write.
func OutcomeUnknown(err error) bool {
	e, ok := errors.AsType[*Error](err)
	switch {
	case err == nil || NotSent(err) || ok && e.outcome == unchanged:
		return false
	case !ok || e.outcome == unknown:
		return true
	}
	return e.Status == 408 || e.Status == 429 || e.Status >= 500 && e.Status != 501 || e.Status < 400
}

// NotSent reports whether a call failed before anything left: for want of a
// credential, of a token, or of a valid request. It is false for a call whose
// first attempt left, whatever became of the next.
func NotSent(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.outcome == nothing
	}
	_, ok := errors.AsType[*notSent](err)
	return ok || errors.Is(err, ErrMissingCredential)
}

// Unsent marks err as why a call was not sent: it is for calls that check what
// they were given before they send it. [NotSent] is true of what it returns.
func Unsent(err error) error {
	if err == nil {
		return nil
	}
	return &notSent{err}
}

// notSent is the failure of an attempt from before it left: a token that
// could not be had, a foreign host.
type notSent struct{ cause error }

func (e *notSent) Error() string { return e.cause.Error() }
func (e *notSent) Unwrap() error { return e.cause }
