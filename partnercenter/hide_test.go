package partnercenter_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cspkit/cspkit/partnercenter"
)

// A request whose address and body are secrets, and services, proxies and
// transports that repeat them in every spelling.
func TestWhatARequestHidesIsNeverShown(t *testing.T) {
	const id = "49a69a39-8244-4c51-9805-4f5aa3adac6b"
	hide := []string{id, "Ada", "Ómarsdóttir", "李", "a b/c+d", "\xff-is-no-utf8", ""}
	shown := []string{id, strings.ToUpper(id), "Ada", "ADA", "ómarsdóttir", "李", "a b/c+d", url.QueryEscape("a b/c+d"), url.PathEscape("a b/c+d"), "is-no-utf8"}
	echo := func(r *http.Request) string {
		return "an Adapter for " + strings.ToUpper(id) + ", ADA ómarsdóttir or 李娜, of a b/c+d, " + url.QueryEscape("a b/c+d") + ", " + url.PathEscape("a b/c+d") + " \xff-is-no-utf8 at " + r.URL.String()
	}
	tests := map[string]answer{
		"echo": func(r *http.Request) (*http.Response, error) {
			return response(400, strings.NewReader(fmt.Sprintf(`{"code":"Ada","errorName":"Ada","description":%s}`, quoted(echo(r))))), nil
		},
		"status line": func(r *http.Request) (*http.Response, error) {
			resp := response(400, strings.NewReader(""))
			resp.Status = "400 " + echo(r)
			return resp, nil
		},
		"broken connection": func(r *http.Request) (*http.Response, error) { return nil, errors.New(echo(r)) },
		"address in a net/http error": func(r *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: r.URL.String(), Err: errors.New(echo(r))}
		},
		"not the type": says(200, `{"at":"Ada `+id+`"}`),
		"not JSON":     says(200, "Ada "+id),
		"redirect":     redirect(302, "https://"+id+".example/"+id),
		"redirect here": func(r *http.Request) (*http.Response, error) {
			return redirect(302, r.URL.String())(r)
		},
		"Location": says(202, "", "Location", "https://"+id+".example/"),
	}
	for name, reply := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				seen := new(recorder)
				client := newClient(t, play(reply), partnercenter.WithObserver(seen),
					partnercenter.WithLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))))
				var got struct {
					At partnercenter.Time `json:"at"`
				}
				err := client.Do(t.Context(), partnercenter.Request{
					Operation: "reading the attestation status", Credential: partnercenter.AppOnly, Path: partnercenter.Path("attestations", id), Hide: hide,
				}, &got)
				e, ok := errors.AsType[*partnercenter.Error](err)
				if !ok || len(seen.events) == 0 || out.Len() == 0 {
					t.Fatalf("Do = %v with %d events and %d bytes of log, want an Error, and some", err, len(seen.events), out.Len())
				}
				text := fmt.Sprintf("%v\n%s\n%s\n%s\n%s", err, e.Code, e.Name, e.Message, out.String())
				for inner := err; inner != nil; inner = errors.Unwrap(inner) {
					text += "\n" + inner.Error()
				}
				for _, event := range seen.events {
					text += fmt.Sprintf("\n%+v", event)
				}
				text = strings.ReplaceAll(text, "Adapter", "") // another word than Ada
				for _, secret := range shown {
					if strings.Contains(text, secret) {
						t.Errorf("%q shows in %s", secret, text)
					}
				}
				if name == "echo" && !strings.Contains(e.Message, "Adapter") {
					t.Errorf("Message = %q, want the word that only begins like a name in it", e.Message)
				}
			})
		})
	}
}

func TestARefusedPathHidesItsSecret(t *testing.T) {
	for _, r := range []partnercenter.Request{
		{Operation: "reading", Path: "/attestations/secret-id/..", Hide: []string{"secret-id"}},
		{Operation: "reading", Path: "/attestations/%zz-secret-id", Hide: []string{"secret-id"}},
	} {
		_, err := newClient(t, play(says(200, "{}"))).Send(t.Context(), r)
		if err == nil || strings.Contains(err.Error(), "secret-id") || !partnercenter.NotSent(err) {
			t.Errorf("Send(%s) = %v, want a refusal without the id", r.Path, err)
		}
	}
}

func TestHidingLeavesTheClassificationAlone(t *testing.T) {
	r := write
	r.Hide = []string{"relationship", "exist", "2006", "agreement"}
	err := newClient(t, play(says(400, `{"code":3000,"description":"The relationship does not exist."}`))).Do(t.Context(), r, nil)
	if !errors.Is(err, partnercenter.ErrNoRelationship) || strings.Contains(err.Error(), "exist") {
		t.Errorf("Do = %v, want ErrNoRelationship without its words", err)
	}
}

func FuzzHide(f *testing.F) {
	f.Add("the id is 49A69A39", "49a69a39")
	f.Add("Adapter Ada", "Ada")
	f.Add("\xff\u2028é", "\xff")
	f.Fuzz(func(t *testing.T, message, hidden string) {
		if len(hidden) < 8 { // short ones are looked for as words
			return
		}
		e := partnercenter.DecodeError(400, "", nil, []byte(`{"code":1,"description":`+quoted(message+hidden+message)+`}`), hidden)
		if strings.Contains(e.Message, hidden) && !strings.Contains("REDACTED", strings.ToUpper(hidden)) {
			t.Errorf("%q shows in %q", hidden, e.Message)
		}
	})
}

// quoted returns s as a JSON string.
func quoted(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(data)
}
