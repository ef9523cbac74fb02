package cspkit_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
	"github.com/cspkit/cspkit/webhooks"
)

// secretive are the types that a secret or a person is kept in, at the bottom.
var secretive = []string{
	"auth.Secret", "auth.sealed", "auth.storedToken", "auth.TokenSource", "crypto.Signer",
	"customers.Password", "mca.Signatory",
}

// TestNoTypeThatHoldsASecretPrintsIt finds every exported type of the library
// that can hold a secret, however deep, and wants each of them in the table of
// values, none of which may show what it holds.
func TestNoTypeThatHoldsASecretPrintsIt(t *testing.T) {
	values := secretValues(t)
	for _, name := range holders(t) {
		if _, ok := values[name]; !ok {
			t.Errorf("%s can hold a secret: put one that does into secretValues", name)
		}
	}
	for name, v := range values {
		text := everyPrint(v)
		for what, hidden := range secretTexts {
			if strings.Contains(text, hidden) || strings.Contains(text, fmt.Sprintf("%x", hidden)) {
				t.Errorf("%s shows the %s:\n%s", name, what, text)
			}
		}
	}
}

// everyPrint prints a value in every way that Go code prints one.
func everyPrint(v any) string {
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10.3v"} {
		fmt.Fprintf(&out, verb+"\n", v)
	}
	fmt.Fprintln(&out, v)
	if b, err := json.Marshal(v); err == nil {
		out.Write(b)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	return out.String()
}

// holders lists the exported types whose fields lead to a secretive one.
func holders(t *testing.T) []string {
	t.Helper()
	fields := map[string][]string{} // of each type: the types that it mentions
	// Programs, and what holds no real secret.
	apart := []string{"examples", "internal", "partnercentertest", "testdata", "tools"}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (slices.Contains(apart, d.Name()) || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case !d.IsDir() && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			readTypes(t, name, fields)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	leaky := map[string]bool{}
	for _, name := range secretive {
		leaky[name] = true
	}
	for grown := true; grown; {
		grown = false
		for name, mentioned := range fields {
			if !leaky[name] && slices.ContainsFunc(mentioned, func(m string) bool { return leaky[m] }) {
				leaky[name], grown = true, true
			}
		}
	}
	var exported []string
	for name := range fields {
		if _, short, _ := strings.Cut(name, "."); leaky[name] && ast.IsExported(short) {
			exported = append(exported, name)
		}
	}
	if len(exported) < 20 {
		t.Fatalf("only %d types were found: the test looks in the wrong place", len(exported))
	}
	return slices.Sorted(slices.Values(exported))
}

// readTypes adds the types of a file. An interface holds nothing, and of a
// function fmt prints the address.
func readTypes(t *testing.T, name string, fields map[string][]string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	pkg := file.Name.Name
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		mentioned := map[string]bool{}
		var mention func(n ast.Node) bool
		mention = func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncType, *ast.InterfaceType:
				return false
			case *ast.Field: // its names are no types
				ast.Inspect(n.Type, mention)
				return false
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok {
					mentioned[x.Name+"."+n.Sel.Name] = true
				}
				return false
			case *ast.Ident:
				mentioned[pkg+"."+n.Name] = true
			}
			return true
		}
		ast.Inspect(spec.Type, mention)
		fields[pkg+"."+spec.Name.Name] = slices.Collect(maps.Keys(mentioned))
		return true
	})
}

// What the values hold, and must not show.
var secretTexts = map[string]string{
	"client secret":  "client~secret~4711",
	"refresh token":  "0.refresh-token-4711",
	"password":       "Password-4711",
	"attestation id": "49a69a39-8244-4c51-9805-4f5aa3adac6b",
	"signatory":      "Visser-Vermeer",
	"private key":    "", // filled in by secretValues
}

