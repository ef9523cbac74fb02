package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/cspkit/cspkit/internal/printable"
	"github.com/cspkit/cspkit/partnercenter"
)

// Service registers for events. It does nothing until a method is called.
type Service struct{ pc *partnercenter.Client }

// New returns the registration that client can reach: that of its partner tenant.
func New(client *partnercenter.Client) *Service { return &Service{client} }

// Registration says where a partner tenant's events go. There is one for a
// tenant. A key in its URL is a secret: printed or logged, only the host shows.
type Registration struct {
	SubscriberID string      `json:"SubscriberId,omitzero"` // chosen by Partner Center; not in what Registration returns
	URL          string      `json:"WebhookUrl"`            // https
	Events       []EventName `json:"WebhookEvents"`         // at least one
	// SignatureHeader puts the signature into the header x-ms-signature, for
	// receivers behind something that uses Authorization itself. [Handler]
	// reads both. UNCONFIRMED: whether Registration returns it.
	SignatureHeader bool `json:"SignatureTokenToMsSignatureHeader,omitzero"`
}

// String returns the host of the receiver, and the events.
func (r Registration) String() string {
	return fmt.Sprintf("webhook registration to %s for %q", hostOf(r.URL), r.Events)
}

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (r Registration) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, r.String()) // a fmt.State keeps no error
}

// LogValue implements [slog.LogValuer], with what String returns.
func (r Registration) LogValue() slog.Value { return slog.StringValue(r.String()) }

// hostOf returns what may be shown of a receiver's address: many have a key in
// the query or the path.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "no host"
	}
	return printable.Line(u.Host)
}

// check returns what is wrong with a registration that is to be sent. It
// repeats no URL: its query may be a secret.
func (r Registration) check() error {
	var problems []error
	u, err := url.Parse(r.URL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		problems = append(problems, errors.New("the URL must be https and have a host, no user and no fragment"))
	}
	if len(r.Events) == 0 || slices.Contains(r.Events, "") {
		problems = append(problems, errors.New("at least one event is required, and none may be empty"))
	}
	return errors.Join(problems...)
}

// same reports whether r already is what wanted asks for. Letter case and
// order of the events do not matter.
func (r Registration) same(wanted Registration) bool {
	within := func(some, others []EventName) bool {
		return !slices.ContainsFunc(some, func(e EventName) bool { return !slices.ContainsFunc(others, e.Is) })
	}
	return r.URL == wanted.URL && r.SignatureHeader == wanted.SignatureHeader &&
		within(r.Events, wanted.Events) && within(wanted.Events, r.Events)
}

// Events returns the events that one can register for.
//
// Source: GET /webhooks/v1/registration/events,
// https://learn.microsoft.com/partner-center/developer/partner-center-webhooks
func (s *Service) Events(ctx context.Context) ([]EventName, error) {
	r := request("listing the events of webhooks", http.MethodGet, "registration", "events")
	var names []EventName
	for name, err := range partnercenter.All[EventName](ctx, s.pc, r) {
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// Registration returns the tenant's registration. The error matches
// [partnercenter.ErrNotFound] when there is none: how Partner Center says so is
// UNCONFIRMED, so an answer without a URL counts, too.
//
// Source: GET /webhooks/v1/registration,
// https://learn.microsoft.com/partner-center/developer/partner-center-webhooks
func (s *Service) Registration(ctx context.Context) (*Registration, error) {
	r := request("getting the webhook registration", http.MethodGet, "registration")
	var found Registration
	if err := s.pc.Do(ctx, r, &found); err != nil {
		return nil, err
	}
	if found.URL == "" {
		return nil, fmt.Errorf("%s: the answer has no URL: %w", r.Operation, partnercenter.ErrNotFound)
	}
	return &found, nil
}

// Register makes the tenant's first registration and returns it with its
// subscriber id. A registration that cannot be right is not sent. What Partner
// Center does where there is one is UNCONFIRMED: use Update, or Ensure.
//
// Source: POST /webhooks/v1/registration,
// https://learn.microsoft.com/partner-center/developer/partner-center-webhooks
func (s *Service) Register(ctx context.Context, r Registration, opts ...partnercenter.CallOption) (*Registration, error) {
	return s.send(ctx, "registering for webhooks", http.MethodPost, r, opts)
}

// Update replaces the tenant's registration. The error matches
// [partnercenter.ErrNotFound] when there is none.
//
// Source: PUT /webhooks/v1/registration,
// https://learn.microsoft.com/partner-center/developer/partner-center-webhooks
func (s *Service) Update(ctx context.Context, r Registration, opts ...partnercenter.CallOption) (*Registration, error) {
	return s.send(ctx, "updating the webhook registration", http.MethodPut, r, opts)
}

// Ensure makes the tenant's registration what r says, at the start of a
// program: it reads it, and then registers, updates or leaves it alone. It
// takes the place of a registration that somebody else made.
func (s *Service) Ensure(ctx context.Context, r Registration) (*Registration, error) {
	if err := r.check(); err != nil {
		return nil, partnercenter.Unsent(fmt.Errorf("registering for webhooks: %w", err))
	}
	found, err := s.Registration(ctx)
	switch {
	case errors.Is(err, partnercenter.ErrNotFound):
		return s.Register(ctx, r)
	case err != nil:
		return nil, err
	case found.same(r):
		return found, nil
	}
	return s.Update(ctx, r)
}

// send sends a registration. What the answer leaves out is as it was sent.
func (s *Service) send(ctx context.Context, operation, method string, r Registration, opts []partnercenter.CallOption) (*Registration, error) {
	if err := r.check(); err != nil {
		return nil, partnercenter.Unsent(fmt.Errorf("%s: %w", operation, err))
	}
	r.SubscriberID, r.Events = "", slices.Clone(r.Events) // the answer is decoded over it
	req := request(operation, method, "registration").With(opts...)
	req.Hide = []string{r.URL}
	var err error
	if req.Body, err = json.Marshal(r); err != nil {
		return nil, partnercenter.Unsent(fmt.Errorf("%s: %w", operation, err))
	}
	if err := s.pc.Do(ctx, req, &r); err != nil {
		return nil, err
	}
	return &r, nil
}

func request(operation, method string, segments ...string) partnercenter.Request {
	return partnercenter.Request{
		Operation: operation, Service: partnercenter.Webhooks, Resource: partnercenter.WebhooksResource, Method: method,
		Path: partnercenter.Path(segments...),
	}
}
