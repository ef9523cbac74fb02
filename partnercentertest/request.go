package partnercentertest

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

const (
	servicePartnerCenter = "partnercenter"
	serviceEntra         = "entra"
	serviceGraph         = "graph"
	serviceStorage       = "storage"
)

// Request is one request that the server received, without its secrets.
type Request struct {
	Time          time.Time
	Method        string
	Path          string
	RawQuery      string
	Header        http.Header // Authorization is "app", "user", "graph" or ""
	Body          []byte      // of a token request only grant_type, scope and client_id
	Status        int         // 0 while it is answered, and when the connection was cut
	Service       string      // "partnercenter", "entra", "graph" or "storage", which has the certificates of events
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

// Secrets returns every secret in play: the client secret, all refresh tokens
// and all access tokens that were issued. A test can look for them in logs.
func (s *Server) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.secrets)
}

// arrive records a call and finds the fault that it meets.
func (s *Server) arrive(c *call) (entry int, fault *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	c.token, c.authed = s.authenticate(c, now)
	r := Request{
		Time: now, Method: c.method, Path: c.path, RawQuery: c.raw,
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

// depart completes the record of a call; a nil answer means that none arrived.
func (s *Server) depart(entry int, c *call, a *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[entry].Replayed = c.replay
	if a != nil {
		s.requests[entry].Status = a.status
	}
}
