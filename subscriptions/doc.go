// Package subscriptions reads what a customer has bought, says how each
// purchase can be ended and what that costs, and ends it.
//
//	for sub, err := range subscriptions.New(client).All(ctx, customer) {
//		…
//	}
//
// [Purchase.Verdict] is the heart: Microsoft's rules on what can be cancelled
// when, as a pure function. A change sends back the whole resource that was
// read, every unknown member byte for byte, because Partner Center resets what
// is left out.
//
// Azure reservations and savings plans are ended through Azure, not here.
package subscriptions
