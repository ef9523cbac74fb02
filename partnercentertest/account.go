package partnercentertest

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"
)

// An account is a customer with what has to be remembered of its history: what
// reads do not show yet, what happens later, and how often things changed.
type account struct {
	seq     int // position in lists
	c       Customer
	shadows map[string][]shadow // by subject
	due     []change
	applied map[string]int  // by subject ID in lower case
	moving  map[string]bool // Azure entitlements whose status is about to change
	purged  time.Time       // when DELETE takes effect
	erased  bool            // DELETE has happened
}

// shadow is an old value that reads still show.
type shadow struct {
	until time.Time
	value any
}

// change is something that happens at its time.
type change struct {
	at time.Time
	do func(*account)
}

func newAccount(seq int, c Customer) *account {
	a := &account{seq: seq, shadows: map[string][]shadow{}, applied: map[string]int{}, moving: map[string]bool{}}
	a.set(c.clone())
	return a
}

// set makes c the truth, with the defaults that its zero values stand for.
func (a *account) set(c Customer) {
	c.Country = cmp.Or(c.Country, "NL")
	c.Relationship = cmp.Or(c.Relationship, "reseller")
	for i := range c.Subscriptions {
		s := &c.Subscriptions[i]
		s.Status = cmp.Or(s.Status, "active")
		s.FriendlyName = cmp.Or(s.FriendlyName, s.OfferName)
		s.UnitType = cmp.Or(s.UnitType, "Licenses")
		s.Publisher = cmp.Or(s.Publisher, "Microsoft Corporation")
		for j := range s.Azure {
			s.Azure[j].Status = cmp.Or(s.Azure[j].Status, "active")
		}
	}
	for i := range c.Orders {
		c.Orders[i].Status = cmp.Or(c.Orders[i].Status, "completed")
	}
	for i := range c.GDAP {
		c.GDAP[i].Status = cmp.Or(c.GDAP[i].Status, "active")
	}
	for i := range c.Agreements {
		one := &c.Agreements[i]
		one.Type = cmp.Or(one.Type, CustomerAgreement)
		if one.TemplateID == "" {
			one.TemplateID = CustomerTemplate
			if one.Type == CloudAgreement {
				one.TemplateID = CloudTemplate
			}
		}
	}
	a.c = c
}

// advance lets everything happen to the customer that is due by now. It is
// called when the customer is looked at, so that a request costs the same
// however many customers there are.
func (a *account) advance(now time.Time) {
	for {
		i := slices.IndexFunc(a.due, func(c change) bool { return !c.at.After(now) })
		if i < 0 {
			break
		}
		do := a.due[i].do
		a.due = slices.Delete(a.due, i, i+1)
		do(a)
	}
	for i := range a.c.Subscriptions {
		a.c.Subscriptions[i].passTerms(now)
	}
}

// later schedules a change.
func (a *account) later(at time.Time, do func(*account)) {
	a.due = append(a.due, change{at, do})
	slices.SortStableFunc(a.due, func(x, y change) int { return x.at.Compare(y.at) })
}

// hide keeps old visible to reads of subject for a while.
func (a *account) hide(subject string, old any, now time.Time, d time.Duration) {
	if d > 0 {
		a.shadows[subject] = append(a.shadows[subject], shadow{now.Add(d), old})
	}
}

// shown returns the old value that a read of subject still gets.
func (a *account) shown(subject string, now time.Time) (old any, ok bool) {
	list := a.shadows[subject]
	for len(list) > 0 && !list[0].until.After(now) {
		list = list[1:]
	}
	a.shadows[subject] = list
	if len(list) == 0 {
		return nil, false
	}
	return list[0].value, true
}

// count notes a write that took effect.
func (a *account) count(subject string) { a.applied[strings.ToLower(subject)]++ }

// relationship returns what reads show.
func (a *account) relationship(now time.Time) string {
	if old, ok := a.shown("relationship", now); ok {
		return old.(string)
	}
	return a.c.Relationship
}

// gone reports whether the customer's record was deleted and reads show it.
func (a *account) gone(now time.Time) bool { return a.erased && !now.Before(a.purged) }

func (a *account) subscription(id string) *Subscription {
	for i := range a.c.Subscriptions {
		if strings.EqualFold(a.c.Subscriptions[i].ID, id) {
			return &a.c.Subscriptions[i]
		}
	}
	return nil
}

