package partnercenter_test

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

func TestOptionsAreCheckedInNew(t *testing.T) {
	tests := []struct {
		name string
		opt  partnercenter.Option
		ok   bool
	}{
		{"https", partnercenter.WithBaseURL("https://pc.example"), true},
		{"https with a slash", partnercenter.WithBaseURL("https://pc.example/"), true},
		{"https with a path", partnercenter.WithBaseURL("https://proxy.example/pc"), true},
		{"http to localhost", partnercenter.WithBaseURL("http://localhost:8080"), true},
		{"http to 127.0.0.1", partnercenter.WithBaseURL("http://127.0.0.1:8080"), true},
		{"http to ::1", partnercenter.WithBaseURL("http://[::1]:8080"), true},
		{"Graph to loopback", partnercenter.WithGraphURL("http://127.0.0.1:8080"), true},
		{"http elsewhere", partnercenter.WithBaseURL("http://pc.example"), false},
		{"http to a name like localhost", partnercenter.WithBaseURL("http://localhost.example"), false},
		{"Graph over http", partnercenter.WithGraphURL("http://graph.example"), false},
		{"another scheme", partnercenter.WithBaseURL("ftp://pc.example"), false},
		{"with /v1", partnercenter.WithBaseURL("https://pc.example/v1"), false},
		{"with /v1.0/", partnercenter.WithGraphURL("https://graph.example/v1.0/"), false},
		{"with a user", partnercenter.WithBaseURL("https://user:password@pc.example"), false},
		{"with a query", partnercenter.WithBaseURL("https://pc.example?x=1"), false},
		{"with an empty query", partnercenter.WithBaseURL("https://pc.example?"), false},
		{"with a fragment", partnercenter.WithBaseURL("https://pc.example#x"), false},
		{"without a host", partnercenter.WithBaseURL("https://:8080"), false},
		{"empty", partnercenter.WithBaseURL(""), false},
		{"no cloud", partnercenter.WithCloud(auth.Cloud{}), false},
		{"another cloud", partnercenter.WithCloud(auth.China()), true},
		{"negative retry", partnercenter.WithRetry(partnercenter.Retry{Attempts: -1}), false},
		{"negative wait", partnercenter.WithRetry(partnercenter.Retry{MaxWait: -1}), false},
		{"no HTTP client", partnercenter.WithHTTPClient(nil), false},
		{"no transport", partnercenter.WithTransport(nil), false},
		{"no budget", partnercenter.WithRateBudget(nil), false},
		{"no logger", partnercenter.WithLogger(nil), false},
		{"no observer", partnercenter.WithObserver(nil), false},
		{"locale with a line break", partnercenter.WithLocale("en-US\r\nX: y"), false},
		{"empty application name", partnercenter.WithApplicationName(""), false},
		{"application name", partnercenter.WithApplicationName("Contoso"), true},
	}
	for _, tt := range tests {
		client, err := partnercenter.New(credentials(), tt.opt)
		if (err == nil) != tt.ok || (client != nil) != tt.ok {
			t.Errorf("%s: New = %v, %v, want ok: %t", tt.name, client != nil, err, tt.ok)
		}
		if err != nil && strings.Contains(err.Error(), "user:password") {
			t.Errorf("%s: New error = %v, want it without the password", tt.name, err)
		}
	}
	if _, err := partnercenter.New(auth.Credentials{}); err == nil {
		t.Error("New without credentials: no error")
	}
}

func TestNewReportsAllProblemsAtOnce(t *testing.T) {
	_, err := partnercenter.New(auth.Credentials{}, partnercenter.WithBaseURL("http://pc.example"), partnercenter.WithTransport(nil))
	for _, want := range []string{"credentials", "https", "transport"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New error = %v, want it to name %q", err, want)
		}
	}
}

func TestCloudsAndBaseURLsSayWhereRequestsGo(t *testing.T) {
	tests := map[string][]partnercenter.Option{
		host + "/v1/customers": nil,
		"https://partner.partnercenterapi.microsoftonline.cn/v1/customers": {partnercenter.WithCloud(auth.China())},
		"https://proxy.example/pc/v1/customers":                            {partnercenter.WithBaseURL("https://proxy.example/pc/"), partnercenter.WithCloud(auth.China())},
	}
	for want, opts := range tests {
		service := play(says(200, "{}"))
		if _, err := newClient(t, service, opts...).Send(t.Context(), read); err != nil {
			t.Fatal(err)
		}
		if got := service.requests()[0].URL.String(); got != want {
			t.Errorf("sent to %s, want %s", got, want)
		}
	}
}

func TestAnHTTPClientOfYourOwnIsUsedAndNotChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jar, _ := cookiejar.New(nil)
		service := play(says(200, "{}", "Set-Cookie", "session=1; Path=/; Secure"), says(200, "{}"), hangs)
		own := &http.Client{Transport: service, Jar: jar, Timeout: 3 * time.Second}
		client, err := partnercenter.New(credentials(), partnercenter.WithHTTPClient(own), once)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := client.Send(t.Context(), read); err != nil {
				t.Fatal(err)
			}
		}
		if got := service.requests()[1].Header.Get("Cookie"); got != "session=1" {
			t.Errorf("Cookie = %q, want the jar's", got)
		}
		start := time.Now()
		if _, err := client.Send(t.Context(), read); err == nil || time.Since(start) != 3*time.Second {
			t.Errorf("Send = %v after %v, want an error after the client's timeout", err, time.Since(start))
		}
		if own.CheckRedirect != nil || own.Transport != http.RoundTripper(service) {
			t.Error("the caller's HTTP client was changed")
		}
	})
}
