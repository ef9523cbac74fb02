package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// Assertion gives a token of an identity provider that the app registration
// trusts by a federated credential: workload identity, without any secret. It
// is called for every token request, since such tokens are short-lived. Its
// audience is api://AzureADTokenExchange.
//
// Source: https://learn.microsoft.com/entra/workload-id/workload-identity-federation
type Assertion func(ctx context.Context) (string, error)

// FileAssertion reads the assertion from a file each time, as Kubernetes and
// others put one there and replace it (AZURE_FEDERATED_TOKEN_FILE).
func FileAssertion(path string) Assertion {
	return func(context.Context) (string, error) {
		b, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("the file of the federated token: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
}

// asserting puts a fresh client assertion into each attempt of a token
// request: an assertion serves once, so a retry must not repeat it.
type asserting struct {
	next http.RoundTripper
	make func(ctx context.Context, audience string) (string, error)
}

func (a asserting) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	if form.Has("grant_type") { // other endpoints ask for no proof
		assertion, err := a.make(r.Context(), r.URL.String())
		if err == nil && strings.Count(assertion, ".") != 2 {
			err = errors.New("it is no JWT: check where it comes from")
		}
		if err != nil {
			return nil, &assertionError{err}
		}
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", assertion)
	}
	encoded := []byte(form.Encode())
	signed := r.Clone(r.Context())
	signed.Body = io.NopCloser(bytes.NewReader(encoded))
	signed.ContentLength = int64(len(encoded))
	signed.GetBody = nil
	return a.next.RoundTrip(signed)
}

// assertionError is a client assertion that could not be made. Nothing was
// sent, and trying again at once would change nothing.
type assertionError struct{ cause error }

func (e *assertionError) Error() string { return "auth: no client assertion: " + e.cause.Error() }

func (e *assertionError) Unwrap() error { return e.cause }
