package webhooks_test

import (
	"errors"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/webhooks"
)

func TestATestEventIsFollowedToTheReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := partnercentertest.New()
		service := newService(t, fake)
		if _, err := service.SendTest(t.Context()); !errors.Is(err, partnercenter.ErrValidation) {
			t.Errorf("SendTest without a registration = %v, want ErrValidation", err)
		}
		time.Sleep(time.Minute)
		if _, err := service.Register(t.Context(), ours()); err != nil {
			t.Fatal(err)
		}
		id, err := service.SendTest(t.Context())
		if err != nil || id == "" {
			t.Fatalf("SendTest = %q, %v", id, err)
		}
		fails, c := 2, new(consumer)
		c.do = func(webhooks.Event) error {
			if fails--; fails >= 0 {
				return errors.New("not yet")
			}
			return nil
		}
		handler := newHandler(t, c.take, webhooks.WithHTTPClient(&http.Client{Transport: fake}), webhooks.WithRoots(fake.WebhookRoots()))
		start := time.Now()
		if err := fake.Deliver(t.Context(), partnercentertest.Handler{Handler: handler}); err != nil {
			t.Fatal(err)
		}
		if len(c.got) != 3 || c.got[2].Name != webhooks.TestCreated {
			t.Errorf("the consumer got %v, want the test event in the third attempt", c.got)
		}
		result, err := service.TestResult(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		at := func(minutes time.Duration) partnercenter.Time {
			return partnercenter.Time{Time: start.Add(minutes * time.Minute).UTC()}
		}
		want := &webhooks.TestResult{
			CorrelationID: id, PartnerID: partnercentertest.TenantID, Status: "completed", CallbackURL: ours().URL,
			Attempts: []webhooks.Attempt{
				{ResponseCode: "InternalServerError", At: at(0)}, {ResponseCode: "InternalServerError", At: at(1)}, {ResponseCode: "OK", At: at(2)},
			},
		}
		if diff := cmp.Diff(want, result); diff != "" {
			t.Errorf("TestResult (-want +got):\n%s", diff)
		}
		time.Sleep(8 * 24 * time.Hour)
		if _, err := service.TestResult(t.Context(), id); !errors.Is(err, partnercenter.ErrNotFound) {
			t.Errorf("TestResult after a week = %v, want ErrNotFound", err)
		}
	})
}

func TestAThirdTestEventInAMinuteWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t, partnercentertest.New())
		if _, err := service.Register(t.Context(), ours()); err != nil {
			t.Fatal(err)
		}
		start, ids := time.Now(), map[string]bool{}
		for range 3 {
			id, err := service.SendTest(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ids[id] = true
		}
		if waited := time.Since(start); len(ids) != 3 || waited < time.Minute || waited > 2*time.Minute {
			t.Errorf("%d test events in %s, want 3 in a minute", len(ids), waited)
		}
	})
}

func TestTheResultOfTheReferenceIsRead(t *testing.T) {
	text, err := os.ReadFile("testdata/partner-center-webhooks.json")
	if err != nil {
		t.Fatal(err)
	}
	service, a := serviceThatHears(t, 200, string(text))
	got, err := service.TestResult(t.Context(), "04af2aea-d413-42db-824e-f328001484d1")
	want := &webhooks.TestResult{
		CorrelationID: "04af2aea-d413-42db-824e-f328001484d1", PartnerID: "00234d9d-8c2d-4ff5-8c18-39f8afc6f7f3",
		Status: "completed", CallbackURL: "https://receiver.example/events",
		Attempts: []webhooks.Attempt{{ResponseCode: "OK", At: partnercenter.Time{Time: time.Date(2017, 12, 8, 21, 39, 48, 238699700, time.UTC)}}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("TestResult (-want +got): %v\n%s", err, diff)
	}
	path := "https://api.partnercenter.microsoft.com/webhooks/v1/registration/validationEvents"
	if _, err := service.SendTest(t.Context()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"GET " + path + "/" + want.CorrelationID, "POST " + path}, a.sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if _, err := service.TestResult(t.Context(), ""); !partnercenter.NotSent(err) {
		t.Errorf("TestResult without an id = %v, want an error before anything is sent", err)
	}
}

func TestATestEventWithoutAnIDIsAnError(t *testing.T) {
	for status, body := range map[int]string{200: "{}", 204: ""} {
		service, _ := serviceThatHears(t, status, body)
		if id, err := service.SendTest(t.Context()); id != "" || !errors.Is(err, partnercenter.ErrUnexpectedAnswer) {
			t.Errorf("SendTest answered %d %s = %q, %v, want ErrUnexpectedAnswer", status, body, id, err)
		}
	}
}
