package offboard_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// partnerOf returns what a workflow needs of an emulated Partner Center.
func partnerOf(fake http.RoundTripper) offboard.Partner { return offboard.NewPartner(clientOf(fake)) }

func clientOf(fake http.RoundTripper) *partnercenter.Client {
	user, err := auth.NewUser(auth.UserConfig{
		App: auth.AppConfig{
			Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
			ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: fake},
		},
		RefreshToken: partnercentertest.RefreshToken,
	})
	if err != nil {
		log.Fatal(err)
	}
	client, err := partnercenter.New(auth.Credentials{AppUser: user.PartnerCenter()}, partnercenter.WithTransport(fake))
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func ExampleRunner_Run() {
	fake := partnercentertest.New(customer(partnercentertest.License(subA)))
	workflow, err := offboard.New(partnerOf(fake), new(offboard.MemoryStore),
		offboard.WithEvents(func(e offboard.Event) { fmt.Println(e.Step, e.Outcome) }))
	if err != nil {
		log.Fatal(err)
	}
	runner := offboard.NewRunner(workflow, offboard.Options{
		Poll: time.Millisecond,
		Confirm: func(_ context.Context, plan *offboard.Plan) error {
			if len(plan.Blockers) > 0 {
				return offboard.ErrDeclined
			}
			return nil
		},
	})
	report, err := runner.Run(context.Background(), contoso)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.State)
	// Output:
	// cancel_subscription succeeded
	// remove_relationship succeeded
	// done
}

// A scheduler asks which runs are worth a round, and does one for each.
func ExampleWorkflow_Due() {
	fake := partnercentertest.New(customer(partnercentertest.LicenseClosed(subA)))
	workflow, err := offboard.New(partnerOf(fake), new(offboard.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := workflow.Start(ctx, contoso, offboard.Actor{Name: "nightly job"}, offboard.Policy{}); err != nil {
		log.Fatal(err)
	}
	for range 3 { // three nights
		for run, err := range workflow.Due(ctx, time.Now()) {
			if err != nil {
				log.Fatal(err)
			}
			if run, err = workflow.Advance(ctx, run.Customer); err != nil {
				log.Fatal(err)
			}
			fmt.Println(run.Phase, run.State)
		}
	}
	// Output:
	// cancelling running
	// cancelling waiting
}

func ExampleWorkflow_Plan() {
	fake := partnercentertest.New(customer(partnercentertest.SavingsPlan(subA)))
	workflow, err := offboard.New(partnerOf(fake), new(offboard.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	plan, err := workflow.Plan(context.Background(), contoso, offboard.Actor{}, offboard.Policy{})
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range plan.Items {
		fmt.Println(item.Kind, item.Action)
	}
	fmt.Println(len(plan.Blockers), "blocker")
	// Output:
	// savings_plan blocked
	// 1 blocker
}

// Microsoft's own records show late: they are added when they are there.
func ExampleWorkflow_AddRecords() {
	fake := partnercentertest.New(customer(partnercentertest.License(subA)))
	client := clientOf(fake)
	workflow, err := offboard.New(offboard.NewPartner(client), new(offboard.MemoryStore), offboard.WithRecorder(offboard.NewRecorder(client)))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := offboard.NewRunner(workflow, offboard.Options{Poll: time.Millisecond}).Run(ctx, contoso); err != nil {
		log.Fatal(err)
	}
	fake.Record(partnercentertest.AuditRecord{CustomerID: string(contoso), Operation: "extend_relationship"})
	added, err := workflow.AddRecords(ctx, contoso)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(added, "more")
	for entry, err := range workflow.Audit(ctx, contoso) {
		if err != nil {
			log.Fatal(err)
		}
		if entry.Outcome == offboard.RecordedByMicrosoft {
			what, _, _ := strings.Cut(entry.Detail, " at ")
			fmt.Println(what)
		}
	}
	// Output:
	// 1 more
	// Microsoft recorded update_subscription
	// Microsoft recorded remove_partner_customer_relationship
	// Microsoft recorded extend_relationship
}

func ExampleVerifyAudit() {
	fake := partnercentertest.New(customer())
	store := new(offboard.MemoryStore)
	workflow, err := offboard.New(partnerOf(fake), store)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := offboard.NewRunner(workflow, offboard.Options{Poll: time.Millisecond}).Run(ctx, contoso); err != nil {
		log.Fatal(err)
	}
	run, err := store.Load(ctx, contoso)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(offboard.VerifyAudit(workflow.Audit(ctx, contoso), run.Head))
	// Output: <nil>
}

// Whoever hears that something has changed, as from package webhooks, wakes
// the run that waits for it.
func ExampleRunner_Wake() {
	fake := partnercentertest.New(customer(partnercentertest.License(subA)))
	fake.Delays.Subscription = 300 * time.Millisecond
	workflow, err := offboard.New(partnerOf(fake), new(offboard.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	runner := offboard.NewRunner(workflow, offboard.Options{Poll: 10 * time.Millisecond})
	go func() {
		time.Sleep(300 * time.Millisecond)
		runner.Wake(contoso)
	}()
	report, err := runner.Run(context.Background(), contoso)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.State)
	// Output: done
}

// clock is an observer that says how the rounds of a run ended.
type clock struct{}

func (clock) Begin(ctx context.Context, _ offboard.Activity) context.Context { return ctx }

func (clock) End(_ context.Context, a offboard.Activity) {
	fmt.Println(a.Kind, a.Phase, a.State, a.Duration < time.Minute)
}

func ExampleWithObserver() {
	fake := partnercentertest.New(customer(partnercentertest.License(subA)))
	workflow, err := offboard.New(partnerOf(fake), new(offboard.MemoryStore), offboard.WithObserver(clock{}))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := offboard.NewRunner(workflow, offboard.Options{Poll: time.Millisecond}).Run(context.Background(), contoso); err != nil {
		log.Fatal(err)
	}
	// Output:
	// round cancelling running true
	// round removing running true
	// round done done true
	// run done done true
}
