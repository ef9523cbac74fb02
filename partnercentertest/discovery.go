package partnercentertest

import (
	"net/http"
	"net/url"
	"strings"
)

// describeTenant answers the OpenID configuration of a tenant, from which
// clients such as MSAL learn where the other endpoints are. Nothing answers at
// its jwks_uri: the tokens of the emulator have no signatures to check.
func (s *Server) describeTenant(c *call) *answer {
	if _, denied := s.tenant(c); denied != nil {
		denied.name = "invalid_tenant"
		return denied.json(c)
	}
	word := segments(c.path)[0]
	base, issuer := c.origin+"/"+word, strings.ToLower(word)
	if anyTenant(word) {
		issuer = "{tenantid}" // to be filled in with that of the user
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"issuer":                                c.origin + "/" + issuer + "/v2.0",
		"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
		"token_endpoint":                        base + "/oauth2/v2.0/token",
		"device_authorization_endpoint":         base + "/oauth2/v2.0/devicecode",
		"jwks_uri":                              base + "/discovery/v2.0/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"response_modes_supported":              []string{"query"},
		"response_types_supported":              []string{"code"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

// describeInstance answers the question which hosts are one authority with the
// one that was asked about, because the emulator answers for every host.
func (s *Server) describeInstance(c *call) *answer {
	endpoint, err := url.Parse(c.query.Get("authorization_endpoint"))
	if err != nil || endpoint.Host == "" || len(segments(endpoint.Path)) == 0 {
		return deny(http.StatusBadRequest, "invalid_request", 900144,
			"The request must contain the following parameter: 'authorization_endpoint'.").json(c)
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": endpoint.Scheme + "://" + endpoint.Host + "/" + segments(endpoint.Path)[0] + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []any{map[string]any{
			"preferred_network": endpoint.Host, "preferred_cache": endpoint.Host, "aliases": []string{endpoint.Host},
		}},
	})
}
