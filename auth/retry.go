package auth

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	maxTries      = 4
	maxRetryAfter = 30 * time.Second
	firstBackoff  = time.Second
	maxAnswer     = 1 << 20 // bytes; as much as oauth2 reads
)

// retrying returns a transport that repeats what failed for a passing reason.
// Asking again is safe: a token request changes nothing, and Entra accepts a
// refresh token again after it gave out the next one.
// proof, if given, makes a client assertion for each attempt.
func retrying(client *http.Client, proof func(ctx context.Context, audience string) (string, error)) http.RoundTripper {
	inner := *client // the caller's own stays as it is
	inner.CheckRedirect = noRedirect
	if inner.Transport == nil {
		inner.Transport = http.DefaultTransport
	}
	inner.Transport = whole{inner.Transport}
	if proof != nil {
		inner.Transport = asserting{inner.Transport, proof}
	}
	return &retryablehttp.RoundTripper{Client: &retryablehttp.Client{
		HTTPClient:   &inner,
		RetryMax:     maxTries - 1,
		CheckRetry:   checkRetry,
		Backoff:      backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler, // the last answer, not an error with the URL
	}}
}

// checkRetry is a [retryablehttp.CheckRetry]. Where the wait would outlast the
// deadline, the answer at hand says more than a deadline exceeded would.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= retryAfter(resp) {
		return false, nil
	}
	if err != nil {
		return passing(err), nil
	}
	if resp.StatusCode < 400 {
		return false, nil
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return true, nil
	}
	_ = resp.Body.Close() // ends the timer of the HTTP client; the bytes are all here
	resp.Body = io.NopCloser(bytes.NewReader(body))
	switch DecodeError(resp.StatusCode, body).AADSTS {
	case 90033, 90012:
		return true, nil
	case 50196: // the service saw a loop of requests: one more would feed it
		return false, nil
	}
	return resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500, nil
}

// backoff is a [retryablehttp.Backoff]: as long as Retry-After asks, or half to
// all of 1 s, 2 s, 4 s, so that many processes do not come back at once.
func backoff(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	if wait := retryAfter(resp); wait > 0 {
		return wait
	}
	wait := firstBackoff << attempt
	return wait/2 + rand.N(wait/2)
}

// retryAfter returns the wait that an answer asks for, at most maxRetryAfter,
// and zero if it asks for none.
func retryAfter(resp *http.Response) time.Duration {
	if resp == nil {
		return 0
	}
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, min(time.Until(at), maxRetryAfter))
	}
	return 0
}

// whole reads each answer to its end, so that one which was cut short is an
// error and retried; go-retryablehttp does not look at bodies. It also removes
// the byte order mark that some of Microsoft's services put before JSON.
type whole struct{ next http.RoundTripper }

func (w whole) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	resp.Body = io.NopCloser(bytes.NewReader(b))
	return resp, nil
}