// view returns a subscription as reads show it.
func (a *account) view(s *Subscription, now time.Time) Subscription {
	if old, ok := a.shown(subscriptionKey(s.ID), now); ok {
		return old.(Subscription)
	}
	return *s
}

func subscriptionKey(id string) string { return "subscription/" + strings.ToLower(id) }

func (a *account) order(id string) *Order {
	for i := range a.c.Orders {
		if a.c.Orders[i].ID == id { // order IDs tell letter case apart
			return &a.c.Orders[i]
		}
	}
	return nil
}

// viewOrder returns an order as reads show it.
func (a *account) viewOrder(o *Order, now time.Time) Order {
	if old, ok := a.shown("order/"+o.ID, now); ok {
		return old.(Order)
	}
	return *o
}

// index makes the customer findable by its ID and those of its GDAP
// relationships. Of two that share an ID, the one seeded first is found.
func (s *Server) index(a *account) {
	add := func(m map[string]*account, id string) {
		if id = strings.ToLower(id); m[id] == nil {
			m[id] = a
		}
	}
	add(s.byID, a.c.ID)
	for _, g := range a.c.GDAP {
		add(s.byGDAP, g.ID)
	}
}

// account returns the customer with the given tenant ID, or nil. What is due
// for it happens when somebody looks: see advance.
func (s *Server) account(id string) *account { return s.byID[strings.ToLower(id)] }

// after returns the customers that come after a position in lists.
func (s *Server) after(seq int) []*account {
	i, _ := slices.BinarySearchFunc(s.accounts, seq+1, func(a *account, seq int) int { return cmp.Compare(a.seq, seq) })
	return s.accounts[i:]
}

// State returns what is true of a customer now, whatever reads show. An
// unknown or deleted customer is the zero Customer.
func (s *Server) State(customerID string) Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.account(customerID)
	if a == nil || a.erased {
		return Customer{}
	}
	a.advance(s.now())
	return a.c.clone()
}

// Customers returns what is true of all customers now, in the order in which they
// were seeded or created. Deleted ones are not there.
func (s *Server) Customers() []Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Customer
	for _, a := range s.accounts {
		if !a.erased {
			a.advance(s.now())
			all = append(all, a.c.clone())
		}
	}
	return all
}

// Applied returns how many writes took effect on a subject of a customer: a
// subscription, an order, an Azure entitlement or a GDAP relationship. The
// customer's own ID counts its creation, removals of the relationship and
// deletions, the subject "billing" updates of the billing profile, "agreements"
// the agreements that were created.
func (s *Server) Applied(customerID, subject string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.account(customerID); a != nil {
		return a.applied[strings.ToLower(subject)]
	}
	return 0
}

// Edit changes a customer behind the client's back, as a person in the portal
// does. Reads show it at once. The function f must not call the server. Edit
// panics when there is no such customer: a test that edits nothing proves nothing.
func (s *Server) Edit(customerID string, f func(*Customer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.account(customerID)
	if a == nil {
		panic("partnercentertest: Edit: no customer " + customerID)
	}
	a.advance(s.now())
	next := a.c.clone()
	f(&next)
	next.ID = a.c.ID // who it is stays: everything finds it by that
	for i := range next.Subscriptions {
		sub := &next.Subscriptions[i]
		if old := a.subscription(sub.ID); old != nil && sub.Version == old.Version && !reflect.DeepEqual(*old, *sub) {
			sub.Version++
			delete(a.shadows, subscriptionKey(sub.ID))
		}
	}
	if next.Relationship != a.c.Relationship {
		delete(a.shadows, "relationship")
	}
	for _, o := range next.Orders {
		if old := a.order(o.ID); old != nil && !reflect.DeepEqual(*old, o) {
			delete(a.shadows, "order/"+o.ID)
		}
	}
	if !slices.Equal(next.Agreements, a.c.Agreements) {
		delete(a.shadows, "agreements")
	}
	a.set(next)
	s.index(a)
}

// PartialWrites returns how many updates of subscriptions and billing profiles
// lost something: the body left out members that the client had read, or
// changed members that are not the client's to change.
func (s *Server) PartialWrites() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.partial
}
