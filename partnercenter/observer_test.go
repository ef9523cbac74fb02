package partnercenter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

// tree is a StartObserver that writes down what happens, each line indented by
// what it is part of.
type tree struct {
	mu    sync.Mutex
	lines []string
}

type depth struct{}

func (t *tree) note(ctx context.Context, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	level, _ := ctx.Value(depth{}).(int)
	t.lines = append(t.lines, strings.Repeat("  ", level)+fmt.Sprintf(format, args...))
}

func (t *tree) Start(ctx context.Context, e partnercenter.Event) context.Context {
	t.note(ctx, "%s %d begins: %s %s %s", e.Kind, e.Attempt, e.Method, e.Host, e.Path)
	level, _ := ctx.Value(depth{}).(int)
	return context.WithValue(ctx, depth{}, level+1)
}

func (t *tree) Observe(ctx context.Context, e partnercenter.Event) {
	t.note(ctx, "%s %d: %d %t", e.Kind, e.Attempt, e.Status, e.Err != nil)
}

func TestAnObserverSeesWhatIsPartOfWhat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := new(tree)
		service := transport(func(r *http.Request) (*http.Response, error) {
			seen.note(r.Context(), "on the wire")
			if slices.ContainsFunc(seen.lines, func(l string) bool { return strings.Contains(l, "wait") }) {
				return says(404, `{"code":20002}`)(r)
			}
			return says(503, "")(r)
		})
		client := newClient(t, service, partnercenter.WithObserver(seen))
		_, err := client.Send(t.Context(), partnercenter.Request{
			Operation: "reading", Path: partnercenter.Path("customers", "b44bb1fb-c595-45b0-9e09-d657365580bf"), Query: map[string][]string{"q": {"x"}},
		})
		if err == nil {
			t.Fatal("Send gave no error for a 404")
		}
		want := []string{
			"operation 0 begins: GET api.partnercenter.microsoft.com:443 /v1/customers/{id}",
			"  token 1: 0 false",
			"  attempt 1 begins: GET api.partnercenter.microsoft.com:443 /v1/customers/{id}",
			"    on the wire",
			"    attempt 1: 503 false",
			"  wait 1: 503 false",
			"  attempt 2 begins: GET api.partnercenter.microsoft.com:443 /v1/customers/{id}",
			"    on the wire",
			"    attempt 2: 404 false",
			"  operation 2: 404 true",
		}
		if diff := cmp.Diff(want, seen.lines); diff != "" {
			t.Errorf("what was seen (-want +got):\n%s", diff)
		}
	})
}

func TestTheEndOfACallTellsHowItEnded(t *testing.T) {
	noToken := &tokens{err: &auth.Error{Status: 400, AADSTS: 700082}}
	for name, tt := range map[string]struct {
		source auth.TokenSource
		reply  answer
		status int
		code   string
		want   error
	}{
		"good":            {auth.Static("a-token"), says(200, "{}"), 200, "", nil},
		"refused":         {auth.Static("a-token"), says(403, `{"code":900308,"description":"see /secret"}`), 403, "900308", partnercenter.ErrForbidden},
		"no answer":       {auth.Static("a-token"), fails(io.EOF), 0, "", partnercenter.ErrTransient},
		"no token":        {noToken, says(200, "{}"), 0, "AADSTS700082", partnercenter.ErrSignInAgain},
		"a strange code":  {auth.Static("a-token"), says(404, `{"code":"/secret"}`), 404, "", partnercenter.ErrNotFound},
		"a strange 200":   {auth.Static("a-token"), says(200, "<html>"), 200, "", partnercenter.ErrUnexpectedAnswer},
		"a foreign place": {auth.Static("a-token"), says(200, "{}", "Location", "https://evil.example/x"), 200, "", partnercenter.ErrForeignHost},
	} {
		t.Run(name, func(t *testing.T) {
			seen := new(recorder)
			client, err := partnercenter.New(auth.Credentials{App: tt.source}, partnercenter.WithTransport(play(tt.reply)), partnercenter.WithObserver(seen), once)
			if err != nil {
				t.Fatal(err)
			}
			var out struct{}
			sent := client.Do(t.Context(), read, &out)
			ends := seen.of(partnercenter.EventOperation)
			if len(ends) != 1 || ends[0].Status != tt.status || ends[0].Code != tt.code || strings.Contains(fmt.Sprint(ends[0]), "/secret") || !errors.Is(ends[0].Err, tt.want) || !errors.Is(sent, tt.want) {
				t.Errorf("the call ended with %v and the events %+v, want one with status %d, code %q and error %v", sent, ends, tt.status, tt.code, tt.want)
			}
		})
	}
}

// An identifier that looks like a word must not be shown, either.
func TestEventsShowNoIdentifiersInPaths(t *testing.T) {
	for path, want := range map[string]string{
		"/customers": "/v1/customers",
		"/customers/b44bb1fb-c595-45b0-9e09-d657365580bf/orders/cabcWWncAlxF": "/v1/customers/{id}/orders/{id}",
		"/Customers/1/azureEntitlements/2/cancel":                             "/v1/Customers/{id}/azureEntitlements/{id}/cancel",
		"/attestations/enhanced/49a69a39-8244-4c51-9805-4f5aa3adac6b":         "/v1/attestations/enhanced/{id}",
		"/domains/contoso.example":                                            "/v1/domains/{id}",
		"/countryvalidationrules/NL":                                          "/v1/countryvalidationrules/{id}",
		"/customers/Fabrikam%20BV":                                            "/v1/customers/{id}",
	} {
		seen := new(recorder)
		client := newClient(t, play(says(200, "{}")), partnercenter.WithObserver(seen))
		if _, err := client.Send(t.Context(), partnercenter.Request{Operation: "reading", Path: path}); err != nil {
			t.Fatal(err)
		}
		for _, e := range seen.events {
			if e.Path != want || e.Scheme != "https" || e.Host != "api.partnercenter.microsoft.com:443" {
				t.Errorf("%s of %s tells %s, %s and %s, want %s", e.Kind, path, e.Scheme, e.Host, e.Path, want)
			}
		}
	}
}
