package main

import "github.com/cspkit/cspkit/partnercentertest"

// mishaps lets the emulator fail as a service does now and then: an answer that
// does not come, and a request for which there was no more allowance.
func mishaps(emulator *partnercentertest.Server) {
	emulator.Inject(
		partnercentertest.Fault{Path: "/entitlements", Status: 503},
		partnercentertest.Fault{Method: "PATCH", Path: "/subscriptions/", Status: 429, RetryAfter: "1"},
	)
}
