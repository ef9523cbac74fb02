package docs_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/offboard"
	pct "github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/subscriptions"
)

const (
	leaving     customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	alsoLeaving customers.TenantID = "1f0a6c5e-3b52-4d0c-8a7e-5b1d2c9f4e01"

	firstSub  = "a4c1340d-6911-4758-bba3-0c4c6007d161"
	secondSub = "6e7aa601-629e-461b-8933-0898c3cc3c7c"
)

// leavingWith is Contoso with the items.
func leavingWith(items ...pct.Item) pct.Customer {
	return pct.Customer{ID: string(leaving), Company: "Contoso BV"}.With(items...)
}

// situation is a row of the guide's verdict tables: what the customer has, in
// the words of the row.
type situation struct {
	row    string
	item   pct.Item
	policy offboard.Policy
}

var (
	suspendClosed = offboard.Policy{WindowClosed: offboard.SuspendClosed}
	refuseClosed  = offboard.Policy{WindowClosed: offboard.Refuse}
)

func noWindow(s *pct.Subscription)   { s.CancelUntil, s.RefundFullUntil = time.Time{}, time.Time{} }
func noEnd(s *pct.Subscription)      { s.CommitmentEnd = time.Date(9999, 12, 10, 0, 0, 0, 0, time.UTC) }
func firstDay(s *pct.Subscription)   { s.RefundFullUntil = time.Now().Add(time.Hour) }
func refundOver(s *pct.Subscription) { s.RefundFullUntil = time.Now().Add(-time.Hour) }

func windowOver(s *pct.Subscription) {
	s.CancelUntil, s.RefundFullUntil = time.Now().Add(-time.Hour), time.Time{}
}

// withOrder returns the item with its order in a status; an empty one hides it.
func withOrder(i pct.Item, status string) pct.Item {
	if i.Orders = slices.Clone(i.Orders); status == "" {
		i.Orders = nil
		return i
	}
	i.Orders[0].Status = status
	return i
}

func entitled(i pct.Item, kind string, expires time.Time) pct.Item {
	i.Entitlements = slices.Clone(i.Entitlements)
	i.Entitlements[0].Type, i.Entitlements[0].Expires = kind, expires
	return i
}

