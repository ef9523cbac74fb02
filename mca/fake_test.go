package mca_test

import (
	"errors"
	"testing"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/mca"
)

const (
	fabrikam   customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	id                            = "49a69a39-8244-4c51-9805-4f5aa3adac6b"
	template                      = "117a77b0-9360-443b-8795-c6dedc750cf9"
	base                          = "https://api.partnercenter.microsoft.com/v1/"
	ofFabrikam                    = base + "customers/" + string(fabrikam) + "/"
)

// ada signs for Fabrikam.
var ada = mca.Signatory{FirstName: "Ada", LastName: "Visser", Email: "ada.visser@fabrikam.example", Phone: "+31201234567"}

// complete is an attestation with nothing wrong.
func complete() mca.Attestation {
	return mca.NewAttestation("Fabrikam BV").Country("NL").Language("nl-NL").
		Signatory(ada.FirstName, ada.LastName, ada.Email, ada.Phone)
}

// service returns the agreements behind a wire that gives these replies. Its
// tokens are named after their kind, and it tries everything once.
func service(t testing.TB, opts []mca.Option, replies ...wiretest.Reply) (*mca.Service, *wiretest.Wire) {
	t.Helper()
	client, w := wiretest.Client(t, replies...)
	s, err := mca.New(client, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s, w
}

// checkIs reports an error that is not one of the kind that is wanted, nil for
// none.
func checkIs(t *testing.T, call string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s = %v, want %v", call, err, want)
	}
}
