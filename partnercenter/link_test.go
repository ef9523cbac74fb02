package partnercenter_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/partnercenter"
)

func TestLinksStayOnTheConfiguredHost(t *testing.T) {
	const base = "https://api.partnercenter.microsoft.com"
	tests := []struct{ base, link, want string }{ // an empty want is ErrForeignHost
		{base, "/v1/customers?size=40", base + "/v1/customers?size=40"},
		{base, "/customers?size=40&seekOperation=Next", base + "/v1/customers?size=40&seekOperation=Next"},
		{base, "customers?size=40", base + "/v1/customers?size=40"},
		{base, "v1/customers", base + "/v1/customers"},
		{base, "/V1/customers", base + "/V1/customers"},
		{base, "/v1", base + "/v1"},
		{base, "/v10/customers", base + "/v1/v10/customers"},
		{base, base + "/v1/customers?x=1", base + "/v1/customers?x=1"},
		{base, "HTTPS://API.PartnerCenter.Microsoft.com:443/v1/customers", base + "/v1/customers"},
		{base, "//api.partnercenter.microsoft.com/v1/customers", base + "/v1/customers"},
		{base, `/customers?filter={"Field":"Company Name"}`, base + "/v1/customers?filter={%22Field%22:%22Company%20Name%22}"},
		{base, "/customers/a%2Fb", base + "/v1/customers/a%2Fb"},
		{base, "/customers#fragment", base + "/v1/customers"},
		{base, "///evil.example/x", base + "/v1///evil.example/x"}, // a path for net/url, and so for us
		{"http://127.0.0.1:8080", "/customers", "http://127.0.0.1:8080/v1/customers"},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/customers", "http://127.0.0.1:8080/v1/customers"},
		{"http://[::1]:8080", "/customers", "http://[::1]:8080/v1/customers"},
		{"https://proxy.example/pc", "/customers", "https://proxy.example/pc/v1/customers"},
		{"https://proxy.example/pc", "/pc/v1/customers", "https://proxy.example/pc/v1/customers"},
		{"https://proxy.example/pc", "/pcx/customers", "https://proxy.example/pc/v1/pcx/customers"},

		{base, "https://evil.example/v1/customers", ""},
		{base, "//evil.example/v1/customers", ""},
		{base, "http://api.partnercenter.microsoft.com/v1/customers", ""},
		{base, "https://api.partnercenter.microsoft.com:8443/v1/customers", ""},
		{base, "https://api.partnercenter.microsoft.com.evil.example/", ""},
		{base, "https://api.partnercenter.microsoft.com./v1/customers", ""},
		{base, "https://user@api.partnercenter.microsoft.com/v1/customers", ""},
		{base, "https://api.partnercenter.microsoft.com@evil.example/", ""},
		{base, `https:\\evil.example\v1`, ""},
		{base, `/\evil.example/v1`, ""},
		{base, "mailto:someone@evil.example", ""},
		{base, "https:/v1/customers", ""},
		{base, "javascript:alert(1)", ""},
		{base, "/v1/\r\nHost: evil.example", ""},
		{base, "", ""},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8081/v1/customers", ""},
		{"http://127.0.0.1:8080", "https://127.0.0.1:8080/v1/customers", ""},
	}
	for _, tt := range tests {
		got, err := partnercenter.ResolveLink(tt.base, tt.link)
		if got != tt.want || errors.Is(err, partnercenter.ErrForeignHost) != (tt.want == "") {
			t.Errorf("a link %q from %s leads to %q, %v, want %q", tt.link, tt.base, got, err, tt.want)
		}
	}
}

func TestALinkKeepsTheVersionThatItNames(t *testing.T) {
	const base = "https://proxy.example/pc"
	tests := []struct {
		service    partnercenter.Service
		link, want string
	}{
		{partnercenter.Webhooks, "/registration", base + "/webhooks/v1/registration"},
		{partnercenter.Webhooks, "/webhooks/v1/registration", base + "/webhooks/v1/registration"},
		{partnercenter.Webhooks, "/Webhooks/V1/registration", base + "/Webhooks/V1/registration"},
		{partnercenter.Webhooks, "/webhooks/v10/registration", base + "/webhooks/v1/webhooks/v10/registration"},
		{partnercenter.Webhooks, "/v1/auditrecords", base + "/v1/auditrecords"},
		{partnercenter.PartnerCenter, "/webhooks/v1/registration", base + "/webhooks/v1/registration"},
		{partnercenter.Graph, "/v1/things", base + "/v1.0/v1/things"},
		{partnercenter.Graph, "/v1.0/things", base + "/v1.0/things"},
		{partnercenter.Webhooks, "https://evil.example/webhooks/v1/registration", ""},
	}
	for _, tt := range tests {
		got, err := partnercenter.ResolveLinkOf(tt.service, base, tt.link)
		if got != tt.want || errors.Is(err, partnercenter.ErrForeignHost) != (tt.want == "") {
			t.Errorf("a link %q leads to %q, %v, want %q", tt.link, got, err, tt.want)
		}
	}
}

