// The program emulator is a Partner Center that is not there: partnercentertest
// as a process of its own, for clients in other languages, for demos, and for
// trying things out with curl.
//
//	go run ./examples/emulator                    # demo customers, on a free port of this machine
//	go run ./examples/emulator -seed seed.json    # customers of your own
//	go run ./examples/emulator -json > ready.json # for scripts: one line, as soon as it listens
//
// It prints where Partner Center, sign-in, Graph and the acceptance page are, the
// environment of the other examples, and a first call. One port serves them all.
// Below /admin/ it can be looked at and changed: what was called, a subscription
// suspended behind the client's back, a term that ends now, a connection that
// breaks. GET /admin/ lists that.
//
// A seed is a JSON object; testdata/seed.json shows most of it:
//
//	{
//	  "settings": {"budget": 500, "delays": {"subscription": "2s"}},
//	  "customers": [{
//	    "id": "b44bb1fb-c595-45b0-9e09-d657365580bf", "company": "Contoso Bakery", "domain": "contosobakery.example",
//	    "items": [
//	      {"kind": "license", "id": "a4c1340d-6911-4758-bba3-0c4c6007d161"},
//	      {"kind": "license_closed", "id": "6e7aa601-629e-461b-8933-0898c3cc3c7c", "suspended": true, "ends_at": "+30d"}
//	    ]
//	  }],
//	  "faults": [{"operation": "UpdateSubscription", "after": 1, "cut": true}]
//	}
//
// Times are RFC 3339, dates, or offsets from the start such as "+30d" and "-36h".
// GET /admin/state writes what is true now in the same form: change it, and start
// with it. What is unknown or malformed in a seed is an error that names the place.
//
// It ends with 0 when it is stopped by a signal, 2 if it was not called properly or
// the seed is wrong, 4 if it cannot listen ("go run" makes a 1 of each of these but
// 0; "go build" keeps them).
package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/cspkit/cspkit/examples/internal/cli"
)

func main() {
	cli.Main("emulator", func(ctx context.Context, args []string, _ func(string) string, c cli.Console) int {
		return run(ctx, args, c)
	})
}

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, c cli.Console) int {
	req, err := parse(args, c.Err)
	if err != nil {
		return c.Usage(err)
	}
	p, err := req.load(c.In)
	if err != nil {
		return c.Usage(err)
	}
	listener, err := net.Listen("tcp", req.addr)
	if err != nil {
		return c.Fail(err)
	}
	if err := req.announce(c.Out, listener.Addr(), p.now().Customers()); err != nil {
		listener.Close()
		return cli.ExitFailed // Main says why the output got lost
	}
	if err := serve(ctx, listener, p); err != nil {
		return c.Fail(err)
	}
	return cli.ExitDone
}

// serve answers until the context ends, and then finishes what has begun.
func serve(ctx context.Context, listener net.Listener, p *process) error {
	server := &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if server.Shutdown(grace) != nil {
		server.Close() // somebody takes too long, such as a request that a fault delays
	}
	<-ended
	return nil
}
