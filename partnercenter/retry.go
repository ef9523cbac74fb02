package partnercenter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/cspkit/cspkit/auth"
)

// pipeline returns the retrying client of the call. Its parts are small, and
// shared with other calls where they are not: connections and the budget.
func (c *call) pipeline() *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: c, Jar: c.client.config.http.Jar, CheckRedirect: c.checkRedirect},
		RetryMax:     c.client.config.retry.Attempts - 1,
		CheckRetry:   c.checkRetry,
		Backoff:      c.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
}

// checkRedirect follows the redirect of a read, on its own host only. A
// redirected write is not followed: some redirects turn it into a read, whose
// success would look like the write's.
func (c *call) checkRedirect(req *http.Request, via []*http.Request) error {
	if !c.client.endpoint(c.request.Service).owns(req.URL) {
		return fmt.Errorf("%w: %s", ErrForeignHost, hostOf(req.URL))
	}
	if !c.request.reads() || len(via) >= 5 {
		return http.ErrUseLastResponse
	}
	return nil
}

// checkRetry says whether another attempt may follow: for reads and for
// writes that carry an id, after 408, 429, 5xx, a failed connection, or a 200
// that is no answer; once after a 401, with a new token.
func (c *call) checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	c.wait, c.now, c.checked = 0, false, nil
	again := false
	if err == nil {
		again, err = c.repeats(ctx, resp)
	} else if _, notSent := errors.AsType[*notSent](err); !notSent && !errors.Is(err, ErrForeignHost) {
		again, err = c.repeatable(), nil
	} else {
		err = nil // Do returns the one that it has
	}
	if (again || resp == nil) && ctx.Err() != nil { // an answer that came in time counts
		return false, ctx.Err()
	}
	return again, err
}

// repeatable reports whether the request may be sent again after it may have
// been carried out. Graph does not recognise a repeated write.
func (c *call) repeatable() bool {
	return c.request.reads() || c.request.Service.host() == PartnerCenter
}

// repeats says whether an answer asks for another attempt.
func (c *call) repeats(ctx context.Context, resp *http.Response) (bool, error) {
	body, err := peek(resp)
	if err != nil {
		return false, err
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		if c.check != nil {
			c.checked = c.check(resp.StatusCode, body)
		}
		return c.checked != nil && c.request.reads(), nil
	}
	e := c.answer(resp, body)
	c.wait = e.RetryAfter
	switch {
	case e.Is(ErrUnauthorized):
		return c.renew(ctx), nil
	case e.RetryAfter > c.client.config.retry.MaxRetryAfter:
		return false, nil
	case e.Is(ErrThrottled):
		return true, nil // it was not carried out
	default:
		return e.Is(ErrTransient) && c.repeatable(), nil
	}
}

// renew drops the token that was refused, once a call, and reports whether
// the source has another one.
func (c *call) renew(ctx context.Context) bool {
	if c.renewed {
		return false
	}
	c.renewed, c.now = true, true
	if source, ok := c.source.(auth.Invalidator); ok {
		source.Invalidate(c.token)
	}
	fresh, err := c.source.Token(ctx)
	// Without another token the 401 is the answer. If the source failed, the
	// next attempt meets the same failure and reports it.
	return err != nil || fresh != nil && fresh.AccessToken != c.token
}

// backoff returns how long to wait before the next attempt: as long as the
// service asks, and from the second time on never less than a growing pause.
func (c *call) backoff(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	if c.now {
		return 0
	}
	r := c.client.config.retry
	grown := min(r.MinWait, r.MaxWait)
	for range attempt {
		grown += min(grown, r.MaxWait-grown) // doubles, up to MaxWait
	}
	grown = grown/2 + rand.N(grown/2+1) // jitter: not all callers at once
	wait := grown
	if c.wait > 0 {
		wait = c.wait
		if attempt > 0 {
			wait = max(c.wait, grown)
		}
	}
	status := 0
	if resp != nil {
		status = resp.StatusCode
	}
	c.observe(c.ctx, Event{Kind: EventWait, Start: time.Now(), Duration: wait, Status: status})
	return wait
}

// peek returns the body of an answer and leaves it to be read again.
func peek(resp *http.Response) ([]byte, error) {
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return body, err
}

func retryAfterOf(resp *http.Response) time.Duration {
	body, err := peek(resp)
	if err != nil {
		return 0
	}
	return decodeError(resp.StatusCode, resp.Status, resp.Header, body).RetryAfter
}
