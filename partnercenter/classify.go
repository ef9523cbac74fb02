package partnercenter

import (
	"net/http"
	"strings"

	"github.com/cspkit/cspkit/auth"
)

// classes says what a caller does next for each code of Partner Center.
//
// Source: https://learn.microsoft.com/partner-center/developer/error-codes
var classes = func() map[string]error {
	table := map[error]string{
		ErrUnauthorized:            "900420 800001",
		ErrConditionalAccess:       "900309 90000",
		ErrAppOnlyNotSupported:     "900329 900316",
		ErrForbidden:               "900308 900150 1002 2032",
		ErrTransient:               "800003 900192 800094 800005",
		ErrNotSupported:            "900127 900141 800042 900263 900321",
		ErrBusy:                    "900278 800014 800060 800064 800082 800072",
		ErrStaleETag:               "2055",
		ErrPrecondition:            "800036 900115 27009",
		ErrNotFound:                "1000 20000 20003 60003 800111 800037 800007",
		ErrNoRelationship:          "20002 900159",
		ErrValidation:              "800002 3000 900118 900126 600002 600049 600050 600051",
		ErrDuplicateAgreement:      "600061",
		ErrWindowClosed:            "900117 900213 900214 900257 800090",
		ErrNotCancellable:          "800061 800063 800077 800019",
		ErrTerminalState:           "2011 900277 900279 900280 800040 800091 800096",
		ErrAgreementMissing:        "13605",
		ErrPartnerAgreementMissing: "900123 900124",
		ErrAccountLocked:           "800073 800074 800075 900416 800069",
		ErrProgramInactive:         "800039 900149",
		ErrLimitReached:            "900311 900419 800066 800067 800068 800088 800089 800018",
	}
	byCode := map[string]error{}
	for class, codes := range table {
		for code := range strings.FieldsSeq(codes) {
			byCode[code] = class
		}
	}
	return byCode
}()

// class returns the sentinel of an answer: by its code first, then by the
// service's own word, then by its status, because one code comes with several
// statuses. text is everything that the answer says in words.
func (d *decoder) class(text string) error {
	status, code := d.e.Status, d.e.Code
	text = strings.ToLower(text)
	switch {
	case status == http.StatusUnauthorized && mentionsMFA(text):
		return ErrMFARequired
	case status == http.StatusTooManyRequests:
		return ErrThrottled
	case code == "3000" && relationshipGone(text):
		// 3000 doubles as "invalid property": only its text tells them apart.
		return ErrNoRelationship
	case code == "2006" && status == http.StatusForbidden:
		return ErrProgramInactive
	}
	if class, ok := classes[code]; ok {
		return class
	}
	if d.entra != nil {
		if class := classifyEntra(d.entra); class != nil {
			return class
		}
	}
	class := byStatusCode(status)
	if d.retryable == nil || class == ErrUnauthorized {
		return class
	}
	// The service's own word decides for codes that the table does not know.
	if *d.retryable {
		return ErrTransient
	}
	if class == ErrTransient {
		return ErrValidation
	}
	return class
}

// byStatusCode classifies an answer whose code says nothing.
func byStatusCode(status int) error {
	switch status {
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound, http.StatusGone:
		return ErrNotFound
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return ErrNotSupported
	case http.StatusConflict:
		return ErrBusy
	case http.StatusPreconditionFailed:
		return ErrStaleETag
	case http.StatusExpectationFailed:
		return ErrPrecondition
	case http.StatusRequestTimeout:
		return ErrTransient
	}
	switch {
	case status >= 500:
		return ErrTransient
	case status >= 400:
		return ErrValidation
	default: // a redirect that was not followed, or worse
		return ErrUnexpectedAnswer
	}
}

// classifyEntra returns the sentinel of a refusal by the sign-in service, nil
// for one that only package auth has a name for.
//
// Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
func classifyEntra(e *auth.Error) error {
	for _, class := range []error{ErrMFARequired, ErrSignInAgain, ErrConsentRequired, ErrConditionalAccess} {
		if e.Is(class) {
			return class
		}
	}
	switch {
	case e.Is(auth.ErrTransient):
		return ErrTransient
	case e.Is(auth.ErrMisconfigured):
		return ErrUnauthorized
	}
	return nil
}

// mentionsMFA recognises a missing multi-factor authentication. The service
// says "401 Unauthorized - MFA required" in the status line, and a proxy that
// speaks HTTP/2 may move it into a header or the body.
func mentionsMFA(text string) bool {
	return strings.Contains(text, "mfa required") || strings.Contains(text, "mfa is required") ||
		strings.Contains(text, "multi-factor authentication") || strings.Contains(text, "multifactor authentication")
}

// relationshipGone recognises the text of a removal that was done before.
func relationshipGone(text string) bool {
	return strings.Contains(text, "relationship") &&
		(strings.Contains(text, "not exist") || strings.Contains(text, "n't exist") || strings.Contains(text, "no relationship"))
}
