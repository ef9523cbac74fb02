package partnercentertest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// kind is which rules a subscription follows.
type kind int

const (
	kindUnknown kind = iota // a product type that nobody has heard of
	kindLicense             // new commerce
	kindTrial
	kindSaaS
	kindSoftware
	kindLegacy
	kindLegacyAzure
	kindAzurePlan
	kindSavingsPlan
)

func (s *Subscription) kind() kind {
	switch {
	case s.ProductType == "" && strings.HasPrefix(s.OfferID, "MS-AZR-"):
		return kindLegacyAzure
	case s.ProductType == "":
		return kindLegacy
	case s.ProductType == "Azure" && s.ProductSubType == "SavingsPlan":
		return kindSavingsPlan
	case s.ProductType == "Azure":
		return kindAzurePlan
	case s.ProductType == "SaaS" || s.ThirdParty:
		return kindSaaS
	case s.ProductType == "Software":
		return kindSoftware
	case s.ProductType == "OnlineServicesNCE" && s.Trial:
		return kindTrial
	case s.ProductType == "OnlineServicesNCE":
		return kindLicense
	}
	return kindUnknown
}

// newCommerce reports whether the subscription commits to a term that is paid
// to its end, whatever happens to it.
func (s *Subscription) newCommerce() bool {
	switch s.kind() {
	case kindLicense, kindTrial, kindSaaS, kindSoftware, kindUnknown:
		return true
	}
	return false
}

func (s *Subscription) legacy() bool { return s.kind() == kindLegacy || s.kind() == kindLegacyAzure }

