package subscriptions_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/subscriptions"
)

// onEmulator returns the subscriptions of Fabrikam, which has bought the items.
func onEmulator(items ...partnercentertest.Item) (*subscriptions.Service, *partnercentertest.Server, error) {
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(fabrikam), Company: "Fabrikam BV"}.With(items...))
	through := &http.Client{Transport: fake}
	registration := auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		ClientSecret: partnercentertest.ClientSecret, HTTPClient: through,
	}
	creds, err := auth.NewCredentials(auth.UserConfig{App: registration, RefreshToken: partnercentertest.RefreshToken})
	if err != nil {
		return nil, nil, err
	}
	client, err := partnercenter.New(creds, partnercenter.WithTransport(fake))
	if err != nil {
		return nil, nil, err
	}
	return subscriptions.New(client), fake, nil
}

func emulator(t *testing.T, items ...partnercentertest.Item) (*subscriptions.Service, *partnercentertest.Server) {
	t.Helper()
	s, fake, err := onEmulator(items...)
	if err != nil {
		t.Fatal(err)
	}
	return s, fake
}

// Every change, in both spellings, answered at once, later, and with 202.
func TestChangesOnTheEmulator(t *testing.T) {
	rich := func(pascal bool) func(*partnercentertest.Subscription) {
		return func(s *partnercentertest.Subscription) {
			s.Pascal, s.ETag = pascal, true
			s.Extra = map[string]any{"somethingNew": map[string]any{"deep": []any{1.5, "x"}}}
			s.NextCharge = map[string]any{"quantity": 3}
		}
	}
	for name, set := range map[string]func(*partnercentertest.Server){
		"at once": func(*partnercentertest.Server) {},
		"202":     func(s *partnercentertest.Server) { s.Accept202 = true },
		"later":   func(s *partnercentertest.Server) { s.Accept202, s.Delays.Subscription = true, 7*time.Minute },
		"200 but later": func(s *partnercentertest.Server) {
			s.Delays.Subscription = 7 * time.Minute
		},
	} {
		for _, pascal := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", Pascal"}[pascal], func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, fake := emulator(t, partnercentertest.License(string(license)).Tweak(rich(pascal)))
					set(fake)
					sub, err := s.Get(t.Context(), fabrikam, license)
					if err != nil {
						t.Fatal(err)
					}
					if sub, err = s.EndAtTerm(t.Context(), fabrikam, sub); err != nil || sub.AutoRenew || !sub.CancelScheduled() {
						t.Fatalf("EndAtTerm = %+v, %v, want auto-renew off and a scheduled Cancel", sub, err)
					}
					time.Sleep(10 * time.Minute) // a 200 may run ahead of reads, by which the emulator goes
					if sub, err = s.Suspend(t.Context(), fabrikam, sub); err != nil || !sub.Status.Is(subscriptions.Suspended) {
						t.Fatalf("Suspend = %+v, %v", sub, err)
					}
					time.Sleep(10 * time.Minute)
					if sub, err = s.Reactivate(t.Context(), fabrikam, sub); err != nil || !sub.Status.Is(subscriptions.Active) {
						t.Fatalf("Reactivate = %+v, %v", sub, err)
					}
					time.Sleep(10 * time.Minute)
					if sub, err = s.Cancel(t.Context(), fabrikam, sub); err != nil || !sub.Status.Is(subscriptions.Deleted) {
						t.Fatalf("Cancel = %+v, %v", sub, err)
					}
					if n := fake.Applied(string(fabrikam), string(license)); n != 4 || fake.PartialWrites() != 0 {
						t.Errorf("%d writes took effect, %d of them partial, want 4 whole ones", n, fake.PartialWrites())
					}
				})
			})
		}
	}
}

func TestStaleETagOnTheEmulator(t *testing.T) {
	s, fake := emulator(t, partnercentertest.Legacy(string(license)))
	old, err := s.Get(t.Context(), fabrikam, license)
	if err != nil {
		t.Fatal(err)
	}
	fake.Edit(string(fabrikam), func(c *partnercentertest.Customer) { c.Subscriptions[0].Version++ })
	if _, err := s.Suspend(t.Context(), fabrikam, old); !errors.Is(err, partnercenter.ErrStaleETag) {
		t.Errorf("Suspend of what changed meanwhile = %v, want ErrStaleETag", err)
	}
}