func FuzzResolveLink(f *testing.F) {
	for _, seed := range []string{
		"/v1/customers?size=40", "/customers?size=40&seekOperation=Next", "/customers/{tid}/subscriptions/{sid}", "//evil.example", "///x", "https://evil.example",
		"https://api.partnercenter.microsoft.com@evil.example", `/\evil`, "https:x", "?a", "#", "/%2e%2e/..//", "/v1:80", ":80", "@evil.example", "https://[::1%25x]/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, link string) {
		for _, base := range []string{host, "http://127.0.0.1:8080", "https://proxy.example/pc"} {
			got, err := partnercenter.ResolveLink(base, link)
			if err != nil {
				if !errors.Is(err, partnercenter.ErrForeignHost) || got != "" || strings.ContainsAny(err.Error(), "\r\n") {
					t.Errorf("a link %q = %q, %v, want ErrForeignHost", link, got, err)
				}
				continue
			}
			want, _ := url.Parse(base)
			u, err := url.Parse(got)
			if err != nil || u.Scheme != want.Scheme || u.Host != want.Host || u.User != nil || !strings.HasPrefix(u.EscapedPath(), want.Path+"/") {
				t.Errorf("a link %q from %s = %q, which is elsewhere (%v)", link, base, got, err)
			}
			if _, err := http.NewRequest(http.MethodGet, got, nil); err != nil {
				t.Errorf("a link %q = %q, which cannot be asked for: %v", link, got, err)
			}
			if strings.ContainsAny(got, " \"\r\n") {
				t.Errorf("a link %q = %q, which breaks a request line", link, got)
			}
		}
	})
}

// redirect answers with a redirect to somewhere.
func redirect(status int, to string) answer { return says(status, "", "Location", to) }

func TestARedirectToAnotherHostIsNeverFollowed(t *testing.T) {
	for _, to := range []string{"https://evil.example/v1/customers", "//evil.example/", "http://api.partnercenter.microsoft.com/v1/customers", host + ":444/v1/customers"} {
		for _, r := range []partnercenter.Request{read, write} {
			for _, status := range []int{301, 302, 303, 307, 308} {
				service := play(redirect(status, to), says(200, `{"items":[]}`))
				_, err := newClient(t, service).Send(t.Context(), r)
				if !errors.Is(err, partnercenter.ErrForeignHost) || errors.Is(err, partnercenter.ErrTransient) || len(service.requests()) != 1 {
					t.Errorf("%s redirected by %d to %s: error %v after %d requests, want ErrForeignHost after one", r.Method, status, to, err, len(service.requests()))
				}
			}
		}
	}
}

func TestARedirectOfAReadIsFollowedOnItsHost(t *testing.T) {
	service := play(redirect(307, "/v1/customers?moved=1"), says(200, `{}`))
	if _, err := newClient(t, service).Send(t.Context(), read); err != nil {
		t.Fatal(err)
	}
	got := service.requests()
	if len(got) != 2 || got[1].URL.String() != host+"/v1/customers?moved=1" || got[1].Header.Get("Authorization") != "Bearer "+appToken {
		t.Errorf("%d requests, want the second signed and at the new address", len(got))
	}
}

func TestARedirectOfAWriteIsNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		service := play(redirect(status, "/v1/customers/2"), says(200, `{}`))
		_, err := newClient(t, service).Send(t.Context(), write)
		e, ok := errors.AsType[*partnercenter.Error](err)
		if !ok || e.Status != status || !e.Is(partnercenter.ErrUnexpectedAnswer) || len(service.requests()) != 1 || !partnercenter.OutcomeUnknown(err) {
			t.Errorf("a write redirected by %d: error %v after %d requests, want ErrUnexpectedAnswer of unknown outcome", status, err, len(service.requests()))
		}
	}
}

func TestRedirectsInACircleEnd(t *testing.T) {
	service := play(redirect(302, "/v1/customers"))
	_, err := newClient(t, service).Send(t.Context(), read)
	if !errors.Is(err, partnercenter.ErrUnexpectedAnswer) || len(service.requests()) != 5 {
		t.Errorf("Send error = %v after %d requests, want ErrUnexpectedAnswer after 5", err, len(service.requests()))
	}
}

func TestALocationThatCannotBeReadIsNotRepeated(t *testing.T) {
	service := play(redirect(302, "https://secret-host\x7f/?attestationId=secret"))
	_, err := newClient(t, service).Send(t.Context(), read)
	e, ok := errors.AsType[*partnercenter.Error](err)
	if !ok || e.Status != 302 || strings.Contains(err.Error(), "secret") {
		t.Errorf("Send error = %v, want one with status 302 and without the address", err)
	}
}

func TestALocationElsewhereIsAnError(t *testing.T) {
	service := play(says(202, "", "Location", "https://evil.example/v1/customers/1"))
	_, err := newClient(t, service).Send(t.Context(), write)
	if !errors.Is(err, partnercenter.ErrForeignHost) || !partnercenter.OutcomeUnknown(err) || len(service.requests()) != 1 {
		t.Errorf("Send error = %v after %d requests, want ErrForeignHost: the write itself was accepted", err, len(service.requests()))
	}
}
