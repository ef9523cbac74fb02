package webhooks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"
)

// skew is how far ahead of ours Microsoft's clock may be.
const skew = 5 * time.Minute

// Handler receives the deliveries of Partner Center and gives each event to a
// function of the consumer, once. It is safe for concurrent use, and calls the
// function concurrently for different events.
//
// A delivery is believed if the certificate that it names is on a host of
// Microsoft's and leads to a trusted root, belongs to Microsoft Corporation and
// signs the body, and if the change that it tells of is neither too old nor in
// the future. All else is refused with 400, 401, 403, 405, 413 or 415, and the
// function does not hear of it.
//
// Partner Center delivers an event up to ten times until the answer is 2xx. So
// the answer is 200 when the function returned nil, now or for an earlier
// delivery of the event; 500 when it failed; and 503 when the certificate
// could not be had for a passing reason, or when the function is still busy
// with another delivery of the event, whose end nobody knows. An event is
// recognised by the SHA-256 of its bytes, for it has no id.
//
// A signature says that an event is Microsoft's, not whom it is for: nothing in
// a delivery names the partner. Another partner could pass on an event of its
// own, so look up what it is about among your own customers before you act.
//
// What limits the time for reading a request is the server: set
// [http.Server].ReadTimeout.
type Handler struct {
	config       *config
	certificates *certificates
	handle       func(context.Context, Event) error
}

// NewHandler returns a handler that gives events to handle. Its context ends
// when Partner Center stops waiting for the answer; how long it waits is not
// published, so a consumer with much to do takes note and does it later.
//
// Source: https://learn.microsoft.com/partner-center/developer/partner-center-webhooks
func NewHandler(handle func(context.Context, Event) error, opts ...Option) (*Handler, error) {
	c := defaults()
	problems := []error{required("function for events", handle == nil)}
	for _, opt := range opts {
		problems = append(problems, opt(c))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("webhooks: %w", err)
	}
	client := &http.Client{
		Transport: c.http.Transport, Timeout: c.http.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Handler{
		config: c, handle: handle,
		certificates: newCertificates(&chains{client: client, roots: c.roots, intermediates: c.intermediates, issuers: c.issuers}),
	}, nil
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := h.serve(w, r)
	if err == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	no, ok := errors.AsType[*refusal](err)
	if !ok {
		no = later("the event cannot be taken now", err)
	}
	level := slog.LevelInfo // anybody can send what is refused
	if no.status >= 500 {
		level = slog.LevelWarn
	}
	h.config.logger.LogAttrs(r.Context(), level, "webhook not accepted", slog.Int("status", no.status), slog.String("reason", no.Error()))
	switch no.status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Signature")
	}
	http.Error(w, no.text, no.status)
}

// serve returns nil when the event was handled, now or before.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return refuse(http.StatusMethodNotAllowed, "only POST is accepted")
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return refuse(http.StatusUnsupportedMediaType, "only JSON is accepted")
	}
	signature, err := readSignature(r.Header, h.config.hosts)
	if err != nil {
		return err
	}
	body, err := h.read(w, r)
	if err != nil {
		return err
	}
	if err := h.certificates.verify(r.Context(), signature, body); err != nil {
		return err
	}
	event, err := ParseEvent(body)
	if err != nil {
		return refuse(http.StatusBadRequest, "the event cannot be read")
	}
	if err := h.timely(event, time.Now()); err != nil {
		return err
	}
	return h.once(r.Context(), event, body)
}

// isJSON reports whether a content type is one of JSON. It lets a missing one
// pass: the signature tells what the body is.
func isJSON(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	return contentType == "" || strings.HasSuffix(kind, "json")
}

// read returns the whole body.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "the event is too large")
	if r.ContentLength > h.config.bodyLimit {
		return nil, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.config.bodyLimit))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge
	}
	if err != nil || r.ContentLength >= 0 && int64(len(body)) != r.ContentLength {
		return nil, refuse(http.StatusBadRequest, "the event is cut short")
	}
	return body, nil
}

// timely refuses what somebody may have recorded long ago, and what has no
// date to tell: it could be replayed for ever.
func (h *Handler) timely(e Event, now time.Time) error {
	switch {
	case e.ChangedAt.IsZero():
		return refuse(http.StatusBadRequest, "the event has no date")
	case now.Sub(e.ChangedAt) > h.config.maxAge:
		return refuse(http.StatusForbidden, "the event is too old")
	case e.ChangedAt.Sub(now) > skew:
		return refuse(http.StatusForbidden, "the event is in the future")
	}
	return nil
}

// once gives an event to the consumer unless that was done before.
func (h *Handler) once(ctx context.Context, e Event, body []byte) error {
	sum := sha256.Sum256(body)
	id := hex.EncodeToString(sum[:])
	until := e.ChangedAt.Add(h.config.maxAge + skew) // it is too old then, also by a clock that is behind
	log := func(level slog.Level, message string, attrs ...slog.Attr) {
		h.config.logger.LogAttrs(ctx, level, message, append(attrs, slog.String("event_id", id), slog.Any("event", e))...)
	}
	first, err := h.config.seen.Begin(ctx, id, until)
	switch {
	case err != nil: // such as ErrClaimed
		return later("the event cannot be taken now", err)
	case !first:
		log(slog.LevelDebug, "webhook repeated")
		return nil
	}
	settled := context.WithoutCancel(ctx) // whoever delivers may be gone by then
	handled := false
	defer func() {
		if handled { // else it failed or panicked
			return
		}
		if err := h.config.seen.Release(settled, id); err != nil {
			log(slog.LevelError, "webhook not released", slog.String("error", err.Error()))
		}
	}()
	if err := h.handle(ctx, e); err != nil {
		return &refusal{http.StatusInternalServerError, "the event could not be handled", fmt.Errorf("event %s: %w", id, err)}
	}
	handled = true
	if err := h.config.seen.Commit(settled, id, until); err != nil {
		log(slog.LevelError, "webhook not remembered", slog.String("error", err.Error()))
	}
	log(slog.LevelDebug, "webhook handled")
	return nil
}