// situations are the rows of each kind.
func situations() map[subscriptions.Kind][]situation {
	const order = "2y6dF_rVgDAXMxypQPPnTquuXhKVK_3N1"
	later := time.Now().AddDate(1, 0, 0)
	suseName := func(s *pct.Subscription) { s.OfferName = "SUSE Linux Enterprise Server - 1 year" }
	return map[subscriptions.Kind][]situation{
		subscriptions.NewCommerceLicense: {
			{row: "active, on its first day", item: pct.License(firstSub).Tweak(firstDay)},
			{row: "active, in its window", item: pct.License(firstSub)},
			{row: "active, without a date for its window, term began two days ago", item: pct.License(firstSub).Tweak(noWindow)},
			{row: "an add-on, in its window", item: pct.AddOn(firstSub, secondSub)},
			{row: "active, window closed", item: pct.LicenseClosed(firstSub)},
			{row: "active, window closed, set to end with its term already", item: pct.LicenseClosed(firstSub).NoRenewal()},
			{"active, window closed, policy `suspend`", pct.LicenseClosed(firstSub), suspendClosed},
			{"active, window closed, policy `refuse`", pct.LicenseClosed(firstSub), refuseClosed},
			{row: "active, window closed, no end of its term", item: pct.LicenseClosed(firstSub).Tweak(noEnd)},
			{row: "active, neither a window nor a start known", item: pct.License(firstSub).Tweak(noWindow).Tweak(func(s *pct.Subscription) { s.Start = time.Time{} })},
			{row: "suspended, in its window", item: pct.License(firstSub).Suspended()},
			{row: "suspended, window closed", item: pct.LicenseClosed(firstSub).Suspended()},
			{row: "suspended, window closed, no end of its term", item: pct.LicenseClosed(firstSub).Tweak(noEnd).Suspended()},
		},
		subscriptions.NewCommerceTrial: {
			{row: "active, in its window", item: pct.Trial(firstSub)},
			{row: "active, window closed", item: pct.Trial(firstSub).Tweak(windowOver)},
			{"active, window closed, policy `suspend`", pct.Trial(firstSub).Tweak(windowOver), suspendClosed},
			{"active, window closed, policy `refuse`", pct.Trial(firstSub).Tweak(windowOver), refuseClosed},
			{row: "suspended, window closed", item: pct.Trial(firstSub).Tweak(windowOver).Suspended()},
		},
		subscriptions.LegacyLicense: {
			{row: "active", item: pct.Legacy(firstSub)},
			{"active, policy `refuse`", pct.Legacy(firstSub), refuseClosed},
			{row: "an add-on, active", item: pct.LegacyAddOn(firstSub, secondSub)},
			{row: "suspended", item: pct.Legacy(firstSub).Suspended()},
		},
		subscriptions.LegacyAzure: {
			{row: "active", item: pct.LegacyAzure(firstSub)},
			{row: "suspended", item: pct.LegacyAzure(firstSub).Suspended()},
		},
		subscriptions.AzurePlan: {
			{row: "active, with Azure subscriptions", item: pct.AzurePlan(firstSub, secondSub)},
			{row: "active, without Azure subscriptions", item: pct.AzurePlan(firstSub)},
			{row: "suspended", item: pct.AzurePlan(firstSub).Suspended()},
		},
		subscriptions.MarketplaceSaaS: {
			{row: "active, on its first day", item: pct.SaaS(firstSub)},
			{row: "active, in its window, full refund over", item: pct.SaaS(firstSub).Tweak(refundOver)},
			{row: "active, window closed", item: pct.SaaSClosed(firstSub)},
			{row: "active, without a date for its window", item: pct.SaaS(firstSub).Tweak(noWindow)},
			{"active, window closed, policy `suspend`", pct.SaaSClosed(firstSub), suspendClosed},
			{"active, window closed, policy `refuse`", pct.SaaSClosed(firstSub), refuseClosed},
			{row: "active, window closed, no end of its term", item: pct.SaaSClosed(firstSub).Tweak(noEnd)},
			{row: "suspended, window closed", item: pct.SaaSClosed(firstSub).Suspended()},
		},
		subscriptions.SoftwareSubscription: {
			{row: "active, in its window", item: pct.SoftwareSubscription(firstSub)},
			{row: "active, in its window, its order does not show", item: withOrder(pct.SoftwareSubscription(firstSub), "")},
			{row: "active, in its window, its order is pending", item: withOrder(pct.SoftwareSubscription(firstSub), "pending")},
			{row: "active, in its window, its order has an unknown status", item: withOrder(pct.SoftwareSubscription(firstSub), "mislaid")},
			{row: "active, window closed", item: pct.SoftwareSubscriptionClosed(firstSub)},
			{"active, window closed, policy `suspend`", pct.SoftwareSubscriptionClosed(firstSub), suspendClosed},
			{"active, window closed, policy `refuse`", pct.SoftwareSubscriptionClosed(firstSub), refuseClosed},
			{row: "a SUSE plan bought yesterday", item: pct.SoftwareSubscription(firstSub).Tweak(suseName)},
		},
		subscriptions.PerpetualSoftware: {
			{row: "bought ten days ago", item: pct.Perpetual(order)},
			{row: "bought a year ago", item: pct.PerpetualOld(order)},
			{"bought a year ago, policy `refuse`", pct.PerpetualOld(order), refuseClosed},
			{row: "its order is cancelled", item: withOrder(pct.Perpetual(order), "cancelled")},
			{row: "its order is pending", item: withOrder(pct.Perpetual(order), "pending")},
			{row: "its order has an unknown status", item: withOrder(pct.Perpetual(order), "mislaid")},
			{row: "its order does not show", item: withOrder(pct.Perpetual(order), "")},
		},
		subscriptions.Reservation: {
			{row: "open", item: pct.ReservationItem(order)},
			{"open, in a sandbox", pct.ReservationItem(order), offboard.Policy{Sandbox: true}},
			{row: "expired", item: entitled(pct.ReservationItem(order), "reservedinstance", time.Now().Add(-time.Hour))},
			{row: "listed as a subscription", item: pct.SavingsPlan(firstSub).Tweak(func(s *pct.Subscription) { s.ProductSubType = "ReservedInstance" })},
		},
		subscriptions.SavingsPlan: {
			{row: "active", item: pct.SavingsPlan(firstSub)},
			{row: "listed as an entitlement", item: entitled(pct.ReservationItem(order), "savingsplan", later)},
		},
		subscriptions.UnknownKind: {
			{row: "a subscription of an unknown product type", item: pct.UnknownKind(firstSub)},
			{row: "an entitlement of an unknown type", item: entitled(pct.ReservationItem(order), "quantumcredit", later)},
		},
	}
}

