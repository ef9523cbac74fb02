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
// The package signs nobody in: it opens no browser and asks for no consent. It
// verifies no token either; that is the business of the service that gets it.
package auth
