package mca_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/mca"
)

var (
	now    = time.Date(2026, 2, 3, 12, 0, 0, 0, time.UTC)
	cutOff = time.Date(2023, 4, 1, 0, 0, 0, 0, time.UTC)
)

func agreed(at time.Time) mca.Agreement {
	return mca.Agreement{Type: mca.MicrosoftCustomerAgreement, Agreed: at}
}

// read is what is known when both reads succeed and find nothing.
func read(agreements ...mca.Agreement) mca.Facts {
	return mca.Facts{AgreementsRead: true, DirectRead: true, Agreements: agreements}
}

func with(f mca.Facts, state mca.AttestationState, expires time.Time) mca.Facts {
	f.Attestation = &mca.AttestationFacts{State: state, Expires: expires}
	return f
}

// The rows of the rule set, one by one, each at its boundary.
func TestEachRuleOfTheStatus(t *testing.T) {
	none := read()
	later, before := now.Add(time.Second), now.Add(-time.Second)
	failed := errors.New("ada@fabrikam.example") // an error's text is never shown
	direct := read()
	direct.DirectlyAccepted = true
	broken := read()
	broken.Err = failed
	directOnly := mca.Facts{DirectRead: true}
	agreementsOnly := mca.Facts{AgreementsRead: true}
	moved := read(agreed(cutOff))
	moved.CutOff = cutOff.Add(time.Nanosecond)
	tests := []struct {
		name string
		f    mca.Facts
		want mca.State
	}{
		{"compliant: accepted directly", direct, mca.Compliant},
		{"compliant: agreement on the cut-off day", read(agreed(cutOff)), mca.Compliant},
		{"compliant: one agreement of several", read(agreed(cutOff.AddDate(-1, 0, 0)), mca.Agreement{}, agreed(now)), mca.Compliant},
		{"compliant: type in other letters", read(mca.Agreement{Type: "microsoftcustomeragreement", Agreed: now}), mca.Compliant},
		{"compliant: whatever the attestation says", with(read(agreed(now)), mca.AttestationPending, later), mca.Compliant},
		{"ready: accepted", with(none, mca.AttestationAccepted, later), mca.ReadyToCreateAgreement},
		{"ready: accepted, and the link expired since", with(none, mca.AttestationAccepted, before), mca.ReadyToCreateAgreement},
		{"ready: with an outdated agreement", with(read(agreed(cutOff.Add(-1))), mca.AttestationAccepted, later), mca.ReadyToCreateAgreement},
		{"pending: before the expiry", with(none, mca.AttestationPending, later), mca.Pending},
		{"pending: at the expiry", with(none, mca.AttestationPending, now), mca.Pending},
		{"pending: expiry not known", with(none, mca.AttestationPending, time.Time{}), mca.Pending},
		{"link expired: the service says so", with(none, mca.AttestationExpired, later), mca.LinkExpired},
		{"link expired: by the clock", with(none, mca.AttestationPending, before), mca.LinkExpired},
		{"required: nothing", read(), mca.Required},
		{"required: agreement from the day before the cut-off", read(agreed(cutOff.Add(-1))), mca.Required},
		{"required: another type of agreement", read(mca.Agreement{Type: "MicrosoftCloudAgreement", Agreed: now}), mca.Required},
		{"required: another cut-off", moved, mca.Required},
		{"unknown: nothing was read", mca.Facts{}, mca.Unknown},
		{"unknown: the agreements were not read", directOnly, mca.Unknown},
		{"unknown: the direct acceptance was not read", agreementsOnly, mca.Unknown},
		{"unknown: something else was not read", broken, mca.Unknown},
		{"unknown: not read, and pending", with(directOnly, mca.AttestationPending, later), mca.Unknown},
		{"unknown: not read, and accepted", with(agreementsOnly, mca.AttestationAccepted, later), mca.Unknown},
		{"unknown: not read, and expired", with(broken, mca.AttestationPending, before), mca.Unknown},
		{"unknown: another state of the attestation", with(none, "Reviewing", later), mca.Unknown},
		{"unknown: another state, and expired", with(none, mca.AttestationOther, before), mca.Unknown},
		{"unknown: agreement without a date", read(mca.Agreement{Type: mca.MicrosoftCustomerAgreement}), mca.Unknown},
		{"unknown: agreement without a type", read(mca.Agreement{Agreed: now}), mca.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := mca.Classify(tt.f, now)
			if got.State != tt.want {
				t.Errorf("Classify = %+v, want %s", got, tt.want)
			}
		})
	}
}

