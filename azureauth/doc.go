// Package azureauth lets the credentials of the Azure SDK sign requests to
// Partner Center: a managed identity, a workload identity, a certificate, an
// assertion, or anything else that is an [azcore.TokenCredential].
//
//	credential, err := azidentity.NewWorkloadIdentityCredential(nil)
//	…
//	app, err := azureauth.Source(credential, auth.Public().Resource)
//	…
//	client, err := cspkit.New(auth.Credentials{App: app})
//
// Such a credential speaks for an app alone, unless it is one with which a
// person signs in. Removing a reseller relationship wants the person's refresh
// token, which the Azure SDK does not take: keep [auth.NewUser] for that, and
// let an [Assertion] take the place of its client secret.
//
// A certificate in a PKCS#12 file needs no such credential: [LoadPKCS12] reads
// it for the sources of package auth.
package azureauth
