package partnercentertest

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// update is one PATCH of a subscription, compared with what its sender read.
type update struct {
	body    map[string]any // with names in lower case
	read    map[string]any // what a read shows, decoded alike
	changed []string       // members that a client may change, and that it did change
	partial bool           // members are missing, or changed without the right to
}

// changeable are the members that an update may change.
var changeable = []string{
	"status", "autorenewenabled", "scheduledactions", "schedulednextterminstructions",
	"nextchargeinstructions", "quantity", "friendlyname", "billingcycle", "termduration",
}

// compare finds what an update changes. Links and attributes may come back or
// stay away; all else that was read belongs in the body.
func compare(body, read map[string]any) update {
	u := update{body: body, read: read}
	for name, old := range read {
		if name == "links" || name == "attributes" {
			continue
		}
		value, there := body[name]
		switch {
		case !there:
			u.partial = u.partial || !empty(old)
		case same(value, old), name == "status" && sameText(value, old):
		case slices.Contains(changeable, name):
			u.changed = append(u.changed, name)
		default:
			u.partial = true
		}
	}
	for name, value := range body { // members that were not there before, such as the first scheduled action
		if _, there := read[name]; !there && slices.Contains(changeable, name) && !empty(value) {
			u.changed = append(u.changed, name)
		}
	}
	slices.Sort(u.changed)
	return u
}

// same compares values as JSON; a member that is null or an empty list says no
// more than one that is missing.
func same(a, b any) bool {
	x, isObject := a.(map[string]any)
	y, alsoObject := b.(map[string]any)
	if isObject && alsoObject {
		for k := range x {
			if !same(x[k], y[k]) {
				return false
			}
		}
		for k := range y {
			if _, seen := x[k]; !seen && !empty(y[k]) {
				return false
			}
		}
		return true
	}
	v, isList := a.([]any)
	w, alsoList := b.([]any)
	if isList && alsoList {
		return slices.EqualFunc(v, w, same)
	}
	return empty(a) && empty(b) || reflect.DeepEqual(a, b)
}

// sameText compares texts in any letter case.
func sameText(a, b any) bool {
	x, isText := a.(string)
	y, alsoText := b.(string)
	return isText && alsoText && strings.EqualFold(x, y)
}

// status returns the status that the body asks for.
func (u update) status() string {
	text, _ := u.body["status"].(string)
	return strings.ToLower(text)
}

func (u update) changes(name string) bool { return slices.Contains(u.changed, name) }

// allowed reports whether the update changes one property, or one of the pairs
// that belong together.
func (u update) allowed() bool {
	switch len(u.changed) {
	case 0, 1:
		return true
	case 2:
		if !u.changes("autorenewenabled") {
			return false
		}
		return u.changes("scheduledactions") ||
			u.changes("status") && u.status() == "deleted" && u.body["autorenewenabled"] == false
	}
	return false
}

// updateSubscription answers PATCH /v1/customers/{id}/subscriptions/{id}.
func (s *Server) updateSubscription(c *call, a *account, ids []string) *answer {
	sub := a.subscription(ids[0])
	if sub == nil {
		return noSubscription()
	}
	body, err := decodeObject(c.body)
	if err != nil {
		return refuse(http.StatusBadRequest, "3000", "The body is invalid: "+err.Error())
	}
	if id, ok := body["id"].(string); ok && !strings.EqualFold(id, sub.ID) {
		return refuse(http.StatusBadRequest, "3000", "The property Id is not that of the path.")
	}
	shown := a.view(sub, c.now)
	u := compare(body, asDecoded(shown.json(a.c.ID)))
	if refused := sub.check(c, u); refused != nil {
		return refused
	}
	next := sub.clone()
	if refused := next.take(u); refused != nil {
		return refused
	}
	if refused := a.transition(sub, &next, u, c.now); refused != nil {
		return refused
	}
	if u.partial {
		s.partial++
	}
	old := sub.clone()
	if next.PendingOperation = sub.PendingOperation; !reflect.DeepEqual(old, next) {
		next.Version++
		*sub = next
		a.count(sub.ID)
		a.hide(subscriptionKey(sub.ID), old, c.now, s.Delays.Subscription)
		a.follow(sub, old.Status, c.now, s.Delays.Subscription)
	}
	s.note(c, a, c.now, "update_subscription", "subscription", old.spelled(a.c.ID), sub.spelled(a.c.ID))
	if s.Accept202 {
		return bare(http.StatusAccepted).set("Location", "/customers/"+a.c.ID+"/subscriptions/"+sub.ID).did()
	}
	return jsonAnswer(http.StatusOK, sub.spelled(a.c.ID)).did()
}

