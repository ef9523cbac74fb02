package partnercentertest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/cspkit/cspkit/partnercentertest"
)

const attestations = "/v1/attestations/enhanced"

// attestationBody is a creation that lacks nothing, with members changed; nil
// takes a member out.
func attestationBody(change map[string]any) string {
	return body(map[string]any{
		"country": "NL", "language": "nl-NL", "companyName": "Contoso Bakery",
		"signatoryFirstName": "Ada", "signatoryLastName": "Visser", "signatoryEmail": "ada@contosobakery.example",
		"signatoryPhoneNumber": "+31201234567",
	}, change)
}

// body returns members as JSON after they were changed.
func body(members, change map[string]any) string {
	for k, v := range change {
		if members[k] = v; v == nil {
			delete(members, k)
		}
	}
	data, _ := json.Marshal(members)
	return string(data)
}

// attest creates an attestation and returns its ID.
func attest(t *testing.T, c *client, change map[string]any) string {
	t.Helper()
	r := c.do("POST", attestations, attestationBody(change))
	id, _ := r.JSON["attestationId"].(string)
	if r.Status != 201 || id == "" {
		t.Fatalf("POST attestation = %d %s", r.Status, r.Raw)
	}
	return id
}

func TestOnlyAnAppHandlesAttestations(t *testing.T) {
	s := with()
	app, user := asApp(t, s), asUser(t, s)
	want(t, "creation by a user", user.do("POST", attestations, attestationBody(nil)), 403, "900308")
	id := attest(t, app, nil)
	want(t, "status for a user", user.get(attestations+"/"+id), 403, "900308")
	want(t, "status for the app", app.get(attestations+"/"+strings.ToUpper(id)), 200, "")
	want(t, "unknown", app.get(attestations+"/"+contoso), 404, "600900")
	want(t, "without an ID", app.get(attestations), 501, "501")
	want(t, "status of another kind", app.get("/v1/attestations/basic/"+id), 501, "501")
}

func TestAnAttestationNamesTheMemberThatIsWrong(t *testing.T) {
	c := asApp(t, with())
	tests := []struct {
		name   string
		change map[string]any
		member string // in the refusal; "" = accepted
	}{
		{"nothing wrong", nil, ""},
		{"no phone", map[string]any{"signatoryPhoneNumber": nil}, ""},
		{"a member of the caller's own", map[string]any{"reference": 7}, ""},
		{"a script in the language", map[string]any{"language": "sr-Latn-RS"}, ""},
		{"shortest life", map[string]any{"expirationTime": 5}, ""},
		{"longest life", map[string]any{"expirationTime": 10080}, ""},
		{"no country", map[string]any{"country": nil}, "country"},
		{"country of three letters", map[string]any{"country": "NLD"}, "country"},
		{"country in lower case", map[string]any{"country": "nl"}, "country"},
		{"no language", map[string]any{"language": nil}, "language"},
		{"language without a country", map[string]any{"language": "secret"}, "language"},
		{"no company", map[string]any{"companyName": nil}, "companyName"},
		{"blank company", map[string]any{"companyName": "  "}, "companyName"},
		{"no first name", map[string]any{"signatoryFirstName": nil}, "signatoryFirstName"},
		{"first name is a number", map[string]any{"signatoryFirstName": 4711}, "signatoryFirstName"},
		{"no last name", map[string]any{"signatoryLastName": nil}, "signatoryLastName"},
		{"no e-mail", map[string]any{"signatoryEmail": nil}, "signatoryEmail"},
		{"no e-mail address", map[string]any{"signatoryEmail": "secret"}, "signatoryEmail"},
		{"e-mail with a name", map[string]any{"signatoryEmail": "Secret <secret@contosobakery.example>"}, "signatoryEmail"},
		{"empty phone", map[string]any{"signatoryPhoneNumber": ""}, "signatoryPhoneNumber"},
		{"life too short", map[string]any{"expirationTime": 4}, "expirationTime"},
		{"life too long", map[string]any{"expirationTime": 10081}, "expirationTime"},
		{"life as text", map[string]any{"expirationTime": "4711"}, "expirationTime"},
		{"life with a fraction", map[string]any{"expirationTime": 7.5}, "expirationTime"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := c.do("POST", attestations, attestationBody(tt.change))
			if tt.member == "" {
				want(t, "POST", r, 201, "")
				return
			}
			want(t, "POST", r, 400, "3000")
			text, _ := r.JSON["description"].(string)
			if !strings.Contains(text, " "+tt.member+" ") || strings.Contains(strings.ToLower(text), "secret") || strings.Contains(text, "4711") {
				t.Errorf("description = %q, want the member %s and no value", text, tt.member)
			}
		})
	}
	for _, bad := range []string{"", "[]", "{", `{"country":"NL","Country":"NL"}`} {
		want(t, "body "+bad, c.do("POST", attestations, bad), 400, "3000")
	}
}

