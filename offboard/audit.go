package offboard

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/cspkit/cspkit/customers"
)

// Outcome is what became of a write, or what an entry records besides writes.
type Outcome string

const (
	Succeeded Outcome = "succeeded" // answered 2xx
	RefusedBy Outcome = "refused"   // a definite no
	Unknown   Outcome = "unknown"   // no answer: it may have taken effect
	FailedBy  Outcome = "failed"    // not carried out

	// These are in the audit trail only.
	Recorded Outcome = "intended" // about to be sent
	Observed Outcome = "seen"     // a read shows it
	Changed  Outcome = "changed"  // the run itself: started, its phase, its state
	// RecordedByMicrosoft is a record of Partner Center's own: see [Workflow.AddRecords].
	RecordedByMicrosoft Outcome = "recorded_by_microsoft"
)

// Event is one thing that a run did. It holds no secret.
type Event struct {
	Customer  customers.TenantID `json:"customer"`
	At        time.Time          `json:"at"`
	Phase     Phase              `json:"phase"`
	Step      Step               `json:"action,omitempty"`
	Subject   string             `json:"subject,omitempty"`
	Outcome   Outcome            `json:"outcome"`
	RequestID string             `json:"request_id,omitempty"`
	Detail    string             `json:"detail,omitempty"`
	RecordID  string             `json:"record_id,omitempty"` // of what Microsoft recorded
}

// Entry is an event in a run's audit trail. Each carries the hash of the one
// before it, so that a gap or a change shows: see [VerifyAudit].
type Entry struct {
	Run   string `json:"run"`
	Seq   int    `json:"seq"` // counts from 1
	Actor string `json:"actor,omitempty"`
	Event
	Previous string `json:"previous,omitempty"` // hash of the entry before
	Hash     string `json:"hash"`
}

// sum is the hash of an entry: SHA-256 over its JSON without the hash itself.
func (e Entry) sum() string {
	e.Hash = ""
	text, err := json.Marshal(e)
	if err != nil { // only strings, numbers and times: cannot happen
		return ""
	}
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:])
}

// record appends an event to the run's chain and returns the entry.
func (r *Run) record(e Event) Entry {
	e.Customer, e.At = r.Customer, e.At.UTC().Round(0)
	if e.Phase == "" {
		e.Phase = r.Phase
	}
	r.Entries++
	entry := Entry{Run: r.ID, Seq: r.Entries, Actor: r.Actor.Name, Event: e, Previous: r.Head}
	if e.Outcome == RecordedByMicrosoft {
		entry.Actor = "" // it may have been somebody else
	}
	entry.Hash = entry.sum()
	r.Head = entry.Hash
	return entry
}

// VerifyAudit checks the chain of one run's entries from the first on, and
// says where it breaks. head is the hash that the run's record holds, so that
// entries missing at the end show, too; empty leaves that out.
func VerifyAudit(entries iter.Seq2[Entry, error], head string) error {
	previous, seq := "", 0
	for e, err := range entries {
		if err != nil {
			return err
		}
		seq++
		switch {
		case e.Seq != seq:
			return fmt.Errorf("offboard: audit entry %d is missing", seq)
		case e.Previous != previous:
			return fmt.Errorf("offboard: audit entry %d does not follow the one before it", seq)
		case e.Hash != e.sum():
			return fmt.Errorf("offboard: audit entry %d was changed", seq)
		}
		previous = e.Hash
	}
	if head != "" && head != previous {
		return fmt.Errorf("offboard: audit entries after number %d are missing", seq)
	}
	return nil
}
