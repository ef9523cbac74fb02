package mocks_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"

	"go.uber.org/mock/gomock"
	"golang.org/x/oauth2"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mocks"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// The user has to sign in again: the program can tell, and nothing was sent.
func ExampleNewAuthTokenSource() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	user := mocks.NewAuthTokenSource(ctrl)
	user.EXPECT().Token(gomock.Any()).Return(nil, &auth.Error{Status: http.StatusBadRequest, Code: "invalid_grant", AADSTS: 700082})

	fake := partnercentertest.New()
	client, err := partnercenter.New(auth.Credentials{AppUser: user}, partnercenter.WithTransport(fake))
	if err != nil {
		log.Fatal(err)
	}
	_, err = customers.New(client).Get(context.Background(), contoso)
	fmt.Println(errors.Is(err, partnercenter.ErrSignInAgain), len(fake.Requests()), "requests")
	// Output: true 0 requests
}

// A refresh token that came back is stored under the key that was looked up.
func ExampleNewAuthTokenStore() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	key := auth.TokenKey(partnercentertest.TenantID, partnercentertest.ClientID, partnercentertest.RefreshToken)
	store := mocks.NewAuthTokenStore(ctrl)
	gomock.InOrder(
		// Once to redeem it, and once more to see that nobody has signed in meanwhile.
		store.EXPECT().LoadToken(gomock.Any(), key).Return(auth.RefreshToken{}, auth.ErrNoToken).Times(2),
		store.EXPECT().SaveToken(gomock.Any(), key, gomock.Any()).DoAndReturn(func(_ context.Context, _ string, t auth.RefreshToken) error {
			fmt.Println("stored, when it is logged:", t.Token)
			return nil
		}),
	)

	fake := partnercentertest.New()
	fake.RotateRefreshTokens = true
	user, err := auth.NewUser(auth.UserConfig{
		App: auth.AppConfig{
			Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
			ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: fake},
		},
		RefreshToken: partnercentertest.RefreshToken,
		Store:        store,
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = user.PartnerCenter().Token(context.Background())
	fmt.Println(err)
	// Output:
	// stored, when it is logged: REDACTED
	// <nil>
}

// Two doubles make a source that is told about a token which was refused.
func ExampleNewAuthInvalidator() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	tokens, refused := mocks.NewAuthTokenSource(ctrl), mocks.NewAuthInvalidator(ctrl)
	tokens.EXPECT().Token(gomock.Any()).Return(&oauth2.Token{AccessToken: "an old token"}, nil).Times(2)
	refused.EXPECT().Invalidate("an old token").MinTimes(1)
	source := struct {
		auth.TokenSource
		auth.Invalidator
	}{tokens, refused}

	client, err := partnercenter.New(auth.Credentials{App: source}, partnercenter.WithTransport(partnercentertest.New()))
	if err != nil {
		log.Fatal(err)
	}
	_, err = customers.New(client).Get(context.Background(), contoso)
	fmt.Println(errors.Is(err, partnercenter.ErrUnauthorized))
	// Output: true
}

// A source that can take its own secrets out of foreign texts is asked to.
func ExampleNewAuthRedactor() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	secrets := mocks.NewAuthRedactor(ctrl)
	secrets.EXPECT().Redact("the secret is s3cret").Return("the secret is REDACTED")
	source := struct {
		auth.TokenSource
		auth.Redactor
	}{mocks.NewAuthTokenSource(ctrl), secrets}

	fmt.Println(auth.Credentials{App: source}.Redact("the secret is s3cret"))
	// Output: the secret is REDACTED
}
