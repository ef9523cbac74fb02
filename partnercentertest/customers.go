package partnercentertest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// endOfList is the continuation of a list that has no more pages.
const endOfList = -1

// listCustomers answers GET /v1/customers, a page at a time.
func (s *Server) listCustomers(c *call, _ *account, _ []string) *answer {
	for k := range c.query {
		if k != "size" && k != "seekOperation" && k != "filter" {
			return unsupported(c)
		}
	}
	keep, refused := s.filterCustomers(c)
	if refused != nil {
		return refused
	}
	most := s.PageSize
	if most <= 0 {
		most = 500
	}
	size := most
	if text := c.query.Get("size"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return refuse(http.StatusBadRequest, "3000", "The property size is invalid.")
		}
		if n > 0 {
			size = min(n, most)
		}
	}
	after := 0
	if c.query.Has("seekOperation") {
		n, ok := parseContinuation(c.header.Get("MS-ContinuationToken"))
		if !ok || c.query.Get("seekOperation") != "Next" {
			return refuse(http.StatusBadRequest, "3000", "The continuation needs seekOperation=Next and the header MS-ContinuationToken of the page before.")
		}
		if n == endOfList {
			return refuse(http.StatusBadRequest, "2000", "There are no more items.")
		}
		after = n
	}
	var items []any
	last, more := 0, false
	for _, a := range s.after(after) {
		if a.gone(c.now) || a.relationship(c.now) == "none" || !keep(a) {
			continue
		}
		if len(items) == size {
			more = true
			break
		}
		items = append(items, s.customerJSON(a, false, a.relationship(c.now)))
		last = a.seq
	}
	self := "/customers?size=" + strconv.Itoa(size)
	if c.query.Has("filter") {
		self += "&filter=" + url.QueryEscape(c.query.Get("filter"))
	}
	body := collection(items, "/v1"+self)
	if !more && s.EndOfListCode {
		last, more = endOfList, true
	}
	if more {
		next := link(self + "&seekOperation=Next") // without /v1, as the service sends it
		next["headers"] = []any{map[string]any{"key": "MS-ContinuationToken", "value": continuation(last)}}
		body["links"].(map[string]any)["next"] = next
	}
	return jsonAnswer(http.StatusOK, body).withBOM()
}

// continuation returns the opaque text that leads to the page after a customer.
func continuation(seq int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "v1;after=%d", seq))
}

func parseContinuation(text string) (seq int, ok bool) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return 0, false
	}
	digits, ok := strings.CutPrefix(string(data), "v1;after=")
	if !ok {
		return 0, false
	}
	seq, err = strconv.Atoi(digits)
	return seq, err == nil
}

// customerJSON renders a customer; only the read by id has the second half.
func (s *Server) customerJSON(a *account, whole bool, relationship string) map[string]any {
	self := "/customers/" + a.c.ID
	out := map[string]any{
		"id":                    a.c.ID,
		"companyProfile":        a.company(),
		"relationshipToPartner": relationship,
		"links":                 map[string]any{"self": link(self)},
		"attributes":            map[string]any{"objectType": "Customer"},
	}
	if whole {
		out["commerceId"] = guidFrom("commerce/" + strings.ToLower(a.c.ID))
		out["allowDelegatedAccess"] = nil
		out["billingProfile"] = a.billing()
	}
	if r, ok := s.reseller(a.c.Reseller); ok && whole {
		out["associatedPartnerId"] = r.MPNID
	}
	return out
}

// getCustomer answers GET /v1/customers/{id}.
func (s *Server) getCustomer(c *call, a *account, _ []string) *answer {
	relationship := a.relationship(c.now)
	if relationship == "none" {
		switch s.AfterRemoval {
		case "none":
		case "900159":
			return refuse(http.StatusForbidden, "900159", "There is no relationship between the partner and the customer.")
		case "60003":
			return refuse(http.StatusNotFound, "60003", "The customer was not found.")
		case "404":
			return bare(http.StatusNotFound)
		default:
			return noRelationship()
		}
	}
	return jsonAnswer(http.StatusOK, s.customerJSON(a, true, relationship)).withBOM()
}

