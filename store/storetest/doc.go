// Package storetest checks that a store keeps the promises of its interface.
// Run it on your own store in a test of yours:
//
//	func TestStore(t *testing.T) {
//		storetest.Offboard(t, func(t *testing.T) offboard.Store { return newStore(t) })
//	}
//
// Each promise is a subtest, named after it. One that fails says the promise in
// full, and how stores come to keep it. A store that several processes share is
// checked through two handles, as two processes have them: see [OffboardShared],
// [MCAShared] and [TokensShared].
//
// Every subtest opens a store of its own, and expects it to be empty. Some
// wait for a lease to end, by the store's own clock: a run takes a few seconds.
//
// The suite cannot see whether a store survives a crash of its machine. Test
// that where the store is made.
package storetest
