package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cspkit/cspkit/auth"
)

// listener is where the browser comes back to.
type listener struct {
	url     string
	queries chan visitor
	server  *http.Server
}

// visitor is a browser that waits to be told how it went.
type visitor struct {
	query url.Values
	told  chan string
}

// listen opens a port on this machine alone, for both ways in which a browser
// may read "localhost": on a port that is taken for one of them, another
// program would get the code.
func listen(port int) (*listener, error) {
	four, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("listening for the browser: %w: set another -port", err)
	}
	port = four.Addr().(*net.TCPAddr).Port
	six, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(port)))
	if err != nil && hasIPv6() {
		_ = four.Close()
		return nil, fmt.Errorf("listening for the browser: %w: set another -port", err)
	}
	l := &listener{url: fmt.Sprintf("http://localhost:%d", port), queries: make(chan visitor)}
	l.server = &http.Server{Handler: l, ReadHeaderTimeout: time.Minute}
	go l.server.Serve(four) // ends with close
	if six != nil {
		go l.server.Serve(six)
	}
	return l, nil
}

// hasIPv6 reports whether this machine has the other loopback address at all.
func hasIPv6() bool {
	probe, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	_ = probe.Close()
	return true
}

// close lets the browser read its answer before it ends.
func (l *listener) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = l.server.Shutdown(ctx)
	_ = l.server.Close()
}

// ServeHTTP hands what the browser brought to wait, and answers what came of it.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if r.Method != http.MethodGet || r.URL.Path != "/" || !query.Has("code") && !query.Has("error") {
		http.NotFound(w, r) // such as the icon that browsers ask for
		return
	}
	v := visitor{query, make(chan string, 1)}
	select {
	case l.queries <- v:
	case <-r.Context().Done():
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Referrer-Policy", "no-referrer")
	select {
	case text := <-v.told:
		fmt.Fprintln(w, text)
	case <-r.Context().Done():
	}
}

// wait returns what came of the sign-in. A visitor who does not belong to it is
// sent away, and changes nothing.
func (l *listener) wait(ctx context.Context, flow *auth.Authorization) (*auth.SignIn, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case v := <-l.queries:
			result, err := flow.Finish(ctx, v.query)
			switch {
			case errors.Is(err, auth.ErrWrongState):
				v.told <- "This page does not belong to the sign-in that is under way. Open the newest address."
				continue
			case err != nil:
				v.told <- "The sign-in failed. Look at the terminal; you may close this page."
			case result.MFAKnown && !result.MFA:
				v.told <- "You signed in without multi-factor authentication, which is of no use. Look at the terminal; you may close this page."
			default:
				v.told <- "You are signed in. You may close this page and go back to the terminal."
			}
			return result, err
		}
	}
}
