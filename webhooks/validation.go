package webhooks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/cspkit/cspkit/internal/printable"
	"github.com/cspkit/cspkit/partnercenter"
)

// TestResult says what became of a test event. Printed or logged, it shows only
// the host of the callback: a key in its URL is a secret.
type TestResult struct {
	CorrelationID string    `json:"correlationId"`
	PartnerID     string    `json:"partnerId"`
	Status        string    `json:"status"` // completed, when no attempt will follow; other values pass through
	CallbackURL   string    `json:"callbackUrl"`
	Attempts      []Attempt `json:"results"`
}

// String returns how far the test event is.
func (r TestResult) String() string {
	return fmt.Sprintf("test event %s to %s: %q after %d attempts",
		printable.Line(r.CorrelationID), hostOf(r.CallbackURL), r.Status, len(r.Attempts))
}

// Format implements [fmt.Formatter]: every verb prints what String returns.
func (r TestResult) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, r.String()) // a fmt.State keeps no error
}

// LogValue implements [slog.LogValuer], with what String returns.
func (r TestResult) LogValue() slog.Value { return slog.StringValue(r.String()) }

// Attempt is one delivery of a test event, as Partner Center saw it.
type Attempt struct {
	ResponseCode    string             `json:"responseCode"` // the receiver's answer in words, such as OK
	ResponseMessage string             `json:"responseMessage"`
	SystemError     bool               `json:"systemError"` // it was Partner Center that failed
	At              partnercenter.Time `json:"dateTimeUtc"`
}

// SendTest asks for a [TestCreated] event, which the registration has to name,
// and returns its correlation id, for TestResult. More than two in a minute
// are answered 429: the call waits as long as that asks, and its error matches
// [partnercenter.ErrThrottled] if that is too long.
//
// Source: POST /webhooks/v1/registration/validationEvents,
// https://learn.microsoft.com/partner-center/developer/partner-center-webhooks
func (s *Service) SendTest(ctx context.Context, opts ...partnercenter.CallOption) (correlationID string, err error) {
	r := request("asking for a test event", http.MethodPost, "registration", "validationEvents").With(opts...)
	var answer testAnswer
	if err := s.pc.Do(ctx, r, &answer); err != nil {
		return "", err
	}
	return answer.CorrelationID, nil
}

// testAnswer is the answer to a request for a test event.
type testAnswer struct {
	CorrelationID string `json:"correlationId"`
}

// Validate makes an answer without a correlation id unreadable.
func (a *testAnswer) Validate() error {
	if a.CorrelationID == "" {
		return errors.New("the answer has no correlation id")
	}
	return nil
}

// TestResult returns what became of a test event so far. The error matches
// [partnercenter.ErrNotFound] for one that nobody asked for in the last 7 days.
//
// Source: GET /webhooks/v1/registration/validationEvents/{correlationId},
// https://learn.microsoft.com/partner-center/developer/partner-center-webhooks
func (s *Service) TestResult(ctx context.Context, correlationID string) (*TestResult, error) {
	r := request("getting the result of test event "+correlationID, http.MethodGet, "registration", "validationEvents", correlationID)
	var result TestResult
	if err := s.pc.Do(ctx, r, &result); err != nil {
		return nil, err
	}
	return &result, nil
}
