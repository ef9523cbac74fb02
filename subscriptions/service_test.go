package subscriptions_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

const path = "/subscriptions/" + string(license)

// body is a subscription in the least words.
func body(members string) string { return `{"id":"` + string(license) + `",` + members + `}` }

func TestReads(t *testing.T) {
	one := body(`"status":"active","orderId":"o1"`)
	tests := []struct {
		name  string
		call  func(ctx context.Context, s *subscriptions.Service) (any, error)
		reply string
		url   string
		token string
		want  string // of what is returned
	}{
		{"All", func(ctx context.Context, s *subscriptions.Service) (any, error) { return ids(s.All(ctx, fabrikam)) }, `{"totalCount":0,"items":[` + one + `,` + one + `]}`, "/subscriptions", "app", "[" + string(license) + " " + string(license) + "]"},
		{"Get", func(ctx context.Context, s *subscriptions.Service) (any, error) {
			return get(s.Get(ctx, fabrikam, license))
		}, one, path, "app", "active"},
		{"Get of a Pascal body", func(ctx context.Context, s *subscriptions.Service) (any, error) {
			return get(s.Get(ctx, fabrikam, license))
		}, "\xef\xbb\xbf" + `{"Id":"x","Status":"Suspended"}`, path, "app", "Suspended"},
		{"AddOns", func(ctx context.Context, s *subscriptions.Service) (any, error) {
			return ids(s.AddOns(ctx, fabrikam, license))
		}, `{"items":[` + one + `]}`, path + "/addons", "app", "[" + string(license) + "]"},
		{"AzureEntitlements", func(ctx context.Context, s *subscriptions.Service) (any, error) {
			return s.AzureEntitlements(ctx, fabrikam, plan)
		}, `{"items":[{"id":"e1","friendlyName":"Production","status":"active","subscriptionId":"s1"}]}`, "/subscriptions/" + string(plan) + "/azureEntitlements", "app", "[{e1 Production active s1}]"},
		{"Order", func(ctx context.Context, s *subscriptions.Service) (any, error) {
			o, err := s.Order(ctx, fabrikam, "a_b-C")
			if err != nil {
				return nil, err
			}
			return o.ID, nil
		}, `{"id":"a_b-C","lineItems":[]}`, "/orders/a_b-C", "app", "a_b-C"},
		{"Entitlements", func(ctx context.Context, s *subscriptions.Service) (any, error) {
			list, err := s.Entitlements(ctx, fabrikam)
			return len(list), err
		}, file(t, "get-a-collection-of-entitlements"), "/entitlements?showExpiry=true", "user", "1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, w := service(t, wiretest.Reply{Status: 200, Body: tt.reply})
			got, err := tt.call(t.Context(), s)
			if err != nil || fmt.Sprint(got) != tt.want {
				t.Errorf("%s = %v, %v, want %s", tt.name, got, err, tt.want)
			}
			wiretest.Check(t, w.Last(), "GET", base+tt.url, tt.token, "")

			for text, want := range map[string]error{`{"code":20002}`: partnercenter.ErrNoRelationship, `{"code":20003}`: partnercenter.ErrNotFound} {
				s, _ = service(t, wiretest.Reply{Status: 404, Body: text})
				if _, err := tt.call(t.Context(), s); !errors.Is(err, want) {
					t.Errorf("%s with answer %s = %v, want %v", tt.name, text, err, want)
				}
			}
			s, _ = service(t, wiretest.Reply{Status: 200, Body: `{"items":"none"}`})
			if _, err := tt.call(t.Context(), s); strings.HasPrefix(tt.reply, `{"totalCount"`) && !errors.Is(err, partnercenter.ErrUnexpectedAnswer) {
				t.Errorf("%s of a list without items = %v, want ErrUnexpectedAnswer", tt.name, err)
			}
		})
	}
}

func TestCheckEntitlementsSendsNothing(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 500})
	if err := s.CheckEntitlements(t.Context(), fabrikam); err != nil || len(w.Sent) != 0 {
		t.Errorf("CheckEntitlements = %v after %d requests, want nil and none", err, len(w.Sent))
	}
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("app")}, partnercenter.WithTransport(w))
	if err != nil {
		t.Fatal(err)
	}
	s = subscriptions.New(client)
	if err := s.CheckEntitlements(t.Context(), fabrikam); !errors.Is(err, partnercenter.ErrMissingCredential) {
		t.Errorf("CheckEntitlements with app-only credentials = %v, want ErrMissingCredential", err)
	}
	if _, err := s.Entitlements(t.Context(), fabrikam); !errors.Is(err, partnercenter.ErrMissingCredential) || len(w.Sent) != 0 {
		t.Errorf("Entitlements with app-only credentials = %v after %d requests, want ErrMissingCredential and none", err, len(w.Sent))
	}
}

