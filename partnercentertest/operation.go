package partnercentertest

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Operation is the name of a call, by which a [Fault] picks calls and a
// [Request] tells what was asked for.
type Operation string

// Classes of operations, for faults and [Server.Calls]: what reads, and what
// changes something, in Partner Center and in Graph. The class of a call is
// that of its method; to sign in belongs to neither.
const (
	Reads  Operation = "Reads"  // GET and HEAD
	Writes Operation = "Writes" // all other methods
)

// Operations of Partner Center, below /v1.
const (
	ListCustomers              Operation = "ListCustomers"              // GET customers
	GetCustomer                Operation = "GetCustomer"                // GET customers/{id}
	CreateCustomer             Operation = "CreateCustomer"             // POST customers
	DeleteCustomer             Operation = "DeleteCustomer"             // DELETE customers/{id}; in a sandbox
	RemoveRelationship         Operation = "RemoveRelationship"         // PATCH customers/{id}
	ListSubscriptions          Operation = "ListSubscriptions"          // GET customers/{id}/subscriptions
	GetSubscription            Operation = "GetSubscription"            // GET customers/{id}/subscriptions/{id}
	UpdateSubscription         Operation = "UpdateSubscription"         // PATCH customers/{id}/subscriptions/{id}
	ListAddOns                 Operation = "ListAddOns"                 // GET customers/{id}/subscriptions/{id}/addons
	ListAzureEntitlements      Operation = "ListAzureEntitlements"      // GET customers/{id}/subscriptions/{id}/azureEntitlements
	CancelAzureEntitlement     Operation = "CancelAzureEntitlement"     // POST .../azureEntitlements/{id}/cancel
	ReactivateAzureEntitlement Operation = "ReactivateAzureEntitlement" // POST .../azureEntitlements/{id}/reactivate
	CreateOrder                Operation = "CreateOrder"                // POST customers/{id}/orders
	GetOrder                   Operation = "GetOrder"                   // GET customers/{id}/orders/{id}
	CancelOrder                Operation = "CancelOrder"                // PATCH customers/{id}/orders/{id}
	ListEntitlements           Operation = "ListEntitlements"           // GET customers/{id}/entitlements
	GetCompanyProfile          Operation = "GetCompanyProfile"          // GET customers/{id}/profiles/company
	GetBillingProfile          Operation = "GetBillingProfile"          // GET customers/{id}/profiles/billing
	UpdateBillingProfile       Operation = "UpdateBillingProfile"       // PUT customers/{id}/profiles/billing
	GetRelationshipRequest     Operation = "GetRelationshipRequest"     // GET customers/relationshiprequests
	ListCustomerResellers      Operation = "ListCustomerResellers"      // GET customers/{id}/relationships
	ListPartnerRelationships   Operation = "ListPartnerRelationships"   // GET relationships
	CheckDomain                Operation = "CheckDomain"                // HEAD domains/{name}
	GetCountryRules            Operation = "GetCountryRules"            // GET countryvalidationrules/{country}
	ValidateAddress            Operation = "ValidateAddress"            // POST validations/address
	ListAuditRecords           Operation = "ListAuditRecords"           // GET auditrecords
)

// Operations of Partner Center for the Microsoft Customer Agreement, below /v1.
const (
	CreateAttestation      Operation = "CreateAttestation"      // POST attestations/enhanced
	GetAttestation         Operation = "GetAttestation"         // GET attestations/enhanced/{id}, or AttestationWire.StatusPath
	CreateAgreement        Operation = "CreateAgreement"        // POST customers/{id}/agreements
	ListAgreements         Operation = "ListAgreements"         // GET customers/{id}/agreements
	GetDirectAcceptance    Operation = "GetDirectAcceptance"    // GET customers/{id}/directSignedMicrosoftCustomerAgreementStatus
	ListAgreementTemplates Operation = "ListAgreementTemplates" // GET agreements
	GetAgreementDocument   Operation = "GetAgreementDocument"   // GET agreementtemplates/{id}/document
	OpenAcceptancePage     Operation = "OpenAcceptancePage"     // GET /mca/
	SubmitAcceptancePage   Operation = "SubmitAcceptancePage"   // POST /mca/
)

// Operations of Partner Center for events, below /webhooks/v1.
const (
	GetRegistration       Operation = "GetRegistration"       // GET registration
	CreateRegistration    Operation = "CreateRegistration"    // POST registration
	UpdateRegistration    Operation = "UpdateRegistration"    // PUT registration
	ListEvents            Operation = "ListEvents"            // GET registration/events
	CreateValidationEvent Operation = "CreateValidationEvent" // POST registration/validationEvents
	GetValidationEvent    Operation = "GetValidationEvent"    // GET registration/validationEvents/{id}
	GetCertificate        Operation = "GetCertificate"        // GET of a certificate that signs events
)