// everyKind is one subscription of each kind that has subscriptions, for the
// rows that hold for all of them.
func everyKind() map[subscriptions.Kind]pct.Item {
	return map[subscriptions.Kind]pct.Item{
		subscriptions.NewCommerceLicense:   pct.LicenseClosed(firstSub),
		subscriptions.NewCommerceTrial:     pct.Trial(firstSub),
		subscriptions.LegacyLicense:        pct.Legacy(firstSub),
		subscriptions.LegacyAzure:          pct.LegacyAzure(firstSub),
		subscriptions.AzurePlan:            pct.AzurePlan(firstSub),
		subscriptions.MarketplaceSaaS:      pct.SaaS(firstSub),
		subscriptions.SoftwareSubscription: pct.SoftwareSubscriptionClosed(firstSub),
		subscriptions.Reservation:          pct.SavingsPlan(firstSub).Tweak(func(s *pct.Subscription) { s.ProductSubType = "ReservedInstance" }),
		subscriptions.SavingsPlan:          pct.SavingsPlan(firstSub),
		subscriptions.UnknownKind:          pct.UnknownKind(firstSub),
	}
}

// verdict is what a row says, and what a plan says in the words of the guide.
type verdict struct{ Kind, Action, Refund, Billed, Why string }

// Each row of the guide is built in the emulator and planned: the guide says
// what the library does, or this fails.
func TestOffboardingGuideSaysWhatPlansSay(t *testing.T) {
	rows := verdictRows(t)
	actions := map[string]bool{}
	for kind, list := range situations() {
		for _, s := range list {
			want, ok := rows[string(kind)+": "+s.row]
			if !ok {
				t.Errorf("the guide has no row %q under %s", s.row, kind)
				continue
			}
			delete(rows, string(kind)+": "+s.row)
			actions[want.Action] = true
			want.Kind = string(kind)
			if diff := cmp.Diff(want, planned(t, s)); diff != "" {
				t.Errorf("%s: %s (-guide +plan):\n%s", kind, s.row, diff)
			}
		}
	}
	for row, status := range map[string]string{
		"deleted": "deleted", "expired": "expired", "disabled": "disabled", "pending": "pending", "of an unknown status": "dormant",
	} {
		want, ok := rows["every kind: "+row]
		if !ok {
			t.Errorf("the guide has no row %q for every kind", row)
			continue
		}
		delete(rows, "every kind: "+row)
		for kind, item := range everyKind() {
			blockedAnyway := kind == subscriptions.Reservation || kind == subscriptions.SavingsPlan || kind == subscriptions.UnknownKind
			if blockedAnyway && want.Action == string(subscriptions.Blocked) {
				continue
			}
			for _, policy := range []offboard.Policy{{}, suspendClosed, refuseClosed} {
				want.Kind = string(kind)
				got := planned(t, situation{row, item.Tweak(func(s *pct.Subscription) { s.Status = status }), policy})
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("every kind, %s: %s, policy %q (-guide +plan):\n%s", kind, row, policy.WindowClosed, diff)
				}
			}
		}
	}
	for row := range rows {
		t.Errorf("the guide has the row %q, which nothing builds", row)
	}
	for _, action := range declaredConstants(t, "../subscriptions/verdict.go", "Action") {
		if !actions[action] {
			t.Errorf("no row of the guide has the action %s", action)
		}
	}
	for _, kind := range declaredConstants(t, "../subscriptions/kind.go", "Kind") {
		if situations()[subscriptions.Kind(kind)] == nil {
			t.Errorf("no row of the guide is about the kind %s", kind)
		}
	}
}

