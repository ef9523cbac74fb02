package partnercentertest

import (
	"net/http"
	"strings"
)

// write is the memory of one MS-RequestId.
type write struct {
	target string  // method and path
	answer *answer // nil until the write took effect
}

// route is what a path of Partner Center leads to.
type route struct {
	op       Operation
	resource string // whose request budget it uses; "" = none
	userOnly bool   // app-only tokens are refused
	appOnly  bool   // tokens of users are refused
	partner  bool   // about the partner: the path names no customer
	removed  bool   // answers although the relationship is gone
	serve    func(s *Server, c *call, a *account, ids []string) *answer
}

// routes are the calls of Partner Center, by method and path. A star stands for
// an identifier; the first one is the customer, unless the route is the partner's.
var routes = map[string]route{
	"GET customers":                                                   {op: ListCustomers, resource: "customers", serve: (*Server).listCustomers},
	"GET customers/*":                                                 {op: GetCustomer, resource: "customers", removed: true, serve: (*Server).getCustomer},
	"PATCH customers/*":                                               {op: RemoveRelationship, resource: "customers", userOnly: true, removed: true, serve: (*Server).removeRelationship},
	"DELETE customers/*":                                              {op: DeleteCustomer, resource: "customers", removed: true, serve: (*Server).deleteCustomer},
	"GET customers/*/subscriptions":                                   {op: ListSubscriptions, resource: "subscriptions", serve: (*Server).listSubscriptions},
	"GET customers/*/subscriptions/*":                                 {op: GetSubscription, resource: "subscriptions", serve: (*Server).getSubscription},
	"PATCH customers/*/subscriptions/*":                               {op: UpdateSubscription, resource: "subscriptions", serve: (*Server).updateSubscription},
	"GET customers/*/subscriptions/*/addons":                          {op: ListAddOns, resource: "subscriptions", serve: (*Server).listAddons},
	"GET customers/*/subscriptions/*/azureentitlements":               {op: ListAzureEntitlements, resource: "subscriptions", serve: (*Server).listAzure},
	"POST customers/*/subscriptions/*/azureentitlements/*/cancel":     {op: CancelAzureEntitlement, resource: "subscriptions", serve: (*Server).cancelAzure},
	"POST customers/*/subscriptions/*/azureentitlements/*/reactivate": {op: ReactivateAzureEntitlement, resource: "subscriptions", serve: (*Server).reactivateAzure},
	"GET customers/*/orders/*":                                        {op: GetOrder, resource: "orders", serve: (*Server).getOrder},
	"PATCH customers/*/orders/*":                                      {op: CancelOrder, resource: "orders", serve: (*Server).cancelOrder},
	"GET customers/*/entitlements":                                    {op: ListEntitlements, userOnly: true, serve: (*Server).listEntitlements},
	"GET auditrecords":                                                {op: ListAuditRecords, serve: (*Server).listAudit},

	"POST customers":                     {op: CreateCustomer, resource: "customers", serve: (*Server).createCustomer},
	"GET customers/relationshiprequests": {op: GetRelationshipRequest, resource: "customers", userOnly: true, serve: (*Server).relationshipRequest},
	"GET customers/*/relationships":      {op: ListCustomerResellers, resource: "customers", userOnly: true, serve: (*Server).listCustomerRelationships},
	"GET customers/*/profiles/company":   {op: GetCompanyProfile, resource: "customers", userOnly: true, serve: (*Server).companyProfile},
	"GET customers/*/profiles/billing":   {op: GetBillingProfile, resource: "customers", serve: (*Server).billingProfile},
	"PUT customers/*/profiles/billing":   {op: UpdateBillingProfile, resource: "customers", serve: (*Server).updateBillingProfile},
	"GET relationships":                  {op: ListPartnerRelationships, userOnly: true, serve: (*Server).listRelationships},
	"HEAD domains/*":                     {op: CheckDomain, partner: true, serve: (*Server).domain},
	"GET countryvalidationrules/*":       {op: GetCountryRules, partner: true, serve: (*Server).countryRules},
	"POST validations/address":           {op: ValidateAddress, partner: true, serve: (*Server).validateAddress},

	"POST attestations/enhanced":                                   {op: CreateAttestation, appOnly: true, partner: true, serve: (*Server).createAttestation},
	"POST customers/*/agreements":                                  {op: CreateAgreement, serve: (*Server).createAgreement},
	"GET customers/*/agreements":                                   {op: ListAgreements, userOnly: true, serve: (*Server).listAgreements},
	"GET customers/*/directsignedmicrosoftcustomeragreementstatus": {op: GetDirectAcceptance, userOnly: true, serve: (*Server).directlySigned},
	"GET agreements":                                               {op: ListAgreementTemplates, userOnly: true, partner: true, serve: (*Server).listTemplates},
	"GET agreementtemplates/*/document":                            {op: GetAgreementDocument, userOnly: true, partner: true, serve: (*Server).templateDocument},
	"POST customers/*/orders":                                      {op: CreateOrder, resource: "orders", serve: (*Server).createOrder},
}

