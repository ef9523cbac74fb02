package main

import (
	"cmp"
	"strings"
	"sync"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

// names remembers from plans what people call a customer and its purchases.
type names struct {
	mu        sync.Mutex
	companies map[customers.TenantID]string
	subjects  map[string]string // by customer and id, in lower case
}

// learn takes the names from a plan. Where two purchases have the same one,
// their ids tell them apart.
func (n *names) learn(p *offboard.Plan) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.companies == nil {
		n.companies, n.subjects = map[customers.TenantID]string{}, map[string]string{}
	}
	n.companies[p.Customer] = p.Company
	count := map[string]int{}
	for _, i := range p.Items {
		count[i.Name()]++
	}
	for _, i := range p.Items {
		name, id := i.Name(), i.Purchase.ID()
		if count[name] > 1 {
			name += " " + id[:min(8, len(id))]
		}
		n.subjects[key(p.Customer, id)] = name
	}
}

func (n *names) company(id customers.TenantID) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return cmp.Or(n.companies[id], string(id))
}

// full is the name with the id.
func (n *names) full(id customers.TenantID) string {
	if name := n.company(id); name != string(id) {
		return name + " (" + string(id) + ")"
	}
	return string(id)
}

func (n *names) subject(customer customers.TenantID, id string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return cmp.Or(n.subjects[key(customer, id)], id)
}

func key(customer customers.TenantID, id string) string {
	return string(customer) + "/" + strings.ToLower(id)
}
