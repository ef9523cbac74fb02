package partnercentertest

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault is a mishap that the server gives to requests that match. Without
// Status, Cut, CutBody and Drop it only delays.
type Fault struct {
	Method string // "" = any
	Path   string // part of the path in any letter case, "" = any
	Times  int    // how often it happens: 0 = once, -1 = always
	After  int    // matching requests that pass first

	Status      int    // answered instead of handling the request
	Code        string // code of the error body, in the shape of the service that is asked
	Description string
	RetryAfter  string // Retry-After header
	Body        string // body to send instead of an error body
	ContentType string // of Body; "" = application/json
	Header      http.Header

	Cut     bool          // handle the request, then cut the connection
	CutBody bool          // send half of the body
	Drop    bool          // cut the connection before handling the request
	Delay   time.Duration // wait before anything else
	Apply   bool          // handle the request, then answer Status nevertheless
}

// Inject adds faults. A request meets the first one that matches it.
func (s *Server) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		f.Times = max(f.Times, -1)
		if f.Times == 0 {
			f.Times = 1
		}
		f.Header = f.Header.Clone()
		s.faults = append(s.faults, f)
	}
}

// fault returns a copy of the fault that the call meets, or nil.
func (s *Server) fault(c *call) *Fault {
	for i := range s.faults {
		f := &s.faults[i]
		if f.Times == 0 || f.Method != "" && !strings.EqualFold(f.Method, c.method) ||
			!strings.Contains(strings.ToLower(c.path), strings.ToLower(f.Path)) {
			continue
		}
		if f.After > 0 {
			f.After--
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		met := *f
		return &met
	}
	return nil
}

// applies reports whether the request is handled in spite of the fault.
func (f *Fault) applies() bool {
	return !f.Drop && (f.Status == 0 || f.Apply || f.Cut)
}

// answer returns what the fault sends.
func (f *Fault) answer(c *call) *answer {
	status := f.Status
	if status == 0 {
		status = http.StatusInternalServerError
	}
	a := f.body(c, status)
	if f.RetryAfter != "" {
		a.set("Retry-After", f.RetryAfter)
	}
	maps.Copy(a.header, f.Header.Clone())
	return a
}

func (f *Fault) body(c *call, status int) *answer {
	switch {
	case f.Body != "":
		a := bare(status).set("Content-Type", f.ContentType)
		if f.ContentType == "" {
			a.set("Content-Type", "application/json; charset=utf-8")
		}
		a.body = []byte(f.Body)
		return a
	case f.Code != "" && c.service == serviceGraph:
		return graphError(status, f.Code, f.Description)
	case f.Code != "" && c.service == serviceEntra:
		n, _ := strconv.Atoi(f.Code)
		return deny(status, "invalid_grant", n, f.Description).json(c)
	case f.Code != "":
		return refuse(status, f.Code, f.Description)
	case status == http.StatusTooManyRequests && f.RetryAfter != "":
		return tooMany(f.RetryAfter)
	}
	return bare(status)
}
