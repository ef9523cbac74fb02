package partnercenter

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/cspkit/cspkit/internal/rawjson"
)

// decodeError makes one error of every shape in which Partner Center, its
// gateway, Graph and Entra report a failure, and of answers without any: it
// keeps the status whatever the body is.
func decodeError(status int, reason string, header http.Header, body []byte) *Error {
	e := &Error{Status: status}
	texts := []string{reason, header.Get("WWW-Authenticate")}
	if members, err := rawjson.Members(body); err == nil {
		e.fromJSON(members, &texts)
	} else if len(body) < 4096 {
		// Plain text or HTML: looked at for words, never shown.
		texts = append(texts, string(body))
	}
	e.RetryAfter = retryAfter(header, e, time.Now())
	e.class = classify(status, e.Code, strings.Join(append(texts, e.Message), " "))
	if e.retryable != nil && classes[e.Code] == nil && e.class != ErrThrottled && e.class != ErrMFARequired {
		// The service's own word decides for codes that the table does not know.
		if *e.retryable {
			e.class = ErrTransient
		} else if e.class == ErrTransient {
			e.class = ErrValidation
		}
	}
	return e
}

// fromJSON reads the members of the six JSON shapes.
func (e *Error) fromJSON(members []rawjson.Member, texts *[]string) {
	get := func(names ...string) string {
		for _, name := range names {
			if raw, ok := rawjson.Get(members, name); ok {
				if s := scalar(raw); s != "" {
					return s
				}
			}
		}
		return ""
	}
	if nested, ok := rawjson.Get(members, "error"); ok {
		if inner, err := rawjson.Members(nested); err == nil { // Graph
			e.fromJSON(inner, texts)
			return
		}
		// Entra's token endpoint. Its description may echo what was sent.
		e.Name = line(get("error"), 100)
		if codes, ok := rawjson.Get(members, "error_codes"); ok {
			for code := range rawjson.Elements(codes) {
				e.Code = "AADSTS" + scalar(code)
				break
			}
		}
		if e.Code == "" {
			e.Code, e.Name = e.Name, ""
		}
		*texts = append(*texts, get("error_description"))
		return
	}
	e.Code = line(get("code", "statusCode", "errorCode"), 60)
	e.Name = line(get("errorName"), 100)
	e.Message = line(get("description", "message"), 300)
	if raw, ok := rawjson.Get(members, "isRetryable"); ok {
		var retryable bool
		if json.Unmarshal(raw, &retryable) == nil {
			e.retryable = &retryable
		}
	}
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

// secrets are what an error text must not repeat, wherever it came from:
// tokens, acceptance links, mail addresses.
var secrets = regexp.MustCompile(`(?i)eyJ[\w-]*\.[\w-]*\.?[\w-]*|bearer\s+\S+|https?://\S*attestationid=\S*|` +
	`(?:client_secret|client_assertion|refresh_token|access_token|password)["']?\s*[=:]\s*\S+|[\w.+-]+@[\w-]+\.[\w.-]+`)

// line makes one line of at most n bytes of text that came from outside.
func line(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	s = secrets.ReplaceAllString(strings.Join(strings.Fields(s), " "), "REDACTED")
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
// or as a date, else the number in the gateway's message. Zero if none.
func retryAfter(header http.Header, e *Error, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 && seconds < 1e9 {
		return time.Duration(seconds * float64(time.Second))
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, date.Sub(now))
	}
	if m := tryAgainIn.FindStringSubmatch(e.Message); m != nil && e.Status == http.StatusTooManyRequests {
		seconds, _ := strconv.Atoi(m[1]) // at most five digits
		return time.Duration(seconds) * time.Second
	}
	return 0
}
