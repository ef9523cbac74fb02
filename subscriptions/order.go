package subscriptions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
)

// OrderID identifies an order.
type OrderID string

// Order is what was bought at one time. Software and perpetual licences are
// cancelled through their order.
type Order struct {
	ID           OrderID            `json:"id"`
	AlternateID  string             `json:"alternateId"`
	BillingCycle string             `json:"billingCycle"`
	Status       string             `json:"status"` // spelled with spaces or underscores; see Pending
	CreationDate partnercenter.Time `json:"creationDate"`
	LineItems    []LineItem         `json:"lineItems"`
	Attributes   struct {
		ETag string `json:"etag"`
	} `json:"attributes"`
}

// LineItem is one thing on an order.
type LineItem struct {
	Number         int
	OfferID        string
	SubscriptionID ID // empty for a perpetual licence
	TermDuration   string
	FriendlyName   string
	Quantity       int // zero once it is cancelled
}

// UnmarshalJSON implements [json.Unmarshaler].
func (l *LineItem) UnmarshalJSON(data []byte) error {
	var w struct {
		Number         json.RawMessage `json:"lineItemNumber"`
		OfferID        string          `json:"offerId"`
		SubscriptionID ID              `json:"subscriptionId"`
		TermDuration   string          `json:"termDuration"`
		FriendlyName   string          `json:"friendlyName"`
		Quantity       json.RawMessage `json:"quantity"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	// These two decide what is cancelled, so they are not guessed.
	n, err := wholeNumber(w.Number)
	if err != nil {
		return fmt.Errorf("lineItemNumber: %w", err)
	}
	quantity, err := wholeNumber(w.Quantity)
	if err != nil {
		return fmt.Errorf("quantity of an order line: %w", err)
	}
	*l = LineItem{n, w.OfferID, w.SubscriptionID, w.TermDuration, w.FriendlyName, quantity}
	return nil
}

// Is reports whether id is one of the order's two ids.
func (o *Order) Is(id OrderID) bool {
	return id != "" && (o.ID == id || strings.EqualFold(o.AlternateID, string(id))) // ID is base64url: letter case counts
}

// state is the order's status in one spelling. UNCONFIRMED by Microsoft's
// pages: whether the wire has spaces or underscores, so both are read.
func (o *Order) state() string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(o.Status)), "_", " ")
}

// Cancelled reports whether the whole order is cancelled.
func (o *Order) Cancelled() bool {
	switch o.state() {
	case "cancelled", "canceled":
		return true
	}
	return false
}

// Pending reports whether Partner Center or a person is still working on the order.
func (o *Order) Pending() bool { return strings.HasPrefix(o.state(), "pending") }

// Completed reports whether the order was carried out. An order of which some
// lines were cancelled is completed, too.
func (o *Order) Completed() bool { return o.state() == "completed" }

// LinesOf returns the lines of the order that are still there and belong to
// the subscription; of an empty id, those that belong to none.
func (o *Order) LinesOf(id ID) []LineItem {
	var lines []LineItem
	for _, l := range o.LineItems {
		if l.SubscriptionID.Is(id) && l.Quantity > 0 {
			lines = append(lines, l)
		}
	}
	return lines
}

// Order returns an order. The error matches [partnercenter.ErrNotFound] for up
// to 15 minutes after it was placed.
//
// Source: GET /v1/customers/{id}/orders/{id},
// https://learn.microsoft.com/partner-center/developer/get-an-order-by-id
func (s *Service) Order(ctx context.Context, customer customers.TenantID, id OrderID) (*Order, error) {
	var o whole
	r := request("getting order "+string(id), http.MethodGet, customer, "orders", string(id))
	r.Resource = partnercenter.Orders
	if err := s.pc.Do(ctx, r, &o); err != nil {
		return nil, err
	}
	return &o.Order, nil
}

// whole is an order that was asked for by id.
type whole struct{ Order }

// Validate makes an answer without lines unreadable: it would look like an
// order of which everything was cancelled.
func (w *whole) Validate() error {
	if w.LineItems == nil {
		return errors.New("it has no lineItems")
	}
	return nil
}

// CancelOrder cancels lines of an order that was read just before. It cannot
// be undone; a read shows it within 15 minutes. The error matches
// [partnercenter.ErrNotCancellable] when these products are ended in another way.
//
// Source: PATCH /v1/customers/{id}/orders/{id},
// https://learn.microsoft.com/partner-center/developer/cancel-software-purchases
func (s *Service) CancelOrder(ctx context.Context, customer customers.TenantID, order *Order, lines []LineItem, opts ...partnercenter.CallOption) error {
	r := request("cancelling order "+string(order.ID), http.MethodPatch, customer, "orders", string(order.ID))
	r.Resource = partnercenter.Orders
	if len(lines) == 0 {
		// Without lines, Partner Center would cancel all of them.
		return fmt.Errorf("%s: %w", r.Operation, errors.New("no lines to cancel were given"))
	}
	type line struct {
		Number  int    `json:"lineItemNumber"`
		OfferID string `json:"offerId"`
	}
	body := struct {
		ID        OrderID `json:"id"`
		Status    string  `json:"status"`
		LineItems []line  `json:"lineItems"`
	}{order.ID, "cancelled", nil}
	for _, l := range lines {
		body.LineItems = append(body.LineItems, line{l.Number, l.OfferID})
	}
	var err error
	if r.Body, err = json.Marshal(body); err != nil {
		return fmt.Errorf("%s: %w", r.Operation, err)
	}
	if order.Attributes.ETag != "" {
		r.Header = http.Header{"If-Match": {order.Attributes.ETag}}
	}
	return s.pc.Do(ctx, r.With(opts...), nil)
}
