package partnercenter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

const (
	contoso  = "11111111-aaaa-4aaa-8aaa-000000000001"
	fabrikam = "b44bb1fb-c595-45b0-9e09-d657365580bf"
)

// emulated returns a client of an emulator with the token of an app or of a user.
func emulated(t testing.TB, fake *partnercentertest.Server, user bool) *partnercenter.Client {
	t.Helper()
	grant := map[bool]string{false: "client_credentials", true: "refresh_token"}[user]
	resp, err := (&http.Client{Transport: fake}).PostForm("https://login.microsoftonline.com/"+partnercentertest.TenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {grant}, "scope": {host + "/.default"}, "refresh_token": {partnercentertest.RefreshToken},
		"client_id": {partnercentertest.ClientID}, "client_secret": {partnercentertest.ClientSecret},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var token struct {
		Text string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&token); err != nil || token.Text == "" {
		t.Fatalf("no token: %v", err)
	}
	creds := auth.Credentials{App: auth.Static(token.Text)}
	if user {
		creds = auth.Credentials{AppUser: auth.Static(token.Text)}
	}
	client, err := partnercenter.New(creds, partnercenter.WithTransport(fake))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// recordIDs ranges over the records once.
func recordIDs(ctx context.Context, client *partnercenter.Client, q partnercenter.AuditQuery) (ids []string, err error) {
	for r, err := range client.AuditRecords(ctx, q) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, r.ID)
	}
	return ids, nil
}

func TestAuditRecordsAreThoseThatWereAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		ago := func(days float64) time.Time { return now.Add(-time.Duration(days * 24 * float64(time.Hour))) }
		fake := partnercentertest.New(
			partnercentertest.Customer{ID: contoso, Company: "Contoso & Sons"},
			partnercentertest.Customer{ID: fabrikam, Company: "Fabrikam BV"})
		fake.PageSize = 2
		for _, r := range []struct {
			id, customer, resource string
			days                   float64
		}{
			{"now", contoso, "order", 0}, {"hour", fabrikam, "Subscription", 1. / 24}, {"day", contoso, "subscription", 1},
			{"week", contoso, "order", 7}, {"month", fabrikam, "order", 31}, {"quarter", contoso, "order", 89},
		} {
			fake.Record(partnercentertest.AuditRecord{ID: r.id, CustomerID: r.customer, ResourceType: r.resource, Date: ago(r.days)})
		}
		tests := []struct {
			name  string
			query partnercenter.AuditQuery
			want  string
		}{
			{"the last 30 days", partnercenter.AuditQuery{}, "now hour day week"},
			{"all that there are", partnercenter.AuditQuery{Since: ago(90)}, "now hour day week month quarter"},
			{"to the minute", partnercenter.AuditQuery{Since: ago(1)}, "now hour day"},
			{"to the minute, without the first", partnercenter.AuditQuery{Since: ago(1).Add(time.Nanosecond)}, "now hour"},
			{"this very moment", partnercenter.AuditQuery{Since: now}, "now"},
			{"until a moment", partnercenter.AuditQuery{Until: ago(1)}, "week"},
			{"until right after it", partnercenter.AuditQuery{Until: ago(1).Add(time.Nanosecond)}, "day week"},
			{"between two", partnercenter.AuditQuery{Since: ago(40), Until: ago(1. / 24)}, "day week month"},
			{"until a time to come", partnercenter.AuditQuery{Until: now.Add(48 * time.Hour)}, "now hour day week"},
			{"one customer", partnercenter.AuditQuery{Since: ago(90), Customer: strings.ToUpper(fabrikam)}, "hour month"},
			{"a part of a name", partnercenter.AuditQuery{Company: "o & s"}, "now day week"},
			{"a kind of resource", partnercenter.AuditQuery{ResourceType: partnercenter.AuditSubscription}, "hour day"},
		}
		for _, tt := range tests {
			for _, user := range []bool{false, true} {
				got, err := recordIDs(t.Context(), emulated(t, fake, user), tt.query)
				if diff := cmp.Diff(strings.Fields(tt.want), got); err != nil || diff != "" {
					t.Errorf("%s, app+user %t: %v, records (-want +got):\n%s", tt.name, user, err, diff)
				}
			}
		}
	})
}

