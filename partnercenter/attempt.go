package partnercenter

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/cspkit/cspkit/auth"
)

// maxBody bounds an answer that is held in memory. Partner Center's largest, a
// page of 500 customers, is about 400 kB.
const maxBody = 64 << 20

// call is one request on its way, over all of its attempts. Only the
// goroutine of the call touches it.
type call struct {
	client  *Client
	request Request
	kind    Credential
	source  auth.TokenSource
	check   func(status int, body []byte) error
	ctx     context.Context // for events only: the backoff is not given one

	attempt int           // counts from 1
	token   string        // of the latest attempt
	renewed bool          // a 401 was answered with a new token
	wait    time.Duration // that Retry-After asked for before the next attempt
	now     bool          // the next attempt need not wait
	checked error         // what check said of the latest 2xx answer
	sent    bool          // an attempt has left
}

// httpRequest makes the request that every attempt repeats.
func (c *call) httpRequest(ctx context.Context, address string) (*retryablehttp.Request, error) {
	r := c.request
	var body any
	if r.Body != nil {
		body = r.Body
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, r.Method, address, body)
	if err != nil {
		return nil, fmt.Errorf("the address cannot be read: %w", err)
	}
	h := req.Header
	h.Set("Accept", "application/json")
	h.Set("MS-RequestId", r.RequestID)
	h.Set("MS-CorrelationId", r.CorrelationID)
	if r.Service == Graph {
		h.Set("client-request-id", r.RequestID)
	} else {
		h.Set("MS-Contract-Version", "v1")
		h.Set("X-Locale", c.client.config.locale)
		h.Set("MS-PartnerCenter-Client", "cspkit")
		if app := c.client.config.application; app != "" {
			h.Set("MS-PartnerCenter-Application", app)
		}
	}
	if r.Body != nil {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	for name, values := range r.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	return req, nil
}

// do sends the request until it is answered or given up.
func (c *call) do(ctx context.Context, address string) (*Response, error) {
	req, err := c.httpRequest(ctx, address)
	if err != nil {
		return nil, c.failure(err)
	}
	resp, err := c.pipeline().Do(req)
	if err != nil {
		return nil, c.failure(err)
	}
	body, err := io.ReadAll(resp.Body) // in memory since the attempt
	if err != nil {
		return nil, c.failure(err)
	}
	out := &Response{Status: resp.StatusCode, Header: resp.Header, Body: body, RequestID: c.request.RequestID, CorrelationID: c.request.CorrelationID}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, c.answer(resp, body)
	}
	if c.checked != nil {
		return nil, c.client.unreadable(c.request, out, c.checked)
	}
	if location := resp.Header.Get("Location"); location != "" {
		if _, err := c.client.endpoint(c.request.Service).resolve(location); err != nil {
			return nil, c.client.astray(c.request, out, "the Location of the answer", err)
		}
	}
	return out, nil
}

// RoundTrip makes one attempt: it waits for the budget, signs the request,
// sends it, and reads the whole answer, so that one cut short is a failed
// attempt like any other and can be repeated.
func (c *call) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if !c.client.endpoint(c.request.Service).owns(req.URL) {
		return nil, &notSent{fmt.Errorf("%w: %s", ErrForeignHost, hostOf(req.URL))}
	}
	c.attempt++
	if err := c.spend(ctx); err != nil {
		return nil, &notSent{fmt.Errorf("waiting for the rate budget: %w", err)}
	}
	token, err := c.authorize(ctx)
	if err != nil {
		return nil, &notSent{err}
	}
	c.sent = true

	ctx, cancel := context.WithTimeoutCause(ctx, c.client.config.retry.AttemptTimeout, errAttemptTimeout)
	defer cancel()
	start := time.Now()
	ctx = c.start(ctx, EventAttempt, start)
	signed := req.Clone(ctx)
	signed.Header.Set("Authorization", "Bearer "+token)
	resp, err := c.client.base.RoundTrip(signed)
	if err == nil {
		err = readAll(resp)
	}
	if err != nil && context.Cause(ctx) == errAttemptTimeout {
		err = errAttemptTimeout
	}
	status := 0
	if err == nil {
		status = resp.StatusCode
		if status == http.StatusTooManyRequests {
			// A longer wait ends this call, so it must not hold up the others.
			wait := min(retryAfterOf(resp), c.client.config.retry.MaxRetryAfter)
			c.client.config.budget.Throttled(c.request.Resource, wait)
		}
		if _, err := url.Parse(resp.Header.Get("Location")); err != nil {
			resp.Header.Del("Location") // net/http would repeat it in an error
		}
	}
	c.observe(ctx, Event{Kind: EventAttempt, Start: start, Duration: time.Since(start), Status: status, Err: err})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// errAttemptTimeout is no context's error: the next attempt has its own time.
