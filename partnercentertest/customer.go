package partnercentertest

import (
	"maps"
	"slices"
	"time"
)

// Customer is a customer of the partner: what a test seeds, edits and looks at.
type Customer struct {
	ID            string // tenant ID
	Company       string
	Domain        string
	Country       string // "" = NL
	Relationship  string // "" = reseller; "none" = already removed
	Subscriptions []Subscription
	Orders        []Order
	Entitlements  []Entitlement
	GDAP          []GDAP

	Agreements     []Agreement // what the partner confirmed
	DirectlySigned bool        // the customer signed the Microsoft Customer Agreement itself
}

// Item is one thing that a customer bought: a subscription, an order and an
// entitlement, or those of them that the product has.
type Item struct {
	Subscriptions []Subscription
	Orders        []Order
	Entitlements  []Entitlement
	GDAP          []GDAP
}

// With returns a copy of the customer that also has the items.
func (c Customer) With(items ...Item) Customer {
	c = c.clone()
	for _, i := range items {
		i = i.clone()
		c.Subscriptions = append(c.Subscriptions, i.Subscriptions...)
		c.Orders = append(c.Orders, i.Orders...)
		c.Entitlements = append(c.Entitlements, i.Entitlements...)
		c.GDAP = append(c.GDAP, i.GDAP...)
	}
	return c
}

// clone returns a deep copy.
func (c Customer) clone() Customer {
	i := Item{c.Subscriptions, c.Orders, c.Entitlements, c.GDAP}.clone()
	c.Subscriptions, c.Orders, c.Entitlements, c.GDAP = i.Subscriptions, i.Orders, i.Entitlements, i.GDAP
	c.Agreements = slices.Clone(c.Agreements)
	return c
}

func (i Item) clone() Item {
	i.Subscriptions = slices.Clone(i.Subscriptions)
	for n, s := range i.Subscriptions {
		i.Subscriptions[n] = s.clone()
	}
	i.Orders = slices.Clone(i.Orders)
	for n, o := range i.Orders {
		i.Orders[n] = o.clone()
	}
	i.Entitlements = slices.Clone(i.Entitlements)
	i.GDAP = slices.Clone(i.GDAP)
	for n, g := range i.GDAP {
		g.Roles = slices.Clone(g.Roles)
		g.Requests = slices.Clone(g.Requests)
		i.GDAP[n] = g
	}
	return i
}

// Subscription is a subscription as Partner Center holds it. A zero time and
// an empty string are left out of answers.
type Subscription struct {
	ID             string
	OfferID        string
	OfferName      string
	FriendlyName   string // "" = OfferName
	ProductType    string // productType.id; "" on legacy subscriptions
	ProductSubType string // productType.subType.id
	Status         string // "" = active
	OrderID        string
	ParentID       string // base subscription of an add-on
	BillingType    string
	BillingCycle   string
	Term           string // ISO 8601, such as P1Y
	UnitType       string // "" = Licenses
	Publisher      string // "" = Microsoft Corporation
	Quantity       int

	Trial                bool
	ThirdParty           bool // isMicrosoftProduct is false
	AutoRenew            bool
	AutoRenewNotEligible bool // changing auto-renew answers 800093
	PendingOperation     bool // PATCH answers 409 with 900278
	ETag                 bool // has an etag, and a stale one is refused
	Pascal               bool // answers spell members in PascalCase
	Version              int  // counts changes; part of the etag

	Start           time.Time
	CancelUntil     time.Time // end of the cancellation window
	RefundFullUntil time.Time
	CommitmentEnd   time.Time

	ScheduledActions []ScheduledAction
	NextTerm         map[string]any // scheduledNextTermInstructions
	NextCharge       map[string]any // nextChargeInstructions
	Extra            map[string]any // members that a client does not know and must send back unchanged
	Azure            []AzureEntitlement
}

// ScheduledAction is what happens to a subscription at the end of its term.
type ScheduledAction struct {
	ScheduledType string `json:"scheduledType"` // TermEnd
	ActionType    string `json:"actionType"`    // RenewToNewTerm, Cancel or RenewToExtendedServiceTerm
	Instructions  any    `json:"instructions"`
}

// AzureEntitlement is an Azure subscription under an Azure plan.
type AzureEntitlement struct {
	ID     string
	Name   string
	Status string // "" = active
}

func (s Subscription) clone() Subscription {
	s.ScheduledActions = slices.Clone(s.ScheduledActions)
	s.Azure = slices.Clone(s.Azure)
	s.NextTerm, s.NextCharge = cloneMap(s.NextTerm), cloneMap(s.NextCharge)
	s.Extra = cloneMap(s.Extra)
	return s
}

func cloneMap(m map[string]any) map[string]any {
	m = maps.Clone(m)
	for k, v := range m {
		m[k] = cloneValue(v)
	}
	return m
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return cloneMap(v)
	case []any:
		v = slices.Clone(v)
		for i := range v {
			v[i] = cloneValue(v[i])
		}
		return v
	}
	return v
}

// Order is an order with its lines.
type Order struct {
	ID           string
	AlternateID  string
	Status       string // "" = completed
	BillingCycle string
	Created      time.Time
	Lines        []OrderLine
}

// OrderLine is one line of an order. A quantity of zero means cancelled.
type OrderLine struct {
	Number         int
	OfferID        string
	Name           string
	SubscriptionID string
	Term           string
	Quantity       int
	Kind           string // what was bought, one of the Line constants; not on the wire
}

// What an order line is for. It decides whether and when the line can be
// cancelled.
const (
	LineSubscription = ""            // a subscription, which is cancelled itself
	LineSoftware     = "software"    // a software subscription: 7 days
	LinePerpetual    = "perpetual"   // perpetual software: 30 days
	LineReservation  = "reservation" // an Azure reservation: in the sandbox only
	LineSaaS         = "saas"        // a marketplace product, which is cancelled as a subscription
)

func (o Order) clone() Order {
	o.Lines = slices.Clone(o.Lines)
	return o
}

// Entitlement is what a purchase of software or of a reservation gave.
type Entitlement struct {
	Type             string // software or reservedinstance
	ProductID        string
	SKUID            string
	OrderID          string
	AlternateOrderID string
	LineItemID       string
	ResourceID       string // of the entitled artifact
	Quantity         int
	Expires          time.Time // shown with showExpiry=true
}

// GDAP is a delegated admin relationship in Microsoft Graph.
type GDAP struct {
	ID              string
	Name            string
	Status          string // "" = active
	Duration        string // ISO 8601
	Created         time.Time
	End             time.Time
	Roles           []string // role definition IDs
	FailTermination bool     // requests to terminate fail after a while
	Requests        []GDAPRequest
}

// GDAPRequest is a request to change a GDAP relationship.
type GDAPRequest struct {
	ID       string
	Action   string
	Status   string
	Created  time.Time
	Modified time.Time
}
