package partnercentertest

import (
	"net/http"
	"slices"
	"strings"
)

// domain answers HEAD /v1/domains/{domain}: 200 says that it is taken.
func (s *Server) domain(c *call, _ *account, ids []string) *answer {
	if s.taken(c, ids[0]) {
		return bare(http.StatusOK)
	}
	return bare(http.StatusNotFound)
}

// stateful are the countries whose states are looked at.
var stateful = []string{"US", "CA", "CN", "MX"}

// validateAddress answers POST /v1/validations/address. An address in the
// shape of its country is taken for one that exists.
func (s *Server) validateAddress(c *call, _ *account, _ []string) *answer {
	address, err := decodeCamel(c.body)
	if err != nil {
		return refuse(http.StatusBadRequest, "3000", "The body is invalid: "+err.Error())
	}
	known := []string{"addressLine1", "addressLine2", "city", "state", "postalCode", "country"}
	for name := range address {
		if !slices.Contains(known, name) {
			return invalid(name)
		}
	}
	for _, name := range []string{"addressLine1", "city", "postalCode", "country"} {
		if text, _ := address[name].(string); text == "" {
			return invalid(strings.ToUpper(name[:1]) + name[1:])
		}
	}
	code, _ := address["country"].(string)
	k, refused := findCountry(code)
	if refused != nil {
		return refused
	}
	status, message := "VerifiedShippable", "Address is verified and shippable."
	state, _ := address["state"].(string)
	postal, _ := address["postalCode"].(string)
	suggested := []any{address}
	switch {
	case !matchesExpression(k.postal, postal):
		status, message, suggested = "None", "The address could not be found.", []any{}
	case slices.Contains(stateful, code) && !slices.Contains(strings.Fields(k.states), strings.ToUpper(state)):
		status, message, suggested = "InteractionRequired", "The state does not belong to the address.", []any{}
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"originalAddress": address, "suggestedAddresses": suggested, "status": status, "validationMessage": message,
	})
}
