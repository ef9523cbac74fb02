// Package customtransport is what to copy where requests cannot leave the
// company as they are: a gateway at the edge is reached through a proxy, wants
// to know which machine calls (by a client certificate) and which program (by a
// signature of each request), and somebody wants to see what was sent.
//
// cspkit takes any [http.RoundTripper]. Each of these is one, and wraps the next:
//
//	gateway := customtransport.Proxied(proxy, certificate, roots)
//	recorder := customtransport.Recorded(gateway, file) // what is really sent
//	transport := customtransport.Signed(recorder, "billing", key)
//
//	app, err := auth.NewApp(auth.AppConfig{…, HTTPClient: &http.Client{Transport: transport}})
//	client, err := cspkit.New(auth.Credentials{App: app}, cspkit.WithTransport(transport))
//
// Signing in has an HTTP client of its own: give it the same transport.
//
// A transport is asked once for each attempt: cspkit repeats what failed above
// it, and each attempt is signed and recorded anew.
package customtransport
