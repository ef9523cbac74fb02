package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/cspkit/cspkit/auth"
)

func ExampleNewApp() {
	fake := &endpoint{answers: []answer{token("an-access-token")}} // instead of the network

	app, err := auth.NewApp(auth.AppConfig{
		Tenant:       "fabrikam.onmicrosoft.com",
		ClientID:     "0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b",
		ClientSecret: "kept out of the source in real life",
		HTTPClient:   &http.Client{Transport: fake},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := app.Token(context.Background())
	fmt.Println(token.AccessToken, err)
	// Output: an-access-token <nil>
}

func ExampleNewApp_problems() {
	_, err := auth.NewApp(auth.AppConfig{Tenant: "common", ClientID: "0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b"})
	fmt.Println(err)
	// Output:
	// auth: Tenant is neither a GUID nor a domain name: set the partner tenant's GUID or a domain name of it
	// auth: ClientSecret is empty: set the value of a client secret of the app registration, or a Certificate or an Assertion
}

func ExampleNewUser() {
	fake := &endpoint{answers: []answer{ // instead of the network
		rotated("an-access-token", "the-next-refresh-token"),
		refused(400, "invalid_grant", "50076"),
	}}

	user, err := auth.NewUser(auth.UserConfig{
		App: auth.AppConfig{
			Tenant:       "fabrikam.onmicrosoft.com",
			ClientID:     "0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b",
			ClientSecret: "kept out of the source in real life",
			HTTPClient:   &http.Client{Transport: fake},
		},
		RefreshToken: "from a sign-in with multi-factor authentication",
		Store:        new(auth.MemoryTokenStore), // a lasting one in real life
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	creds := auth.Credentials{AppUser: user.PartnerCenter(), Graph: user.Graph()}

	token, err := creds.AppUser.Token(context.Background())
	fmt.Println(token.AccessToken, err)

	_, err = creds.Graph.Token(context.Background())
	fmt.Println(errors.Is(err, auth.ErrMFARequired))
	// Output:
	// an-access-token <nil>
	// true
}

func ExampleSecret() {
	s := auth.Secret("hunter2")
	fmt.Printf("%v %+v %#v %q %d\n", s, s, s, s, s)
	fmt.Println(s.Reveal())
	// Output:
	// REDACTED REDACTED REDACTED REDACTED REDACTED
	// hunter2
}

func ExampleMFA() {
	fmt.Println(auth.MFA(jwt(`{"amr":["pwd","mfa"]}`)))
	fmt.Println(auth.MFA("opaque"))
	// Output:
	// true true
	// false false
}

func ExampleDecodeError() {
	err := auth.DecodeError(401, []byte(`{"error":"invalid_client","error_description":"AADSTS7000222: …"}`))
	fmt.Println(err)
	fmt.Println(errors.Is(err, auth.ErrMisconfigured))
	// Output:
	// auth: no token: the client secret has expired: make a new one in the app registration and set it (HTTP 401, invalid_client, AADSTS7000222)
	// true
}
