package offboard

import (
	"errors"
	"slices"
	"time"

	"github.com/cspkit/cspkit/partnercenter"
)

// RefusalClass is why a write was definitely not carried out, as far as it decides
// what to do next.
type RefusalClass string

const (
	refusedBusy           RefusalClass = "busy"            // try again soon
	refusedStale          RefusalClass = "stale"           // try again with what is true now
	refusedPending        RefusalClass = "pending"         // Microsoft works on it, up to 24 h
	refusedPrecondition   RefusalClass = "precondition"    // something has to be ended first
	refusedWindow         RefusalClass = "window_closed"   // too late to cancel
	refusedNotCancellable RefusalClass = "not_cancellable" // there is another way, or none
	refusedState          RefusalClass = "state"           // the subscription's state is against it
	refusedUnsupported    RefusalClass = "unsupported"     // not here
	refusedAccess         RefusalClass = "access"          // the caller lacks something: the run fails
	refusedOther          RefusalClass = "other"
)

// classOf sorts a definite refusal.
func classOf(step Step, err error) RefusalClass {
	e, _ := errors.AsType[*partnercenter.Error](err)
	is := func(targets ...error) bool { return isAny(err, targets...) }
	switch {
	case step == RemoveRelationship && is(partnercenter.ErrPrecondition):
		return refusedPrecondition // whatever the code: see customers.RemoveRelationship
	case e != nil && e.Code == "900278":
		return refusedPending
	case is(partnercenter.ErrBusy):
		return refusedBusy
	case is(partnercenter.ErrPrecondition):
		return refusedPrecondition
	case is(partnercenter.ErrStaleETag):
		return refusedStale
	case is(partnercenter.ErrWindowClosed):
		return refusedWindow
	case is(partnercenter.ErrNotCancellable):
		return refusedNotCancellable
	case is(partnercenter.ErrTerminalState):
		return refusedState
	case step == DeleteCustomer && is(partnercenter.ErrForbidden), is(partnercenter.ErrNotSupported):
		return refusedUnsupported
	case is(partnercenter.ErrUnauthorized, partnercenter.ErrMFARequired, partnercenter.ErrConditionalAccess,
		partnercenter.ErrAppOnlyNotSupported, partnercenter.ErrForbidden, partnercenter.ErrSignInAgain,
		partnercenter.ErrConsentRequired, partnercenter.ErrProgramInactive, partnercenter.ErrPartnerAgreementMissing):
		return refusedAccess
	default:
		return refusedOther
	}
}

// definite reports whether an error that another Partner than ours returned
// says that the write was not carried out. Ours returns an [partnercenter.Error],
// which knows.
func definite(step Step, err error) bool {
	if _, ours := errors.AsType[*partnercenter.Error](err); ours {
		return false
	}
	return classOf(step, err) != refusedOther || isAny(err,
		partnercenter.ErrNotFound, partnercenter.ErrNoRelationship, partnercenter.ErrValidation,
		partnercenter.ErrAccountLocked, partnercenter.ErrLimitReached, partnercenter.ErrAgreementMissing)
}

func isAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
}

// pause is how long a refused write is left alone while nothing changes. It
// grows with every refusal in a row.
func (c RefusalClass) pause(refusals int) time.Duration {
	first, most := time.Hour, 24*time.Hour
	switch c {
	case refusedBusy, refusedStale:
		first, most = time.Second, time.Minute
	case refusedPending:
		first = 2 * time.Minute
	}
	return min(first<<min(refusals-1, 20), most)
}

// staleMost is how often a change is tried on a resource that keeps changing.
const staleMost = 5

// busyMost is how often a busy resource is tried, for about half an hour, before the run is blocked.
const busyMost = 35
