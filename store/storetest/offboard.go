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
	{"ACustomerWithoutARunHasNone", noRun,
		`Load returns an error that matches ErrNoRun for a customer without a run; a lease alone is no run, and lists do not yield it. Audit of an unknown run yields nothing.`},
	{"ARunIsKeptAsItIs", runKept,
		`Load returns every field as it was saved: times to the nanosecond, any text, JSON inside of it, empty fields empty. Keep the JSON of the whole run, in a type that changes nothing of it, and use columns for looking only.`},
	{"SaveRaisesTheRevision", revisionRaised,
		`Save raises the stored revision and run.Revision by one.`},
	{"WhoIsBehindChangesNothing", behind,
		`Save returns ErrBehind, and changes neither the store nor the run, unless run.Revision is the stored one, or zero where the customer has no run.`},
	{"OneOfManySavesWins", oneSaveWins,
		`Of those who save the same revision at the same time one gets through, the others get ErrBehind. Compare and write in one statement, or under one lock that all processes respect.`},
	{"NoChangeIsLost", noChangeLost,
		`Who loads, changes and saves until it is not behind loses no change of others. Compare and write in one statement, or under one lock that all processes respect.`},
	{"RunAndEntriesAreSavedTogether", savedTogether,
		`A run and its new entries become visible at the same moment. Write both in one transaction.`},
	{"AnInterruptedSaveIsWholeOrNothing", interruptedSave,
		`A Save whose context ends in the middle has saved all and returns nil, or has saved nothing, returns an error and leaves run.Revision alone. Do not pass the context to the commit itself.`},
	{"WhatIsLoadedIsTheCallers", runIsTheCallers,
		`What a caller changes in a run that it saved, loaded or got from a list changes nothing in the store. Keep text, or a deep copy.`},
	{"CustomersAreApart", customersApart,
		`Runs, leases and trails of one customer have nothing to do with those of another one.`},
	{"LargeRunsAreTaken", largeRun,
		`A text of a megabyte in a run, and in an entry, is kept. Choose types and limits accordingly.`},
	{"ACancelledContextChangesNothing", cancelledRun,
		`A call whose context has ended returns the context's error, as the last item in a list, and changes nothing. Pass the context on, or look at ctx.Err first.`},

	{"ATrailKeepsItsOrderAndItsChain", trailOrder,
		`Audit yields all entries of a run, however many, in their order and as they were saved, each time it is ranged over. Who leaves the loop leaves nothing open or locked.`},
	{"TrailsOfEarlierRunsStay", earlierTrails,
		`A new run of a customer takes the place of the earlier one, whose entries stay. The revision goes on counting: it is the customer's, not the run's.`},
	{"ATrailCanBeReadWhileItGrows", growingTrail,
		`The store can be used inside of a loop over Audit. Hold no lock and no connection while the caller works.`},

	{"DueRunsComeEarliestFirst", dueOrder,
		`Due yields runs by DueAt as moments, to the nanosecond, whatever their zone, from the zero time to the year 9999, each time it is ranged over. Nanoseconds since 1970 in 64 bits end in 2262; text sorts if it is UTC and of one length.`},
	{"RunsAreListedByState", byState,
		`ByState yields the newest run of each customer in one of the states, of all if none is named, by customer id. As with Due, the store can be used meanwhile, and a context that has ended is the last item's error.`},
	{"DueLeavesOutWhatIsFinishedOrLater", dueChoice,
		`Due yields each run that is not Finished and whose DueAt is not after now; also blocked and failed ones, those without a date, and those of states to come.`},
	{"TheStoreCanBeUsedWhileDueYields", dueInUse,
		`The store can be used inside of a loop over Due, and a run that is saved meanwhile does not come again. Note first which runs are due, and hold no lock and no connection while the caller works.`},

	{"ALeaseKeepsOthersOut", leaseKeepsOut,
		`Acquire gives a customer's first lease the fence 1, gives its holder the same fence again and prolongs it, and gives anybody else a *LeasedError that says until when.`},
	{"OneOfManyGetsTheLease", oneLease,
		`Of those who ask at the same time one gets the lease. Compare and write in one statement, or under one lock that all processes respect.`},
	{"ALeaseEndsAndIsProlonged", leaseEnds,
		`A lease ends after its ttl by the store's clock; the next one has a higher fence, also for the same holder. As long as nobody has taken over, who held it may still save.`},
	{"AReleasedLeaseIsFree", leaseReleased,
		`Release ends the lease with this holder and this fence. Of any other, or of none, it does nothing and is no error.`},
	{"FencingNumbersGrow", fencesGrow,
		`Each new lease of a customer has a fence one higher, also after Release: that ends the lease, and keeps its number.`},
	{"WhoLostTheLeaseChangesNothing", oldFence,
		`Save returns ErrLeaseLost, and changes neither the store nor the run, unless run.Fence is that of the newest lease, or zero where there never was one. Who is behind as well gets ErrBehind.`},
	{"NothingIsSavedUnderAnEarlierLease", noSaveAfterTakeover,
		`Once Acquire has given a new lease, nothing is saved under an earlier one, however long ago that Save began. Compare the fence in the statement that writes, or under a lock that Acquire takes, too.`},
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
