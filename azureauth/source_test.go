package azureauth_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/azureauth"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestEveryCredentialSignsRequests(t *testing.T) {
	const tenant, app = partnercentertest.TenantID, partnercentertest.ClientID
	for name, make := range map[string]func(*testing.T, *partnercentertest.Server) (azcore.TokenCredential, error){
		"client secret": func(t *testing.T, fake *partnercentertest.Server) (azcore.TokenCredential, error) {
			return azidentity.NewClientSecretCredential(tenant, app, partnercentertest.ClientSecret,
				&azidentity.ClientSecretCredentialOptions{ClientOptions: over(listen(t, fake)), DisableInstanceDiscovery: true})
		},
		"certificate": func(t *testing.T, fake *partnercentertest.Server) (azcore.TokenCredential, error) {
			cert := selfSigned(t)
			fake.TrustCertificate(cert)
			return azidentity.NewClientCertificateCredential(tenant, app, []*x509.Certificate{cert}, testKey(),
				&azidentity.ClientCertificateCredentialOptions{ClientOptions: over(listen(t, fake)), DisableInstanceDiscovery: true})
		},
		"client assertion": func(t *testing.T, fake *partnercentertest.Server) (azcore.TokenCredential, error) {
			fake.TrustIssuer(issuer, subject, testKey().Public())
			return azidentity.NewClientAssertionCredential(tenant, app, func(context.Context) (string, error) { return federated(subject), nil },
				&azidentity.ClientAssertionCredentialOptions{ClientOptions: over(listen(t, fake)), DisableInstanceDiscovery: true})
		},
		"workload identity": func(t *testing.T, fake *partnercentertest.Server) (azcore.TokenCredential, error) {
			fake.TrustIssuer(issuer, subject, testKey().Public())
			path := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(path, []byte(federated(subject)), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Setenv("AZURE_TENANT_ID", tenant)
			t.Setenv("AZURE_CLIENT_ID", app)
			t.Setenv("AZURE_FEDERATED_TOKEN_FILE", path)
			return azidentity.NewWorkloadIdentityCredential(
				&azidentity.WorkloadIdentityCredentialOptions{ClientOptions: over(listen(t, fake)), DisableInstanceDiscovery: true})
		},
		"managed identity": func(t *testing.T, fake *partnercentertest.Server) (azcore.TokenCredential, error) {
			return managed(t, appService(fake)), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake := partnercentertest.New(partnercentertest.Customer{ID: contoso, Company: "Contoso BV"})
			credential, err := make(t, fake)
			client, err := cspkit.New(auth.Credentials{App: sourceOf(t, credential, err)}, partnercenter.WithTransport(fake))
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if _, err := client.Customer(contoso).Get(t.Context()); err != nil {
					t.Fatalf("Get: %v", err)
				}
			}
			tokens := 0
			for _, r := range fake.Requests() {
				if strings.HasSuffix(r.Path, "/token") {
					tokens++
				} else if r.Service == "partnercenter" && r.Header.Get("Authorization") != "app" {
					t.Errorf("%s was sent with the token %q, want one of the app", r.Path, r.Header.Get("Authorization"))
				}
			}
			if tokens != 1 {
				t.Errorf("%d tokens were asked for, want one that is kept", tokens)
			}
		})
	}
}

func TestATokenSaysWhenItExpires(t *testing.T) {
	expires := time.Now().Add(time.Hour)
	var scopes []string
	source, err := azureauth.Source(credential(func(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
		scopes = append(scopes, o.Scopes...)
		return azcore.AccessToken{Token: "a-token", ExpiresOn: expires}, nil
	}), auth.Public().Graph+"/")
	if err != nil {
		t.Fatal(err)
	}
	token, err := source.Token(t.Context())
	if err != nil || token.AccessToken != "a-token" || token.Type() != "Bearer" || !token.Expiry.Equal(expires) {
		t.Errorf("Token() = %v, %v, want a bearer token that expires when the credential says", token, err)
	}
	if want := []string{"https://graph.microsoft.com/.default"}; !slices.Equal(scopes, want) {
		t.Errorf("the scopes are %q, want %q", scopes, want)
	}
}

func TestOneRequestServesAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		source := sourceOf(t, credential(func(ctx context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
			calls++
			select {
			case <-time.After(time.Minute):
				return azcore.AccessToken{Token: "a-token"}, nil
			case <-ctx.Done():
				return azcore.AccessToken{}, ctx.Err()
			}
		}), nil)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var group sync.WaitGroup
		group.Go(func() { // the first of all: the others do not lose by it
			began := time.Now()
			if _, err := source.Token(impatient); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > time.Second {
				t.Errorf("Token() of one who gives up = %v after %s, want DeadlineExceeded after a second", err, time.Since(began))
			}
		})
		synctest.Wait()
		for range 100 {
			group.Go(func() {
				token, err := source.Token(t.Context())
				if err != nil || token.AccessToken != "a-token" {
					t.Errorf("Token() = %v", err)
				}
				token.AccessToken = "changed by its owner"
			})
		}
		group.Wait()
		if calls != 1 {
			t.Errorf("the credential was asked %d times, want once", calls)
		}
		if _, err := source.Token(impatient); !errors.Is(err, context.DeadlineExceeded) || calls != 1 {
			t.Errorf("Token() with a context that has ended = %v after %d calls", err, calls)
		}
	})
}

func TestASourcePrintsNothing(t *testing.T) {
	source := sourceOf(t, credential(func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
		return azcore.AccessToken{}, nil
	}), nil)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		if got := fmt.Sprintf(verb, source); got != "REDACTED" {
			t.Errorf("%s prints %s, want REDACTED", verb, got)
		}
	}
	if _, err := source.Token(t.Context()); err == nil || !strings.Contains(err.Error(), "empty token") {
		t.Errorf("Token() of a credential that gives none: %v", err)
	}
}

func TestSourceSaysWhatIsMissing(t *testing.T) {
	some := credential(func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
		return azcore.AccessToken{}, nil
	})
	if _, err := azureauth.Source(nil, "https://x.example"); err == nil || !strings.Contains(err.Error(), "credential is nil") {
		t.Errorf("Source(nil) error = %v", err)
	}
	if _, err := azureauth.Source(some, ""); err == nil || !strings.Contains(err.Error(), "resource is empty") {
		t.Errorf("Source without a resource: error = %v", err)
	}
	if _, err := azureauth.Assertion(nil, ""); err == nil || !strings.Contains(err.Error(), "credential is nil") {
		t.Errorf("Assertion(nil) error = %v", err)
	}
}
