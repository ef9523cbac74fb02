package azureauth

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/internal/printable"
)

// clean makes an error of ours of one of the Azure SDK, whose texts repeat
// answers, and sometimes the output of programs, as they came.
func clean(err error, w *wire) error {
	failed, _ := errors.AsType[*azidentity.AuthenticationFailedError](err)
	host, passing := w.unanswered()
	switch {
	case failed != nil && failed.RawResponse != nil:
		return refusal(failed.RawResponse)
	case host != "" && passing:
		return &failure{fmt.Sprintf("no answer from %s: %s", host, words(err)), auth.ErrTransient}
	case host != "":
		return fmt.Errorf("azureauth: the certificate of %s is not accepted: check the authority that the credential was given, and proxies on the way", host)
	}
	return fmt.Errorf("azureauth: no token: %s", words(err))
}

// refusal is the error of an answer that gives no token.
func refusal(answer *http.Response) error {
	body, err := runtime.Payload(answer) // kept in memory by the SDK
	if err != nil {
		body = nil
	}
	e := auth.DecodeError(answer.StatusCode, body)
	if e.AADSTS != 0 || !fromManagedIdentity(answer.Request) {
		return e
	}
	switch status := answer.StatusCode; {
	case status == http.StatusNotFound, status == http.StatusGone, status == http.StatusTooManyRequests, status >= 500:
		return &failure{fmt.Sprintf("the managed identity endpoint has a passing problem (HTTP %d): try again later", status), auth.ErrTransient}
	default:
		return &failure{fmt.Sprintf("the managed identity endpoint gives no token (HTTP %d): check that the identity is assigned to this machine or app, and the id that the credential was given", status), auth.ErrMisconfigured}
	}
}

// failure is a kind of failure that package auth names, in words of its own.
type failure struct {
	text string
	kind error
}

func (f *failure) Error() string { return "azureauth: " + f.text }
func (f *failure) Unwrap() error { return f.kind }

// fromManagedIdentity reports whether a request went to the endpoint that a
// machine or app has for its identity: each kind is told by a header.
//
// Source: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
// and https://learn.microsoft.com/azure/app-service/overview-managed-identity
func fromManagedIdentity(r *http.Request) bool {
	return r != nil && (r.Header.Get("Metadata") != "" || r.Header.Get("X-Identity-Header") != "" || r.Header.Get("Secret") != "")
}

// marks are where the SDK's texts begin to repeat what came from outside.
var marks = [...]string{"{", "<", "json message bytes", "responded with", "unexpected response", "---"}

// private is what no error shows, wherever it came from: tokens, mail
// addresses, and what addresses carry behind their path.
var private = regexp.MustCompile(`eyJ[\w.-]*|[\w.+-]+@[\w-]+\.[\w.-]+|\?[^\s"]*`)

// words returns what the SDK says of a failure that has no answer, on one line.
func words(err error) string {
	text := err.Error()
	for _, mark := range marks {
		text, _, _ = strings.Cut(text, mark)
	}
	text = private.ReplaceAllLiteralString(printable.Line(text), "REDACTED")
	const most = 300
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") // the cut may go through a letter
	}
	return cmp.Or(text, "the credential does not say why")
}
