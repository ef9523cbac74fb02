package offboard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"iter"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
)

// Recorder reads what Microsoft recorded of a customer, for
// [Workflow.AddRecords]. [NewRecorder] is the real one.
type Recorder interface {
	// Records yields what was done about the customer at since or later, in
	// any order. It works after the relationship has ended, too. An error is
	// the last thing it yields.
	Records(ctx context.Context, customer customers.TenantID, since time.Time) iter.Seq2[Record, error]
}

// Record is what Microsoft recorded of one operation. It does not say who did
// it: that is personal data, and a trail is kept for long.
type Record struct {
	ID            string    // tells it from every other record; empty means that its other fields do
	At            time.Time // when it was done; zero if that is not known
	Operation     partnercenter.AuditOperation
	Status        partnercenter.AuditStatus
	Step          Step   // the step of a run that does the same; empty if none does
	Subject       string // the id of what was changed; empty if it is not known
	CorrelationID string // of the call; may be empty
}

// NewRecorder returns the Recorder that reads Partner Center's audit records
// through client, with app-only or app+user credentials. Not available in
// 21Vianet: leave it out there.
//
// Source: GET /v1/auditrecords,
// https://learn.microsoft.com/partner-center/developer/get-a-record-of-partner-center-activity-by-user
func NewRecorder(client *partnercenter.Client) Recorder { return &recorder{client} }

type recorder struct{ client *partnercenter.Client }

func (r *recorder) Records(ctx context.Context, customer customers.TenantID, since time.Time) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for audit, err := range r.client.AuditRecords(ctx, partnercenter.AuditQuery{Since: since, Customer: string(customer)}) {
			if err != nil {
				yield(Record{}, err)
				return
			}
			if !yield(newRecord(audit), nil) {
				return
			}
		}
	}
}

func newRecord(a *partnercenter.AuditRecord) Record {
	before, after := resourceOf(a.OldValue()), resourceOf(a.NewValue())
	r := Record{
		ID: a.ID, At: a.OperationDate.Time, Operation: a.Operation, Status: a.Status,
		Step: stepOf(a.Operation, before, after), CorrelationID: a.CorrelationID,
	}
	switch {
	case a.ResourceType.Is(partnercenter.AuditCustomer), a.ResourceType.Is(partnercenter.AuditPartnerCustomerRelationship):
		r.Subject = strings.ToLower(a.CustomerID)
	case a.ResourceType.Is(partnercenter.AuditSubscription), a.ResourceType.Is(partnercenter.AuditOrder), a.ResourceType.Is(partnercenter.AuditGDAPRelationship):
		if r.Subject = after.ID; r.Subject == "" {
			r.Subject = before.ID
		}
	}
	if r.ID == "" {
		r.ID = digest(a.OperationDate, a.Operation, a.ResourceType, a.CustomerID, a.ApplicationID, a.CorrelationID, a.ResourceOldValue, a.ResourceNewValue)
	}
	return r
}

// resource is what is of interest of a changed resource, as far as its record
// holds it: the form of these values is UNCONFIRMED.
type resource struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	AutoRenew *bool  `json:"autoRenewEnabled"`
}

func resourceOf(value json.RawMessage, ok bool) (r resource) {
	if ok {
		_ = json.Unmarshal(value, &r) // what has another form is left empty
	}
	return r
}

func (r resource) is(status string) bool { return strings.EqualFold(r.Status, status) }

// stepOf returns the step that an operation corresponds to. An update can be
// many things: what became of the resource tells which.
func stepOf(operation partnercenter.AuditOperation, before, after resource) Step {
	switch {
	case operation.Is(partnercenter.AuditUpdateSubscription):
		switch {
		case after.is("deleted"):
			return CancelSubscription
		case after.is("suspended"):
			return SuspendSubscription
		case after.is("active") && before.is("suspended"):
			return ReactivateSubscription
		case after.is("active") && isOff(after.AutoRenew) && !isOff(before.AutoRenew):
			return EndAtTerm
		}
	case operation.Is(partnercenter.AuditUpdateOrder) && after.is("cancelled"):
		return CancelOrder
	case operation.Is(partnercenter.AuditGDAPTerminationRequested), operation.Is(partnercenter.AuditGDAPTerminated):
		return TerminateGDAP
	case operation.Is(partnercenter.AuditRemovePartnerCustomerRelationship):
		return RemoveRelationship
	case operation.Is(partnercenter.AuditDeleteCustomer), operation.Is(partnercenter.AuditDeleteTIPCustomer):
		return DeleteCustomer
	}
	return ""
}

func isOff(b *bool) bool { return b != nil && !*b }

// digest returns an id that stands for the parts.
func digest(parts ...any) string {
	text, err := json.Marshal(parts)
	if err != nil { // only strings and dates of Partner Center: cannot happen
		return ""
	}
	sum := sha256.Sum256(text)
	return "sha256-" + hex.EncodeToString(sum[:])
}
