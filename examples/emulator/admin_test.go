package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/partnercentertest"
)

const onLicense = "/admin/customers/" + bakery + "/subscriptions/" + license

// seeded starts the program with one customer.
func seeded(t *testing.T, items string, more ...string) ready {
	t.Helper()
	seed := `{"customers":[{"id":"` + bakery + `","company":"Contoso Bakery","domain":"contosobakery.example","items":[` + items + `]}]` + strings.Join(more, "") + `}`
	return start(t, seed, "-seed", "-")
}

const oneLicense = `{"kind":"license","id":"` + license + `"}`

// subscription reads the licence as a client sees it.
func (r ready) subscription(t *testing.T) map[string]any {
	t.Helper()
	return r.ok(t, "GET", "/v1/customers/"+bakery+"/subscriptions/"+license, "")
}

func TestTheListOfCallsIsComplete(t *testing.T) {
	r := start(t, "")
	calls := r.ok(t, "GET", "/admin/", "")["calls"].([]any)
	if len(calls) != len(adminCalls()) {
		t.Errorf("GET /admin/ lists %d calls, want %d", len(calls), len(adminCalls()))
	}
	for _, path := range []string{"/admin/customer", "/admin/attestations/" + attestation} {
		status, answer := r.send(t, "POST", path, "")
		if text := fmt.Sprint(answer); status != 404 || !strings.Contains(text, "GET /admin/ lists") || strings.Contains(text, attestation) {
			t.Errorf("POST %s = %d %s, want 404 without the path", path, status, text)
		}
	}
	for _, path := range []string{"/admin/calls?onyl=Writes", "/admin/requests?only=Writes"} {
		if status, answer := r.send(t, "GET", path, ""); status != 400 || !strings.Contains(fmt.Sprint(answer), "not known") {
			t.Errorf("GET %s = %d %v, want 400", path, status, answer)
		}
	}
}

func TestASubscriptionIsChangedBehindTheClientsBack(t *testing.T) {
	r := seeded(t, oneLicense)
	before := r.subscription(t)["attributes"]
	r.ok(t, "PATCH", onLicense, `{"status":"suspended","auto_renew":false,"ends_at":"+30d","pending_operation":true}`)
	sub := r.subscription(t)
	if sub["status"] != "suspended" || sub["autoRenewEnabled"] != false {
		t.Errorf("the client sees %v, want it suspended (before: %v)", sub, before)
	}
	for _, tt := range []struct{ path, body, want string }{
		{onLicense, `{"id":"` + bakery + `"}`, "id: there is no such member"},
		{onLicense, `{"state":"suspended"}`, "state: there is no such member"},
		{onLicense, ``, "ends too early"},
		{"/admin/customers/" + bakery + "/subscriptions/" + bakery, `{}`, "no such subscription"},
		{"/admin/customers/" + license, `{}`, "no such customer"},
		{"/admin/customers/" + bakery, `{"id":"` + license + `"}`, "id: cannot be changed"},
		{"/admin/customers/" + bakery, `{"company":"X","items":[{"kind":"license","id":"` + license + `"}]}`, "subscriptions[1].id: is that of subscriptions[0], too"},
	} {
		if status, answer := r.send(t, "PATCH", tt.path, tt.body); status < 400 || !strings.Contains(fmt.Sprint(answer), tt.want) {
			t.Errorf("PATCH %s %s = %d %v, want %q", tt.path, tt.body, status, answer, tt.want)
		}
	}
	if c := r.ok(t, "GET", "/admin/customers/"+bakery, ""); c["company"] != "Contoso Bakery" {
		t.Errorf("a refused change took effect: %v", c["company"])
	}
}

func TestACustomerIsChangedAndBuys(t *testing.T) {
	r := seeded(t, oneLicense)
	r.ok(t, "PATCH", "/admin/customers/"+bakery, `{"directly_signed":true,"items":[{"kind":"legacy","id":"6e7aa601-629e-461b-8933-0898c3cc3c7c"}]}`)
	if n := r.ok(t, "GET", "/v1/customers/"+bakery+"/subscriptions", "")["totalCount"]; n != 2.0 {
		t.Errorf("it has %v subscriptions, want 2", n)
	}
	r.ok(t, "PATCH", "/admin/customers/"+bakery, `{"relationship":"none"}`)
	if status, _ := r.send(t, "GET", "/v1/customers/"+bakery, ""); status != 403 {
		t.Errorf("GET customer = %d, want 403: the relationship is gone", status)
	}
	all := r.ok(t, "GET", "/admin/customers", "")["customers"].([]any)
	if want := map[string]any{"id": bakery, "company": "Contoso Bakery", "relationship": "none", "subscriptions": 2.0}; len(all) != 1 || cmp.Diff(want, all[0]) != "" {
		t.Errorf("customers = %v", all)
	}
}

