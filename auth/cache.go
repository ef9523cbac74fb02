package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

const (
	fetchTimeout  = time.Minute      // for one fetch with all its retries
	renewAhead    = 5 * time.Minute  // before expiry, or a tenth of the life if that is less
	renewPause    = 30 * time.Second // between early renewals, while the old token still serves
	unknownLife   = 5 * time.Minute  // of a token whose answer names none
	failurePause  = time.Second      // in which callers share the error of a fetch that was refused
	loopPause     = 30 * time.Second // the same, when the service sees a loop of requests
	saveTimeout   = 30 * time.Second // for storing a refresh token, whatever is left of fetchTimeout
	clientTimeout = 30 * time.Second // for one attempt of the default HTTP client
)

// cached keeps one token and renews it by fetch. However many callers wait,
// one fetch serves them all.
type cached struct {
	fetch   func(context.Context) (*oauth2.Token, error)
	secrets *secretsInPlay
	expires func(context.Context) (time.Time, error) // of the refresh token; nil if there is none
	flight  singleflight.Group

	mu      sync.Mutex
	token   *oauth2.Token // replaced, never changed
	expiry  time.Time     // without monotonic reading, which stands still while a machine sleeps
	renewAt time.Time
	refused error // of the latest fetch, while callers share it
	until   time.Time
}

// Token returns the cached token or fetches one. The fetch is detached from
// ctx: a caller who gives up neither fails the others nor loses a refresh
// token that was rotated meanwhile.
func (c *cached) Token(ctx context.Context) (*oauth2.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	token, fresh, err := c.current()
	if err != nil {
		return nil, err
	}
	if !fresh {
		done := c.flight.DoChan("", func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
			defer cancel()
			return c.renew(ctx, token)
		})
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case r := <-done:
			if r.Err != nil {
				return nil, r.Err
			}
			token = r.Val.(*oauth2.Token)
		}
	}
	return new(*token), nil
}

// Invalidate implements [Invalidator].
func (c *cached) Invalidate(accessToken string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token != nil && c.token.AccessToken == accessToken {
		c.token = nil
	}
}

// Format implements [fmt.Formatter]: fmt would print the token otherwise.
func (*cached) Format(s fmt.State, _ rune) { redact(s) }

// current returns the cached token and whether to use it as it is. When an
// early renewal is due, one caller is told to renew; the others go on with the
// old token rather than wait for a service that may be slow. When a fetch was
// just refused, callers get its error: a thousand of them are no stampede.
func (c *cached) current() (token *oauth2.Token, fresh bool, refused error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	switch {
	case c.token != nil && now.Before(c.renewAt):
		return c.token, true, nil
	case c.token != nil && now.Before(c.expiry):
		c.renewAt = now.Add(renewPause)
		return c.token, false, nil
	case now.Before(c.until):
		return nil, false, c.refused
	}
	return c.token, false, nil
}

// renew replaces seen, the token that was found wanting. If somebody replaced
// it since, theirs will do. If that fails while the old token is still valid,
// the old one serves until renewPause is over.
func (c *cached) renew(ctx context.Context, seen *oauth2.Token) (*oauth2.Token, error) {
	if token := c.valid(); token != nil && token != seen {
		return token, nil
	}
	token, err := c.fetch(ctx)
	if err != nil {
		if old := c.valid(); old != nil {
			c.pause()
			return old, nil
		}
		c.remember(err)
		return nil, err
	}
	c.keep(token)
	return token, nil
}

// valid returns the cached token if it has not expired.
func (c *cached) valid() *oauth2.Token {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token == nil || !time.Now().Before(c.expiry) {
		return nil
	}
	return c.token
}

// pause puts the next early renewal off, counted from the end of a failed one.
func (c *cached) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renewAt = time.Now().Add(renewPause)
}

// remember lets callers share a refusal, or a network failure, for a moment.
// Failures on this side of the wire, such as the store's, are not shared.
func (c *cached) remember(err error) {
	refused, ok := errors.AsType[*Error](err)
	if !ok && !errors.Is(err, ErrTransient) {
		return
	}
	pause := failurePause
	if ok && refused.AADSTS == 50196 {
		pause = loopPause
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused, c.until = err, time.Now().Add(pause)
}

func (c *cached) keep(token *oauth2.Token) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now().Round(0)
	c.token, c.expiry = token, token.Expiry.Round(0)
	if token.Expiry.IsZero() {
		c.expiry = now.Add(unknownLife)
	}
	c.renewAt = c.expiry.Add(-min(renewAhead, c.expiry.Sub(now)/10))
}
