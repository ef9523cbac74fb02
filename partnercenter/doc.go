// Package partnercenter sends requests to Microsoft Partner Center, and to
// Microsoft Graph where Partner Center's customers need it, and says in one
// error type what came back.
//
//	client, err := partnercenter.New(credentials)
//	…
//	list := partnercenter.Request{
//		Operation: "listing customers", Resource: partnercenter.Customers, Path: partnercenter.Path("customers"),
//	}
//	for customer, err := range partnercenter.All[Customer](ctx, client, list) {
//		…
//	}
//
// It does what every call needs: the right one of an app-only and an app+user
// token, request ids, retries with the same request id, a rate budget,
// paging, and Microsoft's various spellings of bodies, dates and errors. A
// token goes to the configured hosts only, never along a link to another one.
//
// It decides nothing about customers: what a failure means for a job is told by
// errors.Is and the sentinels here, and whether a write may have happened by
// [OutcomeUnknown]. The calls themselves live in the packages customers, subscriptions and
// those above them.
package partnercenter
