package partnercenter

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/cspkit/cspkit/internal/rawjson"
)

// AuditRecord is what Partner Center recorded of one operation in the
// partner's account. A member that the service left out is empty.
//
// UserPrincipalName and the two resource values hold personal data. Printing
// or logging a record leaves them out; see [AuditRecord.String].
//
// Source: https://learn.microsoft.com/partner-center/developer/auditing-resources
type AuditRecord struct {
	ID                string         `json:"id,omitempty"` // empty where the service gives none
	PartnerID         string         `json:"partnerId"`
	CustomerID        string         `json:"customerId"` // tenant id; empty for operations that are about no customer
	CustomerName      string         `json:"customerName"`
	UserPrincipalName string         `json:"userPrincipalName"` // who did it; empty for an app without a user
	ApplicationID     string         `json:"applicationId"`
	ResourceType      AuditResource  `json:"resourceType"`
	ResourceOldValue  string         `json:"resourceOldValue"` // JSON text of the resource before; see [AuditRecord.OldValue]
	ResourceNewValue  string         `json:"resourceNewValue"` // JSON text of the resource after; see [AuditRecord.NewValue]
	Operation         AuditOperation `json:"operationType"`
	CorrelationID     string         `json:"originalCorrelationId,omitempty"` // of the call, UNCONFIRMED: its MS-CorrelationId; may be empty
	OperationDate     Time           `json:"operationDate"`                   // zero where the service gives none that can be read
	Status            AuditStatus    `json:"operationStatus"`
	CustomizedData    []AuditDatum   `json:"customizedData"`
}

// AuditDatum is one more thing that a record says.
type AuditDatum struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// OldValue returns the resource as it was before the operation, if the record
// has it as JSON.
func (r AuditRecord) OldValue() (json.RawMessage, bool) { return valueOf(r.ResourceOldValue) }

// NewValue returns the resource as the operation left it, if the record has it
// as JSON.
func (r AuditRecord) NewValue() (json.RawMessage, bool) { return valueOf(r.ResourceNewValue) }

func valueOf(text string) (json.RawMessage, bool) {
	if !json.Valid([]byte(text)) {
		return nil, false
	}
	return json.RawMessage(text), true
}

// String returns the record without who did it and without the resource: that
// is personal data.
func (r AuditRecord) String() string {
	return fmt.Sprintf("audit record %.100q: %.100q at %s: %.100q", r.ID, r.Operation, r.OperationDate.Format("2006-01-02T15:04:05Z07:00"), r.Status)
}

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (r AuditRecord) Format(s fmt.State, _ rune) { io.WriteString(s, r.String()) }

// LogValue implements [slog.LogValuer], with what String returns.
func (r AuditRecord) LogValue() slog.Value { return slog.StringValue(r.String()) }

// UnmarshalJSON implements [json.Unmarshaler]. One member in an unexpected form
// must not hide a record, or all that follow it in a list: a number or an
// object where a text belongs is kept as its JSON, a date that cannot be read
// is zero.
func (r *AuditRecord) UnmarshalJSON(data []byte) error {
	members, err := rawjson.Members(data)
	if err != nil {
		return err
	}
	text := func(name string) string { return textOf(members, name) }
	*r = AuditRecord{
		ID: text("id"), PartnerID: text("partnerId"), CustomerID: text("customerId"), CustomerName: text("customerName"),
		UserPrincipalName: text("userPrincipalName"), ApplicationID: text("applicationId"),
		ResourceType: AuditResource(text("resourceType")), ResourceOldValue: text("resourceOldValue"), ResourceNewValue: text("resourceNewValue"),
		Operation: AuditOperation(text("operationType")), CorrelationID: text("originalCorrelationId"), Status: AuditStatus(text("operationStatus")),
	}
	if at, err := ParseTime(text("operationDate")); err == nil {
		r.OperationDate = at
	}
	if data, ok := rawjson.Get(members, "customizedData"); ok {
		for raw := range rawjson.Elements(data) {
			if datum, err := rawjson.Members(raw); err == nil {
				r.CustomizedData = append(r.CustomizedData, AuditDatum{Key: textOf(datum, "key"), Value: textOf(datum, "value")})
			}
		}
	}
	return nil
}

