package docs_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/partnercentertest"
)

// A promise is worth what its test is: each test that the guide names stands in
// the folder that the guide names with it.
func TestEveryPromiseHasItsTests(t *testing.T) {
	text, err := os.ReadFile("security.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(?:Test|Fuzz)\\w+`").FindAllString(string(text), -1)
	placed := regexp.MustCompile("`((?:Test|Fuzz)\\w+)` \\(`([^`]+)`\\)").FindAllStringSubmatch(string(text), -1)
	if len(named) != len(placed) || len(placed) < 50 {
		t.Fatalf("%d tests are named, and for %d of them the folder: want it for each, and more than 50", len(named), len(placed))
	}
	for row := range strings.Lines(string(text)) {
		if strings.HasPrefix(row, "| ") && !strings.HasPrefix(row, "| promise |") && !strings.HasPrefix(row, "| --- |") && !strings.Contains(row, "`Test") {
			t.Errorf("no test holds this promise: %s", row)
		}
	}
	folders := map[string]map[string]bool{}
	for _, found := range placed {
		name, folder := found[1], found[2]
		if folders[folder] == nil {
			folders[folder] = testsIn(t, folder)
		}
		if !folders[folder][name] {
			t.Errorf("there is no %s in %s", name, folder)
		}
	}
}

// testsIn returns the names of the functions in the tests of a folder.
func testsIn(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(folder), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range file.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && f.Recv == nil {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}

// An attestation is made, watched until its link expires, and made anew; nobody
// accepts. The library must then have seen no acceptance page, and created
// nothing.
func TestNothingAcceptsForTheCustomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)))
		fake := partnercentertest.New(partnercentertest.Customer{ID: credentialsCustomer, Company: "Contoso BV"})
		desk := acceptanceDesk(t, fake)
		attestation := mca.NewAttestation("Contoso BV").Country("NL").Language("nl-NL").Signatory("Ada", "Visser", "ada.visser@contoso.example", "")
		if _, err := desk.Start(t.Context(), credentialsCustomer, attestation); err != nil {
			t.Fatal(err)
		}
		if _, err := desk.Watch(t.Context(), credentialsCustomer, mca.WatchOptions{}); !errors.Is(err, mca.ErrLinkExpired) {
			t.Errorf("Watch = %v, want that the link expired", err)
		}
		record, err := desk.Renew(t.Context(), credentialsCustomer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := desk.Finalize(t.Context(), credentialsCustomer); !errors.Is(err, mca.ErrNotAccepted) {
			t.Errorf("Finalize = %v, want that nobody accepted", err)
		}
		for _, r := range fake.Requests() {
			if r.Service == "acceptance" || r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/agreements") {
				t.Errorf("%s %s was sent", r.Method, r.Path)
			}
		}

		// The emulator would have shown it.
		page, err := http.NewRequestWithContext(t.Context(), http.MethodGet, record.Newest().Link.Reveal(), nil)
		if err != nil {
			t.Fatal("the link is no address")
		}
		resp, err := fake.RoundTrip(page)
		if err != nil {
			t.Fatal("the page cannot be opened")
		}
		resp.Body.Close()
		if all := fake.Requests(); all[len(all)-1].Service != "acceptance" {
			t.Error("the emulator does not show who opens the page: this test cannot see it")
		}
	})
}

func acceptanceDesk(t *testing.T, fake *partnercentertest.Server) *mca.Desk {
	t.Helper()
	partner, err := emulatedClient(fake).MCAPartner()
	if err != nil {
		t.Fatal(err)
	}
	desk, err := mca.NewDesk(partner, new(mca.MemoryStore))
	if err != nil {
		t.Fatal(err)
	}
	return desk
}
