package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestFinalizeCreatesTheAgreementOnce(t *testing.T) {
	a := newAccount(t)
	a.accepted(t, alpine)
	for range 2 {
		l := a.run(t, "finalize", alpine, "-json").only(t, cli.ExitDone)
		if at, err := time.Parse(time.RFC3339, l.DateAgreed); l.Type != "agreement" || l.Customer != alpine || err != nil || time.Since(at).Round(time.Hour) != 0 {
			t.Errorf("line = %+v, want the agreement of now", l)
		}
	}
	if n := len(a.sent("POST")); n != 2 {
		t.Errorf("%d writes, want the attestation and the agreement", n)
	}
	if r := a.run(t, "finalize", alpine); r.status != cli.ExitDone || !strings.Contains(r.out, alpine+": compliant.") {
		t.Errorf("finalize = %d with %q, want 0 and that it is compliant", r.status, r.out)
	}
}

func TestFinalizeSaysWhyThereIsNoAgreement(t *testing.T) {
	a := newAccount(t)
	a.attested(t, litware)
	a.ExpireAttestation(a.attested(t, northwind))
	for customer, want := range map[string]string{litware: "pending", northwind: "link_expired", alpine: "required"} {
		l := a.run(t, "finalize", customer, "-json").only(t, cli.ExitUnfinished)
		if l.Type != "status" || l.Status != want || l.Reason == "" || (l.LinkExpires == "") != (want == "required") {
			t.Errorf("line = %+v, want %s, why and until when", l, want)
		}
		text := a.run(t, "finalize", customer)
		if text.status != cli.ExitUnfinished || !strings.Contains(text.out, strings.ReplaceAll(want, "_", " ")+". ") || strings.Contains(text.errout, "memory:") {
			t.Errorf("finalize = %d with %q, want %d and %s", text.status, text.out, cli.ExitUnfinished, want)
		}
	}
	if r := a.run(t, "finalize", "-all-ready"); r.status != cli.ExitDone || !strings.Contains(r.out, "No customer has accepted") {
		t.Errorf("finalize -all-ready = %d with %q, want 0 and that there is none", r.status, r.out)
	}
	if n := len(a.sent("POST")); n != 2 {
		t.Errorf("%d writes, want the two attestations", n)
	}
}

func TestARefusedAgreementFails(t *testing.T) {
	a := newAccount(t)
	a.accepted(t, alpine)
	a.accepted(t, litware)
	a.Inject(partnercentertest.Fault{Method: "POST", Path: alpine + "/agreements", Status: 400, Code: "600902", Description: "Wilhelmina Oosterhout"})
	r := a.run(t, "finalize", "-json", alpine, litware, northwind)
	if r.status != cli.ExitFailed || !strings.Contains(r.errout, "creating the agreement of customer "+alpine) || !strings.Contains(r.errout, "(request ") {
		t.Errorf("finalize = %d, want %d, the operation and its request:\n%s", r.status, cli.ExitFailed, r.errout)
	}
	got := map[string]string{}
	for _, l := range r.lines(t) {
		got[l.Customer] = l.Type + " " + l.Status
	}
	if got[alpine] != "status ready_to_create_agreement" || got[litware] != "agreement " || got[northwind] != "status required" {
		t.Errorf("lines = %q, want one that is refused, one done, one required", got)
	}
	if l := a.run(t, "finalize", "-json", alpine).only(t, cli.ExitDone); l.Type != "agreement" {
		t.Errorf("line = %+v, want the agreement, once nothing refuses it", l)
	}
}

func TestAnAgreementWithoutRightsFails(t *testing.T) {
	a := newAccount(t)
	a.accepted(t, alpine)
	a.Inject(partnercentertest.Fault{Method: "POST", Path: "/agreements", Status: 403, Code: "900308"})
	if l := a.run(t, "finalize", "-json", alpine).only(t, cli.ExitFailed); l.Type != "status" || l.Status != "unknown" || l.Reason == "" {
		t.Errorf("line = %+v, want an unknown status", l)
	}
}

func TestAllReadyFinalizesWhoeverHasAccepted(t *testing.T) {
	a := newAccount(t)
	a.accepted(t, alpine)
	a.accepted(t, northwind)
	a.attested(t, litware)
	r := a.run(t, "finalize", "-all-ready", "-json")
	var ids []string
	for _, l := range r.lines(t) {
		if l.Type != "agreement" {
			t.Errorf("line = %+v, want an agreement", l)
		}
		ids = append(ids, l.Customer)
	}
	slices.Sort(ids)
	if want := []string{northwind, alpine}; r.status != cli.ExitDone || !slices.Equal(ids, want) {
		t.Errorf("finalize -all-ready = %d of %q, want 0 of %q:\n%s", r.status, ids, want, r.errout)
	}
}

func TestWatchWaitsForTheAcceptance(t *testing.T) {
	a := newAccount(t)
	first, second := a.attested(t, alpine), a.attested(t, litware)
	r := a.runWith(t.Context(), t, func(out *buffer) {
		if err := a.Accept(first); err != nil {
			t.Error(err)
		}
		out.await(t, alpine) // while the other is still waited for
		if err := a.Accept(second); err != nil {
			t.Error(err)
		}
	}, "watch", "-poll", "10ms", alpine, litware, "-json")
	lines := r.lines(t)
	if r.status != cli.ExitDone || len(lines) != 2 || lines[0].Type != "agreement" || lines[1].Type != "agreement" || lines[0].Customer != alpine || lines[1].Customer != litware {
		t.Errorf("watch = %d with %+v, want 0 and both agreements", r.status, lines)
	}
}

func TestWatchEndsWhereNobodyWillAccept(t *testing.T) {
	a := newAccount(t)
	a.attested(t, litware)
	a.ExpireAttestation(a.attested(t, northwind))
	for customer, want := range map[string]string{litware: "pending", northwind: "link_expired", alpine: "required"} {
		if l := a.run(t, "watch", "-json", "-poll", "10ms", "-wait", "50ms", customer).only(t, cli.ExitUnfinished); l.Type != "status" || l.Status != want {
			t.Errorf("line = %+v, want %s", l, want)
		}
	}
	if r := a.run(t, "watch", "-wait", "1ms", litware); !strings.Contains(r.out, "The link is good until") {
		t.Errorf("the output does not say until when: %s", r.out)
	}
}

func TestWatchOfAStrangerFails(t *testing.T) {
	a := newAccount(t)
	if l := a.run(t, "watch", "-json", stranger).only(t, cli.ExitFailed); l.Type != "status" || l.Status != "unknown" {
		t.Errorf("line = %+v, want unknown", l)
	}
}

func TestInterruptedWatchGoesOnNextTime(t *testing.T) {
	a := newAccount(t)
	id := a.attested(t, alpine)
	ctx, cancel := context.WithCancel(t.Context())
	before := len(a.sent(""))
	r := a.runWith(ctx, t, func(*buffer) {
		a.awaitRequests(t, before+1)
		cancel()
	}, "watch", alpine)
	if r.status != cli.ExitInterrupted || r.out != "" || !strings.Contains(r.errout, "the same command goes on") {
		t.Errorf("watch = %d with %q, want %d and how to go on:\n%s", r.status, r.out, cli.ExitInterrupted, r.errout)
	}
	if err := a.Accept(id); err != nil {
		t.Fatal(err)
	}
	if r := a.run(t, "watch", alpine); r.status != cli.ExitDone {
		t.Errorf("watch once more = %d, want 0:\n%s", r.status, r.errout)
	}
}
