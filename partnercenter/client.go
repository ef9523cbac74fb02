package partnercenter

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/internal/pause"
)

// Client sends requests to Partner Center and Graph. It is safe for
// concurrent use, and one should serve a whole process: its users share the
// rate budget.
type Client struct {
	creds    auth.Credentials
	partner  endpoint
	webhooks endpoint
	graph    endpoint
	config   config
	base     http.RoundTripper

	mu     sync.Mutex
	tokens map[tokenUse][sha256.Size]byte // the hash of the latest token, to tell a new one
}

// tokenUse is what a token is for.
type tokenUse struct {
	service Service
	kind    Credential
}

// New returns a client that signs each request with the token that its
// operation needs. A credential that is nil is missed only by the operations
// that need it. The error joins all that is wrong with the options.
//
// A request carries the headers of
// https://learn.microsoft.com/partner-center/developer/headers.
func New(creds auth.Credentials, opts ...Option) (*Client, error) {
	c := config{
		http: &http.Client{}, cloud: auth.Public(), retry: Retry{}.withDefaults(), budget: PerMinute(DefaultBudget),
		logger: slog.New(slog.DiscardHandler), locale: "en-US",
	}
	var problems []error
	for _, opt := range opts {
		problems = append(problems, opt(&c))
	}
	if creds.App == nil && creds.AppUser == nil && creds.Graph == nil {
		problems = append(problems, errors.New("no credentials: set App, AppUser or both"))
	}
	var err error
	if c.partner == nil {
		c.partner, err = baseURL("Partner Center", c.cloud.PartnerCenter)
		problems = append(problems, err)
	}
	if c.graph == nil {
		c.graph, err = baseURL("Graph", c.cloud.Graph)
		problems = append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("partnercenter: %w", err)
	}
	client := &Client{
		creds:    creds,
		partner:  endpoint{c.partner, PartnerCenter.version()},
		webhooks: endpoint{c.partner, Webhooks.version()},
		graph:    endpoint{c.graph, Graph.version()},
		config:   c,
		base:     http.DefaultTransport,
		tokens:   map[tokenUse][sha256.Size]byte{},
	}
	if c.http.Transport != nil {
		client.base = c.http.Transport
	}
	if c.http.Timeout > 0 {
		client.config.retry.AttemptTimeout = c.http.Timeout
	}
	return client, nil
}

// noteToken reports whether the token is another one than before.
func (c *Client) noteToken(service Service, kind Credential, token string) bool {
	use, sum := tokenUse{service.host(), kind}, sha256.Sum256([]byte(token))
	c.mu.Lock()
	defer c.mu.Unlock()
	isNew := c.tokens[use] != sum
	c.tokens[use] = sum
	return isNew
}

// Response is an answer that reports success.
type Response struct {
	Status        int
	Header        http.Header
	Body          []byte // without a byte order mark; empty for 202, 204 and others
	RequestID     string // the MS-RequestId that was sent
	CorrelationID string // the MS-CorrelationId that was sent
}

// Send sends a request, retries where that is safe, and returns the answer. A
// request that is not valid, or wants a credential that the client lacks, is
// refused with an error that names its operation; all else that goes wrong is
// an [*Error] that matches the sentinel for what to do next.
func (c *Client) Send(ctx context.Context, r Request) (*Response, error) {
	return c.send(ctx, r, c.endpoint(r.Service).url(r.Path, r.Query), nil)
}

// Do sends a request and decodes its answer into out. An answer without a
// body leaves out as it was; but a GET answered 200 must have one, of JSON:
// anything else is asked for again, and matches [ErrUnexpectedAnswer] in the end.
// If out has a method Validate() error, it says whether what was decoded is a
// whole answer, also where there was no body.
func (c *Client) Do(ctx context.Context, r Request, out any) error {
	var check func(status int, body []byte) error
	if out != nil && (r.Method == "" || r.Method == http.MethodGet) {
		check = holdsJSON
	}
	resp, err := c.send(ctx, r, c.endpoint(r.Service).url(r.Path, r.Query), check)
	if err != nil || out == nil {
		return err
	}
	if len(resp.Body) > 0 {
		if err := json.Unmarshal(resp.Body, out); err != nil {
			return c.unreadable(r, resp, err)
		}
	}
	if v, ok := out.(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return c.unreadable(r, resp, err)
		}
	}
	return nil
}

// holdsJSON is the check of an answer that is to be decoded.
func holdsJSON(status int, body []byte) error {
	switch {
	case len(body) == 0 && status == http.StatusOK:
		return errors.New("an empty answer")
	case len(body) > 0 && !json.Valid(body):
		return errors.New("not JSON, or cut short")
	}
	return nil
}

// Authorize checks, without sending the request, that the credential it needs
// is there and gives a token, and for a write that the user signed in with
// multi-factor authentication. Workflows call it before their first write.
func (c *Client) Authorize(ctx context.Context, r Request) error {
	r, err := r.complete()
	if err != nil {
		return err
	}
	kind, source, err := c.source(r)
	if err != nil {
		return err
	}
	call := &call{client: c, request: r, kind: kind, source: source, ctx: ctx}
	if _, err := call.authorize(ctx); err != nil {
		return call.failure(err)
	}
	return nil
}

