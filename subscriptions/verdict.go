package subscriptions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/internal/printable"
	"github.com/cspkit/cspkit/partnercenter"
)

// Action is how a purchase is ended.
type Action string

const (
	Cancel          Action = "cancel"             // now, inside its window
	Suspend         Action = "suspend"            // now; whether billing stops depends on the kind
	CancelAtTermEnd Action = "cancel_at_term_end" // no renewal; billed until the term ends
	CancelOrder     Action = "cancel_order"       // now, through its order
	CancelAzure     Action = "cancel_azure"       // the Azure subscriptions, then the plan is suspended
	Nothing         Action = "none"               // nothing is left to do
	Blocked         Action = "blocked"            // a person, or time, has to lift something first
)

// Refund says what comes back.
type Refund string

const (
	FullRefund    Refund = "full"
	PartialRefund Refund = "partial"
	NoRefund      Refund = "none"
)

// Verdict says how a purchase is ended, why so, and what it means for the bill.
type Verdict struct {
	Kind   Kind
	Action Action
	Reason string // one sentence for the person who has to agree
	Refund Refund
	// BillingUntil is the end of the commitment as the service states it; zero
	// where there is none. Year 9999 means no end.
	BillingUntil partnercenter.Time
	// Until is when the state changes by itself: the end of a term that is not
	// renewed or still billed. Zero if no date is known.
	Until time.Time
	// WindowClosed says that it could have been cancelled, had it been in time:
	// a policy may choose another action then.
	WindowClosed bool
	// Passing says that what blocks it lifts by itself, within a day.
	Passing bool
	// Lines are the lines of the order that [CancelOrder] cancels.
	Lines []LineItem
}

// Purchase is one thing that a customer has bought: a subscription, or an
// entitlement that has none, such as perpetual software. [Purchases] makes them.
type Purchase struct {
	Subscription *Subscription // nil where there is an Entitlement
	Entitlement  *Entitlement  // nil where there is a Subscription
	Order        *Order        // with which it was bought; nil if it was not read
}

// The windows in which Microsoft takes back what carries no date of its own.
//
// Source: https://learn.microsoft.com/partner-center/customers/new-commerce-cancellation-policy,
// https://learn.microsoft.com/partner-center/customers/csp-software-subscriptions
const (
	newCommerceWindow = 7 * 24 * time.Hour
	perpetualWindow   = 30 * 24 * time.Hour
)

// Purchases joins what the reads of a customer show into one list: every
// subscription once, then the software and reservations that have none.
func Purchases(subs []*Subscription, orders []*Order, entitlements []Entitlement) []Purchase {
	find := func(ids ...OrderID) *Order {
		for _, o := range orders {
			if slices.ContainsFunc(ids, o.Is) {
				return o
			}
		}
		return nil
	}
	var out []Purchase
	for _, s := range subs {
		out = append(out, Purchase{Subscription: s, Order: find(s.OrderID)})
	}
	seen := map[string]bool{} // orders of software
	for i := range entitlements {
		e := &entitlements[i]
		order := find(e.OrderID, e.AlternateOrder)
		if e.Software() {
			// All perpetual lines of an order are one purchase: it is their
			// order that is cancelled.
			key := strings.ToLower(string(cmp.Or(e.OrderID, e.AlternateOrder)))
			listed := false
			if order != nil {
				key, listed = strings.ToLower(string(order.ID)), onlySubscriptions(order, subs)
			} else {
				listed = belongs(subs, e)
			}
			if listed || seen[key] {
				continue
			}
			seen[key] = key != ""
		}
		out = append(out, Purchase{Order: order, Entitlement: e})
	}
	return out
}

// belongs reports whether the entitlement came from the order of a software
// subscription. An order may hold perpetual lines, too, so this decides only
// where the order itself is not known.
func belongs(subs []*Subscription, e *Entitlement) bool {
	for _, s := range subs {
		if e.is(s.OrderID) && KindOf(s) == SoftwareSubscription {
			return true
		}
	}
	return false
}

// onlySubscriptions reports whether every line of the order is a subscription
// that is listed itself.
func onlySubscriptions(o *Order, subs []*Subscription) bool {
	for _, l := range o.LineItems {
		found := false
		for _, s := range subs {
			found = found || l.SubscriptionID != "" && s.ID.Is(l.SubscriptionID)
		}
		if !found {
			return false
		}
	}
	return len(o.LineItems) > 0
}

