package partnercentertest

import (
	"strings"
	"time"
)

// day is how the ages of seeds are counted.
const day = 24 * time.Hour

// one returns the item of a single subscription.
func one(s Subscription) Item { return Item{Subscriptions: []Subscription{s}} }

// Tweak returns a copy of the item in which f has changed each subscription.
func (i Item) Tweak(f func(*Subscription)) Item {
	i = i.clone()
	for n := range i.Subscriptions {
		f(&i.Subscriptions[n])
	}
	return i
}

// Suspended returns the item with its subscription suspended.
func (i Item) Suspended() Item {
	return i.Tweak(func(s *Subscription) { s.Status, s.AutoRenew, s.ScheduledActions = "suspended", false, nil })
}

// EndsAt returns the item with its term ending at t.
func (i Item) EndsAt(t time.Time) Item {
	return i.Tweak(func(s *Subscription) { s.CommitmentEnd = t })
}

// Expired returns the item with its term ended yesterday, without renewal.
func (i Item) Expired() Item {
	ended := time.Now().Add(-day)
	i = i.clone()
	for n := range i.Subscriptions {
		s := &i.Subscriptions[n]
		earlier := s.CommitmentEnd.Sub(ended)
		s.Status, s.AutoRenew, s.ScheduledActions, s.NextTerm = "expired", false, nil, nil
		for _, t := range []*time.Time{&s.Start, &s.CancelUntil, &s.RefundFullUntil} {
			if !t.IsZero() {
				*t = t.Add(-earlier)
			}
		}
		s.CommitmentEnd = ended
		for n := range i.Orders {
			i.Orders[n].Created = s.Start
		}
	}
	return i
}

// NoRenewal returns the item with auto-renew off and, as somebody who thought of
// the extended service term does, a cancel scheduled for the end of the term.
func (i Item) NoRenewal() Item {
	return i.Tweak(func(s *Subscription) {
		s.AutoRenew = false
		s.ScheduledActions = []ScheduledAction{{ScheduledType: "TermEnd", ActionType: "Cancel"}}
	})
}

// The helpers below return items with realistic values whose dates lie around
// time.Now: in a testing/synctest bubble, call them inside the bubble.

// License returns a new-commerce licence bought two days ago: its cancellation
// window is open for five more days.
func License(id string) Item {
	now := time.Now()
	start := now.Add(-2 * day)
	return one(Subscription{
		ID: id, OfferID: "CFQ7TTC0LH18:0001:CFQ7TTC0K971", OfferName: "Microsoft 365 Business Basic",
		ProductType: "OnlineServicesNCE", OrderID: orderFor(id),
		BillingType: "license", BillingCycle: "monthly", Term: "P1Y", Quantity: 10, AutoRenew: true,
		Start: start, CancelUntil: start.Add(licenseWindow), RefundFullUntil: start.Add(fullRefund),
		CommitmentEnd: start.AddDate(1, 0, 0),
	})
}

// LicenseClosed returns a new-commerce licence whose window closed three months
// ago and whose term ends in nine.
func LicenseClosed(id string) Item {
	closed := time.Now().AddDate(0, -3, 0)
	return License(id).Tweak(func(s *Subscription) {
		s.OfferID, s.OfferName, s.FriendlyName = "CFQ7TTC0LDPB:0001:CFQ7TTC0KQR1", "Microsoft 365 Business Standard", ""
		s.Start = closed.Add(-licenseWindow)
		s.CancelUntil, s.RefundFullUntil = closed, s.Start.Add(fullRefund)
		s.CommitmentEnd = time.Now().AddDate(0, 9, 0)
	})
}

// AddOn returns a new-commerce add-on to the subscription parentID, with a
// window of its own.
func AddOn(id, parentID string) Item {
	return License(id).Tweak(func(s *Subscription) {
		s.OfferID, s.OfferName = "CFQ7TTC0LHSL:0002:CFQ7TTC0K18P", "Microsoft 365 Audio Conferencing"
		s.ParentID = parentID
	})
}

// Trial returns a new-commerce trial that can be cancelled to its end in 25 days.
func Trial(id string) Item {
	return License(id).Tweak(func(s *Subscription) {
		s.OfferID, s.OfferName = "CFQ7TTC0LCHC:0002:CFQ7TTC0HTGT", "Microsoft 365 Business Premium Trial"
		s.Trial, s.AutoRenew, s.Term, s.BillingCycle = true, false, "P1M", "none"
		s.Start = time.Now().Add(-5 * day)
		s.CommitmentEnd = s.Start.Add(30 * day)
		s.CancelUntil, s.RefundFullUntil = s.CommitmentEnd, time.Time{}
	})
}

