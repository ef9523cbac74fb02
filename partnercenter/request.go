package partnercenter

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/cspkit/cspkit/internal/guid"
)

// Credential says which token an operation accepts.
type Credential int

const (
	// Either is an operation that accepts both kinds of token. A client that
	// has both uses the app-only one.
	Either Credential = iota
	// AppOnly is an operation that refuses a token obtained for a user.
	AppOnly
	// AppUser is an operation that refuses a token without a user.
	AppUser
)

// String returns the name that Microsoft's pages use.
func (c Credential) String() string {
	switch c {
	case AppOnly:
		return "app-only"
	case AppUser:
		return "app+user"
	default:
		return "app-only or app+user"
	}
}

// Service is what answers a request: a host, and a version of its paths.
type Service int

const (
	// PartnerCenter is the Partner Center REST API.
	PartnerCenter Service = iota
	// Graph is Microsoft Graph. It is always called with [auth.Credentials].Graph.
	Graph
	// Webhooks is the part of Partner Center that registers for its events: on
	// the same host, with the same tokens, under a version of its own.
	Webhooks
)

// version is what every path of a service starts with.
func (s Service) version() string {
	switch s {
	case Graph:
		return "/v1.0"
	case Webhooks:
		return "/webhooks/v1"
	}
	return "/v1"
}

// host is the service whose host and tokens a service uses.
func (s Service) host() Service {
	if s == Webhooks {
		return PartnerCenter
	}
	return s
}

// Resource names the rate budget that a request counts against.
//
// Source: https://learn.microsoft.com/partner-center/developer/api-throttling-guidance
type Resource string

const (
	Customers     Resource = "customers"
	Subscriptions Resource = "subscriptions"
	Orders        Resource = "orders"
	// Agreements are agreements and attestations. UNCONFIRMED by Microsoft's
	// page: whether they have an allowance; ours is that of the others.
	Agreements Resource = "agreements"
	// GraphResource has no budget of ours; it only pauses when Graph answers 429.
	GraphResource Resource = "graph"
	// WebhooksResource has no budget of ours, either: Partner Center allows two
	// test events a minute, and its 429 says how long to wait for the next.
	WebhooksResource Resource = "webhooks"
)

// Request is one call, before it is sent.
type Request struct {
	Operation  string      // what the call does, as in "listing customers"; errors and events carry it
	Service    Service     // the zero value is Partner Center
	Credential Credential  // the token that the operation accepts
	Resource   Resource    // the budget that it counts against
	Method     string      // empty means GET
	Path       string      // escaped, without the version: see [Path]
	Query      url.Values  // may be nil
	Header     http.Header // added to what the client sends
	Body       []byte      // JSON; nil sends none

	// NotIn are the clouds, by [auth.Cloud].Name, in which Microsoft does not
	// offer the operation. There it is not sent: the error matches [ErrNotSupported].
	NotIn []string

	// Hide are secrets and data of people in Path, Query or Body. An answer may
	// repeat them, and a broken connection the address: no error, event or log
	// line shows them.
	Hide []string

	// RequestID becomes MS-RequestId: Partner Center recognises a repeated
	// write by it. Empty means a new one. It stays the same over retries.
	RequestID     string
	CorrelationID string // MS-CorrelationId; empty means a new one
}

// A CallOption changes one call of the packages above this one.
type CallOption func(*Request)

// RequestID makes a write carry an id that the caller has recorded before, so
// that the same write can be sent again after a crash without taking effect
// twice. It must be a GUID. Never use one id for two different writes.
//
// Source: https://learn.microsoft.com/partner-center/developer/headers
func RequestID(id string) CallOption { return func(r *Request) { r.RequestID = id } }

// CorrelationID makes a call carry the caller's own trace id, a GUID.
func CorrelationID(id string) CallOption { return func(r *Request) { r.CorrelationID = id } }

// With returns the request changed by the options.
func (r Request) With(opts ...CallOption) Request {
	for _, opt := range opts {
		opt(&r)
	}
	return r
}

// Path joins the segments of a path and escapes each. A request with an empty
// segment is refused before it is sent: an identifier is missing.
func Path(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	return b.String()
}

// reads reports whether the request changes nothing.
func (r Request) reads() bool {
	return r.Method == "" || r.Method == http.MethodGet || r.Method == http.MethodHead
}

// outcome is what an answer that reports a failure leaves open.
func (r Request) outcome() outcome {
	if r.reads() {
		return unchanged
	}
	return byStatus
}

// complete fills in what was left empty, and reports what cannot be sent.
func (r Request) complete() (Request, error) {
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	if r.RequestID == "" {
		r.RequestID = guid.New()
	}
	if r.CorrelationID == "" {
		r.CorrelationID = guid.New()
	}
	switch {
	case !guid.Valid(r.RequestID):
		return r, r.invalid("the request id is not a GUID")
	case !guid.Valid(r.CorrelationID):
		return r, r.invalid("the correlation id is not a GUID")
	case !validPath(r.Path):
		return r, r.invalid("the path %q must be of escaped segments, each after a slash, none of them empty or dots", conceal(r.Path, r.Hide...))
	case r.Body != nil && !json.Valid(r.Body):
		return r, r.invalid("the body is not JSON")
	}
	return r, nil
}

func (r Request) invalid(format string, args ...any) error {
	return &notSent{fmt.Errorf("%s: %w", r.Operation, fmt.Errorf(format, args...))}
}

// validPath guards against an empty identifier: deleting a customer without
// one must not become a call about all customers, nor one with dots a call
// about something else.
func validPath(path string) bool {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok || strings.ContainsAny(path, "?#\\") {
		return false
	}
	for segment := range strings.SplitSeq(rest, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return false
		}
	}
	return true
}
