package offboard

import (
	"errors"
	"time"

	"github.com/cspkit/cspkit/partnercenter"
)

// refusal is why a write was definitely not carried out, as far as it decides
// what to do next.
type refusal string

const (
	refusedBusy           refusal = "busy"            // try again soon
	refusedStale          refusal = "stale"           // try again with what is true now
	refusedPending        refusal = "pending"         // Microsoft works on it, up to 24 h
	refusedPrecondition   refusal = "precondition"    // something has to be ended first
	refusedWindow         refusal = "window_closed"   // too late to cancel
	refusedNotCancellable refusal = "not_cancellable" // there is another way, or none
	refusedState          refusal = "state"           // the subscription's state is against it
	refusedUnsupported    refusal = "unsupported"     // not here
	refusedAccess         refusal = "access"          // the caller lacks something: the run fails
	refusedOther          refusal = "other"
)

// classOf sorts a definite refusal.
func classOf(step Step, err error) refusal {
	e, _ := errors.AsType[*partnercenter.Error](err)
	is := func(targets ...error) bool {
		for _, t := range targets {
			if errors.Is(err, t) {
				return true
			}
		}
		return false
	}
	switch {
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

// pause is how long a refused write is left alone while nothing changes. It
// grows with every refusal in a row.
func (c refusal) pause(refusals int) time.Duration {
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
