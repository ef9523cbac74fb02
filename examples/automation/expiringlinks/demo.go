package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/internal/cli"
	"github.com/cspkit/cspkit/examples/internal/config"
	"github.com/cspkit/cspkit/mca"
)

// demoLinks are the attestations that the demo creates in the emulator, which
// begins without any.
var demoLinks = []struct {
	customer customers.TenantID
	company  string
	valid    time.Duration
}{
	{"6e5fb1a3-80a7-4251-9fc3-a06271e49356", "Litware Legal", 24 * time.Hour},
	{"2a1b7d6f-4c63-4e1d-9b8f-6c2e3da05f12", "Northwind Traders", time.Hour},
	{"8071d3c5-a2c9-4473-91e5-c2849306b578", "Alpine Ski House", 6 * 24 * time.Hour},
}

// seed creates the attestations of the demo. With a real account it does
// nothing.
func seed(ctx context.Context, cfg *config.Config, desk *mca.Desk, json bool, c cli.Console) error {
	if cfg.Demo == nil {
		return nil
	}
	out := c.Out
	if json {
		out = c.Err // standard output holds JSON lines only
	}
	fmt.Fprintln(out, "It begins without acceptance links, so the demo creates three: good for an hour, a day and 6 days.")
	for _, d := range demoLinks {
		_, err := desk.Start(ctx, d.customer, mca.NewAttestation(d.company).Country("NL").Language("nl-NL").
			Signatory("Sanne", "Jansen", "sanne.jansen@customer.example", "").ValidFor(d.valid))
		if err != nil {
			return err
		}
	}
	return nil
}
