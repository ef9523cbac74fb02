package mca

import "time"

// State says what a customer still needs before it can buy.
type State string

const (
	Required               State = "required"                  // no valid agreement, and nothing started
	Pending                State = "pending"                   // the customer has a link and has not accepted
	LinkExpired            State = "link_expired"              // the link lapsed unaccepted: a new attestation is needed
	ReadyToCreateAgreement State = "ready_to_create_agreement" // accepted; the agreement is not created yet
	Compliant              State = "compliant"                 // a valid agreement stands
	Unknown                State = "unknown"                   // it could not be found out; never the same as required
)

// Status is where a customer stands with the agreement.
type Status struct {
	State State `json:"state"`
	// Reason is one sentence for people, also for the customer. It holds no
	// personal data and no link.
	Reason      string    `json:"reason"`
	LinkExpires time.Time `json:"link_expires,omitzero"` // when pending or expired, if it is known
	Agreed      time.Time `json:"agreed,omitzero"`       // the date of the newest valid agreement; zero after direct acceptance alone
}

// Facts are all that is known of a customer at one moment, for [Classify]. The
// zero value says that nothing is known.
type Facts struct {
	AgreementsRead   bool        // Agreements were read; if not, they prove nothing
	Agreements       []Agreement // of the customer
	DirectRead       bool        // DirectlyAccepted was read; if not, it proves nothing
	DirectlyAccepted bool        // in the Microsoft 365 admin center

	// Attestation is the newest one that the caller has started and not used;
	// nil if there is none. Microsoft lists none.
	Attestation *AttestationFacts

	// Err is why something else could not be read, such as the status of the
	// attestation or the caller's own store. Its text is not used.
	Err error
	// CutOff is the day from which agreements are valid that the partner
	// confirmed; zero means 1 April 2023, UTC. UNCONFIRMED by Microsoft: the
	// date is the one that partners' systems keep.
	CutOff time.Time
}

// AttestationFacts are what is known of an attestation. Zero times are unknown.
type AttestationFacts struct {
	State    AttestationState
	Expires  time.Time
	Accepted time.Time
}

// Classify says where a customer stands at a moment. It does no I/O and reads
// no clock:
//
//   - One proof of an agreement is enough, whatever else could not be read: the
//     customer accepted directly, or an agreement is dated on the cut-off day or
//     later.
//   - Without a proof, anything that could not be read makes the status Unknown.
//   - Then the attestation decides. A pending one has expired when its time is
//     over, not at that moment.
//   - An agreement without a date, or of a type that is not told, proves
//     nothing; if nothing else decides, the status is Unknown.
func Classify(f Facts, now time.Time) Status {
	if f.CutOff.IsZero() {
		f.CutOff = time.Date(2023, time.April, 1, 0, 0, 0, 0, time.UTC)
	}
	a := f.judge()
	switch {
	case f.DirectRead && f.DirectlyAccepted:
		return Status{State: Compliant, Reason: "The customer accepted the agreement itself, in the Microsoft 365 admin center.", Agreed: a.newest}
	case !a.newest.IsZero():
		return Status{State: Compliant, Reason: "The agreement of " + day(a.newest) + " is valid.", Agreed: a.newest}
	case !f.AgreementsRead && !f.DirectRead:
		return unknown("Neither the customer's agreements nor its direct acceptance could be read.")
	case !f.AgreementsRead:
		return unknown("The customer's agreements could not be read.")
	case !f.DirectRead:
		return unknown("Whether the customer accepted the agreement itself could not be read.")
	case f.Err != nil:
		return unknown("What was started before for this customer could not be read.")
	case f.Attestation != nil:
		return f.Attestation.status(now)
	case a.unclear:
		return unknown("The customer has an agreement, but Microsoft does not tell its date or its type.")
	case a.outdated:
		return Status{State: Required, Reason: "The customer's agreement is from before " + day(f.CutOff) + " and has to be accepted again."}
	}
	return Status{State: Required, Reason: "The customer has no agreement yet, and no acceptance link."}
}

// judgement is what the agreements prove.
type judgement struct {
	newest   time.Time // date of the newest valid agreement
	outdated bool      // one from before the cut-off
	unclear  bool      // one that may be valid or not
}

func (f Facts) judge() (j judgement) {
	if !f.AgreementsRead {
		return j
	}
	for _, a := range f.Agreements {
		switch {
		case a.Type != "" && !a.Type.Is(MicrosoftCustomerAgreement): // such as the old cloud agreement
		case a.Type == "" || a.Agreed.IsZero():
			j.unclear = true
		case a.Agreed.Before(f.CutOff):
			j.outdated = true
		case a.Agreed.After(j.newest):
			j.newest = a.Agreed
		}
	}
	return j
}

// status is the status of a customer without an agreement.
func (a *AttestationFacts) status(now time.Time) Status {
	switch {
	case a.State == AttestationAccepted:
		return Status{State: ReadyToCreateAgreement, Reason: "The customer accepted; the agreement has to be created now."}
	case a.State == AttestationExpired, a.State == AttestationPending && !a.Expires.IsZero() && now.After(a.Expires):
		return Status{State: LinkExpired, Reason: "The acceptance link expired before the customer accepted; a new one is needed.", LinkExpires: a.Expires}
	case a.State == AttestationPending:
		return Status{State: Pending, Reason: "The customer has an acceptance link and has not accepted yet.", LinkExpires: a.Expires}
	}
	return unknown("Microsoft reports the acceptance link in a state that this program does not know.")
}

func unknown(reason string) Status { return Status{State: Unknown, Reason: reason} }

// day writes a date so that no reader takes the month for the day.
func day(t time.Time) string { return t.UTC().Format("2 January 2006") }