func TestATermEndsNow(t *testing.T) {
	r := seeded(t, oneLicense)
	if got := r.ok(t, "POST", onLicense+"/end-term", ""); got["status"] != "active" {
		t.Errorf("a licence that renews is %v, want it active for another term", got["status"])
	}
	r.ok(t, "PATCH", onLicense, `{"auto_renew":false,"scheduled_actions":[{"type":"TermEnd","action":"Cancel"}]}`)
	if got := r.ok(t, "POST", onLicense+"/end-term", ""); got["status"] != "expired" {
		t.Errorf("a licence that is to be cancelled is %v, want expired", got["status"])
	}
	if status, answer := r.send(t, "POST", onLicense+"/end-term", ""); status != 409 {
		t.Errorf("a third time = %d %v, want 409", status, answer)
	}
}

func TestTheClockGoesAhead(t *testing.T) {
	r := seeded(t, oneLicense)
	if got := r.ok(t, "POST", "/admin/clock", `{"advance":"8d"}`); got["ahead"] != "192h0m0s" {
		t.Errorf("clock = %v, want 8 days ahead", got)
	}
	status, answer := r.send(t, "PATCH", "/v1/customers/"+bakery+"/subscriptions/"+license, `{"status":"deleted","autoRenewEnabled":false}`)
	if status != 400 || answer["code"] != 900117.0 {
		t.Errorf("cancelling after the window = %d %v", status, answer)
	}
	for _, body := range []string{`{}`, `{"advance":"-1d"}`, `{"advance":7}`} {
		if status, answer := r.send(t, "POST", "/admin/clock", body); status != 400 || !strings.Contains(fmt.Sprint(answer), "advance: must be") {
			t.Errorf("POST /admin/clock %s = %d %v, want 400", body, status, answer)
		}
	}
	if got := r.ok(t, "GET", "/admin/clock", ""); got["ahead"] != "192h0m0s" {
		t.Errorf("clock = %v, want 8 days ahead", got)
	}

	dump, _ := json.Marshal(r.ok(t, "GET", "/admin/state", ""))
	for _, tt := range []struct{ seed, want string }{{"", "0s"}, {string(dump), "192h0m0s"}} { // the dump stays the seed
		r.ok(t, "POST", "/admin/reset", tt.seed)
		if got := r.ok(t, "GET", "/admin/clock", ""); got["ahead"] != tt.want {
			t.Errorf("after a reset with a seed of %d bytes the clock is %v, want it %s ahead", len(tt.seed), got, tt.want)
		}
	}
}

func TestWhatIsBoughtLaterIsDatedLater(t *testing.T) {
	r := seeded(t, "")
	r.ok(t, "POST", "/admin/clock", `{"advance":"60d"}`)
	r.ok(t, "PATCH", "/admin/customers/"+bakery, `{"items":[`+oneLicense+`,{"kind":"perpetual","id":"2y6dF_rVgDAXMxypQPPnTquuXhKVK_3N1"}]}`)
	for path, body := range map[string]string{
		"/subscriptions/" + license:                 `{"status":"deleted","autoRenewEnabled":false}`,
		"/orders/2y6dF_rVgDAXMxypQPPnTquuXhKVK_3N1": `{"status":"cancelled"}`,
	} {
		if status, answer := r.send(t, "PATCH", "/v1/customers/"+bakery+path, body); status != 200 {
			t.Errorf("cancelling %s within its window = %d %v, want 200", path, status, answer)
		}
	}
}

