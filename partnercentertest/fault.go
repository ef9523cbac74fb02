package partnercentertest

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault is a mishap that the server gives to requests that match all of
// Operation, Subject, Method and Path. Without Status, Cut, CutBody and Drop it
// only delays.
//
//	Fault{Operation: UpdateSubscription, Subject: id, After: 1, Cut: true} // the second update of it loses its answer
//	Fault{Operation: Reads, For: 3 * time.Second, Status: 503}             // no read works for three seconds
type Fault struct {
	Operation Operation // such as UpdateSubscription, or Reads or Writes; "" = any
	Subject   string    // identifier in the path: of a customer, a subscription, an order; with Entra a tenant; "" = any
	Method    string    // "" = any
	Path      string    // part of the path in any letter case, "" = any

	Times int           // how often it happens: 0 = once, or always during For; -1 = always
	After int           // matching requests that pass first
	For   time.Duration // how long it goes on, from the first request that meets it; 0 = no end

	Status      int    // answered instead of handling the request
	Code        string // code of the error body, in the shape of the service that is asked; of Entra a number, such as 50076
	Description string // beside Code
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

// injected is a fault with what is left of it.
type injected struct {
	Fault
	left     int       // how often it is still to happen; -1 = without end
	until    time.Time // when For is over; zero until the fault happened
	happened bool
}

// Inject adds faults. A request meets the first one that matches it. Inject
// panics on what [Fault.Validate] reports: a test of a fault that never happens
// proves nothing.
func (s *Server) Inject(faults ...Fault) {
	for _, f := range faults {
		if err := f.Validate(); err != nil {
			panic("partnercentertest: Inject: " + err.Error())
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		f.Header = f.Header.Clone()
		left := max(f.Times, -1)
		if left == 0 {
			left = 1
			if f.For > 0 {
				left = -1
			}
		}
		s.faults = append(s.faults, &injected{Fault: f, left: left})
	}
}

// Unmet returns what is left of the faults: those that have not happened as often
// as they are to, with Times and After being what is left of these, and those
// without such a number that have not happened at all. A test that expects all
// of its faults to have happened wants none.
func (s *Server) Unmet() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var unmet []Fault
	for _, f := range s.faults {
		if f.left > 0 || f.left < 0 && !f.happened {
			f := f.Fault
			f.Header = f.Header.Clone()
			unmet = append(unmet, f)
		}
	}
	return unmet
}

// ClearFaults takes all faults away.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Validate says why the fault could never happen, or would change nothing.
func (f Fault) Validate() error {
	switch {
	case f.Status == 0 && !f.Cut && !f.CutBody && !f.Drop && f.Delay == 0:
		return errors.New("the fault changes nothing: set Status, Cut, CutBody, Drop or Delay")
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("the status %d cannot be answered: set 200 to 599", f.Status)
	case f.After < 0 || f.For < 0 || f.Delay < 0 || f.Times < -1:
		return errors.New("the fields After, For and Delay cannot be negative, and Times only -1: always")
	}
	if err := f.validateAnswer(); err != nil {
		return err
	}
	return f.validateOperation()
}

// validateAnswer finds fields that the others leave without an effect.
func (f Fault) validateAnswer() error {
	answers := f.Code != "" || f.Description != "" || f.RetryAfter != "" || f.Body != "" || f.ContentType != "" || len(f.Header) > 0 || f.Apply
	switch {
	case f.Status == 0 && answers:
		return errors.New("the fields Code, Description, RetryAfter, Body, ContentType, Header and Apply are about an answer with Status: set that, too")
	case f.Status != 0 && (f.Cut || f.Drop):
		return errors.New("with Cut or Drop there is no answer with Status: leave one of them out")
	case f.Drop && (f.Cut || f.CutBody) || f.Cut && f.CutBody:
		return errors.New("the fields Cut, CutBody and Drop exclude each other: set one")
	case f.Body != "" && (f.Code != "" || f.Description != ""):
		return errors.New("the Body is sent instead of Code and Description: leave one of them out")
	case f.Body == "" && f.ContentType != "":
		return errors.New("the ContentType is that of Body: set that, too")
	case f.Code == "" && f.Description != "":
		return errors.New("the Description goes with a Code: set that, too")
	}
	return nil
}

// validateOperation finds what no call of the operation can match.
func (f Fault) validateOperation() error {
	switch {
	case f.Operation == "":
		return nil
	case f.Operation == Reads || f.Operation == Writes:
		if f.Method != "" && (f.Operation == Reads) != reads(strings.ToUpper(f.Method)) {
			return fmt.Errorf("a %s is not one of the %s: leave Method out", f.Method, f.Operation)
		}
		return nil
	}
	var is []known
	for _, k := range everything() {
		if k.operation == f.Operation {
			is = append(is, k)
		}
	}
	switch {
	case len(is) == 0:
		return fmt.Errorf("there is no operation %.60q: did you mean %s?", f.Operation, nearest(string(f.Operation), Operations()))
	case f.Method != "" && !strings.EqualFold(f.Method, is[0].method):
		return fmt.Errorf("%s is a %s, never a %s: leave Method out", f.Operation, is[0].method, f.Method)
	case f.Subject != "" && !strings.Contains(is[0].path, "{"):
		return fmt.Errorf("the path of %s (%s) names no subject: leave Subject out", f.Operation, is[0].path)
	}
	if _, err := strconv.Atoi(strings.TrimPrefix(f.Code, "AADSTS")); err != nil && f.Code != "" && strings.HasPrefix(is[0].path, "/{tenant}/") {
		return fmt.Errorf("the code of Entra is %.60q: set a number, such as 50076 or AADSTS50076", f.Code)
	}
	return nil
}

// fault returns a copy of the fault that the call meets, or nil.
func (s *Server) fault(c *call, now time.Time) *Fault {
	for _, f := range s.faults {
		if f.left == 0 || !f.until.IsZero() && !now.Before(f.until) || !f.matches(c) {
			continue
		}
		if f.After > 0 {
			f.After--
			continue
		}
		if f.left > 0 {
			f.left--
			f.Times = f.left
		}
		if !f.happened && f.For > 0 {
			f.until = now.Add(f.For)
		}
		f.happened = true
		met := f.Fault
		return &met
	}
	return nil
}

func (f *Fault) matches(c *call) bool {
	return c.is(f.Operation) && (f.Subject == "" || c.names(f.Subject)) &&
		(f.Method == "" || strings.EqualFold(f.Method, c.method)) &&
		strings.Contains(strings.ToLower(c.path), strings.ToLower(f.Path))
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
		n, _ := strconv.Atoi(strings.TrimPrefix(f.Code, "AADSTS")) // 0 only if the fault is of any operation
		return deny(status, "invalid_grant", n, f.Description).json(c)
	case f.Code != "":
		return refuse(status, f.Code, f.Description)
	case status == http.StatusTooManyRequests && f.RetryAfter != "":
		return tooMany(f.RetryAfter)
	}
	return bare(status)
}