// deleteCustomer answers DELETE /v1/customers/{id}, which only the integration
// sandbox has. It works on a customer whose relationship was removed before.
func (s *Server) deleteCustomer(c *call, a *account, _ []string) *answer {
	if !s.Sandbox {
		return refuse(http.StatusBadRequest, "900127", "This operation is only supported in the integration sandbox.")
	}
	if a.erased {
		return bare(http.StatusNoContent)
	}
	for _, o := range a.c.Orders {
		for _, l := range o.Lines {
			if l.Quantity > 0 && (l.Kind == LineSoftware || l.Kind == LinePerpetual || l.Kind == LineReservation) {
				return s.refuseRemoval("The customer has orders of software or reservations that are not cancelled.")
			}
		}
	}
	a.erased, a.purged = true, c.now.Add(s.Delays.Delete)
	a.count(a.c.ID)
	s.note(c, a, c.now, "delete_customer", "customer", s.customerJSON(a, false, a.c.Relationship), nil)
	return bare(http.StatusNoContent).did()
}

// removeRelationship answers PATCH /v1/customers/{id}.
func (s *Server) removeRelationship(c *call, a *account, _ []string) *answer {
	body, err := decodeObject(c.body)
	if err != nil {
		return refuse(http.StatusBadRequest, "3000", "The body is invalid: "+err.Error())
	}
	if to, _ := body["relationshiptopartner"].(string); !strings.EqualFold(to, "none") {
		return refuse(http.StatusBadRequest, "3000", "The property RelationshipToPartner is invalid.")
	}
	if a.c.Relationship == "none" || a.erased {
		return refuse(http.StatusBadRequest, "3000", "The partner-customer relationship does not exist.")
	}
	if why := s.obstacle(a, c.now); why != "" {
		return s.refuseRemoval(why)
	}
	old := a.c.Relationship
	a.hide("relationship", old, c.now, s.Delays.Relationship)
	a.c.Relationship = "none"
	a.count(a.c.ID)
	s.note(c, a, c.now, "remove_partner_customer_relationship", "partner_customer_relationship", s.customerJSON(a, false, old), s.customerJSON(a, false, "none"))
	return jsonAnswer(http.StatusOK, map[string]any{
		"Id": nil, "CommerceId": nil, "CompanyProfile": nil, "BillingProfile": nil,
		"RelationshipToPartner": "none", "AllowDelegatedAccess": nil, "UserCredentials": nil,
		"CustomDomains": nil, "AssociatedPartnerId": nil,
		"Attributes": map[string]any{"ObjectType": "Customer"},
	}).did()
}

func (s *Server) refuseRemoval(why string) *answer {
	r := s.RemovalRefusal
	if r.Status == 0 {
		r.Status = http.StatusExpectationFailed
	}
	if r.Code == "" {
		r.Code = "800036"
	}
	return refuse(r.Status, r.Code, why)
}

// obstacle says what keeps the relationship from being removed, or "".
func (s *Server) obstacle(a *account, now time.Time) string {
	for i := range a.c.Subscriptions {
		sub := &a.c.Subscriptions[i]
		switch {
		case sub.Status == "active" || sub.Status == "pending":
			return "The customer has an active subscription."
		case sub.Status == "suspended" && s.SuspendedBlocksRemoval && sub.newCommerce():
			return "The customer has a suspended subscription that is still billed."
		}
	}
	for _, o := range a.c.Orders {
		for _, l := range o.Lines {
			if l.Kind == LinePerpetual && l.Quantity > 0 && !now.After(o.Created.Add(perpetualWindow)) {
				return "The customer has a software purchase that can still be cancelled."
			}
		}
	}
	for _, e := range a.c.Entitlements {
		if strings.EqualFold(e.Type, "reservedinstance") && !a.returned(e) && (e.Expires.IsZero() || now.Before(e.Expires)) {
			return "The customer has an Azure reservation."
		}
	}
	return ""
}
