package partnercentertest

import (
	"net/http"
	"strings"
)

// filterCustomers reads the query parameter filter of a list of customers. It
// returns which customers pass, or why there is no telling.
func (s *Server) filterCustomers(c *call) (keep func(*account) bool, refused *answer) {
	if !c.query.Has("filter") {
		return func(*account) bool { return true }, nil
	}
	f, err := decodeObject([]byte(c.query.Get("filter")))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "3000", "The property filter is invalid: "+err.Error())
	}
	field, _ := f["field"].(string)
	value, _ := f["value"].(string)
	operator, _ := f["operator"].(string)
	if len(f) != 3 || value == "" || !strings.EqualFold(operator, "starts_with") {
		return nil, refuse(http.StatusBadRequest, "3000", "The property filter needs Field, Value and the Operator starts_with.")
	}
	var of func(*account) string
	switch strings.ToLower(field) {
	case "companyname":
		of = func(a *account) string { return a.c.Company }
	case "domain":
		of = func(a *account) string { return a.c.Domain }
	case "indirectreseller":
		if !c.token.user {
			return nil, refuse(http.StatusForbidden, "900329", "App only access is not supported for this resource.")
		}
		of = func(a *account) string { return a.c.Reseller }
	case "indirectcloudsolutionprovider": // the partner is a provider itself
		of = func(*account) string { return "" }
	default:
		return nil, refuse(http.StatusBadRequest, "3000", "The property Field of the filter is invalid.")
	}
	prefix := strings.ToLower(value)
	return func(a *account) bool { return strings.HasPrefix(strings.ToLower(of(a)), prefix) }, nil
}
