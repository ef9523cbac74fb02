package cspkit_test

import (
	"errors"
	"testing"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestEveryCallOfACustomerRefusesWhatIsNoTenantID(t *testing.T) {
	fake := partnercentertest.New()
	c := newClient(fake).Customer("fabrikam.example")
	calls := map[string]func() error{
		"Get": func() error { _, err := c.Get(t.Context()); return err },
		"OffboardingPlan": func() error {
			_, err := c.OffboardingPlan(t.Context(), new(offboard.MemoryStore), offboard.Policy{})
			return err
		},
		"Offboard": func() error {
			_, err := c.Offboard(t.Context(), new(offboard.MemoryStore), offboard.Options{})
			return err
		},
		"Subscriptions": func() error {
			for _, err := range c.Subscriptions().All(t.Context()) {
				return err
			}
			return nil
		},
		"MCA status":   func() error { _, err := c.MCA().Status(t.Context(), new(mca.MemoryStore)); return err },
		"Attest":       func() error { _, err := attestation(c).Create(t.Context()); return err },
		"Subscription": func() error { _, err := c.Subscriptions().Get(t.Context(), "x"); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, customers.ErrTenantID) {
			t.Errorf("%s = %v, want ErrTenantID", name, err)
		}
	}
	if n := len(fake.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}

func TestNewNeedsCredentials(t *testing.T) {
	if _, err := cspkit.New(auth.Credentials{}); err == nil {
		t.Error("New without credentials gives a client")
	}
}