var errAttemptTimeout error = attemptTimeout{}

type attemptTimeout struct{}

func (attemptTimeout) Error() string { return "no complete answer within the time for one attempt" }

// Timeout lets observers tell it from other failures, as that of a net.Error does.
func (attemptTimeout) Timeout() bool { return true }

// spend waits for the rate budget.
func (c *call) spend(ctx context.Context) error {
	start := time.Now()
	if err := c.client.config.budget.Wait(ctx, c.request.Resource); err != nil {
		return err
	}
	if waited := time.Since(start); waited >= time.Millisecond { // less is no wait
		c.observe(ctx, Event{Kind: EventBudget, Start: start, Duration: waited})
	}
	return nil
}

// authorize returns the access token for the next attempt. Writes with a user
// behind them need multi-factor authentication; Partner Center refuses them
// otherwise, so they are not sent.
func (c *call) authorize(ctx context.Context) (string, error) {
	start := time.Now()
	token, err := c.source.Token(ctx)
	if err != nil {
		return "", fmt.Errorf("getting the %s token: %w", c.kind, err)
	}
	if token == nil || token.AccessToken == "" {
		return "", fmt.Errorf("getting the %s token: the token source gave none", c.kind)
	}
	if c.kind == AppUser && !c.request.reads() && c.request.Service.host() == PartnerCenter {
		if done, known := auth.MFA(token.AccessToken); known && !done {
			return "", ErrMFARequired
		}
	}
	if c.client.noteToken(c.request.Service, c.kind, token.AccessToken) {
		c.observe(ctx, Event{Kind: EventToken, Start: start, Duration: time.Since(start)})
	}
	c.token = token.AccessToken
	return token.AccessToken, nil
}

// answer makes the error of an answer that reports failure.
func (c *call) answer(resp *http.Response, body []byte) *Error {
	hide := c.client.creds.Redact // an answer may echo what only the sign-in service was sent
	e := decodeError(resp.StatusCode, resp.Status, resp.Header, []byte(hide(string(body))), c.request.hidden(c.token)...)
	e.Message, e.Name, e.Code = hide(e.Message), hide(e.Name), hide(e.Code)
	e.Operation, e.RequestID, e.CorrelationID = c.request.Operation, c.request.RequestID, c.request.CorrelationID
	e.outcome = c.request.outcome()
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		e.Message = "the redirect was not followed"
	}
	return e
}

// failure makes the error of a call that got no answer.
func (c *call) failure(err error) *Error {
	e := &Error{
		Operation: c.request.Operation, RequestID: c.request.RequestID, CorrelationID: c.request.CorrelationID,
		cause: c.presentable(err), outcome: nothing,
	}
	if c.sent && c.request.reads() {
		e.outcome = unchanged
	} else if c.sent {
		e.outcome = unknown
	}
	_, here := errors.AsType[*notSent](err)
	entra, refused := errors.AsType[*auth.Error](err)
	switch {
	case errors.Is(err, ErrForeignHost):
		e.class = ErrForeignHost
	case c.ctx.Err() != nil: // the cause is the context's error
	case refused:
		e.Code, e.class = entra.Code, classifyEntra(entra)
		if entra.AADSTS != 0 {
			e.Code = aadsts(strconv.Itoa(entra.AADSTS))
		}
	case !here && c.sent, errors.Is(err, auth.ErrTransient):
		e.class = ErrTransient
	}
	return e
}

// presentable returns err with a text of one line that holds no token and not
// the address that net/http puts into its errors.
func (c *call) presentable(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*url.Error); ok {
		err = e.Err
	}
	return &presentable{line(c.client.creds.Redact(err.Error()), maxCause, c.request.hidden(c.token)...), err}
}

// presentable shows another text than its error, and is what that is. It has
// no Unwrap: some loggers print every error that they can unwrap.
type presentable struct {
	text string
	err  error
}

func (e *presentable) Error() string        { return e.text }
func (e *presentable) Is(target error) bool { return errors.Is(e.err, target) }
func (e *presentable) As(target any) bool   { return errors.As(e.err, target) }

// readAll replaces the body of an answer by what is in it: unpacked, without
// a byte order mark, and complete.
func readAll(resp *http.Response) error {
	defer resp.Body.Close()
	packed := strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip")
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if packed && len(body) > 0 {
		unpacker, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return fmt.Errorf("unpacking the answer: %w", err)
		}
		if body, err = io.ReadAll(io.LimitReader(unpacker, maxBody+1)); err != nil {
			return fmt.Errorf("unpacking the answer: %w", err)
		}
		resp.Header.Del("Content-Encoding")
	}
	if len(body) > maxBody {
		return fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	}
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))) // some answers start with a byte order mark
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return nil
}
