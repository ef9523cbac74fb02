// Package offboarding is what the examples that offboard have in common: plans
// of many customers, and how plans and reports are put into words, lines of
// JSON and an exit status.
package offboarding

import (
	"fmt"

	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/subscriptions"
)

// Verdicts says to people what happens to a purchase.
var Verdicts = map[subscriptions.Action]string{
	subscriptions.Cancel:          "cancel now",
	subscriptions.Suspend:         "suspend",
	subscriptions.CancelAtTermEnd: "end with its term",
	subscriptions.CancelOrder:     "cancel its order",
	subscriptions.CancelAzure:     "cancel Azure, then suspend",
	subscriptions.Nothing:         "nothing to do",
	subscriptions.Blocked:         "BLOCKED",
}

// WindowClosed reads the flag -window-closed.
func WindowClosed(flag string) (offboard.WindowClosed, error) {
	switch w := offboard.WindowClosed(flag); w {
	case offboard.EndOfTerm, offboard.SuspendClosed, offboard.Refuse:
		return w, nil
	}
	return "", fmt.Errorf("-window-closed is %.20q: set end-of-term, suspend or refuse", flag)
}

// Standing says in a few words how a run ended, and until when it waits.
func Standing(r *offboard.Report) string {
	text := string(r.State)
	if r.State == offboard.Waiting || r.State == offboard.Blocked {
		if !r.WaitUntil.IsZero() {
			text += " until " + cli.Day(r.WaitUntil)
		}
	}
	return text
}

// Status is the exit status of a program with these reports.
func Status(reports []*offboard.Report) int {
	highest := cli.ExitDone
	for _, r := range reports {
		switch r.State {
		case offboard.Interrupted:
			return cli.ExitInterrupted
		case offboard.Failed:
			highest = cli.ExitFailed
		case offboard.Waiting, offboard.Blocked:
			highest = max(highest, cli.ExitUnfinished)
		}
	}
	return highest
}