func TestALinkExpiresOnTheClock(t *testing.T) {
	for minutes, life := range map[any]time.Duration{nil: 7 * 24 * time.Hour, 5: 5 * time.Minute} {
		t.Run(fmt.Sprint("expirationTime ", minutes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := with()
				s.TokenLife = 30 * 24 * time.Hour
				c := asApp(t, s)
				start := time.Now()
				id := attest(t, c, map[string]any{"expirationTime": minutes})
				time.Sleep(life - time.Second)
				r := c.get(attestations + "/" + id)
				expires, err := time.Parse(time.RFC3339, fmt.Sprint(r.JSON["expirationTime"]))
				if r.JSON["status"] != "Pending" || err != nil || expires.Sub(start) != life {
					t.Errorf("in time: %s, want Pending until %v after its creation", r.Raw, life)
				}
				time.Sleep(time.Second)
				if r := c.get(attestations + "/" + id); r.JSON["status"] != "Expired" {
					t.Errorf("too late: %s, want Expired", r.Raw)
				}
			})
		})
	}
}

func TestWhatWasAcceptedInTimeStaysAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		c := asApp(t, s)
		id := attest(t, c, map[string]any{"expirationTime": 5})
		time.Sleep(time.Minute)
		if err := s.Accept(id); err != nil {
			t.Fatal(err)
		}
		accepted := time.Now()
		time.Sleep(10 * time.Minute)
		r := c.get(attestations + "/" + id)
		when, err := time.Parse(time.RFC3339, fmt.Sprint(r.JSON["acceptedDate"]))
		if r.JSON["status"] != "Accepted" || err != nil || !when.Equal(accepted) {
			t.Errorf("status = %s, want Accepted when it was", r.Raw)
		}
	})
}

func TestARepeatedCreationMakesOneAttestation(t *testing.T) {
	c := asApp(t, with())
	once := c.do("POST", attestations, attestationBody(nil), "MS-RequestId", sub1)
	again := c.do("POST", attestations, attestationBody(nil), "MS-RequestId", sub1)
	other := c.do("POST", attestations, attestationBody(nil), "MS-RequestId", sub2)
	want(t, "first", once, 201, "")
	want(t, "second", again, 201, "")
	if once.JSON["attestationId"] != again.JSON["attestationId"] || once.JSON["attestationId"] == other.JSON["attestationId"] {
		t.Error("a repeat has another ID, or a new request has the same")
	}
	want(t, "without an ID", c.do("POST", attestations, attestationBody(nil), "MS-RequestId", ""), 400, "3000")
}

func TestAttestationsAnswerInEveryFormThatIsNotPublished(t *testing.T) {
	tests := []struct {
		name       string
		wire       AttestationWire
		status     int
		read       string // path of the status
		id, member string // names of the ID and of the status
		word       string
		expiry     bool
	}{
		{"as expected", AttestationWire{}, 201, attestations + "/{id}", "attestationId", "status", "Pending", true},
		{"status 200", AttestationWire{Status200: true}, 200, attestations + "/{id}", "attestationId", "status", "Pending", true},
		{"names", AttestationWire{IDMember: "id", StatusMember: "attestationStatus"}, 201, attestations + "/{id}", "id", "attestationStatus", "Pending", true},
		{"words", AttestationWire{StatusWords: map[string]string{"Pending": "linkGenerated"}}, 201, attestations + "/{id}", "attestationId", "status", "linkGenerated", true},
		{"no expiry", AttestationWire{NoExpiry: true}, 201, attestations + "/{id}", "attestationId", "status", "Pending", false},
		{"path", AttestationWire{StatusPath: "/v1/attestations/{id}"}, 201, "/V1/Attestations/{id}", "attestationId", "status", "Pending", true},
		{"path with an end", AttestationWire{StatusPath: "/v1/attestations/{id}/status"}, 201, "/v1/attestations/{id}/status", "attestationId", "status", "Pending", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := with()
			s.Attestation = tt.wire
			c := asApp(t, s)
			r := c.do("POST", attestations, attestationBody(nil))
			want(t, "creation", r, tt.status, "")
			id, _ := r.JSON[tt.id].(string)
			read := c.get(strings.ReplaceAll(tt.read, "{id}", id))
			want(t, "read", read, 200, "")
			for what, r := range map[string]reply{"creation": r, "read": read} {
				if _, expiry := r.JSON["expirationTime"]; r.JSON[tt.id] != id || r.JSON[tt.member] != tt.word || expiry != tt.expiry {
					t.Errorf("%s = %s", what, r.Raw)
				}
			}
			if tt.wire.StatusPath != "" {
				want(t, "the usual path", c.get(attestations+"/"+id), 501, "501")
			}
		})
	}
	s := with()
	s.Attestation.BareID = true
	c := asApp(t, s)
	r := c.do("POST", attestations, attestationBody(nil))
	var id string
	if err := json.Unmarshal(r.Raw, &id); err != nil || r.Status != 201 {
		t.Fatalf("bare ID = %d %s", r.Status, r.Raw)
	}
	want(t, "read of a bare ID", c.get(attestations+"/"+id), 200, "")
}

