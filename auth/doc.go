// Package auth turns credentials into access tokens for Partner Center and
// Microsoft Graph.
//
//	app, err := auth.NewApp(auth.AppConfig{
//		Tenant:       "fabrikam.onmicrosoft.com",
//		ClientID:     clientID,
//		ClientSecret: auth.Secret(os.Getenv("CLIENT_SECRET")),
//	})
//
// Some operations of Partner Center, such as removing a reseller relationship,
// want to know the person behind the app. [NewUser] redeems the refresh token
// of a person who signed in with multi-factor authentication, and keeps every
// new refresh token in a [TokenStore].
//
// One request serves all callers who wait for the same token, and a token is
// renewed before it expires. Errors of the sign-in service are an [*Error];
// errors.Is tells by [ErrSignInAgain] and its siblings what to do about one.
//
// An app proves itself by a client secret, a [Certificate] or an [Assertion] of
// an identity provider that it trusts. A person signs in once, in a browser
// ([NewAuthorization]) or with a code on another device ([SignInWithDevice]).
// [Check] says which jobs of this library the credentials are good for.
//
// The package opens no browser and listens on no port; examples/consent does.
// It verifies no token: that is the business of the service that gets it.
package auth
