// Package webhooks receives the events that Partner Center sends about a
// partner's customers, and registers for them.
//
//	handler, err := webhooks.NewHandler(func(ctx context.Context, e webhooks.Event) error {
//		if customer, ok := e.Customer(); ok {
//			runner.Wake(customer)
//		}
//		return nil
//	})
//	…
//	http.Handle("POST /partner-center", handler)
//	…
//	_, err = webhooks.New(client).Ensure(ctx, webhooks.Registration{
//		URL: "https://partner.example/partner-center", Events: []webhooks.EventName{webhooks.SubscriptionUpdated},
//	})
//
// A [Handler] believes a delivery only if it is signed by a certificate of
// Microsoft, is recent, and was not handled before. An event says that
// something changed, not what: read the resource. It can be two days late or
// never come, so it makes waiting shorter and replaces no reading.
//
// The Wake above is that of an offboard.Runner, and shortens the wait of a run
// that this runner is in. A run that waits for months is in no runner: look it
// up in your store, and give it a round with Runner.Run or Workflow.Advance.
// That takes longer than a webhook should, so do it after the answer, in a
// queue or a goroutine of your own.
//
// There is no event for a relationship that the partner removed, and none for
// an agreement that a customer accepted.
package webhooks
