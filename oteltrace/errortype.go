package oteltrace

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
)

// errorTypes are the values of error.type for what the library's sentinels
// name. The first that an error matches is its type.
var errorTypes = []struct {
	err  error
	name string
}{
	{context.Canceled, "canceled"},
	{context.DeadlineExceeded, "timeout"},
	{offboard.ErrDeclined, "declined"},
	{offboard.ErrNotCustomer, "not_customer"},
	{offboard.ErrLeased, "leased"},
	{offboard.ErrLeaseLost, "lease_lost"},
	{offboard.ErrBehind, "behind"},
	{offboard.ErrNoRun, "no_run"},
	{offboard.ErrFinished, "finished"},
	{offboard.ErrGivingUp, "giving_up"},
	{offboard.ErrRemovalSent, "removal_sent"},
	{offboard.ErrRole, "role"},
	{offboard.ErrResellerScope, "reseller_scope"},
	{offboard.ErrOwnTenant, "own_tenant"},
	{offboard.ErrPolicy, "policy"},
	{mca.ErrAnotherSignatory, "another_signatory"},
	{mca.ErrAttestationUnusable, "attestation_unusable"},
	{mca.ErrNotDelivered, "not_delivered"},
	{mca.ErrBehind, "behind"},
	{mca.ErrNoRecord, "no_record"},
	{mca.ErrNoTemplate, "no_template"},
	{auth.ErrMisconfigured, "misconfigured"},
	{auth.ErrUser, "user"},
	{auth.ErrTenant, "tenant"},
	{partnercenter.ErrMissingCredential, "missing_credential"},
	{partnercenter.ErrMFARequired, "mfa_required"},
	{partnercenter.ErrSignInAgain, "sign_in_again"},
	{partnercenter.ErrConsentRequired, "consent_required"},
	{partnercenter.ErrConditionalAccess, "conditional_access"},
	{partnercenter.ErrAppOnlyNotSupported, "app_only_not_supported"},
	{partnercenter.ErrUnauthorized, "unauthorized"},
	{partnercenter.ErrForbidden, "forbidden"},
	{partnercenter.ErrThrottled, "throttled"},
	{partnercenter.ErrForeignHost, "foreign_host"},
	{partnercenter.ErrUnexpectedAnswer, "unexpected_answer"},
	{partnercenter.ErrNotSupported, "not_supported"},
	{partnercenter.ErrBusy, "busy"},
	{partnercenter.ErrStaleETag, "stale_etag"},
	{partnercenter.ErrPrecondition, "precondition"},
	{partnercenter.ErrNoRelationship, "no_relationship"},
	{partnercenter.ErrNotFound, "not_found"},
	{partnercenter.ErrValidation, "validation"},
	{partnercenter.ErrDuplicateAgreement, "duplicate_agreement"},
	{partnercenter.ErrWindowClosed, "window_closed"},
	{partnercenter.ErrNotCancellable, "not_cancellable"},
	{partnercenter.ErrTerminalState, "terminal_state"},
	{partnercenter.ErrAgreementMissing, "agreement_missing"},
	{partnercenter.ErrPartnerAgreementMissing, "partner_agreement_missing"},
	{partnercenter.ErrAccountLocked, "account_locked"},
	{partnercenter.ErrProgramInactive, "program_inactive"},
	{partnercenter.ErrLimitReached, "limit_reached"},
}

// errorType returns a word for an error, and never its text.
func errorType(err error) string {
	for _, t := range errorTypes {
		if errors.Is(err, t.err) {
			return t.name
		}
	}
	if e, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err); ok && e.Timeout() {
		return "timeout"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "dns"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "certificate"
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return "connection"
	}
	if errors.Is(err, partnercenter.ErrTransient) {
		return "transient"
	}
	return "_OTHER" // the conventions' word for what has no name
}
