package partnercentertest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settle sets the status that follows from the lines.
func (o *Order) settle() {
	if len(o.Lines) > 0 && !slices.ContainsFunc(o.Lines, func(l OrderLine) bool { return l.Quantity > 0 }) {
		o.Status = "cancelled"
	}
}

func (o *Order) json(customerID string) map[string]any {
	lines := make([]any, 0, len(o.Lines))
	for _, l := range o.Lines {
		line := map[string]any{
			"lineItemNumber": l.Number, "offerId": l.OfferID, "friendlyName": l.Name,
			"quantity": l.Quantity, "transactionType": "New", "termDuration": l.Term,
		}
		if l.SubscriptionID != "" {
			line["subscriptionId"] = l.SubscriptionID
		}
		lines = append(lines, line)
	}
	return map[string]any{
		"id": o.ID, "alternateId": o.AlternateID, "referenceCustomerId": customerID,
		"billingCycle": o.BillingCycle, "currencyCode": "EUR", "currencySymbol": "€",
		"lineItems": lines, "creationDate": date(o.Created), "status": o.Status, "transactionType": "UserPurchase",
		"links":      map[string]any{"self": link("/customers/" + customerID + "/orders/" + o.ID)},
		"attributes": map[string]any{"objectType": "Order"},
	}
}

func noOrder() *answer { return refuse(http.StatusNotFound, "20000", "The order was not found.") }

// getOrder answers GET /v1/customers/{id}/orders/{id}.
func (s *Server) getOrder(c *call, a *account, ids []string) *answer {
	o := a.order(ids[0])
	if o == nil {
		return noOrder()
	}
	shown := a.viewOrder(o, c.now)
	return jsonAnswer(http.StatusOK, shown.json(a.c.ID))
}

// cancelOrder answers PATCH /v1/customers/{id}/orders/{id}.
func (s *Server) cancelOrder(c *call, a *account, ids []string) *answer {
	o := a.order(ids[0])
	if o == nil {
		return noOrder()
	}
	body, err := decodeObject(c.body)
	if err != nil {
		return refuse(http.StatusBadRequest, "3000", "The body is invalid: "+err.Error())
	}
	if status, _ := body["status"].(string); !strings.EqualFold(status, "cancelled") {
		return refuse(http.StatusBadRequest, "3000", "The property Status is invalid.")
	}
	if id, ok := body["id"].(string); ok && id != o.ID {
		return refuse(http.StatusBadRequest, "3000", "The property Id is not that of the path.")
	}
	lines, refused := o.chosen(body)
	if refused != nil {
		return refused
	}
	for _, n := range lines {
		if refused := s.cancellable(a, o, o.Lines[n], c.now); refused != nil {
			return refused
		}
	}
	old := o.clone()
	for _, n := range lines {
		o.Lines[n].Quantity = 0
		if sub := a.subscription(o.Lines[n].SubscriptionID); sub != nil && sub.Status != "deleted" {
			a.hide(subscriptionKey(sub.ID), sub.clone(), c.now, s.Delays.Order)
			sub.Status, sub.AutoRenew = "deleted", false
			sub.ScheduledActions, sub.NextTerm, sub.NextCharge = nil, nil, nil
			sub.Version++
		}
	}
	o.settle()
	a.hide("order/"+o.ID, old, c.now, s.Delays.Order)
	a.count(o.ID)
	s.note(c, a, c.now, "update_order", "order", old.json(a.c.ID), o.json(a.c.ID))
	return jsonAnswer(http.StatusOK, o.json(a.c.ID)).did()
}

// chosen returns the indexes of the lines to cancel: those that the body names,
// or all that are left.
func (o *Order) chosen(body map[string]any) ([]int, *answer) {
	var lines []int
	if named, there := body["lineitems"].([]any); there && len(named) > 0 {
		for _, v := range named {
			m, _ := v.(map[string]any)
			n, ok := lineNumber(m["lineitemnumber"])
			i := slices.IndexFunc(o.Lines, func(l OrderLine) bool { return l.Number == n })
			if !ok || i < 0 {
				return nil, refuse(http.StatusBadRequest, "3000", "The property LineItems is invalid.")
			}
			lines = append(lines, i)
		}
	} else {
		for i, l := range o.Lines {
			if l.Quantity > 0 {
				lines = append(lines, i)
			}
		}
	}
	for _, i := range lines {
		if o.Lines[i].Quantity == 0 {
			return nil, notCancellable()
		}
	}
	if len(lines) == 0 {
		return nil, notCancellable()
	}
	return lines, nil
}

