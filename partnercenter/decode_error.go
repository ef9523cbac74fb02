package partnercenter

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/internal/printable"
	"github.com/cspkit/cspkit/internal/rawjson"
)

// decodeError makes one error of every shape in which Partner Center, its
// gateway, Graph and Entra report a failure, and of answers without any: it
// keeps the status whatever the body is. What is to hide never shows in it.
func decodeError(status int, reason string, header http.Header, body []byte, hide ...string) *Error {
	d := decoder{e: &Error{Status: status}, hide: hide, texts: []string{reason, header.Get("WWW-Authenticate")}}
	if members, err := rawjson.Members(body); err == nil {
		d.object(members)
	} else if len(body) < 4096 {
		// Plain text or HTML: looked at for words, never shown.
		d.texts = append(d.texts, string(body))
	}
	text := strings.Join(d.texts, " ")
	d.e.RetryAfter = retryAfter(status, header, text, time.Now())
	d.e.class = d.class(text)
	return d.e
}

// decoder collects what an answer says.
type decoder struct {
	e         *Error
	hide      []string
	texts     []string    // everything that it says in words
	entra     *auth.Error // in Entra's shape
	retryable *bool       // the service's own word, where it gave one
}

// object reads the six JSON shapes.
func (d *decoder) object(members []rawjson.Member) {
	inner, ok := rawjson.Get(members, "error")
	nested, err := rawjson.Members(inner)
	switch {
	case ok && err == nil:
		d.plain(nested) // Graph
	case ok && scalar(inner) != "" && text(members, "code") == "":
		d.token(members)
	default:
		d.plain(members)
	}
}

// plain reads the members that Partner Center, its gateway and Graph use.
func (d *decoder) plain(members []rawjson.Member) {
	message := text(members, "description", "message")
	d.texts = append(d.texts, message)
	d.e.Code = d.line(text(members, "code", "statusCode", "errorCode"), 60)
	d.e.Name = d.line(text(members, "errorName"), 100)
	d.e.Message = d.line(message, maxMessage)
	if raw, ok := rawjson.Get(members, "isRetryable"); ok {
		_ = json.Unmarshal(raw, &d.retryable) // nil if it is no boolean
	}
}

// token reads what Entra's token endpoint says. Its description may echo what
// was sent, so it does not become the message.
func (d *decoder) token(members []rawjson.Member) {
	description := text(members, "error_description")
	d.texts = append(d.texts, description)
	d.entra = &auth.Error{Status: d.e.Status, Code: text(members, "error"), Suberror: text(members, "suberror")}
	d.e.Code = d.line(d.entra.Code, 60)
	number := ""
	if codes, ok := rawjson.Get(members, "error_codes"); ok {
		for code := range rawjson.Elements(codes) {
			number = scalar(code)
			break
		}
	}
	if number == "" {
		if m := aadstsCode.FindStringSubmatch(description); m != nil {
			number = m[1]
		}
	}
	if n, err := strconv.ParseInt(number, 10, 32); err == nil && n > 0 {
		d.entra.AADSTS = int(n)
		d.e.Name, d.e.Code = d.e.Code, aadsts(number)
	}
}

var aadstsCode = regexp.MustCompile(`AADSTS(\d+)`)

func aadsts(number string) string { return "AADSTS" + number }

func (d *decoder) line(s string, n int) string { return line(s, n, d.hide...) }

// text returns the first of the members that holds any text.
func text(members []rawjson.Member, names ...string) string {
	for _, name := range names {
		if raw, ok := rawjson.Get(members, name); ok {
			if s := scalar(raw); s != "" {
				return s
			}
		}
	}
	return ""
}

// scalar returns a JSON string or number as text: code is the one in the
// reference, and the other in its examples.
func scalar(raw []byte) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// maxMessage is how many bytes of text from outside an error shows.
const maxMessage = 300

// maxCause is the same for why there is no answer. That may be an error of the
// sign-in service, which ends with the ids that Microsoft support asks for.
const maxCause = 800

// secrets are what an error text must not repeat, wherever it came from:
// tokens, acceptance links, mail addresses, telephone numbers.
var secrets = regexp.MustCompile(`(?i)eyJ[\w-]*(?:\.[\w-]*)+|bearer\s+\S+|https?://\S*attestationid=\S*|\b[01]\.A[\w.-]{30,}|` +
	`(?:client_secret|client_assertion|refresh_token|access_token|password)["']?\s*[=:]\s*\S+|[\w.+-]+@[\w-]+\.[\w.-]+|\+\d[\d ()./-]{5,}\d`)

// queries are what addresses carry, and may be anybody's business.
var queries = regexp.MustCompile(`(https?://[^\s"?]*)\?[^\s"]*`)

// line makes one line of at most n bytes of text that came from outside. hide
// are the secrets that it may hold, and that have no shape to be known by.
func line(s string, n int, hide ...string) string {
	s = secrets.ReplaceAllString(conceal(printable.Line(s), hide...), redacted)
	s = queries.ReplaceAllString(s, "$1")
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return s
}

var tryAgainIn = regexp.MustCompile(`(?i)try again in (\d{1,5}) second`)

// retryAfter returns the wait that an answer asks for: Retry-After in seconds
// or as a date, else the number in the gateway's text. Zero if none.
//
// Source: https://learn.microsoft.com/partner-center/developer/api-throttling-guidance
func retryAfter(status int, header http.Header, text string, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 && seconds < 1e9 {
		return time.Duration(seconds * float64(time.Second))
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, date.Sub(now))
	}
	if m := tryAgainIn.FindStringSubmatch(text); m != nil && status == http.StatusTooManyRequests {
		seconds, _ := strconv.Atoi(m[1]) // at most five digits
		return time.Duration(seconds) * time.Second
	}
	return 0
}
