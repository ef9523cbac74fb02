package docs_test

import (
	"bytes"
	"context"
	"errors"
	"expvar"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"iter"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/internal/guidetest"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/webhooks"
)

const (
	loggedContoso   customers.TenantID = "11111111-aaaa-4aaa-8aaa-000000000001"
	loggedFabrikam  customers.TenantID = "22222222-aaaa-4aaa-8aaa-000000000002"
	loggedNorthwind customers.TenantID = "33333333-aaaa-4aaa-8aaa-000000000003"
	loggedLicense                      = "aaaaaaaa-0000-4000-8000-000000000001"
)

// logLine is what is known of the log lines with one message.
type logLine struct {
	Levels, Keys []string // sorted
}

func TestEveryLogLineIsInTheGuide(t *testing.T) {
	want := map[string]logLine{}
	for _, row := range guidetest.Table(t, "observability.md", "Log lines", "level") {
		want[row[1]] = logLine{logWords(row[0]), logWords(row[2])}
	}
	logged := newLogCollector()
	converse(t, logged)
	if diff := cmp.Diff(want, logged.lines); diff != "" {
		t.Errorf("the guide (-) and what was logged (+) differ:\n%s", diff)
	}
}

// What the conversation above does not reach must not be missing, either.
func TestEveryMessageInTheCodeIsInTheGuide(t *testing.T) {
	var rows []string
	for _, row := range guidetest.Table(t, "observability.md", "Log lines", "level") {
		rows = append(rows, row[1])
	}
	unused := slices.Clone(rows)
	for where, message := range logMessages(t) {
		begins := func(row string) bool { return strings.HasPrefix(row, strings.TrimSuffix(message, "*")) }
		if message == "" || !slices.ContainsFunc(rows, func(row string) bool {
			return row == message || strings.HasSuffix(message, "*") && begins(row)
		}) {
			t.Errorf("%s logs %q, which is not in the guide", where, message)
		}
		unused = slices.DeleteFunc(unused, func(row string) bool {
			return row == message || strings.HasSuffix(message, "*") && begins(row)
		})
	}
	if len(unused) > 0 {
		t.Errorf("no code logs what the guide has: %q", unused)
	}
}

func TestEveryLogKeyIsExplained(t *testing.T) {
	used := map[string]bool{}
	for _, row := range guidetest.Table(t, "observability.md", "Log lines", "level") {
		for _, key := range logWords(row[2]) {
			used[key] = true
		}
	}
	var explained []string
	for _, row := range guidetest.Table(t, "observability.md", "Log lines", "key") {
		explained = append(explained, logWords(row[0])...)
	}
	slices.Sort(explained)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(used)), explained); diff != "" {
		t.Errorf("the keys of log lines (-) and those that are explained (+) differ:\n%s", diff)
	}
}

// logWords returns the words of a cell, sorted.
func logWords(cell string) []string {
	list := strings.Split(cell, ", ")
	slices.Sort(list)
	return list
}

// logMessages returns what the core logs, by the place in the code: the message, or
// its beginning and a star where the rest is not a constant, or "" where that
// is nothing that could be compared.
func logMessages(t *testing.T) map[string]string {
	t.Helper()
	logs := []string{"log", "Log", "LogAttrs", "Debug", "DebugContext", "Info", "InfoContext", "Warn", "WarnContext", "Error", "ErrorContext"}
	found := map[string]string{}
	for name, file := range coreSources(t) {
		ast.Inspect(file.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 { // such as the text of an error
				return true
			}
			called := ""
			switch f := call.Fun.(type) {
			case *ast.Ident:
				called = f.Name
			case *ast.SelectorExpr:
				if of, ok := f.X.(*ast.Ident); !ok || of.Name != "http" { // there is an http.Error
					called = f.Sel.Name
				}
			}
			if !slices.Contains(logs, called) || called != "log" && !file.slog {
				return true
			}
			message, passed := "", false
			for _, arg := range call.Args[:min(3, len(call.Args))] {
				if text, ok := constantText(arg); ok && message == "" {
					message = text
				}
				if parameter, ok := arg.(*ast.Ident); ok && parameter.Name == "message" {
					passed = true // a helper named log: its callers have the text
				}
			}
			if !passed {
				found[fmt.Sprintf("%s:%d", name, file.set.Position(call.Pos()).Line)] = message
			}
			return true
		})
	}
	return found
}