// Operations of Microsoft Graph, below /v1.0.
const (
	ListContracts  Operation = "ListContracts"  // GET contracts
	ListGDAP       Operation = "ListGDAP"       // GET tenantRelationships/delegatedAdminRelationships
	GetGDAP        Operation = "GetGDAP"        // GET .../delegatedAdminRelationships/{id}
	TerminateGDAP  Operation = "TerminateGDAP"  // POST .../delegatedAdminRelationships/{id}/requests
	GetGDAPRequest Operation = "GetGDAPRequest" // GET .../delegatedAdminRelationships/{id}/requests/{id}
)

// Operations of Entra, below /{tenant}.
const (
	RequestToken           Operation = "RequestToken"           // POST oauth2/v2.0/token and oauth2/token
	RequestDeviceCode      Operation = "RequestDeviceCode"      // POST oauth2/v2.0/devicecode
	Authorize              Operation = "Authorize"              // GET oauth2/v2.0/authorize
	GetOpenIDConfiguration Operation = "GetOpenIDConfiguration" // GET v2.0/.well-known/openid-configuration
	GetInstances           Operation = "GetInstances"           // GET /common/discovery/instance
	OpenDevicePage         Operation = "OpenDevicePage"         // GET /devicelogin
	SubmitDevicePage       Operation = "SubmitDevicePage"       // POST /devicelogin
)

// known is a call that the server has.
type known struct {
	operation Operation
	method    string
	path      string // with {id} for identifiers
}

func (k known) String() string { return k.method + " " + k.path + " (" + string(k.operation) + ")" }

// everything lists all calls that the server has, by path.
var everything = sync.OnceValue(func() []known {
	var all []known
	add := func(key, below string, op Operation) {
		method, path, _ := strings.Cut(key, " ")
		all = append(all, known{op, method, below + strings.ReplaceAll(path, "*", "{id}")})
	}
	for key, r := range routes {
		add(key, "/v1/", r.op)
	}
	for key, r := range webhookRoutes {
		add(key, "/webhooks/v1/", r.op)
	}
	for key, r := range graphRoutes {
		add(key, "/v1.0/", r.op)
	}
	for key, r := range entraRoutes {
		switch {
		case strings.HasSuffix(key, " devicelogin"):
			add(key, "/", r.op)
		case strings.HasSuffix(key, " discovery/instance"):
			add(key, "/common/", r.op)
		default:
			add(key, "/{tenant}/", r.op)
		}
	}
	add("GET attestations/enhanced/*", "/v1/", GetAttestation)
	add("GET mca/", "/", OpenAcceptancePage)
	add("POST mca/", "/", SubmitAcceptancePage)
	add("GET "+certificatePath, "", GetCertificate)
	add("GET "+issuerPath, "", GetCertificate)
	slices.SortFunc(all, func(a, b known) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return all
})

// Operations returns the names of all operations, and those of the two classes.
func Operations() []Operation {
	names := map[Operation]bool{Reads: true, Writes: true}
	for _, k := range everything() {
		names[k.operation] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// is reports whether the call is of an operation or a class; "" is any.
func (c *call) is(o Operation) bool {
	switch o {
	case "":
		return true
	case Reads, Writes:
		return (c.service == servicePartnerCenter || c.service == serviceGraph) && c.write() == (o == Writes)
	}
	return c.op == o
}

// locate finds the operation that a call asks for and what its path names.
func (s *Server) locate(c *call) {
	words := segments(c.path)
	c.all = everything
	switch c.service {
	case serviceEntra:
		c.op = entraRoutes[c.method+" "+belowTenant(words)].op
		if len(words) > 1 {
			c.ids = words[:1]
		}
	case serviceGraph:
		c.graph, c.ids = findGraph(c.method, words)
		c.op = c.graph.op
		if len(c.ids) > 0 {
			if a := s.byGDAP[strings.ToLower(c.ids[0])]; a != nil {
				c.customer = a.c.ID
			}
		}
	case serviceAcceptance:
		c.op = map[string]Operation{"GET": OpenAcceptancePage, "POST": SubmitAcceptancePage}[c.method]
	case serviceStorage:
		if c.method == "GET" {
			c.op = GetCertificate
		}
	default:
		r, ids, ok := s.find(c)
		if !ok {
			return
		}
		c.route, c.ids, c.op = r, ids, r.op
		if len(c.ids) > 0 && !r.partner {
			c.customer = c.ids[0]
			if a := s.account(c.customer); a != nil {
				c.customer = a.c.ID
			}
		}
	}
}

// subject is the last identifier in the path of a call, without that of an
// attestation.
func (s *Server) subject(c *call) string {
	switch {
	case len(c.ids) == 0:
		return ""
	case c.op == GetAttestation:
		return "{id}"
	}
	return s.conceal(c.ids[len(c.ids)-1])
}

// names reports whether the call is about what an identifier names.
func (c *call) names(id string) bool {
	return strings.EqualFold(c.customer, id) || slices.ContainsFunc(c.ids, func(one string) bool { return strings.EqualFold(one, id) })
}
