package webhooks

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"
)

const (
	certificateLife = 24 * time.Hour   // Microsoft may put another one in its place
	nearEnd         = time.Hour        // before its end a certificate is asked for again
	askAgain        = time.Minute      // between two downloads of one address
	downloadTime    = 15 * time.Second // for a certificate with its issuers
	maxKnown        = 64               // certificates that are remembered; Microsoft uses one

	// documented is the address on Microsoft's page. It is asked for whatever
	// else strangers keep the receiver busy with.
	documented = "https://3psostorageacct.blob.core.windows.net/cert/pcnotifications-dispatch.microsoft.com.cer"
)

// certificates remembers the certificates that events are signed with. Anybody
// can make it ask for one, so it asks seldom: one address once a minute, and
// addresses that have not been good before ten times a minute in all.
type certificates struct {
	chains    *chains
	flight    singleflight.Group
	strangers *rate.Limiter // downloads from addresses that have not been good before

	mu    sync.Mutex
	known map[string]*knownCertificate // by address
}

// knownCertificate is what is known of an address. All but used stays as it is.
type knownCertificate struct {
	signer *signer   // nil if there is none
	err    error     // why there is none
	asked  time.Time // the latest download
	good   time.Time // the latest download that went well
	used   time.Time // the latest delivery that named it; changed under the lock
}

func newCertificates(c *chains) *certificates {
	return &certificates{
		chains: c, strangers: rate.NewLimiter(rate.Every(time.Minute/10), 10), known: map[string]*knownCertificate{},
	}
}

// verify returns nil if the certificate that a signature names is trusted and
// signs body.
func (c *certificates) verify(ctx context.Context, s signature, body []byte) error {
	cert, err := c.get(ctx, s.certificate)
	if err != nil {
		return err
	}
	if s.signs(cert.key, body) {
		return nil
	}
	// Microsoft renews the certificate in its place.
	if cert, err = c.ask(ctx, s.certificate); err != nil {
		return err
	}
	if !s.signs(cert.key, body) {
		return refuse(http.StatusUnauthorized, "the signature does not match")
	}
	return nil
}

// get returns the certificate at an address.
func (c *certificates) get(ctx context.Context, address string) (*signer, error) {
	if k, now := c.look(address), time.Now(); k.usable(now) && k.fresh(now) {
		return k.signer, nil
	}
	return c.ask(ctx, address)
}

// look returns what is known of an address, which may be nothing.
func (c *certificates) look(address string) knownCertificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.known[address]
	if k == nil {
		return knownCertificate{}
	}
	k.used = time.Now()
	return *k
}

func (k knownCertificate) usable(now time.Time) bool {
	return k.signer != nil && now.Before(k.signer.ends)
}

func (k knownCertificate) fresh(now time.Time) bool {
	return now.Before(k.good.Add(certificateLife)) && now.Before(k.signer.ends.Add(-nearEnd))
}

// ask downloads the certificate at an address, or returns what came of that
// less than a minute ago. Those who want it at the same time share one
// download, which goes on without any of them.
func (c *certificates) ask(ctx context.Context, address string) (*signer, error) {
	answer := c.flight.DoChan(address, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), downloadTime)
		defer cancel()
		return c.download(ctx, address)
	})
	select {
	case got := <-answer:
		s, _ := got.Val.(*signer)
		return s, got.Err
	case <-ctx.Done():
		return nil, later("the delivery ended early", ctx.Err())
	}
}

// download downloads the certificate at an address and remembers what came of
// it. While its host is down, the one from before is good until it ends.
func (c *certificates) download(ctx context.Context, address string) (*signer, error) {
	before, now := c.look(address), time.Now()
	if now.Before(before.asked.Add(askAgain)) && (before.err != nil || before.usable(now)) {
		return before.signer, before.err
	}
	if before.signer == nil && address != documented && !c.strangers.Allow() {
		return nil, later("too many certificates were asked for", nil)
	}
	s, err := c.chains.signer(ctx, address)
	now = time.Now()
	next := &knownCertificate{signer: s, err: err, asked: now, good: now, used: now}
	if r, ok := errors.AsType[*refusal](err); ok && r.passing() && before.usable(now) {
		next.signer, next.err, next.good = before.signer, nil, before.good
	}
	c.remember(address, next)
	return next.signer, next.err
}

// remember keeps what is known of an address, and makes room for it.
func (c *certificates) remember(address string, k *knownCertificate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(c.known, func(_ string, k *knownCertificate) bool {
		return !k.usable(now) && !now.Before(k.asked.Add(askAgain))
	})
	c.known[address] = k
	for len(c.known) > maxKnown {
		oldest := address
		for other, k := range c.known {
			if k.used.Before(c.known[oldest].used) {
				oldest = other
			}
		}
		delete(c.known, oldest)
	}
}
