package partnercenter_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

// A service, a proxy and a transport that repeat whatever they get: none of
// it may come out of an error, a log line or an event.
func TestNothingSecretComesOut(t *testing.T) {
	const opaque = "0.opaque-user-token"
	secrets := []string{opaque, userToken, strings.Split(userToken, ".")[1], "ada@contoso.com", "20 123", "attestationId=123", "Fabrikam", "client_secret=hunter2", "code=abc"}
	everything := func(r *http.Request) string {
		return r.Header.Get("Authorization") + " " + userToken + " mail ada@contoso.com phone +31 (0)20 123-4567 link https://accept.example/?attestationId=123&x=y" +
			" client_secret=hunter2\r\nsee https://x.example/callback?code=abc"
	}
	tests := map[string]answer{
		"classic": func(r *http.Request) (*http.Response, error) {
			return response(400, strings.NewReader(fmt.Sprintf(`{"code":%[1]q,"errorName":%[1]q,"description":%[1]q}`, everything(r)))), nil
		},
		"Graph": func(r *http.Request) (*http.Response, error) {
			return response(403, strings.NewReader(fmt.Sprintf(`{"error":{"code":%[1]q,"message":%[1]q}}`, everything(r)))), nil
		},
		"Entra": func(r *http.Request) (*http.Response, error) {
			return response(400, strings.NewReader(fmt.Sprintf(`{"error":%[1]q,"error_description":%[1]q,"error_codes":[%[1]q]}`, everything(r)))), nil
		},
		"HTML": func(r *http.Request) (*http.Response, error) {
			return response(502, strings.NewReader("<html>Fabrikam "+everything(r))), nil
		},
		"status line": func(r *http.Request) (*http.Response, error) {
			resp := response(400, strings.NewReader(""), "WWW-Authenticate", everything(r))
			resp.Status = "400 " + everything(r)
			return resp, nil
		},
		"transport error": func(r *http.Request) (*http.Response, error) {
			return nil, errors.New("sending " + everything(r))
		},
		"not JSON": func(r *http.Request) (*http.Response, error) {
			return response(200, strings.NewReader("Fabrikam "+everything(r))), nil
		},
		"not the type": func(r *http.Request) (*http.Response, error) {
			return response(200, strings.NewReader(fmt.Sprintf(`{"id":["Fabrikam",%q]}`, everything(r)))), nil
		},
		"not a date": func(r *http.Request) (*http.Response, error) {
			return response(200, strings.NewReader(fmt.Sprintf(`{"at":%q}`, "Fabrikam "+everything(r)))), nil
		},
		"redirect": func(r *http.Request) (*http.Response, error) {
			return response(302, strings.NewReader(""), "Location", "https://evil.example/?"+strings.ReplaceAll(everything(r), "\r\n", "")), nil
		},
		"redirect that cannot be read": func(r *http.Request) (*http.Response, error) {
			return response(302, strings.NewReader(""), "Location", "https://evil.example:x/?"+everything(r)), nil
		},
	}
	for _, token := range []string{opaque, userToken} {
		for name, reply := range tests {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var out bytes.Buffer
					seen := new(recorder)
					client, err := partnercenter.New(auth.Credentials{AppUser: auth.Static(token)},
						partnercenter.WithTransport(play(reply)), partnercenter.WithObserver(seen),
						partnercenter.WithLogger(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))))
					if err != nil {
						t.Fatal(err)
					}
					var got struct {
						ID string             `json:"id"`
						At partnercenter.Time `json:"at"`
					}
					err = client.Do(t.Context(), partnercenter.Request{Operation: "reading Contoso", Path: "/customers", Body: []byte(`"Fabrikam"`)}, &got)
					if err == nil {
						t.Fatal("Do: no error")
					}
					if strings.ContainsAny(err.Error(), "\r\n") {
						t.Errorf("error is not one line: %q", err)
					}
					e, _ := errors.AsType[*partnercenter.Error](err)
					var shown strings.Builder
					fmt.Fprintf(&shown, "%v\n%s\n%s\n%s\n%+v\n%#v\n%s", err, e.Code, e.Name, e.Message, client, client, out.String())
					for _, event := range seen.events {
						fmt.Fprintf(&shown, "\n%+v", event)
					}
					if out.Len() == 0 || len(seen.events) == 0 {
						t.Error("neither logged nor observed")
					}
					for _, secret := range secrets {
						if strings.Contains(shown.String(), secret) {
							t.Errorf("%q shows in %s", secret, shown.String())
						}
					}
				})
			})
		}
	}
}

func TestALongMessageIsCutAfterItsSecretsAreGone(t *testing.T) {
	const token = "opaque-token-of-some-length"
	for n := 270; n < 300; n++ { // the cut goes through the token
		body := fmt.Sprintf(`{"code":1,"description":"%s%s"}`, strings.Repeat("é", n/2)+strings.Repeat("x", n%2), token)
		e := partnercenter.DecodeError(400, "", nil, []byte(body), token)
		if strings.Contains(e.Message, "opaque-") || len(e.Message) > 300 {
			t.Errorf("Message = %q (%d bytes), want at most 300 without the token", e.Message, len(e.Message))
		}
	}
}

func TestTokensNeverGoToAnotherHost(t *testing.T) {
	places := []string{"https://evil.example/v1/x", "//evil.example/x", "http://api.partnercenter.microsoft.com/v1/x", host + ".evil.example/v1/x"}
	for _, to := range places {
		for name, reply := range map[string]answer{
			"redirect": redirect(302, to), "redirect of a write": redirect(307, to), "Location": says(202, "", "Location", to),
			"next link":  says(200, page(to, "t", "a")),
			"Graph link": says(200, `{"value":[],"@odata.nextLink":"`+to+`"}`),
		} {
			service := play(reply)
			client := newClient(t, service, once)
			_, _ = collect(t.Context(), client, read)
			if resp, err := client.Send(t.Context(), write); err == nil {
				_ = client.Follow(t.Context(), write, resp, func([]byte) (bool, error) { return true, nil })
			}
			for _, r := range service.requests() {
				if r.URL.Scheme+"://"+r.URL.Host != host {
					t.Errorf("%s to %s: a request went to %s, with Authorization %q", name, to, r.URL, r.Header.Get("Authorization"))
				}
			}
		}
	}
}
