package partnercentertest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const relationshipsPath = "/v1.0/tenantRelationships/delegatedAdminRelationships"

// graphRoute is what a path of Graph leads to.
type graphRoute struct {
	op    Operation
	serve func(s *Server, c *call) *answer
}

// graphRoutes are the calls of Microsoft Graph, by method and path. A star
// stands for an identifier.
var graphRoutes = map[string]graphRoute{
	"GET contracts": {ListContracts, (*Server).listContracts},
	"GET tenantRelationships/delegatedAdminRelationships":              {ListGDAP, (*Server).listGDAP},
	"GET tenantRelationships/delegatedAdminRelationships/*":            {GetGDAP, (*Server).getGDAP},
	"POST tenantRelationships/delegatedAdminRelationships/*/requests":  {TerminateGDAP, (*Server).requestGDAP},
	"GET tenantRelationships/delegatedAdminRelationships/*/requests/*": {GetGDAPRequest, (*Server).getGDAPRequest},
}

// findGraph returns the route of a call of Graph and the identifiers in its
// path, which are words 3 and 5 of the five that a path can have at most.
func findGraph(method string, words []string) (r graphRoute, ids []string) {
	words = slices.Clone(words[1:])
	for i := 2; i < len(words); i += 2 {
		ids, words[i] = append(ids, words[i]), "*"
	}
	asked := method + " " + strings.Join(words, "/")
	for key, r := range graphRoutes {
		if strings.EqualFold(key, asked) {
			return r, ids
		}
	}
	return graphRoute{}, nil
}

// graph answers a call of Microsoft Graph.
func (s *Server) graph(c *call) *answer {
	if c.graph.serve == nil {
		return unsupported(c)
	}
	if refused := c.graphOnly(); refused != nil {
		return refused
	}
	return c.graph.serve(s, c)
}

func noGDAP() *answer {
	return graphError(http.StatusNotFound, "itemNotFound", "The relationship was not found.")
}

// getGDAP answers GET .../{id}.
func (s *Server) getGDAP(c *call) *answer {
	a, g := s.findGDAP(c.ids[0], c.now)
	if g == nil {
		return noGDAP()
	}
	return jsonAnswer(http.StatusOK, g.json(a))
}

// getGDAPRequest answers GET .../{id}/requests/{id}.
func (s *Server) getGDAPRequest(c *call) *answer {
	_, g := s.findGDAP(c.ids[0], c.now)
	if g == nil {
		return noGDAP()
	}
	for _, r := range g.Requests {
		if strings.EqualFold(r.ID, c.ids[1]) {
			return jsonAnswer(http.StatusOK, r.json())
		}
	}
	return graphError(http.StatusNotFound, "itemNotFound", "The request was not found.")
}

// graphOnly refuses a call without a valid token for Graph.
func (c *call) graphOnly() *answer {
	if c.opens(serviceGraph) {
		return nil
	}
	return graphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is missing, expired or not meant for this service.").
		set("WWW-Authenticate", "Bearer")
}

func (s *Server) findGDAP(id string, now time.Time) (*account, *GDAP) {
	a := s.byGDAP[strings.ToLower(id)]
	if a == nil {
		return nil, nil
	}
	a.advance(now)
	for i := range a.c.GDAP {
		if strings.EqualFold(a.c.GDAP[i].ID, id) {
			return a, &a.c.GDAP[i]
		}
	}
	return nil, nil
}

func (g *GDAP) json(a *account) map[string]any {
	roles := make([]any, 0, len(g.Roles))
	for _, r := range g.Roles {
		roles = append(roles, map[string]any{"roleDefinitionId": r})
	}
	return map[string]any{
		"@odata.etag": `W/"` + guidFrom("gdap/"+g.ID+"/"+g.Status) + `"`,
		"id":          g.ID, "displayName": g.Name, "status": g.Status, "duration": g.Duration, "autoExtendDuration": "PT0S",
		"customer":        map[string]any{"tenantId": a.c.ID, "displayName": a.c.Company},
		"accessDetails":   map[string]any{"unifiedRoles": roles},
		"createdDateTime": date(g.Created), "activatedDateTime": date(g.Created),
		"lastModifiedDateTime": date(g.Created), "endDateTime": date(g.End),
	}
}

func (r GDAPRequest) json() map[string]any {
	return map[string]any{
		"id": r.ID, "action": r.Action, "status": r.Status,
		"createdDateTime": date(r.Created), "lastModifiedDateTime": date(r.Modified),
	}
}

