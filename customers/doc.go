// Package customers finds and creates a partner's customers, keeps their
// profiles, and ends its relationships with them: the reseller relationship in
// Partner Center, and delegated administration (GDAP) in Microsoft Graph.
//
//	for customer, err := range customers.New(client).All(ctx, customers.ListOptions{}) {
//		…
//	}
//
// The calls here do what they say at once. Ending a relationship in the right
// order, after everything the customer has bought has been ended, is the work
// of package offboard.
package customers
