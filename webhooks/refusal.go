package webhooks

import "net/http"

// refusal is why a delivery was not accepted. Its text is the answer: it says
// nothing that a stranger may not know.
type refusal struct {
	status int
	text   string
	cause  error // for the log; may be nil
}

func (r *refusal) Error() string {
	if r.cause != nil {
		return r.text + ": " + r.cause.Error()
	}
	return r.text
}

func (r *refusal) Unwrap() error { return r.cause }

// passing reports whether the same delivery may be accepted later.
func (r *refusal) passing() bool { return r.status == http.StatusServiceUnavailable }

func refuse(status int, text string) *refusal { return &refusal{status: status, text: text} }

// later is the refusal of what may go well when it is delivered again.
func later(text string, cause error) *refusal {
	return &refusal{http.StatusServiceUnavailable, text, cause}
}
