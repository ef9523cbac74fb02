package partnercentertest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// createOrder answers POST /v1/customers/{id}/orders: just enough of a purchase
// to see whether the customer may buy. The order becomes no subscription.
func (s *Server) createOrder(c *call, a *account, _ []string) *answer {
	body, err := decodeObject(c.body)
	if err != nil {
		return invalidBody()
	}
	if id, ok := body["referencecustomerid"].(string); ok && !strings.EqualFold(id, a.c.ID) {
		return invalidMember("referenceCustomerId")
	}
	lines, ok := orderLines(body)
	if !ok {
		return invalidMember("lineItems")
	}
	if !a.c.hasMCA() {
		return refuse(http.StatusForbidden, "13605", "The customer has not accepted the Microsoft Customer Agreement.")
	}
	cycle, _ := body["billingcycle"].(string)
	o := Order{
		ID: newGUID(), AlternateID: newGUID()[24:], Status: "completed", BillingCycle: cmp.Or(cycle, "monthly"),
		Created: c.now, Lines: lines,
	}
	a.c.Orders = append(a.c.Orders, o)
	a.count(o.ID)
	return jsonAnswer(http.StatusCreated, o.json(a.c.ID)).did()
}

// orderLines reads what is bought: an offer and a quantity on each line.
func orderLines(body map[string]any) (lines []OrderLine, ok bool) {
	items, _ := body["lineitems"].([]any)
	for i, v := range items {
		m, _ := v.(map[string]any)
		offer, _ := m["offerid"].(string)
		number, _ := m["quantity"].(json.Number)
		quantity, err := strconv.Atoi(number.String())
		if offer == "" || err != nil || quantity < 1 {
			return nil, false
		}
		lines = append(lines, OrderLine{Number: i, OfferID: offer, Quantity: quantity})
	}
	return lines, len(lines) > 0
}
