package config

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercentertest"
)

// Demo is an emulated Partner Center with customers in various states.
type Demo struct {
	URL       string               // where it listens
	Customers []customers.TenantID // all of them
	Emulator  *partnercentertest.Server

	server *http.Server
}

// startDemo serves the emulator on a free port of this machine. Changes take
// a moment to show, as they do in Partner Center, where it can be minutes.
func startDemo() (*Demo, error) {
	seed := partnercentertest.Demo()
	emulator := partnercentertest.New(seed...)
	emulator.Delays = partnercentertest.Delays{
		Subscription: 2 * time.Second,
		Relationship: 3 * time.Second,
		Azure:        2 * time.Second,
		Order:        time.Second,
		GDAP:         2 * time.Second,
		Delete:       time.Second,
		Agreement:    time.Second,
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the emulator: %w", err)
	}
	d := &Demo{URL: "http://" + listener.Addr().String(), Emulator: emulator, server: &http.Server{Handler: emulator, ReadHeaderTimeout: time.Minute}}
	for _, c := range seed {
		d.Customers = append(d.Customers, customers.TenantID(c.ID))
	}
	go d.server.Serve(listener) // ends with close
	return d, nil
}

// access is how to reach the emulator. One address serves Partner Center,
// sign-in and Graph.
func (d *Demo) access() access {
	return access{
		api: d.URL, login: d.URL, graph: d.URL,
		tenant:       partnercentertest.TenantID,
		clientID:     partnercentertest.ClientID,
		clientSecret: auth.Secret(partnercentertest.ClientSecret),
		refreshToken: auth.Secret(partnercentertest.RefreshToken),
	}
}

// links leads to the emulator's own acceptance page.
func (d *Demo) links() mca.Wire { return mca.Wire{Link: d.URL + "/mca/?attestationid={id}"} }

func (d *Demo) close() { d.server.Close() }