// textOf returns a member that should be a text, or else its JSON.
func textOf(members []rawjson.Member, name string) string {
	raw, ok := rawjson.Get(members, name)
	if !ok {
		return ""
	}
	var text string // stays empty for null
	if json.Unmarshal(raw, &text) != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return text
}

// AuditStatus is how far an operation has come. An unknown value passes
// through as the service spells it.
type AuditStatus string

const (
	AuditSucceeded AuditStatus = "succeeded"
	AuditFailed    AuditStatus = "failed"
	AuditProgress  AuditStatus = "progress"
)

// Is reports whether s and other are the same but for letter case.
func (s AuditStatus) Is(other AuditStatus) bool { return strings.EqualFold(string(s), string(other)) }

// AuditResource is the kind of thing that an operation was about. An unknown
// value passes through as the service spells it.
type AuditResource string

const (
	AuditCustomer                    AuditResource = "customer"
	AuditSubscription                AuditResource = "subscription"
	AuditOrder                       AuditResource = "order"
	AuditAgreement                   AuditResource = "agreement"
	AuditPartnerRelationship         AuditResource = "partner_relationship"
	AuditPartnerCustomerRelationship AuditResource = "partner_customer_relationship"
	AuditPartnerCustomerDAP          AuditResource = "partner_customer_dap"
	AuditGDAPRelationship            AuditResource = "granular_admin_relationship"
	AuditGDAPAccessAssignment        AuditResource = "granular_admin_access_assignment"
	AuditLicense                     AuditResource = "license"
	AuditInvoice                     AuditResource = "invoice"
)

// Is reports whether r and other are the same but for letter case.
func (r AuditResource) Is(other AuditResource) bool {
	return strings.EqualFold(string(r), string(other))
}

// AuditOperation is what was done. An unknown value passes through as the
// service spells it.
type AuditOperation string

const (
	AuditUpdateSubscription       AuditOperation = "update_subscription"
	AuditUpgradeSubscription      AuditOperation = "upgrade_subscription"
	AuditConvertTrialSubscription AuditOperation = "convert_trial_subscription"
	AuditUpdateOrder              AuditOperation = "update_order"

	AuditRemovePartnerCustomerRelationship AuditOperation = "remove_partner_customer_relationship"
	AuditRemovePartnerRelationship         AuditOperation = "remove_partner_relationship" // between partners
	AuditExtendRelationship                AuditOperation = "extend_relationship"

	AuditAddCustomer       AuditOperation = "add_customer"
	AuditDeleteCustomer    AuditOperation = "delete_customer" // of an integration sandbox
	AuditDeleteTIPCustomer AuditOperation = "delete_tip_customer"
	AuditCreateAgreement   AuditOperation = "create_agreement"

	AuditGDAPApproved             AuditOperation = "granular_admin_relationship_approved"
	AuditGDAPActivated            AuditOperation = "granular_admin_relationship_activated"
	AuditGDAPTerminationRequested AuditOperation = "granular_admin_relationship_termination_requested"
	AuditGDAPTerminated           AuditOperation = "granular_admin_relationship_terminated"
	AuditGDAPExpired              AuditOperation = "granular_admin_relationship_expired"
	AuditGDAPCleanedUp            AuditOperation = "granular_admin_relationship_cleaned_up"

	AuditDAPApproved              AuditOperation = "dap_admin_relationship_approved"
	AuditDAPTerminated            AuditOperation = "dap_admin_relationship_terminated"
	AuditDAPTerminatedByMicrosoft AuditOperation = "dap_admin_relationship_terminated_by_microsoft"
)

// Is reports whether o and other are the same but for letter case.
func (o AuditOperation) Is(other AuditOperation) bool {
	return strings.EqualFold(string(o), string(other))
}