// Legacy returns a licence from before new commerce: it has no window and can
// only be suspended. With an ETag, as those subscriptions have.
func Legacy(id string) Item {
	start := time.Now().AddDate(0, -8, 0)
	return one(Subscription{
		ID: id, OfferID: "031c9e47-4802-4248-838e-778fb1d2cc05", OfferName: "Office 365 Business Premium",
		OrderID: orderFor(id), BillingType: "license", BillingCycle: "monthly", UnitType: "License(s)",
		Quantity: 5, AutoRenew: true, ETag: true, Term: "P1Y",
		Start: start, CommitmentEnd: start.AddDate(1, 0, 0),
	})
}

// LegacyAddOn returns a legacy add-on, which is suspended with its base.
func LegacyAddOn(id, parentID string) Item {
	return Legacy(id).Tweak(func(s *Subscription) {
		s.OfferID, s.OfferName, s.ParentID = "101bde18-5ffb-4d79-a47b-f5b2c62525b3", "Office 365 Extra File Storage", parentID
	})
}

// LegacyAzure returns a legacy, usage-based Azure subscription.
func LegacyAzure(id string) Item {
	return Legacy(id).Tweak(func(s *Subscription) {
		s.OfferID, s.OfferName = "MS-AZR-0145P", "Microsoft Azure"
		s.BillingType, s.UnitType, s.Quantity, s.Term, s.AutoRenew = "usage", "Usage-based", 1, "", false
		s.CommitmentEnd = time.Date(9999, 12, 10, 0, 0, 0, 0, time.UTC)
	})
}

// AzurePlan returns an Azure plan with the given Azure subscriptions, all active.
func AzurePlan(id string, entitlementIDs ...string) Item {
	s := Subscription{
		ID: id, OfferID: "DZH318Z0BPS6:0001:DZH318Z0BMTX", OfferName: "Azure plan", ProductType: "Azure",
		OrderID: orderFor(id), BillingType: "usage", BillingCycle: "monthly", UnitType: "Usage-based", Quantity: 1,
		Start: time.Now().AddDate(-1, 0, 0), CommitmentEnd: time.Date(9999, 12, 10, 0, 0, 0, 0, time.UTC),
	}
	names := []string{"Production", "Test", "Development", "Archive"}
	for i, e := range entitlementIDs {
		s.Azure = append(s.Azure, AzureEntitlement{ID: e, Name: names[i%len(names)]})
	}
	return one(s)
}

// SaaS returns a monthly marketplace product bought an hour ago, with an order
// that refuses to be cancelled.
func SaaS(id string) Item {
	start := time.Now().Add(-time.Hour)
	i := one(Subscription{
		ID: id, OfferID: "DZH318Z0BXWC:0001:DZH318Z0BMJX", OfferName: "Widget SaaS", ProductType: "SaaS",
		OrderID: orderFor(id), BillingType: "license", BillingCycle: "monthly", Term: "P1M", Quantity: 1,
		ThirdParty: true, AutoRenew: true, Publisher: "Proseware", Start: start,
		CancelUntil: start.Add(saasWindow), RefundFullUntil: start.Add(fullRefund), CommitmentEnd: start.AddDate(0, 1, 0),
	})
	i.Orders = []Order{orderOf(i.Subscriptions[0], LineSaaS)}
	return i
}

// SaaSClosed returns a marketplace product whose window closed and whose month
// ends in three weeks.
func SaaSClosed(id string) Item {
	i := SaaS(id).Tweak(func(s *Subscription) {
		s.Start = time.Now().Add(-9 * day)
		s.CancelUntil, s.RefundFullUntil = s.Start.Add(saasWindow), s.Start.Add(fullRefund)
		s.CommitmentEnd = time.Now().Add(21 * day)
	})
	i.Orders[0].Created = i.Subscriptions[0].Start
	return i
}

// SoftwareSubscription returns a software subscription bought yesterday, with
// its order and entitlement.
func SoftwareSubscription(id string) Item { return software(id, time.Now().Add(-day)) }

// SoftwareSubscriptionClosed returns a software subscription that is two months
// old: it cannot be cancelled any more.
func SoftwareSubscriptionClosed(id string) Item { return software(id, time.Now().AddDate(0, -2, 0)) }

func software(id string, start time.Time) Item {
	i := one(Subscription{
		ID: id, OfferID: "DG7GMGF0DVT9:000B:DG7GMGF0DVSS", OfferName: "Windows Server 2022 Standard - 8 Core - 1 year",
		ProductType: "Software", OrderID: orderFor(id), BillingType: "license", BillingCycle: "one_time",
		Term: "P1Y", Quantity: 2, AutoRenew: true, Start: start,
		CancelUntil: start.Add(softwareWindow), CommitmentEnd: start.AddDate(1, 0, 0),
	})
	i.Orders = []Order{orderOf(i.Subscriptions[0], LineSoftware)}
	i.Entitlements = []Entitlement{entitlementOf(i.Orders[0], "software")}
	return i
}

