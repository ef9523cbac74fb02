package azureauth_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/azureauth"
	"github.com/cspkit/cspkit/partnercentertest"
)

const (
	contoso = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	issuer  = "https://cluster.example"
	subject = "system:serviceaccount:billing:cspkit"
	header  = "identity-header-DoNotLog"
)

// over returns options with which a credential signs in at a server with https,
// which the Azure SDK demands, and asks once.
func over(server *httptest.Server) azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: server.URL},
		Transport: server.Client(),
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}
}

// listen gives a handler a port with https until the test ends.
func listen(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of connections that tests break
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// Making a key takes a tenth of a second, so the tests share one.
var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// selfSigned returns a certificate of testKey.
func selfSigned(t *testing.T) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, testKey().Public(), testKey())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// federated returns a token of a foreign identity provider for the subject.
func federated(subject string) string {
	part := func(claims map[string]any) string {
		b, err := json.Marshal(claims)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(map[string]any{"alg": "RS256", "typ": "JWT"}) + "." + part(map[string]any{
		"iss": issuer, "sub": subject, "aud": azureauth.ExchangeAudience,
		"nbf": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	})
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, testKey(), crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// appService is the identity endpoint that App Service gives an app. It has
// tokens of the emulator for Partner Center, and stands for the subject where
// a token for an exchange is wanted.
//
// Source: https://learn.microsoft.com/azure/app-service/overview-managed-identity
func appService(fake *partnercentertest.Server) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resource := r.URL.Query().Get("resource")
		if r.Header.Get("X-Identity-Header") != header || r.URL.Query().Get("api-version") != "2019-08-01" {
			http.Error(w, `{"statusCode":401,"message":"not allowed"}`, http.StatusUnauthorized)
			return
		}
		token := federated(subject)
		if resource != azureauth.ExchangeAudience {
			app, err := auth.NewApp(auth.AppConfig{
				Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID, ClientSecret: partnercentertest.ClientSecret,
				HTTPClient: &http.Client{Transport: fake},
			})
			if err != nil {
				panic(err)
			}
			issued, err := app.Token(r.Context())
			if err != nil {
				panic(err)
			}
			token = issued.AccessToken
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{
			"access_token": token, "token_type": "Bearer", "resource": resource,
			"expires_on": strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10),
		})
	}
}

// managed returns the managed identity of an app whose platform answers so.
// The Azure SDK keeps the tokens of managed identities for the whole process,
// by their id, so each has one of its own.
func managed(t *testing.T, platform http.Handler) azcore.TokenCredential {
	t.Helper()
	server := httptest.NewServer(platform)
	t.Cleanup(server.Close)
	t.Setenv("IDENTITY_ENDPOINT", server.URL+"/msi/token")
	t.Setenv("IDENTITY_HEADER", header)
	credential, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{
		ClientOptions: azcore.ClientOptions{Retry: policy.RetryOptions{MaxRetries: -1}},
		ID:            azidentity.ClientID(rand.Text()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

// credential makes a credential of a function.
type credential func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error)

func (c credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return c(ctx, o)
}

// sourceOf returns Partner Center's tokens of a credential.
func sourceOf(t *testing.T, c azcore.TokenCredential, err error) auth.TokenSource {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	source, err := azureauth.Source(c, auth.Public().Resource)
	if err != nil {
		t.Fatal(err)
	}
	return source
}
