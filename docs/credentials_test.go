package docs_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cspkit/cspkit"
	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/store/storetest"
)

const credentialsCustomer = "b44bb1fb-c595-45b0-9e09-d657365580bf"

// credentialsFake is an emulator with one customer, and what a reader of the
// guide has after the registration.
func credentialsFake() (fake *partnercentertest.Server, tenant, clientID string, secret auth.Secret) {
	fake = partnercentertest.New(partnercentertest.Customer{
		ID: credentialsCustomer, Company: "Contoso BV", GDAP: []partnercentertest.GDAP{{}},
	})
	return fake, partnercentertest.TenantID, partnercentertest.ClientID, partnercentertest.ClientSecret
}

// credentialsOver sends what goes to the sign-in service to the emulator.
func credentialsOver(fake http.RoundTripper, registration auth.AppConfig) auth.AppConfig {
	registration.HTTPClient = &http.Client{Transport: fake}
	return registration
}

// credentialsStore is what examples/consent leaves behind.
func credentialsStore(fake *partnercentertest.Server) auth.TokenStore {
	tokens := new(auth.MemoryTokenStore)
	key := auth.TokenKey(partnercentertest.TenantID, partnercentertest.ClientID, "")
	if err := tokens.SaveToken(context.Background(), key, auth.RefreshToken{Token: auth.Secret(fake.SignIn())}); err != nil {
		log.Fatal(err)
	}
	return tokens
}

