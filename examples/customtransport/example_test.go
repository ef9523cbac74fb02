package customtransport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/examples/customtransport"
	"github.com/cspkit/cspkit/partnercentertest"
)

// In a program, Proxied takes the place of the emulator, and a file that of the
// buffer.
func ExampleRecorded() {
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV"})
	var file bytes.Buffer
	recorder := customtransport.Recorded(fake, &file)
	transport := customtransport.Signed(recorder, "billing", []byte("a key that the gateway has, too"))

	app, err := auth.NewApp(auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: transport},
	})
	if err != nil {
		log.Fatal(err)
	}
	client, err := cspkit.New(auth.Credentials{App: app}, cspkit.WithTransport(transport))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Customer(contoso).Get(context.Background()); err != nil {
		log.Fatal(err)
	}
	for lines := json.NewDecoder(&file); lines.More(); {
		var e customtransport.Exchange
		if err := lines.Decode(&e); err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Method, e.Host+e.Path, e.Status)
		if body, ok := e.Response.Body.(map[string]any); ok {
			profile, _ := body["companyProfile"].(map[string]any)
			fmt.Println(body["relationshipToPartner"], profile["companyName"])
		}
	}
	// Output:
	// POST login.microsoftonline.com/{}/oauth2/v2.0/token 200
	// GET api.partnercenter.microsoft.com/v1/customers/b44bb1fb-c595-45b0-9e09-d657365580bf 200
	// reseller REDACTED
}
