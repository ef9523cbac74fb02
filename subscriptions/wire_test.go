package subscriptions_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

const (
	fabrikam customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	license  subscriptions.ID   = "a4c1340d-6911-4758-bba3-0c4c6007d161"
	plan     subscriptions.ID   = "3f15978e-005c-b763-bb78-2a8fab289c58"
	base                        = "https://api.partnercenter.microsoft.com/v1/customers/" + string(fabrikam)
)

// now is the moment at which the tests judge.
var now = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// service returns the subscriptions behind a wire that gives these replies.
// Its tokens are named after their kind, and it tries everything once.
func service(t testing.TB, replies ...wiretest.Reply) (*subscriptions.Service, *wiretest.Wire) {
	t.Helper()
	client, w := wiretest.Client(t, replies...)
	return subscriptions.New(client), w
}

// read decodes a subscription.
func read(t testing.TB, text string) *subscriptions.Subscription {
	t.Helper()
	s := new(subscriptions.Subscription)
	if err := json.Unmarshal([]byte(text), s); err != nil {
		t.Fatalf("decoding %s: %v", text, err)
	}
	return s
}

// file returns a sample of the page.
func file(t testing.TB, page string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + page + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// at is the moment that long after now.
func at(d time.Duration) partnercenter.Time { return partnercenter.Time{Time: now.Add(d)} }

const day = 24 * time.Hour