// The guide's table of policies has each one that there is.
func TestOffboardingGuideHasEveryPolicy(t *testing.T) {
	guide := offboardingGuide(t)
	for _, policy := range declaredConstants(t, "../offboard/run.go", "WindowClosed") {
		if !strings.Contains(guide, "\n| `"+policy+"`") {
			t.Errorf("the guide has no row for the policy %s", policy)
		}
	}
}

// What the guide says of waiting: looked at weekly, the day before and right
// after; mended where somebody switched renewal on; then removed.
func TestOffboardingGuideSaysWhenARunIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		end := time.Now().Add(10 * day)
		fake := pct.New(leavingWith(pct.LicenseClosed(firstSub).EndsAt(end)))
		workflow, err := offboard.New(emulatedClient(fake).Partner(), new(offboard.MemoryStore))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := workflow.Start(t.Context(), leaving, offboard.Actor{}, offboard.Policy{}); err != nil {
			t.Fatal(err)
		}
		advance := func() (run *offboard.Run) {
			for run == nil || run.State == offboard.Running {
				if run, err = workflow.Advance(t.Context(), leaving); err != nil {
					t.Fatal(err)
				}
			}
			return run
		}
		due := func(when string, run *offboard.Run, want time.Time) {
			t.Helper()
			if run.State != offboard.Waiting || run.DueAt.Sub(want).Abs() > time.Minute {
				t.Fatalf("%s the run is %s and due at %s, want waiting and due at %s", when, run.State, run.DueAt, want)
			}
			time.Sleep(time.Until(run.DueAt))
		}
		due("at first", advance(), time.Now().Add(7*day))
		fake.Edit(string(leaving), func(c *pct.Customer) { c.Subscriptions[0].AutoRenew = true })
		due("after a week", advance(), end.Add(-day))
		if s := fake.State(string(leaving)).Subscriptions[0]; s.AutoRenew {
			t.Error("renewal is still on after the look")
		}
		due("the day before", advance(), end.Add(time.Second))
		if run := advance(); run.State != offboard.Done || fake.State(string(leaving)).Relationship != "none" {
			t.Errorf("after the term the run is %s (%s), want done", run.State, run.Reason)
		}
	})
}

// planned plans for a customer who has just the situation's item.
func planned(t *testing.T, s situation) verdict {
	t.Helper()
	fake := pct.New(leavingWith(s.item))
	fake.Sandbox = s.policy.Sandbox
	plan, err := emulatedClient(fake).Customer(leaving).OffboardingPlan(t.Context(), new(offboard.MemoryStore), s.policy)
	if err != nil {
		t.Fatalf("%s: OffboardingPlan: %v", s.row, err)
	}
	if len(plan.Items) != 1 {
		t.Fatalf("%s: the plan has %d items, want 1", s.row, len(plan.Items))
	}
	item := plan.Items[0]
	if blocked := item.Action == subscriptions.Blocked; blocked != (len(plan.Blockers) == 1) {
		t.Errorf("%s: the item is %s, and the plan has the blockers %q", s.row, item.Action, plan.Blockers)
	}
	return verdict{string(item.Kind), string(item.Action), string(item.Refund), billed(t, s, item), datePattern.ReplaceAllString(item.Reason, "DATE")}
}

