package mca

import (
	"fmt"
	"testing"
	"time"
)

// TestDecideInEveryState tries the one function that says what is next with
// every status, attestation and earlier attempt to create the agreement.
func TestDecideInEveryState(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	const settle = 30 * time.Minute
	bools := []bool{false, true}
	tried := 0
	for _, state := range []State{Required, Pending, LinkExpired, ReadyToCreateAgreement, Compliant, Unknown, "new"} {
		for _, attestation := range []AttestationState{"", AttestationPending, AttestationAccepted, AttestationExpired, AttestationOther} {
			for _, write := range []WriteState{"", Intended, Sent, Refused, Seen} {
				for flags := range 1 << 6 {
					flag := func(n int) bool { return bools[flags>>n&1] }
					ours, repeated, duplicate, settled, sender, asked := flag(0), flag(1), flag(2), flag(3), flag(4), flag(5)
					r := &Record{}
					if attestation != "" {
						r.Attestations = []Issued{{RequestID: "a", ID: "id", State: attestation}}
					}
					if write != "" {
						r.Agreement = &AgreementWrite{Attestation: "older", State: write, Repeated: repeated, Duplicate: duplicate, SentAt: now}
						if ours {
							r.Agreement.Attestation = "a"
						}
						if settled {
							r.Agreement.SentAt = now.Add(-settle)
						}
					}
					got := decide(r, Status{State: state}, sender, settle, asked, now)
					tried++
					what := fmt.Sprintf("%s, attestation %q, write %q, ours %t, repeated %t, duplicate %t, settled %t, sender %t, asked %t",
						state, attestation, write, ours, repeated, duplicate, settled, sender, asked)
					usable := state == ReadyToCreateAgreement && attestation == AttestationAccepted
					open := write != "" && ours
					for _, broken := range []struct {
						is   bool
						rule string
					}{
						{(got == create || got == createAgain) && !usable, "an agreement is created only from an accepted attestation"},
						{got == createAgain && !(open && write == Intended), "only what is undecided is sent again under its id"},
						{got == create && open && write == Intended, "what is undecided gets no second id"},
						{got == create && open && write == Sent && (!settled || repeated), "what was answered is looked for, and created once more at most"},
						{got == create && open && write == Refused && !asked, "what was refused is tried again only by a person"},
						{(got == finish) != (state == Compliant), "compliant is the end, and nothing else is"},
						{got == conflict && !(open && write == Refused && duplicate), "only a duplicate needs another signatory"},
						{got == unusable && !(open && write == Refused && !duplicate), "only a refusal is reported as one"},
						{got == notVisible && !(open && write == Sent && repeated && settled), "only what was created twice is given up"},
						{got == handOver && !(state == Pending && sender), "a link is handed over while it is open, and to a sender"},
						{got == nothing && state == ReadyToCreateAgreement && attestation == AttestationAccepted && write != Seen, "what is accepted never rests"},
					} {
						if broken.is {
							t.Errorf("%s: decide = %d, but %s", what, got, broken.rule)
						}
					}
				}
			}
		}
	}
	if tried != 7*5*5*64 {
		t.Errorf("%d states were tried", tried)
	}
}
