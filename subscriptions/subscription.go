package subscriptions

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cspkit/cspkit/internal/printable"
	"github.com/cspkit/cspkit/internal/rawjson"
	"github.com/cspkit/cspkit/partnercenter"
)

// ID identifies a subscription: a GUID, in the letter case of the service.
type ID string

// Is reports whether both name the same subscription. Letter case varies.
func (id ID) Is(other ID) bool { return strings.EqualFold(string(id), string(other)) }

// Status is the state of a subscription. An unknown value passes through as
// the service spells it.
type Status string

const (
	StatusNone Status = "none"
	Active     Status = "active"
	Pending    Status = "pending"
	Suspended  Status = "suspended"
	Expired    Status = "expired"
	Disabled   Status = "disabled"
	Deleted    Status = "deleted"
)

// Is reports whether both are the same but for letter case.
func (s Status) Is(other Status) bool { return strings.EqualFold(string(s), string(other)) }

// Ended reports whether the subscription is over for good.
func (s Status) Ended() bool {
	return s.Is(Deleted) || s.Is(Expired) || s.Is(Disabled) || s.Is(StatusNone)
}

// Subscription is one subscription of a customer. It keeps the text that the
// service sent, so that a change can send it back whole.
//
// Source: https://learn.microsoft.com/partner-center/developer/subscription-resources
type Subscription struct {
	ID           ID
	OfferID      string
	OfferName    string
	FriendlyName string
	ProductType  string // productType.id, such as OnlineServicesNCE; empty on legacy subscriptions
	SubType      string // productType.subType.id
	ParentID     ID     // of an add-on
	OrderID      OrderID
	Status       Status
	Quantity     int // licences
	IsTrial      bool
	ThirdParty   bool   // isMicrosoftProduct is there and false
	BillingType  string // usage, license, …
	BillingCycle string // monthly, annual, one_time, …
	TermDuration string // ISO 8601, such as P1Y

	AutoRenew        bool
	ScheduledActions []ScheduledAction

	CreationDate             partnercenter.Time
	EffectiveStart           partnercenter.Time // of the present term
	CancellationAllowedUntil partnercenter.Time // zero on legacy subscriptions and Azure plans
	CommitmentEndDateTime    partnercenter.Time
	CommitmentEndDate        partnercenter.Time // inclusive
	RefundOptions            []RefundOption
	SuspensionReasons        []string
	ETag                     string // zero where the service gives none, as for new commerce

	raw []byte
}

// ScheduledAction is what happens to a subscription at the end of its term.
type ScheduledAction struct {
	ScheduledType string `json:"scheduledType"` // TermEnd
	ActionType    string `json:"actionType"`    // RenewToNewTerm, Cancel or RenewToExtendedServiceTerm
}

// RefundOption says what comes back when the subscription is cancelled.
type RefundOption struct {
	Type    string             // Full or Partial
	Expires partnercenter.Time // zero: does not expire
}

// wire is how the service spells a subscription. Keys may come in another
// letter case; numbers may come as strings.
type wire struct {
	ID           ID     `json:"id"`
	OfferID      string `json:"offerId"`
	OfferName    string `json:"offerName"`
	FriendlyName string `json:"friendlyName"`
	ProductType  struct {
		ID      string `json:"id"`
		SubType struct {
			ID string `json:"id"`
		} `json:"subType"`
	} `json:"productType"`
	ParentID              ID                 `json:"parentSubscriptionId"`
	OrderID               OrderID            `json:"orderId"`
	Status                Status             `json:"status"`
	Quantity              json.RawMessage    `json:"quantity"`
	IsTrial               bool               `json:"isTrial"`
	IsMicrosoft           *bool              `json:"isMicrosoftProduct"`
	BillingType           string             `json:"billingType"`
	BillingCycle          string             `json:"billingCycle"`
	TermDuration          string             `json:"termDuration"`
	AutoRenew             bool               `json:"autoRenewEnabled"`
	ScheduledActions      []ScheduledAction  `json:"scheduledActions"`
	CreationDate          partnercenter.Time `json:"creationDate"`
	EffectiveStart        partnercenter.Time `json:"effectiveStartDate"`
	CancelUntil           partnercenter.Time `json:"cancellationAllowedUntilDate"`
	CommitmentEndDateTime partnercenter.Time `json:"commitmentEndDateTime"`
	CommitmentEndDate     partnercenter.Time `json:"commitmentEndDate"`
	RefundOptions         []struct {
		Type         string             `json:"type"`
		ExpiresAt    partnercenter.Time `json:"expiresAt"`
		ExpiresAfter partnercenter.Time `json:"expiresAfter"` // the page's table says this, its samples the other
	} `json:"refundOptions"`
	SuspensionReasons []string `json:"suspensionReasons"`
	Attributes        struct {
		ETag string `json:"etag"`
	} `json:"attributes"`
}

