package partnercentertest

import (
	"net/http"
	"strings"
)

// Reseller is an indirect reseller of the partner.
type Reseller struct {
	ID    string // tenant ID
	Name  string
	MPNID string // the PartnerID, as associatedPartnerId shows it
}

// reseller returns the indirect reseller with the tenant ID or PartnerID.
func (s *Server) reseller(id string) (Reseller, bool) {
	for _, r := range s.Resellers {
		if id != "" && (strings.EqualFold(r.ID, id) || r.MPNID == id) {
			return r, true
		}
	}
	return Reseller{}, false
}

func (r Reseller) json() map[string]any {
	return map[string]any{
		"id": r.ID, "name": r.Name, "mpnId": r.MPNID, "relationshipType": "is_indirect_cloud_solution_provider_of",
		"attributes": map[string]any{"objectType": "PartnerRelationship"},
	}
}

// listCustomerRelationships answers GET /v1/customers/{id}/relationships.
func (s *Server) listCustomerRelationships(_ *call, a *account, _ []string) *answer {
	var items []any
	if r, ok := s.reseller(a.c.Reseller); ok {
		items = append(items, r.json())
	}
	return jsonAnswer(http.StatusOK, collection(items, "/customers/"+a.c.ID+"/relationships"))
}

// listRelationships answers GET /v1/relationships. The partner is a provider,
// and so has no providers of its own.
func (s *Server) listRelationships(c *call, _ *account, _ []string) *answer {
	for k := range c.query {
		if k != "relationship_type" {
			return unsupported(c)
		}
	}
	var items []any
	switch kind := c.query.Get("relationship_type"); strings.ToLower(kind) {
	case "isindirectresellerof":
	case "isindirectcloudsolutionproviderof":
		for _, r := range s.Resellers {
			item := r.json()
			item["state"], item["location"] = "Active", "NL"
			items = append(items, item)
		}
	default:
		return refuse(http.StatusBadRequest, "3000", "The property relationship_type is invalid.")
	}
	return jsonAnswer(http.StatusOK, collection(items, "/relationships?"+c.raw))
}

// relationshipRequest answers GET /v1/customers/relationshiprequests.
func (s *Server) relationshipRequest(*call, *account, []string) *answer {
	return jsonAnswer(http.StatusOK, map[string]any{
		"url": "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&partnerId=" + TenantID +
			"&msppId=0#/BillingAccounts/partner-invitation",
		"attributes": map[string]any{"objectType": "RelationshipRequest"},
	})
}
