package offboard

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/printable"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

// Standing is what reads say about the relationship with a customer.
type Standing string

const (
	Stands   Standing = "stands"   // it is the partner's reseller customer
	Gone     Standing = "gone"     // it was a customer and is none any more
	Stranger Standing = "stranger" // not a customer, and never seen as one
	Other    Standing = "other"    // another kind of relationship than reseller's
)

// observation is what reads showed at one moment. decide looks at nothing else
// of the world.
type observation struct {
	At           time.Time
	Standing     Standing
	Relationship customers.Relationship // as the service spells it
	Company      string
	Absent       bool  // the service does not know the customer (any more)
	answer       error // what it said of one that it does not know

	// Whole says that what the customer has bought was read. After a removal
	// only the customer itself is.
	Whole         bool
	Subscriptions []*subscriptions.Subscription
	Orders        []*subscriptions.Order
	Entitlements  []subscriptions.Entitlement
	Azure         map[subscriptions.ID][]subscriptions.AzureEntitlement // by plan
	GDAP          []*customers.GDAPRelationship                         // only if the policy ends it
	GDAPRead      bool
	GDAPFailed    map[string]bool // terminations that Graph gave up

	Record   bool // the partner's own directory has a record
	Notifier bool // somebody wants to be told

	whole time.Time // when customer and entitlements were read
	calls int       // requests that it took
}

// fresh is how long the customer and its entitlements, once read, serve the
// following rounds of the same process. Subscriptions are read in every round.
const fresh = 10 * time.Minute

// observe reads what the run needs to know. before is the observation of the
// round before in this process, or nil.
func (w *Workflow) observe(ctx context.Context, run *Run, before *observation) (*observation, error) {
	o := &observation{At: time.Now(), Notifier: w.notifier != nil}
	removal := run.removal()
	settling := removal != nil && removal.State == Accepted && o.At.Before(removal.Sent.Add(run.Policy.settle()))
	carry := before != nil && before.Whole && len(before.Orders) == 0 && removal == nil && o.At.Sub(before.whole) < fresh
	deletion := run.write(DeleteCustomer, string(run.Customer))
	switch {
	case before != nil && before.Standing == Gone && (deletion == nil || deletion.State == Seen):
		o.Standing, o.Relationship, o.Company, o.Absent = Gone, before.Relationship, before.Company, before.Absent
	case carry:
		o.Standing, o.Relationship, o.Company, o.whole = before.Standing, before.Relationship, before.Company, before.whole
		o.Entitlements = before.Entitlements
	default:
		if err := w.observeCustomer(ctx, run, o); err != nil {
			return nil, err
		}
	}
	// While Partner Center has yet to show a removal, only the customer tells.
	if o.Standing == Stands && (!settling || run.Phase == Reactivating) {
		switch err := w.observePurchases(ctx, run, o, carry); {
		case errors.Is(err, partnercenter.ErrNoRelationship) && removal == nil:
			// Somebody else may have ended it. The customer itself tells.
			if again := w.observeCustomer(ctx, run, o); again != nil || o.Standing == Stands {
				return nil, cmp.Or(again, err)
			}
		case errors.Is(err, partnercenter.ErrNoRelationship):
			// Any read may be the first to show that the relationship is gone.
			o = &observation{At: o.At, Standing: Gone, Company: o.Company, Notifier: o.Notifier, Absent: true, calls: o.calls}
		case err != nil:
			return nil, err
		}
	}
	if run.Policy.GDAP && run.Phase != Reactivating && (o.Whole || o.Standing == Gone) {
		if err := w.observeGDAP(ctx, run, o); err != nil {
			return nil, err
		}
	}
	if o.Standing == Gone && w.directory != nil {
		has, err := w.directory.Has(ctx, run.Customer)
		if err != nil {
			return nil, fmt.Errorf("looking for the record of customer %s: %w", run.Customer, err)
		}
		o.Record = has
	}
	return o, nil
}

func (w *Workflow) observeCustomer(ctx context.Context, run *Run, o *observation) error {
	o.calls++
	o.whole = o.At
	c, err := w.partner.Customer(ctx, run.Customer)
	switch {
	case err == nil:
		o.Company, o.Relationship = printable.Line(c.CompanyProfile.CompanyName), c.Relationship
		switch {
		case c.Relationship.Is(customers.Reseller):
			o.Standing = Stands
		case c.Relationship.Is(customers.None):
			o.Standing = Gone
		default:
			o.Standing = Other
		}
	case errors.Is(err, partnercenter.ErrNoRelationship):
		o.Standing, o.Absent = Gone, true
	case errors.Is(err, partnercenter.ErrNotFound):
		// A bare 404 says nothing of a customer that was never seen.
		o.Standing, o.Absent, o.answer = Stranger, true, err
		if run.Known {
			o.Standing = Gone
		}
	default:
		return err
	}
	return nil
}

