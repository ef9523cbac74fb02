// Package offboard ends a customer's reseller relationship: every
// subscription first, then the relationship, then the customer's record. Never
// in another order, never twice, and resumable after a crash.
//
//	report, err := client.Customer(tenantID).Offboard(ctx, store, offboard.Options{})
//
// A run is a reconciler: it observes what Partner Center says now, decides on
// exactly one next action by a pure function, acts, records, and starts again.
// So a run that was interrupted continues where it stopped, a change that
// somebody made by hand is simply seen, and a plan is a round that does not
// act. A step is done when a read shows it, not when a write was answered.
//
// A [Runner] drives the rounds in this process; [Runner.Wake] ends its wait
// when an event tells that something has changed. A scheduler of your own asks
// [Workflow.Due] which runs are worth a round and calls [Workflow.Advance].
//
// Azure reservations and savings plans are ended through Azure, not here:
// while one is open, a run is blocked and says so.
package offboard
