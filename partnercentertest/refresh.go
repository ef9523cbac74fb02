package partnercentertest

import (
	"crypto/rand"
	"net/http"
	"time"
)

// refreshLife is how long a refresh token lives. The time counts from its
// issue: a client that stores the new one of each redemption stays signed in.
const refreshLife = 90 * day

type refreshState int

const (
	refreshLive    refreshState = iota
	refreshUsed                 // replaced by its successor
	refreshRevoked              // the user or an administrator ended it
)

// refreshToken is what the server remembers of a refresh token.
type refreshToken struct {
	state  refreshState
	issued time.Time
}

// RevokeRefreshTokens makes every refresh token invalid: redeeming one answers
// invalid_grant with AADSTS700082. [Server.SignIn] gives a new one.
func (s *Server) RevokeRefreshTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, t := range s.refresh {
		t.state = refreshRevoked
		s.refresh[k] = t
	}
}

// SignIn returns a new refresh token, as a user gets by signing in again. It
// lives for 90 days, as each one does; the constant RefreshToken lives for 90
// days from [New].
func (s *Server) SignIn() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newRefreshToken()
}

func (s *Server) newRefreshToken() string {
	t := "0.partnercentertest-refresh-" + rand.Text()
	s.refresh[t] = refreshToken{issued: s.now()}
	s.secrets = append(s.secrets, t)
	return t
}

// redeemRefreshToken answers the grant refresh_token. One refresh token serves
// every resource, and each customer's tenant that GDAP opens.
func (s *Server) redeemRefreshToken(r *tokenRequest) (map[string]any, *denial) {
	a, denied := wants(r.form, r.v1, true)
	if denied != nil {
		return nil, denied
	}
	given := r.form.Get("refresh_token")
	t, known := s.refresh[given]
	switch {
	case !known || t.state == refreshUsed:
		return nil, deny(http.StatusBadRequest, "invalid_grant", 70000, "The provided value for the input parameter 'refresh_token' is not valid.")
	case t.state == refreshRevoked || r.now.Sub(t.issued) >= refreshLife:
		return nil, deny(http.StatusBadRequest, "invalid_grant", 700082, "The refresh token has expired due to inactivity or was revoked.")
	}
	if s.MFAChallenge {
		d := deny(http.StatusBadRequest, "interaction_required", 50076,
			"Due to a configuration change made by your administrator, you must use multi-factor authentication.").because("basic_action")
		d.claims = `{"access_token":{"capolids":{"essential":true,"values":["` + guidFrom("policy/mfa") + `"]}}}`
		return nil, d
	}
	if denied := s.admitUser(r.tenant); denied != nil {
		return nil, denied
	}
	body := s.grant(r, a, true)
	s.identify(r, a, "", body)
	body["refresh_token"] = given
	if s.RotateRefreshTokens || s.StrictRotation {
		body["refresh_token"] = s.newRefreshToken()
	}
	if s.StrictRotation {
		t.state = refreshUsed
		s.refresh[given] = t
	}
	return body, nil
}