// check refuses what no update may do.
func (sub *Subscription) check(c *call, u update) *answer {
	bad := func(code, text string) *answer { return refuse(http.StatusBadRequest, code, text) }
	if sub.kind() == kindSavingsPlan {
		return refuse(http.StatusForbidden, "900321", "This operation is not supported for savings plans.")
	}
	if sub.PendingOperation {
		return refuse(http.StatusConflict, "900278", "The subscription has a pending operation. Try again after 24 hours.")
	}
	if sub.ETag {
		attributes, _ := u.body["attributes"].(map[string]any)
		inBody, _ := attributes["etag"].(string)
		match := strings.Trim(c.header.Get("If-Match"), `"`)
		for _, tag := range []string{inBody, match} {
			if tag != "" && tag != "*" && tag != sub.etag() {
				return bad("2055", "The etag is no longer valid.")
			}
		}
	}
	if sub.Status == "deleted" {
		return bad("2011", "The subscription has already been deleted.")
	}
	if !u.allowed() {
		return bad("800002", "Only one property can be changed at a time: "+strings.Join(u.changed, ", ")+".")
	}
	if v, there := u.body["status"]; there && !slices.Contains([]string{"active", "suspended", "deleted", sub.Status}, u.status()) && u.changes("status") {
		text, _ := json.Marshal(v)
		return bad("3000", "The property Status is invalid: "+string(text))
	}
	if u.changes("autorenewenabled") && !u.changes("status") {
		if _, isBool := u.body["autorenewenabled"].(bool); !isBool {
			return bad("3000", "The property AutoRenewEnabled is invalid.")
		}
		if sub.AutoRenewNotEligible {
			return bad("800093", "The subscription is not eligible for auto-renew changes.")
		}
	}
	if len(u.changed) > 0 && !u.changes("status") {
		switch sub.Status {
		case "suspended":
			return bad("800091", "The subscription is suspended and cannot be updated.")
		case "expired", "disabled":
			return bad("900279", "Updates of the subscription are no longer allowed.")
		case "pending":
			return bad("800081", "The subscription is not activated yet.")
		}
	}
	return nil
}

// take applies the changed members and resets those that the body leaves out.
func (s *Subscription) take(u update) *answer {
	has := func(name string) bool { _, there := u.body[name]; return there }
	if u.changes("autorenewenabled") {
		s.AutoRenew, _ = u.body["autorenewenabled"].(bool)
	} else if !has("autorenewenabled") && !s.AutoRenewNotEligible {
		s.AutoRenew = false
	}
	if u.changes("scheduledactions") {
		data, _ := json.Marshal(u.body["scheduledactions"])
		s.ScheduledActions = nil
		if json.Unmarshal(data, &s.ScheduledActions) != nil {
			return refuse(http.StatusBadRequest, "3000", "The property ScheduledActions is invalid.")
		}
	} else if !has("scheduledactions") {
		s.ScheduledActions = nil
	}
	s.NextTerm = u.object("schedulednextterminstructions", s.NextTerm)
	s.NextCharge = u.object("nextchargeinstructions", s.NextCharge)
	if u.changes("quantity") {
		text, _ := u.body["quantity"].(json.Number)
		n, err := strconv.Atoi(text.String())
		if err != nil || n < 1 {
			return refuse(http.StatusBadRequest, "3000", "The property Quantity is invalid.")
		}
		s.Quantity = n
	}
	for name, field := range map[string]*string{
		"friendlyname": &s.FriendlyName, "billingcycle": &s.BillingCycle, "termduration": &s.Term,
	} {
		if text, ok := u.body[name].(string); ok && u.changes(name) {
			*field = text
		}
	}
	if len(s.Extra) > 0 {
		maps.DeleteFunc(s.Extra, func(name string, v any) bool { return !has(strings.ToLower(name)) && v != nil })
	}
	return nil
}

