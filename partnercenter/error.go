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
// details are in the [Error], which [errors.AsType] finds. docs/errors.md has
// the codes of each, and whether anything was changed when it comes.
var (
	// ErrUnauthorized: the token was refused, also a fresh one, or the app was refused one.
	// Check the app registration, its secret or certificate, and the audience of its tokens.
	ErrUnauthorized = errors.New("the service refused the token: check the app registration, and the tenant, cloud and audience that tokens are for")
	// ErrMFARequired: the user has to sign in again with multi-factor authentication.
	ErrMFARequired = auth.ErrMFARequired
	// ErrSignInAgain: the refresh token is dead; the user has to sign in again.
	ErrSignInAgain = auth.ErrSignInAgain
	// ErrConsentRequired: the app lacks consent; an administrator of the tenant has to give it.
	ErrConsentRequired = auth.ErrConsentRequired
	// ErrConditionalAccess: a Conditional Access policy refuses the sign-in; ask the tenant's administrator which.
	ErrConditionalAccess = auth.ErrConditionalAccess
	// ErrAppOnlyNotSupported: the operation wants the token of a user who signed in; give the client app+user credentials.
	ErrAppOnlyNotSupported = errors.New("the operation does not accept app-only credentials: let a person sign in, and use app+user credentials")
	// ErrForbidden: the user or app lacks a role, such as Admin agent; somebody has to assign it.
	ErrForbidden = errors.New("a role or privilege is missing: assign what the operation needs to the user who signed in or to the app, such as the role Admin agent")
	// ErrThrottled: too many requests; wait as long as [Error].RetryAfter says, and call again.
	ErrThrottled = errors.New("too many requests: try again later")
	// ErrTransient: the service failed or could not be reached, also after all retries; the same call may work later.
	// After a write, see [OutcomeUnknown].
	ErrTransient = errors.New("a passing failure: try again later")
	// ErrNotSupported: the service does not offer this here, such as deleting a customer in production; do without it.
	ErrNotSupported = errors.New("not supported here")
	// ErrBusy: another operation on the same resource is under way; try later: 900278 may take 24 hours, others seconds.
	ErrBusy = errors.New("the resource is busy: try again later")
	// ErrStaleETag: the resource changed since it was read; read it and change that.
	ErrStaleETag = errors.New("the resource changed since it was read: read it again, and change that")
	// ErrPrecondition: something else has to be ended or done first; end it, and call again.
	ErrPrecondition = errors.New("a precondition is not met: something else has to be ended or done first")
	// ErrNotFound: there is no such resource for this partner; check the ids. A new order shows up to 15 minutes late.
	ErrNotFound = errors.New("not found: check the ids")
	// ErrNoRelationship: the customer has no relationship with this partner (any more). After a removal that means done.
	ErrNoRelationship = errors.New("no relationship with the customer")
	// ErrValidation: the request itself is wrong; change it as the message says before it is sent again.
	ErrValidation = errors.New("the request is not valid")
	// ErrDuplicateAgreement: an agreement with this signatory exists; read the agreements, and take another signatory if none of them counts.
	ErrDuplicateAgreement = errors.New("the agreement exists already")
	// ErrWindowClosed: the time in which this could be cancelled or reduced is over; let it end with its term, or suspend it.
	ErrWindowClosed = errors.New("the cancellation window is closed")
	// ErrNotCancellable: this resource is cancelled in another way, or not at all; subscriptions.Purchase.Verdict knows the way.
	ErrNotCancellable = errors.New("cannot be cancelled this way")
	// ErrTerminalState: the subscription is in a state that refuses the change; read it, and do not repeat the call.
	ErrTerminalState = errors.New("the state does not allow the change")
	// ErrAgreementMissing: the customer has not accepted the Microsoft Customer Agreement; see package mca.
	ErrAgreementMissing = errors.New("the Microsoft Customer Agreement is missing: the customer has to accept it first")
	// ErrPartnerAgreementMissing: the Microsoft Partner Agreement is missing; the partner, or its reseller, has to sign it.
	ErrPartnerAgreementMissing = errors.New("the Microsoft Partner Agreement is missing: the partner or its reseller has to sign it")
	// ErrAccountLocked: Microsoft has locked the customer or is reviewing it; only Microsoft support can tell for how long.
	ErrAccountLocked = errors.New("the account is locked or under review: ask Microsoft support")
	// ErrProgramInactive: the partner's enrolment in the programme is not active; an administrator of the partner has to see to it.
	ErrProgramInactive = errors.New("the programme enrolment is not active: let an administrator of the partner look at it in Partner Center")
	// ErrLimitReached: a limit of the account or the resource is reached; do not repeat the call, the message says which limit.
	ErrLimitReached = errors.New("a limit is reached")

	// ErrForeignHost: a link or redirect led to a host that the client was not configured with.
	// No token went there. Check the configured URLs, and proxies on the way.
	ErrForeignHost = errors.New("the address is on a host that was not configured")
	// ErrMissingCredential: the client was not given the credential that an operation needs, and nothing was sent.
	// Give it to the client; the error says which.
	ErrMissingCredential = errors.New("credentials are missing")
	// ErrUnexpectedAnswer: the service redirected, or answered 2xx with what cannot be an answer to the question.
	// Check proxies on the way; after a write, read before sending it again: see [OutcomeUnknown].
	ErrUnexpectedAnswer = errors.New("the answer cannot be read")
)

// forPersons are the sentinels that no code can act on. Their text tells a
// person what to do, so an error shows it beside the service's own words.
var forPersons = []error{
	ErrUnauthorized, ErrMFARequired, ErrSignInAgain, ErrConsentRequired, ErrConditionalAccess, ErrAppOnlyNotSupported, ErrForbidden,
	ErrAgreementMissing, ErrPartnerAgreementMissing, ErrAccountLocked, ErrProgramInactive,
}

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

// Error returns one line without bodies or secrets, which says what to do where
// a person has to act.
func (e *Error) Error() string {
	status := ""
	if e.Status != 0 {
		status = strconv.Itoa(e.Status)
	}
	parts := []string{e.Operation, joined(" ", status, e.Code, e.Name)}
	switch {
	case e.outcome == nothing:
		parts = append(parts, "not sent")
	case e.Status != 429 && OutcomeUnknown(e): // a 429 means that it waits for its turn
		parts = append(parts, "whether it was done is not known")
	}
	switch {
	case e.cause != nil:
		if e.class == ErrTransient && e.Status == 0 && e.outcome != nothing && !errors.Is(e.cause, errAttemptTimeout) {
			parts = append(parts, "no complete answer") // an EOF alone tells nobody anything
		}
		parts = append(parts, line(e.cause.Error(), maxCause))
	case e.class != nil && (e.Message == "" || slices.Contains(forPersons, e.class)):
		parts = append(parts, strings.TrimSuffix(e.Message, "."), strings.TrimPrefix(e.class.Error(), "auth: "))
	default:
		parts = append(parts, e.Message)
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
