package auth

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

// FromOAuth2 lets a source of golang.org/x/oauth2 sign requests. Such a source
// takes no context, so a call goes on after its caller has given up, and later
// callers join it. It must do its own caching; see [oauth2.ReuseTokenSource].
// A nil src gives a nil TokenSource.
func FromOAuth2(src oauth2.TokenSource) TokenSource {
	if src == nil {
		return nil
	}
	return &fromOAuth2{token: src.Token}
}

type fromOAuth2 struct {
	token  func() (*oauth2.Token, error) // not the source: fmt would print what that holds
	flight singleflight.Group
}

func (f *fromOAuth2) Token(ctx context.Context) (*oauth2.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	done := f.flight.DoChan("", func() (any, error) { return f.token() })
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		if r.Err != nil {
			if clean := cleanError(r.Err); clean != nil {
				return nil, clean
			}
			return nil, fmt.Errorf("auth: %w", r.Err)
		}
		token, _ := r.Val.(*oauth2.Token)
		if token == nil || token.AccessToken == "" {
			return nil, errors.New("auth: the oauth2 token source gave no access token")
		}
		return new(*token), nil
	}
}

func (*fromOAuth2) Format(s fmt.State, _ rune) { redact(s) }

// ToOAuth2 lets src serve code that wants a source of golang.org/x/oauth2. All
// its calls use ctx.
func ToOAuth2(ctx context.Context, src TokenSource) oauth2.TokenSource {
	return toOAuth2(func() (*oauth2.Token, error) { return src.Token(ctx) })
}

// toOAuth2 holds on to a context, because the interface that it fills takes none.
type toOAuth2 func() (*oauth2.Token, error)

func (t toOAuth2) Token() (*oauth2.Token, error) { return t() }