func TestFaultsAndCallsSpeakOneLanguage(t *testing.T) {
	r := seeded(t, oneLicense)
	r.ok(t, "POST", "/admin/faults", `{"operation":"GetSubscription","subject":"`+license+`","after":1,"status":503}`)
	r.subscription(t)
	if unmet := r.ok(t, "GET", "/admin/faults", "")["unmet"].([]any); len(unmet) != 1 || unmet[0].(map[string]any)["operation"] != "GetSubscription" {
		t.Errorf("unmet = %v, want the fault", unmet)
	}
	if status, _ := r.send(t, "GET", "/v1/customers/"+bakery+"/subscriptions/"+license, ""); status != 503 {
		t.Errorf("the second read = %d, want 503", status)
	}
	if unmet := r.ok(t, "GET", "/admin/faults", "")["unmet"].([]any); len(unmet) != 0 {
		t.Errorf("unmet = %v, want none", unmet)
	}
	calls := r.ok(t, "GET", "/admin/calls?only=Reads", "")["calls"]
	if diff := cmp.Diff([]any{"GetSubscription " + license, "GetSubscription " + license}, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	r.ok(t, "POST", "/admin/faults", `{"operation":"Reads","times":-1,"status":503}`)
	r.ok(t, "DELETE", "/admin/faults", "")
	r.subscription(t)
	for path, body := range map[string]string{
		"/admin/faults": `{"operation":"GetSubscripton","status":503}`, "/admin/calls?only=Nothing": "",
	} {
		method := "GET"
		if body != "" {
			method = "POST"
		}
		if status, answer := r.send(t, method, path, body); status != 400 || !strings.Contains(fmt.Sprint(answer), "there is no operation") {
			t.Errorf("%s %s = %d %v, want 400", method, path, status, answer)
		}
	}
	if names := r.ok(t, "GET", "/admin/operations", "")["operations"].([]any); len(names) != len(partnercentertest.Operations()) {
		t.Errorf("%d operations, want %d", len(names), len(partnercentertest.Operations()))
	}
}

func TestRequestsShowNoSecrets(t *testing.T) {
	r := seeded(t, oneLicense, `,"attestations":[{"id":"`+attestation+`"}]`)
	r.send(t, "GET", "/v1/attestations/enhanced/"+attestation, "")
	requests := r.ok(t, "GET", "/admin/requests", "")
	text, _ := json.Marshal(requests)
	if strings.Contains(string(text), attestation) || strings.Contains(string(text), r.AppToken) {
		t.Errorf("the requests hold a secret: %s", strings.NewReplacer(attestation, "<HERE>", r.AppToken, "<HERE>").Replace(string(text)))
	}
	first := requests["requests"].([]any)[0].(map[string]any)
	if first["operation"] != "GetAttestation" || first["subject"] != "{id}" || first["credential"] != "app" || first["status"] != 200.0 {
		t.Errorf("request = %v", first)
	}
}

func TestAnAttestationIsAcceptedAndExpires(t *testing.T) {
	r := start(t, "")
	add := func() string {
		return r.ok(t, "POST", "/admin/attestations", `{"company":"Contoso Bakery","country":"NL","expires_at":"+1d"}`)["id"].(string)
	}
	accepted, expired := add(), add()
	r.ok(t, "POST", "/admin/attestations/"+accepted+"/accept", "")
	r.ok(t, "POST", "/admin/attestations/"+expired+"/expire", "")
	for id, want := range map[string]string{accepted: "Accepted", expired: "Expired"} {
		if got := r.ok(t, "GET", "/v1/attestations/enhanced/"+id, "")["status"]; got != want {
			t.Errorf("the attestation is %v, want %s", got, want)
		}
	}
	if status, _ := r.send(t, "POST", "/admin/attestations/"+expired+"/accept", ""); status != 409 {
		t.Errorf("accepting an expired link = %d, want 409", status)
	}
	if status, _ := r.send(t, "POST", "/admin/attestations", `{"id":"`+accepted+`"}`); status != 409 {
		t.Errorf("adding it again = %d, want 409", status)
	}
	for _, what := range []string{"accept", "expire"} {
		if status, answer := r.send(t, "POST", "/admin/attestations/"+attestation+"/"+what, ""); status != 404 || strings.Contains(fmt.Sprint(answer), attestation) {
			t.Errorf("%s of an unknown one = %d %v, want 404 without the id", what, status, answer)
		}
	}
	all := r.ok(t, "GET", "/admin/attestations", "")["attestations"].([]any)
	if len(all) != 2 || all[0].(map[string]any)["status"] != "accepted" || all[0].(map[string]any)["id"] != accepted {
		t.Errorf("attestations = %v", all)
	}
}

// The same id from many at once: one adds it, the others learn that it is there.
func TestAnAttestationIsAddedOnce(t *testing.T) {
	r := start(t, "")
	var added atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			switch status, answer := r.send(t, "POST", "/admin/attestations", `{"id":"`+attestation+`"}`); status {
			case 200:
				added.Add(1)
			case 409:
			default:
				t.Errorf("POST /admin/attestations = %d %v", status, answer)
			}
		})
	}
	wg.Wait()
	if n := added.Load(); n != 1 {
		t.Errorf("it was added %d times, want once", n)
	}
}

