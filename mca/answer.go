package mca

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/cspkit/cspkit/internal/rawjson"
	"github.com/cspkit/cspkit/partnercenter"
)

// answer is what the attestation calls answer: an object, whose members
// Microsoft's pages do not name, or a JSON string alone. It is read tolerantly:
// a member that is missing, or of another type, is empty.
type answer struct {
	body    []byte
	text    string // of a string alone
	members []rawjson.Member
}

// UnmarshalJSON implements [json.Unmarshaler].
func (a *answer) UnmarshalJSON(data []byte) error {
	*a = answer{body: bytes.Clone(data)}
	a.text = stringOf(a.body)
	if a.text != "" {
		return nil
	}
	var err error
	if a.members, err = rawjson.Members(a.body); err != nil {
		return errors.New("the answer is neither an object nor a string")
	}
	return nil
}

// member returns the first of the members that is a string with text in it.
func (a *answer) member(names ...string) string { return textOf(a.members, names...) }

// expiry returns when the attestation expires, or for how long it is valid:
// the member is a date, or a number of minutes, or neither.
func (a *answer) expiry() (at time.Time, validFor time.Duration) {
	for _, name := range [...]string{"expirationTime", "expirationDate", "expirationDateTime", "expiry", "expires"} {
		raw, _ := rawjson.Get(a.members, name)
		if at := moment(raw); !at.IsZero() {
			return at, 0
		}
		if validFor := minutes(raw); validFor != 0 {
			return time.Time{}, validFor
		}
	}
	return time.Time{}, 0
}

// accepted returns when the customer accepted, if the answer tells.
func (a *answer) accepted() time.Time {
	for _, name := range [...]string{"acceptedDate", "acceptedTime", "acceptedDateTime", "acceptedOn", "dateAccepted", "acceptanceDate", "dateAgreed"} {
		raw, _ := rawjson.Get(a.members, name)
		if at := moment(raw); !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// textOf returns the first of the members that is a string with text in it.
func textOf(members []rawjson.Member, names ...string) string {
	for _, name := range names {
		raw, _ := rawjson.Get(members, name)
		if s := stringOf(raw); s != "" {
			return s
		}
	}
	return ""
}

// stringOf returns the text of a JSON string, and none of anything else.
func stringOf(raw []byte) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return strings.TrimSpace(s)
}

// moment returns a date of the service. What cannot be read, and the year
// 9999, which stands for none, are the zero time.
func moment(raw []byte) time.Time {
	t, err := partnercenter.ParseTime(stringOf(raw))
	if err != nil || t.OpenEnded() {
		return time.Time{}
	}
	return t.Time
}

// minutes reads the life of a link. A number beyond [LongestLife] is none of
// minutes: it may be seconds since 1970.
func minutes(raw []byte) time.Duration {
	text := stringOf(raw)
	if text == "" {
		text = string(raw)
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > 0 && n <= LongestLife.Minutes()) {
		return 0
	}
	return time.Duration(n * float64(time.Minute))
}
