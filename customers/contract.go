package customers

import (
	"context"
	"iter"

	"github.com/cspkit/cspkit/partnercenter"
)

// Contract is a customer as the partner's own tenant knows it. It shows a
// customer that Partner Center does not list, and the other way round.
//
// Source: https://learn.microsoft.com/graph/api/resources/contract
type Contract struct {
	CustomerID        TenantID `json:"customerId"`
	DefaultDomainName string   `json:"defaultDomainName"` // as it was when the contract was made
	DisplayName       string   `json:"displayName"`       // likewise
	ContractType      string   `json:"contractType"`      // such as ResellerPartner
}

// Contracts yields the contracts of the partner's tenant. It needs app+user
// credentials for Graph, with the permission Directory.Read.All. Not available
// in 21Vianet.
//
// Source: GET /v1.0/contracts, https://learn.microsoft.com/graph/api/contract-list
func (s *Service) Contracts(ctx context.Context) iter.Seq2[*Contract, error] {
	r := graphRequest("listing contracts", "")
	r.Path = partnercenter.Path("contracts")
	return partnercenter.All[*Contract](ctx, s.pc, r)
}
