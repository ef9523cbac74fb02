package webhooks

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/cspkit/cspkit/partnercenter"
)

// TestResult says what became of a test event.
type TestResult struct {
	CorrelationID string    `json:"correlationId"`
	PartnerID     string    `json:"partnerId"`
	Status        string    `json:"status"` // completed, when no attempt will follow; other values pass through
	CallbackURL   string    `json:"callbackUrl"`
	Attempts      []Attempt `json:"results"`
}

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
	if err := answer.Validate(); err != nil { // Do does not ask where there is no body
		return "", fmt.Errorf("%s: %w: %w", r.Operation, partnercenter.ErrUnexpectedAnswer, err)
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