// ID is what the purchase is known by: the subscription's id, else its order's.
func (p Purchase) ID() string {
	switch {
	case p.Subscription != nil:
		return string(p.Subscription.ID)
	case p.Order != nil:
		return string(p.Order.ID)
	case p.Entitlement.OrderID != "":
		return string(p.Entitlement.OrderID)
	default:
		return p.Entitlement.ProductID
	}
}

// Name is what a person knows the purchase by.
func (p Purchase) Name() string {
	if p.Subscription != nil {
		return p.Subscription.Name()
	}
	if p.Order != nil {
		for _, l := range p.Order.LineItems {
			if l.FriendlyName != "" && l.SubscriptionID == "" {
				return printable.Line(l.FriendlyName)
			}
		}
	}
	return p.Entitlement.ProductID
}

// Kind is what the purchase is.
func (p Purchase) Kind() Kind {
	if p.Subscription != nil {
		return KindOf(p.Subscription)
	}
	return entitlementKind(p.Entitlement)
}

// Status is the state of the purchase as the service spells it: that of its
// subscription, else of its order, else of the parts of the entitlement, in
// lower case.
func (p Purchase) Status() string {
	switch {
	case p.Subscription != nil:
		return string(p.Subscription.Status)
	case p.Order != nil:
		return p.Order.Status
	default:
		return strings.ToLower(strings.Join(p.Entitlement.Statuses, ", "))
	}
}

// Verdict says how the purchase is ended at the moment now. It is a pure
// function of what was read.
//
// Sources: https://learn.microsoft.com/partner-center/customers/new-commerce-cancellation-policy,
// https://learn.microsoft.com/partner-center/developer/cancel-an-order-from-the-integration-sandbox
func (p Purchase) Verdict(now time.Time) Verdict {
	if p.Subscription == nil {
		return p.entitled(now)
	}
	s := p.Subscription
	v := Verdict{Kind: KindOf(s), Refund: NoRefund, BillingUntil: s.CommitmentEnd()}
	switch {
	case s.Status.Ended():
		return v.with(Nothing, "already "+strings.ToLower(string(s.Status)))
	case v.Kind == UnknownKind:
		return v.with(Blocked, "this kind of product is not known: end it in Partner Center yourself")
	case v.Kind == Reservation:
		return v.with(Blocked, "a reservation is ended through Azure support or the Azure portal")
	case v.Kind == SavingsPlan:
		return v.with(Blocked, "a savings plan is ended in the Azure portal")
	case s.Status.Is(Pending):
		v.Passing = true
		return v.with(Blocked, "an operation on it is pending; Microsoft takes up to 24 hours")
	case !s.Status.Is(Active) && !s.Status.Is(Suspended):
		return v.with(Blocked, fmt.Sprintf("its status %.40q is not known: look at it in Partner Center", s.Status))
	}
	switch v.Kind {
	case LegacyLicense, LegacyAzure:
		if s.Status.Is(Suspended) {
			return v.with(Nothing, "suspended; billing has stopped")
		}
		return v.with(Suspend, "suspending is how a legacy subscription ends; billing stops")
	case AzurePlan:
		if s.Status.Is(Suspended) {
			return v.with(Nothing, "the plan is suspended")
		}
		return v.with(CancelAzure, "its Azure subscriptions are cancelled, then the plan is suspended; usage until then is billed")
	}
	return p.commitment(v, now)
}

// commitment judges what runs for a term and has a cancellation window.
func (p Purchase) commitment(v Verdict, now time.Time) Verdict {
	s := p.Subscription
	until, open := p.window(v.Kind, now)
	end := s.TermOver()
	if v.Kind == SoftwareSubscription && p.Order != nil && p.Order.Pending() {
		v.Passing = true
		return v.with(Blocked, "its order is pending; Microsoft or the partner has to finish it")
	}
	if open && v.Kind == SoftwareSubscription && p.Order != nil && !p.Order.Completed() && !p.Order.Cancelled() {
		return v.with(Blocked, fmt.Sprintf("the status %.40q of its order is not known: look at it in Partner Center", p.Order.Status))
	}
	if open {
		v.Refund = s.refund(now)
		if v.Kind == SoftwareSubscription && p.Order != nil {
			if v.Lines = p.Order.LinesOf(s.ID); len(v.Lines) > 0 {
				return v.with(CancelOrder, "its cancellation window is open until "+date(until))
			}
		}
		return v.with(Cancel, "its cancellation window is open until "+date(until))
	}
	closed := "its cancellation window closed on " + date(until)
	if until.IsZero() {
		closed = "it has no cancellation window"
	}
	v.WindowClosed = true
	if s.CommitmentEnd().OpenEnded() || end.IsZero() {
		if s.Status.Is(Suspended) {
			return v.with(Nothing, "suspended; "+closed+", and no end of billing is known")
		}
		return v.with(Blocked, closed+", and its term has no end: Microsoft support has to end it")
	}
	v.Until = end
	if s.Status.Is(Suspended) && !now.Before(end) {
		v.WindowClosed = false // and nothing to lose by that
		return v.with(Nothing, "suspended, and its term ended on "+date(end))
	}
	if s.Status.Is(Suspended) {
		return v.with(Nothing, "suspended, which does not end billing; "+closed+"; billed until "+date(end))
	}
	if v.Kind == NewCommerceTrial {
		return v.with(CancelAtTermEnd, closed+"; the trial is not renewed, and expires on "+date(end))
	}
	return v.with(CancelAtTermEnd, closed+"; it is not renewed, and billed until "+date(end))
}

