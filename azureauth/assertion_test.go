package azureauth_test

import (
	"net/http"
	"testing"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/azureauth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// A managed identity takes the place of the client secret, so that an app and
// its user need none either.
func TestAManagedIdentityStandsForAnApp(t *testing.T) {
	fake := partnercentertest.New(partnercentertest.Customer{ID: contoso, Company: "Contoso BV"})
	fake.TrustIssuer(issuer, subject, testKey().Public())
	assertion, err := azureauth.Assertion(managed(t, appService(fake)), "")
	if err != nil {
		t.Fatal(err)
	}
	user, err := auth.NewUser(auth.UserConfig{
		App: auth.AppConfig{
			Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID, Assertion: assertion,
			HTTPClient: &http.Client{Transport: fake},
		},
		RefreshToken: partnercentertest.RefreshToken,
	})
	if err != nil {
		t.Fatal(err)
	}
	client, err := cspkit.New(auth.Credentials{AppUser: user.PartnerCenter()}, partnercenter.WithTransport(fake))
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Customers().RemoveRelationship(t.Context(), customers.TenantID(contoso)); err != nil {
		t.Errorf("RemoveRelationship, which needs a user: %v", err)
	}
}

func TestAnAssertionThatTheIdentityDoesNotGive(t *testing.T) {
	fake := partnercentertest.New()
	assertion, err := azureauth.Assertion(managed(t, http.NotFoundHandler()), "")
	if err != nil {
		t.Fatal(err)
	}
	app, err := auth.NewApp(auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID, Assertion: assertion,
		HTTPClient: &http.Client{Transport: fake},
	})
	if err != nil {
		t.Fatal(err)
	}
	bad(t, app, auth.ErrTransient, "managed identity endpoint")
	if n := len(fake.Requests()); n != 0 {
		t.Errorf("%d requests were sent without an assertion", n)
	}
}
