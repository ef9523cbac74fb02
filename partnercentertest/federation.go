package partnercentertest

import (
	"crypto"
	"crypto/rsa"
	"slices"
)

// federatedAudience is what a token of a trusted issuer is for.
const federatedAudience = "api://AzureADTokenExchange"

// federation is a workload whose tokens stand for the application.
type federation struct {
	issuer, subject string
	key             *rsa.PublicKey
}

// TrustIssuer registers a federated credential of the application: a JWT of
// issuer for subject with the audience api://AzureADTokenExchange, signed with
// RS256 by the owner of key, then does what the client secret does, as often as
// it is sent until it expires. Issuer and subject are compared letter by
// letter. The key must be an *rsa.PublicKey; another one is a panic. An issuer
// may be registered again with other subjects and keys.
//
// Source: https://learn.microsoft.com/entra/workload-id/workload-identity-federation
func (s *Server) TrustIssuer(issuer, subject string, key crypto.PublicKey) {
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		panic("partnercentertest: TrustIssuer: the key is not an *rsa.PublicKey")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.authority.issuers = append(s.authority.issuers, federation{issuer, subject, public})
}

// checkFederated judges an assertion of another issuer than the application.
func (s *Server) checkFederated(r *tokenRequest, a *assertion) *denial {
	now := r.stamp()
	issuer := func(f federation) bool { return f.issuer == a.claims.Issuer }
	subject := func(f federation) bool { return issuer(f) && f.subject == a.claims.Subject }
	signed := func(f federation) bool { return subject(f) && a.header.Alg == "RS256" && a.signedBy(f.key) }
	known := s.authority.issuers
	switch {
	case !slices.ContainsFunc(known, issuer):
		return badAssertion(700211, "No matching federated identity record found for presented assertion issuer.")
	case !slices.ContainsFunc(known, subject):
		return badAssertion(700213, "No matching federated identity record found for presented assertion subject.")
	case !slices.ContainsFunc(known, signed):
		return badAssertion(700027, "Client assertion failed signature validation.")
	case !slices.Contains(a.claims.Audience, federatedAudience):
		return badAssertion(700212, "No matching federated identity record found for presented assertion audience.")
	case !a.timely(now):
		return badAssertion(700024, "Client assertion is not within its valid time range.")
	}
	return nil
}
