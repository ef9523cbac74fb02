package docs_test

import (
	"log"
	"net/http"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercentertest"
)

// emulatorTokens need no sign-in.
var emulatorTokens = auth.Credentials{
	App:     auth.Static(partnercentertest.AppToken),
	AppUser: auth.Static(partnercentertest.UserToken),
	Graph:   auth.Static(partnercentertest.GraphToken),
}

// emulatedClient returns a client of an emulated Partner Center.
func emulatedClient(fake http.RoundTripper, opts ...cspkit.Option) *cspkit.Client {
	client, err := cspkit.New(emulatorTokens, append(opts, cspkit.WithTransport(fake))...)
	if err != nil {
		log.Fatal(err)
	}
	return client
}