// constantText returns a text, or the text that an expression begins with and a star.
func constantText(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		text, ok := constantText(e.X)
		return text + "*", ok
	}
	return "", false
}

// coreSource is a file of the core.
type coreSource struct {
	set    *token.FileSet
	syntax *ast.File
	slog   bool // it imports log/slog
}

// coreSources parses the files of the core, without its tests.
func coreSources(t *testing.T) map[string]coreSource {
	t.Helper()
	files := map[string]coreSource{}
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, nested := fs.Stat(root, path.Join(name, "go.mod"))
			if name != "." && (nested == nil || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		syntax, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		uses := slices.ContainsFunc(syntax.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"log/slog"` })
		files[name] = coreSource{set, syntax, uses}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// logCollector is a handler that keeps what is known of each message, and the
// text of all.
type logCollector struct {
	slog.Handler
	mu    sync.Mutex
	text  bytes.Buffer
	lines map[string]logLine
}

func newLogCollector() *logCollector {
	c := &logCollector{lines: map[string]logLine{}}
	c.Handler = slog.NewTextHandler(&c.text, &slog.HandlerOptions{Level: slog.LevelDebug})
	return c
}

func (c *logCollector) Handle(ctx context.Context, r slog.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.lines[r.Message]
	known.Levels = insertWord(known.Levels, r.Level.String())
	r.Attrs(func(a slog.Attr) bool {
		known.Keys = insertWord(known.Keys, a.Key)
		return true
	})
	c.lines[r.Message] = known
	return c.Handler.Handle(ctx, r)
}

// The library adds no attributes ahead of a line; the test would not see them.
func (c *logCollector) WithAttrs([]slog.Attr) slog.Handler { panic("not expected") }
func (c *logCollector) WithGroup(string) slog.Handler      { panic("not expected") }

// insertWord adds a word to a sorted list, once.
func insertWord(list []string, word string) []string {
	if i, found := slices.BinarySearch(list, word); !found {
		return slices.Insert(list, i, word)
	}
	return list
}

// logConversation is one with an emulator, all of which is logged.
type logConversation struct {
	t      *testing.T
	fake   *partnercentertest.Server
	logger *slog.Logger
}

// converse does everything of which something is logged.
func converse(t *testing.T, logged *logCollector) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		// Agreements of the year in which bubbles begin would be too old to count.
		time.Sleep(time.Until(time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)))
		fake := partnercentertest.New(
			partnercentertest.Customer{ID: string(loggedContoso), Company: "Contoso BV"}.With(partnercentertest.License(loggedLicense)),
			partnercentertest.Customer{ID: string(loggedFabrikam), Company: "Fabrikam BV"},
			partnercentertest.Customer{ID: string(loggedNorthwind), Company: "Northwind BV"},
		)
		c := &logConversation{t, fake, slog.New(logged)}
		c.calls()
		c.agreements()
		c.offboardings()
		c.events()
		for _, secret := range append(fake.Secrets(), "Visser", "joris.visser@", "31201234567", "Bearer") {
			if secret != "" && strings.Contains(logged.text.String(), secret) {
				t.Errorf("a log line shows a secret or a person: one of %d characters", len(secret))
			}
		}
	})
}

// client returns a client whose user signed in 80 days ago.
func (c *logConversation) client(budget int) *partnercenter.Client {
	t := c.t
	t.Helper()
	app := auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: c.fake},
	}
	tokens := new(auth.MemoryTokenStore)
	emulatorApp := auth.RefreshToken{Token: partnercentertest.RefreshToken, Issued: time.Now().Add(-80 * 24 * time.Hour)}
	if err := tokens.SaveToken(t.Context(), auth.TokenKey(app.Tenant, app.ClientID, ""), emulatorApp); err != nil {
		t.Fatal(err)
	}
	user, err := auth.NewUser(auth.UserConfig{App: app, Store: tokens, Logger: c.logger})
	if err != nil {
		t.Fatal(err)
	}
	apps, err := auth.NewApp(app)
	if err != nil {
		t.Fatal(err)
	}
	client, err := partnercenter.New(auth.Credentials{App: apps, AppUser: user.PartnerCenter(), Graph: user.Graph()},
		partnercenter.WithTransport(c.fake), partnercenter.WithLogger(c.logger), partnercenter.WithRateBudget(partnercenter.PerMinute(budget)))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// calls meets each kind of mishap of a call.
func (c *logConversation) calls() {
	t, fake := c.t, c.fake
	fake.Inject(
		partnercentertest.Fault{Path: "/customers/", Drop: true},
		partnercentertest.Fault{Path: "/customers/", Status: 429, RetryAfter: "1"},
		partnercentertest.Fault{Path: "/customers/", After: 1, Status: 403, Code: "900308"},
	)
	client := c.client(1)
	for _, want := range []error{nil, partnercenter.ErrForbidden} {
		_, err := customers.New(client).Get(t.Context(), loggedContoso)
		if !errors.Is(err, want) {
			t.Fatalf("Get = %v, want %v", err, want)
		}
	}
}

// agreements attests one agreement that is taken, and one that is not.
func (c *logConversation) agreements() {
	t, fake, logger := c.t, c.fake, c.logger
	partner, err := mca.NewPartner(c.client(0))
	if err != nil {
		t.Fatal(err)
	}
	desk, err := mca.NewDesk(partner, new(mca.MemoryStore), mca.WithLogger(logger))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[customers.TenantID]error{loggedContoso: nil, loggedFabrikam: mca.ErrAttestationUnusable} {
		record, err := desk.Start(t.Context(), id, mca.NewAttestation("Contoso BV").Country("NL").Language("nl-NL").
			Signatory("Joris", "Visser", "joris.visser@contoso.example", "+31201234567"))
		if err != nil {
			t.Fatal(err)
		}
		if err := fake.Accept(record.Newest().ID.Reveal()); err != nil {
			t.Fatal(err)
		}
		if want != nil {
			fake.Inject(partnercentertest.Fault{Method: "POST", Path: "/agreements", Status: 400, Code: "1"})
		}
		if _, err := desk.Finalize(t.Context(), id); !errors.Is(err, want) {
			t.Fatalf("Finalize = %v, want %v", err, want)
		}
	}
}

// troubledLeases is a store whose leases fail in passing.
type troubledLeases struct {
	offboard.MemoryStore
	asked int
}

func (s *troubledLeases) Acquire(ctx context.Context, customer customers.TenantID, holder string, ttl time.Duration) (offboard.Lease, error) {
	if s.asked++; s.asked == 2 {
		return offboard.Lease{}, errors.New("connection refused")
	}
	return s.MemoryStore.Acquire(ctx, customer, holder, ttl)
}

func (s *troubledLeases) Release(context.Context, offboard.Lease) error {
	return errors.New("connection refused")
}

// noRecords is a recorder that has none to give.
type noRecords struct{}

func (noRecords) Records(context.Context, customers.TenantID, time.Time) iter.Seq2[offboard.Record, error] {
	return func(yield func(offboard.Record, error) bool) {
		yield(offboard.Record{}, errors.New("connection refused"))
	}
}

// offboardings offboards one customer in spite of everything, one without
// records, and fails with a third.
func (c *logConversation) offboardings() {
	t, fake, logger := c.t, c.fake, c.logger
	client := c.client(0)
	fake.Delays.Relationship = 5 * time.Minute // so that the lease has to be prolonged
	run := func(id customers.TenantID, store offboard.Store, recorder offboard.Recorder) error {
		workflow, err := offboard.New(offboard.NewPartner(client), store, offboard.WithLogger(logger), offboard.WithRecorder(recorder))
		if err != nil {
			t.Fatal(err)
		}
		_, err = offboard.NewRunner(workflow, offboard.Options{}).Run(t.Context(), id)
		return err
	}
	if err := run(loggedContoso, new(troubledLeases), offboard.NewRecorder(client)); err != nil {
		t.Fatal(err)
	}
	if err := run(loggedFabrikam, new(offboard.MemoryStore), noRecords{}); err != nil {
		t.Fatal(err)
	}
	fake.Inject(partnercentertest.Fault{Method: "PATCH", Path: "/customers/", Times: -1, Status: 401})
	if err := run(loggedNorthwind, new(offboard.MemoryStore), noRecords{}); err == nil {
		t.Fatal("a run that is refused gave no error")
	}
}

// troubledSeen is a memory of events that cannot settle them.
type troubledSeen struct{ webhooks.MemorySeen }

func (*troubledSeen) Commit(context.Context, string, time.Time) error {
	return errors.New("connection refused")
}
func (*troubledSeen) Release(context.Context, string) error { return errors.New("connection refused") }

// events delivers events that are taken, repeated, refused and not handled.
func (c *logConversation) events() {
	t, fake, logger := c.t, c.fake, c.logger
	var trouble error
	receiver := func(opts ...webhooks.Option) http.RoundTripper {
		handler, err := webhooks.NewHandler(func(context.Context, webhooks.Event) error { return trouble }, append(opts,
			webhooks.WithLogger(logger), webhooks.WithHTTPClient(&http.Client{Transport: fake}), webhooks.WithRoots(fake.WebhookRoots()))...)
		if err != nil {
			t.Fatal(err)
		}
		return partnercentertest.Handler{Handler: handler}
	}
	event := partnercentertest.SubscriptionUpdated(string(loggedNorthwind), loggedLicense)
	event.ChangedAt = time.Now()
	send := func(to http.RoundTripper, method string, status int) {
		r := fake.SignedEvent(t.Context(), event)
		r.Method = method
		answer, err := to.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != status {
			t.Fatalf("the receiver answered %d, want %d", answer.StatusCode, status)
		}
	}
	good := receiver()
	send(good, http.MethodPost, 200)
	send(good, http.MethodPost, 200) // once more
	send(good, http.MethodGet, 405)  // anybody can send this
	send(receiver(webhooks.WithSeen(new(troubledSeen))), http.MethodPost, 200)
	trouble = errors.New("the consumer is in trouble")
	send(receiver(webhooks.WithSeen(new(troubledSeen))), http.MethodPost, 500)
}

// A program without OpenTelemetry counts what it wants to know.
func Example_observabilityCount() {
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(loggedContoso)})
	fake.Inject(partnercentertest.Fault{Path: "/customers/", Status: 429})

	throttled := new(expvar.Map)
	observer := partnercenter.ObserverFunc(func(_ context.Context, e partnercenter.Event) {
		if e.Kind == partnercenter.EventAttempt && e.Status == http.StatusTooManyRequests {
			throttled.Add(string(e.Resource), 1)
		}
	})

	c, err := partnercenter.New(auth.Credentials{App: emulatorTokens.App}, partnercenter.WithTransport(fake),
		partnercenter.WithObserver(observer), partnercenter.WithRetry(partnercenter.Retry{Attempts: 1})) // it does not wait
	if err != nil {
		log.Fatal(err)
	}
	if _, err := customers.New(c).Get(context.Background(), loggedContoso); !errors.Is(err, partnercenter.ErrThrottled) {
		log.Fatal(err)
	}
	fmt.Println(throttled)
	// Output: {"customers": 1}
}
