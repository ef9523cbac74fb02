package auth

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

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
	parts := strings.Split(accessToken, ".")
	if len(parts) != 3 {
		return false, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return false, false
	}
	var claims struct {
		AMR []string `json:"amr"`
	}
	if json.Unmarshal(payload, &claims) != nil || claims.AMR == nil {
		return false, false
	}
	return slices.Contains(claims.AMR, "mfa"), true
}