// etag is what attributes.etag holds: opaque to clients, empty for most.
func (s *Subscription) etag() string {
	if !s.ETag {
		return ""
	}
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"id":%q,"version":%d}`, s.ID, s.Version))
}

// json renders the subscription with camelCase members, whatever its seed says.
func (s *Subscription) json(customerID string) map[string]any {
	out := map[string]any{
		"id": s.ID, "offerId": s.OfferID, "offerName": s.OfferName, "friendlyName": s.FriendlyName,
		"quantity": s.Quantity, "unitType": s.UnitType, "hasPurchasableAddons": false,
		"status": s.Status, "autoRenewEnabled": s.AutoRenew, "isTrial": s.Trial,
		"billingType": s.BillingType, "billingCycle": s.BillingCycle,
		"isMicrosoftProduct": !s.ThirdParty, "publisherName": s.Publisher, "partnerId": "",
		"attentionNeeded": false, "actionTaken": false, "contractType": "subscription",
		"links":      map[string]any{"self": link("/customers/" + customerID + "/subscriptions/" + s.ID)},
		"attributes": map[string]any{"etag": s.etag(), "objectType": "Subscription"},
	}
	texts := map[string]string{"orderId": s.OrderID, "parentSubscriptionId": s.ParentID, "termDuration": s.Term}
	maps.DeleteFunc(texts, func(_, v string) bool { return v == "" })
	for k, v := range texts {
		out[k] = v
	}
	if s.ProductType != "" {
		product := map[string]any{"id": s.ProductType, "displayName": s.ProductType}
		if s.ProductSubType != "" {
			product["subType"] = map[string]any{"id": s.ProductSubType, "displayName": s.ProductSubType}
		}
		out["productType"] = product
		out["renewalTermDuration"] = ""
	}
	if !s.Start.IsZero() {
		out["creationDate"] = date(s.Start)
		out["effectiveStartDate"] = date(s.Start)
	}
	if !s.CommitmentEnd.IsZero() {
		out["commitmentEndDate"] = s.CommitmentEnd.UTC().Format("2006-01-02T00:00:00Z")
		out["commitmentEndDateTime"] = date(s.CommitmentEnd)
	}
	s.refunds(out)
	if len(s.ScheduledActions) > 0 {
		out["scheduledActions"] = s.ScheduledActions
	}
	if len(s.NextTerm) > 0 {
		out["scheduledNextTermInstructions"] = s.NextTerm
	}
	if len(s.NextCharge) > 0 {
		out["nextChargeInstructions"] = s.NextCharge
	}
	maps.Copy(out, s.Extra)
	return out
}

// refunds adds the members that tell until when money comes back.
func (s *Subscription) refunds(out map[string]any) {
	if s.CancelUntil.IsZero() {
		return
	}
	until := date(s.CancelUntil)
	out["cancellationAllowedUntilDate"] = until
	options := []any{map[string]any{"type": "Partial", "expiresAt": until}}
	if !s.RefundFullUntil.IsZero() {
		options = append([]any{map[string]any{"type": "Full", "expiresAt": date(s.RefundFullUntil)}}, options...)
	}
	out["refundOptions"] = options
	out["refundableQuantity"] = nil
	if s.Status == "active" {
		out["refundableQuantity"] = map[string]any{
			"totalQuantity": s.Quantity,
			"details":       []any{map[string]any{"quantity": s.Quantity, "allowedUntilDateTime": until}},
		}
	}
}

// spelled renders the subscription in the spelling of its seed.
func (s *Subscription) spelled(customerID string) any {
	body := s.json(customerID)
	if !s.Pascal {
		return body
	}
	var plain any
	data, _ := json.Marshal(body)
	_ = json.Unmarshal(data, &plain)
	return pascal(plain)
}

// listSubscriptions answers GET /v1/customers/{id}/subscriptions.
func (s *Server) listSubscriptions(c *call, a *account, _ []string) *answer {
	for k := range c.query {
		if k != "order_id" {
			return unsupported(c)
		}
	}
	order := c.query.Get("order_id")
	return a.subscriptions(c.now, "", func(sub *Subscription) bool { return order == "" || sub.OrderID == order })
}

// listAddons answers GET /v1/customers/{id}/subscriptions/{id}/addons.
func (s *Server) listAddons(c *call, a *account, ids []string) *answer {
	if a.subscription(ids[0]) == nil {
		return noSubscription()
	}
	return a.subscriptions(c.now, "/"+ids[0]+"/addons", func(sub *Subscription) bool {
		return strings.EqualFold(sub.ParentID, ids[0])
	})
}

// subscriptions lists those that keep accepts.
func (a *account) subscriptions(now time.Time, path string, keep func(*Subscription) bool) *answer {
	var items []any
	for i := range a.c.Subscriptions {
		sub := a.view(&a.c.Subscriptions[i], now)
		if keep(&sub) {
			items = append(items, sub.spelled(a.c.ID))
		}
	}
	return jsonAnswer(http.StatusOK, collection(items, "/customers/"+a.c.ID+"/subscriptions"+path))
}

// getSubscription answers GET /v1/customers/{id}/subscriptions/{id}.
func (s *Server) getSubscription(c *call, a *account, ids []string) *answer {
	sub := a.subscription(ids[0])
	if sub == nil {
		return noSubscription()
	}
	shown := a.view(sub, c.now)
	return jsonAnswer(http.StatusOK, shown.spelled(a.c.ID))
}

func noSubscription() *answer {
	return refuse(http.StatusNotFound, "20003", "The subscription was not found.")
}

// addTerm returns the time that is one ISO 8601 term, such as P1M or P3Y, later.
func addTerm(t time.Time, term string) (time.Time, bool) {
	if len(term) < 3 || term[0] != 'P' {
		return t, false
	}
	n, err := strconv.Atoi(term[1 : len(term)-1])
	if err != nil || n <= 0 {
		return t, false
	}
	switch term[len(term)-1] {
	case 'D':
		return t.AddDate(0, 0, n), true
	case 'M':
		return t.AddDate(0, n, 0), true
	case 'Y':
		return t.AddDate(n, 0, 0), true
	}
	return t, false
}
