package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/oauth2"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercentertest"
)

// A browser brings the person back to the redirect URL. The program that
// listens there hands its query to Finish.
func ExampleNewAuthorization() {
	fake := partnercentertest.New() // instead of the network
	flow, err := auth.NewAuthorization(withSecret(fake), "http://localhost:8400")
	if err != nil {
		fmt.Println(err)
		return
	}
	signIn, err := flow.Finish(context.Background(), visit(fake, flow.URL()))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("multi-factor authentication:", signIn.MFA)
	fmt.Println(signIn.Save(context.Background(), new(auth.MemoryTokenStore))) // a lasting one in real life
	// Output:
	// multi-factor authentication: true
	// <nil>
}

// visit stands in for the browser and the person.
func visit(fake http.RoundTripper, page string) url.Values {
	r, err := http.NewRequest(http.MethodGet, page, nil)
	if err != nil {
		panic(err)
	}
	resp, err := fake.RoundTrip(r)
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		panic(err)
	}
	return back.Query()
}

func ExampleSignInWithDevice() {
	fake := &endpoint{answers: []answer{ // instead of the network
		{status: 200, body: `{"device_code":"kept-by-the-program","user_code":"EM5BXLJMI","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":1}`},
		rotated("an-access-token", "the-first-refresh-token"),
	}}
	signIn, err := auth.SignInWithDevice(context.Background(), appConfig(fake), func(p auth.DevicePrompt) error {
		_, err := fmt.Printf("Open %s and enter %s\n", p.VerificationURL, p.UserCode)
		return err
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(signIn.RefreshToken.Token)
	// Output:
	// Open https://microsoft.com/devicelogin and enter EM5BXLJMI
	// REDACTED
}

func ExampleParseCertificate() {
	text := pemText() // of a file that others may not read, in real life

	certificate, err := auth.ParseCertificate(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+v\n", *certificate)

	_, err = auth.NewApp(auth.AppConfig{Tenant: tenant, ClientID: clientID, Certificate: certificate})
	fmt.Println(err)
	// Output:
	// REDACTED
	// <nil>
}

// On Kubernetes the file is named by AZURE_FEDERATED_TOKEN_FILE.
func ExampleFileAssertion() {
	app, err := auth.NewApp(auth.AppConfig{Tenant: tenant, ClientID: clientID, Assertion: auth.FileAssertion("/no/such/token")})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = app.Token(context.Background())
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output: true
}

func ExampleUser_CustomerGraph() {
	const customer = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	fake := partnercentertest.New(partnercentertest.Customer{ // instead of the network
		ID: customer, GDAP: []partnercentertest.GDAP{{Status: "terminated"}},
	})
	user, err := auth.NewUser(auth.UserConfig{App: withSecret(fake), RefreshToken: partnercentertest.RefreshToken})
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := user.CustomerGraph(customer)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = source.Token(context.Background())
	fmt.Println(errors.Is(err, auth.ErrUser))
	// Output: true
}

func ExampleStatic() {
	creds := auth.Credentials{App: auth.Static("a-token-that-was-handed-over")}
	fmt.Println(creds)
	fmt.Println(creds.Redact("nothing of the app's own is known here"))
	// Output:
	// REDACTED
	// nothing of the app's own is known here
}

// The two adapters lead to golang.org/x/oauth2 and back.
func ExampleFromOAuth2() {
	theirs := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "an-access-token"})
	ours := auth.FromOAuth2(theirs)
	token, err := auth.ToOAuth2(context.Background(), ours).Token()
	fmt.Println(token.AccessToken, err)
	// Output: an-access-token <nil>
}

func ExampleNewFileTokenStore() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store := auth.NewFileTokenStore(filepath.Join(dir, "refresh-token.json"))

	key := auth.TokenKey(tenant, clientID, "")
	_, err = store.LoadToken(context.Background(), key)
	fmt.Println(errors.Is(err, auth.ErrNoToken))

	err = store.SaveToken(context.Background(), key, auth.RefreshToken{Token: "from a sign-in", Issued: time.Now()})
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

func ExampleCloudByName() {
	cloud, err := auth.CloudByName("usgov")
	fmt.Println(cloud.Authority, err)
	_, err = auth.CloudByName("germany")
	fmt.Println(err)
	// Output:
	// https://login.microsoftonline.us <nil>
	// auth: unknown cloud "germany": set public, china or usgov
}

func ExampleRefreshToken_Expires() {
	token := auth.RefreshToken{Token: "kept by a TokenStore", Issued: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)}
	fmt.Println(token.Expires().Format(time.DateOnly))
	// Output: 2027-02-19
}
