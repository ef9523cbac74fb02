package storetest

import (
	"encoding/json"
	"testing"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
)

// Offboard checks the stores that open returns against the promises of
// [offboard.Store]. Each is expected to be empty, and is used by one subtest.
func Offboard(t *testing.T, open func(t *testing.T) offboard.Store) {
	t.Helper()
	runs.run(t, alone(open))
}

// OffboardShared is [Offboard] for a store of several processes: open returns
// two handles of one store, as two processes have them.
func OffboardShared(t *testing.T, open func(t *testing.T) (one, other offboard.Store)) {
	t.Helper()
	runs.run(t, open)
}

var runs = suite[offboard.Store]{
	{"ACustomerWithoutARunHasNone", noRun},
	{"ARunIsKeptAsItIs", runKept},
	{"SaveRaisesTheRevision", revisionRaised},
	{"WhoIsBehindChangesNothing", behind},
	{"OneOfManySavesWins", oneSaveWins},
	{"NoChangeIsLost", noChangeLost},
	{"RunAndEntriesAreSavedTogether", savedTogether},
	{"AnInterruptedSaveIsWholeOrNothing", interruptedSave},
	{"WhatIsLoadedIsTheCallers", runIsTheCallers},
	{"CustomersAreApart", customersApart},
	{"LargeRunsAreTaken", largeRun},
	{"ACancelledContextChangesNothing", cancelledRun},

	{"ATrailKeepsItsOrderAndItsChain", trailOrder},
	{"TrailsOfEarlierRunsStay", earlierTrails},
	{"ATrailCanBeReadWhileItGrows", growingTrail},

	{"DueRunsComeEarliestFirst", dueOrder},
	{"RunsAreListedByState", byState},
	{"DueLeavesOutWhatIsFinishedOrLater", dueChoice},
	{"TheStoreCanBeUsedWhileDueYields", dueInUse},

	{"ALeaseKeepsOthersOut", leaseKeepsOut},
	{"OneOfManyGetsTheLease", oneLease},
	{"ALeaseEndsAndIsProlonged", leaseEnds},
	{"AReleasedLeaseIsFree", leaseReleased},
	{"FencingNumbersGrow", fencesGrow},
	{"WhoLostTheLeaseChangesNothing", oldFence},
	{"NothingIsSavedUnderAnEarlierLease", noSaveAfterTakeover},
}

// sample is a run with every field filled.
const sample = `{
	"version": 1, "id": "7b1f4d0e-8a52-4f5a-9d2c-6d3f0b7a1c11", "customer": "b44bb1fb-c595-45b0-9e09-d657365580bf",
	"company": "Contoso", "revision": 0, "fence": 0,
	"actor": {"name": "operator", "role": "csp", "reseller": "1234567"},
	"policy": {"window_closed": "suspend", "gdap": true, "sandbox": true, "settle": 1800000000001},
	"phase": "cancelling", "state": "waiting", "reason": "until the commitment ends",
	"blockers": ["one", "two"], "wait_until": "2027-03-01T23:59:59.999999999Z", "due_at": "2027-02-28T23:59:59.000000001Z",
	"notes": ["a note"], "known": true, "stood": true, "notified": true,
	"writes": [{
		"step": "end_at_term", "subject": "A1", "parent": "A0",
		"change": {"status": "active", "auto_renew": false, "scheduled_actions": [{"zeta": 1.50, "alpha": {"b": null, "a": 12345678901234567890}}]},
		"request_id": "1d4d8f3b-1a36-4c1c-8ea2-1f8b8c4f6d10", "state": "refused", "sent": "2026-11-01T08:30:15.123456789Z",
		"repeated": true, "reference": "r", "effective": true, "turns": 2,
		"class": "busy", "code": "900278", "reason": "pending", "refusals": 3, "retry_at": "2026-11-02T08:30:15Z",
		"basis": "f00d", "term": "9999-12-31T00:00:00Z"
	}],
	"originals": {"a1": {"auto_renew": true, "scheduled_actions": [{"zeta": 1, "alpha": 2}]}},
	"stands_since": "2026-11-03T08:30:15Z", "created": "2026-11-01T08:00:00Z", "started": "2026-11-01T08:00:01Z",
	"updated": "2026-11-01T08:00:02.000000003Z", "entries": 0, "head": ""
}`

// full returns a run with every field filled, but for those of its trail.
func full(t *testing.T) *offboard.Run {
	t.Helper()
	run := new(offboard.Run)
	must(t, "decoding the sample", json.Unmarshal([]byte(sample), run))
	run.Company, run.Reason, run.Notes = text, text, []string{text}
	return run
}

// fresh returns a run of a customer that has done nothing yet.
func fresh(customer customers.TenantID) *offboard.Run {
	return &offboard.Run{
		Version: 1, ID: "run-of-" + string(customer), Customer: customer,
		Phase: offboard.Planned, State: offboard.Running, Created: day(0), DueAt: day(0),
	}
}
