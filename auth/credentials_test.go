package auth_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercentertest"
)

func ExampleNewCredentials() {
	fake := partnercentertest.New() // instead of the network
	creds, err := auth.NewCredentials(auth.UserConfig{
		App:          withSecret(fake),
		RefreshToken: partnercentertest.RefreshToken,
		Store:        new(auth.MemoryTokenStore), // a lasting one in real life
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, source := range []auth.TokenSource{creds.App, creds.AppUser, creds.Graph} {
		token, err := source.Token(context.Background())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(token.Valid())
	}
	// Output:
	// true
	// true
	// true
}

func TestNewCredentialsSaysAllThatIsWrong(t *testing.T) {
	fake := partnercentertest.New()
	creds, err := auth.NewCredentials(auth.UserConfig{})
	if err == nil {
		t.Fatal("NewCredentials of nothing succeeded")
	}
	for _, want := range []string{"Tenant", "ClientID", "ClientSecret", "RefreshToken"} {
		if n := strings.Count(err.Error(), "auth: "+want+" is"); n != 1 {
			t.Errorf("the error names %s %d times, want once:\n%v", want, n, err)
		}
	}
	if creds.App != nil || creds.AppUser != nil || creds.Graph != nil {
		t.Error("there are credentials beside the error")
	}
	if n := len(fake.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
