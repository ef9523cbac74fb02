package billing_test

import (
	"errors"
	"testing"

	"go.uber.org/mock/gomock"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/downstream/billing"
	"github.com/cspkit/cspkit/examples/downstream/billing/billingtest"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

const (
	contoso customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	office  subscriptions.ID   = "6e7aa601-629e-461b-8933-0898c3cc3c7c"
)

// legacy returns a subscription whose billing stops while it is suspended: one
// with a GUID for an offer and no product type.
func legacy(status subscriptions.Status) *subscriptions.Subscription {
	return &subscriptions.Subscription{ID: office, OfferID: "031c9e47-4802-4248-838e-778fb1d2cc05", Status: status}
}

// The first way: a double, for what this package decides by itself. That it
// expects no other call is half of the test: nothing else is changed.

func TestHoldSuspendsAnActiveSubscription(t *testing.T) {
	subs, sub := billingtest.NewMockSubscriptions(gomock.NewController(t)), legacy(subscriptions.Active)
	gomock.InOrder(
		subs.EXPECT().Get(gomock.Any(), contoso, office).Return(sub, nil),
		subs.EXPECT().Suspend(gomock.Any(), contoso, sub).Return(legacy(subscriptions.Suspended), nil),
	)
	if err := billing.New(subs).Hold(t.Context(), contoso, office); err != nil {
		t.Errorf("Hold = %v", err)
	}
}

func TestHoldLeavesWhatIsOnHoldAlone(t *testing.T) {
	subs := billingtest.NewMockSubscriptions(gomock.NewController(t))
	subs.EXPECT().Get(gomock.Any(), contoso, office).Return(legacy(subscriptions.Suspended), nil)
	if err := billing.New(subs).Hold(t.Context(), contoso, office); err != nil {
		t.Errorf("Hold = %v", err)
	}
}

func TestHoldDoesNotTouchWhatIsBilledAnyway(t *testing.T) {
	subs := billingtest.NewMockSubscriptions(gomock.NewController(t))
	subs.EXPECT().Get(gomock.Any(), contoso, office).
		Return(&subscriptions.Subscription{ID: office, ProductType: "OnlineServicesNCE", Status: subscriptions.Active}, nil)
	if err := billing.New(subs).Hold(t.Context(), contoso, office); !errors.Is(err, billing.ErrBilledAnyway) {
		t.Errorf("Hold = %v, want ErrBilledAnyway", err)
	}
}

// Two people at once: hard to bring about for real, easy with a double.
func TestHoldReadsAgainWhenTheSubscriptionChanged(t *testing.T) {
	subs := billingtest.NewMockSubscriptions(gomock.NewController(t))
	before, after := legacy(subscriptions.Active), legacy(subscriptions.Active)
	after.Quantity = 12
	gomock.InOrder(
		subs.EXPECT().Get(gomock.Any(), contoso, office).Return(before, nil),
		subs.EXPECT().Suspend(gomock.Any(), contoso, before).Return(nil, partnercenter.ErrStaleETag),
		subs.EXPECT().Get(gomock.Any(), contoso, office).Return(after, nil),
		subs.EXPECT().Suspend(gomock.Any(), contoso, after).Return(after, nil),
	)
	if err := billing.New(subs).Hold(t.Context(), contoso, office); err != nil {
		t.Errorf("Hold = %v", err)
	}
}
