package mocks_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"go.uber.org/mock/gomock"

	"github.com/cspkit/cspkit/mocks"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/webhooks"
)

// An event that was handled is answered with 200, and not handled again.
func ExampleNewWebhooksSeen() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	seen := mocks.NewWebhooksSeen(ctrl)
	seen.EXPECT().Begin(gomock.Any(), gomock.Len(64), gomock.Any()).Return(false, nil)

	fake := partnercentertest.New()
	handler, err := webhooks.NewHandler(func(context.Context, webhooks.Event) error {
		log.Fatal("handled again")
		return nil
	}, webhooks.WithSeen(seen), webhooks.WithHTTPClient(&http.Client{Transport: fake}), webhooks.WithRoots(fake.WebhookRoots()))
	if err != nil {
		log.Fatal(err)
	}
	event := fake.SignedEvent(context.Background(), partnercentertest.SubscriptionUpdated(string(contoso), "a4c1340d-6911-4758-bba3-0c4c6007d161"))
	answer, err := partnercentertest.Handler{Handler: handler}.RoundTrip(event)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.StatusCode)
	// Output: 200
}