// window returns when the cancellation window of a subscription closes, and
// whether it is open. Without a date of its own, the window counts from the
// start of the term.
func (p Purchase) window(kind Kind, now time.Time) (time.Time, bool) {
	s := p.Subscription
	until := s.CancellationAllowedUntil.Time
	switch {
	case kind == SoftwareSubscription && notCancellable(s):
		return time.Time{}, false
	case !until.IsZero():
	case kind == NewCommerceTrial:
		until = s.TermOver()
	case kind != MarketplaceSaaS && !s.EffectiveStart.IsZero():
		until = s.EffectiveStart.Add(newCommerceWindow)
	}
	return until, now.Before(until)
}

// refund says what a cancellation at this moment gives back: what the refund
// options say, else a share for the rest of the term.
func (s *Subscription) refund(now time.Time) Refund {
	for _, o := range s.RefundOptions {
		if strings.EqualFold(o.Type, "Full") && (o.Expires.IsZero() || now.Before(o.Expires.Time)) {
			return FullRefund
		}
	}
	if s.IsTrial { // usually free
		return NoRefund
	}
	return PartialRefund
}

// entitled judges what has no subscription.
func (p Purchase) entitled(now time.Time) Verdict {
	e := p.Entitlement
	v := Verdict{Kind: entitlementKind(e), Refund: NoRefund, BillingUntil: e.ExpiryDate, Until: e.ExpiryDate.Time}
	if e.ExpiryDate.OpenEnded() {
		v.Until = time.Time{}
	}
	switch {
	case v.Kind == PerpetualSoftware && p.Order != nil:
		return p.perpetual(now)
	case !e.open(now), p.Order != nil && p.Order.Cancelled():
		return v.with(Nothing, "already over")
	case v.Kind == PerpetualSoftware:
		v.Passing = true
		return v.with(Blocked, "its order does not show yet; Microsoft takes up to 15 minutes")
	case v.Kind == Reservation:
		return v.with(Blocked, "an Azure reservation is open: it is ended through Azure support or the Azure portal")
	case v.Kind == SavingsPlan:
		return v.with(Blocked, "an Azure savings plan is open: it is ended in the Azure portal")
	default:
		return v.with(Blocked, fmt.Sprintf("an entitlement of the unknown type %.40q is open: look at it in Partner Center", e.Type))
	}
}

// perpetual judges software that was bought once.
func (p Purchase) perpetual(now time.Time) Verdict {
	v := Verdict{Kind: PerpetualSoftware, Refund: NoRefund}
	v.Lines = p.Order.LinesOf("")
	until := p.Order.CreationDate.Add(perpetualWindow)
	switch {
	case p.Order.Cancelled():
		return v.with(Nothing, "its order is cancelled")
	case p.Order.Pending():
		v.Passing = true
		return v.with(Blocked, "its order is pending; Microsoft or the partner has to finish it")
	case !p.Order.Completed():
		return v.with(Blocked, fmt.Sprintf("the status %.40q of its order is not known: look at it in Partner Center", p.Order.Status))
	case len(p.Order.LineItems) == 0:
		return v.with(Blocked, "its order shows no lines: look at it in Partner Center")
	case len(v.Lines) == 0:
		return v.with(Nothing, "what its order held is cancelled")
	case !p.Order.CreationDate.IsZero() && now.Before(until):
		v.Refund = FullRefund
		return v.with(CancelOrder, "its cancellation window is open until "+date(until))
	default:
		v.WindowClosed = true
		return v.with(Nothing, "paid once and not cancellable any more; nothing further is billed")
	}
}

func (v Verdict) with(action Action, reason string) Verdict {
	v.Action, v.Reason = action, reason
	if action != CancelOrder {
		v.Lines = nil
	}
	return v
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
