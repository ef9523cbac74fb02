package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
)

// states are all there are, in the order of the cards, with the words for
// people.
var states = []struct {
	state mca.State
	word  string
	count func(mca.Summary) int
}{
	{mca.Required, "MCA required", func(s mca.Summary) int { return s.Required }},
	{mca.Pending, "MCA pending", func(s mca.Summary) int { return s.Pending }},
	{mca.LinkExpired, "Expired links", func(s mca.Summary) int { return s.LinkExpired }},
	{mca.ReadyToCreateAgreement, "Ready to create agreement", func(s mca.Summary) int { return s.ReadyToCreateAgreement }},
	{mca.Compliant, "Compliant", func(s mca.Summary) int { return s.Compliant }},
	{mca.Unknown, "Unknown", func(s mca.Summary) int { return s.Unknown }},
}

// words are the names of the states on the command line.
func words() []string {
	out := make([]string, len(states))
	for i, s := range states {
		out[i] = string(s.state)
	}
	return out
}

// textView prints plain text, each block in one write: customers that are in
// work at once never mix within one.
type textView struct {
	out    io.Writer
	tables tables
}

func (v *textView) summary(s mca.Summary) { v.say(v.tables.summary(s)) }

func (v *textView) list(of mca.State, list []mca.CustomerStatus) {
	if len(list) == 0 {
		v.say("\nNo customer is " + spoken(of) + ".")
		return
	}
	v.say("\n" + v.tables.statuses(list))
}

func (v *textView) statuses(list []mca.CustomerStatus) { v.say(v.tables.statuses(list)) }

func (v *textView) attestation(customer customers.TenantID, a *mca.Issued) {
	until := ""
	if !a.Expires.IsZero() {
		until = ", good until " + minute(a.Expires)
	}
	v.say(fmt.Sprintf("Acceptance link for customer %s%s:\n\n  %s\n\nWhoever has it can accept for the customer: give it to the signatory, and to nobody else.",
		customer, until, a.Link.Reveal()))
}

func (v *textView) outcome(customer customers.TenantID, s mca.Status) {
	text := fmt.Sprintf("%s: %s. %s", customer, spoken(s.State), s.Reason)
	switch s.State {
	case mca.Required, mca.Pending, mca.LinkExpired:
		text += " " + s.WayForward()
	}
	if s.State == mca.Pending && !s.LinkExpires.IsZero() {
		text += " The link is good until " + minute(s.LinkExpires) + "."
	}
	v.say(text)
}

func (v *textView) say(text string) { fmt.Fprintln(v.out, text) }

// spoken is a state in words, such as "link expired".
func spoken(s mca.State) string { return strings.ReplaceAll(string(s), "_", " ") }

// minute is a time as people need it.
func minute(t time.Time) string { return t.UTC().Format("2 January 2006 15:04 UTC") }
