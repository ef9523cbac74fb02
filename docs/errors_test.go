package docs_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"log"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/subscriptions"
)

// errorRow is one row of the tables of errors.md.
type errorRow struct{ name, comes, todo, happened string }

// errorRows returns the rows of the guide, in its order.
func errorRows(t *testing.T) []errorRow {
	t.Helper()
	text, err := os.ReadFile("errors.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []errorRow
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+\\.[A-Z]\\w*)` \\|(.*)\\|(.*)\\|(.*)\\|$").FindAllStringSubmatch(string(text), -1) {
		rows = append(rows, errorRow{m[1], m[2], m[3], m[4]})
	}
	return rows
}

// exportedErrors returns the error sentinels and error types that users of any
// module can name, as package.Name, and the doc comments of the sentinels.
func exportedErrors(t *testing.T) (names []string, docs map[string]string) {
	t.Helper()
	docs = map[string]string{}
	for _, file := range importable(t, "..") {
		pkg := file.Name.Name
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					v, ok := spec.(*ast.ValueSpec)
					if !ok || d.Tok != token.VAR {
						continue
					}
					for i, name := range v.Names {
						if !strings.HasPrefix(name.Name, "Err") && !(name.IsExported() && i < len(v.Values) && makesError(v.Values[i])) {
							continue
						}
						doc := v.Doc.Text()
						if !d.Lparen.IsValid() {
							doc = d.Doc.Text()
						}
						names = append(names, pkg+"."+name.Name)
						docs[pkg+"."+name.Name] = doc
					}
				}
			case *ast.FuncDecl:
				if d.Recv == nil || d.Name.Name != "Error" {
					continue
				}
				of := d.Recv.List[0].Type
				if star, ok := of.(*ast.StarExpr); ok {
					of = star.X
				}
				if name, ok := of.(*ast.Ident); ok && name.IsExported() {
					names = append(names, pkg+"."+name.Name)
				}
			}
		}
	}
	slices.Sort(names)
	return names, docs
}

// makesError reports whether a value is an error by whatever name: one that is
// not named as errors are would be missed otherwise.
func makesError(value ast.Expr) bool {
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return false
	}
	name := types.ExprString(call.Fun)
	return name == "errors.New" || name == "fmt.Errorf"
}

// importable parses what users can import of all modules below root.
func importable(t *testing.T, root string) []*ast.File {
	t.Helper()
	var files []*ast.File
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (slices.Contains([]string{"internal", "examples", "tools", "testdata"}, entry.Name()) || path != root && strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		files = append(files, file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestEachExportedErrorHasOneRow(t *testing.T) {
	want, _ := exportedErrors(t)
	if len(want) < 60 {
		t.Fatalf("only %d errors were found in the tree: %q", len(want), want)
	}
	var got []string
	for _, row := range errorRows(t) {
		got = append(got, row.name)
		for _, cell := range []string{row.comes, row.todo, row.happened} {
			if strings.TrimSpace(cell) == "" {
				t.Errorf("the row of %s has an empty cell", row.name)
			}
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors of the tree (-) and rows of errors.md (+) differ:\n%s", diff)
	}
}

func TestEachSentinelHasADocComment(t *testing.T) {
	_, docs := exportedErrors(t)
	for name, doc := range docs {
		_, short, _ := strings.Cut(name, ".")
		if !strings.HasPrefix(doc, short+": ") && !strings.HasPrefix(doc, short+" is ") {
			t.Errorf("the comment of %s is %q: want one that begins with its name", name, doc)
		}
	}
}

// codeInRow matches a code in a row.
var codeInRow = regexp.MustCompile("`(\\d{4,7})`")

// codesInRows returns the codes that the rows of a package name, by sentinel.
func codesInRows(t *testing.T, pkg string) map[string][]string {
	t.Helper()
	codes := map[string][]string{}
	for _, row := range errorRows(t) {
		if !strings.HasPrefix(row.name, pkg+".") {
			continue
		}
		for _, m := range codeInRow.FindAllStringSubmatch(row.comes, -1) {
			codes[row.name] = append(codes[row.name], m[1])
		}
		slices.Sort(codes[row.name])
	}
	return codes
}

// codesInSource returns the numbers of a function or variable of a source file by
// the sentinel that they lead to, as package.Sentinel.
func codesInSource(t *testing.T, path, declaration string) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, decl := range file.Decls {
		ast.Inspect(decl, func(n ast.Node) bool {
			var class ast.Expr
			var codes []ast.Expr
			switch n := n.(type) {
			case *ast.FuncDecl:
				return n.Name.Name == declaration
			case *ast.ValueSpec:
				return n.Names[0].Name == declaration
			case *ast.KeyValueExpr: // ErrX: "1000 1001"
				class, codes = n.Key, []ast.Expr{n.Value}
			case *ast.CaseClause: // case 1000, 1001: return ErrX
				if len(n.Body) == 1 {
					if r, ok := n.Body[0].(*ast.ReturnStmt); ok {
						class, codes = r.Results[0], n.List
					}
				}
			}
			name, ok := class.(*ast.Ident)
			if !ok {
				return true
			}
			for _, code := range codes {
				if lit, ok := code.(*ast.BasicLit); ok {
					key := file.Name.Name + "." + name.Name
					found[key] = append(found[key], strings.Fields(strings.Trim(lit.Value, `"`))...)
				}
			}
			return false
		})
	}
	for _, codes := range found {
		slices.Sort(codes)
	}
	return found
}