func TestAzureWrites(t *testing.T) {
	const entitlement = "fe8cd7f6-3b1d-4f0c-9a55-1d2e3f405162"
	url := base + "/subscriptions/" + string(plan) + "/azureEntitlements/" + entitlement
	s, w := service(t, wiretest.Reply{Status: 200, Body: `{"id":"` + entitlement + `","status":"active"}`})
	if err := s.CancelAzure(t.Context(), fabrikam, plan, entitlement); err != nil {
		t.Fatal(err)
	}
	wiretest.Check(t, w.Last(), "POST", url+"/cancel", "app", `{"cancellationReason":"compromise"}`)

	s, w = service(t, wiretest.Reply{Status: 202})
	if err := s.ReactivateAzure(t.Context(), fabrikam, plan, entitlement); err != nil {
		t.Fatal(err)
	}
	wiretest.Check(t, w.Last(), "POST", url+"/reactivate", "app", "")
}

func TestCancelOrder(t *testing.T) {
	const id = "3c5c1f5e-31d3-4d6c-9e6e-6f0a5c4d3b2a"
	order := &subscriptions.Order{ID: "2y6dF_rVgDAXMxypQPPnTquuXhKVK_3N1", LineItems: []subscriptions.LineItem{
		{Number: 0, OfferID: "DG7GMGF0FKZV:0003:DG7GMGF0DWMS", Quantity: 1, FriendlyName: "Office"},
		{Number: 1, OfferID: "other", SubscriptionID: license, Quantity: 1},
	}}
	s, w := service(t, wiretest.Reply{Status: 200, Body: `{}`})
	if err := s.CancelOrder(t.Context(), fabrikam, order, order.LinesOf(""), partnercenter.RequestID(id)); err != nil {
		t.Fatal(err)
	}
	wiretest.Check(t, w.Last(), "PATCH", base+"/orders/2y6dF_rVgDAXMxypQPPnTquuXhKVK_3N1", "app",
		`{"id":"2y6dF_rVgDAXMxypQPPnTquuXhKVK_3N1","status":"cancelled","lineItems":[{"lineItemNumber":0,"offerId":"DG7GMGF0FKZV:0003:DG7GMGF0DWMS"}]}`)
	if h := w.Last().Header; h.Get("MS-RequestId") != id || h.Get("If-Match") != "" {
		t.Errorf("CancelOrder sent request id %q and If-Match %q, want %s and none", h.Get("MS-RequestId"), h.Get("If-Match"), id)
	}

	order.Attributes.ETag = "tag"
	if err := s.CancelOrder(t.Context(), fabrikam, order, order.LineItems); err != nil {
		t.Fatal(err)
	}
	if got := w.Last().Header.Get("If-Match"); got != "tag" {
		t.Errorf("CancelOrder sent If-Match %q, want tag", got)
	}

	sent := len(w.Sent)
	for _, lines := range [][]subscriptions.LineItem{nil, {}} {
		if err := s.CancelOrder(t.Context(), fabrikam, order, lines); err == nil || len(w.Sent) != sent {
			t.Errorf("CancelOrder without lines = %v, want an error and no request: Partner Center would cancel them all", err)
		}
	}
	s, _ = service(t, wiretest.Reply{Status: 403, Body: `{"code":800019}`})
	if err := s.CancelOrder(t.Context(), fabrikam, order, order.LineItems); !errors.Is(err, partnercenter.ErrNotCancellable) {
		t.Errorf("CancelOrder of a reservation = %v, want ErrNotCancellable", err)
	}
}

