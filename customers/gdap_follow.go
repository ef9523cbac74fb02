package customers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cspkit/cspkit/internal/pause"
	"github.com/cspkit/cspkit/partnercenter"
)

// ErrGDAPRequestFailed: Graph gave a request up. The relationship is as it was
// before: make a new request, with a new id.
var ErrGDAPRequestFailed = errors.New("the GDAP request failed: make a new one")

// Pauses between two looks at a GDAP request: it takes minutes.
const (
	firstLook = time.Second
	mostPause = 30 * time.Second
)

// FollowGDAPRequest waits until a GDAP relationship is terminated, as a
// request of [Service.TerminateGDAP] asked, and returns it as it then is. The
// word of the request is not enough: a read of the relationship has to show
// it. Of an empty id, which TerminateGDAP returns where Graph named none, the
// relationship alone is looked at. It looks at once, then at growing intervals.
//
// The error matches [ErrGDAPRequestFailed] if Graph gives the request up. If
// the context ends first, or a look fails, termination goes on without being
// followed, and may be followed again.
//
// Source: https://learn.microsoft.com/graph/api/delegatedadminrelationshiprequest-get
func (s *Service) FollowGDAPRequest(ctx context.Context, relationship, id string) (*GDAPRelationship, error) {
	operation := "following a request on GDAP relationship " + relationship
	for wait := firstLook; ; wait = min(2*wait, mostPause) {
		succeeded, err := s.terminated(ctx, relationship, id)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", operation, err)
		}
		if succeeded {
			g, err := s.GDAPRelationship(ctx, relationship)
			if err != nil || g.Status.Is(GDAPTerminated) {
				return g, err
			}
		}
		if err := pause.For(ctx, wait); err != nil {
			return nil, fmt.Errorf("%s, which is not over: %w", operation, err)
		}
	}
}

// terminated reports whether a request for termination says that it succeeded.
func (s *Service) terminated(ctx context.Context, relationship, id string) (bool, error) {
	if id == "" {
		return true, nil
	}
	request, err := s.GDAPRequest(ctx, relationship, id)
	switch {
	case err != nil:
		return false, err
	case request.Failed():
		return false, ErrGDAPRequestFailed
	case request.Status == "": // nobody could say when it ends
		return false, fmt.Errorf("it has no status: %w", partnercenter.ErrUnexpectedAnswer)
	case request.Action != "" && !strings.EqualFold(request.Action, "terminate"):
		return false, fmt.Errorf("it asks for %.40q, not for termination", request.Action)
	}
	return strings.EqualFold(request.Status, "succeeded"), nil
}