var datePattern = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d UTC`)

// billed says what goes on costing money, as the plan's sentence has it, and
// holds the plan's date to it.
func billed(t *testing.T, s situation, item offboard.Item) string {
	t.Helper()
	billing, until := item.Billing()
	switch billing {
	case subscriptions.NotBilled, subscriptions.BillingStops:
		return "nothing"
	case subscriptions.BillingGoesOn:
		if end := s.item.Subscriptions[0].CommitmentEnd; until.Sub(end).Abs() > time.Second {
			t.Errorf("%s: until %s, want the end of its term, %s", s.row, until, end)
		}
		if item.Kind == subscriptions.NewCommerceTrial {
			return "until it expires"
		}
		return "until its term ends"
	}
	if item.Action == subscriptions.Blocked {
		return "as before"
	}
	return "without a known end"
}

func offboardingGuide(t *testing.T) string {
	t.Helper()
	guide, err := os.ReadFile("offboarding.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(guide)
}

// verdictRows reads the tables of the guide, by kind and first cell.
func verdictRows(t *testing.T) map[string]verdict {
	t.Helper()
	_, text, found := strings.Cut(offboardingGuide(t), "\n## The verdicts\n")
	text, _, _ = strings.Cut(text, "\n## ")
	if !found {
		t.Fatal("the guide has no verdicts")
	}
	rows, kind := map[string]verdict{}, ""
	for line := range strings.Lines(text) {
		if heading, ok := strings.CutPrefix(line, "### "); ok {
			kind = "every kind"
			if _, code, ok := strings.Cut(heading, ": `"); ok {
				kind = strings.TrimRight(code, "`\n")
			}
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 5 || strings.Contains(line, "---") || strings.Contains(line, "| action |") {
			if strings.HasPrefix(line, "| ") && len(cells) != 5 {
				t.Errorf("a row of %d cells under %s: %s", len(cells), kind, line)
			}
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		key := kind + ": " + cells[0]
		if _, twice := rows[key]; twice {
			t.Errorf("the guide has the row %q twice", key)
		}
		rows[key] = verdict{"", strings.Trim(cells[1], "`"), cells[2], cells[3], cells[4]}
	}
	return rows
}

// declaredConstants returns the values of a type's string constants in a source file.
func declaredConstants(t *testing.T, file, typeName string) []string {
	t.Helper()
	source, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(source, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != typeName {
			return true
		}
		for _, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok {
				value, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, value)
			}
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("%s has no constants of the type %s", file, typeName)
	}
	return values
}

func showOffboardingPlan(ctx context.Context, client *cspkit.Client, tenant customers.TenantID, store offboard.Store) error {
	plan, err := client.Customer(tenant).OffboardingPlan(ctx, store, offboard.Policy{})
	if err != nil {
		return err
	}
	for _, item := range plan.Items {
		fmt.Printf("%s: %s, refund: %s\n", item.Name(), item.Action, item.Refund)
	}
	for _, blocker := range plan.Blockers {
		fmt.Println("blocked:", blocker)
	}
	fmt.Println("requests:", plan.Calls)
	return nil
}

func Example_offboardingPlan() {
	client := emulatedClient(pct.New(leavingWith(pct.License(firstSub), pct.Legacy(secondSub))))
	if err := showOffboardingPlan(context.Background(), client, leaving, new(offboard.MemoryStore)); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Microsoft 365 Business Basic: cancel, refund: partial
	// Office 365 Business Premium: suspend, refund: none
	// requests: 8
}

