package subscriptions

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
)

// Entitlement is what a customer may use without a subscription behind it:
// perpetual software, reservations. Software subscriptions appear here, too.
type Entitlement struct {
	ProductID      string
	Type           string // software, reservedinstance, …
	Quantity       int
	OrderID        OrderID // of the order it came from
	AlternateOrder OrderID // the same order's other id
	ExpiryDate     partnercenter.Time
	Statuses       []string // of parts of the quantity, such as Active
}

// UnmarshalJSON implements [json.Unmarshaler].
func (e *Entitlement) UnmarshalJSON(data []byte) error {
	var w struct {
		ReferenceOrder struct {
			ID          OrderID `json:"id"`
			AlternateID OrderID `json:"alternateId"`
		} `json:"referenceOrder"`
		ProductID       string          `json:"productId"`
		Quantity        json.RawMessage `json:"quantity"`
		QuantityDetails []struct {
			Status string `json:"status"`
		} `json:"quantityDetails"`
		Type       string             `json:"entitlementType"`
		ExpiryDate partnercenter.Time `json:"expiryDate"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*e = Entitlement{
		ProductID: w.ProductID, Type: w.Type, Quantity: number(w.Quantity), OrderID: w.ReferenceOrder.ID,
		AlternateOrder: w.ReferenceOrder.AlternateID, ExpiryDate: w.ExpiryDate,
	}
	for _, d := range w.QuantityDetails {
		e.Statuses = append(e.Statuses, d.Status)
	}
	return nil
}

// Software reports whether this is a software licence or subscription.
func (e *Entitlement) Software() bool { return strings.EqualFold(e.Type, "software") }

// open reports whether the entitlement still counts. Only what is clearly
// over does not: a past expiry, or no part that is anything but cancelled or
// expired.
func (e *Entitlement) open(now time.Time) bool {
	if !e.ExpiryDate.IsZero() && now.After(e.ExpiryDate.Time) {
		return false
	}
	for _, s := range e.Statuses {
		switch strings.ToLower(s) {
		case "cancelled", "canceled", "expired", "deleted":
		default:
			return true
		}
	}
	return len(e.Statuses) == 0
}

// is reports whether the entitlement came from the order.
func (e *Entitlement) is(id OrderID) bool {
	return id != "" && (e.OrderID == id || strings.EqualFold(string(e.AlternateOrder), string(id)))
}

// Entitlements returns everything that a customer is entitled to, with the
// dates on which it expires. It needs app+user credentials.
//
// Source: GET /v1/customers/{id}/entitlements,
// https://learn.microsoft.com/partner-center/developer/get-a-collection-of-entitlements
func (s *Service) Entitlements(ctx context.Context, customer customers.TenantID) ([]Entitlement, error) {
	return collect(partnercenter.All[Entitlement](ctx, s.pc, entitlements(customer)))
}

// CheckEntitlements reports whether the credentials for Entitlements are
// there and valid, without sending anything to Partner Center.
func (s *Service) CheckEntitlements(ctx context.Context, customer customers.TenantID) error {
	return s.pc.Authorize(ctx, entitlements(customer))
}

func entitlements(customer customers.TenantID) partnercenter.Request {
	r := request("listing entitlements of customer "+string(customer), http.MethodGet, customer, "entitlements")
	r.Credential, r.Resource = partnercenter.AppUser, partnercenter.Customers
	r.Query = url.Values{"showExpiry": {"true"}}
	return r
}