// listGDAP answers the list of relationships, a page at a time.
func (s *Server) listGDAP(c *call) *answer {
	for k := range c.query {
		if k != "$filter" && k != "$top" && k != "$skiptoken" {
			return unsupported(c)
		}
	}
	status, tenant, err := parseFilter(c.query.Get("$filter"))
	if err != nil {
		return graphError(http.StatusBadRequest, "BadRequest", err.Error())
	}
	top := 300
	if text := c.query.Get("$top"); text != "" {
		if top, err = strconv.Atoi(text); err != nil || top < 1 || top > 300 {
			return graphError(http.StatusBadRequest, "BadRequest", "The value of $top must be between 1 and 300.")
		}
	}
	var from place
	if text := c.query.Get("$skiptoken"); text != "" {
		var ok bool
		if from, ok = parsePlace(text); !ok {
			return graphError(http.StatusBadRequest, "BadRequest", "The $skiptoken is invalid.")
		}
	}
	accounts := s.after(from.seq - 1)
	if tenant != "" {
		accounts = nil
		if a := s.account(tenant); a != nil {
			accounts = []*account{a}
		}
	}
	items, next := gdapPage(accounts, status, from, top, c.now)
	body := map[string]any{"@odata.context": c.origin + "/v1.0/$metadata#tenantRelationships/delegatedAdminRelationships", "value": items}
	if next != nil {
		query := url.Values{"$skiptoken": {next.token()}}
		for _, k := range []string{"$filter", "$top"} {
			if v := c.query.Get(k); v != "" {
				query.Set(k, v)
			}
		}
		body["@odata.nextLink"] = c.origin + relationshipsPath + "?" + query.Encode()
	}
	return jsonAnswer(http.StatusOK, body)
}

// place is where a relationship stands in the list: its customer's position
// and its own among that customer's.
type place struct{ seq, i int }

func (p place) token() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", p.seq, p.i))
}

func parsePlace(text string) (place, bool) {
	data, err := base64.RawURLEncoding.DecodeString(text)
	seq, i, _ := strings.Cut(string(data), ".")
	n, badSeq := strconv.Atoi(seq)
	m, badI := strconv.Atoi(i)
	return place{n, m}, errors.Join(err, badSeq, badI) == nil
}

// gdapPage returns the relationships of one page, and the place at which the
// next page begins, if there is one.
func gdapPage(accounts []*account, status string, from place, top int, now time.Time) (items []any, next *place) {
	items = []any{}
	for _, a := range accounts {
		a.advance(now)
		for i := range a.c.GDAP {
			g := &a.c.GDAP[i]
			if a.seq == from.seq && i < from.i || status != "" && !strings.EqualFold(status, g.Status) {
				continue
			}
			if len(items) == top {
				return items, &place{a.seq, i}
			}
			items = append(items, g.json(a))
		}
	}
	return items, nil
}

// parseFilter reads clauses "status eq 'x'" and "customer/tenantId eq 'y'"
// joined by AND, each perhaps in parentheses.
func parseFilter(filter string) (status, tenant string, err error) {
	words := strings.Fields(strings.NewReplacer("(", " ", ")", " ").Replace(filter))
	for len(words) > 0 {
		if len(words) < 3 || !strings.EqualFold(words[1], "eq") || len(words[2]) < 2 ||
			words[2][0] != '\'' || words[2][len(words[2])-1] != '\'' {
			return "", "", fmt.Errorf("the $filter is not understood at %q", strings.Join(words, " "))
		}
		value := words[2][1 : len(words[2])-1]
		switch strings.ToLower(words[0]) {
		case "status":
			status = value
		case "customer/tenantid":
			tenant = value
		default:
			return "", "", fmt.Errorf("the $filter cannot use %q", words[0])
		}
		words = words[3:]
		if len(words) > 0 {
			if !strings.EqualFold(words[0], "and") || len(words) == 1 {
				return "", "", fmt.Errorf("the $filter is not understood at %q", strings.Join(words, " "))
			}
			words = words[1:]
		}
	}
	return status, tenant, nil
}

// requestGDAP answers POST .../{id}/requests. Only a user may terminate: that
// an application may is not documented.
func (s *Server) requestGDAP(c *call) *answer {
	a, g := s.findGDAP(c.ids[0], c.now)
	if g == nil {
		return noGDAP()
	}
	if !c.token.user {
		return graphError(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	}
	body, err := decodeObject(c.body)
	if action, _ := body["action"].(string); err != nil || !strings.EqualFold(action, "terminate") {
		return graphError(http.StatusBadRequest, "BadRequest", "The action is not supported.")
	}
	if g.Status != "active" && g.Status != "expiring" {
		return graphError(http.StatusConflict, "Conflict", "The relationship is "+g.Status+" and cannot be terminated.")
	}
	before, old := g.Status, g.json(a)
	r := GDAPRequest{ID: newGUID(), Action: "terminate", Status: "created", Created: c.now, Modified: c.now}
	g.Status = "terminationRequested"
	g.Requests = append(g.Requests, r)
	a.count(g.ID)
	s.note(c, a, c.now, "granular_admin_relationship_termination_requested", "granular_admin_relationship", old, g.json(a))
	id, fail, ends := g.ID, g.FailTermination, c.now.Add(s.Delays.GDAP)
	a.later(ends, func(a *account) {
		for i := range a.c.GDAP {
			g := &a.c.GDAP[i]
			if g.ID != id {
				continue
			}
			requested := g.json(a)
			if g.decide(r.ID, before, fail); !fail {
				s.note(c, a, ends, "granular_admin_relationship_terminated", "granular_admin_relationship", requested, g.json(a))
			}
		}
	})
	return jsonAnswer(http.StatusCreated, r.json()).
		set("Location", c.origin+relationshipsPath+"/"+g.ID+"/requests/"+r.ID)
}

// decide ends a request for termination.
func (g *GDAP) decide(request, before string, fail bool) {
	g.Status = "terminated"
	outcome := "succeeded"
	if fail {
		g.Status, outcome = before, "failed"
	}
	for i := range g.Requests {
		if g.Requests[i].ID == request {
			g.Requests[i].Status = outcome
		}
	}
}
