package auth

import "slices"

// MFA reports whether the user behind an app+user token did multi-factor
// authentication when signing in: whether the claim amr names mfa. It is not
// known when the token is no JWT or has no such claim, as app-only tokens.
//
// Partner Center demands it for every app+user call and answers 401 without
// it. The token is decoded, not verified: use the result to warn a person, not
// to let one in.
//
// Source: https://learn.microsoft.com/partner-center/security/partner-security-requirements-mandating-mfa
func MFA(accessToken string) (done, known bool) {
	amr := readClaims(accessToken).AMR
	return slices.Contains(amr, "mfa"), amr != nil
}