func secretValues(t *testing.T) map[string]any {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	secretTexts["private key"] = key.D.String()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	const secret, refresh auth.Secret = "client~secret~4711", "0.refresh-token-4711"
	const id auth.Secret = "49a69a39-8244-4c51-9805-4f5aa3adac6b"
	const customer customers.TenantID = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	certificate := auth.Certificate{Signer: key, Chain: []*x509.Certificate{cert}}
	registration := auth.AppConfig{Tenant: "partner.example", ClientID: "app", ClientSecret: secret}
	certified := auth.AppConfig{Tenant: "partner.example", ClientID: "app", Certificate: &certificate}
	app := must(auth.NewApp(registration))
	tokens := new(auth.MemoryTokenStore)
	token := auth.RefreshToken{Token: refresh, Issued: time.Now()}
	if err := tokens.SaveToken(t.Context(), "key", token); err != nil {
		t.Fatal(err)
	}
	user := must(auth.NewUser(auth.UserConfig{App: certified, RefreshToken: refresh, Store: tokens}))
	creds := auth.Credentials{App: app, AppUser: user.PartnerCenter(), Graph: auth.Static(string(secret))}
	pc := must(partnercenter.New(creds))
	client := must(cspkit.New(creds))
	var password customers.Password
	if err := json.Unmarshal([]byte(`"Password-4711"`), &password); err != nil {
		t.Fatal(err)
	}
	login := customers.UserCredentials{UserName: "admin", Password: password}
	signatory := mca.Signatory{FirstName: "Ada", LastName: "Visser-Vermeer", Email: "ada.visser-vermeer@fabrikam.example"}
	details := mca.Details{Company: "Fabrikam BV", Signatory: signatory}
	agreement := mca.Agreement{Signatory: signatory}
	issued := mca.Issued{RequestID: "r", Details: details, ID: id, Link: "https://cdn.example/?attestationid=" + id}
	record := &mca.Record{Customer: customer, Attestations: []mca.Issued{issued}}
	records := new(mca.MemoryStore)
	if err := records.Save(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	partner := must(mca.NewPartner(pc))
	return map[string]any{
		"auth.AppConfig":            registration,
		"auth.AppConfig, certified": certified,
		"auth.Authorization":        must(auth.NewAuthorization(registration, "http://localhost:8400")),
		"auth.Certificate":          certificate,
		"auth.Credentials":          creds,
		"auth.MemoryTokenStore":     tokens,
		"auth.RefreshToken":         token,
		"auth.Secret":               secret,
		"auth.SignIn":               auth.SignIn{RefreshToken: token},
		"auth.TokenSource":          app,
		"auth.User":                 user,
		"auth.UserConfig":           auth.UserConfig{App: registration, RefreshToken: refresh, Store: tokens},
		"cspkit.Client":             client,
		"cspkit.Customer":           client.Customer(customer),
		"cspkit.MCA":                client.Customer(customer).MCA(),
		"cspkit.Attestation":        client.Customer(customer).MCA().Attest().Company("Fabrikam BV").Signatory(signatory.FirstName, signatory.LastName, signatory.Email, ""),
		"cspkit.Subscriptions":      client.Customer(customer).Subscriptions(),
		"customers.Created":         &customers.Created{UserCredentials: login},
		"customers.Password":        password,
		"customers.Service":         client.Customers(),
		"customers.UserCredentials": login,
		"mca.Agreement":             agreement,
		"mca.Attestation":           mca.NewAttestation("Fabrikam BV").Signatory(signatory.FirstName, signatory.LastName, signatory.Email, ""),
		"mca.AttestationStatus":     mca.AttestationStatus{Answer: id},
		"mca.Created":               mca.Created{ID: id, Link: issued.Link, Answer: id},
		"mca.Delivery":              mca.Delivery{ID: "r", Customer: customer, Details: details, Link: issued.Link},
		"mca.Desk":                  must(mca.NewDesk(partner, records)),
		"mca.Details":               details,
		"mca.Facts":                 mca.Facts{Agreements: []mca.Agreement{agreement}},
		"mca.Issued":                issued,
		"mca.MemoryStore":           records,
		"mca.NewAgreement":          mca.NewAgreement{AttestationID: id, Signatory: signatory},
		"mca.Record":                record,
		"mca.Service":               must(mca.New(pc)),
		"mca.Signatory":             signatory,
		"offboard.Partner":          offboard.NewPartner(pc), // behind an interface, which fmt looks through
		"offboard.Workflow":         must(offboard.New(offboard.NewPartner(pc), new(offboard.MemoryStore))),
		"partnercenter.Client":      pc,
		"subscriptions.Service":     subscriptions.New(pc),
		"webhooks.Service":          webhooks.New(pc),
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
