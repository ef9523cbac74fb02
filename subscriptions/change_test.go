package subscriptions_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/internal/wiretest"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/subscriptions"
)

const cancelAction = `{"scheduledType":"TermEnd","actionType":"Cancel"}`

func TestUpdateSendsTheWholeResource(t *testing.T) {
	off, deleted := subscriptions.Change{AutoRenew: new(false)}, subscriptions.Change{Status: subscriptions.Deleted}
	tests := []struct {
		name, read, want string
		change           subscriptions.Change
	}{
		{"camel case", `{"id":"s","status":"active","autoRenewEnabled":true}`, `{"id":"s","status":"deleted","autoRenewEnabled":true}`, deleted},
		{"Pascal case", `{"Id":"s","Status":"active","AutoRenewEnabled":true}`, `{"Id":"s","Status":"deleted","AutoRenewEnabled":true}`, deleted},
		{"a third case", `{"ID":"s","sTATUS":"active"}`, `{"ID":"s","sTATUS":"deleted"}`, deleted},
		{"odd spacing", "{ \"id\":\t\"s\" ,\n\n \"status\" :\r\n\"active\"  , \"x\" : [ 1 , 2 ] }", "{ \"id\":\t\"s\" ,\n\n \"status\" :\r\n\"deleted\"  , \"x\" : [ 1 , 2 ] }", deleted},
		{
			"numbers and texts as they were", `{"id":"s","big":12345678901234567890,"small":1.50e-07,"t":"<a&b>\u003c\/é\ud83d\ude00","status":"active"}`,
			`{"id":"s","big":12345678901234567890,"small":1.50e-07,"t":"<a&b>\u003c\/é\ud83d\ude00","status":"deleted"}`, deleted,
		},
		{
			"unknown members, nested namesakes", `{"id":"s","new":{"status":"active","autoRenewEnabled":true},"status":"active","null":null}`,
			`{"id":"s","new":{"status":"active","autoRenewEnabled":true},"status":"deleted","null":null}`, deleted,
		},
		{"two spellings become one", `{"id":"s","Status":"active","status":"active"}`, `{"id":"s","Status":"deleted"}`, deleted},
		{"auto-renew", `{"id":"s","AutoRenewEnabled":true}`, `{"id":"s","AutoRenewEnabled":false}`, off},
		{"auto-renew that was not there", `{"id":"s"}`, `{"id":"s","autoRenewEnabled":false}`, off},
		{"auto-renew that was not there, Pascal", `{"Id":"s","Status":"active"}`, `{"Id":"s","Status":"active","AutoRenewEnabled":false}`, off},
		{
			"scheduled actions as they are given", `{"id":"s","scheduledActions":null}`, `{"id":"s","scheduledActions":[ {"a":"<&>"} ]}`,
			subscriptions.Change{ScheduledActions: json.RawMessage(`[ {"a":"<&>"} ]`)},
		},
		{
			"all at once", `{"id":"s","status":"suspended","autoRenewEnabled":false,"scheduledActions":[]}`, `{"id":"s","status":"active","autoRenewEnabled":true,"scheduledActions":null}`,
			subscriptions.Change{Status: subscriptions.Active, AutoRenew: new(true), ScheduledActions: json.RawMessage(`null`)},
		},
		{"a status with a quote", `{"id":"s"}`, `{"id":"s","status":"a\"b"}`, subscriptions.Change{Status: `a"b`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, w := service(t, wiretest.Reply{Status: 200, Body: `{}`})
			if err := s.Update(t.Context(), fabrikam, read(t, tt.read), tt.change); err != nil {
				t.Fatal(err)
			}
			wiretest.Check(t, w.Last(), "PATCH", base+"/subscriptions/s", "app", tt.want)
		})
	}
}

func TestUpdateCarriesTheETagItRead(t *testing.T) {
	for etag, want := range map[string][]string{`"eyJpZCI6="`: {"eyJpZCI6="}, `""`: nil, `null`: nil} {
		s, w := service(t, wiretest.Reply{Status: 200})
		sub := read(t, `{"id":"s","status":"active","attributes":{"etag":`+etag+`}}`)
		if err := s.Update(t.Context(), fabrikam, sub, subscriptions.Change{Status: subscriptions.Suspended}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, w.Last().Header["If-Match"]); diff != "" {
			t.Errorf("If-Match with etag %s (-want +got):\n%s", etag, diff)
		}
	}
}