// lineNumber reads a line number, which defaults to that of the first line.
func lineNumber(v any) (int, bool) {
	switch v := v.(type) {
	case nil:
		return 0, true
	case json.Number:
		n, err := strconv.Atoi(v.String())
		return n, err == nil
	}
	return 0, false
}

func notCancellable() *answer {
	return refuse(http.StatusBadRequest, "800061", "The order cannot be cancelled.")
}

// cancellable refuses lines that cannot be cancelled, or not any more.
func (s *Server) cancellable(a *account, o *Order, l OrderLine, now time.Time) *answer {
	switch l.Kind {
	case LinePerpetual:
		if now.After(o.Created.Add(perpetualWindow)) {
			return notCancellable()
		}
	case LineSoftware:
		until := o.Created.Add(softwareWindow)
		if sub := a.subscription(l.SubscriptionID); sub != nil && !sub.CancelUntil.IsZero() {
			until = sub.CancelUntil // a renewal opens a new window
		}
		if now.After(until) {
			return notCancellable()
		}
	case LineReservation:
		if !s.Sandbox {
			return refuse(http.StatusForbidden, "800019", "In production only software orders can be cancelled.")
		}
	case LineSaaS:
		return refuse(http.StatusForbidden, "800077", "The order cannot be cancelled; cancel the subscription instead.")
	default:
		return refuse(http.StatusBadRequest, "800063", "The order cannot be cancelled; suspend the subscription instead.")
	}
	return nil
}

// returned reports whether the order line behind an entitlement is cancelled.
func (a *account) returned(e Entitlement) bool {
	o := a.order(e.OrderID)
	return o != nil && o.returned(e.LineItemID)
}

func (o *Order) returned(lineItemID string) bool {
	for _, l := range o.Lines {
		if strconv.Itoa(l.Number) == lineItemID {
			return l.Quantity == 0
		}
	}
	return o.Status == "cancelled"
}

// listEntitlements answers GET /v1/customers/{id}/entitlements. A cancelled
// purchase entitles to nothing, so it is not in the list.
func (s *Server) listEntitlements(c *call, a *account, _ []string) *answer {
	for k := range c.query {
		if k != "entitlementType" && k != "showExpiry" {
			return unsupported(c)
		}
	}
	want := strings.ToLower(c.query.Get("entitlementType"))
	if want == "virtualmachinereservedinstance" { // its name in older clients
		want = "reservedinstance"
	}
	expiry := strings.EqualFold(c.query.Get("showExpiry"), "true")
	var items []any
	for _, e := range a.c.Entitlements {
		if want != "" && !strings.EqualFold(e.Type, want) {
			continue
		}
		if o := a.order(e.OrderID); o != nil {
			shown := a.viewOrder(o, c.now)
			if shown.returned(e.LineItemID) {
				continue
			}
		}
		items = append(items, e.json(a.c.ID, expiry))
	}
	return jsonAnswer(http.StatusOK, collection(items, "/customers/"+a.c.ID+"/entitlements"))
}

func (e Entitlement) json(customerID string, expiry bool) map[string]any {
	out := map[string]any{
		"includedEntitlements": []any{},
		"referenceOrder":       map[string]any{"id": e.OrderID, "lineItemId": e.LineItemID, "alternateId": e.AlternateOrderID},
		"productId":            e.ProductID, "skuId": e.SKUID, "quantity": e.Quantity,
		"quantityDetails": []any{map[string]any{"quantity": e.Quantity, "status": "Active"}},
		"entitlementType": e.Type,
	}
	artifact := map[string]any{"resourceId": e.ResourceID, "artifactType": e.Type}
	if strings.EqualFold(e.Type, "reservedinstance") {
		artifact["link"] = link("/customers/" + customerID + "/artifacts/reservedinstance/" + e.ResourceID)
		artifact["dynamicAttributes"] = map[string]any{"reservationType": "virtualmachines"}
	}
	out["entitledArtifacts"] = []any{artifact}
	if expiry && !e.Expires.IsZero() {
		out["expiryDate"] = date(e.Expires)
	}
	return out
}