func TestTokensAreTakenAway(t *testing.T) {
	r := seeded(t, oneLicense)
	refresh := r.ok(t, "POST", "/admin/sign-in", "")["refresh_token"].(string)
	redeem := func() int {
		res, err := http.Post(r.URL+"/"+r.TenantID+"/oauth2/v2.0/token", "application/x-www-form-urlencoded", strings.NewReader(
			"grant_type=refresh_token&scope=https://graph.microsoft.com/.default&client_id="+r.ClientID+"&client_secret="+r.ClientSecret+"&refresh_token="+refresh))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if status := redeem(); status != 200 {
		t.Errorf("a new refresh token = %d, want 200", status)
	}
	r.ok(t, "POST", "/admin/revoke-refresh-tokens", "")
	if status := redeem(); status != 400 {
		t.Errorf("a revoked refresh token = %d, want 400", status)
	}
	r.ok(t, "POST", "/admin/expire-tokens", "")
	if status, _ := r.send(t, "GET", "/v1/customers", ""); status != 401 {
		t.Errorf("an expired token = %d, want 401", status)
	}
	r.ok(t, "POST", "/admin/reset", "")
	r.subscription(t)
}

func TestResetBeginsAgain(t *testing.T) {
	r := seeded(t, oneLicense)
	r.ok(t, "PATCH", onLicense, `{"status":"suspended"}`)
	dump, _ := json.Marshal(r.ok(t, "GET", "/admin/state", ""))
	r.ok(t, "POST", "/admin/reset", "")
	if got := r.subscription(t)["status"]; got != "active" {
		t.Errorf("after the reset it is %v, want active", got)
	}
	r.ok(t, "POST", "/admin/reset", string(dump))
	if got := r.subscription(t)["status"]; got != "suspended" {
		t.Errorf("with the dump as the seed it is %v, want suspended", got)
	}
	if status, answer := r.send(t, "POST", "/admin/reset", `{"customers":[{"id":"x"}]}`); status != 400 || !strings.Contains(fmt.Sprint(answer), "customers[0].id") {
		t.Errorf("a wrong seed = %d %v", status, answer)
	}
	r.ok(t, "POST", "/admin/reset", "{}")
	if got := r.subscription(t)["status"]; got != "suspended" {
		t.Errorf("after a wrong seed it is %v, want suspended as before", got)
	}
}

func TestWritesThatTookEffectAreCounted(t *testing.T) {
	r := seeded(t, oneLicense)
	applied := "/admin/customers/" + bakery + "/applied/" + license
	if got := r.ok(t, "GET", applied, ""); got["applied"] != 0.0 {
		t.Errorf("applied = %v, want 0", got)
	}
	if status, _ := r.send(t, "GET", "/admin/customers/"+license+"/applied/"+license, ""); status != 404 {
		t.Errorf("of an unknown customer = %d, want 404", status)
	}
	r.ok(t, "PATCH", "/v1/customers/"+bakery+"/subscriptions/"+license, `{"status":"deleted","autoRenewEnabled":false}`)
	if got := r.ok(t, "GET", applied, ""); got["applied"] != 1.0 {
		t.Errorf("applied = %v, want 1", got)
	}
}

func TestAnEventIsDelivered(t *testing.T) {
	r := seeded(t, oneLicense)
	event := `{"name":"subscription-updated","customer":"` + bakery + `","subscription":"` + license + `"}`
	if status, answer := r.send(t, "POST", "/admin/events", event); status != 409 {
		t.Errorf("without a registration = %d %v, want 409", status, answer)
	}
	got := make(chan string, 1)
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		if q.Header.Get("Authorization") == "" || sha256.Sum256(body) == sha256.Sum256(nil) {
			w.WriteHeader(400)
			return
		}
		got <- string(body)
	}))
	t.Cleanup(receiver.Close)
	r.ok(t, "POST", "/webhooks/v1/registration", `{"WebhookUrl":"`+receiver.URL+`","WebhookEvents":["subscription-updated"]}`)
	r.ok(t, "POST", "/admin/events", event)
	if body := <-got; !strings.Contains(body, license) {
		t.Errorf("the receiver got %s", body)
	}
	for _, body := range []string{`{"name":"subscription-updated","customer":"` + bakery + `"}`, strings.Replace(event, "{", `{"audit_uri":"x",`, 1)} {
		if status, answer := r.send(t, "POST", "/admin/events", body); status != 400 || !strings.Contains(fmt.Sprint(answer), "subscription: ") {
			t.Errorf("POST /admin/events %s = %d %v, want 400", body, status, answer)
		}
	}
	if status, answer := r.send(t, "POST", "/admin/events", `{"name":"invoice-ready"}`); status != 502 || !strings.Contains(fmt.Sprint(answer), "does not name it") {
		t.Errorf("an event that nobody wants = %d %v, want 502", status, answer)
	}
	toReceiver.CloseIdleConnections()
}