func TestProofOfOneReadOutweighsTheFailureOfAnother(t *testing.T) {
	byAgreement := mca.Facts{AgreementsRead: true, Agreements: []mca.Agreement{agreed(now)}, Err: errors.New("x")}
	direct := mca.Facts{DirectRead: true, DirectlyAccepted: true, Err: errors.New("x")}
	for _, f := range []mca.Facts{byAgreement, direct} {
		if got := mca.Classify(f, now); got.State != mca.Compliant {
			t.Errorf("Classify = %+v, want compliant", got)
		}
	}
	// What was not read proves nothing.
	byAgreement.AgreementsRead, direct.DirectRead = false, false
	for _, f := range []mca.Facts{byAgreement, direct} {
		if got := mca.Classify(f, now); got.State != mca.Unknown {
			t.Errorf("Classify of what was not read = %+v, want unknown", got)
		}
	}
}

func TestTheStatusTellsItsDates(t *testing.T) {
	newest := now.AddDate(0, 0, -1)
	if got := mca.Classify(read(agreed(now.AddDate(-1, 0, 0)), agreed(newest), agreed(cutOff)), now); !got.Agreed.Equal(newest) || !strings.Contains(got.Reason, "2 February 2026") {
		t.Errorf("Classify = %+v, want the newest agreement of %s", got, newest)
	}
	for _, state := range []mca.AttestationState{mca.AttestationPending, mca.AttestationExpired} {
		if got := mca.Classify(with(read(), state, now), now); !got.LinkExpires.Equal(now) {
			t.Errorf("Classify of a %s attestation = %+v, want its expiry", state, got)
		}
	}
}

// Every combination of what can be known, against the rules said otherwise: as
// properties that hold, not as an order of cases.
func TestTheStatusOfEveryCombination(t *testing.T) {
	kinds := map[string]mca.Agreement{
		"valid": agreed(now), "edge": agreed(cutOff), "old": agreed(cutOff.Add(-1)), "undated": {Type: mca.MicrosoftCustomerAgreement},
		"untyped": {Agreed: now}, "other": {Type: "MicrosoftCloudAgreement", Agreed: now},
	}
	names := []string{"valid", "edge", "old", "undated", "untyped", "other"}
	states := []mca.AttestationState{"", mca.AttestationPending, mca.AttestationAccepted, mca.AttestationExpired, mca.AttestationOther}
	expiries := []time.Time{{}, now.Add(-1), now, now.Add(1)}
	n := 0
	for set := range 1 << len(names) {
		has := map[string]bool{}
		var agreements []mca.Agreement
		for i, name := range names {
			if set&(1<<i) != 0 {
				has[name] = true
				agreements = append(agreements, kinds[name])
			}
		}
		for bits := range 1 << 5 {
			f := mca.Facts{
				Agreements: agreements, AgreementsRead: bits&1 != 0, DirectRead: bits&2 != 0, DirectlyAccepted: bits&4 != 0,
			}
			if bits&8 != 0 {
				f.Err = errors.New("failed")
			}
			for _, state := range states {
				for _, expires := range expiries {
					if bits&16 != 0 {
						f.Attestation = &mca.AttestationFacts{State: state, Expires: expires}
					}
					n++
					checkStatus(t, f, has, mca.Classify(f, now))
				}
			}
		}
	}
	if n != 64*32*20 {
		t.Errorf("%d combinations, want %d", n, 64*32*20)
	}
}

