package mca

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
)

// Record is what a [Desk] knows of a customer: for whom attestations were
// created, all of them, and how the agreement came about. It holds acceptance
// links and personal data of the signatory. Printed, logged or encoded with
// encoding/json it shows neither; [Record.Encode] gives the text for a store.
type Record struct {
	Version  int
	Customer customers.TenantID
	Revision int64 // raised by every save

	Attestations []Issued        // the oldest first; the last one counts
	Agreement    *AgreementWrite // the newest attempt to create the agreement; nil if there was none

	State    State // at the last look
	Reason   string
	LookedAt time.Time
	DueAt    time.Time // when somebody should see to it; zero: never. See [Store].Due
	Created  time.Time
	Updated  time.Time
}

// recordVersion is the present form of [Record].
const recordVersion = 1

// Issued is one attestation of a customer.
type Issued struct {
	RequestID string      // of its creation; also tells a [Sender] a repetition
	Details   Details     // who was to accept what
	ID        auth.Secret // empty if the answer was lost: then nobody can use it
	Link      auth.Secret
	Requested time.Time
	Expires   time.Time // zero if that is not known

	State     AttestationState
	Accepted  time.Time // when the customer accepted, as Microsoft says, or else as was first seen
	Delivered time.Time // when the [Sender] took the link; zero: not yet
	// SeenExpired: the status was read once after the link had expired, so a
	// late acceptance cannot go unnoticed.
	SeenExpired bool
}

// WriteState is what is known of the creation of an agreement.
type WriteState string

const (
	Intended WriteState = "intended" // its id is saved; whether it took effect is unknown
	Sent     WriteState = "sent"     // answered 2xx; no read shows the agreement yet
	Refused  WriteState = "refused"  // a definite no
	Seen     WriteState = "seen"     // a read shows that the customer is compliant
)

// AgreementWrite is the creation of an agreement, recorded before it is sent.
type AgreementWrite struct {
	RequestID   string     `json:"request_id"`
	Attestation string     `json:"attestation"` // the RequestID of the attestation that it uses
	TemplateID  string     `json:"template_id,omitempty"`
	Agreed      time.Time  `json:"agreed"` // as sent
	State       WriteState `json:"state"`
	SentAt      time.Time  `json:"sent_at"`
	Repeated    bool       `json:"repeated,omitempty"`  // once more, with a new id, after it did not show
	Duplicate   bool       `json:"duplicate,omitempty"` // refused because of an agreement with the same signatory
	Reason      string     `json:"reason,omitempty"`    // of a refusal, without personal data
}

// Newest returns the attestation that counts: the newest whose creation was
// answered. Nil if there is none.
func (r *Record) Newest() *Issued {
	for i := len(r.Attestations) - 1; i >= 0; i-- {
		if a := &r.Attestations[i]; a.ID != "" {
			return a
		}
	}
	return nil
}

// LogValue implements [slog.LogValuer]. It has neither links nor a signatory.
func (r *Record) LogValue() slog.Value {
	return slog.GroupValue(slog.String("customer", string(r.Customer)), slog.String("state", string(r.State)),
		slog.Int("attestations", len(r.Attestations)), slog.Int64("revision", r.Revision))
}

// Format implements [fmt.Formatter].
func (r *Record) Format(s fmt.State, _ rune) { fmt.Fprint(s, r.LogValue()) }

// MarshalJSON implements [encoding/json.Marshaler] for what may be seen.
func (r *Record) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"customer": r.Customer, "state": r.State, "reason": r.Reason, "attestations": len(r.Attestations), "revision": r.Revision,
	})
}

// storedRecord is a record as stores keep it: whole.
type storedRecord struct {
	Version      int                `json:"version"`
	Customer     customers.TenantID `json:"customer"`
	Revision     int64              `json:"revision"`
	Attestations []storedIssued     `json:"attestations,omitempty"`
	Agreement    *AgreementWrite    `json:"agreement,omitempty"`
	State        State              `json:"state,omitempty"`
	Reason       string             `json:"reason,omitempty"`
	LookedAt     time.Time          `json:"looked_at,omitzero"`
	DueAt        time.Time          `json:"due_at,omitzero"`
	Created      time.Time          `json:"created"`
	Updated      time.Time          `json:"updated"`
}

type storedIssued struct {
	RequestID   string           `json:"request_id"`
	Details     storedDetails    `json:"details"`
	ID          string           `json:"id,omitempty"`
	Link        string           `json:"link,omitempty"`
	Requested   time.Time        `json:"requested"`
	Expires     time.Time        `json:"expires,omitzero"`
	State       AttestationState `json:"state,omitempty"`
	Accepted    time.Time        `json:"accepted,omitzero"`
	Delivered   time.Time        `json:"delivered,omitzero"`
	SeenExpired bool             `json:"seen_expired,omitempty"`
}

type storedDetails struct {
	Company   string        `json:"company"`
	Country   string        `json:"country"`
	Language  string        `json:"language"`
	Signatory contact       `json:"signatory"`
	ValidFor  time.Duration `json:"valid_for"`
}

// Encode returns the whole record as JSON, for a [Store]: with links and
// personal data. A store protects it accordingly.
func (r *Record) Encode() ([]byte, error) {
	out := storedRecord{
		Version: r.Version, Customer: r.Customer, Revision: r.Revision, Agreement: r.Agreement,
		State: r.State, Reason: r.Reason, LookedAt: r.LookedAt, DueAt: r.DueAt, Created: r.Created, Updated: r.Updated,
	}
	for _, a := range r.Attestations {
		out.Attestations = append(out.Attestations, storedIssued{
			a.RequestID, stored(a.Details), a.ID.Reveal(), a.Link.Reveal(), a.Requested, a.Expires, a.State, a.Accepted, a.Delivered, a.SeenExpired,
		})
	}
	return json.Marshal(out)
}

// DecodeRecord reads what [Record.Encode] gave. The error repeats nothing of it.
func DecodeRecord(text []byte) (*Record, error) {
	var in storedRecord
	if json.Unmarshal(text, &in) != nil { // whose error may quote the text
		return nil, errors.New("mca: the record is damaged")
	}
	if in.Version > recordVersion {
		return nil, fmt.Errorf("mca: the record of customer %s was written by a newer version of this library", in.Customer)
	}
	r := &Record{
		Version: in.Version, Customer: in.Customer, Revision: in.Revision, Agreement: in.Agreement,
		State: in.State, Reason: in.Reason, LookedAt: in.LookedAt, DueAt: in.DueAt, Created: in.Created, Updated: in.Updated,
	}
	for _, a := range in.Attestations {
		r.Attestations = append(r.Attestations, Issued{
			a.RequestID, a.Details.details(), auth.Secret(a.ID), auth.Secret(a.Link), a.Requested, a.Expires, a.State, a.Accepted, a.Delivered, a.SeenExpired,
		})
	}
	return r, nil
}

func stored(d Details) storedDetails {
	return storedDetails{d.Company, d.Country, d.Language, contact(d.Signatory), d.ValidFor}
}

func (d storedDetails) details() Details {
	return Details{d.Company, d.Country, d.Language, Signatory(d.Signatory), d.ValidFor}
}
