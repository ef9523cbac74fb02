package customers_test

import (
	"encoding/json"
	"testing"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/wiretest"
)

const (
	fabrikam customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	contoso  customers.TenantID = "1f0a6c5e-3b52-4d0c-8a7e-5b1d2c9f4e01"
	gdap     string             = "de7afef6-6bd0-4ae5-b5c1-3f6e1f4ce9b9-ce7d2c8e-1111-4d7f-9d4f-7e0e6a2b3c4d"
)

// service returns the customers behind a wire that gives these replies. Its
// tokens are named after their kind, and it tries everything once.
func service(t testing.TB, replies ...wiretest.Reply) (*customers.Service, *wiretest.Wire) {
	t.Helper()
	client, w := wiretest.Client(t, replies...)
	return customers.New(client), w
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
