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
)

// Request is one request that the server received, without its secrets: in its
// path, query, body and Referer the ID of an attestation is shown as {id}, as in
// /v1/attestations/enhanced/{id} or /mca/?attestationid={id}.
type Request struct {
	Time          time.Time
	Method        string
	Path          string
	RawQuery      string
	Header        http.Header // Authorization is "app", "user", "graph" or ""
	Body          []byte      // of a token request only grant_type, scope and client_id
	Status        int         // 0 while it is answered, and when the connection was cut
	Service       string      // "partnercenter", "entra", "graph" or "acceptance"
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

// Secrets returns every secret in play: the client secret, all refresh tokens,
// all access tokens that were issued and the IDs of all attestations, which are
// part of acceptance links. A test can look for them in logs.
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
	now := time.Now()
	c.token, c.authed = s.authenticate(c, now)
	c.shown = s.concealPath(c.path)
	if s.Forget {
		return forgotten, s.fault(c)
	}
	r := Request{
		Time: now, Method: c.method, Path: c.shown, RawQuery: s.conceal(c.raw),
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
		r.Body = nil
		if form, err := url.ParseQuery(string(c.body)); err == nil {
			shown := url.Values{}
			for _, k := range []string{"grant_type", "scope", "client_id"} {
				if form.Has(k) {
					shown.Set(k, form.Get(k))
				}
			}
			r.Body = []byte(shown.Encode())
		}
	}
	s.requests = append(s.requests, r)
	return len(s.requests) - 1, s.fault(c)
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