// credentialsName proves that credentials are good for a call.
func credentialsName(client *cspkit.Client) {
	customer, err := client.Customer(credentialsCustomer).Get(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(customer.CompanyProfile.CompanyName)
}

// credentialsApp proves that the app can prove itself.
func credentialsApp(registration auth.AppConfig) {
	app, err := auth.NewApp(registration)
	if err != nil {
		log.Fatal(err)
	}
	token, err := app.Token(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Type())
}

func Example_credentialsSecret() {
	fake, tenant, clientID, secret := credentialsFake()
	tokens, options := credentialsStore(fake), []partnercenter.Option{partnercenter.WithTransport(fake)}

	registration := auth.AppConfig{
		Tenant:       tenant, // its GUID or a domain name of it
		ClientID:     clientID,
		ClientSecret: secret, // its value, not its id
	}
	registration = credentialsOver(fake, registration)

	creds, err := auth.NewCredentials(auth.UserConfig{App: registration, Store: tokens})
	if err != nil {
		log.Fatal(err)
	}
	client, err := cspkit.New(creds, options...)
	if err != nil {
		log.Fatal(err)
	}
	credentialsName(client)
	// Output: Contoso BV
}

func Example_credentialsCertificate() {
	fake, tenant, clientID, _ := credentialsFake()
	file, remove := credentialsFile(credentialsPEM(fake))
	defer remove()

	text, err := os.ReadFile(file) // private key and certificate as PEM; mode 0600
	if err != nil {
		log.Fatal(err)
	}
	certificate, err := auth.ParseCertificate(text)
	if err != nil {
		log.Fatal(err)
	}
	registration := auth.AppConfig{Tenant: tenant, ClientID: clientID, Certificate: certificate}
	credentialsApp(credentialsOver(fake, registration))
	// Output: Bearer
}

func Example_credentialsFederated() {
	fake, tenant, clientID, _ := credentialsFake()
	file, remove := credentialsFile(credentialsFederated(fake))
	defer remove()

	registration := auth.AppConfig{
		Tenant:    tenant,
		ClientID:  clientID,
		Assertion: auth.FileAssertion(file), // on Kubernetes: os.Getenv("AZURE_FEDERATED_TOKEN_FILE")
	}
	credentialsApp(credentialsOver(fake, registration))
	// Output: Bearer
}

func Example_credentialsCloud() {
	fake, tenant, clientID, secret := credentialsFake()

	cloud, err := auth.CloudByName("usgov") // or public, or china
	if err != nil {
		log.Fatal(err)
	}
	registration := auth.AppConfig{Cloud: cloud, Tenant: tenant, ClientID: clientID, ClientSecret: secret}
	options := []partnercenter.Option{partnercenter.WithCloud(cloud)} // for cspkit.New
	registration, options = credentialsOver(fake, registration), append(options, partnercenter.WithTransport(fake))

	creds, err := auth.NewCredentials(auth.UserConfig{App: registration, Store: credentialsStore(fake)})
	if err != nil {
		log.Fatal(err)
	}
	client, err := cspkit.New(creds, options...)
	if err != nil {
		log.Fatal(err)
	}
	credentialsName(client)
	// Output: Contoso BV
}

func Example_credentialsErrors() {
	fake, tenant, clientID, secret := credentialsFake()
	user, err := auth.NewUser(auth.UserConfig{
		App:   credentialsOver(fake, auth.AppConfig{Tenant: tenant, ClientID: clientID, ClientSecret: secret}),
		Store: credentialsStore(fake),
	})
	if err != nil {
		log.Fatal(err)
	}
	fake.RevokeRefreshTokens()
	ctx := context.Background()

	_, err = user.PartnerCenter().Token(ctx)
	switch {
	case errors.Is(err, auth.ErrSignInAgain), errors.Is(err, auth.ErrMFARequired):
		fmt.Println("a person has to sign in again")
	case errors.Is(err, auth.ErrTransient):
		fmt.Println("try again later")
	case err != nil:
		fmt.Println("somebody has to change a setting:", err)
	}
	// Output: a person has to sign in again
}

func Example_credentialsCheck() {
	fake, tenant, clientID, secret := credentialsFake()
	fake.GraphScopes = []string{"Directory.Read.All"}
	registration := credentialsOver(fake, auth.AppConfig{Tenant: tenant, ClientID: clientID, ClientSecret: secret})
	creds, err := auth.NewCredentials(auth.UserConfig{App: registration, Store: credentialsStore(fake)})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	for _, finding := range auth.Check(ctx, creds, registration.Cloud) {
		for _, problem := range finding.Problems {
			fmt.Printf("%s: %v\n", finding.Job, problem)
		}
	}
	// Output:
	// end GDAP relationships: the token has no permission DelegatedAdminRelationship.ReadWrite.All: add it to the app registration, and consent again
}

func Example_credentialsCustomer() {
	fake, tenant, clientID, secret := credentialsFake()
	user, err := auth.NewUser(auth.UserConfig{
		App:   credentialsOver(fake, auth.AppConfig{Tenant: tenant, ClientID: clientID, ClientSecret: secret}),
		Store: credentialsStore(fake),
	})
	if err != nil {
		log.Fatal(err)
	}
	customerTenant, ctx := credentialsCustomer, context.Background()

	graph, err := user.CustomerGraph(customerTenant) // keep it: it caches
	if err != nil {
		log.Fatal(err)
	}
	token, err := graph.Token(ctx)
	switch {
	case errors.Is(err, auth.ErrConsentRequired):
		log.Fatal("nobody consented to the app in the customer's tenant: ", err)
	case errors.Is(err, auth.ErrUser):
		log.Fatal("no GDAP relationship opens the customer's tenant: ", err)
	case err != nil:
		log.Fatal(err)
	}
	fmt.Println(token.Type())
	// Output: Bearer
}

// vault is where a company keeps its secrets.
type vault interface {
	Get(ctx context.Context, name string) (value string, found bool, err error)
	Set(ctx context.Context, name, value string) error
}

// vaultTokens is an [auth.TokenStore] that keeps refresh tokens there.
type vaultTokens struct{ vault vault }

// keptToken is a refresh token that does not read REDACTED on its way to the vault.
type keptToken struct {
	Token  string
	Issued time.Time
}

// vaultName makes a key a name of letters, digits and dashes.
func vaultName(key string) string { return fmt.Sprintf("cspkit-%x", sha256.Sum256([]byte(key))) }

func (v vaultTokens) LoadToken(ctx context.Context, key string) (auth.RefreshToken, error) {
	text, found, err := v.vault.Get(ctx, vaultName(key))
	switch {
	case err != nil:
		return auth.RefreshToken{}, err
	case !found:
		return auth.RefreshToken{}, auth.ErrNoToken
	}
	var kept keptToken
	if json.Unmarshal([]byte(text), &kept) != nil { // whose error may quote the token
		return auth.RefreshToken{}, errors.New("the refresh token in the vault is damaged: sign in again")
	}
	return auth.RefreshToken{Token: auth.Secret(kept.Token), Issued: kept.Issued}, nil
}

func (v vaultTokens) SaveToken(ctx context.Context, key string, token auth.RefreshToken) error {
	text, err := json.Marshal(keptToken{token.Token.Reveal(), token.Issued})
	if err != nil {
		return err
	}
	return v.vault.Set(ctx, vaultName(key), string(text))
}

func TestVaultTokens(t *testing.T) {
	storetest.Tokens(t, func(*testing.T) auth.TokenStore { return vaultTokens{newVault()} })
}

// mapVault stands in for a real vault.
type mapVault struct {
	mu     sync.Mutex
	values map[string]string
}

func newVault() vault { return &mapVault{values: map[string]string{}} }

func (m *mapVault) Get(ctx context.Context, name string) (string, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, found := m.values[name]
	return value, found, ctx.Err()
}

func (m *mapVault) Set(ctx context.Context, name, value string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() == nil {
		m.values[name] = value
	}
	return ctx.Err()
}

// credentialsFile writes a file that done removes.
func credentialsFile(text []byte) (name string, done func()) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	name = filepath.Join(dir, "proof")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		log.Fatal(err)
	}
	return name, func() { _ = os.RemoveAll(dir) }
}

