package partnercentertest

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	servicePartnerCenter = "partnercenter"
	serviceEntra         = "entra"
	serviceGraph         = "graph"
	serviceAcceptance    = "acceptance" // the page for customers
	serviceStorage       = "storage"
)

// Request is one request that the server received, without its secrets: in its
// path, query, body and Referer the ID of an attestation is shown as {id}, as in
// /v1/attestations/enhanced/{id} or /mca/?attestationid={id}.
type Request struct {
	Time          time.Time
	Method        string
	Path          string
	Operation     Operation   // "" = what the server does not have: answered with 501
	Customer      string      // tenant ID of the customer that the path is about; "" = none
	Subject       string      // last identifier in the path: of a subscription, an order, the customer, with Entra a tenant; "" = none
	RawQuery      string      // of Entra only what is neither secret nor about a person
	Header        http.Header // Authorization is "app", "user", "graph" or ""
	Body          []byte      // of Entra only grant_type, scope, resource and client_id
	Status        int         // 0 while it is answered, and when the connection was cut
	Service       string      // "partnercenter", "entra", "graph", "acceptance", or "storage", which has the certificates of events
	RequestID     string      // MS-RequestId
	CorrelationID string      // MS-CorrelationId
	Replayed      bool        // the stored answer of an earlier request with the same MS-RequestId
}

// Requests returns what the server received so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.requests)
	for i := range out {
		out[i].Header = out[i].Header.Clone()
		out[i].Body = slices.Clone(out[i].Body)
	}
	return out
}

// Calls returns what was called, oldest first, each as a line of the operation
// and its subject, such as "UpdateSubscription a4c1340d-6911-4758-bba3-0c4c6007d161":
// everything, or only the given operations and classes. A call that was repeated
// is there as often as it arrived. What the server does not have shows its
// method and path instead.
func (s *Server) Calls(only ...Operation) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := []string{}
	for _, r := range s.requests {
		if len(only) > 0 && !slices.ContainsFunc(only, r.is) {
			continue
		}
		line := r.Method + " " + r.Path
		if r.Operation != "" {
			line = strings.TrimSpace(string(r.Operation) + " " + r.Subject)
		}
		lines = append(lines, line)
	}
	return lines
}

// is reports whether the request was of an operation or a class.
func (r Request) is(o Operation) bool {
	c := call{service: r.Service, method: r.Method, op: r.Operation}
	return c.is(o)
}

// Secrets returns every secret in play: the constants, all tokens and codes that
// were issued, the assertions and PKCE verifiers that clients sent, and the
// IDs of all attestations, which are part of acceptance links. A test can look
// for them in logs. User codes are not among them: people have to see them.
func (s *Server) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.secrets)
}

// forgotten is the entry of a call that is not recorded.
const forgotten = -1

// arrive records a call and finds the fault that it meets.
func (s *Server) arrive(c *call) (entry int, fault *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.skew = s.ClockSkew
	s.hear(c)
	now := s.now()
	c.token, c.authed = s.authenticate(c, now)
	c.shown = s.concealPath(c.path)
	s.locate(c)
	if s.Forget {
		return forgotten, s.fault(c, now)
	}
	r := Request{
		Time: now, Method: c.method, Path: c.shown, Operation: c.op, Customer: c.customer, Subject: s.subject(c), RawQuery: s.conceal(c.raw),
		Header: c.header.Clone(), Body: slices.Clone(c.body), Service: c.service,
		RequestID: c.header.Get("MS-RequestId"), CorrelationID: c.header.Get("MS-CorrelationId"),
	}
	if r.Header.Get("Authorization") != "" {
		who := ""
		if t, ok := s.tokens[bearer(c)]; ok {
			who = t.kind()
		}
		r.Header.Set("Authorization", who)
	}
	if len(r.Body) > 0 {
		r.Body = []byte(s.conceal(string(r.Body)))
	}
	if referer := r.Header.Get("Referer"); referer != "" {
		r.Header.Set("Referer", s.conceal(referer))
	}
	if c.service == serviceAcceptance {
		r.RawQuery = ""
		if c.query.Has("attestationid") {
			r.RawQuery = "attestationid={id}"
		}
	}
	if c.service == serviceEntra {
		r.Body, r.RawQuery = nil, keep(c.query, "client_id", "response_type", "redirect_uri", "response_mode", "scope", "state",
			"nonce", "code_challenge", "code_challenge_method", "prompt", "api-version", "authorization_endpoint")
		if form, err := url.ParseQuery(string(c.body)); err == nil {
			r.Body = []byte(keep(form, "grant_type", "scope", "resource", "client_id"))
		}
	}
	s.requests = append(s.requests, r)
	return len(s.requests) - 1, s.fault(c, now)
}

// keep returns the given parameters of a form, and no others.
func keep(form url.Values, names ...string) string {
	kept := url.Values{}
	for _, k := range names {
		if form.Has(k) {
			kept[k] = form[k]
		}
	}
	return kept.Encode()
}

// hear remembers the secrets that a client made itself and sent to Entra. What
// is shorter than the shortest PKCE verifier is none, and would be found
// everywhere.
func (s *Server) hear(c *call) {
	form, err := url.ParseQuery(string(c.body))
	if err != nil || c.service != serviceEntra {
		return
	}
	for _, k := range []string{"client_assertion", "code_verifier"} {
		if v := form.Get(k); len(v) >= 43 && !slices.Contains(s.secrets, v) {
			s.secrets = append(s.secrets, v)
		}
	}
}

var guids = regexp.MustCompile(`(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// conceal returns text with {id} in place of every ID of an attestation.
func (s *Server) conceal(text string) string {
	if len(s.attestations) == 0 {
		return text
	}
	return guids.ReplaceAllStringFunc(text, func(id string) string {
		if s.attestation(id) != nil {
			return "{id}"
		}
		return id
	})
}

// concealPath is conceal for paths: those of attestations show no ID at all,
// not even one that nobody knows.
func (s *Server) concealPath(path string) string {
	if words := segments(path); len(words) > 1 && strings.EqualFold(words[1], "attestations") {
		return guids.ReplaceAllLiteralString(path, "{id}")
	}
	return s.conceal(path)
}

// depart completes the record of a call; a nil answer means that none arrived.
func (s *Server) depart(entry int, c *call, a *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if entry == forgotten {
		return
	}
	s.requests[entry].Replayed = c.replay
	if a != nil {
		s.requests[entry].Status = a.status
	}
}
