package rawjson_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/internal/rawjson"
)

func TestSet(t *testing.T) {
	tests := []struct{ name, object, member, value, want string }{
		{"replaces in place", `{ "a" : 1 , "status":"active", "z":[1, 2] }`, "status", `"deleted"`, `{ "a" : 1 , "status":"deleted", "z":[1, 2] }`},
		{"keeps the spelling", `{"Status":"active","Id":"1"}`, "status", `"deleted"`, `{"Status":"deleted","Id":"1"}`},
		{"drops a second spelling", `{"Status":"active","x":0, "status":"active"}`, "status", `"deleted"`, `{"Status":"deleted","x":0}`},
		{"drops a second spelling in the middle", `{"Status":1,"status":2,"z":3}`, "status", `4`, `{"Status":4,"z":3}`},
		{"adds in camel case", `{"id":"1"}`, "autoRenewEnabled", `false`, `{"id":"1","autoRenewEnabled":false}`},
		{"adds in Pascal case", `{"Id":"1","Status":"active"}`, "autoRenewEnabled", `false`, `{"Id":"1","Status":"active","AutoRenewEnabled":false}`},
		{"adds to an empty object", ` {} `, "a", `{"b":null}`, ` {"a":{"b":null}} `},
		{"knows escaped names", `{"\u0073tatus":"active"}`, "status", `"x"`, `{"\u0073tatus":"x"}`},
		{"is not fooled by text", `{"note":"\"status\":\"a\"}","status":1.50}`, "status", `2`, `{"note":"\"status\":\"a\"}","status":2}`},
		{"leaves nested members alone", `{"x":{"status":1},"status":2}`, "status", `3`, `{"x":{"status":1},"status":3}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := strings.Clone(tt.object)
			got, err := rawjson.Set([]byte(tt.object), tt.member, []byte(tt.value))
			if err != nil || string(got) != tt.want {
				t.Errorf("Set(%s, %s) = %s, %v, want %s", tt.object, tt.member, got, err, tt.want)
			}
			if tt.object != before {
				t.Errorf("Set changed its argument to %s", tt.object)
			}
		})
	}
}

func TestSetRefusesWhatIsNotAnObject(t *testing.T) {
	for _, object := range []string{``, `[]`, `null`, `{"a":1`, `{"a":1}{`, `"x"`} {
		if got, err := rawjson.Set([]byte(object), "a", []byte("1")); err == nil {
			t.Errorf("Set(%s) = %s, want an error", object, got)
		}
	}
	if got, err := rawjson.Set([]byte(`{}`), "a", []byte("{")); err == nil {
		t.Errorf("Set with a broken value = %s, want an error", got)
	}
}

func TestElements(t *testing.T) {
	var got []string
	for e := range rawjson.Elements([]byte(`[ 1, "a,]" , {"b":[2,3]},[], null ,true]`)) {
		got = append(got, string(e))
	}
	if want := `1|"a,]"|{"b":[2,3]}|[]|null|true`; strings.Join(got, "|") != want {
		t.Errorf("Elements = %s, want %s", strings.Join(got, "|"), want)
	}
	for e := range rawjson.Elements([]byte(`{"a":1}`)) {
		t.Errorf("Elements of an object yields %s, want none", e)
	}
}

// FuzzSet checks against encoding/json that exactly one member changes.
func FuzzSet(f *testing.F) {
	f.Add([]byte(`{"status":"active","x":1.0e3}`), "status")
	f.Add([]byte(`{"Status":"active","status":"b","é":[{}]}`), "status")
	f.Add([]byte("\n{ }"), "Status")
	f.Fuzz(func(t *testing.T, object []byte, name string) {
		if name == "" || name != strings.ToLower(name) || !json.Valid([]byte(`"`+name+`"`)) || strings.ContainsRune(name, '\\') {
			return
		}
		members, err := rawjson.Members(object)
		if err != nil {
			if json.Valid(object) && bytes.HasPrefix(bytes.TrimSpace(object), []byte("{")) {
				t.Fatalf("Members(%q) = %v for a valid object", object, err)
			}
			return
		}
		got, err := rawjson.Set(object, name, []byte(`"new"`))
		if err != nil {
			t.Fatalf("Set(%q, %q) = %v", object, name, err)
		}
		after, err := rawjson.Members(got)
		if err != nil {
			t.Fatalf("Set(%q, %q) = %q, which is no object", object, name, got)
		}
		if v, ok := rawjson.Get(after, name); !ok || string(v) != `"new"` {
			t.Fatalf("Set(%q, %q) = %q, where the member is %s", object, name, got, v)
		}
		var rest, restAfter []string
		for _, m := range members {
			if !strings.EqualFold(m.Name, name) {
				rest = append(rest, m.Name+"="+string(m.Value))
			}
		}
		count := 0
		for _, m := range after {
			if strings.EqualFold(m.Name, name) {
				count++
				continue
			}
			restAfter = append(restAfter, m.Name+"="+string(m.Value))
		}
		if count != 1 || strings.Join(rest, ",") != strings.Join(restAfter, ",") {
			t.Fatalf("Set(%q, %q) = %q: other members changed", object, name, got)
		}
	})
}
