package partnercentertest

import (
	"bytes"
	"crypto/x509"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// authority is what Entra knows beside the tokens that it has issued.
type authority struct {
	certificates []*x509.Certificate // of the application
	issuers      []federation        // whose tokens stand for the application
	assertions   map[string]bool     // the jti of those that were used
	codes        map[string]*authorization
	devices      map[string]*device // by device code
}

func newAuthority() authority {
	return authority{
		assertions: map[string]bool{},
		codes:      map[string]*authorization{},
		devices:    map[string]*device{},
	}
}

// entraRoutes are the endpoints of Entra, by method and the path below a
// tenant. None of them needs an Authorization header.
var entraRoutes = map[string]struct {
	op    Operation
	serve func(*Server, *call) *answer
}{
	"POST oauth2/token":                         {RequestToken, (*Server).issue},
	"POST oauth2/v2.0/token":                    {RequestToken, (*Server).issue},
	"POST oauth2/v2.0/devicecode":               {RequestDeviceCode, (*Server).startDevice},
	"GET oauth2/v2.0/authorize":                 {Authorize, (*Server).authorize},
	"GET v2.0/.well-known/openid-configuration": {GetOpenIDConfiguration, (*Server).describeTenant},
	"GET discovery/instance":                    {GetInstances, (*Server).describeInstance},
	"GET devicelogin":                           {OpenDevicePage, (*Server).showDevicePage},
	"POST devicelogin":                          {SubmitDevicePage, (*Server).submitDevicePage},
}

// belowTenant returns what follows the tenant in a path of Entra, in lower
// case. The page for device codes has no tenant before it.
func belowTenant(words []string) string {
	if len(words) > 1 {
		words = words[1:]
	}
	return strings.ToLower(strings.Join(words, "/"))
}

// isEntra reports whether a path belongs to Entra.
func isEntra(words []string) bool {
	switch path := belowTenant(words); path {
	case "devicelogin":
		return len(words) == 1
	case "discovery/instance":
		return strings.EqualFold(words[0], "common")
	case "v2.0/.well-known/openid-configuration":
		return true
	default:
		return strings.HasPrefix(path, "oauth2/")
	}
}

// entra answers a call of Entra.
func (s *Server) entra(c *call) *answer {
	path := belowTenant(segments(c.path))
	if r, ok := entraRoutes[c.method+" "+path]; ok {
		return r.serve(s, c)
	}
	if _, ok := entraRoutes["POST "+path]; ok && strings.HasPrefix(path, "oauth2/") {
		return deny(http.StatusMethodNotAllowed, "invalid_request", 900561, "The endpoint only accepts POST requests.").json(c)
	}
	return unsupported(c)
}

// anyTenant reports whether the word in the place of a tenant leaves open which
// one is meant. The emulator's one user is at home in the partner's.
func anyTenant(word string) bool {
	return strings.EqualFold(word, "common") || strings.EqualFold(word, "organizations")
}

// tenant returns the tenant that the path of a call names: the partner's or a
// customer's.
func (s *Server) tenant(c *call) (string, *denial) {
	word := segments(c.path)[0]
	if anyTenant(word) || strings.EqualFold(word, TenantID) {
		return TenantID, nil
	}
	if a := s.account(word); a != nil && !a.gone(c.now) {
		return strings.ToLower(a.c.ID), nil
	}
	return "", deny(http.StatusBadRequest, "invalid_request", 90002, "Tenant '"+word+"' not found.")
}

// denial says why Entra gives nothing. An endpoint sends it as JSON, a person
// sees it as a page, and an application learns it from a redirect.
type denial struct {
	status   int
	name     string // OAuth error
	number   int    // AADSTS
	text     string
	suberror string // Entra's detail to name
	claims   string // what a new sign-in has to ask for
}

func deny(status int, name string, number int, text string) *denial {
	return &denial{status: status, name: name, number: number, text: text}
}

// because adds Entra's detail and returns d.
func (d *denial) because(suberror string) *denial {
	d.suberror = suberror
	return d
}

// body returns the denial as members of a JSON object.
func (d *denial) body(c *call) map[string]any {
	n := strconv.Itoa(d.number)
	trace, correlation, timestamp := newGUID(), newGUID(), c.stamp().UTC().Format("2006-01-02 15:04:05Z")
	body := map[string]any{
		"error": d.name,
		"error_description": "AADSTS" + n + ": " + d.text + " Trace ID: " + trace +
			" Correlation ID: " + correlation + " Timestamp: " + timestamp,
		"error_codes": []int{d.number}, "timestamp": timestamp, "trace_id": trace, "correlation_id": correlation,
		"error_uri": "https://login.microsoftonline.com/error?code=" + n,
	}
	if d.suberror != "" {
		body["suberror"] = d.suberror
	}
	if d.claims != "" {
		body["claims"] = d.claims
	}
	return body
}

// json returns the denial as an endpoint sends it to a program.
func (d *denial) json(c *call) *answer {
	return jsonAnswer(d.status, d.body(c)).set("Cache-Control", "no-store")
}

// page returns the denial as a person sees it.
func (d *denial) page(c *call) *answer {
	return page(d.status, "Sign-in is not possible", d.body(c)["error_description"].(string))
}

var pageTemplate = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body>
<h1>{{.Title}}</h1>
<p>{{.Text}}</p>
</body>
</html>
`))

// page returns an HTML page of one paragraph.
func page(status int, title, text string) *answer {
	return render(status, pageTemplate, map[string]string{"Title": title, "Text": text})
}

func render(status int, t *template.Template, data any) *answer {
	a := bare(status).set("Content-Type", "text/html; charset=utf-8").set("Cache-Control", "no-store")
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		a.status = http.StatusInternalServerError
	}
	a.body = b.Bytes()
	return a
}

// stamp returns the time that Entra's clock shows.
func (c *call) stamp() time.Time { return time.Now().Add(c.skew) }