func checkStatus(t *testing.T, f mca.Facts, has map[string]bool, got mca.Status) {
	t.Helper()
	proof := f.DirectRead && f.DirectlyAccepted || f.AgreementsRead && (has["valid"] || has["edge"])
	whole := f.AgreementsRead && f.DirectRead && f.Err == nil
	started := whole && !proof && f.Attestation != nil
	a := mca.AttestationFacts{}
	if f.Attestation != nil {
		a = *f.Attestation
	}
	over := !a.Expires.IsZero() && a.Expires.Before(now)
	want := map[mca.State]bool{
		mca.Compliant:              proof,
		mca.ReadyToCreateAgreement: started && a.State == mca.AttestationAccepted,
		mca.Pending:                started && a.State == mca.AttestationPending && !over,
		mca.LinkExpired:            started && (a.State == mca.AttestationExpired || a.State == mca.AttestationPending && over),
		mca.Required:               whole && !proof && f.Attestation == nil && !has["undated"] && !has["untyped"],
		mca.Unknown: !proof && (!whole || started && (a.State == "" || a.State == mca.AttestationOther) ||
			whole && f.Attestation == nil && (has["undated"] || has["untyped"])),
	}
	held := 0
	for state, holds := range want {
		if holds {
			held++
		}
		if holds != (got.State == state) {
			t.Fatalf("Classify(%+v with %+v) = %s, want %s: %t", f, a, got.State, state, holds)
		}
	}
	switch {
	case held != 1:
		t.Fatalf("%d states are right for %+v, want one", held, f)
	case got.Agreed.IsZero() != !(f.AgreementsRead && (has["valid"] || has["edge"])):
		t.Fatalf("Classify(%+v).Agreed = %s", f, got.Agreed)
	case got.LinkExpires.IsZero() != (a.Expires.IsZero() || got.State != mca.Pending && got.State != mca.LinkExpired):
		t.Fatalf("Classify(%+v with %+v).LinkExpires = %s", f, a, got.LinkExpires)
	case !strings.HasSuffix(got.Reason, ".") || strings.Count(got.Reason, ".") != 1 || strings.Contains(got.Reason, "fail"):
		t.Fatalf("Classify(%+v).Reason = %q, want one sentence", f, got.Reason)
	}
}

func TestWordsOfCloudCockpit(t *testing.T) {
	words := map[string]mca.State{
		"required": mca.Required, "linkgenerated": mca.Pending, "customeraccepted": mca.ReadyToCreateAgreement,
		"linkexpired": mca.LinkExpired, "agreementcreated": mca.Compliant,
	}
	for word, state := range words {
		for _, spelling := range []string{word, strings.ToUpper(word), strings.ToUpper(word[:1]) + word[1:], " " + word + " "} {
			if got := mca.FromCloudCockpit(spelling); got != state {
				t.Errorf("FromCloudCockpit(%q) = %s, want %s", spelling, got, state)
			}
		}
		if got := state.CloudCockpit(); got != word {
			t.Errorf("%s.CloudCockpit() = %q, want %q", state, got, word)
		}
		if got := mca.State(strings.ToUpper(string(state))).CloudCockpit(); got != word {
			t.Errorf("CloudCockpit() in capitals = %q, want %q", got, word)
		}
	}
	for _, word := range []string{"", "pending", "compliant", "somethingnew"} {
		if got := mca.FromCloudCockpit(word); got != mca.Unknown {
			t.Errorf("FromCloudCockpit(%q) = %s, want unknown", word, got)
		}
	}
	if got := fmt.Sprint(mca.Unknown.CloudCockpit(), mca.State("x").CloudCockpit()); got != "" {
		t.Errorf("CloudCockpit() of unknown = %q, want nothing", got)
	}
}
