package billing_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/examples/downstream/billing"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/subscriptions"
)

// The third way: a conversation. The emulator keeps state, is as strict as
// Partner Center, and can be late or break a connection. It needs no port, so
// in a synctest bubble a wait of minutes takes no time.

func TestASubscriptionOnHoldIsSuspendedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, fake := onEmulator(t, partnercentertest.Legacy(string(office)))
		fake.Delays.Subscription = 5 * time.Minute // Partner Center takes its time to show a change
		for range 2 {
			if err := service.Hold(t.Context(), contoso, office); err != nil {
				t.Fatalf("Hold = %v", err)
			}
			time.Sleep(fake.Delays.Subscription)
		}
		if got := fake.State(string(contoso)).Subscriptions[0].Status; got != "suspended" {
			t.Errorf("the subscription is %s, want suspended", got)
		}
		if n := fake.Applied(string(contoso), string(office)); n != 1 {
			t.Errorf("%d writes took effect, want 1", n)
		}
	})
}

// The connection breaks after the change: cspkit sends it again under the same
// request id, by which Partner Center recognises it.
func TestALostAnswerDoesNotSuspendTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, fake := onEmulator(t, partnercentertest.Legacy(string(office)))
		fake.Inject(partnercentertest.Fault{Method: http.MethodPatch, Path: string(office), Cut: true})
		if err := service.Hold(t.Context(), contoso, office); err != nil {
			t.Fatalf("Hold = %v", err)
		}
		if n := fake.Applied(string(contoso), string(office)); n != 1 {
			t.Errorf("%d writes took effect, want 1", n)
		}
	})
}

func TestNewCommerceIsNotSuspended(t *testing.T) {
	service, fake := onEmulator(t, partnercentertest.License(string(office)))
	if err := service.Hold(t.Context(), contoso, office); !errors.Is(err, billing.ErrBilledAnyway) {
		t.Errorf("Hold = %v, want ErrBilledAnyway", err)
	}
	if got := fake.State(string(contoso)).Subscriptions[0].Status; got != "active" {
		t.Errorf("the subscription is %s, want active", got)
	}
}

// onEmulator returns the service on an emulated Partner Center, in which
// Contoso has bought the items.
func onEmulator(t *testing.T, items ...partnercentertest.Item) (*billing.Service, *partnercentertest.Server) {
	t.Helper()
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV"}.With(items...))
	creds := auth.Credentials{App: auth.Static(partnercentertest.AppToken)} // nobody has to sign in
	client, err := partnercenter.New(creds, partnercenter.WithTransport(fake))
	if err != nil {
		t.Fatal(err)
	}
	return billing.New(subscriptions.New(client)), fake
}