// The tables of the code and of the guide name the same codes. Three codes mean
// two things, which the code tells apart elsewhere.
func TestTheRowsNameTheCodesOfPartnerCenter(t *testing.T) {
	want := codesInSource(t, "../partnercenter/classify.go", "classes")
	for name, code := range map[string]string{
		"partnercenter.ErrNoRelationship":  "60003", // Error.Is
		"partnercenter.ErrProgramInactive": "2006",  // by its status
	} {
		want[name] = append(want[name], code)
	}
	want["partnercenter.ErrNoRelationship"] = append(want["partnercenter.ErrNoRelationship"], "3000") // by its text
	for _, codes := range want {
		slices.Sort(codes)
	}
	if diff := cmp.Diff(want, codesInRows(t, "partnercenter")); diff != "" {
		t.Errorf("codes of classify.go (-) and of errors.md (+) differ:\n%s", diff)
	}
}

func TestTheRowsNameTheCodesOfTheSignInService(t *testing.T) {
	if diff := cmp.Diff(codesInSource(t, "../auth/error.go", "classByNumber"), codesInRows(t, "auth")); diff != "" {
		t.Errorf("codes of auth/error.go (-) and of errors.md (+) differ:\n%s", diff)
	}
}

// errorsByName are the sentinels whose rows name codes.
var errorsByName = map[string]error{
	"auth.ErrMFARequired": auth.ErrMFARequired, "auth.ErrSignInAgain": auth.ErrSignInAgain, "auth.ErrConsentRequired": auth.ErrConsentRequired,
	"auth.ErrConditionalAccess": auth.ErrConditionalAccess, "auth.ErrMisconfigured": auth.ErrMisconfigured,
	"auth.ErrUser": auth.ErrUser, "auth.ErrTenant": auth.ErrTenant, "auth.ErrTransient": auth.ErrTransient,

	"partnercenter.ErrUnauthorized": partnercenter.ErrUnauthorized, "partnercenter.ErrConditionalAccess": partnercenter.ErrConditionalAccess,
	"partnercenter.ErrAppOnlyNotSupported": partnercenter.ErrAppOnlyNotSupported, "partnercenter.ErrForbidden": partnercenter.ErrForbidden,
	"partnercenter.ErrTransient": partnercenter.ErrTransient, "partnercenter.ErrNotSupported": partnercenter.ErrNotSupported,
	"partnercenter.ErrBusy": partnercenter.ErrBusy, "partnercenter.ErrStaleETag": partnercenter.ErrStaleETag,
	"partnercenter.ErrPrecondition": partnercenter.ErrPrecondition, "partnercenter.ErrNotFound": partnercenter.ErrNotFound,
	"partnercenter.ErrNoRelationship": partnercenter.ErrNoRelationship, "partnercenter.ErrValidation": partnercenter.ErrValidation,
	"partnercenter.ErrDuplicateAgreement": partnercenter.ErrDuplicateAgreement, "partnercenter.ErrWindowClosed": partnercenter.ErrWindowClosed,
	"partnercenter.ErrNotCancellable": partnercenter.ErrNotCancellable, "partnercenter.ErrTerminalState": partnercenter.ErrTerminalState,
	"partnercenter.ErrAgreementMissing": partnercenter.ErrAgreementMissing, "partnercenter.ErrPartnerAgreementMissing": partnercenter.ErrPartnerAgreementMissing,
	"partnercenter.ErrAccountLocked": partnercenter.ErrAccountLocked, "partnercenter.ErrProgramInactive": partnercenter.ErrProgramInactive,
	"partnercenter.ErrLimitReached": partnercenter.ErrLimitReached,
}

