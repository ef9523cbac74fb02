package partnercentertest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

// visit opens the acceptance page, or posts its form.
func visit(s *Server, method, query, form string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "https://cdn.partner.microsoft.com/mca/?"+query, strings.NewReader(form))
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestACustomerAcceptsOnThePage(t *testing.T) {
	s := with()
	c := asApp(t, s)
	id := attest(t, c, map[string]any{"companyName": `Müller & <script>alert(1)</script>`, "country": "DE", "language": "de-DE"})
	status := func() any { return c.get(attestations + "/" + id).JSON["status"] }

	page := visit(s, "GET", "attestationid="+id, "")
	for _, wanted := range []string{`<html lang="en">`, `name="viewport"`, "Müller &amp; &lt;script&gt;", "<dd>DE</dd>", `<form method="post">`, ">Accept</button>"} {
		if !strings.Contains(page.Body.String(), wanted) {
			t.Errorf("the page has no %q:\n%s", wanted, page.Body)
		}
	}
	for _, secret := range []string{id, "Ada", "Visser", "ada@", "+3120", "http:", "https:", "<script"} {
		if strings.Contains(page.Body.String(), secret) {
			t.Errorf("the page has %q", secret)
		}
	}
	if page.Code != 200 || status() != "Pending" {
		t.Errorf("GET = %d, status %v: looking accepts nothing", page.Code, status())
	}
	if bare := visit(s, "POST", "attestationid="+id, "other=1"); bare.Code != 400 || status() != "Pending" {
		t.Errorf("POST without the button = %d, status %v", bare.Code, status())
	}
	thanks := visit(s, "POST", "attestationid="+strings.ToUpper(id), "accept=yes")
	if thanks.Code != 200 || !strings.Contains(thanks.Body.String(), "Thank you") || status() != "Accepted" {
		t.Errorf("POST = %d %s, status %v", thanks.Code, thanks.Body, status())
	}
	for _, method := range []string{"GET", "POST"} {
		again := visit(s, method, "attestationid="+id, "accept=yes")
		if again.Code != 200 || !strings.Contains(again.Body.String(), "Already accepted") || strings.Contains(again.Body.String(), "<form") {
			t.Errorf("second %s = %d %s", method, again.Code, again.Body)
		}
	}
	for what, w := range map[string]*httptest.ResponseRecorder{"page": page, "thanks": thanks} {
		h := w.Header()
		if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("MS-CV") != "" ||
			!strings.HasPrefix(h.Get("Content-Type"), "text/html") || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("header of the %s = %v", what, h)
		}
	}
}

func TestThePageOfABadLinkSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		id := attest(t, asApp(t, s), map[string]any{"expirationTime": 5})
		time.Sleep(5 * time.Minute)
		tests := []struct {
			name, method, query string
			status              int
			text                string
		}{
			{"expired", "GET", "attestationid=" + id, 410, "Link expired"},
			{"expired on the way", "POST", "attestationid=" + id, 410, "Link expired"},
			{"unknown", "GET", "attestationid=" + sub1, 404, "Link not found"},
			{"without an ID", "GET", "", 404, "Link not found"},
			{"another parameter", "GET", "attestationID=" + id, 501, "partnercentertest does not have"},
			{"another method", "PUT", "attestationid=" + id, 405, ""},
		}
		for _, tt := range tests {
			w := visit(s, tt.method, tt.query, "accept=yes")
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.text) || strings.Contains(w.Body.String(), "Accept</button>") {
				t.Errorf("%s: %s = %d %s, want %d with %q", tt.name, tt.method, w.Code, w.Body, tt.status, tt.text)
			}
		}
	})
}

func TestThePageNeedsNoSignInAndKeepsNoRequestID(t *testing.T) {
	s := with()
	c := asApp(t, s)
	id := attest(t, c, nil)
	server := httptest.NewServer(s)
	defer server.Close()
	res, err := server.Client().PostForm(server.URL+"/mca/?attestationid="+id, url.Values{"accept": {"yes"}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("POST = %d, %v", res.StatusCode, err)
	}
	log := s.Requests()
	if r := log[len(log)-1]; r.Service != "acceptance" || r.RawQuery != "attestationid={id}" || string(r.Body) != "accept=yes" {
		t.Errorf("record = %s %s?%s %s", r.Service, r.Path, r.RawQuery, r.Body)
	}
	if got := c.get(attestations + "/" + id).JSON["status"]; got != "Accepted" {
		t.Errorf("status = %v", got)
	}
}

func TestATestAcceptsAndExpiresWithoutThePage(t *testing.T) {
	s := with()
	c := asApp(t, s)
	status := func(id string) any { return c.get(attestations + "/" + id).JSON["status"] }
	accepted, expired := attest(t, c, nil), attest(t, c, nil)
	for range 2 {
		if err := s.Accept(strings.ToUpper(accepted)); err != nil {
			t.Errorf("Accept = %v", err)
		}
	}
	s.ExpireAttestation(accepted)
	s.ExpireAttestation(expired)
	if err := s.Accept(accepted); err != nil {
		t.Errorf("Accept after it was accepted = %v", err)
	}
	if status(accepted) != "Accepted" || status(expired) != "Expired" {
		t.Errorf("statuses = %v and %v", status(accepted), status(expired))
	}
	for _, id := range []string{expired, sub1} {
		if err := s.Accept(id); err == nil || strings.Contains(err.Error(), id) {
			t.Errorf("Accept = %v, want an error without the ID", err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("ExpireAttestation of an unknown attestation did not panic")
		}
	}()
	s.ExpireAttestation(sub1)
}