func TestUpdateRefusesWhatItCannotSend(t *testing.T) {
	s, w := service(t, wiretest.Reply{Status: 200})
	sub := read(t, `{"id":"s","status":"active"}`)
	deleted := subscriptions.Change{Status: subscriptions.Deleted}
	for name, err := range map[string]error{
		"nothing to change":        s.Update(t.Context(), fabrikam, sub, subscriptions.Change{}),
		"made by hand":             s.Update(t.Context(), fabrikam, &subscriptions.Subscription{ID: "s"}, deleted),
		"null":                     s.Update(t.Context(), fabrikam, func() *subscriptions.Subscription { n := read(t, `null`); n.ID = "s"; return n }(), deleted),
		"without an id":            s.Update(t.Context(), fabrikam, read(t, `{}`), deleted),
		"broken scheduled actions": s.Update(t.Context(), fabrikam, sub, subscriptions.Change{ScheduledActions: json.RawMessage(`[`)}),
	} {
		if err == nil || !strings.Contains(err.Error(), "updating subscription") {
			t.Errorf("Update (%s) = %v, want an error that names the operation", name, err)
		}
	}
	if len(w.Sent) != 0 {
		t.Errorf("%d requests were sent, want none", len(w.Sent))
	}
}

func TestToEndAtTerm(t *testing.T) {
	keep := `{ "scheduledType":"Later", "actionType":"Cancel", "n": 1.0, "t":"<&>" }`
	tests := []struct {
		name      string
		autoRenew bool
		scheduled string // the member; empty: none
		cancel    bool   // a scheduled Cancel is wanted
		renewOff  bool
		want      string // scheduled actions of the change; empty: none
	}{
		{"everything to do", true, "", true, true, "[" + cancelAction + "]"},
		{"null", true, "null", true, true, "[" + cancelAction + "]"},
		{"empty", true, "[]", true, true, "[" + cancelAction + "]"},
		{"renewal scheduled", false, `[{"scheduledType":"TermEnd","actionType":"RenewToNewTerm","instructions":{"quantity":3}}]`, true, false, "[" + cancelAction + "]"},
		{"extended term scheduled", false, `[{"scheduledType":"termend","actionType":"RenewToExtendedServiceTerm"}]`, true, false, "[" + cancelAction + "]"},
		{"another entry is kept byte for byte", true, `[ ` + keep + ` ,{"ScheduledType":"TermEnd","ActionType":"RenewToNewTerm"}, null]`, true, true, "[" + keep + ",null," + cancelAction + "]"},
		{"cancel and renewal at once", false, `[` + cancelAction + `,{"scheduledType":"TermEnd","actionType":"RenewToNewTerm"}]`, true, false, "[" + cancelAction + "]"},
		{"only auto-renew left", true, `[{"scheduledType":"TERMEND","actionType":"cancel","instructions":null}]`, true, true, ""},
		{"nothing left", false, `[` + cancelAction + `]`, true, false, ""},
		{"no Cancel wanted", true, "", false, true, ""},
		{"no Cancel wanted, nothing left", false, "", false, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := `{"id":"s","autoRenewEnabled":` + map[bool]string{true: "true", false: "false"}[tt.autoRenew]
			if tt.scheduled != "" {
				text += `,"ScheduledActions":` + tt.scheduled
			}
			s := read(t, text+"}")
			c, needed := s.ToEndAtTerm(tt.cancel)
			if string(c.ScheduledActions) != tt.want || (c.AutoRenew != nil) != tt.renewOff || tt.renewOff && *c.AutoRenew || needed != (tt.renewOff || tt.want != "") || c.Status != "" {
				t.Errorf("ToEndAtTerm = %v %s, %v, want auto-renew off %v and %s", c.AutoRenew, c.ScheduledActions, needed, tt.renewOff, tt.want)
			}
			if needed && c.Shows(s) {
				t.Error("the change shows before it was made")
			}
			if tt.want != "" {
				after := read(t, `{"id":"s","scheduledActions":`+tt.want+`}`)
				if !c.Shows(after) || !after.CancelScheduled() {
					t.Errorf("after the change, Shows is %v and CancelScheduled is %v, want both", c.Shows(after), after.CancelScheduled())
				}
			}
		})
	}
}

func TestShows(t *testing.T) {
	s := read(t, `{"status":"Deleted","autoRenewEnabled":true,"scheduledActions":[{"scheduledType":"TermEnd","actionType":"Cancel"},{"scheduledType":"Later","actionType":"X"}]}`)
	for text, want := range map[string]bool{
		`{}`:                     true,
		`{"status":"deleted"}`:   true,
		`{"status":"suspended"}`: false,
		`{"auto_renew":true}`:    true,
		`{"auto_renew":false}`:   false,
		`{"scheduled_actions":[{"scheduledType":"later","actionType":"x"},` + cancelAction + `]}`: true,
		`{"scheduled_actions":[` + cancelAction + `,` + cancelAction + `]}`:                       false,
		`{"scheduled_actions":[` + cancelAction + `]}`:                                            false,
		`{"scheduled_actions":[]}`:                                                                false,
		`{"scheduled_actions":7}`:                                                                 false,
		`{"status":"deleted","auto_renew":false}`:                                                 false,
	} {
		var c subscriptions.Change
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			t.Fatal(err)
		}
		if got := c.Shows(s); got != want {
			t.Errorf("Change %s shows = %v, want %v", text, got, want)
		}
	}
}

