package partnercentertest

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Delays says how long a write stays invisible to reads. Zero means that the
// next read shows it.
type Delays struct {
	Subscription time.Duration // PATCH of a subscription
	Relationship time.Duration // removal of the reseller relationship
	Azure        time.Duration // cancelling and reactivating Azure entitlements
	Order        time.Duration // PATCH of an order
	GDAP         time.Duration // termination of a GDAP relationship
	Delete       time.Duration // DELETE of a sandbox customer
	Audit        time.Duration // how late the audit record of a write shows
	Agreement    time.Duration // creation of an agreement, in the list of agreements
}

// Refusal is an error answer of Partner Center.
type Refusal struct {
	Status int    // HTTP status
	Code   string // numeric code of the body
}

// Server emulates Partner Center, Entra, Graph and the acceptance page for one
// partner. Requests are routed by path alone, so that one port can serve all of
// them. Its fields are set before first use; the zero value of each is a
// sensible default. A Server is safe for concurrent use.
type Server struct {
	Delays                 Delays
	Budget                 int           // requests a minute for each of customers, subscriptions and orders; 0 = unlimited
	PageSize               int           // most customers or audit records on one page; 0 = 500
	TokenLife              time.Duration // life of an access token; 0 = 1 hour
	Sandbox                bool          // DELETE of a customer and cancelling reservations are allowed
	RemovalRefusal         Refusal       // answer when a removal's preconditions fail; zero = 417 with code 800036
	SuspendedBlocksRemoval bool          // suspended new commerce refuses removal too; suspended legacy never does
	RotateRefreshTokens    bool          // every redemption returns a new refresh token
	StrictRotation         bool          // as RotateRefreshTokens, and the redeemed token dies
	AfterRemoval           string        // what GET customer answers after removal: "20002" (default), "none", "900159", "60003" or "404"
	EndOfListCode          bool          // the last page of customers and of audit records has a next link that answers 400 with code 2000
	Accept202              bool          // PATCH of a subscription answers 202 with a Location and no body
	NoMFA                  bool          // users signed in without MFA: their writes are refused
	Forget                 bool          // keeps no Requests: for benchmarks and long runs
	Attestation            AttestationWire
	Agreement              AgreementWire
	DeliveryPause          time.Duration // between two attempts to deliver an event; 0 = 1 minute, for Microsoft does not say
	OldCountryRules        bool          // country rules spell their lists as supportedStatesList and the like
	Resellers              []Reseller    // indirect resellers of the partner, which is then an indirect provider

	NoConsent         bool          // nobody consented to the application: no tokens for users, AADSTS65001
	MFAChallenge      bool          // redeeming a refresh token asks for MFA, AADSTS50076
	ConditionalAccess bool          // a policy blocks users, AADSTS53003
	SecretExpired     bool          // the client secret has expired, AADSTS7000222
	SignInError       string        // OAuth error with which an authorization ends, such as access_denied; "" = none
	GraphScopes       []string      // that tokens for Graph name; nil = what the library needs
	RedirectURIs      []string      // of the application; empty = any http URI of this machine
	ClockSkew         time.Duration // how far Entra's clock is ahead of time.Now: it judges assertions and dates tokens and answers

	mu           sync.Mutex
	ahead        time.Duration           // of time.Now: see Advance
	accounts     []*account              // in the order in which they were seeded
	byID         map[string]*account     // by tenant ID in lower case
	byGDAP       map[string]*account     // by the ID of a GDAP relationship in lower case
	attestations map[string]*Attestation // by ID in lower case
	attested     []*Attestation          // oldest first
	tokens       map[string]token
	refresh      map[string]refreshToken
	secrets      []string
	writes       map[string]*write // by MS-RequestId in lower case
	budgets      map[string]*budget
	faults       []*injected
	requests     []Request
	partial      int
	audits       []audited // in the order in which they were recorded

	authority authority

	chain       *certificates // nil until somebody needs it
	registered  *registration // for events; nil = none
	validations []*validation // oldest first
}

// New returns a server whose partner has the given customers.
func New(customers ...Customer) *Server {
	s := &Server{
		byID:         make(map[string]*account, len(customers)),
		byGDAP:       map[string]*account{},
		attestations: map[string]*Attestation{},
		tokens:       givenTokens(),
		refresh:      map[string]refreshToken{RefreshToken: {issued: time.Now()}},
		secrets:      []string{ClientSecret, RefreshToken, AppToken, UserToken, GraphToken},
		writes:       map[string]*write{},
		budgets:      map[string]*budget{},

		authority: newAuthority(),
	}
	for i, c := range customers {
		a := newAccount(i+1, c)
		s.accounts = append(s.accounts, a)
		s.index(a)
	}
	return s
}

// ServeHTTP answers r as the service would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	c, err := newCall(r, scheme+r.Host)
	if err != nil {
		http.Error(w, "unreadable body", http.StatusBadRequest)
		return
	}
	a, err := s.serve(c)
	if err != nil {
		panic(http.ErrAbortHandler) // the way to cut a connection from a handler
	}
	maps.Copy(w.Header(), a.header)
	body := a.body
	if a.reason != "" { // net/http writes no reason phrases; the text has to go into the body
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		body = []byte(a.reason)
	}
	if a.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(a.status)
	if a.half {
		w.Write(body[:len(body)/2])
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	}
	w.Write(body)
}

// RoundTrip answers r in the caller's goroutine, whatever its host.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	c, err := newCall(r, r.URL.Scheme+"://"+r.URL.Host)
	if err != nil {
		return nil, err
	}
	a, err := s.serve(c)
	if err != nil {
		return nil, err
	}
	status := strconv.Itoa(a.status) + " " + http.StatusText(a.status)
	if a.reason != "" {
		status = a.reason
	}
	var body io.Reader = bytes.NewReader(a.body)
	if a.half {
		body = io.MultiReader(bytes.NewReader(a.body[:len(a.body)/2]), cutReader{})
	}
	return &http.Response{
		Status: status, StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(body), ContentLength: int64(len(a.body)),
		Request: r,
	}, nil
}

// cutReader is the end of a connection that broke in the middle of a body.
type cutReader struct{}

func (cutReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// budget counts the requests of one minute for one resource.
type budget struct {
	start time.Time
	count int
}

// throttle returns a 429 answer when the resource's budget is spent.
func (s *Server) throttle(resource string, now time.Time) *answer {
	if s.Budget <= 0 {
		return nil
	}
	return s.throttleTo(s.Budget, resource, now)
}

// throttleTo returns a 429 answer when more than n requests came in a minute.
func (s *Server) throttleTo(n int, resource string, now time.Time) *answer {
	b := s.budgets[resource]
	if b == nil || now.Sub(b.start) >= time.Minute {
		b = &budget{start: now}
		s.budgets[resource] = b
	}
	b.count++
	if b.count <= n {
		return nil
	}
	wait := int((b.start.Add(time.Minute).Sub(now) + time.Second - 1) / time.Second)
	return tooMany(strconv.Itoa(wait))
}

// segments splits a path into its words, without empty ones.
func segments(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}