// UnmarshalJSON implements [json.Unmarshaler]. It keeps the whole text.
func (s *Subscription) UnmarshalJSON(data []byte) error {
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*s = Subscription{
		ID: w.ID, OfferID: w.OfferID, OfferName: w.OfferName, FriendlyName: w.FriendlyName,
		ProductType: w.ProductType.ID, SubType: w.ProductType.SubType.ID, ParentID: w.ParentID, OrderID: w.OrderID,
		Status: w.Status, Quantity: number(w.Quantity), IsTrial: w.IsTrial, ThirdParty: w.IsMicrosoft != nil && !*w.IsMicrosoft,
		BillingType: w.BillingType, BillingCycle: w.BillingCycle, TermDuration: w.TermDuration,
		AutoRenew: w.AutoRenew, ScheduledActions: w.ScheduledActions, CreationDate: w.CreationDate,
		EffectiveStart: w.EffectiveStart, CancellationAllowedUntil: w.CancelUntil,
		CommitmentEndDateTime: w.CommitmentEndDateTime, CommitmentEndDate: w.CommitmentEndDate,
		SuspensionReasons: w.SuspensionReasons, ETag: w.Attributes.ETag,
		raw: bytes.Clone(data),
	}
	for _, r := range w.RefundOptions {
		expires := r.ExpiresAt
		if expires.IsZero() {
			expires = r.ExpiresAfter
		}
		s.RefundOptions = append(s.RefundOptions, RefundOption{r.Type, expires})
	}
	return nil
}

// MarshalJSON implements [json.Marshaler]. It returns the text that was read.
func (s *Subscription) MarshalJSON() ([]byte, error) {
	if s.raw == nil {
		return []byte("null"), nil
	}
	return bytes.Clone(s.raw), nil
}

// Name is what a person knows the subscription by, on one line.
func (s *Subscription) Name() string {
	return printable.Line(cmp.Or(s.FriendlyName, s.OfferName, s.OfferID))
}

// CommitmentEnd is the last moment of the commitment as the service states
// it: commitmentEndDateTime, else commitmentEndDate.
func (s *Subscription) CommitmentEnd() partnercenter.Time {
	if !s.CommitmentEndDateTime.IsZero() {
		return s.CommitmentEndDateTime
	}
	return s.CommitmentEndDate
}

// TermOver is the moment after which the commitment is over. A date without a
// time includes its whole day.
func (s *Subscription) TermOver() time.Time {
	end := s.CommitmentEnd()
	if s.CommitmentEndDateTime.IsZero() && !end.IsZero() && !end.OpenEnded() && end.Equal(end.Truncate(24*time.Hour)) {
		return end.Add(24 * time.Hour)
	}
	return end.Time
}

// CancelScheduled reports whether the subscription is set to be cancelled at
// the end of its term, and to nothing else.
func (s *Subscription) CancelScheduled() bool {
	cancel := false
	for _, a := range s.ScheduledActions {
		if strings.EqualFold(a.ScheduledType, "TermEnd") {
			if !strings.EqualFold(a.ActionType, "Cancel") {
				return false
			}
			cancel = true
		}
	}
	return cancel
}

// Scheduled returns the member scheduledActions as it was read, null if it
// was not there.
func (s *Subscription) Scheduled() json.RawMessage {
	members, err := rawjson.Members(s.raw)
	if err != nil {
		return json.RawMessage("null")
	}
	if raw, ok := rawjson.Get(members, "scheduledActions"); ok {
		return json.RawMessage(raw)
	}
	return json.RawMessage("null")
}

// number reads a number that is shown to people only: no decision stands on
// it, so one that cannot be read is zero.
func number(raw json.RawMessage) int {
	n, err := wholeNumber(raw)
	if err != nil {
		return 0
	}
	return n
}

// wholeNumber reads a JSON number, also one that comes as a string. One that
// was left out is zero.
func wholeNumber(raw json.RawMessage) (int, error) {
	text := strings.Trim(string(raw), `"`)
	if text == "" || text == "null" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
		return 0, errors.New("not a whole number")
	}
	return int(n), nil
}
