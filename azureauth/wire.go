package azureauth

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http/httptrace"
	"sync"
)

// wire knows whether the latest request of a credential was answered. The Azure
// SDK's errors tell it only in words.
type wire struct {
	mu      sync.Mutex
	host    string // that was asked, and has not answered yet
	refused bool   // its certificate was not accepted, as it will not be the next time
}

// watch returns a context whose requests the wire sees.
func watch(ctx context.Context) (context.Context, *wire) {
	w := new(wire)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(hostPort string) { w.set(hostPort, false) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			if _, bad := errors.AsType[*tls.CertificateVerificationError](err); bad {
				w.refuse()
			}
		},
		GotFirstResponseByte: func() { w.set("", false) },
	}), w
}

func (w *wire) set(host string, refused bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.host, w.refused = host, refused
}

func (w *wire) refuse() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused = true
}

// unanswered returns the host whose answer is missing, and whether it may come
// the next time.
func (w *wire) unanswered() (host string, passing bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.host, w.host != "" && !w.refused
}
