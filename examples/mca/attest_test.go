package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestAttestPrintsTheAcceptanceLink(t *testing.T) {
	for name, tt := range map[string]struct {
		args    []string
		minutes int
	}{
		"a week":   {nil, 10080},
		"two days": {[]string{"-valid", "48h"}, 2880},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			l := a.run(t, append([]string{"-json"}, attest(alpine, tt.args...)...)...).only(t, cli.ExitDone)
			if l.Type != "attestation" || l.Customer != alpine || l.AttestationID == "" || l.Link != "https://cdn.partner.microsoft.com/mca/?attestationid="+l.AttestationID {
				t.Error("the line is not an attestation of the customer with its id and Microsoft's link")
			}
			if at, err := time.Parse(time.RFC3339, l.Expires); err != nil || time.Until(at).Round(time.Minute).Minutes() != float64(tt.minutes) {
				t.Errorf("expires %q, want %d minutes from now", l.Expires, tt.minutes)
			}
			var body struct{ ExpirationTime int }
			if sent := a.sent("POST"); len(sent) != 1 || json.Unmarshal(sent[0].Body, &body) != nil || body.ExpirationTime != tt.minutes {
				t.Errorf("%d requests that name %d minutes, want one with %d", len(sent), body.ExpirationTime, tt.minutes)
			}
		})
	}
	a := newAccount(t)
	r := a.run(t, attest(alpine)...)
	if r.status != cli.ExitDone || !strings.Contains(r.out, "\n  https://cdn.partner.microsoft.com/mca/?attestationid=") || !strings.Contains(r.out, "good until") || r.errout != "" && !strings.Contains(r.errout, "level=") {
		t.Errorf("status = %d, want 0 with the link and until when it is good, and nothing to say", r.status)
	}
}

func TestAttestWarnsOfWhatMicrosoftMayRefuse(t *testing.T) {
	a := newAccount(t)
	a.Inject(partnercentertest.Fault{Method: "POST", Status: 400, Code: "3000", Description: "for Wilhelmina Oosterhout w.oosterhout@alpine.example 31612345678"})
	r := a.run(t, attest(alpine, "-language", "nl")...)
	if r.status != cli.ExitFailed || !strings.Contains(r.errout, "mca: warning: language should name a country") || !strings.Contains(r.errout, "creating an attestation") {
		t.Errorf("status = %d, want %d with the warning and the refusal:\n%s", r.status, cli.ExitFailed, r.errout)
	}
}

func TestNoLinkIsNeededWhereTheSignatoryHasAgreedBefore(t *testing.T) {
	for customer, status := range map[string]int{bakery: cli.ExitDone, northwind: cli.ExitFailed} {
		a := newAccount(t)
		a.Inject(partnercentertest.Fault{Method: "POST", Path: "/attestations/", Status: 409, Code: "600061"})
		r := a.run(t, attest(customer, "-json")...)
		if status == cli.ExitDone {
			if l := r.only(t, cli.ExitDone); l.Type != "agreement" || l.DateAgreed != "2025-09-10T00:00:00Z" {
				t.Errorf("line = %+v, want the agreement that stands", l)
			}
			continue
		}
		if r.status != status || r.out != "" || !strings.Contains(r.errout, "another signatory") {
			t.Errorf("attest = %d with %q, want %d and that another has to sign:\n%s", r.status, r.out, status, r.errout)
		}
	}
}

func TestRenewGivesAnotherLinkForTheSameSignatory(t *testing.T) {
	a := newAccount(t)
	old := a.attested(t, alpine)
	l := a.run(t, "renew", "-json", alpine).only(t, cli.ExitDone)
	if l.Type != "attestation" || l.AttestationID == "" || l.AttestationID == old || !strings.HasSuffix(l.Link, l.AttestationID) {
		t.Error("renew gives no other link")
	}
	sent := a.sent("POST")
	if len(sent) != 2 || string(sent[0].Body) != string(sent[1].Body) {
		t.Errorf("%d attestations were asked for, want two alike", len(sent))
	}
	record, err := a.store.Load(t.Context(), customers.TenantID(alpine))
	if err != nil || len(record.Attestations) != 2 || record.Newest().ID.Reveal() != l.AttestationID {
		t.Errorf("the store holds %v (%v), want both with the new one as the newest", record, err)
	}
}

func TestMemoryKnowsNothingOfAnotherProcess(t *testing.T) {
	a := newAccount(t)
	a.store = nil
	if r := a.run(t, attest(alpine)...); r.status != cli.ExitDone || !strings.Contains(r.errout, "no later run can create the agreement") {
		t.Errorf("attest = %d, want 0 and that the attestation is forgotten:\n%s", r.status, r.errout)
	}
	for name, tt := range map[string]struct {
		args   []string
		status int
	}{
		"renew":    {[]string{"renew", alpine}, cli.ExitFailed},
		"finalize": {[]string{"finalize", alpine, litware}, cli.ExitUnfinished},
		"all":      {[]string{"finalize", "-all-ready"}, cli.ExitDone},
		"watch":    {[]string{"watch", alpine}, cli.ExitUnfinished},
	} {
		r := a.run(t, tt.args...)
		if n := strings.Count(r.errout, "memory: forgets attestations when their process ends"); r.status != tt.status || n != 1 {
			t.Errorf("%s = %d, and %d times why, want %d and once:\n%s", name, r.status, n, tt.status, r.errout)
		}
	}
	if n := len(a.sent("POST")); n != 1 {
		t.Errorf("%d writes, want the attestation alone", n)
	}
	a.store = newAccount(t).store // one that lasts
	if r := a.run(t, "renew", alpine); r.status != cli.ExitFailed || strings.Contains(r.errout, "memory:") || !strings.Contains(r.errout, "no attestation of this customer is recorded") {
		t.Errorf("renew with another store = %d, want %d and no word of memory:\n%s", r.status, cli.ExitFailed, r.errout)
	}
}