// offboardWithin offboards a customer unless something is blocked or would go
// on costing money after the given date.
func offboardWithin(ctx context.Context, client *cspkit.Client, store offboard.Store, tenant customers.TenantID, latest time.Time) (*offboard.Report, error) {
	workflow, err := offboard.New(client.Partner(), store,
		offboard.WithEvents(func(e offboard.Event) { fmt.Println(e.Step, e.Outcome) }))
	if err != nil {
		return nil, err
	}
	runner := offboard.NewRunner(workflow, offboard.Options{
		Actor: offboard.Actor{Name: "ticket 4711"}, // who asked, for the audit trail
		Confirm: func(_ context.Context, plan *offboard.Plan) error {
			for _, item := range plan.Items {
				billing, until := item.Billing() // unknown of what is blocked
				if billing == subscriptions.BillingUnknown || until.After(latest) {
					return fmt.Errorf("%w: %s: %s", offboard.ErrDeclined, item.Name(), item.Reason)
				}
			}
			return nil
		},
	})
	return runner.Run(ctx, tenant)
}

func Example_offboardingRun() {
	ctx, inMarch := context.Background(), time.Now().AddDate(0, 4, 0)
	long := pct.Customer{ID: string(alsoLeaving)}.With(pct.LicenseClosed(secondSub)) // nine months to go
	// Contoso has nothing to be ended now: the runner would wait 5 s for it to show.
	client := emulatedClient(pct.New(leavingWith(pct.SaaSClosed(firstSub).NoRenewal()), long))

	report, err := offboardWithin(ctx, client, new(offboard.MemoryStore), leaving, inMarch)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.State, len(report.Blockers))

	_, err = offboardWithin(ctx, client, new(offboard.MemoryStore), alsoLeaving, inMarch)
	fmt.Println("declined:", errors.Is(err, offboard.ErrDeclined))
	// Output:
	// waiting 0
	// declined: true
}

// advanceDueRuns does one round of each run that is worth one now.
func advanceDueRuns(ctx context.Context, workflow *offboard.Workflow) error {
	for due, err := range workflow.Due(ctx, time.Now()) {
		if err != nil {
			return err // of the store
		}
		run, err := workflow.Advance(ctx, due.Customer)
		switch {
		case errors.Is(err, offboard.ErrLeased): // another process is at it
		case err != nil:
			fmt.Println("customer", due.Customer, "failed:", err) // recorded; due again in 15 minutes
		default:
			fmt.Println(run.Company, "is", run.State, "in phase", run.Phase)
		}
	}
	return ctx.Err()
}

func startOffboarding(ctx context.Context, workflow *offboard.Workflow, tenant customers.TenantID) (*offboard.Run, error) {
	run, err := workflow.Start(ctx, tenant, offboard.Actor{Name: "ticket 4711"}, offboard.Policy{})
	return run, err
}

