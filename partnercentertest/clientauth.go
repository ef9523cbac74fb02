package partnercentertest

import (
	"net/http"
	"net/url"
	"strings"
)

// assertionType is the value of client_assertion_type for a JWT.
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// checkClient refuses a request for tokens that does not prove to come from the
// application. Every grant needs that proof: the application is confidential.
func (s *Server) checkClient(r *tokenRequest) *denial {
	id, secret := r.form.Get("client_id"), r.form.Get("client_secret")
	if user, pass, ok := (&http.Request{Header: r.header}).BasicAuth(); ok {
		id, _ = url.QueryUnescape(user)
		secret, _ = url.QueryUnescape(pass)
	}
	if denied := checkClientID(id); denied != nil {
		return denied
	}
	switch {
	case r.form.Get("client_assertion") != "" && r.form.Get("client_assertion_type") == assertionType:
		return s.checkAssertion(r)
	case secret == "":
		return deny(http.StatusUnauthorized, "invalid_client", 7000218,
			"The request body must contain the following parameter: 'client_assertion' with its 'client_assertion_type', or 'client_secret'.")
	case secret != ClientSecret:
		return deny(http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided.")
	case s.SecretExpired:
		return deny(http.StatusUnauthorized, "invalid_client", 7000222, "The provided client secret keys are expired.")
	}
	return nil
}

// checkClientID refuses an application that nobody registered.
func checkClientID(id string) *denial {
	if strings.EqualFold(id, ClientID) {
		return nil
	}
	return deny(http.StatusBadRequest, "unauthorized_client", 700016, "Application with identifier '"+id+"' was not found in the directory.")
}
