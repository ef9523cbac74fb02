package offboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

// mode is how the fake partner answers writes.
type mode string

const (
	atOnce     mode = "at once"
	slowly     mode = "slowly"             // shows after three minutes
	never      mode = "never"              // accepted, and never shown
	cut        mode = "cut after applying" // the first answer to each write is lost
	dropped    mode = "cut before applying"
	busyOnce   mode = "busy once"
	pendingYet mode = "pending operation" // for good
	tooLate    mode = "window closed"     // whatever the date says
	refuses    mode = "refuses removal"   // while anything is suspended
)

var modes = []mode{atOnce, slowly, never, cut, dropped, busyOnce, pendingYet, tooLate, refuses}

// world is a customer that exists without a wire: it shows what the workflow
// makes of every answer that it can get.
type world struct {
	t       *testing.T
	mode    mode
	subs    map[string]map[string]any
	order   []string
	azure   map[string]subscriptions.Status // of the one plan "azure"
	gdap    customers.GDAPStatus
	removed bool
	deleted bool
	later   []effect
	ids     map[string]string // by step and subject: the last request id
	tries   map[string]int
	applied map[string]int
	record  bool
}

type effect struct {
	at time.Time
	do func()
}

func newWorld(t *testing.T, m mode, items ...item) *world {
	w := &world{t: t, mode: m, subs: map[string]map[string]any{}, azure: map[string]subscriptions.Status{}, gdap: customers.GDAPActive,
		ids: map[string]string{}, tries: map[string]int{}, applied: map[string]int{}, record: true}
	for i, it := range items {
		id := fmt.Sprintf("%d0000000-0000-0000-0000-000000000000", i+1)
		w.subs[id] = it.resource(id, time.Now())
		w.order = append(w.order, id)
		if it.kind == subscriptions.AzurePlan {
			w.azure["azure-"+id] = subscriptions.Active
		}
	}
	return w
}

// settle lets what has become due take effect, and terms end.
func (w *world) settle() {
	now := time.Now()
	var rest []effect
	for _, e := range w.later {
		if e.at.After(now) {
			rest = append(rest, e)
			continue
		}
		e.do()
	}
	w.later = rest
	for _, r := range w.subs {
		if s := parse(w.t, r); s.Status.Is(subscriptions.Active) && !s.AutoRenew && now.After(s.TermOver().Add(time.Hour)) && !s.CommitmentEnd().OpenEnded() {
			r["status"] = "expired"
		} else if s.Status.Is(subscriptions.Suspended) && now.After(s.TermOver()) {
			r["status"] = "disabled"
		}
	}
}

// write answers a write and applies it as the mode says.
func (w *world) write(step Step, subject, id string, apply func()) error {
	w.settle()
	key := string(step) + " " + subject
	w.tries[key]++
	again := w.ids[key] == id
	if w.tries[key] == 2 && (w.mode == cut || w.mode == dropped) && !again {
		w.t.Errorf("%s: request id %s after %s, although the outcome was unknown", key, id, w.ids[key])
	}
	w.ids[key] = id
	effective := func() { w.applied[key]++; apply() }
	unknown := &partnercenter.Error{Operation: key, RequestID: id}
	switch {
	case w.mode == busyOnce && w.tries[key] == 1:
		return fmt.Errorf("%s: %w", key, partnercenter.ErrBusy)
	case w.mode == pendingYet:
		return &partnercenter.Error{Operation: key, Status: 409, Code: "900278", RequestID: id}
	case w.mode == tooLate && step == CancelSubscription:
		return fmt.Errorf("%s: %w", key, partnercenter.ErrWindowClosed)
	case w.mode == tooLate && step == CancelOrder:
		return fmt.Errorf("%s: %w", key, partnercenter.ErrNotCancellable)
	case w.mode == refuses && step == RemoveRelationship && w.suspended():
		return fmt.Errorf("%s: %w", key, partnercenter.ErrPrecondition)
	case w.mode == dropped && w.tries[key] == 1:
		return fmt.Errorf("%w: %w", partnercenter.ErrTransient, unknown)
	case w.mode == cut && w.tries[key] == 1:
		effective()
		return fmt.Errorf("%w: %w", partnercenter.ErrTransient, unknown)
	case w.mode == cut && again:
		return nil // recognised by its id
	case w.mode == never:
		return nil
	case w.mode == slowly:
		w.later = append(w.later, effect{time.Now().Add(3 * time.Minute), effective})
		return nil
	}
	effective()
	return nil
}

func (w *world) suspended() bool {
	for _, r := range w.subs {
		if r["status"] == "suspended" {
			return true
		}
	}
	return false
}

func (w *world) gone() error {
	w.settle()
	if w.deleted {
		return fmt.Errorf("%w", partnercenter.ErrNotFound)
	}
	if w.removed {
		return fmt.Errorf("%w", partnercenter.ErrNoRelationship)
	}
	return nil
}

func (w *world) CheckRead(context.Context, customers.TenantID, bool) error  { return nil }
func (w *world) CheckWrite(context.Context, customers.TenantID, bool) error { return nil }

func (w *world) Customer(context.Context, customers.TenantID) (*customers.Customer, error) {
	if err := w.gone(); err != nil {
		return nil, err
	}
	return &customers.Customer{ID: contoso, Relationship: customers.Reseller, CompanyProfile: customers.CompanyProfile{CompanyName: "Contoso"}}, nil
}

