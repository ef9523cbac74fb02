package webhooks

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/guid"
	"github.com/cspkit/cspkit/internal/printable"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

// EventName says what happened. Partner Center has more names than those here,
// such as the family new-commerce-migration-*, and adds others; an unknown one
// passes through as the service spells it. [Service.Events] lists those of today.
//
// Source: https://learn.microsoft.com/partner-center/developer/partner-center-webhook-events
type EventName string

const (
	TestCreated                          EventName = "test-created"         // [Service.SendTest] asked for it
	SubscriptionUpdated                  EventName = "subscription-updated" // comes up to 48 hours after the change
	ResellerRelationshipAccepted         EventName = "reseller-relationship-accepted-by-customer"
	IndirectRelationshipAccepted         EventName = "indirect-reseller-relationship-accepted-by-customer"
	DAPRelationshipApproved              EventName = "dap-admin-relationship-approved"
	DAPRelationshipTerminated            EventName = "dap-admin-relationship-terminated"
	DAPRelationshipTerminatedByMicrosoft EventName = "dap-admin-relationship-terminated-by-microsoft"
	GDAPRelationshipApproved             EventName = "granular-admin-relationship-approved"
	GDAPRelationshipActivated            EventName = "granular-admin-relationship-activated"
	GDAPRelationshipTerminated           EventName = "granular-admin-relationship-terminated"
	GDAPRelationshipExpired              EventName = "granular-admin-relationship-expired"
	GDAPAssignmentCreated                EventName = "granular-admin-access-assignment-created"
	GDAPAssignmentActivated              EventName = "granular-admin-access-assignment-activated"
	GDAPAssignmentUpdated                EventName = "granular-admin-access-assignment-updated"
	GDAPAssignmentDeleted                EventName = "granular-admin-access-assignment-deleted"
	InvoiceReady                         EventName = "invoice-ready"
	AzureFraudEventDetected              EventName = "azure-fraud-event-detected"
	ReferralCreated                      EventName = "referral-created"
	ReferralUpdated                      EventName = "referral-updated"
	RelatedReferralCreated               EventName = "related-referral-created"
	RelatedReferralUpdated               EventName = "related-referral-updated"
	UsageThresholdExceeded               EventName = "usagerecords-thresholdExceeded"
)

// Is reports whether both are the same but for letter case.
func (n EventName) Is(other EventName) bool { return strings.EqualFold(string(n), string(other)) }

// Event is what Partner Center tells of a change. Its URIs are names of
// resources: read them as such, and send nothing to them unchecked.
//
// Source: https://learn.microsoft.com/partner-center/developer/partner-center-webhooks
type Event struct {
	Name         EventName
	ResourceURI  string // of what changed; empty where the service gives none, as for DAP
	ResourceName string // its kind, such as subscription
	AuditURI     string // of the audit record; often empty
	ChangedAt    time.Time
	Raw          json.RawMessage // the event as it came
}

// ParseEvent reads an event, such as one that a consumer has stored. It
// checks no signature: [Handler] does. Names of members come in any letter case.
func ParseEvent(body []byte) (Event, error) {
	var wire struct {
		EventName             EventName
		ResourceUri           string
		ResourceName          string
		AuditUri              string
		AuditUrl              string // as Microsoft's table calls it, unlike its samples
		ResourceChangeUtcDate partnercenter.Time
	}
	text := bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if err := json.Unmarshal(text, &wire); err != nil {
		return Event{}, errors.New("webhooks: the event cannot be read") // without the input, which the error may repeat
	}
	if wire.EventName == "" {
		return Event{}, errors.New("webhooks: the event has no name")
	}
	if wire.AuditUri == "" {
		wire.AuditUri = wire.AuditUrl
	}
	return Event{
		Name: wire.EventName, ResourceURI: wire.ResourceUri, ResourceName: wire.ResourceName, AuditURI: wire.AuditUri,
		ChangedAt: wire.ResourceChangeUtcDate.Time, Raw: bytes.Clone(text),
	}, nil
}

// Customer returns the customer that the event is about, if its resource is a
// customer or belongs to one: …/customers/{id}….
func (e Event) Customer() (customers.TenantID, bool) {
	id, _ := e.ids()
	return id, id != ""
}

// Subscription returns the subscription that the event is about, if its
// resource is one: …/customers/{id}/subscriptions/{id}….
func (e Event) Subscription() (subscriptions.ID, bool) {
	_, id := e.ids()
	return id, id != ""
}

// ids reads the path of the resource. Its host and version vary, and do not
// matter to what it names.
func (e Event) ids() (customer customers.TenantID, subscription subscriptions.ID) {
	u, err := url.Parse(e.ResourceURI)
	if err != nil {
		return "", ""
	}
	words := strings.Split(u.EscapedPath(), "/")
	for i := range len(words) - 1 {
		if !strings.EqualFold(words[i], "customers") {
			continue
		}
		if customer, err = customers.ParseTenantID(words[i+1]); err != nil {
			return "", "" // such as customers/usagerecords
		}
		if rest := words[i+2:]; len(rest) > 1 && strings.EqualFold(rest[0], "subscriptions") && guid.Valid(rest[1]) {
			subscription = subscriptions.ID(rest[1])
		}
		return customer, subscription
	}
	return "", ""
}

// LogValue implements [slog.LogValuer]: the name, and whom it is about.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("name", printable.Line(string(e.Name)))}
	if id, ok := e.Customer(); ok {
		attrs = append(attrs, slog.String("customer", string(id)))
	}
	if id, ok := e.Subscription(); ok {
		attrs = append(attrs, slog.String("subscription", string(id)))
	}
	return slog.GroupValue(attrs...)
}
