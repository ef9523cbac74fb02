package main

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/partnercentertest"
)

func describeCustomer(f *form, c *partnercentertest.Customer) {
	f.guid("id", &c.ID)
	f.text("company", &c.Company)
	f.text("domain", &c.Domain)
	f.text("country", &c.Country)
	f.text("relationship", &c.Relationship)
	f.text("reseller", &c.Reseller)
	f.yes("no_app_consent", &c.NoAppConsent)
	f.yes("directly_signed", &c.DirectlySigned)
	f.text("registration_number", &c.RegistrationNumber)
	f.free("billing", &c.Billing)
	f.number("billing_version", &c.BillingVersion)
	list(f, "agreements", &c.Agreements, describeAgreement)
	list(f, "subscriptions", &c.Subscriptions, describeSubscription)
	list(f, "orders", &c.Orders, describeOrder)
	list(f, "entitlements", &c.Entitlements, describeEntitlement)
	list(f, "gdap", &c.GDAP, describeGDAP)

	var items []partnercentertest.Item // what they hold is written above
	list(f, "items", &items, describeItem)
	*c = c.With(items...)
	f.distinct("subscriptions", len(c.Subscriptions), func(i int) string { return c.Subscriptions[i].ID })
	f.distinct("orders", len(c.Orders), func(i int) string { return c.Orders[i].ID })
	f.distinct("gdap", len(c.GDAP), func(i int) string { return c.GDAP[i].ID })
}

func describeAgreement(f *form, a *partnercentertest.Agreement) {
	f.text("type", &a.Type)
	f.text("template_id", &a.TemplateID)
	f.object("contact", func(f *form) { describeContact(f, &a.Contact) })
	f.moment("date_agreed", &a.DateAgreed)
}

func describeSubscription(f *form, s *partnercentertest.Subscription) {
	f.guid("id", &s.ID)
	describePurchase(f, s)
}

// describePurchase describes all of a subscription but its id.
func describePurchase(f *form, s *partnercentertest.Subscription) {
	f.text("offer_id", &s.OfferID)
	f.text("offer_name", &s.OfferName)
	f.text("friendly_name", &s.FriendlyName)
	f.text("product_type", &s.ProductType)
	f.text("product_sub_type", &s.ProductSubType)
	f.text("status", &s.Status)
	f.text("order_id", &s.OrderID)
	f.text("parent_id", &s.ParentID)
	f.text("billing_type", &s.BillingType)
	f.text("billing_cycle", &s.BillingCycle)
	f.text("term", &s.Term)
	f.text("unit_type", &s.UnitType)
	f.text("publisher", &s.Publisher)
	f.number("quantity", &s.Quantity)
	f.yes("trial", &s.Trial)
	f.yes("third_party", &s.ThirdParty)
	f.yes("auto_renew", &s.AutoRenew)
	f.yes("auto_renew_not_eligible", &s.AutoRenewNotEligible)
	f.yes("pending_operation", &s.PendingOperation)
	f.yes("etag", &s.ETag)
	f.yes("pascal", &s.Pascal)
	f.number("version", &s.Version)
	f.moment("starts_at", &s.Start)
	f.moment("cancel_until", &s.CancelUntil)
	f.moment("refund_full_until", &s.RefundFullUntil)
	f.moment("ends_at", &s.CommitmentEnd)
	list(f, "scheduled_actions", &s.ScheduledActions, func(f *form, a *partnercentertest.ScheduledAction) {
		f.text("type", &a.ScheduledType)
		f.text("action", &a.ActionType)
		anything(f, "instructions", "JSON", &a.Instructions, a.Instructions == nil)
	})
	f.free("next_term", &s.NextTerm)
	f.free("next_charge", &s.NextCharge)
	f.free("extra", &s.Extra)
	list(f, "azure", &s.Azure, func(f *form, e *partnercentertest.AzureEntitlement) {
		f.guid("id", &e.ID)
		f.text("name", &e.Name)
		f.text("status", &e.Status)
	})
	f.distinct("azure", len(s.Azure), func(i int) string { return s.Azure[i].ID })
}

// lineKinds are what a line of an order can be for; "" is a subscription.
var lineKinds = []string{
	partnercentertest.LineSubscription, partnercentertest.LineSoftware, partnercentertest.LinePerpetual,
	partnercentertest.LineReservation, partnercentertest.LineSaaS,
}

func describeOrder(f *form, o *partnercentertest.Order) {
	f.id("id", &o.ID)
	f.text("alternate_id", &o.AlternateID)
	f.text("status", &o.Status)
	f.text("billing_cycle", &o.BillingCycle)
	f.moment("created_at", &o.Created)
	list(f, "lines", &o.Lines, func(f *form, l *partnercentertest.OrderLine) {
		f.number("number", &l.Number)
		f.text("offer_id", &l.OfferID)
		f.text("name", &l.Name)
		f.text("subscription_id", &l.SubscriptionID)
		f.text("term", &l.Term)
		f.number("quantity", &l.Quantity)
		f.text("kind", &l.Kind)
		f.oneOf("kind", "kind ", l.Kind, lineKinds)
	})
}