func TestWhatAnAuditQuerySends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		day := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
		evening := time.Now().UTC().Truncate(24 * time.Hour).Add(23 * time.Hour).In(time.FixedZone("east", 2*60*60)) // tomorrow there
		tests := []struct {
			name  string
			query partnercenter.AuditQuery
			want  map[string]string
		}{
			{"nothing", partnercenter.AuditQuery{}, map[string]string{}},
			{"a day in UTC", partnercenter.AuditQuery{Since: evening.AddDate(0, 0, -3)}, map[string]string{"startDate": day(-3)}},
			// The end is a day too late, for a service that does not count the last one.
			{"an end", partnercenter.AuditQuery{Since: evening.AddDate(0, 0, -3), Until: evening.AddDate(0, 0, -2)},
				map[string]string{"startDate": day(-3), "endDate": day(-1)}},
			{"an end at midnight", partnercenter.AuditQuery{Until: time.Now().UTC().Truncate(24 * time.Hour)}, map[string]string{"endDate": day(0)}},
			{"today as the end", partnercenter.AuditQuery{Until: time.Now().Add(time.Minute)}, map[string]string{}},
			{"a customer", partnercenter.AuditQuery{Customer: fabrikam},
				map[string]string{"filter": `{"Field":"CustomerId","Value":"` + fabrikam + `","Operator":"equals"}`}},
			{"a company", partnercenter.AuditQuery{Company: `7"`}, map[string]string{"filter": `{"Field":"CompanyName","Value":"7\"","Operator":"substring"}`}},
			{"a resource", partnercenter.AuditQuery{ResourceType: "order"}, map[string]string{"filter": `{"Field":"ResourceType","Value":"order","Operator":"equals"}`}},
		}
		for _, tt := range tests {
			service := play(says(200, `{"items":[]}`))
			if _, err := recordIDs(t.Context(), newClient(t, service), tt.query); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			r := service.requests()[0]
			got := map[string]string{}
			for name, values := range r.URL.Query() {
				got[name] = strings.Join(values, " and ")
			}
			tt.want["size"] = "500"
			if diff := cmp.Diff(tt.want, got); diff != "" || r.Method != "GET" || r.URL.Path != "/v1/auditrecords" || r.Header.Get("Authorization") != "Bearer "+appToken {
				t.Errorf("%s: %s %s, query (-want +got):\n%s", tt.name, r.Method, r.URL.Path, diff)
			}
		}
	})
}

func TestAnAuditQueryThatCannotBeAnsweredIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now().UTC()
		tests := []struct {
			name  string
			query partnercenter.AuditQuery
			text  string
		}{
			{"too far back", partnercenter.AuditQuery{Since: now.AddDate(0, 0, -91)}, "must not be before " + now.AddDate(0, 0, -90).Format(time.DateOnly)},
			{"backwards", partnercenter.AuditQuery{Since: now, Until: now.Add(-time.Second)}, "Until must be after Since"},
			{"before the default", partnercenter.AuditQuery{Until: now.AddDate(0, 0, -40)}, "set Since, too"},
			{"two filters", partnercenter.AuditQuery{Customer: fabrikam, ResourceType: partnercenter.AuditOrder}, "only one of"},
			{"three filters", partnercenter.AuditQuery{Customer: fabrikam, Company: "F", ResourceType: partnercenter.AuditOrder}, "only one of"},
			{"a domain", partnercenter.AuditQuery{Customer: "fabrikam.example"}, "GUID"},
		}
		for _, tt := range tests {
			service := play(says(200, `{"items":[]}`))
			_, err := recordIDs(t.Context(), newClient(t, service), tt.query)
			if !errors.Is(err, partnercenter.ErrValidation) || !partnercenter.NotSent(err) || !strings.Contains(err.Error(), "listing audit records: ") || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%s: AuditRecords = %v, want ErrValidation with %q", tt.name, err, tt.text)
			}
			if n := len(service.requests()); n != 0 {
				t.Errorf("%s: %d requests were sent, want none", tt.name, n)
			}
		}
	})
}

// A service that ignores its own filter must not make one customer's records
// another's.
func TestAFilterThatTheServiceIgnoresIsAppliedHere(t *testing.T) {
	body := `{"items":[{"id":"a","customerId":"` + fabrikam + `","resourceType":"order"},{"id":"b","customerId":"` + contoso + `","resourceType":"license"},
		{"id":"c","resourceType":"order","operationDate":"2001-01-01"}]}`
	for _, tt := range []struct {
		query partnercenter.AuditQuery
		want  string
	}{
		{partnercenter.AuditQuery{Customer: fabrikam}, "[a]"},
		{partnercenter.AuditQuery{ResourceType: "Order"}, "[a c]"},
		{partnercenter.AuditQuery{ResourceType: "Order", Since: time.Now()}, "[a]"}, // one without a date may be meant
		{partnercenter.AuditQuery{Company: "Fabrikam"}, "[a b c]"},
	} {
		got, err := recordIDs(t.Context(), newClient(t, play(says(200, body))), tt.query)
		if fmt.Sprint(got) != tt.want || err != nil {
			t.Errorf("AuditRecords(%+v) = %v, %v, want %s", tt.query, got, err, tt.want)
		}
	}
}