// What Partner Center answers with a code of a row matches its sentinel. The
// status 418 has no class of its own, so that the code decides.
func TestTheCodesOfARowMatchItsSentinel(t *testing.T) {
	for name, codes := range codesInRows(t, "partnercenter") {
		for _, code := range codes {
			status, text := http.StatusTeapot, "no"
			switch {
			case code == "2006":
				status = http.StatusForbidden
			case code == "3000" && name == "partnercenter.ErrNoRelationship":
				text = "The relationship does not exist."
			}
			client, err := partnercenter.New(auth.Credentials{App: auth.Static("an access token")},
				partnercenter.WithRetry(partnercenter.Retry{Attempts: 1}),
				partnercenter.WithTransport(partnercentertest.Handler{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(status)
					fmt.Fprintf(w, `{"code":%s,"description":%q}`, code, text)
				})}))
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Send(t.Context(), partnercenter.Request{Operation: "trying a code", Path: partnercenter.Path("x")})
			if want := errorsByName[name]; want == nil || !errors.Is(err, want) {
				t.Errorf("code %s: error = %v, want %s", code, err, name)
			}
		}
	}
}

// The same of the sign-in service, whose words the rows name as well.
func TestTheCodesAndWordsOfARowMatchItsSentinel(t *testing.T) {
	word := regexp.MustCompile("`([a-z_]+)`")
	for _, row := range errorRows(t) {
		want, ok := errorsByName[row.name]
		if !ok || !strings.HasPrefix(row.name, "auth.") {
			continue
		}
		for _, m := range codeInRow.FindAllStringSubmatch(row.comes, -1) {
			code, err := strconv.Atoi(m[1])
			if err != nil || !errors.Is(&auth.Error{Status: 400, AADSTS: code}, want) {
				t.Errorf("AADSTS%s does not match %s", m[1], row.name)
			}
		}
		for _, m := range word.FindAllStringSubmatch(row.comes, -1) {
			if !errors.Is(&auth.Error{Status: 400, Code: m[1]}, want) && !errors.Is(&auth.Error{Status: 400, Code: "unknown", Suberror: m[1]}, want) {
				t.Errorf("%s does not match %s", m[1], row.name)
			}
		}
	}
}

// The customer and the subscription of the examples.
const (
	errorsCustomer customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	errorsLicense  subscriptions.ID   = "a4c1340d-6911-4758-bba3-0c4c6007d161"
)

// errorsEmulator has a customer with one licence that can be cancelled.
func errorsEmulator(faults ...partnercentertest.Fault) *partnercentertest.Server {
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(errorsCustomer), Company: "Contoso Bakery"}.With(
		partnercentertest.License(string(errorsLicense))))
	fake.Inject(faults...)
	return fake
}

// errorsService returns the subscriptions that an emulator has, whose calls try
// everything once, and the one of the example.
func errorsService(fake *partnercentertest.Server) (*subscriptions.Service, *subscriptions.Subscription, error) {
	client, err := partnercenter.New(auth.Credentials{App: emulatorTokens.App}, partnercenter.WithTransport(fake), partnercenter.WithRetry(partnercenter.Retry{Attempts: 1}))
	if err != nil {
		log.Fatal(err)
	}
	service := subscriptions.New(client)
	sub, err := service.Get(context.Background(), errorsCustomer, errorsLicense)
	return service, sub, err
}

// What the examples record before they send it, and their own trace id.
const recordedID, traceID = "0d3c7c0e-5a0c-4a1d-9b1c-6a5b7f0f2c11", "5b1c8b83-4c0c-4f53-8a3c-8b6b0b1b2f0a"

func Example_errorDetails() {
	fake := errorsEmulator(partnercentertest.Fault{Method: http.MethodPatch, Status: 400, Code: "900117", Description: "The cancellation window of 7 days passed."})
	service, sub, err := errorsService(fake)
	if err != nil {
		log.Fatal(err)
	}
	ctx, customer := context.Background(), errorsCustomer

	_, err = service.Cancel(ctx, customer, sub, partnercenter.RequestID(recordedID), partnercenter.CorrelationID(traceID))
	if errors.Is(err, partnercenter.ErrWindowClosed) {
		fmt.Println("too late: let it end with its term")
	}
	if e, ok := errors.AsType[*partnercenter.Error](err); ok {
		fmt.Println(e.Operation, e.Status, e.Code, e.Message)
		fmt.Println("for Microsoft support:", e.RequestID, e.CorrelationID)
	}
	// Output:
	// too late: let it end with its term
	// updating subscription a4c1340d-6911-4758-bba3-0c4c6007d161 400 900117 The cancellation window of 7 days passed.
	// for Microsoft support: 0d3c7c0e-5a0c-4a1d-9b1c-6a5b7f0f2c11 5b1c8b83-4c0c-4f53-8a3c-8b6b0b1b2f0a
}

