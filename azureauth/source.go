package azureauth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"github.com/cspkit/cspkit/auth"
)

// fetchTimeout bounds one fetch with all the retries of the Azure SDK, which
// asks the endpoint of a virtual machine for up to two minutes.
const fetchTimeout = 3 * time.Minute

// Source returns the tokens that a credential has for a resource, the URL of
// an API: Resource or Graph of an [auth.Cloud]. It sends nothing yet.
//
// The credential decides where it signs in. For a national cloud give it that
// cloud's authority:
//
//	azcore.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: auth.China().Authority}}
//
// The credential also does the caching, and renews a token some minutes before
// it expires. It cannot be told to drop one, so the source is no
// [auth.Invalidator]: a token that Partner Center refuses stays in use until
// it expires, and calls fail with [partnercenter.ErrUnauthorized] meanwhile.
//
// An answer of Entra that gives no token is an [*auth.Error], which matches
// [auth.ErrMisconfigured] and its siblings; without an answer the error
// matches [auth.ErrTransient]. The Azure SDK's own error, which repeats the
// whole answer, is not part of it.
//
// Source: https://learn.microsoft.com/azure/developer/go/sdk/authentication/authentication-overview
//
// [partnercenter.ErrUnauthorized]: https://pkg.go.dev/github.com/cspkit/cspkit/partnercenter#ErrUnauthorized
func Source(credential azcore.TokenCredential, resource string) (auth.TokenSource, error) {
	resource = strings.TrimRight(resource, "/")
	switch {
	case credential == nil:
		return nil, errors.New("azureauth: the credential is nil: make one with azidentity")
	case resource == "":
		return nil, errors.New("azureauth: the resource is empty: set the Resource or Graph of an auth.Cloud")
	}
	return &source{get: credential.GetToken, scope: resource + "/.default"}, nil
}

// source adapts a credential. However many callers wait, one request serves
// them all: the Azure SDK lets them wait in a row, each with a request of its
// own where the one before failed, and does not let go of one who gives up.
type source struct {
	get    func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error)
	scope  string
	flight singleflight.Group
}

// Token implements [auth.TokenSource].
func (s *source) Token(ctx context.Context) (*oauth2.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	done := s.flight.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
		defer cancel()
		return s.fetch(ctx)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		if r.Err != nil {
			return nil, r.Err
		}
		return new(r.Val.(oauth2.Token)), nil
	}
}

func (s *source) fetch(ctx context.Context) (oauth2.Token, error) {
	ctx, wire := watch(ctx)
	token, err := s.get(ctx, policy.TokenRequestOptions{Scopes: []string{s.scope}})
	switch {
	case err != nil:
		return oauth2.Token{}, clean(err, wire)
	case token.Token == "":
		return oauth2.Token{}, errors.New("azureauth: the credential gave an empty token")
	}
	return oauth2.Token{AccessToken: token.Token, TokenType: "Bearer", Expiry: token.ExpiresOn}, nil
}

// Format implements [fmt.Formatter]: nothing that the credential holds is printed.
func (*source) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "REDACTED") }
