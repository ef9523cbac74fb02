package billing_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/examples/downstream/billing"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

// The second way: one canned answer, as it was seen on the wire or in
// Microsoft's pages, for what an error turns into on its way through cspkit.
// Each test has a transport of its own, so that tests may run in parallel; a
// request without an answer is an error.

func TestWhatMicrosoftDoesNotKnowIsUnknown(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   error
	}{
		{"subscription", 404, `{"code":20003,"description":"The subscription was not found."}`, billing.ErrUnknown},
		{"customer that left", 403, `{"code":20002,"description":"No relationship between caller and account.","data":[],"source":"PartnerFD"}`, billing.ErrUnknown},
		{"token that may not read", 403, `{"code":900308,"description":"Not allowed."}`, partnercenter.ErrForbidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			transport := httpmock.NewMockTransport()
			transport.RegisterResponder(http.MethodGet,
				"https://api.partnercenter.microsoft.com/v1/customers/"+string(contoso)+"/subscriptions/"+string(office),
				httpmock.NewStringResponder(tt.status, tt.body))
			client, err := partnercenter.New(auth.Credentials{App: auth.Static("an access token")}, partnercenter.WithTransport(transport))
			if err != nil {
				t.Fatal(err)
			}
			err = billing.New(subscriptions.New(client)).Hold(t.Context(), contoso, office)
			if !errors.Is(err, tt.want) {
				t.Errorf("Hold = %v, want %v", err, tt.want)
			}
			if n := transport.GetTotalCallCount(); n != 1 {
				t.Errorf("%d requests, want 1: the read", n)
			}
		})
	}
}
