package partnercenter_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/cspkit/cspkit/partnercenter"
)

func TestParseTime(t *testing.T) {
	tests := map[string]string{
		"2021-01-14T16:57:15.0966728Z":      "2021-01-14T16:57:15.0966728Z",
		"2021-01-14T16:57:15.1Z":            "2021-01-14T16:57:15.1Z",
		"2021-01-14T16:57:15Z":              "2021-01-14T16:57:15Z",
		"2019-01-09T00:21:45.9263727+00:00": "2019-01-09T00:21:45.9263727Z",
		"2019-01-09T01:21:45+02:00":         "2019-01-08T23:21:45Z",
		"2019-08-26T00:00:00":               "2019-08-26T00:00:00Z",
		"2017-12-08T21:39:48.2386997":       "2017-12-08T21:39:48.2386997Z",
		"2022-01-13":                        "2022-01-13T00:00:00Z",
		"9999-12-10T00:00:00Z":              "9999-12-10T00:00:00Z",
		"9999-12-31T23:59:59-14:00":         "9999-12-31T23:59:59Z",
		"":                                  "",
		" ":                                 "",
		"0001-01-01T00:00:00":               "",
		"0001-01-01T00:00:00Z":              "",
		"0001-01-01T00:00:00+00:00":         "",
		"0002-01-01T00:00:00+01:00":         "", // still the year 1 in UTC
	}
	for in, want := range tests {
		got, err := partnercenter.ParseTime(in)
		text := ""
		if !got.IsZero() {
			text = got.Format(time.RFC3339Nano)
		}
		if err != nil || text != want {
			t.Errorf("ParseTime(%q) = %q, %v, want %q", in, text, err, want)
		}
	}
	for _, in := range []string{"yesterday", "2021-13-01", "2021-01-14T25:00:00Z", "20210114", "0"} {
		if got, err := partnercenter.ParseTime(in); err == nil {
			t.Errorf("ParseTime(%q) = %v, want an error", in, got)
		}
	}
}

func TestTimeInJSON(t *testing.T) {
	type subscription struct {
		End     partnercenter.Time `json:"end"`
		Omitted partnercenter.Time `json:"omitted,omitzero"`
	}
	tests := map[string]string{
		`{"end":"2022-01-13"}`:                  `{"end":"2022-01-13T00:00:00Z"}`,
		`{"END":"2017-12-08T21:39:48.2386997"}`: `{"end":"2017-12-08T21:39:48.2386997Z"}`,
		`{"end":null,"omitted":""}`:             `{"end":null}`,
		`{"end":"0001-01-01T00:00:00"}`:         `{"end":null}`,
		`{}`:                                    `{"end":null}`,
	}
	for in, want := range tests {
		var s subscription
		err := json.Unmarshal([]byte(in), &s)
		got, _ := json.Marshal(s)
		if err != nil || string(got) != want {
			t.Errorf("%s was read as %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{`{"end":5}`, `{"end":"soon"}`, `{"end":{}}`} {
		if err := json.Unmarshal([]byte(in), new(subscription)); err == nil {
			t.Errorf("%s was read, want an error", in)
		}
	}
}

func TestOpenEnded(t *testing.T) {
	for in, want := range map[string]bool{"9999-12-10T00:00:00Z": true, "9999-12-31T23:59:59-14:00": true, "2042-01-01": false, "": false} {
		at, err := partnercenter.ParseTime(in)
		if err != nil || at.OpenEnded() != want {
			t.Errorf("ParseTime(%q).OpenEnded() = %t, %v, want %t", in, at.OpenEnded(), err, want)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	for _, seed := range []string{
		"2021-01-14T16:57:15.0966728Z", "2019-01-09T00:21:45.9263727+00:00", "2019-08-26T00:00:00", "2017-12-08T21:39:48.2386997",
		"2022-01-13", "null", "", "0001-01-01T00:00:00", "9999-12-10T00:00:00Z", "9999-12-31T23:59:59-14:00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := partnercenter.ParseTime(in)
		if err != nil {
			return
		}
		data, err := json.Marshal(got)
		var again partnercenter.Time
		if err != nil || json.Unmarshal(data, &again) != nil || !again.Equal(got.Time) || got.Location() != time.UTC {
			t.Errorf("ParseTime(%q) = %v, written as %s (%v), read as %v", in, got, data, err, again)
		}
	})
}