func TestChangesReturnWhatTheAnswerShows(t *testing.T) {
	type call = func(context.Context, *subscriptions.Service, *subscriptions.Subscription) (*subscriptions.Subscription, error)
	const nce = `"productType":{"id":"OnlineServicesNCE"},`
	tests := []struct {
		name, read, want string // members
		call             call
	}{
		{"Cancel", `"status":"active"`, `"status":"deleted"`, func(ctx context.Context, s *subscriptions.Service, sub *subscriptions.Subscription) (*subscriptions.Subscription, error) {
			return s.Cancel(ctx, fabrikam, sub)
		}},
		{"Suspend", `"status":"active"`, `"status":"suspended"`, func(ctx context.Context, s *subscriptions.Service, sub *subscriptions.Subscription) (*subscriptions.Subscription, error) {
			return s.Suspend(ctx, fabrikam, sub)
		}},
		{"Reactivate", `"Status":"suspended"`, `"Status":"active"`, func(ctx context.Context, s *subscriptions.Service, sub *subscriptions.Subscription) (*subscriptions.Subscription, error) {
			return s.Reactivate(ctx, fabrikam, sub)
		}},
		{"EndAtTerm of new commerce", nce + `"autoRenewEnabled":true`, nce + `"autoRenewEnabled":false,"scheduledActions":[` + cancelAction + `]`, endAtTerm},
		{"EndAtTerm where only the Cancel is missing", nce + `"autoRenewEnabled":false,"scheduledActions":[]`, nce + `"autoRenewEnabled":false,"scheduledActions":[` + cancelAction + `]`, endAtTerm},
		{"EndAtTerm of SaaS", `"productType":{"id":"SaaS"},"autoRenewEnabled":true`, `"productType":{"id":"SaaS"},"autoRenewEnabled":false`, endAtTerm},
		{"EndAtTerm of software", `"productType":{"id":"Software"},"autoRenewEnabled":true`, `"productType":{"id":"Software"},"autoRenewEnabled":false`, endAtTerm},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, w := service(t, wiretest.Reply{Status: 200, Body: body(tt.want)})
			got, err := tt.call(t.Context(), s, read(t, body(tt.read)))
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := got.MarshalJSON(); string(text) != body(tt.want) || len(w.Sent) != 1 {
				t.Errorf("%s = %s after %d requests, want %s after one", tt.name, text, len(w.Sent), body(tt.want))
			}
			wiretest.Check(t, w.Last(), "PATCH", base+path, "app", body(tt.want))

			s, _ = service(t, wiretest.Reply{Status: 400, Body: `{"code":900117}`})
			if got, err := tt.call(t.Context(), s, read(t, body(tt.read))); got != nil || !errors.Is(err, partnercenter.ErrWindowClosed) {
				t.Errorf("%s refused = %v, %v, want ErrWindowClosed", tt.name, got, err)
			}
		})
	}
}

func TestEndAtTermSendsNothingWhereNothingIsLeft(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 500})
	sub := read(t, body(`"productType":{"id":"OnlineServicesNCE"},"autoRenewEnabled":false,"scheduledActions":[`+cancelAction+`]`))
	if got, err := s.EndAtTerm(t.Context(), fabrikam, sub); got != sub || err != nil || len(w.Sent) != 0 {
		t.Errorf("EndAtTerm = %v, %v after %d requests, want its argument without one", got, err, len(w.Sent))
	}
}

func TestAcceptedChangesAreFollowed(t *testing.T) {
	self := "/customers/" + string(fabrikam) + path
	accepted := func(location string) wiretest.Reply {
		return wiretest.Reply{Status: 202, Header: map[string]string{"Location": location}}
	}
	pending := wiretest.Reply{Status: 200, Body: body(`"status":"active"`)}
	shown := wiretest.Reply{Status: 200, Body: body(`"Status":"Deleted"`)}
	for name, replies := range map[string][]wiretest.Reply{
		"relative without version":     {accepted(self), pending, pending, shown},
		"relative with version":        {accepted("/v1" + self), pending, pending, shown},
		"absolute":                     {accepted(base + path), pending, pending, shown},
		"no Location":                  {{Status: 202}, pending, pending, shown},
		"200 that shows no change yet": {{Status: 200, Body: pending.Body}, pending, pending, shown},
		"200 about nothing":            {{Status: 200, Body: `{}`}, pending, pending, shown},
		"200 about something else":     {{Status: 200, Body: `{"id":"x","status":"deleted"}`}, {Status: 200, Body: `{"status":"deleted"}`}, pending, shown},
		"200 that is not JSON":         {{Status: 200, Body: `OK`}, pending, pending, shown},
		"still accepted":               {accepted(self), {Status: 202}, {Status: 204}, shown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, w := service(t, replies...)
				const correlation = "5f5f5f5f-31d3-4d6c-9e6e-6f0a5c4d3b2a"
				got, err := s.Cancel(t.Context(), fabrikam, read(t, body(`"status":"active"`)), partnercenter.CorrelationID(correlation))
				if err != nil || !got.Status.Is(subscriptions.Deleted) || len(w.Sent) != 4 {
					t.Fatalf("Cancel = %v, %v after %d requests, want it deleted after 4", got, err, len(w.Sent))
				}
				for i, r := range w.Sent[1:] {
					wiretest.Check(t, r, "GET", base+path, "app", "")
					if r.Header.Get("MS-CorrelationId") != correlation || r.Header.Get("MS-RequestId") == w.Sent[0].Header.Get("MS-RequestId") || r.Header.Get("If-Match") != "" {
						t.Errorf("look %d has headers %v, want the correlation id, an id of its own and no If-Match", i, r.Header)
					}
				}
				if first, second := w.Sent[2].At.Sub(w.Sent[1].At), w.Sent[3].At.Sub(w.Sent[2].At); first <= 0 || second <= first {
					t.Errorf("it waited %v, then %v, want growing waits", first, second)
				}
			})
		})
	}
}

func TestFollowingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := service(t, wiretest.Reply{Status: 202}, wiretest.Reply{Status: 200, Body: body(`"status":"active"`)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		got, err := s.Suspend(ctx, fabrikam, read(t, body(`"status":"active"`)))
		if got != nil || !errors.Is(err, context.DeadlineExceeded) || !partnercenter.OutcomeUnknown(err) || len(w.Sent) > 200 {
			t.Errorf("Suspend = %v, %v after %d requests, want an error of unknown outcome at the deadline", got, err, len(w.Sent))
		}
	})
}

func TestForeignLocationsAreNotFollowed(t *testing.T) {
	for _, status := range []int{200, 202} {
		s, w := service(t, wiretest.Reply{Status: status, Header: map[string]string{"Location": "https://api.partnercenter.example/v1/x"}, Body: body(`"status":"active"`)})
		got, err := s.Cancel(t.Context(), fabrikam, read(t, body(`"status":"active"`)))
		if got != nil || !errors.Is(err, partnercenter.ErrForeignHost) || !partnercenter.OutcomeUnknown(err) || len(w.Sent) != 1 {
			t.Errorf("Cancel with a foreign Location and %d = %v, %v after %d requests, want ErrForeignHost after one", status, got, err, len(w.Sent))
		}
	}
}

func TestFollowingFailsWhereReadsDo(t *testing.T) {
	for _, tt := range []struct {
		reply wiretest.Reply
		want  error
	}{
		{wiretest.Reply{Status: 403, Body: `{"code":20002}`}, partnercenter.ErrNoRelationship},
		{wiretest.Reply{Status: 200, Body: `<html>`}, partnercenter.ErrUnexpectedAnswer},
	} {
		s, _ := service(t, wiretest.Reply{Status: 202}, tt.reply)
		got, err := s.Cancel(t.Context(), fabrikam, read(t, body(`"status":"active"`)))
		if got != nil || !errors.Is(err, tt.want) || !partnercenter.OutcomeUnknown(err) {
			t.Errorf("Cancel whose look is answered %d %s = %v, %v, want %v of unknown outcome", tt.reply.Status, tt.reply.Body, got, err, tt.want)
		}
	}
}

// An option of the caller's own may add headers, and keeps those of the call.
func TestOptionsComeLast(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 200})
	trace := func(r *partnercenter.Request) {
		if r.Header == nil {
			r.Header = http.Header{}
		}
		r.Header.Set("X-Trace", "1")
	}
	sub := read(t, body(`"status":"active","attributes":{"etag":"tag"}`))
	if err := s.Update(t.Context(), fabrikam, sub, subscriptions.Change{Status: subscriptions.Deleted}, trace); err != nil {
		t.Fatal(err)
	}
	order := &subscriptions.Order{ID: "o1"}
	order.Attributes.ETag = "tag"
	if err := s.CancelOrder(t.Context(), fabrikam, order, []subscriptions.LineItem{{}}, trace); err != nil {
		t.Fatal(err)
	}
	for _, r := range w.Sent {
		if diff := cmp.Diff([]string{"tag", "1"}, []string{r.Header.Get("If-Match"), r.Header.Get("X-Trace")}); diff != "" {
			t.Errorf("headers of %s (-want +got):\n%s", r.URL, diff)
		}
	}
}

func endAtTerm(ctx context.Context, s *subscriptions.Service, sub *subscriptions.Subscription) (*subscriptions.Subscription, error) {
	return s.EndAtTerm(ctx, fabrikam, sub)
}

// get returns the status of what a call gives.
func get(s *subscriptions.Subscription, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return s.Status, nil
}

// ids gathers a list.
func ids(list iter.Seq2[*subscriptions.Subscription, error]) (any, error) {
	var out []subscriptions.ID
	for s, err := range list {
		if err != nil {
			return nil, err
		}
		out = append(out, s.ID)
	}
	return out, nil
}