// A write whose answer got lost was done all the same: a look shows it.
func Example_errorUnknownOutcome() {
	fake := errorsEmulator(partnercentertest.Fault{Method: http.MethodPatch, Cut: true})
	service, sub, err := errorsService(fake)
	if err != nil {
		log.Fatal(err)
	}
	ctx, customer, license := context.Background(), errorsCustomer, errorsLicense

	cancel := func(sub *subscriptions.Subscription) (*subscriptions.Subscription, error) {
		return service.Cancel(ctx, customer, sub, partnercenter.RequestID(recordedID))
	}
	sub, err = cancel(sub)
	if partnercenter.OutcomeUnknown(err) {
		if sub, err = service.Get(ctx, customer, license); err == nil && !sub.Status.Ended() {
			sub, err = cancel(sub) // again, under the same id
		}
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sub.Status, "after", fake.Applied(string(customer), string(license)), "write")
	// Output: deleted after 1 write
}

// afterFailure says what becomes of a job whose call failed: "again" after a pause,
// "look" at what is there before anything is sent again, "person" for what
// only a person can put right, "drop" for what has become pointless.
func afterFailure(err error) (what string, pause time.Duration) {
	is := func(targets ...error) bool {
		return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
	}
	e, answered := errors.AsType[*partnercenter.Error](err)
	switch {
	case is(context.Canceled, context.DeadlineExceeded):
		return "look", 0 // this process is stopping, or out of time: the next one goes on
	case is(offboard.ErrLeased, offboard.ErrLeaseLost, offboard.ErrBehind, mca.ErrBehind):
		return "again", time.Minute
	case is(partnercenter.ErrNoRelationship, offboard.ErrNotCustomer):
		return "drop", 0
	case answered && is(partnercenter.ErrThrottled):
		return "again", max(e.RetryAfter, time.Minute)
	case is(partnercenter.ErrBusy):
		return "again", 10 * time.Minute
	case is(partnercenter.ErrStaleETag), answered && partnercenter.OutcomeUnknown(err):
		return "look", time.Minute
	case is(partnercenter.ErrTransient, auth.ErrTransient): // of a read, or of a sign-in
		return "again", time.Minute
	}
	return "person", 0 // credentials, roles, agreements, and whatever is unknown
}

func Example_errorSwitch() {
	for _, fault := range []partnercentertest.Fault{
		{Method: http.MethodPatch, Status: 429, RetryAfter: "600"},
		{Method: http.MethodPatch, Status: 409, Code: "900278"},
		{Method: http.MethodPatch, Drop: true},
		{Method: http.MethodPatch, Status: 403, Code: "900308", Description: "Access denied."},
		{Method: http.MethodPatch, Status: 403, Code: "20002", Description: "No relationship between caller and account."},
		{Method: http.MethodGet, Path: "/subscriptions", Status: 503},
	} {
		service, sub, err := errorsService(errorsEmulator(fault))
		if err == nil {
			_, err = service.Cancel(context.Background(), errorsCustomer, sub)
		}
		fmt.Println(afterFailure(err))
	}
	// Output:
	// again 10m0s
	// again 10m0s
	// look 1m0s
	// person 0s
	// drop 0s
	// again 1m0s
}

// logFailedCall logs what a search for the failure begins with.
func logFailedCall(ctx context.Context, logger *slog.Logger, err error) {
	attrs := []slog.Attr{slog.String("error", strings.ReplaceAll(err.Error(), "\n", "; "))}
	if e, ok := errors.AsType[*partnercenter.Error](err); ok {
		attrs = append(attrs, slog.String("operation", e.Operation), slog.Int("status", e.Status), slog.String("code", e.Code),
			slog.String("request_id", e.RequestID), slog.String("correlation_id", e.CorrelationID))
	}
	logger.LogAttrs(ctx, slog.LevelError, "the call failed", attrs...)
}

func Example_errorLog() {
	fake := errorsEmulator(partnercentertest.Fault{Method: http.MethodPatch, Status: 400, Code: "900117", Description: "The cancellation window of 7 days passed."})
	service, sub, err := errorsService(fake)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	_, err = service.Cancel(ctx, errorsCustomer, sub, partnercenter.RequestID(recordedID), partnercenter.CorrelationID(traceID))

	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "error" {
			return slog.Attr{} // one is another each time, the other is long
		}
		return a
	}}))
	logFailedCall(ctx, logger, err)
	// Output: level=ERROR msg="the call failed" operation="updating subscription a4c1340d-6911-4758-bba3-0c4c6007d161" status=400 code=900117 request_id=0d3c7c0e-5a0c-4a1d-9b1c-6a5b7f0f2c11 correlation_id=5b1c8b83-4c0c-4f53-8a3c-8b6b0b1b2f0a
}
