package partnercentertest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

// Whatever a client sends as an update, the server answers it, and a licence
// outside its window is not deleted.
func FuzzUpdate(f *testing.F) {
	for _, body := range []string{
		`{"status":"deleted"}`, `{"Status":"suspended","autoRenewEnabled":false}`, `{"status":null}`, `{"quantity":1e99}`,
		`{"scheduledActions":[{"actionType":7}]}`, `{"attributes":[]}`, `[]`, `{`, "\xef\xbb\xbf{}", `{"a":1,"A":2}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := with(LicenseClosed(sub1))
		r := asApp(t, s).do("PATCH", "/v1/customers/"+contoso+"/subscriptions/"+sub1, body)
		if r.Status != 200 && r.Status != 400 {
			t.Errorf("PATCH %q = %d %s", body, r.Status, r.Raw)
		}
		if got := first(s).Status; got == "deleted" {
			t.Errorf("PATCH %q deleted the subscription", body)
		}
	})
}

func FuzzFilter(f *testing.F) {
	for _, filter := range []string{"status eq 'active'", "(status eq 'active') AND (customer/tenantId eq 'x')", "'", "and and and", "status eq '"} {
		f.Add(filter)
	}
	f.Fuzz(func(t *testing.T, filter string) {
		c := asGraph(t, with(GDAPRelationship("g1")))
		if r := c.get(relationships + "?$filter=" + url.QueryEscape(filter)); r.Status != 200 && r.Status != 400 {
			t.Errorf("filter %q = %d %s", filter, r.Status, r.Raw)
		}
	})
}

// Whatever a client sends in place of an assertion, only a signed one opens.
func FuzzAssertion(f *testing.F) {
	cert := certificate(ourKey(), -time.Hour, time.Hour)
	header, claims := own(cert)
	for _, text := range []string{sign(header, claims, otherKey()), "..", "e30.e30.", "e30.eyJhdWQiOltdfQ.", "e30.eyJhdWQiOls3XX0.x", "e30.eyJleHAiOjFlOTl9."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, assertion string) {
		s := with()
		s.TrustCertificate(cert)
		s.TrustIssuer(cluster, workload, ourKey().Public())
		if r := prove(t, s, assertion); r.Status != 401 {
			t.Errorf("assertion %q = %d %s, want 401", assertion, r.Status, r.Raw)
		}
	})
}

// Whatever the query of an authorization holds, the browser stays on this
// machine.
func FuzzAuthorize(f *testing.F) {
	for _, redirect := range []string{callback, "http://localhost", "http://[::1", "//localhost/", "http://localhost\\@evil.example", "javascript:alert(1)", ""} {
		f.Add(redirect, "state", partnerScope)
	}
	f.Fuzz(func(t *testing.T, redirect, state, scope string) {
		r := authorize(t, with(), "redirect_uri", redirect, "state", state, "scope", scope)
		switch r.Status {
		case 400:
			return
		case 302:
			u, err := url.Parse(r.Header.Get("Location"))
			host := ""
			if err == nil {
				host = strings.ToLower(u.Hostname())
			}
			if host != "localhost" && host != "::1" && !strings.HasPrefix(host, "127.") && !strings.HasPrefix(host, "::ffff:") || u.Query().Get("state") != state {
				t.Errorf("redirect_uri %q leads to %q", redirect, r.Header.Get("Location"))
			}
		default:
			t.Errorf("authorize(%q) = %d %s", redirect, r.Status, r.Raw)
		}
	})
}

// Whatever is asked at whatever path, something answers, and Entra dates it.
func FuzzEntraPath(f *testing.F) {
	for _, path := range []string{"/", "//", "/devicelogin", "/common/discovery/instance", "/x/oauth2/token", "/oauth2/oauth2", "/x/v2.0/.well-known/openid-configuration"} {
		f.Add("GET", path, "grant_type=refresh_token")
		f.Add("POST", path, "client_id="+ClientID)
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		req, err := http.NewRequestWithContext(t.Context(), method, login, strings.NewReader(body))
		if err != nil {
			return
		}
		req.URL.Path = path
		s := with()
		res, err := s.RoundTrip(req)
		if err != nil {
			t.Fatalf("%s %q: %v", method, path, err)
		}
		defer res.Body.Close()
		if s.Requests()[0].Service == "entra" && res.Header.Get("Date") == "" {
			t.Errorf("%s %q has no Date", method, path)
		}
	})
}