// observePurchases reads what the customer has bought.
func (w *Workflow) observePurchases(ctx context.Context, run *Run, o *observation, carry bool) (err error) {
	o.calls++
	if o.Subscriptions, err = w.partner.Subscriptions(ctx, run.Customer); err != nil {
		return err
	}
	if !carry {
		o.calls++
		if o.Entitlements, err = w.partner.Entitlements(ctx, run.Customer); err != nil {
			return err
		}
	}
	for _, id := range wantedOrders(o, run.Policy.Sandbox) {
		if o.order(id) != nil {
			continue // the same order by its other id
		}
		o.calls++
		switch order, err := w.partner.Order(ctx, run.Customer, id); {
		case err == nil:
			o.Orders = append(o.Orders, order)
		case !errors.Is(err, partnercenter.ErrNotFound): // an order shows up to 15 minutes late
			return err
		}
	}
	o.Azure = map[subscriptions.ID][]subscriptions.AzureEntitlement{}
	for _, s := range o.Subscriptions {
		if subscriptions.KindOf(s) == subscriptions.AzurePlan && s.Status.Is(subscriptions.Active) {
			o.calls++
			if o.Azure[s.ID], err = w.partner.AzureEntitlements(ctx, run.Customer, s.ID); err != nil {
				return err
			}
		}
	}
	o.Whole = true
	return nil
}

// wantedOrders lists the orders that a verdict stands on: those of software,
// and of reservations where a sandbox can cancel them.
func wantedOrders(o *observation, sandbox bool) []subscriptions.OrderID {
	var ids []subscriptions.OrderID
	add := func(id subscriptions.OrderID) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, s := range o.Subscriptions {
		if subscriptions.KindOf(s) == subscriptions.SoftwareSubscription && !s.Status.Ended() {
			add(s.OrderID)
		}
	}
	for _, e := range o.Entitlements {
		kind := subscriptions.Purchase{Entitlement: &e}.Kind()
		if kind == subscriptions.PerpetualSoftware || sandbox && kind == subscriptions.Reservation {
			add(e.OrderID)
		}
	}
	return ids
}

func (w *Workflow) observeGDAP(ctx context.Context, run *Run, o *observation) (err error) {
	o.calls++
	if o.GDAP, err = w.partner.GDAPRelationships(ctx, run.Customer); err != nil {
		return err
	}
	o.GDAPRead, o.GDAPFailed = true, map[string]bool{}
	for _, g := range o.GDAP {
		write := run.write(TerminateGDAP, g.ID)
		if write == nil || write.State != Accepted || write.Reference == "" || gdapEnded(g.Status) {
			continue
		}
		o.calls++
		r, err := w.partner.GDAPRequest(ctx, g.ID, write.Reference)
		if err != nil {
			return err
		}
		o.GDAPFailed[g.ID] = r.Failed()
	}
	return nil
}

// basis is a fingerprint of what a write stands on, without times: a refusal
// that only a change can lift is not repeated while it stays the same. The
// removal stands on everything, another write on what names its subject.
func (o *observation) basis(step Step, subject string) string {
	var lines []string
	note := func(parts ...any) {
		names := func(part any) bool { return strings.EqualFold(fmt.Sprint(part), subject) }
		if step == RemoveRelationship || step == DeleteCustomer || slices.ContainsFunc(parts, names) {
			lines = append(lines, strings.ToLower(fmt.Sprintln(parts...)))
		}
	}
	for _, s := range o.Subscriptions {
		note(s.ID, s.ParentID, s.Status, s.AutoRenew, s.CancelScheduled(), s.CommitmentEnd(), s.OrderID)
	}
	for _, order := range o.Orders {
		note(order.ID, order.Status, len(order.LinesOf("")))
	}
	for _, e := range o.Entitlements {
		note(e.OrderID, e.ProductID, e.Statuses, e.ExpiryDate)
	}
	for plan, entitlements := range o.Azure {
		for _, e := range entitlements {
			note(plan, e.ID, e.Status)
		}
	}
	for _, g := range o.GDAP {
		note(g.ID, g.Status)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return hex.EncodeToString(sum[:8])
}

func (o *observation) subscription(id string) *subscriptions.Subscription {
	for _, s := range o.Subscriptions {
		if s.ID.Is(subscriptions.ID(id)) {
			return s
		}
	}
	return nil
}

// order returns the order with either of its ids, or nil.
func (o *observation) order(id subscriptions.OrderID) *subscriptions.Order {
	for _, order := range o.Orders {
		if order.Is(id) {
			return order
		}
	}
	return nil
}

func (o *observation) otherRelationship() string {
	return fmt.Sprintf("the relationship is %.40q; only a reseller relationship can be removed here", o.Relationship)
}

func gdapEnded(s customers.GDAPStatus) bool {
	return s.Is(customers.GDAPTerminated, customers.GDAPExpired, customers.GDAPCreated, customers.GDAPApprovalPending, customers.GDAPApproved)
}

// azureEnded reports whether an Azure subscription does not run any more.
func azureEnded(s subscriptions.Status) bool {
	return s.Ended() || s.Is(subscriptions.Suspended) || strings.EqualFold(string(s), "cancelled") || strings.EqualFold(string(s), "canceled")
}