func (w *world) Subscriptions(context.Context, customers.TenantID) ([]*subscriptions.Subscription, error) {
	if err := w.gone(); err != nil {
		return nil, err
	}
	var all []*subscriptions.Subscription
	for _, id := range w.order {
		all = append(all, parse(w.t, w.subs[id]))
	}
	return all, nil
}

func (w *world) Entitlements(context.Context, customers.TenantID) ([]subscriptions.Entitlement, error) {
	return nil, w.gone()
}

func (w *world) Order(_ context.Context, _ customers.TenantID, id subscriptions.OrderID) (*subscriptions.Order, error) {
	if err := w.gone(); err != nil {
		return nil, err
	}
	for _, sub := range w.order {
		if "order-"+sub == string(id) {
			quantity := 1
			if w.subs[sub]["status"] == "deleted" {
				quantity = 0
			}
			return &subscriptions.Order{ID: id, Status: "completed", LineItems: []subscriptions.LineItem{{SubscriptionID: subscriptions.ID(sub), Quantity: quantity}}}, nil
		}
	}
	return nil, partnercenter.ErrNotFound
}

func (w *world) AzureEntitlements(_ context.Context, _ customers.TenantID, plan subscriptions.ID) ([]subscriptions.AzureEntitlement, error) {
	if err := w.gone(); err != nil {
		return nil, err
	}
	id := "azure-" + string(plan)
	return []subscriptions.AzureEntitlement{{ID: id, Status: w.azure[id]}}, nil
}

func (w *world) GDAPRelationships(context.Context, customers.TenantID) ([]*customers.GDAPRelationship, error) {
	w.settle()
	return []*customers.GDAPRelationship{{ID: "gdap", Status: w.gdap}}, nil
}

func (w *world) GDAPRequest(context.Context, string, string) (*customers.GDAPRequest, error) {
	return &customers.GDAPRequest{Status: "pending"}, nil
}

func (w *world) UpdateSubscription(_ context.Context, _ customers.TenantID, s *subscriptions.Subscription, c subscriptions.Change, id string) error {
	r := w.subs[string(s.ID)]
	step := EndAtTerm
	switch c.Status {
	case subscriptions.Deleted:
		step = CancelSubscription
	case subscriptions.Suspended:
		step = SuspendSubscription
	case subscriptions.Active:
		step = ReactivateSubscription
	}
	return w.write(step, string(s.ID), id, func() {
		if c.Status != "" {
			r["status"] = string(c.Status)
			if kind := subscriptions.KindOf(s); c.Status == subscriptions.Suspended && (kind == subscriptions.NewCommerceLicense || kind == subscriptions.NewCommerceTrial) {
				r["autoRenewEnabled"], r["scheduledActions"] = false, []any{}
			}
		}
		if c.AutoRenew != nil {
			r["autoRenewEnabled"] = *c.AutoRenew
		}
		if c.ScheduledActions != nil {
			var actions any
			if err := json.Unmarshal(c.ScheduledActions, &actions); err != nil {
				w.t.Error(err)
			}
			r["scheduledActions"] = actions
		}
	})
}

func (w *world) CancelOrder(_ context.Context, _ customers.TenantID, o *subscriptions.Order, lines []subscriptions.LineItem, id string) error {
	sub := string(lines[0].SubscriptionID)
	return w.write(CancelOrder, sub, id, func() { w.subs[sub]["status"] = "deleted" })
}

func (w *world) CancelAzure(_ context.Context, _ customers.TenantID, _ subscriptions.ID, entitlement, id string) error {
	return w.write(CancelAzure, entitlement, id, func() { w.azure[entitlement] = subscriptions.Disabled })
}

func (w *world) ReactivateAzure(_ context.Context, _ customers.TenantID, _ subscriptions.ID, entitlement, id string) error {
	return w.write(ReactivateSubscription, entitlement, id, func() { w.azure[entitlement] = subscriptions.Active })
}

func (w *world) TerminateGDAP(_ context.Context, relationship, id string) (string, error) {
	return "request", w.write(TerminateGDAP, relationship, id, func() { w.gdap = customers.GDAPTerminated })
}

func (w *world) RemoveRelationship(_ context.Context, _ customers.TenantID, id string) error {
	w.settle()
	for id, r := range w.subs {
		if s := r["status"]; s == "active" || s == "pending" {
			w.t.Errorf("the removal was sent while subscription %s is %s", id, s)
		}
	}
	return w.write(RemoveRelationship, string(contoso), id, func() { w.removed = true })
}

func (w *world) DeleteCustomer(_ context.Context, _ customers.TenantID, id string) error {
	if !w.removed {
		w.t.Error("the customer was deleted while the relationship stands")
	}
	return w.write(DeleteCustomer, string(contoso), id, func() { w.deleted = true })
}

// Has and Delete make the world a [Directory].
func (w *world) Has(context.Context, customers.TenantID) (bool, error) { return w.record, nil }

func (w *world) Delete(context.Context, customers.TenantID, string) error {
	w.settle()
	if !w.removed {
		w.t.Error("the record was deleted while the relationship stands")
	}
	if !w.record {
		return errors.New("there is no record")
	}
	w.record = false
	return nil
}