// What the pages show is read, and written back byte for byte.
func TestSubscriptionsOfThePages(t *testing.T) {
	pages, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		name, _ := strings.CutSuffix(page.Name(), ".json")
		if page.IsDir() || strings.Contains(name, "entitlements") {
			continue
		}
		text := file(t, name)
		s := read(t, text)
		got, err := s.MarshalJSON()
		if err != nil || string(got) != text {
			t.Errorf("%s is written back as %s, %v", name, got, err)
		}
		clear(got)
		if again, _ := s.MarshalJSON(); string(again) != text {
			t.Errorf("%s changed with a text that it gave away", name)
		}
	}
	s := read(t, file(t, "subscription-resources"))
	if s.ID != license || s.ProductType != "OnlineServicesNCE" || s.Quantity != 15 || !s.AutoRenew || s.OrderID != "34b37d7340cc" || s.ThirdParty ||
		s.TermDuration != "P1Y" || s.BillingCycle != "monthly" || len(s.RefundOptions) != 1 || s.Name() != "Microsoft 365 Business Basic" ||
		s.CommitmentEnd().Format("15:04:05") != "23:59:59" || s.ETag != "" || s.CancellationAllowedUntil.IsZero() {
		t.Errorf("the subscription of the page is read as %+v", s)
	}
	if text, err := json.Marshal(new(subscriptions.Subscription)); err != nil || string(text) != "null" {
		t.Errorf("a subscription that was never read is written as %s, %v, want null", text, err)
	}
}

// FuzzChange checks against encoding/json that only the named members differ.
func FuzzChange(f *testing.F) {
	f.Add([]byte(file(f, "subscription-resources")), "deleted", true, false, []byte(nil))
	f.Add([]byte(`{"Id":"s","Status":"active","scheduledactions":[{"x":1}],"N":1e400}`), "", false, true, []byte(`[{"a":"<"}]`))
	f.Add([]byte("{ \"id\" : \"s\" ,\n\"u\":\"\\u003c\", \"u\":2}"), "active", true, true, []byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte, status string, setRenew, renew bool, scheduled []byte) {
		s := new(subscriptions.Subscription)
		if json.Unmarshal(text, s) != nil || s.ID == "" || strings.Trim(string(s.ID), ".") == "" {
			return
		}
		c := subscriptions.Change{Status: subscriptions.Status(status), ScheduledActions: scheduled}
		named := map[string]bool{"status": status != "", "autorenewenabled": setRenew, "scheduledactions": scheduled != nil}
		if setRenew {
			c.AutoRenew = &renew
		}
		maps.DeleteFunc(named, func(_ string, set bool) bool { return !set })
		service, w := service(t, wiretest.Reply{Status: 200})
		err := service.Update(t.Context(), fabrikam, s, c)
		if len(named) == 0 || scheduled != nil && !json.Valid(scheduled) {
			if err == nil || len(w.Sent) != 0 {
				t.Fatalf("Update with %+v = %v after %d requests, want an error and none", c, err, len(w.Sent))
			}
			return
		}
		if err != nil {
			if partnercenter.NotSent(err) {
				return // an id that no path can hold
			}
			t.Fatalf("Update of %s = %v", text, err)
		}
		after := map[string]int{}
		rest := func(data string, count map[string]int) []string {
			var members []string
			for name, value := range object(t, data) {
				low := name[strings.IndexByte(name, ' ')+1:]
				if key := foldedKey(low, named); key != "" {
					if count != nil {
						count[key]++
					}
					continue
				}
				members = append(members, name+"="+value)
			}
			slices.Sort(members)
			return members
		}
		if diff := cmp.Diff(rest(string(text), nil), rest(w.Last().Body, after)); diff != "" {
			t.Fatalf("Update of %s changes more than it should (-read +sent):\n%s", text, diff)
		}
		for name := range named {
			if after[name] != 1 {
				t.Fatalf("Update of %s sends %s, with %s %d times", text, w.Last().Body, name, after[name])
			}
		}
		var sent struct {
			Status           subscriptions.Status
			AutoRenewEnabled bool
		}
		if err := json.Unmarshal([]byte(w.Last().Body), &sent); err != nil ||
			status != "" && utf8.ValidString(status) && string(sent.Status) != status || setRenew && sent.AutoRenewEnabled != renew {
			t.Fatalf("Update of %s sends %s (%v), want status %q and auto-renew %v", text, w.Last().Body, err, status, renew)
		}
	})
}

// foldedKey returns the named member that name is a spelling of.
func foldedKey(name string, named map[string]bool) string {
	for key := range named {
		if strings.EqualFold(key, name) {
			return key
		}
	}
	return ""
}

// object returns the members of an object as they stand in its text, each name
// after its place among its namesakes.
func object(t *testing.T, text string) map[string]string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	members, seen := map[string]string{}, map[string]int{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		key := name.(string)
		seen[key]++
		members[strings.Repeat("+", seen[key])+" "+key] = string(value)
	}
	return members
}
