package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/mca"
)

// tour goes the whole way of an agreement in the emulator.
func (j *job) tour(ctx context.Context) int {
	j.view.say("\n1. How the customers stand")
	sum, required, status := j.count(ctx, mca.Required)
	switch {
	case sum == nil:
		return status
	case len(required) == 0:
		return j.console.Fail(errors.New("no customer of the emulator needs an agreement"))
	}
	j.view.summary(*sum)

	customer := required[0]
	j.view.say("\n2. An attestation for " + customer.Company + ": who is to accept, and in which language")
	record, err := j.desk.Start(ctx, customer.Customer, mca.NewAttestation(customer.Company).
		Country("NL").Language("nl-NL").
		Signatory("Sanne", "Jansen", "sanne.jansen@customer.example", "+31201234567"))
	if status := j.issued(ctx, customer.Customer, record, err); status != cli.ExitDone {
		return status
	}

	j.view.say("\n3. The customer accepts")
	if err := j.acceptance(ctx, record.Newest().Link); err != nil {
		return j.console.Fail(err)
	}
	if status := j.created(ctx, customer); status != cli.ExitDone {
		return status
	}

	j.view.say("\n5. How the customers stand now")
	sum, _, status = j.count(ctx, "")
	if sum != nil {
		j.view.summary(*sum)
	}
	return status
}

// acceptance leaves it to the person at the terminal to accept. Where nobody
// is, the tour does it: no program that works for a real customer may.
func (j *job) acceptance(ctx context.Context, link auth.Secret) error {
	if j.console.Person {
		j.view.say("Open the link in a browser and accept, as the signatory would.")
		return nil
	}
	j.view.say("Nobody sits at this terminal, so the tour fills in the form of the page by itself.")
	return accept(ctx, link)
}

// created waits for the acceptance, and shows the agreement.
func (j *job) created(ctx context.Context, customer mca.CustomerStatus) int {
	defer j.console.line.show("")
	j.console.line.show("Waiting until the customer accepted")
	status, err := j.desk.Watch(ctx, customer.Customer, mca.WatchOptions{Poll: 500 * time.Millisecond, Longest: time.Second})
	if err == nil {
		j.view.say("\n4. The agreement is created")
	}
	return j.settle(ctx, customer.Customer, status, err)
}

// accept posts the form of the acceptance page. The error does not hold the link.
func accept(ctx context.Context, link auth.Secret) error {
	form := url.Values{"accept": {"yes"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, link.Reveal(), strings.NewReader(form.Encode()))
	if err != nil {
		return errors.New("accepting on the page: the link is no address")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(r)
	if e, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("accepting on the page: %w", e.Err)
	}
	if err != nil {
		return errors.New("accepting on the page failed")
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("accepting on the page: it answers %s", resp.Status)
	}
	return nil
}
