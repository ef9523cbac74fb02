package mca_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// outline is an observer and a sender that writes down what happens, each line
// indented by what it is part of.
type outline struct {
	mu    sync.Mutex
	lines []string
}

type depth struct{}

func (o *outline) note(ctx context.Context, format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	level, _ := ctx.Value(depth{}).(int)
	o.lines = append(o.lines, strings.Repeat("  ", level)+fmt.Sprintf(format, args...))
}

func (o *outline) Enter(ctx context.Context, a mca.Activity) context.Context {
	o.note(ctx, "%s begins", a.Kind)
	level, _ := ctx.Value(depth{}).(int)
	return context.WithValue(ctx, depth{}, level+1)
}

func (o *outline) Leave(ctx context.Context, a mca.Activity) {
	if a.Customer != fabrikam || a.Start.IsZero() {
		o.note(ctx, "this is about %q, and began %s", a.Customer, a.Start)
	}
	o.note(ctx, "%s ends: %q after %s, failed: %t", a.Kind, a.State, a.Duration, a.Err != nil)
}

func (o *outline) Send(ctx context.Context, _ mca.Delivery) error {
	time.Sleep(2 * time.Second)
	o.note(ctx, "handed over")
	return nil
}

// want compares what was seen, and forgets it.
func (o *outline) want(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, o.lines); diff != "" {
		t.Errorf("what was seen (-want +got):\n%s", diff)
	}
	o.lines = nil
}

func TestAnObserverSeesTheWorkOfADesk(t *testing.T) {
	seen := new(outline)
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		issued := b.start(complete())
		seen.want(t, "start begins", "  handed over", `  start ends: "pending" after 2s, failed: false`)

		if _, err := b.desk.Advance(t.Context(), fabrikam); err != nil {
			t.Fatal(err)
		}
		seen.want(t, "round begins", `  round ends: "pending" after 0s, failed: false`)

		// An early Finalize gives an error, but nothing has failed.
		if _, err := b.desk.Finalize(t.Context(), fabrikam); !errors.Is(err, mca.ErrNotAccepted) {
			t.Fatalf("Finalize = %v, want ErrNotAccepted", err)
		}
		seen.want(t, "round begins", `  round ends: "pending" after 0s, failed: false`)

		b.accept(issued)
		b.fake.Delays.Agreement = time.Second
		b.finalize()
		seen.want(t,
			"round begins", `  round ends: "ready_to_create_agreement" after 0s, failed: false`,
			"round begins", `  round ends: "compliant" after 0s, failed: false`)

		b.want(mca.Compliant)
		seen.want(t, "look begins", `  look ends: "compliant" after 0s, failed: false`)
		if _, err := b.desk.Summary(t.Context(), mca.SummaryOptions{}); err != nil {
			t.Fatal(err)
		}
		seen.want(t) // what is remembered is not looked at
		if _, err := b.desk.Summary(t.Context(), mca.SummaryOptions{All: true}); err != nil {
			t.Fatal(err)
		}
		seen.want(t, "look begins", `  look ends: "compliant" after 0s, failed: false`)
	}, mca.WithObserver(seen), mca.WithSender(seen))
}

func TestAnObserverSeesWorkThatFails(t *testing.T) {
	seen := new(outline)
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		t := b.t
		b.fake.Inject(partnercentertest.Fault{Path: "/attestations", Status: 403, Code: "900308"})
		if _, err := b.desk.Start(t.Context(), fabrikam, complete()); !errors.Is(err, partnercenter.ErrForbidden) {
			t.Fatalf("Start = %v, want ErrForbidden", err)
		}
		seen.want(t, "start begins", `  start ends: "" after 0s, failed: true`)

		b.fake.Inject(partnercentertest.Fault{Path: "/agreements", Status: 403, Code: "900308"})
		if _, err := b.desk.Refresh(t.Context(), fabrikam); !errors.Is(err, partnercenter.ErrForbidden) {
			t.Fatalf("Refresh = %v, want ErrForbidden", err)
		}
		seen.want(t, "look begins", `  look ends: "unknown" after 0s, failed: true`)

		// Microsoft does not take the attestation: a person has to go on.
		b.accept(b.start(complete()))
		b.fake.Inject(partnercentertest.Fault{Method: "POST", Path: "/agreements", Status: 400, Code: "1"})
		seen.lines = nil
		if _, err := b.desk.Advance(t.Context(), fabrikam); !errors.Is(err, mca.ErrAttestationUnusable) {
			t.Fatalf("Advance = %v, want ErrAttestationUnusable", err)
		}
		seen.want(t, "round begins", `  round ends: "ready_to_create_agreement" after 0s, failed: true`)

		// Nothing is to be seen of what breaks a rule, for nothing is done.
		if _, err := b.desk.Start(t.Context(), fabrikam, mca.NewAttestation("")); !errors.Is(err, mca.ErrInvalid) {
			t.Fatalf("Start = %v, want ErrInvalid", err)
		}
		if _, err := b.desk.Refresh(t.Context(), "Fabrikam"); err == nil {
			t.Fatal("Refresh of what is no customer gave no error")
		}
		seen.want(t)
	}, mca.WithObserver(seen))
}

func TestNoObserverOfADeskIsAnError(t *testing.T) {
	atDesk(t, partnercentertest.Customer{}, func(b *bench) {
		if _, err := mca.NewDesk(b.partner, b.store, mca.WithObserver(nil)); err == nil {
			b.t.Error("NewDesk with a nil observer gave no error")
		}
	})
}