// object returns the new value of a member that holds an object.
func (u update) object(name string, old map[string]any) map[string]any {
	value, there := u.body[name]
	if there && !u.changes(name) {
		return old
	}
	m, _ := value.(map[string]any)
	return m
}

// transition moves next to the status that the update asks for, by the rules of
// its kind.
func (a *account) transition(sub, next *Subscription, u update, now time.Time) *answer {
	to := u.status()
	if !u.changes("status") || to == sub.Status {
		return nil
	}
	refused := func(code, text string) *answer { return refuse(http.StatusBadRequest, code, text) }
	switch sub.Status {
	case "active", "suspended":
	case "pending":
		return refused("800081", "The subscription is not activated yet.")
	default:
		return refused("800040", "The subscription cannot go from "+sub.Status+" to "+to+".")
	}
	switch to {
	case "deleted":
		if sub.legacy() {
			return refused("800040", "The subscription cannot be deleted; suspend it instead.")
		}
		if sub.kind() != kindAzurePlan && !sub.canCancel(now) {
			if sub.kind() == kindSaaS {
				return refused("900213", "The cancellation window of 72 hours passed.")
			}
			return refused("900117", "The cancellation window of 7 days passed.")
		}
		next.AutoRenew = false
	case "suspended":
		if sub.kind() == kindSoftware {
			return refused("800040", "A software subscription cannot be suspended.")
		}
	case "active":
		if base := a.subscription(sub.ParentID); base != nil && sub.legacy() && base.Status != "active" {
			return refuse(http.StatusConflict, "27009", "The parent subscription is not active.")
		}
	}
	if to != "active" && sub.kind() == kindAzurePlan {
		for _, e := range sub.Azure {
			if e.Status == "active" {
				return refuse(http.StatusForbidden, "900115", "The Azure plan has active Azure subscriptions.")
			}
		}
	}
	if to != "active" && sub.newCommerce() {
		next.AutoRenew, next.ScheduledActions, next.NextTerm, next.NextCharge = false, nil, nil, nil
	}
	if to == "active" && sub.newCommerce() {
		next.AutoRenew = false // has to be set again, by an update of its own
	}
	next.Status = to
	return nil
}

// follow does what a change of status brings about elsewhere.
func (a *account) follow(sub *Subscription, before string, now time.Time, delay time.Duration) {
	switch {
	case sub.Status == before:
	case sub.Status == "suspended" && sub.kind() == kindLegacy:
		for i := range a.c.Subscriptions {
			child := &a.c.Subscriptions[i]
			if strings.EqualFold(child.ParentID, sub.ID) && child.legacy() && child.Status == "active" {
				a.hide(subscriptionKey(child.ID), child.clone(), now, delay)
				child.Status = "suspended"
				child.Version++
			}
		}
	case sub.Status == "deleted" && sub.kind() == kindSoftware:
		for i := range a.c.Orders {
			o := &a.c.Orders[i]
			for n := range o.Lines {
				if strings.EqualFold(o.Lines[n].SubscriptionID, sub.ID) {
					a.hide("order/"+o.ID, o.clone(), now, delay)
					o.Lines[n].Quantity = 0
				}
			}
			o.settle()
		}
	}
}
