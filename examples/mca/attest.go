package main

import (
	"context"
	"errors"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/mca"
)

// attest creates an attestation and shows its link.
func (j *job) attest(ctx context.Context) int {
	for _, w := range j.attestation.Check().Warnings {
		j.console.Problem("warning: %s", w)
	}
	id := j.customers[0]
	record, err := j.desk.Start(ctx, id, j.attestation)
	return j.issued(ctx, id, record, err)
}

// renew shows a new link for the same signatory.
func (j *job) renew(ctx context.Context) int {
	id := j.customers[0]
	record, err := j.desk.Renew(ctx, id)
	return j.issued(ctx, id, record, err)
}

// issued shows the link of a new attestation, or that none is needed.
func (j *job) issued(ctx context.Context, id customers.TenantID, record *mca.Record, err error) int {
	switch {
	case err != nil:
		if errors.Is(err, mca.ErrNoRecord) {
			j.sayForgotten()
		}
		return j.console.Fail(err)
	case record.State == mca.Compliant: // by an agreement with the same signatory
		status, err := j.desk.Refresh(ctx, id)
		return j.settle(ctx, id, status, err)
	}
	j.view.attestation(id, record.Newest())
	switch {
	case j.name == "tour":
	case j.cfg.Demo != nil:
		j.console.Problem("the built-in emulator ends now, and the link with it: tour keeps it until the agreement is there")
	case j.cfg.Forgets:
		j.console.Problem("CSPKIT_STORE=memory: forgets this attestation now: once the customer has accepted, no later run can create the agreement")
	}
	return cli.ExitDone
}
