package partnercentertest

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A call is one request while it is answered.
type call struct {
	ctx    context.Context
	method string
	path   string
	shown  string // the path as records and answers show it, without attestation IDs
	query  url.Values
	raw    string // the query as it was sent
	header http.Header
	origin string // scheme and host, for absolute links
	body   []byte

	now     time.Time
	skew    time.Duration // how far Entra's clock is ahead
	service string

	op       Operation // "" = what the server does not have
	route    route     // of Partner Center
	graph    graphRoute
	ids      []string       // the identifiers in the path; of Entra the tenant
	customer string         // "" = the path names none
	all      func() []known // everything, for hints: the tables of routes cannot refer to what refers to them

	token  token
	authed bool // token is the valid token of this call
	replay bool
}

func newCall(r *http.Request, origin string) (*call, error) {
	c := &call{
		ctx: r.Context(), method: r.Method, path: r.URL.Path, query: r.URL.Query(), raw: r.URL.RawQuery,
		header: r.Header.Clone(), origin: origin,
	}
	if c.method == "" {
		c.method = http.MethodGet
	}
	if c.header == nil {
		c.header = http.Header{}
	}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		c.body = body
	}
	words := segments(c.path)
	switch {
	case isEntra(words):
		c.service = serviceEntra
	case len(words) > 0 && strings.EqualFold(words[0], "v1.0"):
		c.service = serviceGraph
	case len(words) == 1 && strings.EqualFold(words[0], "mca"):
		c.service = serviceAcceptance
	case isCertificate(c.path):
		c.service = serviceStorage
	default:
		c.service = servicePartnerCenter
	}
	return c, nil
}

// write reports whether the call changes something.
func (c *call) write() bool { return !reads(c.method) }

func reads(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// serve records the call, lets faults have their way and answers. An error
// means that the caller gets no answer.
func (s *Server) serve(c *call) (*answer, error) {
	entry, fault := s.arrive(c)
	if fault != nil && fault.Delay > 0 {
		if err := wait(c.ctx, fault.Delay); err != nil {
			return nil, err
		}
	}
	var a *answer
	if fault == nil || fault.applies() {
		a = s.handle(c)
	}
	if fault != nil {
		if fault.Drop || fault.Cut {
			s.depart(entry, c, nil)
			return nil, io.ErrUnexpectedEOF
		}
		if a == nil || fault.Status != 0 {
			a = fault.answer(c)
		}
		a.half = fault.CutBody
	}
	if c.method == http.MethodHead {
		a.body = nil
	}
	switch c.service {
	case serviceEntra:
		if a.header.Get("Date") == "" { // a fault may have set it
			a.set("Date", c.stamp().UTC().Format(http.TimeFormat))
		}
	case servicePartnerCenter:
		for _, k := range []string{"MS-RequestId", "MS-CorrelationId"} {
			if v := c.header.Get(k); v != "" && a.header.Get(k) == "" {
				a.set(k, v)
			}
		}
		if a.header.Get("MS-CV") == "" {
			a.set("MS-CV", newGUID()[:16]+".0")
		}
	}
	s.depart(entry, c, a)
	return a, nil
}

// handle routes the call to the service that its path names.
func (s *Server) handle(c *call) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.now()
	switch c.service {
	case serviceEntra:
		return s.entra(c)
	case serviceGraph:
		return s.graph(c)
	case serviceAcceptance:
		return s.acceptance(c)
	case serviceStorage:
		return s.certificate(c)
	default:
		return s.partnerCenter(c)
	}
}

// wait sleeps in the caller's goroutine, or less if its context ends.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