func TestAuditRecordsEndWithTheirErrorAndStopWithTheLoop(t *testing.T) {
	service := play(says(200, `{"items":[{"id":"a"},{"id":"b"}],"links":{"next":{"uri":"/auditrecords?seekOperation=Next"}}}`), says(403, `{"code":2032,"description":"no role"}`))
	client := newClient(t, service)
	got, err := recordIDs(t.Context(), client, partnercenter.AuditQuery{})
	if fmt.Sprint(got) != "[a b]" || !errors.Is(err, partnercenter.ErrForbidden) {
		t.Errorf("AuditRecords = %v, %v, want a and b, then ErrForbidden", got, err)
	}
	service = play(says(200, `{"items":[{"id":"a"},{"id":"b"}],"links":{"next":{"uri":"/auditrecords?seekOperation=Next"}}}`))
	for range newClient(t, service).AuditRecords(t.Context(), partnercenter.AuditQuery{}) {
		break
	}
	if n := len(service.requests()); n != 1 {
		t.Errorf("%d requests for the first record, want 1", n)
	}
}

func TestThrottledAuditRecordsHoldUpNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, play(says(429, "", "Retry-After", "60"), says(200, `{"items":[]}`)), once)
		if _, err := recordIDs(t.Context(), client, partnercenter.AuditQuery{}); !errors.Is(err, partnercenter.ErrThrottled) {
			t.Errorf("AuditRecords = %v, want ErrThrottled", err)
		}
		began, other := time.Now(), read
		other.Resource = "" // one without a name of its own
		if _, err := collect(t.Context(), client, other); err != nil || time.Since(began) != 0 {
			t.Errorf("another list: %v after %s, want it at once", err, time.Since(began))
		}
		if _, err := recordIDs(t.Context(), client, partnercenter.AuditQuery{}); err != nil || time.Since(began) < time.Minute {
			t.Errorf("AuditRecords again: %v after %s, want it after a minute", err, time.Since(began))
		}
	})
}

// What cannot be read is said without repeating it.
func TestAnUnreadableAuditRecordNamesNobody(t *testing.T) {
	for _, body := range []string{`{"items":["ada@partner.example"]}`, `{"items":[{"userPrincipalName":"ada@partner.example"},null]}`, `{"ada@partner.example":1}`} {
		_, err := recordIDs(t.Context(), newClient(t, play(says(200, body)), once), partnercenter.AuditQuery{})
		if !errors.Is(err, partnercenter.ErrUnexpectedAnswer) || strings.Contains(err.Error(), "partner.example") {
			t.Errorf("%s: %v, want ErrUnexpectedAnswer that names nobody", body, err)
		}
	}
}

func ExampleClient_AuditRecords() {
	fake := partnercentertest.New(partnercentertest.Customer{ID: fabrikam, Company: "Fabrikam BV"})
	fake.Record(partnercentertest.AuditRecord{
		CustomerID: fabrikam, Operation: "update_subscription", ResourceType: "subscription",
		NewValue: `{"id":"a4c1340d-6911-4758-bba3-0c4c6007d161","status":"deleted"}`,
	})
	app, err := auth.NewApp(auth.AppConfig{
		Tenant: partnercentertest.TenantID, ClientID: partnercentertest.ClientID,
		ClientSecret: partnercentertest.ClientSecret, HTTPClient: &http.Client{Transport: fake},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := partnercenter.New(auth.Credentials{App: app}, partnercenter.WithTransport(fake))
	if err != nil {
		fmt.Println(err)
		return
	}
	week := partnercenter.AuditQuery{Since: time.Now().AddDate(0, 0, -7), Customer: fabrikam}
	for record, err := range client.AuditRecords(context.Background(), week) {
		if err != nil {
			fmt.Println(err)
			return
		}
		value, _ := record.NewValue()
		fmt.Println(record.CustomerName, record.Operation, record.Status, string(value))
	}
	// Output:
	// Fabrikam BV update_subscription succeeded {"id":"a4c1340d-6911-4758-bba3-0c4c6007d161","status":"deleted"}
}
