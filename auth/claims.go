package auth

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// claims are what an access token says about itself. They are decoded, not
// verified: that is the business of the service that gets the token.
//
// Source: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
type claims struct {
	Known    bool // the token is a JWT
	Audience string
	Tenant   string
	Scopes   []string // of a user's token
	Roles    []string // of an app's token
	AMR      []string // how the user signed in; nil if the token does not say
	AppOnly  bool
	Issued   time.Time
	Expires  time.Time
}

// readClaims decodes each member on its own, so that one of a surprising type
// spoils no other.
func readClaims(accessToken string) claims {
	parts := strings.Split(accessToken, ".")
	if len(parts) != 3 {
		return claims{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return claims{}
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(payload, &members) != nil || members == nil {
		return claims{}
	}
	var scopes, kind, user string
	var issued, expires float64
	c := claims{Known: true}
	read := func(name string, into any) { _ = json.Unmarshal(members[name], into) }
	read("aud", &c.Audience)
	read("tid", &c.Tenant)
	read("scp", &scopes)
	read("roles", &c.Roles)
	read("amr", &c.AMR)
	read("idtyp", &kind)
	read("upn", &user)
	read("iat", &issued)
	read("exp", &expires)
	c.Scopes = strings.Fields(scopes)
	// idtyp is an optional claim; a token with neither scopes nor a user is an app's.
	c.AppOnly = kind == "app" || kind == "" && scopes == "" && user == ""
	c.Issued, c.Expires = unixTime(issued), unixTime(expires)
	return c
}

func unixTime(seconds float64) time.Time {
	if seconds <= 0 || seconds > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}
