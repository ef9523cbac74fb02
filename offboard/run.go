package offboard

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/guid"
	"github.com/cspkit/cspkit/subscriptions"
)

// Phase is how far a run has come.
type Phase string

const (
	Planned      Phase = "planned"
	Cancelling   Phase = "cancelling"
	Removing     Phase = "removing"
	Deleting     Phase = "deleting"
	PhaseDone    Phase = "done"
	Reactivating Phase = "reactivating" // it is being given up
	Abandoned    Phase = "abandoned"
)

// State is what a run is doing.
type State string

const (
	Running     State = "running"
	Waiting     State = "waiting"     // for a date, or for Partner Center to show a change
	Blocked     State = "blocked"     // a person has to lift something; Blockers say what
	Done        State = "done"        // or given up: see the phase
	Failed      State = "failed"      // the error says why; the same call continues
	Interrupted State = "interrupted" // in reports only: the context ended
)

// WindowClosed says what to do with a subscription whose cancellation window
// is closed.
type WindowClosed string

const (
	// EndOfTerm lets it run out and be billed until its term ends. The default.
	EndOfTerm WindowClosed = "end-of-term"
	// SuspendClosed suspends it. Billing goes on until the term ends, and
	// Microsoft may refuse to remove the relationship until then.
	SuspendClosed WindowClosed = "suspend"
	// Refuse blocks the run, so that nothing goes on costing money unseen.
	Refuse WindowClosed = "refuse"
)

// Policy is what the operator decides. The zero value is the common case.
type Policy struct {
	WindowClosed WindowClosed `json:"window_closed,omitempty"` // empty means EndOfTerm
	GDAP         bool         `json:"gdap,omitempty"`          // also terminate GDAP relationships, before the reseller relationship
	Sandbox      bool         `json:"sandbox,omitempty"`       // an integration sandbox: also delete the customer there
	// Settle is how long to look for an accepted change before it is sent once
	// more. Zero means 30 minutes.
	Settle time.Duration `json:"settle,omitempty"`
}

func (p Policy) settle() time.Duration {
	if p.Settle == 0 {
		return 30 * time.Minute
	}
	return p.Settle
}

// Step names a write.
type Step string

const (
	CancelSubscription     Step = "cancel_subscription"
	SuspendSubscription    Step = "suspend_subscription"
	EndAtTerm              Step = "end_at_term"
	CancelOrder            Step = "cancel_order"
	CancelAzure            Step = "cancel_azure"
	TerminateGDAP          Step = "terminate_gdap"
	RemoveRelationship     Step = "remove_relationship"
	DeleteRecord           Step = "delete_record"
	DeleteCustomer         Step = "delete_customer"
	ReactivateSubscription Step = "reactivate_subscription"
)

// words says what a step is, in front of its subject.
func (s Step) words() string {
	switch s {
	case CancelSubscription:
		return "the cancellation of subscription"
	case SuspendSubscription:
		return "the suspension of subscription"
	case EndAtTerm:
		return "the end of term of subscription"
	case CancelOrder:
		return "the cancellation of the order of"
	case CancelAzure:
		return "the cancellation of Azure subscription"
	case TerminateGDAP:
		return "the termination of GDAP relationship"
	case RemoveRelationship:
		return "the removal of the relationship with"
	case DeleteRecord:
		return "the deletion of the record of"
	case DeleteCustomer:
		return "the deletion of customer"
	default:
		return "the reactivation of subscription"
	}
}

// WriteState is what is known of a write.
type WriteState string

const (
	Intended WriteState = "intended" // its id is saved; whether it took effect is unknown
	Accepted WriteState = "accepted" // the service answered 2xx; no read shows it yet
	Refused  WriteState = "refused"  // a definite no
	Seen     WriteState = "seen"     // a read shows it
)