// find returns the route of a call and the identifiers in its path.
func (s *Server) find(c *call) (r route, ids []string, ok bool) {
	if id, ok := s.statusRead(c); ok {
		return attestationStatus, []string{id}, true
	}
	words := segments(c.path)
	if len(words) > 2 && strings.EqualFold(words[0], "webhooks") && strings.EqualFold(words[1], "v1") {
		return findWebhook(c, words[2:])
	}
	if len(words) < 2 || !strings.EqualFold(words[0], "v1") {
		return route{}, nil, false
	}
	pattern := make([]string, 0, len(words)-1)
	for _, w := range words[1:] {
		pattern = append(pattern, strings.ToLower(w))
	}
	for i := range pattern {
		// Every second word is an identifier, unless it is a word of a route.
		if r, ok = routes[c.method+" "+strings.Join(pattern, "/")]; ok && !strings.Contains(c.path, "*") {
			return r, ids, ok
		}
		if i%2 == 1 {
			ids, pattern[i] = append(ids, words[i+1]), "*"
		}
	}
	r, ok = routes[c.method+" "+strings.Join(pattern, "/")]
	return r, ids, ok
}

// partnerCenter answers a call of Partner Center: it checks what the gateway
// checks, then lets the route serve.
func (s *Server) partnerCenter(c *call) *answer {
	r, ids := c.route, c.ids
	if r.serve == nil {
		return unsupported(c)
	}
	if !c.opens(servicePartnerCenter) {
		return refuse(http.StatusUnauthorized, "800001", "The access token is missing, expired or not meant for this service.").
			set("WWW-Authenticate", "Bearer")
	}
	if r.resource != "" {
		if a := s.throttle(r.resource, c.now); a != nil {
			return a
		}
	}
	if s.NoMFA && c.token.user && c.write() {
		a := bare(http.StatusUnauthorized).set("WWW-Authenticate", `Bearer error="invalid_token"`)
		a.reason = "401 Unauthorized - MFA required"
		return a
	}
	if r.userOnly && !c.token.user {
		return refuse(http.StatusForbidden, "900329", "App only access is not supported for this resource.")
	}
	if r.appOnly && c.token.user {
		return appOnly()
	}
	if !c.write() {
		return s.customerScope(c, r, ids)
	}
	return s.once(c, func() *answer { return s.customerScope(c, r, ids) })
}

// once applies a write unless its MS-RequestId was applied before: then the
// stored answer is given again.
func (s *Server) once(c *call, apply func() *answer) *answer {
	id := strings.ToLower(c.header.Get("MS-RequestId"))
	if !isGUID(id) {
		return refuse(http.StatusBadRequest, "3000", "A write needs the header MS-RequestId with a GUID.")
	}
	target := c.method + " " + strings.ToLower(strings.Join(segments(c.path), "/"))
	w := s.writes[id]
	switch {
	case w == nil:
		w = &write{target: target}
		s.writes[id] = w
	case w.target != target:
		return refuse(http.StatusBadRequest, "3000", "The MS-RequestId was used for another operation before.")
	case w.answer != nil:
		c.replay = true
		return w.answer.clone()
	}
	a := apply()
	if a.applied {
		w.answer = a.clone()
	}
	return a
}

// customerScope finds the customer that the path names and refuses what cannot
// be asked about it.
func (s *Server) customerScope(c *call, r route, ids []string) *answer {
	if r.partner || len(ids) == 0 {
		return r.serve(s, c, nil, ids)
	}
	a := s.account(ids[0])
	if a == nil || a.gone(c.now) {
		return bare(http.StatusNotFound)
	}
	a.advance(c.now)
	if a.relationship(c.now) == "none" && !r.removed {
		return noRelationship()
	}
	return r.serve(s, c, a, ids[1:])
}

// appOnly refuses a user. Microsoft has published no code for that; this one is
// for a caller without the right to a resource.
func appOnly() *answer {
	return refuse(http.StatusForbidden, "900308", "The caller is not allowed to use this resource: it is for app-only access.")
}

func noRelationship() *answer {
	return refuse(http.StatusForbidden, "20002", "No relationship between caller and account.")
}
