package azureauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercentertest"
)

// bad fails unless the source refuses with the sentinel (nil: with none), says
// the words, and shows none of the secrets.
func bad(t *testing.T, source auth.TokenSource, want error, words string, secrets ...string) {
	t.Helper()
	_, err := source.Token(t.Context())
	if err == nil {
		t.Fatal("Token() gave no error")
	}
	if want != nil && !errors.Is(err, want) || !strings.Contains(err.Error(), words) {
		t.Errorf("Token() error = %v, want %v with %q", err, want, words)
	}
	if want == nil && slices.ContainsFunc([]error{auth.ErrTransient, auth.ErrMisconfigured}, func(e error) bool { return errors.Is(err, e) }) {
		t.Errorf("Token() error = %v, want none of the sentinels", err)
	}
	if _, theirs := errors.AsType[*azidentity.AuthenticationFailedError](err); theirs {
		t.Error("the error leads to that of the Azure SDK, which prints the whole answer")
	}
	if strings.ContainsAny(err.Error(), "\r\n") {
		t.Errorf("the error is not one line: %q", err)
	}
	for _, secret := range append(secrets, header, partnercentertest.ClientSecret) {
		if shown := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(shown, secret) {
			t.Errorf("the error shows %s: %s", secret, shown)
		}
	}
}

// withSecret returns the source of the emulator's app with a client secret.
func withSecret(t *testing.T, server *httptest.Server, tenant, secret string) auth.TokenSource {
	t.Helper()
	c, err := azidentity.NewClientSecretCredential(tenant, partnercentertest.ClientID, secret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: over(server), DisableInstanceDiscovery: true})
	return sourceOf(t, c, err)
}

func TestWhatEntraRefusesSaysWhatToDo(t *testing.T) {
	const tenant, secret = partnercentertest.TenantID, partnercentertest.ClientSecret
	for name, tt := range map[string]struct {
		set    func(*partnercentertest.Server)
		tenant string
		secret string
		want   error
		words  string
		aadsts int
	}{
		"a wrong secret":    {nil, tenant, "an-old-secret", auth.ErrMisconfigured, "secret is wrong", 7000215},
		"an expired secret": {func(s *partnercentertest.Server) { s.SecretExpired = true }, tenant, secret, auth.ErrMisconfigured, "has expired", 7000222},
		"an unknown tenant": {nil, "nobody.example", secret, auth.ErrTenant, "tenant", 90002},
		"trouble": {func(s *partnercentertest.Server) {
			s.Inject(partnercentertest.Fault{Path: "/token", Times: -1, Status: 503})
		}, tenant, secret, auth.ErrTransient, "try again later", 0},
		"a page of a proxy": {func(s *partnercentertest.Server) {
			s.Inject(partnercentertest.Fault{Path: "/token", Times: -1, Status: 403, Body: "<html>ada@contoso.example", ContentType: "text/html"})
		}, tenant, secret, nil, "not from a token endpoint", 0},
	} {
		t.Run(name, func(t *testing.T) {
			fake := partnercentertest.New()
			if tt.set != nil {
				tt.set(fake)
			}
			source := withSecret(t, listen(t, fake), tt.tenant, tt.secret)
			bad(t, source, tt.want, tt.words, "an-old-secret", "nobody.example", "ada@contoso.example")
			_, err := source.Token(t.Context())
			if e, ok := errors.AsType[*auth.Error](err); !ok || e.AADSTS != tt.aadsts {
				t.Errorf("Token() error = %#v, want an *auth.Error with AADSTS%d", err, tt.aadsts)
			}
		})
	}
}

func TestACertificateOrTokenThatEntraDoesNotKnow(t *testing.T) {
	const tenant, app = partnercentertest.TenantID, partnercentertest.ClientID
	fake := partnercentertest.New()
	fake.TrustIssuer(issuer, "somebody:else", testKey().Public())
	options := over(listen(t, fake))
	assertion, err := azidentity.NewClientAssertionCredential(tenant, app, func(context.Context) (string, error) { return federated(subject), nil },
		&azidentity.ClientAssertionCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
	bad(t, sourceOf(t, assertion, err), auth.ErrMisconfigured, "federated credential", "eyJ")
	for _, secret := range fake.Secrets() {
		bad(t, sourceOf(t, assertion, err), auth.ErrMisconfigured, "", secret)
	}
}

func TestWithoutAnAnswerTheNextAttemptMayHaveOne(t *testing.T) {
	fake := partnercentertest.New()
	const tenant, secret = partnercentertest.TenantID, partnercentertest.ClientSecret
	closed := listen(t, fake)
	source := withSecret(t, closed, tenant, secret)
	closed.Close()
	bad(t, source, auth.ErrTransient, "no answer from 127.0.0.1:")

	broken := partnercentertest.New()
	broken.Inject(partnercentertest.Fault{Path: "/token", Times: -1, Drop: true})
	bad(t, withSecret(t, listen(t, broken), tenant, secret), auth.ErrTransient, "no answer from 127.0.0.1:")

	untrusted := listen(t, fake)
	untrusted.Client().Transport = http.DefaultTransport
	bad(t, withSecret(t, untrusted, tenant, secret), nil, "certificate of 127.0.0.1:")
}

func TestAnAssertionThatCannotBeMadeIsNoPassingFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	c, err := azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientOptions: over(listen(t, partnercentertest.New())), DisableInstanceDiscovery: true,
		TenantID: partnercentertest.TenantID, ClientID: partnercentertest.ClientID, TokenFilePath: path,
	})
	bad(t, sourceOf(t, c, err), nil, "no such file")
}

func TestWhatAManagedIdentityEndpointRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		want   error
		words  string
	}{
		"no such identity":  {400, `{"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for /secret"}`, auth.ErrMisconfigured, "assigned to this machine"},
		"not allowed":       {403, "", auth.ErrMisconfigured, "assigned to this machine"},
		"Entra's own words": {400, `{"error":"invalid_resource","error_description":"AADSTS500011: /secret was not found"}`, auth.ErrMisconfigured, "Cloud.Resource"},
		"not ready":         {404, "", auth.ErrTransient, "HTTP 404"},
		"too many":          {429, `{"error":"/secret"}`, auth.ErrTransient, "HTTP 429"},
		"trouble":           {500, `{"error":"/secret"}`, auth.ErrTransient, "HTTP 500"},
		"not JSON":          {200, `eyJ/secret`, nil, "managed"},
		"half of a token":   {200, `{"access_token":"/secret`, nil, "managed"},
		"no token":          {200, `{}`, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := managed(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			bad(t, sourceOf(t, c, nil), tt.want, tt.words, "/secret")
		})
	}
}

func TestAChainSaysWhatEachCredentialLacks(t *testing.T) {
	chain, err := azidentity.NewChainedTokenCredential([]azcore.TokenCredential{
		credential(func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
			return azcore.AccessToken{}, azidentity.NewCredentialUnavailableError("the first is not set up")
		}),
		credential(func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
			return azcore.AccessToken{}, azidentity.NewCredentialUnavailableError("the second is not for ada@contoso.example")
		}),
	}, nil)
	bad(t, sourceOf(t, chain, err), nil, "the first is not set up", "ada@contoso.example")
	bad(t, sourceOf(t, chain, err), nil, "the second is not for REDACTED")
}

// failing returns a source whose credential fails with the text.
func failing(t *testing.T, text string) auth.TokenSource {
	t.Helper()
	return sourceOf(t, credential(func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
		return azcore.AccessToken{}, errors.New(text)
	}), nil)
}

// The SDK repeats answers and addresses in many places.
var repeated = []string{
	"json decode error: x\njson message bytes were: {\"access_token\":\"SECRET\"}",
	"json decode error: x\njson message bytes were: SECRET",
	"ManagedIdentityCredential: failed. The endpoint responded with SECRET",
	"ManagedIdentityCredential: unexpected response \"SECRET\"",
	"ClientSecretCredential authentication failed. \nPOST https://x.example/y\n-------\nRESPONSE 400: Bad Request\n------\nSECRET",
	"token eyJhbGciOi.SECRET, mail SECRET@contoso.example, Get \"https://x.example/?code=SECRET\": dial tcp",
}

func TestWhatTheSDKRepeatsIsNotShown(t *testing.T) {
	for _, text := range repeated {
		bad(t, failing(t, text), nil, "azureauth: no token: ", "SECRET")
	}
	bad(t, failing(t, ""), nil, "does not say why")
}

func FuzzErrorText(f *testing.F) {
	for _, text := range append(repeated, "", "\x00\xff", strings.Repeat("é", 400)) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := failing(t, text).Token(t.Context())
		if err == nil {
			t.Fatal("Token() gave no error")
		}
		shown := err.Error()
		if len(shown) > 350 || strings.ContainsFunc(shown, unicode.IsControl) || !utf8.ValidString(shown) {
			t.Errorf("Token() error = %q, want one short line", shown)
		}
		if strings.ContainsAny(shown, "{<") || strings.Contains(shown, "eyJ") {
			t.Errorf("Token() error = %q shows what may be an answer or a token", shown)
		}
	})
}