// Follow waits for the end of an operation that was answered 202: it gets the
// Location again and again, at growing intervals, until done says so of the
// body, or the context ends. Location may lead to the configured host only.
// The operation was accepted, so [OutcomeUnknown] holds for every error.
//
// Source: https://learn.microsoft.com/partner-center/developer/update-a-subscription-by-id
func (c *Client) Follow(ctx context.Context, r Request, accepted *Response, done func(body []byte) (bool, error)) error {
	to := accepted.Header.Get("Location")
	if to == "" {
		return c.unreadable(r, accepted, errors.New("an answer without a Location"))
	}
	location, err := c.endpoint(r.Service).resolve(to)
	if err != nil {
		return c.astray(r, accepted, "the Location of the answer", err)
	}
	look := r
	look.Method, look.Body, look.RequestID, look.Header = http.MethodGet, nil, "", nil
	for wait := c.config.retry.MinWait; ; wait = min(2*wait, c.config.retry.MaxWait) {
		resp, err := c.send(ctx, look, location, nil)
		if err != nil {
			return accepted.lost(r, err)
		}
		if finished, err := done(resp.Body); err != nil {
			return accepted.lost(r, c.unreadable(look, resp, err))
		} else if finished {
			return nil
		}
		if err := pause.For(ctx, wait); err != nil {
			return accepted.lost(r, err)
		}
	}
}

// lost is the error of an operation that was accepted and could not be
// followed to its end, whatever became of the looks at it.
func (a *Response) lost(r Request, err error) *Error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Operation: r.Operation, RequestID: a.RequestID, CorrelationID: a.CorrelationID, cause: err}
	}
	e.outcome = unknown
	return e
}

// send sends a request to an address. check, if given, says whether the body
// of a 200 can be an answer at all; one that cannot is asked for again.
func (c *Client) send(ctx context.Context, r Request, address string, check func(status int, body []byte) error) (*Response, error) {
	r, err := r.complete()
	if err != nil {
		return nil, err
	}
	kind, source, err := c.source(r)
	if err != nil {
		return nil, err
	}
	call := &call{client: c, request: r, kind: kind, source: source, check: check}
	start := time.Now()
	call.ctx = call.start(ctx, EventOperation, start)
	resp, err := call.do(call.ctx, address)
	status := 0
	if resp != nil {
		status = resp.Status
	}
	call.observe(call.ctx, Event{Kind: EventOperation, Start: start, Duration: time.Since(start), Status: status, Err: err})
	return resp, err
}

// source returns the token source that a request is signed with.
func (c *Client) source(r Request) (Credential, auth.TokenSource, error) {
	kind, source := r.Credential, auth.TokenSource(nil)
	if cloud := c.config.cloud.Name; slices.Contains(r.NotIn, cloud) {
		return kind, nil, Unsent(fmt.Errorf("%s: Microsoft does not offer it in the cloud %s: %w", r.Operation, cloud, ErrNotSupported))
	}
	switch {
	case r.Service == Graph:
		if c.creds.Graph == nil {
			return kind, nil, fmt.Errorf("%s needs app+user credentials for Microsoft Graph: %w", r.Operation, ErrMissingCredential)
		}
		return AppUser, c.creds.Graph, nil
	case kind == AppOnly, kind == Either && c.creds.App != nil:
		kind, source = AppOnly, c.creds.App
	default:
		kind, source = AppUser, c.creds.AppUser
	}
	if source == nil {
		return kind, nil, fmt.Errorf("%s needs %s credentials: %w", r.Operation, r.Credential, ErrMissingCredential)
	}
	return kind, source, nil
}

func (c *Client) endpoint(s Service) endpoint {
	switch s {
	case Graph:
		return c.graph
	case Webhooks:
		return c.webhooks
	}
	return c.partner
}

// unreadable is the error of a 2xx answer that makes no sense.
func (c *Client) unreadable(r Request, resp *Response, cause error) *Error {
	cause = withoutInput(cause)
	return &Error{
		Operation: r.Operation, Status: resp.Status, RequestID: resp.RequestID, CorrelationID: resp.CorrelationID,
		class: ErrUnexpectedAnswer, cause: &presentable{conceal(cause.Error(), r.Hide...), cause}, outcome: r.outcome(),
	}
}

// astray is the error of an answer with a link that must not be followed.
func (c *Client) astray(r Request, resp *Response, what string, err error) *Error {
	e := c.unreadable(r, resp, fmt.Errorf("%s: %w", what, err))
	e.class = ErrForeignHost
	return e
}

// withoutInput drops what encoding/json repeats of the input in its errors.
func withoutInput(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		value, _, _ := strings.Cut(e.Value, " ") // "number 12" is a "number"
		return fmt.Errorf("the member %q is a %s", e.Field, value)
	}
	return err
}