// What a verdict says can be done is what the emulator lets be done.
func TestVerdictsHoldOnTheEmulator(t *testing.T) {
	const id, order = string(license), "4a5b6c7d8e9f"
	for name, item := range map[string]partnercentertest.Item{
		"licence": partnercentertest.License(id), "licence past its window": partnercentertest.LicenseClosed(id), "trial": partnercentertest.Trial(id),
		"legacy": partnercentertest.Legacy(id), "legacy Azure": partnercentertest.LegacyAzure(id), "Azure plan": partnercentertest.AzurePlan(id, "fe8cd7f6-3b1d-4f0c-9a55-1d2e3f405162"),
		"SaaS": partnercentertest.SaaS(id), "SaaS past its window": partnercentertest.SaaSClosed(id),
		"software": partnercentertest.SoftwareSubscription(id), "software past its window": partnercentertest.SoftwareSubscriptionClosed(id),
		"perpetual": partnercentertest.Perpetual(order), "old perpetual": partnercentertest.PerpetualOld(order),
		"reservation": partnercentertest.ReservationItem(order), "savings plan": partnercentertest.SavingsPlan(id), "unknown": partnercentertest.UnknownKind(id),
		"suspended licence": partnercentertest.License(id).Suspended(),
	} {
		t.Run(name, func(t *testing.T) {
			s, fake := emulator(t, item)
			p := purchases(t, s)[0]
			v := p.Verdict(time.Now())
			var err error
			switch v.Action {
			case subscriptions.Cancel:
				_, err = s.Cancel(t.Context(), fabrikam, p.Subscription)
			case subscriptions.Suspend:
				_, err = s.Suspend(t.Context(), fabrikam, p.Subscription)
			case subscriptions.CancelAtTermEnd:
				_, err = s.EndAtTerm(t.Context(), fabrikam, p.Subscription)
			case subscriptions.CancelOrder:
				err = s.CancelOrder(t.Context(), fabrikam, p.Order, v.Lines)
			case subscriptions.CancelAzure:
				list, listErr := s.AzureEntitlements(t.Context(), fabrikam, p.Subscription.ID)
				err = listErr
				for _, e := range list {
					err = errors.Join(err, s.CancelAzure(t.Context(), fabrikam, p.Subscription.ID, e.ID))
				}
				if err == nil {
					_, err = s.Suspend(t.Context(), fabrikam, p.Subscription)
				}
			case subscriptions.Nothing, subscriptions.Blocked:
				return
			default:
				t.Fatalf("Verdict = %s, which is no action", v.Action)
			}
			if err != nil || fake.PartialWrites() != 0 {
				t.Errorf("%s, as the verdict says (%s) = %v", v.Action, v.Reason, err)
			}
			for _, after := range purchases(t, s) { // perpetual software leaves no trace
				if got := after.Verdict(time.Now()); got.Action != subscriptions.Nothing && v.Action != subscriptions.CancelAtTermEnd {
					t.Errorf("after %s, Verdict = %s (%s), want nothing", v.Action, got.Action, got.Reason)
				}
			}
		})
	}
}

// purchases reads what Fabrikam has bought, which is one thing at most.
func purchases(t *testing.T, s *subscriptions.Service) []subscriptions.Purchase {
	t.Helper()
	var subs []*subscriptions.Subscription
	var orders []*subscriptions.Order
	want := map[subscriptions.OrderID]bool{}
	for sub, err := range s.All(t.Context(), fabrikam) {
		if err != nil {
			t.Fatal(err)
		}
		subs = append(subs, sub)
		want[sub.OrderID] = subscriptions.KindOf(sub) == subscriptions.SoftwareSubscription
	}
	entitlements, err := s.Entitlements(t.Context(), fabrikam)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entitlements {
		want[e.OrderID] = true
	}
	for id, wanted := range want {
		if wanted {
			o, err := s.Order(t.Context(), fabrikam, id)
			if err != nil {
				t.Fatal(err)
			}
			orders = append(orders, o)
		}
	}
	all := subscriptions.Purchases(subs, orders, entitlements)
	if len(all) > 1 {
		t.Fatalf("Purchases gives %d, want one", len(all))
	}
	return all
}
