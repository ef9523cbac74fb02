package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/subscriptions"
)

// The words for people. What a program reads is in json.go.

// verdicts says what happens to a purchase.
var verdicts = map[subscriptions.Action]string{
	subscriptions.Cancel:          "cancel now",
	subscriptions.Suspend:         "suspend",
	subscriptions.CancelAtTermEnd: "end with its term",
	subscriptions.CancelOrder:     "cancel its order",
	subscriptions.CancelAzure:     "cancel Azure, then suspend",
	subscriptions.Nothing:         "nothing to do",
	subscriptions.Blocked:         "BLOCKED",
}

// steps says of each step what is to be done and what was done.
var steps = map[offboard.Step]struct{ do, did string }{
	offboard.CancelSubscription:     {"cancel subscription %s", "cancelled subscription %s"},
	offboard.SuspendSubscription:    {"suspend subscription %s", "suspended subscription %s"},
	offboard.EndAtTerm:              {"let subscription %s end with its term", "subscription %s will end with its term"},
	offboard.CancelOrder:            {"cancel the order of %s", "cancelled the order of %s"},
	offboard.CancelAzure:            {"cancel Azure subscription %s", "cancelled Azure subscription %s"},
	offboard.TerminateGDAP:          {"terminate GDAP relationship %s", "terminated GDAP relationship %s"},
	offboard.RemoveRelationship:     {"remove the reseller relationship", "removed the reseller relationship"},
	offboard.DeleteRecord:           {"delete the customer's record", "deleted the customer's record"},
	offboard.DeleteCustomer:         {"delete the customer in the sandbox", "deleted the customer in the sandbox"},
	offboard.ReactivateSubscription: {"reactivate subscription %s", "reactivated subscription %s"},
}

// phrase fills the subject into one of the phrases of a step.
func phrase(text, subject string) string { return strings.Replace(text, "%s", subject, 1) }

// happened tells an event, without naming the customer and the request.
func happened(e offboard.Event, subject string) string {
	step := steps[e.Step]
	do, did := phrase(step.do, subject), phrase(step.did, subject)
	switch e.Outcome {
	case offboard.Succeeded:
		return did
	case offboard.RefusedBy:
		return fmt.Sprintf("Partner Center refused to %s: %s", do, e.Detail)
	case offboard.Unknown:
		return fmt.Sprintf("no answer to the request to %s, which may have taken effect", do)
	default:
		return fmt.Sprintf("failed to %s", do)
	}
}

// writeStates says what became of a write.
var writeStates = map[offboard.WriteState]string{
	offboard.Intended: "unknown",
	offboard.Accepted: "accepted",
	offboard.Refused:  "refused",
	offboard.Seen:     "done",
}

// standing says in a few words how a run ended, and until when it waits.
func standing(r *offboard.Report) string {
	text := string(r.State)
	if r.State == offboard.Waiting || r.State == offboard.Blocked {
		if !r.WaitUntil.IsZero() {
			text += " until " + day(r.WaitUntil)
		}
	}
	return text
}

// day is what a person needs of a date; the year 9999 stands for no end.
func day(t time.Time) string {
	switch {
	case t.IsZero():
		return "-"
	case t.UTC().Year() == 9999:
		return "no end"
	}
	return t.UTC().Format(time.DateOnly)
}

// oneLine joins the lines of an error.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

func counted(n int) string {
	if n == 1 {
		return "1 customer"
	}
	return fmt.Sprintf("%d customers", n)
}
