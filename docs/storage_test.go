package docs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercentertest"
)

// What is written in storage.md stands here, or in the examples of the modules
// that it is about.

const (
	storageCustomer     = customers.TenantID("b44bb1fb-c595-45b0-9e09-d657365580bf")
	storageSubscription = "aaaaaaaa-0000-4000-8000-000000000001"
)

// storageEmulator returns a Partner Center where Contoso has bought an item, and
// a client of it.
func storageEmulator(item partnercentertest.Item) (*partnercentertest.Server, *cspkit.Client) {
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(storageCustomer), Company: "Contoso BV"}.With(item))
	return fake, emulatedClient(fake)
}

func Example_storageMemory() {
	_, client := storageEmulator(partnercentertest.License(storageSubscription))
	partner, err := client.MCAPartner()
	if err != nil {
		log.Fatal(err)
	}

	workflow, err := offboard.New(client.Partner(), new(offboard.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	desk, err := mca.NewDesk(partner, new(mca.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println(workflow != nil, desk != nil)
	// Output: true true
}

// advance does a round of a customer's run, unless somebody else does.
func advance(ctx context.Context, workflow *offboard.Workflow, customer customers.TenantID) error {
	run, err := workflow.Advance(ctx, customer)
	if leased, ok := errors.AsType[*offboard.LeasedError](err); ok {
		fmt.Println("somebody else is at it; look again after", leased.Until)
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Println(run.Phase, run.State)
	return nil
}

func Example_storageLease() {
	_, client := storageEmulator(partnercentertest.License(storageSubscription))
	workflow, err := offboard.New(client.Partner(), new(offboard.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := workflow.Start(ctx, storageCustomer, offboard.Actor{}, offboard.Policy{}); err != nil {
		log.Fatal(err)
	}
	if err := advance(ctx, workflow, storageCustomer); err != nil {
		log.Fatal(err)
	}
	// Output: cancelling running
}

// export writes the trail of a customer's newest run to w, and returns the hash
// of its last entry. Keep that apart from the store and from the file.
func export(ctx context.Context, store offboard.Store, customer customers.TenantID, w io.Writer) (head string, err error) {
	run, err := store.Load(ctx, customer)
	if err != nil {
		return "", err
	}
	if err := offboard.VerifyAudit(store.Audit(ctx, run.ID), run.Head); err != nil {
		return "", err
	}
	return run.Head, offboard.WriteAuditJSON(w, store.Audit(ctx, run.ID))
}

// exported yields the entries of a file that export wrote, for VerifyAudit.
func exported(r io.Reader) iter.Seq2[offboard.Entry, error] {
	return func(yield func(offboard.Entry, error) bool) {
		for lines := json.NewDecoder(r); lines.More(); {
			var entry offboard.Entry
			err := lines.Decode(&entry)
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

func Example_storageAudit() {
	_, client := storageEmulator(partnercentertest.License(storageSubscription))
	ctx, store := context.Background(), new(offboard.MemoryStore)
	if _, err := client.Customer(storageCustomer).Offboard(ctx, store, offboard.Options{Poll: time.Millisecond}); err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer

	head, err := export(ctx, store, storageCustomer, &file)
	if err != nil {
		log.Fatal(err)
	}
	// Years later, with the file alone:
	err = offboard.VerifyAudit(exported(&file), head)

	fmt.Println(err)
	// Output: <nil>
}

// copyRuns copies the newest run of each customer, with its trail, into a store
// that has none of these customers yet.
func copyRuns(ctx context.Context, from, to offboard.Store) error {
	for run, err := range from.ByState(ctx) {
		if err != nil {
			return err
		}
		var trail []offboard.Entry
		for entry, err := range from.Audit(ctx, run.ID) {
			if err != nil {
				return err
			}
			trail = append(trail, entry)
		}
		run.Revision, run.Fence = 0, 0 // the new store counts from the start
		if err := to.Save(ctx, run, trail...); err != nil {
			return err
		}
		if err := offboard.VerifyAudit(to.Audit(ctx, run.ID), run.Head); err != nil {
			return err
		}
	}
	return nil
}

// copyAgreements copies all records of attestations, and who of the given
// customers is remembered as compliant.
func copyAgreements(ctx context.Context, from, to mca.Store, ids []customers.TenantID) error {
	for record, err := range from.ByState(ctx) {
		if err != nil {
			return err
		}
		record.Revision = 0
		if err := to.Save(ctx, record); err != nil {
			return err
		}
	}
	known, err := from.Compliant(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range known {
		if err := to.Remember(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// copyToken copies a refresh token. Its key is auth.TokenKey of what the User is
// configured with.
func copyToken(ctx context.Context, from, to auth.TokenStore, key string) error {
	token, err := from.LoadToken(ctx, key)
	if err != nil {
		return err
	}
	return to.SaveToken(ctx, key, token)
}

func Example_storageMove() {
	_, client := storageEmulator(partnercentertest.License(storageSubscription))
	ctx := context.Background()
	from, to := new(offboard.MemoryStore), new(offboard.MemoryStore)
	if _, err := client.Customer(storageCustomer).Offboard(ctx, from, offboard.Options{Poll: time.Millisecond}); err != nil {
		log.Fatal(err)
	}
	if err := copyRuns(ctx, from, to); err != nil {
		log.Fatal(err)
	}
	run, err := to.Load(ctx, storageCustomer)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.State, run.Revision, offboard.VerifyAudit(to.Audit(ctx, run.ID), run.Head))

	agreements, others := new(mca.MemoryStore), new(mca.MemoryStore)
	if err := agreements.Remember(ctx, storageCustomer); err != nil {
		log.Fatal(err)
	}
	record := &mca.Record{Version: 1, Customer: storageCustomer, Attestations: []mca.Issued{{RequestID: "1", Link: "a link"}}}
	if err := agreements.Save(ctx, record); err != nil {
		log.Fatal(err)
	}
	if err := copyAgreements(ctx, agreements, others, []customers.TenantID{storageCustomer}); err != nil {
		log.Fatal(err)
	}
	record, err = others.Load(ctx, storageCustomer)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(record.Newest() == nil, record.Attestations[0].Link.Reveal())
	fmt.Println(others.Compliant(ctx, []customers.TenantID{storageCustomer}))

	tokens, newTokens := new(auth.MemoryTokenStore), new(auth.MemoryTokenStore)
	if err := tokens.SaveToken(ctx, "key", auth.RefreshToken{Token: "a refresh token"}); err != nil {
		log.Fatal(err)
	}
	if err := copyToken(ctx, tokens, newTokens, "key"); err != nil {
		log.Fatal(err)
	}
	token, err := newTokens.LoadToken(ctx, "key")
	fmt.Println(len(token.Token.Reveal()), err)
	// Output:
	// done 1 <nil>
	// true a link
	// [b44bb1fb-c595-45b0-9e09-d657365580bf] <nil>
	// 15 <nil>
}

// A program sent a write and was stopped before Partner Center showed it; then its
// store was replaced by a backup from before. This is what happens next.

// restored leads there. The backup is what a store had when the run was begun.
func restored(t *testing.T, item partnercentertest.Item) (*partnercentertest.Server, *offboard.Workflow, offboard.Store) {
	t.Helper()
	fake, client := storageEmulator(item)
	fake.Delays.Subscription = 10 * time.Minute
	live, backup := new(offboard.MemoryStore), new(offboard.MemoryStore)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	workflow, err := offboard.New(client.Partner(), live, offboard.WithEvents(func(offboard.Event) { stop() }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := workflow.Start(ctx, storageCustomer, offboard.Actor{}, offboard.Policy{}); err != nil {
		t.Fatal(err)
	}
	if err := copyRuns(ctx, live, backup); err != nil {
		t.Fatal(err)
	}
	if _, err := offboard.NewRunner(workflow, offboard.Options{}).Run(ctx, storageCustomer); !errors.Is(err, context.Canceled) {
		t.Fatalf("Run = %v, want an interruption after the first write", err)
	}
	if workflow, err = offboard.New(client.Partner(), backup); err != nil {
		t.Fatal(err)
	}
	return fake, workflow, backup
}

// sent counts the writes to the customer's subscription.
func sent(fake *partnercentertest.Server) (n int) {
	for _, r := range fake.Requests() {
		if r.Method == http.MethodPatch && strings.HasSuffix(r.Path, storageSubscription) {
			n++
		}
	}
	return n
}

func TestARestoredStoreSendsAgainWhatDoesNotShowYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, workflow, _ := restored(t, partnercentertest.License(storageSubscription))
		if _, err := workflow.Advance(t.Context(), storageCustomer); err != nil {
			t.Fatal(err)
		}
		if got := sent(fake); got != 2 {
			t.Errorf("%d writes were sent, want the same one again under a new request id", got)
		}
		if got := fake.Applied(string(storageCustomer), storageSubscription); got != 1 {
			t.Errorf("%d writes took effect, want 1", got)
		}
	})
}

func TestARestoredStoreLooksFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, workflow, store := restored(t, partnercentertest.License(storageSubscription))
		time.Sleep(30 * time.Minute) // the settle time, as the guide says
		report, err := offboard.NewRunner(workflow, offboard.Options{}).Run(t.Context(), storageCustomer)
		if err != nil || report.State != offboard.Done {
			t.Fatalf("Run = %+v, %v, want done", report, err)
		}
		if got := sent(fake); got != 1 {
			t.Errorf("%d writes of the subscription were sent, want none but the one from before", got)
		}
		for entry, err := range workflow.Audit(t.Context(), storageCustomer) {
			if err != nil {
				t.Fatal(err)
			}
			if entry.Subject == storageSubscription {
				t.Error("the trail has the write that the backup could not know")
			}
		}
		run, err := store.Load(t.Context(), storageCustomer)
		if err != nil {
			t.Fatal(err)
		}
		if err := offboard.VerifyAudit(store.Audit(t.Context(), run.ID), run.Head); err != nil {
			t.Errorf("VerifyAudit = %v: the chain of an old backup is whole, and goes on", err)
		}
	})
}

func TestARestoredStoreDoesNotKnowWhatToUndo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, workflow, _ := restored(t, partnercentertest.Legacy(storageSubscription))
		time.Sleep(30 * time.Minute)
		report, err := offboard.NewRunner(workflow, offboard.Options{}).GiveUp(t.Context(), storageCustomer)
		if err != nil || report.Phase != offboard.Abandoned {
			t.Fatalf("GiveUp = %+v, %v, want abandoned", report, err)
		}
		if got := fake.State(string(storageCustomer)).Subscriptions[0].Status; got != "suspended" {
			t.Errorf("the subscription is %s: the guide says that it stays suspended", got)
		}
	})
}

// TestStorageGuideSQLIsRun looks for the SQL of the guide in an example that runs.
func TestStorageGuideSQLIsRun(t *testing.T) {
	guide, err := os.ReadFile("storage.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(guide), "```sql\n")
	block, _, ends := strings.Cut(block, "```")
	if !found || !ends {
		t.Fatal("storage.md has no SQL")
	}
	example, err := os.ReadFile("../store/sqlite/example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(flat(string(example)), "\n"+flat(block)) {
		t.Errorf("no example of store/sqlite runs\n%s", block)
	}
}

// TestStorageGuideNamesRealErrors looks for each error of the guide in the code.
func TestStorageGuideNamesRealErrors(t *testing.T) {
	var code strings.Builder
	for _, folder := range []string{"../store", "../offboard", "../mca", "../auth", "../examples/customstore"} {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			code.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	guide, err := os.ReadFile("storage.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(guide), "\n## Every other error")
	rows := 0
	for line := range strings.Lines(section) {
		cells := strings.Split(line, " | ")
		if len(cells) < 2 || cells[0] == "| error" || strings.HasPrefix(line, "| ---") {
			continue
		}
		rows++
		for text := range strings.SplitSeq(strings.TrimPrefix(cells[0], "| "), ", ") {
			want := strings.Trim(text, "\"")
			if name, is := strings.CutPrefix(text, "`"); is {
				name = strings.TrimSuffix(name, "`")
				want = name[strings.LastIndex(name, ".")+1:] + " = "
			}
			if !strings.Contains(code.String(), want) {
				t.Errorf("no code says %q", want)
			}
		}
	}
	if rows < 35 {
		t.Errorf("the guide has %d errors: were they not found?", rows)
	}
}

// TestStorageGuideNamesEveryPromise compares the guide with the suite.
func TestStorageGuideNamesEveryPromise(t *testing.T) {
	suite, err := os.ReadFile("../store/storetest/offboard.go")
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("storage.md")
	if err != nil {
		t.Fatal(err)
	}
	promises := regexp.MustCompile(`(?m)^\t\{"(\w+)", `).FindAllSubmatch(suite, -1)
	for _, p := range promises {
		if !bytes.Contains(guide, []byte("`"+string(p[1])+"`")) {
			t.Errorf("storage.md does not name %s", p[1])
		}
	}
	if len(promises) < 20 {
		t.Errorf("the suite has %d promises: were they not found?", len(promises))
	}
}

// flat is text without indentation, a line feed at its end.
func flat(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	return b.String()
}
