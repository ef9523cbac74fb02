package auth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/cspkit/cspkit/auth"
)

type sourceFunc func() (*oauth2.Token, error)

func (f sourceFunc) Token() (*oauth2.Token, error) { return f() }

func TestAdaptersLeadBothWays(t *testing.T) {
	src := auth.FromOAuth2(auth.ToOAuth2(t.Context(), auth.Static("at1")))
	want(t, src, "at1")
	if auth.FromOAuth2(nil) != nil {
		t.Error("FromOAuth2(nil) is not nil, so it would pass for configured")
	}
}

func TestFromOAuth2ErrorsRevealNothing(t *testing.T) {
	src := auth.FromOAuth2(sourceFunc(func() (*oauth2.Token, error) {
		return nil, &oauth2.RetrieveError{
			Response: &http.Response{StatusCode: 400},
			Body:     []byte(refused(400, "invalid_grant", "50076").body),
		}
	}))
	_, err := src.Token(t.Context())
	if !errors.Is(err, auth.ErrMFARequired) || strings.Contains(err.Error(), secret) {
		t.Errorf("Token() error = %v, want ErrMFARequired without the body", err)
	}
}

func TestFromOAuth2WithoutAToken(t *testing.T) {
	for _, token := range []*oauth2.Token{nil, {}} {
		src := auth.FromOAuth2(sourceFunc(func() (*oauth2.Token, error) { return token, nil }))
		if got, err := src.Token(t.Context()); err == nil {
			t.Errorf("Token() = %v without an error", got)
		}
	}
	if _, err := auth.Static("").Token(t.Context()); err == nil {
		t.Error("Static(\"\") gave no error")
	}
}

func TestFromOAuth2ReturnsWhenItsCallerGivesUp(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	src := auth.FromOAuth2(sourceFunc(func() (*oauth2.Token, error) {
		cancel()
		<-release
		return nil, errors.New("too late")
	}))
	if _, err := src.Token(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Token() error = %v, want Canceled", err)
	}
}
