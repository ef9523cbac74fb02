package mocks_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"go.uber.org/mock/gomock"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mocks"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// A budget of a program's own hears of a 429, and how long Microsoft asks to wait.
func ExampleNewPartnerCenterRateBudget() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	budget := mocks.NewPartnerCenterRateBudget(ctrl)
	gomock.InOrder(
		budget.EXPECT().Wait(gomock.Any(), partnercenter.Customers).Return(nil),
		budget.EXPECT().Throttled(partnercenter.Customers, 30*time.Second),
	)

	fake := partnercentertest.New()
	fake.Inject(partnercentertest.Fault{Path: "/customers", Status: 429, RetryAfter: "30"})
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("a token")}, partnercenter.WithTransport(fake),
		partnercenter.WithRateBudget(budget), partnercenter.WithRetry(partnercenter.Retry{Attempts: 1}))
	if err != nil {
		log.Fatal(err)
	}
	_, err = customers.New(client).Get(context.Background(), contoso)
	fmt.Println(errors.Is(err, partnercenter.ErrThrottled))
	// Output: true
}

// Each attempt is told about, also one that found nothing.
func ExampleNewPartnerCenterObserver() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	notFound := gomock.Cond(func(e partnercenter.Event) bool {
		return e.Kind == partnercenter.EventAttempt && e.Status == 404
	})
	observer := mocks.NewPartnerCenterObserver(ctrl)
	observer.EXPECT().Observe(gomock.Any(), notFound)
	observer.EXPECT().Observe(gomock.Any(), gomock.Any()).AnyTimes() // and of what else happens

	fake := partnercentertest.New()
	client, err := partnercenter.New(auth.Credentials{AppUser: signedIn(fake)}, partnercenter.WithTransport(fake), partnercenter.WithObserver(observer))
	if err != nil {
		log.Fatal(err)
	}
	_, err = customers.New(client).Get(context.Background(), contoso)
	fmt.Println(errors.Is(err, partnercenter.ErrNotFound))
	// Output: true
}
