package offboard_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercentertest"
)

// outline is an observer and a notifier that writes down what happens, each
// line indented by what it is part of.
type outline struct{ lines []string }

type depth struct{}

func (o *outline) note(ctx context.Context, format string, args ...any) {
	level, _ := ctx.Value(depth{}).(int)
	o.lines = append(o.lines, strings.Repeat("  ", level)+fmt.Sprintf(format, args...))
}

func (o *outline) Begin(ctx context.Context, a offboard.Activity) context.Context {
	o.note(ctx, "%s begins: %s %s", a.Kind, a.Phase, a.State)
	level, _ := ctx.Value(depth{}).(int)
	return context.WithValue(ctx, depth{}, level+1)
}

func (o *outline) End(ctx context.Context, a offboard.Activity) {
	o.note(ctx, "%s ends: %s %s, failed: %t", a.Kind, a.Phase, a.State, a.Err != nil)
}

func (o *outline) Notify(ctx context.Context, n offboard.Notice) error {
	o.note(ctx, "notified")
	return nil
}

func (o *outline) want(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, o.lines); diff != "" {
		t.Errorf("what was seen (-want +got):\n%s", diff)
	}
}

func TestAnObserverSeesTheRoundsOfARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := new(outline)
		b := newBench(t, partnercentertest.New(customer()), offboard.WithObserver(seen), offboard.WithNotifier(seen))
		b.want(b.run(offboard.Options{}), offboard.Done, offboard.PhaseDone)
		seen.want(t,
			"run begins:  ",
			"  round begins: planned running",
			"    round ends: removing running, failed: false",
			"  round begins: removing running",
			"    notified",
			"    round ends: done done, failed: false",
			"  run ends: done done, failed: false",
		)
	})
}

func TestAnObserverSeesARunThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := new(outline)
		fake := partnercentertest.New(customer())
		b := newBench(t, fake, offboard.WithObserver(seen))
		fake.Inject(partnercentertest.Fault{Method: "PATCH", Times: -1, Status: 401})
		if _, err := offboard.NewRunner(b.workflow, offboard.Options{}).Run(t.Context(), contoso); err == nil {
			t.Fatal("Run gave no error")
		}
		seen.want(t,
			"run begins:  ",
			"  round begins: planned running",
			"    round ends: removing running, failed: true",
			"  run ends: removing failed, failed: true",
		)
	})
}

func TestAnObserverSeesTheRoundsOfAScheduler(t *testing.T) {
	seen := new(outline)
	b := newBench(t, partnercentertest.New(customer(partnercentertest.LicenseClosed(subA))), offboard.WithObserver(seen))
	if _, err := b.workflow.Start(t.Context(), contoso, offboard.Actor{}, offboard.Policy{}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := b.workflow.Advance(t.Context(), contoso); err != nil {
			t.Fatal(err)
		}
	}
	seen.want(t,
		"round begins: planned running",
		"  round ends: cancelling running, failed: false",
		"round begins: cancelling running",
		"  round ends: cancelling waiting, failed: false",
	)
}

func TestAnObserverSeesARunBeingGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := new(outline)
		b := newBench(t, partnercentertest.New(customer(partnercentertest.LicenseClosed(subA))), offboard.WithObserver(seen))
		b.want(b.run(offboard.Options{Wait: -1}), offboard.Waiting, offboard.Cancelling)
		seen.lines = nil
		report, err := offboard.NewRunner(b.workflow, offboard.Options{Wait: -1}).GiveUp(t.Context(), contoso)
		if err != nil {
			t.Fatal(err)
		}
		if first, last := seen.lines[0], seen.lines[len(seen.lines)-1]; first != "run begins:  " ||
			last != fmt.Sprintf("  run ends: %s %s, failed: false", report.Phase, report.State) {
			t.Errorf("seen %q … %q, want the run that ended %s %s", first, last, report.Phase, report.State)
		}
	})
}

func TestNoObserverIsAnError(t *testing.T) {
	if _, err := offboard.New(partnerOf(partnercentertest.New()), new(offboard.MemoryStore), offboard.WithObserver(nil)); err == nil {
		t.Error("New with a nil observer gave no error")
	}
}
