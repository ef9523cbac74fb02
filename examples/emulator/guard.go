package main

import (
	"errors"
	"mime"
	"net"
	"net/http"

	"github.com/cspkit/cspkit/internal/loopback"
)

// guard refuses calls of the admin API that do not come from a program on this
// machine. The check of the Host keeps out a page whose name was made to lead
// here, that of the origin a page of any other site, and the content type a form.
func guard(r *http.Request) error {
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || !loopback.Host(from) {
		return refusal{http.StatusForbidden, "the admin API is for programs on the same machine"}
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(r.Host); err == nil {
		host = name
	}
	if !loopback.Host(host) {
		return refusal{http.StatusForbidden, "the admin API is not reached by this host name: use localhost or 127.0.0.1"}
	}
	if err := new(http.CrossOriginProtection).Check(r); err != nil {
		return refusal{http.StatusForbidden, "the admin API is not for pages of other sites: call it from a program"}
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refusal{http.StatusUnsupportedMediaType, "send the header Content-Type: application/json, also where there is no body"}
	}
	return nil
}

// refusal is an error with the status that it is answered with.
type refusal struct {
	status int
	text   string
}

func (r refusal) Error() string { return r.text }

// statusOf returns the status that an error is answered with: what is not said to
// be anything else is wrong with the request.
func statusOf(err error) int {
	if r, ok := errors.AsType[refusal](err); ok {
		return r.status
	}
	return http.StatusBadRequest
}
