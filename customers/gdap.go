package customers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/internal/guid"
	"github.com/cspkit/cspkit/partnercenter"
)

// GDAPStatus is the state of a GDAP relationship. An unknown value passes
// through as Graph spells it.
type GDAPStatus string

const (
	GDAPActivating           GDAPStatus = "activating"
	GDAPActive               GDAPStatus = "active"
	GDAPApprovalPending      GDAPStatus = "approvalPending" // lapses by itself
	GDAPApproved             GDAPStatus = "approved"
	GDAPCreated              GDAPStatus = "created"
	GDAPExpired              GDAPStatus = "expired"
	GDAPExpiring             GDAPStatus = "expiring"
	GDAPTerminated           GDAPStatus = "terminated"
	GDAPTerminating          GDAPStatus = "terminating"
	GDAPTerminationRequested GDAPStatus = "terminationRequested"
)

// Is reports whether s is one of the others, in any letter case.
func (s GDAPStatus) Is(others ...GDAPStatus) bool {
	return slices.ContainsFunc(others, func(o GDAPStatus) bool { return strings.EqualFold(string(s), string(o)) })
}

// GDAPRelationship gives a partner granular delegated admin privileges in a
// customer's tenant. It does not end with the reseller relationship.
//
// Source: https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship
type GDAPRelationship struct {
	ID          string     `json:"id"`
	DisplayName string     `json:"displayName"`
	Status      GDAPStatus `json:"status"`
	Customer    struct {
		TenantID    TenantID `json:"tenantId"`
		DisplayName string   `json:"displayName"`
	} `json:"customer"`
	EndDateTime partnercenter.Time `json:"endDateTime"`
}

// GDAPRequest is a request to change a GDAP relationship, which Graph carries
// out later. Status is created, pending, succeeded or failed.
type GDAPRequest struct {
	ID     string `json:"id"`
	Action string `json:"action"`
	Status string `json:"status"`
}

// Failed reports whether Graph gave the request up.
func (r GDAPRequest) Failed() bool { return strings.EqualFold(r.Status, "failed") }

// GDAPRelationships yields the GDAP relationships with a customer, in every
// status. What is not a tenant id is an error that matches [ErrTenantID],
// before anything is sent. Like the calls below, it needs app+user credentials
// for Graph. Not available in 21Vianet.
//
// Source: GET /v1.0/tenantRelationships/delegatedAdminRelationships,
// https://learn.microsoft.com/graph/api/tenantrelationship-list-delegatedadminrelationships
func (s *Service) GDAPRelationships(ctx context.Context, id TenantID) iter.Seq2[*GDAPRelationship, error] {
	r := graphRequest("listing GDAP relationships of customer "+string(id), http.MethodGet)
	r.Query = url.Values{"$filter": {fmt.Sprintf("customer/tenantId eq '%s'", id)}}
	return func(yield func(*GDAPRelationship, error) bool) {
		if !guid.Valid(string(id)) { // a filter by nobody finds relationships that wait for their customer
			yield(nil, partnercenter.Unsent(fmt.Errorf("%s: %w", r.Operation, ErrTenantID)))
			return
		}
		for g, err := range partnercenter.All[GDAPRelationship](ctx, s.pc, r) {
			switch {
			case err != nil:
				yield(nil, err)
				return
			case !strings.EqualFold(string(g.Customer.TenantID), string(id)):
				continue // the filter is the service's to honour; another customer's is never ours to end
			case !yield(&g, nil):
				return
			}
		}
	}
}

// AllGDAPRelationships yields the GDAP relationships of the partner with all
// customers, in the statuses that are named, or in every status if none is.
// One that waits for its customer's approval has no customer yet.
//
// Source: GET /v1.0/tenantRelationships/delegatedAdminRelationships,
// https://learn.microsoft.com/graph/api/tenantrelationship-list-delegatedadminrelationships
func (s *Service) AllGDAPRelationships(ctx context.Context, statuses ...GDAPStatus) iter.Seq2[*GDAPRelationship, error] {
	r := graphRequest("listing GDAP relationships", http.MethodGet)
	r.Query = url.Values{"$top": {"300"}} // the most there is
	if len(statuses) == 1 {
		r.Query.Set("$filter", "status eq '"+strings.ReplaceAll(string(statuses[0]), "'", "''")+"'")
	}
	return func(yield func(*GDAPRelationship, error) bool) {
		for g, err := range partnercenter.All[*GDAPRelationship](ctx, s.pc, r) {
			if err == nil && len(statuses) > 0 && !g.Status.Is(statuses...) {
				continue // of several statuses, Graph's filter is not documented
			}
			if !yield(g, err) {
				return
			}
		}
	}
}

