// Package partnercentertest is a Partner Center in memory: put a client on it, and
// test your code without Microsoft, without an account and without a network.
//
//	fake := partnercentertest.New(partnercentertest.Demo()...)
//	client, err := cspkit.New(auth.Credentials{
//		App:     auth.Static(partnercentertest.AppToken),
//		AppUser: auth.Static(partnercentertest.UserToken),
//		Graph:   auth.Static(partnercentertest.GraphToken),
//	}, cspkit.WithTransport(fake))
//
// A [Server] keeps state: a cancelled subscription stays cancelled, terms end on
// the clock, a removed customer is gone. It is as strict as Microsoft's pages say
// the service is: it refuses closed cancellation windows, partial resources lose
// their settings, and a repeated MS-RequestId is not applied twice. With it come
// the Entra authority that signs in, the part of Microsoft Graph that offboarding
// uses, the page on which a customer accepts the Microsoft Customer Agreement, and
// signed events.
// A call that it does not know answers 501 and says which comes nearest;
// [Operation] lists all that it has. It shares no code with the library, so that
// it cannot inherit the library's mistakes.
//
// # Scenarios
//
// A customer is a struct, and With adds what it has bought: an [Item] for each
// kind of product, whose dates lie around now. Methods of Item, and for all else
// [Item.Tweak], make it different. What Microsoft does in its own way or time is a
// field of Server.
//
//	fake := partnercentertest.New(partnercentertest.Customer{ID: id, Company: "Contoso Bakery"}.With(
//		partnercentertest.License(mail), // its cancellation window is open
//		partnercentertest.LicenseClosed(office).Suspended(),
//		partnercentertest.Trial(trial).Expired(),
//	))
//	fake.Delays.Subscription = 5 * time.Minute // changes show late
//
// [Server.Attest] seeds attestations, [Server.Edit] changes a customer behind the
// client's back, [Server.Accept] does what a customer does on the acceptance page.
//
// # Faults
//
// A [Fault] happens to the requests that match it: those of an operation, about a
// subject, from an occurrence on, or for a time. One that could never happen is a
// panic, and Unmet tells which have not happened.
//
//	fake.Inject(
//		partnercentertest.Fault{Operation: partnercentertest.UpdateSubscription, Subject: mail, After: 1, Cut: true},
//		partnercentertest.Fault{Operation: partnercentertest.Reads, For: 3 * time.Second, Status: 503},
//	)
//	// ... call your code, and then:
//	unmet := fake.Unmet() // should be empty
//
// # Inspection
//
// [Server.Calls] shows what was called in which order, [Server.Requests] the
// details; [Server.State] is what is true now, whatever reads show,
// [Server.Applied] counts the writes that took effect, and [Server.Secrets] is what
// must be in no log.
//
//	want := []string{"UpdateSubscription " + mail, "RemoveRelationship " + id}
//	if diff := cmp.Diff(want, fake.Calls(partnercentertest.Writes)); diff != "" {
//		t.Errorf("writes (-want +got):\n%s", diff)
//	}
//
// # Time
//
// There is no clock to plug in. A Server answers in the caller's goroutine and
// reads time.Now, so that in a testing/synctest bubble a wait of months takes no
// time. Make the customers inside of the bubble: that is where their dates are.
//
//	synctest.Test(t, func(t *testing.T) {
//		fake := partnercentertest.New(partnercentertest.Customer{ID: id}.With(partnercentertest.LicenseClosed(mail)))
//		time.Sleep(365 * 24 * time.Hour)
//		// the term has ended, and renewed
//	})
//
// Where the client's time cannot move, [Server.Advance] moves the server's.
//
// # A process
//
// A Server is an [http.Handler], too, and routes by path alone: one port serves
// Partner Center, sign-in and Graph. For clients in other languages, examples/emulator
// is a program with seeds in JSON, and a way to do all of the above by HTTP.
//
//	server := httptest.NewServer(partnercentertest.New(partnercentertest.Demo()...))
//	client, err := cspkit.New(creds, partnercenter.WithBaseURL(server.URL), partnercenter.WithGraphURL(server.URL))
//
// # Signing in
//
// The tokens above need no sign-in. To test yours, give [TenantID], [ClientID],
// [ClientSecret] and [RefreshToken] to package auth, and an HTTP client whose
// transport is the Server. Of Entra it has the v1 and the v2 token endpoint with
// client secrets, certificates ([Server.TrustCertificate]) and federated
// credentials ([Server.TrustIssuer]); sign-in with an authorization code and PKCE or
// with a device code; refresh tokens, also for the tenants of customers that GDAP
// opens; and the documents from which MSAL learns the endpoints. It has one
// application and one user, who needs no password.
package partnercentertest
