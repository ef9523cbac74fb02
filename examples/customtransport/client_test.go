package customtransport_test

import (
	"net/http"
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

const contoso customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"

// newClient returns a client whose every request goes through transport, those
// that sign in, too. Its addresses are Microsoft's own.
func newClient(t *testing.T, transport http.RoundTripper) *partnercenter.Client {
	t.Helper()
	registration := auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: transport},
	}
	creds, err := auth.NewCredentials(auth.UserConfig{App: registration, RefreshToken: partnercentertest.RefreshToken})
	if err != nil {
		t.Fatal(err)
	}
	client, err := partnercenter.New(creds, partnercenter.WithTransport(transport))
	if err != nil {
		t.Fatal(err)
	}
	return client
}