// Making a key takes a tenth of a second, so the examples share one.
var credentialsKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	return key
})

// credentialsPEM returns a key with a certificate that the emulator trusts.
func credentialsPEM(fake *partnercentertest.Server) []byte {
	key := credentialsKey()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		log.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		log.Fatal(err)
	}
	fake.TrustCertificate(certificate)
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	return append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
}

// credentialsFederated returns a token of a workload that the emulator trusts.
func credentialsFederated(fake *partnercentertest.Server) []byte {
	const issuer, subject = "https://cluster.example", "system:serviceaccount:billing:cspkit"
	fake.TrustIssuer(issuer, subject, credentialsKey().Public())
	part := func(claims map[string]any) string {
		b, err := json.Marshal(claims)
		if err != nil {
			log.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(map[string]any{"alg": "RS256", "typ": "JWT"}) + "." + part(map[string]any{
		"iss": issuer, "sub": subject, "aud": "api://AzureADTokenExchange",
		"nbf": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	})
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, credentialsKey(), crypto.SHA256, digest[:])
	if err != nil {
		log.Fatal(err)
	}
	return []byte(text + "." + base64.RawURLEncoding.EncodeToString(signature))
}

// credentialsGuide returns the text of the guide.
func credentialsGuide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("credentials.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The table of jobs and the output of -check are those of the jobs that there are.
func TestTheCredentialsGuideShowsEveryJob(t *testing.T) {
	guide := credentialsGuide(t)
	for _, f := range auth.Check(t.Context(), auth.Credentials{}, auth.Public()) {
		columns := "| no | needed | |" // a token of a user
		_, permission, graph := strings.Cut(f.Needs, "Microsoft Graph with ")
		switch {
		case strings.HasPrefix(f.Needs, "an app-only or app+user token"):
			columns = "| yes | yes | |"
		case strings.HasPrefix(f.Needs, "an app-only token"):
			columns = "| needed | no | |"
		case graph:
			columns = "| | | `" + permission + "` |"
		}
		for _, want := range []string{"\n| " + f.Job + " " + columns + "\n", "\nok       " + f.Job + "\n         needs " + f.Needs + "\n"} {
			if !strings.Contains(guide, want) {
				t.Errorf("the guide lacks:%s", want)
			}
		}
	}
}

// What the guide explains as the words of -check are words of the library.
func TestTheCredentialsGuideQuotesTheDoctor(t *testing.T) {
	var said strings.Builder
	for _, name := range []string{"check.go", "error.go"} {
		text, err := os.ReadFile(filepath.Join("..", "auth", name))
		if err != nil {
			t.Fatal(err)
		}
		said.Write(text)
	}
	_, table, _ := strings.Cut(credentialsGuide(t), "| `-check` says | look at |")
	rows := regexp.MustCompile("(?m)^[|] `([^`]+)` [|]").FindAllStringSubmatch(table, -1)
	if len(rows) < 10 {
		t.Fatalf("%d rows were found: the test looks in the wrong place", len(rows))
	}
	for _, row := range rows {
		if !strings.Contains(said.String(), row[1]) {
			t.Errorf("auth does not say %q", row[1])
		}
	}
}

// Each row of the table of refusals gives the codes and the error that they match.
func TestTheCredentialsGuideClassifiesRefusals(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| ([^|]*\\d{5}[^|]*) \\| `auth\\.(Err\\w+)` \\|")
	sentinels := map[string]error{
		"ErrMFARequired": auth.ErrMFARequired, "ErrConsentRequired": auth.ErrConsentRequired,
		"ErrSignInAgain": auth.ErrSignInAgain, "ErrMisconfigured": auth.ErrMisconfigured,
		"ErrConditionalAccess": auth.ErrConditionalAccess, "ErrTransient": auth.ErrTransient,
		"ErrUser": auth.ErrUser, "ErrTenant": auth.ErrTenant,
	}
	for _, found := range row.FindAllStringSubmatch(credentialsGuide(t), -1) {
		want := sentinels[found[2]]
		for _, code := range regexp.MustCompile(`\d{5,}`).FindAllString(found[1], -1) {
			if err := auth.DecodeError(400, []byte(`{"error":"invalid_grant","error_codes":[`+code+`]}`)); !errors.Is(err, want) {
				t.Errorf("AADSTS%s: %v, which the guide calls auth.%s", code, err, found[2])
			}
		}
		delete(sentinels, found[2])
	}
	for name := range sentinels {
		t.Errorf("the guide has no row for auth.%s", name)
	}
}