func describeEntitlement(f *form, e *partnercentertest.Entitlement) {
	f.text("type", &e.Type)
	f.text("product_id", &e.ProductID)
	f.text("sku_id", &e.SKUID)
	f.text("order_id", &e.OrderID)
	f.text("alternate_order_id", &e.AlternateOrderID)
	f.text("line_item_id", &e.LineItemID)
	f.text("resource_id", &e.ResourceID)
	f.number("quantity", &e.Quantity)
	f.moment("expires_at", &e.Expires)
}

func describeGDAP(f *form, g *partnercentertest.GDAP) {
	f.id("id", &g.ID)
	describeAccess(f, g)
}

// describeAccess describes all of a GDAP relationship but its id.
func describeAccess(f *form, g *partnercentertest.GDAP) {
	f.text("name", &g.Name)
	f.text("status", &g.Status)
	f.text("duration", &g.Duration)
	f.moment("created_at", &g.Created)
	f.moment("ends_at", &g.End)
	f.texts("roles", &g.Roles)
	f.yes("fail_termination", &g.FailTermination)
	list(f, "requests", &g.Requests, func(f *form, r *partnercentertest.GDAPRequest) {
		f.id("id", &r.ID)
		f.text("action", &r.Action)
		f.text("status", &r.Status)
		f.moment("created_at", &r.Created)
		f.moment("modified_at", &r.Modified)
	})
}

// kinds are what a customer can have bought, with realistic values.
var kinds = map[string]func(id string) partnercentertest.Item{
	"license":                      partnercentertest.License,
	"license_closed":               partnercentertest.LicenseClosed,
	"add_on":                       func(id string) partnercentertest.Item { return partnercentertest.AddOn(id, "") },
	"trial":                        partnercentertest.Trial,
	"legacy":                       partnercentertest.Legacy,
	"legacy_add_on":                func(id string) partnercentertest.Item { return partnercentertest.LegacyAddOn(id, "") },
	"legacy_azure":                 partnercentertest.LegacyAzure,
	"azure_plan":                   func(id string) partnercentertest.Item { return partnercentertest.AzurePlan(id) },
	"saas":                         partnercentertest.SaaS,
	"saas_closed":                  partnercentertest.SaaSClosed,
	"software_subscription":        partnercentertest.SoftwareSubscription,
	"software_subscription_closed": partnercentertest.SoftwareSubscriptionClosed,
	"perpetual":                    partnercentertest.Perpetual,
	"perpetual_old":                partnercentertest.PerpetualOld,
	"reservation":                  partnercentertest.ReservationItem,
	"savings_plan":                 partnercentertest.SavingsPlan,
	"unknown":                      partnercentertest.UnknownKind,
	"gdap":                         partnercentertest.GDAPRelationship,
}

// describeItem reads one thing that a customer bought: its kind and id, then
// what is different from the usual. Items are only read: see describeCustomer.
func describeItem(f *form, i *partnercentertest.Item) {
	var kind, id string
	f.text("kind", &kind)
	if kinds[kind] == nil {
		f.oneOf("kind", "kind ", kind, slices.Sorted(maps.Keys(kinds)))
		clear(f.in) // what it may have depends on the kind
		return
	}
	if slices.Contains([]string{"perpetual", "perpetual_old", "reservation", "gdap"}, kind) {
		f.id("id", &id) // of an order or a GDAP relationship, which are no GUIDs
	} else {
		f.guid("id", &id)
	}
	*i = kinds[kind](id)
	postpone(i, time.Until(f.now))
	if len(i.GDAP) > 0 {
		describeAccess(f, &i.GDAP[0])
	}
	if len(i.Subscriptions) == 0 {
		return
	}
	var suspended, expired, noRenewal bool
	f.yes("suspended", &suspended)
	f.yes("expired", &expired)
	f.yes("no_renewal", &noRenewal)
	if noRenewal {
		*i = i.NoRenewal()
	}
	if suspended {
		*i = i.Suspended()
	}
	if expired {
		*i = i.Expired()
	}
	describePurchase(f, &i.Subscriptions[0])
	if s := i.Subscriptions[0]; strings.HasSuffix(kind, "add_on") && s.ParentID == "" {
		f.problem("parent_id", "is missing: an add-on belongs to a subscription")
	}
}

// postpone moves the dates of an item, which lie around the real time, to where
// the emulator's clock is: a window that is open by its kind is open.
func postpone(i *partnercentertest.Item, ahead time.Duration) {
	if ahead <= 0 {
		return
	}
	move := func(dates ...*time.Time) {
		for _, t := range dates {
			if !t.IsZero() && t.Year() < 9000 { // the year 9999 means no end
				*t = t.Add(ahead)
			}
		}
	}
	for n := range i.Subscriptions {
		s := &i.Subscriptions[n]
		move(&s.Start, &s.CancelUntil, &s.RefundFullUntil, &s.CommitmentEnd)
	}
	for n := range i.Orders {
		move(&i.Orders[n].Created)
	}
	for n := range i.Entitlements {
		move(&i.Entitlements[n].Expires)
	}
	for n := range i.GDAP {
		move(&i.GDAP[n].Created, &i.GDAP[n].End)
	}
}