func TestRecordsAndAnswersShowNoAttestationID(t *testing.T) {
	s := with()
	app := asApp(t, s)
	id := attest(t, app, nil)
	link := "https://cdn.partner.microsoft.com/mca/?attestationid=" + id
	app.get(attestations + "/" + id)
	app.get(attestations + "/" + strings.ToUpper(id))
	app.get(attestations + "/" + sub1) // nobody knows it, but it may be another server's
	hint := app.get("/v1/attestations/" + id)
	app.get(link)
	app.get("/v1/customers?attestation="+url.QueryEscape(id), "Referer", link)
	app.get("/mca/?attestationid=" + url.QueryEscape("{"+id+"}"))
	app.do("POST", "/v1/customers/"+contoso+"/agreements", agreementBody(id, nil))

	if strings.Contains(strings.ToLower(string(hint.Raw)), id) || !strings.Contains(string(hint.Raw), "/v1/attestations/{id}") {
		t.Errorf("hint = %s", hint.Raw)
	}
	seen := map[string]bool{}
	for _, r := range s.Requests() {
		record := fmt.Sprint(r.Path, "?", r.RawQuery, " ", string(r.Body), r.Header)
		if strings.Contains(strings.ToLower(record), id) {
			t.Errorf("the record of %s %s shows the ID", r.Method, r.Path)
		}
		seen[r.Method+" "+r.Path+"?"+r.RawQuery] = true
		if strings.HasSuffix(r.Path, "/agreements") && !strings.Contains(string(r.Body), `"attestationId":"{id}"`) {
			t.Errorf("body = %s", r.Body)
		}
	}
	for _, wanted := range []string{"GET " + attestations + "/{id}?", "GET /mca/?attestationid={id}"} {
		if !seen[wanted] {
			t.Errorf("no record of %q in %v", wanted, seen)
		}
	}
	if seen["GET "+attestations+"/"+sub1+"?"] {
		t.Error("the path of an unknown attestation shows its ID")
	}
	if secrets := strings.Join(s.Secrets(), " "); !strings.Contains(secrets, id) {
		t.Error("Secrets() lacks the ID of the attestation")
	}
}

// Whatever a client sends as a creation, the server answers it, and a refusal
// repeats nothing of it.
func FuzzCreateAttestation(f *testing.F) {
	f.Add(attestationBody(nil))
	for _, body := range []string{
		attestationBody(map[string]any{"expirationTime": 1e99}), attestationBody(map[string]any{"signatoryEmail": "<a@b>"}),
		`{"country":{}}`, `{"country":"NL","COUNTRY":"NL"}`, `{"expirationTime":-0}`, "\xef\xbb\xbf{}", `[]`, `{`, `null`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := with()
		c := asApp(t, s)
		r := c.do("POST", attestations, body)
		switch r.Status {
		case 201:
			want(t, "status", c.get(attestations+"/"+r.JSON["attestationId"].(string)), 200, "")
		case 400:
			var sent map[string]any
			_ = json.Unmarshal([]byte(body), &sent)
			for name, v := range sent {
				if text, ok := v.(string); ok && len(text) > 20 && strings.Contains(string(r.Raw), text) {
					t.Errorf("the refusal repeats the value of %q", name)
				}
			}
		default:
			t.Errorf("POST %q = %d %s", body, r.Status, r.Raw)
		}
	})
}