// orderFor returns the order ID that belongs to a subscription.
func orderFor(id string) string {
	return strings.ReplaceAll(guidFrom("order/" + strings.ToLower(id))[:13], "-", "")
}

// orderOf returns the order with which a subscription was bought.
func orderOf(s Subscription, kind string) Order {
	return Order{
		ID: s.OrderID, AlternateID: guidFrom("alternate/" + s.OrderID)[24:], BillingCycle: s.BillingCycle, Created: s.Start,
		Lines: []OrderLine{{OfferID: s.OfferID, Name: s.OfferName, SubscriptionID: s.ID, Term: s.Term, Quantity: s.Quantity, Kind: kind}},
	}
}

// entitlementOf returns what the first line of an order entitles to.
func entitlementOf(o Order, kind string) Entitlement {
	product, rest, _ := strings.Cut(o.Lines[0].OfferID, ":")
	sku, _, _ := strings.Cut(rest, ":")
	return Entitlement{
		Type: kind, ProductID: product, SKUID: sku, OrderID: o.ID, AlternateOrderID: o.AlternateID, LineItemID: "0",
		ResourceID: guidFrom("resource/" + o.ID), Quantity: o.Lines[0].Quantity,
	}
}

// Perpetual returns perpetual software bought ten days ago: an order and an
// entitlement, but no subscription.
func Perpetual(orderID string) Item { return perpetual(orderID, time.Now().Add(-10*day)) }

// PerpetualOld returns perpetual software bought a year ago: it cannot be
// cancelled any more, and stands in nobody's way.
func PerpetualOld(orderID string) Item { return perpetual(orderID, time.Now().AddDate(-1, 0, 0)) }

func perpetual(orderID string, created time.Time) Item {
	return purchase(orderID, created, "software", OrderLine{
		OfferID: "DG7GMGF0FKZV:0003:DG7GMGF0DWMS", Name: "Office LTSC Professional Plus 2024", Quantity: 3, Kind: LinePerpetual,
	})
}

// ReservationItem returns an Azure reservation that has two more years to go.
func ReservationItem(orderID string) Item {
	i := purchase(orderID, time.Now().AddDate(-1, 0, 0), "reservedinstance", OrderLine{
		OfferID: "DZH318Z0BQ3W:007J:DZH318Z0BSV4", Name: "Reserved VM Instance, Standard_D2s_v3, 3 Years", Term: "P3Y", Quantity: 1, Kind: LineReservation,
	})
	i.Entitlements[0].Expires = time.Now().AddDate(2, 0, 0)
	return i
}

func purchase(orderID string, created time.Time, kind string, line OrderLine) Item {
	o := Order{
		ID: orderID, AlternateID: guidFrom("alternate/" + orderID)[24:], BillingCycle: "one_time", Created: created,
		Lines: []OrderLine{line},
	}
	return Item{Orders: []Order{o}, Entitlements: []Entitlement{entitlementOf(o, kind)}}
}

// SavingsPlan returns an Azure savings plan, which no API can end.
func SavingsPlan(id string) Item {
	start := time.Now().AddDate(0, -4, 0)
	return one(Subscription{
		ID: id, OfferID: "DZH318Z08B27:0001:DZH318Z08B28", OfferName: "Compute savings plan, 1 Year",
		ProductType: "Azure", ProductSubType: "SavingsPlan", OrderID: orderFor(id),
		BillingType: "usage", BillingCycle: "monthly", UnitType: "Usage-based", Term: "P1Y", Quantity: 1,
		Start: start, CommitmentEnd: start.AddDate(1, 0, 0),
	})
}

// UnknownKind returns an active subscription of a product type that nobody has
// heard of, without a window.
func UnknownKind(id string) Item {
	start := time.Now().AddDate(0, -1, 0)
	return one(Subscription{
		ID: id, OfferID: "DZH318Z0ZZZZ:0001:DZH318Z0ZZZY", OfferName: "Quantum Credits", ProductType: "QuantumCredits",
		OrderID: orderFor(id), BillingType: "benefit", BillingCycle: "annual", UnitType: "Benefit", Term: "P1Y", Quantity: 1,
		AutoRenew: true, Start: start, CommitmentEnd: start.AddDate(1, 0, 0),
	})
}

// GDAPRelationship returns an active delegated admin relationship.
func GDAPRelationship(id string) Item {
	created := time.Now().AddDate(0, -6, 0)
	return Item{GDAP: []GDAP{{
		ID: id, Name: "Partner support", Duration: "P730D", Created: created, End: created.AddDate(2, 0, 0),
		Roles: []string{"729827e3-9c14-49f7-bb1b-9608f156bbb8", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"},
	}}}
}
