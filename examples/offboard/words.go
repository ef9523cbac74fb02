package main

import (
	"fmt"
	"strings"

	"github.com/cspkit/cspkit/offboard"
)

// The words for people, besides those of package offboarding.

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
