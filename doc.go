// Package cspkit is the way in to Microsoft Partner Center for Cloud Solution
// Provider (CSP) partners. It offboards customers, safely: every subscription
// first, then the relationship, then the record; never in another order,
// never twice, and resumable.
//
//	client, err := cspkit.New(credentials)
//	report, err := client.Customer(tenantID).Offboard(ctx, store, offboard.Options{})
//
// It also brings the Microsoft Customer Agreement to customers: see
// [Customer.MCA], and [mca.Desk] for the whole way.
//
// Fluent calls narrow and do no I/O; only a method that takes a context uses
// the network. What the calls return is documented where it is defined:
// packages customers, subscriptions, offboard and mca. Credentials come from
// package auth.
//
// Package partnercentertest is a Partner Center in memory: with
//
//	client, err := cspkit.New(credentials, cspkit.WithTransport(partnercentertest.New(customers...)))
//
// your tests need no network; see docs/testing.md.
package cspkit
