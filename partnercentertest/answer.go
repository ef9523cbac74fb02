package partnercentertest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is a response before it is written to a connection or returned.
type answer struct {
	status  int
	reason  string // the whole status line after the protocol, when it is not the usual one
	header  http.Header
	body    []byte
	half    bool // the connection breaks in the middle of the body
	applied bool // the write took effect
}

func (a *answer) clone() *answer {
	b := *a
	b.header = a.header.Clone()
	return &b
}

// set adds a header and returns a, so that answers read as one expression.
func (a *answer) set(key, value string) *answer {
	a.header.Set(key, value)
	return a
}

// did marks an answer as that of a write that took effect.
func (a *answer) did() *answer {
	a.applied = true
	return a
}

func bare(status int) *answer {
	return &answer{status: status, header: http.Header{}}
}

func jsonAnswer(status int, body any) *answer {
	data, err := json.Marshal(body)
	if err != nil {
		data = []byte(`{"code":0,"description":"partnercentertest: a seed cannot be encoded as JSON"}`)
		status = http.StatusInternalServerError
	}
	a := bare(status).set("Content-Type", "application/json; charset=utf-8")
	a.body = data
	return a
}

// withBOM puts a byte order mark before the body, as Partner Center does on
// some answers.
func (a *answer) withBOM() *answer {
	if len(a.body) > 0 {
		a.body = append([]byte("\xef\xbb\xbf"), a.body...)
	}
	return a
}

// refuse returns an error in the classic shape of Partner Center.
func refuse(status int, code, description string) *answer {
	return jsonAnswer(status, map[string]any{
		"code": number(code), "description": description, "data": []any{}, "source": "PartnerFD",
	})
}

// refuseNewer returns an error in the shape of the newer parts of Partner Center.
func refuseNewer(status int, code, name, text string) *answer {
	return jsonAnswer(status, map[string]any{
		"code": number(code), "message": text, "description": text, "errorName": name,
		"isRetryable": false, "parameters": map[string]any{}, "errorMessageExtended": "InternalErrorCode=" + code,
	})
}

// number returns code as the service writes it: a number, although its
// documentation says string.
func number(code string) any {
	if n, err := strconv.Atoi(code); err == nil {
		return n
	}
	return code
}

// tooMany returns the answer of the gateway that throttles.
func tooMany(wait string) *answer {
	return jsonAnswer(http.StatusTooManyRequests, map[string]any{
		"statusCode": http.StatusTooManyRequests,
		"message":    "Rate limit is exceeded. Try again in " + wait + " seconds.",
	}).set("Retry-After", wait)
}

// graphError returns an error in the shape of Microsoft Graph.
func graphError(status int, code, message string) *answer {
	return jsonAnswer(status, map[string]any{"error": map[string]any{
		"code": code, "message": message,
		"innerError": map[string]any{"date": time.Now().UTC().Format("2006-01-02T15:04:05"), "request-id": newGUID()},
	}})
}

// date writes a time as most answers do: UTC, at most seven digits of fraction.
func date(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.9999999Z")
}

// collection wraps items the way Partner Center does.
func collection(items []any, self string) map[string]any {
	if items == nil {
		items = []any{}
	}
	return map[string]any{
		"totalCount": len(items), "items": items,
		"links":      map[string]any{"self": link(self)},
		"attributes": map[string]any{"objectType": "Collection"},
	}
}

func link(uri string) map[string]any {
	return map[string]any{"uri": uri, "method": "GET", "headers": []any{}}
}

// pascal returns v with every member name in PascalCase, the spelling of older
// parts of Partner Center.
func pascal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, m := range v {
			if k != "" {
				k = strings.ToUpper(k[:1]) + k[1:]
			}
			out[k] = pascal(m)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, m := range v {
			out[i] = pascal(m)
		}
		return out
	}
	return v
}
