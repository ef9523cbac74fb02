package azureauth_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/azureauth"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// The credential is the Azure SDK's; only where it signs in is the emulator's
// here, and nothing of that kind is needed for Microsoft.
func ExampleSource() {
	fake := partnercentertest.New(partnercentertest.Customer{ID: contoso, Company: "Contoso BV"})
	authority := httptest.NewTLSServer(fake)
	defer authority.Close()

	credential, err := azidentity.NewClientSecretCredential(partnercentertest.TenantID, partnercentertest.ClientID, partnercentertest.ClientSecret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: over(authority), DisableInstanceDiscovery: true})
	if err != nil {
		log.Fatal(err)
	}
	app, err := azureauth.Source(credential, auth.Public().Resource)
	if err != nil {
		log.Fatal(err)
	}
	client, err := cspkit.New(auth.Credentials{App: app}, partnercenter.WithTransport(fake))
	if err != nil {
		log.Fatal(err)
	}
	customer, err := client.Customer(contoso).Get(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(customer.CompanyProfile.CompanyName)
	// Output: Contoso BV
}

func ExampleSource_refused() {
	authority := httptest.NewTLSServer(partnercentertest.New())
	defer authority.Close()
	credential, err := azidentity.NewClientSecretCredential("nobody.example", partnercentertest.ClientID, partnercentertest.ClientSecret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: over(authority), DisableInstanceDiscovery: true})
	if err != nil {
		log.Fatal(err)
	}
	app, err := azureauth.Source(credential, auth.Public().Resource)
	if err != nil {
		log.Fatal(err)
	}
	_, err = app.Token(context.Background())
	fmt.Println(errors.Is(err, auth.ErrTenant))
	// Output: true
}

// A managed identity stands for an app registration that trusts it, so that
// there is no client secret to keep.
func ExampleAssertion() {
	// In the place of what azidentity.NewManagedIdentityCredential gives.
	identity := credential(func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
		return azcore.AccessToken{Token: federated(subject)}, nil
	})
	assertion, err := azureauth.Assertion(identity, "")
	if err != nil {
		log.Fatal(err)
	}
	fake := partnercentertest.New()
	fake.TrustIssuer(issuer, subject, testKey().Public())
	app, err := auth.NewApp(auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID, Assertion: assertion,
		HTTPClient: &http.Client{Transport: fake},
	})
	if err != nil {
		log.Fatal(err)
	}
	token, err := app.Token(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Type())
	// Output: Bearer
}

// On a machine of Azure: the identity signs in where the machine runs, and no
// secret is kept anywhere. Nothing is sent before the first token is needed.
func ExampleAssertion_managedIdentity() {
	const tenant, clientID = partnercentertest.TenantID, partnercentertest.ClientID
	const identityClientID = "9a1f4f0e-6f0b-4b58-8a0e-5a0c3c1d2e3f"

	identity, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{
		ID: azidentity.ClientID(identityClientID), // of a user-assigned identity
	})
	if err != nil {
		log.Fatal(err)
	}
	assertion, err := azureauth.Assertion(identity, azureauth.ExchangeAudience)
	if err != nil {
		log.Fatal(err)
	}
	registration := auth.AppConfig{Tenant: tenant, ClientID: clientID, Assertion: assertion}
	_, err = auth.NewApp(registration)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleLoadPKCS12() {
	certificate, err := azureauth.LoadPKCS12(filepath.Join("testdata", "openssl3.p12"), "only-for-tests")
	if err != nil {
		log.Fatal(err)
	}
	_, err = auth.NewApp(auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID, Certificate: certificate,
	})
	fmt.Println(err, certificate)
	// Output: <nil> REDACTED
}

func ExampleParsePKCS12() {
	_, err := azureauth.ParsePKCS12([]byte("-----BEGIN CERTIFICATE-----"), "")
	fmt.Println(err)
	// Output: azureauth: the PKCS#12 data cannot be read: export it again, with one private key and its certificate
}