// Write is one write of a run, recorded before it is sent.
type Write struct {
	Step      Step                  `json:"step"`
	Subject   string                `json:"subject"`          // the id of what it changes
	Parent    string                `json:"parent,omitempty"` // the Azure plan of an Azure subscription
	Change    *subscriptions.Change `json:"change,omitempty"`
	RequestID string                `json:"request_id"`
	State     WriteState            `json:"state"`
	Sent      time.Time             `json:"sent"`
	Repeated  bool                  `json:"repeated,omitempty"`  // once more, with a new id, after it did not show
	Reference string                `json:"reference,omitempty"` // Graph's id of a termination
	Effective bool                  `json:"effective,omitempty"` // an earlier attempt took effect, or may have
	Turns     int                   `json:"turns,omitempty"`     // how often another change took its place before it showed

	// Of a refusal.
	Class    RefusalClass `json:"class,omitempty"`
	Code     string       `json:"code,omitempty"`
	Reason   string       `json:"reason,omitempty"`
	Refusals int          `json:"refusals,omitempty"` // in a row
	RetryAt  time.Time    `json:"retry_at,omitzero"`
	Basis    string       `json:"basis,omitempty"` // fingerprint of what was observed then
	Term     time.Time    `json:"term,omitzero"`   // the commitment that it was about
}

// Original is how a subscription renewed before the run first changed it.
type Original struct {
	AutoRenew        bool            `json:"auto_renew"`
	ScheduledActions json.RawMessage `json:"scheduled_actions,omitempty"`
}

// Run is the record of one offboarding. A store keeps it as it is: every
// field matters for going on after a crash.
type Run struct {
	Version   int                `json:"version"` // of this record's form
	ID        string             `json:"id"`
	Customer  customers.TenantID `json:"customer"`
	Company   string             `json:"company,omitempty"`
	Revision  int64              `json:"revision"` // raised by every save
	Fence     int64              `json:"fence"`    // of the lease under which it was saved last
	Actor     Actor              `json:"actor"`
	Policy    Policy             `json:"policy"`
	Phase     Phase              `json:"phase"`
	State     State              `json:"state"`
	Reason    string             `json:"reason,omitempty"`    // of waiting or failing
	Blockers  []string           `json:"blockers,omitempty"`  // one sentence each
	WaitUntil time.Time          `json:"wait_until,omitzero"` // the earliest date at which something can change
	DueAt     time.Time          `json:"due_at,omitzero"`     // when another round is worth it
	Notes     []string           `json:"notes,omitempty"`     // what a reader of the report should know
	Known     bool               `json:"known,omitempty"`     // the customer was seen as this partner's
	Stood     bool               `json:"stood,omitempty"`     // this run saw the relationship stand
	Notified  bool               `json:"notified,omitempty"`
	Writes    []Write            `json:"writes,omitempty"`
	// Originals are kept for giving up, by subscription id in lower case.
	Originals map[string]Original `json:"originals,omitempty"`
	// StandsSince is when a read first showed the relationship after the
	// removal was sent; zero if no read did.
	StandsSince time.Time `json:"stands_since,omitzero"`
	Created     time.Time `json:"created"`
	Started     time.Time `json:"started"` // by hand, the last time
	Updated     time.Time `json:"updated"`
	Entries     int       `json:"entries"`        // of its audit trail
	Head        string    `json:"head,omitempty"` // hash of the newest entry

	look time.Time // in this process: the earliest moment for another look
}

// runVersion is the present form of [Run].
const runVersion = 1

// Finished reports whether the run needs no further round.
func (r *Run) Finished() bool { return r.Phase == PhaseDone || r.Phase == Abandoned }

// write returns the newest write of a step on a subject, or nil.
func (r *Run) write(step Step, subject string) *Write {
	for i := len(r.Writes) - 1; i >= 0; i-- {
		if w := &r.Writes[i]; w.Step == step && sameSubject(w.Subject, subject) {
			return w
		}
	}
	return nil
}

// sameSubject compares ids: GUIDs come in any letter case, other ids do not.
func sameSubject(a, b string) bool {
	return a == b || guid.Valid(a) && strings.EqualFold(a, b)
}

// removal returns the newest removal that may have taken effect, or nil.
func (r *Run) removal() *Write {
	if w := r.write(RemoveRelationship, string(r.Customer)); w != nil && w.State != Refused {
		return w
	}
	return nil
}

// clone returns a copy that shares nothing that a round changes.
func (r *Run) clone() *Run {
	out := *r
	out.Writes = append([]Write(nil), r.Writes...)
	out.Blockers = append([]string(nil), r.Blockers...)
	out.Notes = append([]string(nil), r.Notes...)
	out.Originals = make(map[string]Original, len(r.Originals))
	maps.Copy(out.Originals, r.Originals)
	return &out
}
