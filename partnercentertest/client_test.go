package partnercentertest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cspkit/cspkit/partnercentertest"
)

const (
	contoso  = "b44bb1fb-c595-45b0-9e09-d657365580bf"
	fabrikam = "1f0a6c5e-3b52-4d0c-8a7e-5b1d2c9f4e01"
	sub1     = "a4c1340d-6911-4758-bba3-0c4c6007d161"
	sub2     = "6e7aa601-629e-461b-8933-0898c3cc3c7c"
	azure1   = "fe8cd7f6-3b1d-4f0c-9a55-1d2e3f405162"

	partnerScope = "https://api.partnercenter.microsoft.com/.default"
	graphScope   = "https://graph.microsoft.com/.default"
	apiHost      = "https://api.partnercenter.microsoft.com"
)

// reply is a response that was read to its end.
type reply struct {
	Status int
	Line   string
	Header http.Header
	Raw    []byte
	JSON   map[string]any
}

// code returns the numeric error code of the body as text.
func (r reply) code() string {
	if v, ok := r.JSON["code"]; ok {
		return fmt.Sprint(v)
	}
	return ""
}

// items returns the items of a collection, or the value of a Graph list.
func (r reply) items() []any {
	for _, k := range []string{"items", "value"} {
		if l, ok := r.JSON[k].([]any); ok {
			return l
		}
	}
	return nil
}

// raw sends one request and reads the answer.
func raw(t testing.TB, s *partnercentertest.Server, method, target, body string, header http.Header) (reply, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	res, err := s.RoundTrip(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return newReply(res, data), err
}

// newReply decodes what it can of a body.
func newReply(res *http.Response, data []byte) reply {
	r := reply{Status: res.StatusCode, Line: res.Status, Header: res.Header, Raw: data}
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	_ = d.Decode(&r.JSON)
	return r
}

// token asks for an access token and fails the test without one.
func token(t testing.TB, s *partnercentertest.Server, grant, scope string) string {
	t.Helper()
	r := tokenReply(t, s, url.Values{"grant_type": {grant}, "scope": {scope}})
	access, _ := r.JSON["access_token"].(string)
	if access == "" {
		t.Fatalf("token(%s, %s) = %d %s", grant, scope, r.Status, r.Raw)
	}
	return access
}

// tokenReply posts a form to the token endpoint; what it lacks is filled in.
func tokenReply(t testing.TB, s *partnercentertest.Server, form url.Values) reply {
	t.Helper()
	tenant := partnercentertest.TenantID
	if form.Has("tenant") {
		tenant = form.Get("tenant")
		form.Del("tenant")
	}
	for k, v := range map[string]string{
		"grant_type": "client_credentials", "client_id": partnercentertest.ClientID,
		"client_secret": partnercentertest.ClientSecret, "scope": partnerScope, "refresh_token": partnercentertest.RefreshToken,
	} {
		if !form.Has(k) {
			form.Set(k, v)
		}
	}
	r, err := raw(t, s, "POST", "https://login.microsoftonline.com/"+tenant+"/oauth2/v2.0/token", form.Encode(),
		http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// client sends requests with a token of one kind.
type client struct {
	t      *testing.T
	s      *partnercentertest.Server
	access string
}

// writes counts the write requests of all clients, for their MS-RequestId.
var writes atomic.Int64

func asUser(t *testing.T, s *partnercentertest.Server) *client {
	return &client{t: t, s: s, access: token(t, s, "refresh_token", partnerScope)}
}

func asApp(t *testing.T, s *partnercentertest.Server) *client {
	return &client{t: t, s: s, access: token(t, s, "client_credentials", partnerScope)}
}

func asGraph(t *testing.T, s *partnercentertest.Server) *client {
	return &client{t: t, s: s, access: token(t, s, "refresh_token", graphScope)}
}

// try sends a request; extra headers are pairs of name and value.
func (c *client) try(method, path, body string, extra ...string) (reply, error) {
	c.t.Helper()
	h := http.Header{"Authorization": {"Bearer " + c.access}}
	if method != "GET" {
		h.Set("MS-RequestId", fmt.Sprintf("00000000-0000-4000-8000-%012d", writes.Add(1)))
	}
	for i := 0; i < len(extra); i += 2 {
		h.Set(extra[i], extra[i+1])
	}
	target := path
	if !strings.HasPrefix(path, "http") {
		target = apiHost + path
	}
	return raw(c.t, c.s, method, target, body, h)
}

// do is try for requests that must get an answer.
func (c *client) do(method, path, body string, extra ...string) reply {
	c.t.Helper()
	r, err := c.try(method, path, body, extra...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (c *client) get(path string, extra ...string) reply {
	c.t.Helper()
	return c.do("GET", path, "", extra...)
}

// patch reads a subscription, changes members and sends it back whole.
func (c *client) patch(sub string, change map[string]any) reply {
	c.t.Helper()
	path := "/v1/customers/" + contoso + "/subscriptions/" + sub
	body := c.get(path).JSON
	maps.Copy(body, change)
	data, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.do("PATCH", path, string(data))
}

// want fails the test unless r has the status and, if given, the code.
func want(t *testing.T, what string, r reply, status int, code string) {
	t.Helper()
	if r.Status != status || r.code() != code {
		t.Errorf("%s = %d %s, want %d with code %q", what, r.Status, r.Raw, status, code)
	}
}

// with returns a server whose customer Contoso has the items.
func with(items ...partnercentertest.Item) *partnercentertest.Server {
	c := partnercentertest.Customer{ID: contoso, Company: "Contoso Bakery", Domain: "contosobakery.example"}
	return partnercentertest.New(c.With(items...))
}

// first returns Contoso's first subscription as it truly is.
func first(s *partnercentertest.Server) partnercentertest.Subscription {
	return s.State(contoso).Subscriptions[0]
}
