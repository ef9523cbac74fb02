package mca

import (
	"errors"
	"regexp"
	"strings"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

// ErrAttestationID is matched by the error for what cannot be an attestation id.
// Nothing was sent: pass the one of [Created].
var ErrAttestationID = errors.New("the attestation id is missing or cannot be one")

// validID reports whether s can be an attestation id. The known ones are
// GUIDs, but nobody promises that.
func validID(s string) bool {
	return s != "" && len(s) <= 200 && strings.Trim(s, ".") != "" &&
		!strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Link returns the page on which the customer accepts the attestation with the
// id. The page asks for no sign-in.
func (s *Service) Link(id auth.Secret) auth.Secret { return auth.Secret(s.wire.link(id.Reveal())) }

// withoutIDs takes everything out of an error that looks like an attestation
// id: a refusal may name another attestation than the one it is about, and that
// one can be accepted, too.
func withoutIDs(err error) error {
	if e, ok := errors.AsType[*partnercenter.Error](err); ok {
		for _, text := range []*string{&e.Message, &e.Name, &e.Code} {
			*text = likeID.ReplaceAllString(*text, redacted)
		}
	}
	return err
}

// likeID matches a GUID, and the beginning of one where the text was cut.
var likeID = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f-]*`)
