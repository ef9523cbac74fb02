package customers

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/cspkit/cspkit/partnercenter"
)

// PartnerRelationshipType is what a partner is to another partner. An unknown
// value passes through as the service spells it.
type PartnerRelationshipType string

const (
	// IndirectProviderOf is the view of an indirect provider: the others are
	// its indirect resellers.
	IndirectProviderOf PartnerRelationshipType = "IsIndirectCloudSolutionProviderOf"
	// IndirectResellerOf is the view of an indirect reseller: the others are
	// its indirect providers.
	IndirectResellerOf PartnerRelationshipType = "IsIndirectResellerOf"
)

// Is reports whether both are the same. In answers the service spells
// is_indirect_reseller_of what it calls IsIndirectResellerOf in requests.
func (t PartnerRelationshipType) Is(other PartnerRelationshipType) bool {
	plain := func(t PartnerRelationshipType) string { return strings.ReplaceAll(string(t), "_", "") }
	return strings.EqualFold(plain(t), plain(other))
}

// PartnerRelationship is a relationship with another partner.
//
// Source: https://learn.microsoft.com/partner-center/developer/relationships-resources
type PartnerRelationship struct {
	ID               TenantID                `json:"id"` // of the other partner's tenant
	Name             string                  `json:"name"`
	RelationshipType PartnerRelationshipType `json:"relationshipType"`
	MPNID            string                  `json:"mpnId"`             // the PartnerID of the other partner
	State            string                  `json:"state,omitzero"`    // such as Active; by PartnerRelationships only
	Location         string                  `json:"location,omitzero"` // a country, such as US; by PartnerRelationships only
}

// IndirectResellers yields the partners through whom a customer buys: its
// indirect resellers, as its provider sees them. A direct customer has none.
// Like the calls below, it needs app+user credentials.
//
// Source: GET /v1/customers/{customer-tenant-id}/relationships,
// https://learn.microsoft.com/partner-center/developer/get-indirect-resellers-of-a-customer
func (s *Service) IndirectResellers(ctx context.Context, id TenantID) iter.Seq2[*PartnerRelationship, error] {
	return partnercenter.All[*PartnerRelationship](ctx, s.pc, partnercenter.Request{
		Operation: "listing indirect resellers of customer " + string(id), Credential: partnercenter.AppUser,
		Resource: partnercenter.Customers, Path: partnercenter.Path("customers", string(id), "relationships"),
	})
}

// PartnerRelationships yields the partners with whom this partner works:
// its indirect resellers ([IndirectProviderOf]) or its indirect providers
// ([IndirectResellerOf]).
//
// Source: GET /v1/relationships?relationship_type=…,
// https://learn.microsoft.com/partner-center/developer/retrieve-a-list-of-indirect-resellers
func (s *Service) PartnerRelationships(ctx context.Context, t PartnerRelationshipType) iter.Seq2[*PartnerRelationship, error] {
	return partnercenter.All[*PartnerRelationship](ctx, s.pc, partnercenter.Request{
		Operation: "listing partner relationships", Credential: partnercenter.AppUser,
		Resource: relationships, Path: partnercenter.Path("relationships"),
		Query: url.Values{"relationship_type": {string(t)}},
	})
}

// relationships is what lists of partners count against: Microsoft states no
// budget for them.
const relationships partnercenter.Resource = "relationships"

// RelationshipRequestURL returns the link by which somebody becomes a customer
// of this partner: an administrator of the customer opens it and accepts. It
// is the way back to a customer whose relationship was removed.
//
// Source: GET /v1/customers/relationshiprequests,
// https://learn.microsoft.com/partner-center/developer/request-reseller-relationship
func (s *Service) RelationshipRequestURL(ctx context.Context) (string, error) {
	var out relationshipRequest
	err := s.pc.Do(ctx, partnercenter.Request{
		Operation: "getting the relationship request URL", Credential: partnercenter.AppUser, Resource: partnercenter.Customers,
		Method: http.MethodGet, Path: partnercenter.Path("customers", "relationshiprequests"),
	}, &out)
	if err != nil {
		return "", err
	}
	return out.URL, nil
}

type relationshipRequest struct {
	URL string `json:"url"`
}

// Validate makes an answer without a link unreadable.
func (r *relationshipRequest) Validate() error {
	if r.URL == "" {
		return errors.New("it has no url")
	}
	return nil
}
