package auth

import (
	"net/url"
	"strings"
	"sync"
)

// Redactor is a TokenSource that can take its secrets out of a text that came
// from outside and may echo them. Implementing it is optional; the sources of
// [NewApp] and [User] do.
type Redactor interface {
	// Redact returns the text with every secret of the source, plain or
	// URL-encoded, replaced by REDACTED.
	Redact(text string) string
}

// Redact takes the secrets of all sources out of a text.
func (c Credentials) Redact(text string) string {
	for _, source := range []TokenSource{c.App, c.AppUser, c.Graph} {
		if r, ok := source.(Redactor); ok {
			text = r.Redact(text)
		}
	}
	return text
}

// secretsInPlay are the secrets that a source has used so far.
type secretsInPlay struct {
	mu   sync.Mutex
	seen []sealed
}

// add notes a secret. Refresh tokens rotate, and the old ones stay secret; the
// oldest of very many are forgotten, since nothing can echo them any more.
func (s *secretsInPlay) add(secret string) {
	if len(secret) < 8 { // it may be a part of any word
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, known := range s.seen {
		if known.reveal() == secret {
			return
		}
	}
	if len(s.seen) >= 64 {
		s.seen = append(s.seen[:2:2], s.seen[3:]...) // the client secret and the seed stay
	}
	s.seen = append(s.seen, seal(secret))
}

func (s *secretsInPlay) redact(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range s.seen {
		plain := secret.reveal()
		text = strings.ReplaceAll(text, plain, redacted)
		text = strings.ReplaceAll(text, url.QueryEscape(plain), redacted)
		text = strings.ReplaceAll(text, url.PathEscape(plain), redacted)
	}
	return text
}

// Redact implements [Redactor].
func (c *cached) Redact(text string) string {
	if c.secrets == nil {
		return text
	}
	return c.secrets.redact(text)
}