func TestTheAdminAPIIsForProgramsOfThisMachine(t *testing.T) {
	req := &request{budget: -1}
	p, err := req.load(nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, method string
		change       func(*http.Request)
		want         int
	}{
		{"a program", "POST", func(*http.Request) {}, 200},
		{"by name", "POST", func(r *http.Request) { r.Host = "localhost:8080" }, 200},
		{"over IPv6", "POST", func(r *http.Request) { r.Host, r.RemoteAddr = "[::1]:8080", "[::1]:4711" }, 200},
		{"another machine", "POST", func(r *http.Request) { r.RemoteAddr = "192.0.2.7:4711" }, 403},
		{"another machine reads", "GET", func(r *http.Request) { r.RemoteAddr = "192.0.2.7:4711" }, 403},
		{"a name that leads here", "GET", func(r *http.Request) { r.Host = "rebound.example" }, 403},
		{"a page of another site", "POST", func(r *http.Request) { r.Header.Set("Origin", "https://site.example") }, 403},
		{"a page, as browsers say it", "POST", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		{"a form", "POST", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 415},
		{"no content type", "POST", func(r *http.Request) { r.Header.Del("Content-Type") }, 415},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := map[string]string{"POST": "/admin/expire-tokens", "GET": "/admin/state"}[tt.method]
			q := httptest.NewRequestWithContext(t.Context(), tt.method, "http://127.0.0.1:8080"+path, nil)
			q.RemoteAddr = "127.0.0.1:4711"
			q.Header.Set("Content-Type", "application/json")
			tt.change(q)
			w := httptest.NewRecorder()
			p.ServeHTTP(w, q)
			if w.Code != tt.want {
				t.Errorf("%s = %d %s, want %d", path, w.Code, w.Body, tt.want)
			}
		})
	}
}

// Clients, people at the admin API and resets at the same time: for the race
// detector, and nobody gets an answer that is not one.
func TestConcurrentUse(t *testing.T) {
	r := start(t, "")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for _, call := range [][3]string{
				{"GET", "/v1/customers", ""}, {"GET", "/admin/state", ""}, {"PATCH", "/admin/customers/" + bakery, `{"company":"Contoso"}`},
				{"POST", "/admin/faults", `{"operation":"Reads","status":503}`}, {"GET", "/admin/requests", ""}, {"POST", "/admin/clock", `{"advance":"1h"}`},
				{"POST", "/admin/attestations", `{}`}, {"GET", "/admin/attestations", ""}, {"POST", "/admin/reset", ""},
			} {
				if status, answer := r.send(t, call[0], call[1], call[2]); status != 200 && status != 503 {
					t.Errorf("%d: %s %s = %d %v", i, call[0], call[1], status, answer)
				}
			}
		})
	}
	wg.Wait()
}