func Example_offboardingScheduler() {
	ctx, client := context.Background(), emulatedClient(pct.New(leavingWith(pct.License(firstSub))))
	workflow, err := offboard.New(client.Partner(), new(offboard.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	run, err := startOffboarding(ctx, workflow, leaving)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Phase, run.State)
	for range 4 { // each a few minutes after the one before
		if err := advanceDueRuns(ctx, workflow); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// planned running
	// Contoso BV is running in phase cancelling
	// Contoso BV is running in phase removing
	// Contoso BV is done in phase done
}

func offboardMany(ctx context.Context, runner *offboard.Runner, ids []customers.TenantID) offboard.Summary {
	return runner.RunAll(ctx, ids, offboard.BulkOptions{
		Report: func(r *offboard.Report) { fmt.Println(r.Company, "is", r.State) },
		Progress: func(p offboard.Progress) {
			log.Printf("%d of %d, about %s to go", p.Ended(), p.Customers, p.Remaining())
		},
	})
}

func Example_offboardingMany() {
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	blocked := pct.Customer{ID: string(alsoLeaving), Company: "Fabrikam BV"}.With(pct.SavingsPlan(secondSub))
	client := emulatedClient(pct.New(leavingWith(pct.License(firstSub)), blocked))
	workflow, err := offboard.New(client.Partner(), new(offboard.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	runner := offboard.NewRunner(workflow, offboard.Options{Poll: time.Millisecond})
	sum := offboardMany(context.Background(), runner, []customers.TenantID{leaving, alsoLeaving})
	fmt.Println(sum.Done, "done,", sum.Blocked, "blocked")
	// Unordered output:
	// Contoso BV is done
	// Fabrikam BV is blocked
	// 1 done, 1 blocked
}

// customerDB is the partner's own database of customers.
type customerDB struct{ names map[customers.TenantID]string }

func (c *customerDB) Has(_ context.Context, id customers.TenantID) (bool, error) {
	_, has := c.names[id]
	return has, nil
}

// Delete may be called again with the same request id, as after a crash.
func (c *customerDB) Delete(_ context.Context, id customers.TenantID, requestID string) error {
	delete(c.names, id)
	return nil
}

// Notify may be called again for the same n.RunID.
func (c *customerDB) Notify(_ context.Context, n offboard.Notice) error {
	fmt.Printf("tell %s that the relationship has ended\n", c.names[n.Customer])
	return nil
}

func withDirectory(client *cspkit.Client, store offboard.Store, customersDB *customerDB) (*offboard.Workflow, error) {
	workflow, err := offboard.New(client.Partner(), store,
		offboard.WithDirectory(customersDB), offboard.WithNotifier(customersDB))
	return workflow, err
}

func Example_offboardingDirectory() {
	customersDB := &customerDB{map[customers.TenantID]string{leaving: "Contoso BV"}}
	workflow, err := withDirectory(emulatedClient(pct.New(leavingWith())), new(offboard.MemoryStore), customersDB)
	if err != nil {
		log.Fatal(err)
	}
	report, err := offboard.NewRunner(workflow, offboard.Options{Poll: time.Millisecond}).Run(context.Background(), leaving)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.State, "with", len(customersDB.names), "records left")
	// Output:
	// tell Contoso BV that the relationship has ended
	// done with 0 records left
}

func giveUpOffboarding(ctx context.Context, runner *offboard.Runner, tenant customers.TenantID) error {
	report, err := runner.GiveUp(ctx, tenant)
	if errors.Is(err, offboard.ErrRemovalSent) {
		return errors.New("too late: ask the customer to accept a new relationship request")
	}
	if err != nil {
		return err
	}
	fmt.Println("phase:", report.Phase)
	for _, note := range report.Notes {
		fmt.Println("lost:", note)
	}
	return nil
}

func Example_offboardingGivenUp() {
	ctx := context.Background()
	fake := pct.New(leavingWith(pct.License(firstSub), pct.Legacy(secondSub), pct.SaaSClosed("4c6d1f0e-7a2b-4d3c-9e8f-5a6b7c8d9e0f")))
	workflow, err := offboard.New(emulatedClient(fake).Partner(), new(offboard.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	runner := offboard.NewRunner(workflow, offboard.Options{Poll: time.Millisecond})
	if _, err := runner.Run(ctx, leaving); err != nil { // it waits for the marketplace product
		log.Fatal(err)
	}
	if err := giveUpOffboarding(ctx, runner, leaving); err != nil {
		log.Fatal(err)
	}
	for _, s := range fake.State(string(leaving)).Subscriptions {
		fmt.Println(s.OfferName, "is", s.Status, "and renews:", s.AutoRenew)
	}
	// Output:
	// phase: abandoned
	// lost: subscription a4c1340d-6911-4758-bba3-0c4c6007d161 is cancelled
	// Microsoft 365 Business Basic is deleted and renews: false
	// Office 365 Business Premium is active and renews: true
	// Widget SaaS is active and renews: true
}