// GDAPRelationship returns one GDAP relationship. The error matches
// [partnercenter.ErrNotFound] when the partner has no such relationship.
//
// Source: GET /v1.0/tenantRelationships/delegatedAdminRelationships/{id},
// https://learn.microsoft.com/graph/api/delegatedadminrelationship-get
func (s *Service) GDAPRelationship(ctx context.Context, id string) (*GDAPRelationship, error) {
	var out gdapAnswer
	if err := s.pc.Do(ctx, graphRequest("getting GDAP relationship "+id, http.MethodGet, id), &out); err != nil {
		return nil, err
	}
	return &out.GDAPRelationship, nil
}

// gdapAnswer is one GDAP relationship that was asked for by id.
type gdapAnswer struct{ GDAPRelationship }

// Validate makes an answer without a status unreadable: nobody could say
// whether the relationship has ended.
func (a *gdapAnswer) Validate() error {
	if a.Status == "" {
		return errors.New("it has no status")
	}
	return nil
}

// TerminateGDAP asks Graph to end a GDAP relationship. It is over when a read
// shows the status terminated; the request that is returned tells of a failure.
// Graph does not recognise a repeated request: read before sending it again.
// UNCONFIRMED by Microsoft's pages: whether an app-only token is enough.
//
// Source: POST /v1.0/tenantRelationships/delegatedAdminRelationships/{id}/requests,
// https://learn.microsoft.com/graph/api/delegatedadminrelationship-post-requests
func (s *Service) TerminateGDAP(ctx context.Context, relationship string, opts ...partnercenter.CallOption) (*GDAPRequest, error) {
	r := graphRequest("terminating GDAP relationship "+relationship, http.MethodPost, relationship, "requests").With(opts...)
	r.Body = []byte(`{"action":"terminate"}`)
	resp, err := s.pc.Send(ctx, r)
	if err != nil {
		return nil, err
	}
	out := new(GDAPRequest)
	if err := json.Unmarshal(resp.Body, out); err != nil || out.ID == "" {
		// Location ends in the request's id.
		location := resp.Header.Get("Location")
		out.ID = location[strings.LastIndexByte(location, '/')+1:]
	}
	return out, nil
}

// GDAPRequest returns how far a request of TerminateGDAP is.
//
// Source: GET /v1.0/tenantRelationships/delegatedAdminRelationships/{id}/requests/{id},
// https://learn.microsoft.com/graph/api/delegatedadminrelationshiprequest-get
func (s *Service) GDAPRequest(ctx context.Context, relationship, id string) (*GDAPRequest, error) {
	out := new(GDAPRequest)
	r := graphRequest("getting a request on GDAP relationship "+relationship, http.MethodGet, relationship, "requests", id)
	if err := s.pc.Do(ctx, r, out); err != nil {
		return nil, err
	}
	return out, nil
}

// CheckGDAP reports whether the credentials for the GDAP calls are there and
// valid, without sending anything to Graph.
func (s *Service) CheckGDAP(ctx context.Context) error {
	return s.pc.Authorize(ctx, graphRequest("terminating GDAP relationships", http.MethodPost))
}

func graphRequest(operation, method string, segments ...string) partnercenter.Request {
	return partnercenter.Request{
		Operation: operation, Service: partnercenter.Graph, Credential: partnercenter.AppUser,
		Resource: partnercenter.GraphResource, Method: method, NotIn: []string{auth.China().Name},
		Path: partnercenter.Path(append([]string{"tenantRelationships", "delegatedAdminRelationships"}, segments...)...),
	}
}
