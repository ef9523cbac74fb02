package partnercentertest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// WebhookEvent is an event of Partner Center. Nothing that happens on the
// server makes one: a test delivers what it is about.
type WebhookEvent struct {
	Name         string // such as subscription-updated
	ResourceURI  string // "" = null
	ResourceName string
	AuditURI     string    // "" = null
	ChangedAt    time.Time // zero = now, by the receiver's clock: see Server.Advance
	Body         []byte    // sent as it is, instead of all but Name
}

// SubscriptionUpdated returns the event that a subscription has changed.
func SubscriptionUpdated(customer, subscription string) WebhookEvent {
	return WebhookEvent{
		Name: "subscription-updated", ResourceName: "subscription",
		ResourceURI: "https://api.partnercenter.microsoft.com/webhooks/v1/customers/" + customer + "/subscriptions/" + subscription,
		AuditURI:    "https://api.partnercenter.microsoft.com/auditactivity/v1/auditrecords/" + guidFrom(customer+subscription),
	}
}

// body returns the event as it is sent.
func (e WebhookEvent) body() []byte {
	if e.Body != nil {
		return e.Body
	}
	if e.ChangedAt.IsZero() {
		e.ChangedAt = time.Now()
	}
	orNull := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	data, err := json.Marshal(struct {
		EventName             string
		ResourceUri           *string
		ResourceName          string
		AuditUri              *string
		ResourceChangeUtcDate string
	}{e.Name, orNull(e.ResourceURI), e.ResourceName, orNull(e.AuditURI), e.ChangedAt.UTC().Format("2006-01-02T15:04:05.9999999-07:00")})
	if err != nil {
		panic("partnercentertest: " + err.Error()) // strings can always be encoded
	}
	return data
}

// unregistered is where events go that are signed before anybody registered.
const unregistered = "https://receiver.example/partner-center"

// SignedEvent returns the request that delivers an event to the registered
// URL, signed and not sent. A test can forge what it likes from it.
func (s *Server) SignedEvent(ctx context.Context, e WebhookEvent) *http.Request {
	s.mu.Lock()
	r := registration{url: unregistered}
	if s.registered != nil {
		r = *s.registered
	}
	s.mu.Unlock()
	return r.request(ctx, e.body())
}

// request returns the request that delivers a body.
func (r *registration) request(ctx context.Context, body []byte) *http.Request {
	sum := sha256.Sum256(body)
	signature, err := rsa.SignPKCS1v15(nil, signingKey(), crypto.SHA256, sum[:])
	if err != nil {
		panic("partnercentertest: " + err.Error()) // the key is long enough
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		panic("partnercentertest: " + err.Error()) // the URL was read before
	}
	token := base64.StdEncoding.EncodeToString(signature)
	if r.header {
		req.Header.Set("X-Ms-Signature", token)
	} else {
		req.Header.Set("Authorization", "Signature "+token)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-MS-Certificate-Url", certificateHost+certificatePath)
	req.Header.Set("X-MS-Signature-Algorithm", "rsa-sha256")
	return req
}

// attempts is how often the service tries to deliver an event.
const attempts = 10

// Deliver posts events to the registered URL through a transport, and before
// them the test events that validationEvents has asked for. Each is tried ten
// times, with pauses of DeliveryPause, until the answer is 2xx. The error says
// what became of those that never arrived, or were not registered for.
//
// [Handler] is a transport that leads to a receiver without a port.
func (s *Server) Deliver(ctx context.Context, through http.RoundTripper, events ...WebhookEvent) error {
	s.mu.Lock()
	registered := s.registered
	var tests []WebhookEvent
	for _, v := range s.validations {
		if v.pending {
			v.pending = false
			tests = append(tests, WebhookEvent{
				Name: "test-created", ResourceName: "test", ChangedAt: v.asked,
				ResourceURI: "http://api.partnercenter.microsoft.com/webhooks/v1/registration/validationEvents/" + v.id,
			})
		}
	}
	s.mu.Unlock()
	if registered == nil {
		return errors.New("partnercentertest: nobody has registered for events")
	}
	var problems []error
	for _, e := range append(tests, events...) {
		if err := s.deliver(ctx, through, registered, e); err != nil {
			problems = append(problems, fmt.Errorf("partnercentertest: delivering %s: %w", e.Name, err))
		}
	}
	return errors.Join(problems...)
}

func (s *Server) deliver(ctx context.Context, through http.RoundTripper, to *registration, e WebhookEvent) error {
	if !slices.Contains(to.events, e.Name) {
		return errors.New("the registration does not name it")
	}
	pause := s.DeliveryPause
	if pause <= 0 {
		pause = time.Minute
	}
	body := e.body() // an event is the same in every attempt
	for attempt := 1; ; attempt++ {
		status, err := post(through, to.request(ctx, body))
		done := err == nil && status/100 == 2
		s.delivered(e, status, done || attempt == attempts)
		if done {
			return nil
		}
		if err == nil {
			err = fmt.Errorf("the receiver answered %d", status)
		}
		if attempt == attempts {
			return fmt.Errorf("given up after %d attempts: %w", attempts, err)
		}
		if err := wait(ctx, pause); err != nil {
			return err
		}
	}
}

// post sends a request and returns the status of the answer.
func post(through http.RoundTripper, req *http.Request) (status int, err error) {
	res, err := through.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// delivered records an attempt to deliver a test event.
func (s *Server) delivered(e WebhookEvent, status int, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.validation(e.ResourceURI[strings.LastIndex(e.ResourceURI, "/")+1:])
	if v == nil {
		return
	}
	v.ended = ended
	v.results = append(v.results, map[string]any{
		"responseCode": strings.ReplaceAll(http.StatusText(status), " ", ""), "responseMessage": "", "systemError": status == 0,
		"dateTimeUtc": time.Now().UTC().Format("2006-01-02T15:04:05.9999999"), // without a zone, as the service writes it
	})
}
