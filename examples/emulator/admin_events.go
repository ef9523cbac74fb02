package main

import (
	"crypto/tls"
	"net/http"
	"time"

	"github.com/cspkit/cspkit/internal/loopback"
	"github.com/cspkit/cspkit/partnercentertest"
)

// postEvent delivers an event and answers when it has arrived or was given up. It
// is signed by a certificate that this process serves below /cert and /pkiops, under
// the host names of Microsoft: a receiver under test has to look for it here.
func postEvent(_ *process, fake *partnercentertest.Server, r *http.Request) (any, error) {
	var e partnercentertest.WebhookEvent
	var customer, subscription string
	err := readBody(fake, r, func(f *form) {
		f.id("name", &e.Name)
		f.text("customer", &customer)
		f.text("subscription", &subscription)
		f.text("resource_uri", &e.ResourceURI)
		f.text("resource_name", &e.ResourceName)
		f.text("audit_uri", &e.AuditURI)
		f.must("subscription", (customer == "") == (subscription == ""), "goes with a customer: give both, or neither")
		f.must("subscription", subscription == "" || e.ResourceURI+e.ResourceName+e.AuditURI == "", "stands for resource_uri, resource_name and audit_uri: leave those out")
	})
	if err != nil {
		return nil, err
	}
	if subscription != "" {
		name := e.Name
		e = partnercentertest.SubscriptionUpdated(customer, subscription)
		e.Name = name
	}
	if to := fake.SignedEvent(r.Context(), e).URL; !loopback.Host(to.Hostname()) {
		return nil, refusal{http.StatusConflict, "events go to this machine only: register an https URL of it first, by POST /webhooks/v1/registration"}
	}
	if err := fake.Deliver(r.Context(), toReceiver, e); err != nil {
		return nil, refusal{http.StatusBadGateway, err.Error()}
	}
	return nil, nil
}

// toReceiver takes any certificate: that of a program under test is its own.
// One that never answers must not hold the call for ever.
var toReceiver = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ResponseHeaderTimeout: 30 * time.Second}
