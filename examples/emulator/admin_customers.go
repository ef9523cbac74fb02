package main

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cspkit/cspkit/partnercentertest"
)

func listCustomers(_ *process, fake *partnercentertest.Server, _ *http.Request) (any, error) {
	type short struct {
		ID            string `json:"id"`
		Company       string `json:"company"`
		Relationship  string `json:"relationship"`
		Subscriptions int    `json:"subscriptions"`
	}
	all := []short{}
	for _, c := range fake.Customers() {
		all = append(all, short{c.ID, c.Company, c.Relationship, len(c.Subscriptions)})
	}
	return map[string]any{"customers": all}, nil
}

// customerOf returns the customer that the path names.
func customerOf(fake *partnercentertest.Server, r *http.Request) (partnercentertest.Customer, error) {
	c := fake.State(r.PathValue("customer"))
	if c.ID == "" {
		return c, refusal{http.StatusNotFound, "there is no such customer: GET /admin/customers lists them"}
	}
	return c, nil
}

func getCustomer(_ *process, fake *partnercentertest.Server, r *http.Request) (any, error) {
	c, err := customerOf(fake, r)
	if err != nil {
		return nil, err
	}
	return written(func(f *form) { describeCustomer(f, &c) }), nil
}

// edit changes a customer by what the body says, or not at all.
func edit(fake *partnercentertest.Server, r *http.Request, describe func(*form, *partnercentertest.Customer)) (any, error) {
	c, err := customerOf(fake, r)
	if err != nil {
		return nil, err
	}
	data, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	now := fake.Now()
	fake.Edit(c.ID, func(truth *partnercentertest.Customer) {
		next := *truth
		err = read(data, now, func(f *form) {
			describe(f, &next)
			if next.ID != truth.ID {
				f.problem("id", "cannot be changed: leave it out")
			}
		})
		if err == nil {
			*truth = next
		}
	})
	if err != nil {
		return nil, err
	}
	return getCustomer(nil, fake, r)
}

func patchCustomer(_ *process, fake *partnercentertest.Server, r *http.Request) (any, error) {
	return edit(fake, r, describeCustomer)
}

// noSubscription is the answer to an unknown subscription.
var noSubscription = refusal{http.StatusNotFound, "the customer has no such subscription: GET /admin/customers/{customer} lists them"}

func patchSubscription(_ *process, fake *partnercentertest.Server, r *http.Request) (any, error) {
	if _, err := subscriptionOf(fake, r); err != nil {
		return nil, err
	}
	return edit(fake, r, func(f *form, c *partnercentertest.Customer) {
		c.Subscriptions = slices.Clone(c.Subscriptions)
		for i := range c.Subscriptions {
			if sub := &c.Subscriptions[i]; strings.EqualFold(sub.ID, r.PathValue("subscription")) {
				describePurchase(f, sub)
			}
		}
	})
}

// subscriptionOf returns the subscription that the path names.
func subscriptionOf(fake *partnercentertest.Server, r *http.Request) (sub partnercentertest.Subscription, err error) {
	c, err := customerOf(fake, r)
	if err != nil {
		return sub, err
	}
	i := slices.IndexFunc(c.Subscriptions, func(s partnercentertest.Subscription) bool {
		return strings.EqualFold(s.ID, r.PathValue("subscription"))
	})
	if i < 0 {
		return sub, noSubscription
	}
	return c.Subscriptions[i], nil
}

func postEndTerm(_ *process, fake *partnercentertest.Server, r *http.Request) (any, error) {
	sub, err := subscriptionOf(fake, r)
	if err != nil {
		return nil, err
	}
	now := fake.Now()
	if sub.CommitmentEnd.IsZero() || sub.CommitmentEnd.Year() > 9000 || !sub.CommitmentEnd.After(now) {
		return nil, refusal{http.StatusConflict, "the subscription has no term that could end: see its ends_at"}
	}
	fake.Edit(r.PathValue("customer"), func(c *partnercentertest.Customer) {
		for i := range c.Subscriptions {
			if strings.EqualFold(c.Subscriptions[i].ID, sub.ID) {
				c.Subscriptions[i].CommitmentEnd = now.Add(-time.Millisecond)
			}
		}
	})
	sub, err = subscriptionOf(fake, r)
	if err != nil {
		return nil, err
	}
	return written(func(f *form) { describeSubscription(f, &sub) }), nil
}

func getApplied(_ *process, fake *partnercentertest.Server, r *http.Request) (any, error) {
	n := fake.Applied(r.PathValue("customer"), r.PathValue("subject"))
	if n == 0 { // of a deleted customer the writes are still known
		if _, err := customerOf(fake, r); err != nil {
			return nil, err
		}
	}
	return map[string]int{"applied": n}, nil
}
