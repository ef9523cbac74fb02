package partnercentertest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	. "github.com/cspkit/cspkit/partnercentertest"
)

func TestAFaultPicksItsOperationAndSubject(t *testing.T) {
	tests := []struct {
		name  string
		fault Fault
		want  []int // of: list, read sub1, update sub1, read sub2, update sub2, GDAP
	}{
		{"operation", Fault{Operation: UpdateSubscription}, []int{200, 200, 503, 200, 503, 200}},
		{"operation and subject", Fault{Operation: UpdateSubscription, Subject: sub2}, []int{200, 200, 200, 200, 503, 200}},
		{"subject", Fault{Subject: strings.ToUpper(sub1)}, []int{200, 503, 503, 200, 200, 200}},
		{"customer", Fault{Subject: contoso}, []int{503, 503, 503, 503, 503, 503}},
		{"another customer", Fault{Subject: fabrikam}, []int{200, 200, 200, 200, 200, 200}},
		{"reads", Fault{Operation: Reads}, []int{503, 503, 200, 503, 200, 503}},
		{"writes", Fault{Operation: Writes}, []int{200, 200, 503, 200, 503, 200}},
		{"Graph", Fault{Operation: GetGDAP, Subject: "g1"}, []int{200, 200, 200, 200, 200, 503}},
		{"operation, subject and path", Fault{Operation: GetSubscription, Path: "/subscriptions/" + sub2}, []int{200, 200, 200, 503, 200, 200}},
		{"after", Fault{Operation: Reads, Subject: contoso, After: 2}, []int{200, 200, 200, 503, 200, 503}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := with(Legacy(sub1), Legacy(sub2), GDAPRelationship("g1"))
			app, graph := &client{t: t, s: s, access: AppToken}, &client{t: t, s: s, access: GraphToken}
			tt.fault.Status, tt.fault.Times = 503, -1
			s.Inject(tt.fault)
			base := "/v1/customers/" + contoso + "/subscriptions"
			const body = `{"status":"suspended"}`
			got := []int{
				app.get(base).Status,
				app.get(base + "/" + sub1).Status, app.do("PATCH", base+"/"+sub1, body).Status,
				app.get(base + "/" + sub2).Status, app.do("PATCH", base+"/"+sub2, body).Status,
				graph.get(relationships + "/g1").Status,
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFaultOfASignIn(t *testing.T) {
	s := with()
	s.Inject(Fault{Operation: RequestToken, Subject: TenantID, Status: 400, Code: "700082", Description: "The refresh token has expired."})
	if r := tokenReply(t, s, url.Values{}); r.Status != 400 || !strings.Contains(string(r.Raw), "AADSTS700082") {
		t.Errorf("first = %d %s, want the fault", r.Status, r.Raw)
	}
	s.Inject(Fault{Operation: RequestToken, Status: 400, Code: "AADSTS50076"})
	if r := tokenReply(t, s, url.Values{}); r.Status != 400 || !strings.Contains(string(r.Raw), "AADSTS50076") {
		t.Errorf("a code with its prefix = %d %s, want the fault", r.Status, r.Raw)
	}
	if r := tokenReply(t, s, url.Values{}); r.Status != 200 {
		t.Errorf("second = %d %s, want a token", r.Status, r.Raw)
	}
}

func TestAFaultLastsFromTheFirstRequestThatMeetsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with()
		c := &client{t: t, s: s, access: AppToken}
		s.Inject(Fault{Operation: Reads, For: 3 * time.Second, Status: 503})
		time.Sleep(time.Hour)
		for range 3 {
			want(t, "during", c.get("/v1/customers"), 503, "")
			time.Sleep(time.Second)
		}
		want(t, "after", c.get("/v1/customers"), 200, "")

		s.Inject(Fault{Operation: ListCustomers, For: time.Minute, Times: 2, Status: 500})
		want(t, "first of two", c.get("/v1/customers"), 500, "")
		want(t, "second of two", c.get("/v1/customers"), 500, "")
		want(t, "third", c.get("/v1/customers"), 200, "")
	})
}

func TestAFaultThatCannotHappenIsRefused(t *testing.T) {
	tests := []struct {
		fault Fault
		want  string
	}{
		{Fault{Operation: "UpdateSubscriptions", Status: 500}, "did you mean UpdateSubscription?"},
		{Fault{Operation: "reads", Status: 500}, "did you mean Reads?"},
		{Fault{Operation: UpdateSubscription, Method: "GET", Status: 500}, "UpdateSubscription is a PATCH"},
		{Fault{Operation: Reads, Method: "patch", Status: 500}, "a patch is not one of the Reads"},
		{Fault{Operation: ListCustomers, Subject: contoso, Status: 500}, "names no subject"},
		{Fault{Operation: GetCustomer}, "changes nothing"},
		{Fault{Code: "800061"}, "changes nothing"},
		{Fault{Status: 7}, "the status 7"},
		{Fault{Status: 500, For: -1}, "negative"},
		{Fault{Status: 500, Times: -2}, "Times only -1"},
		{Fault{Delay: 1, Code: "900278"}, "set that, too"},
		{Fault{Delay: 1, RetryAfter: "17"}, "set that, too"},
		{Fault{CutBody: true, Header: http.Header{"Retry-After": {"17"}}}, "set that, too"},
		{Fault{Delay: 1, Apply: true}, "set that, too"},
		{Fault{Status: 503, Cut: true}, "no answer with Status"},
		{Fault{Status: 503, Drop: true}, "no answer with Status"},
		{Fault{Cut: true, Drop: true}, "exclude each other"},
		{Fault{Status: 409, Description: "A pending operation."}, "goes with a Code"},
		{Fault{Status: 409, Code: "900278", Body: "{}"}, "sent instead"},
		{Fault{Status: 502, ContentType: "text/html"}, "that of Body"},
		{Fault{Operation: RequestToken, Status: 400, Code: "interaction_required"}, "set a number"},
	}
	for _, tt := range tests {
		if err := tt.fault.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Validate(%+v) = %v, want %q", tt.fault, err, tt.want)
		}
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, tt.want) {
					t.Errorf("Inject(%+v) panicked with %q, want %q", tt.fault, text, tt.want)
				}
			}()
			with().Inject(tt.fault)
		}()
	}
	for _, o := range Operations() {
		if err := (Fault{Operation: o, Status: 500}).Validate(); err != nil {
			t.Errorf("a fault of %s: %v", o, err)
		}
	}
}

func TestFaultsThatHaveNotHappenedAreTold(t *testing.T) {
	s := with()
	c := &client{t: t, s: s, access: AppToken}
	s.Inject(
		Fault{Operation: ListCustomers, Status: 503},
		Fault{Operation: GetCustomer, After: 2, Times: 2, Status: 503},
		Fault{Operation: CreateCustomer, Times: -1, Status: 503},
		Fault{Operation: GetOrder, For: time.Minute, Status: 503},
		Fault{Operation: CheckDomain, Times: -1, Delay: 1},
	)
	c.get("/v1/customers")
	for range 3 {
		c.get("/v1/customers/" + contoso)
	}
	c.do("HEAD", "/v1/domains/contoso.example", "")
	unmet := []Fault{
		{Operation: GetCustomer, Times: 1, Status: 503},
		{Operation: CreateCustomer, Times: -1, Status: 503},
		{Operation: GetOrder, For: time.Minute, Status: 503},
	}
	if diff := cmp.Diff(unmet, s.Unmet()); diff != "" {
		t.Errorf("Unmet (-want +got):\n%s", diff)
	}
	s.ClearFaults()
	if left := s.Unmet(); len(left) > 0 {
		t.Errorf("Unmet() = %+v after ClearFaults", left)
	}
	want(t, "cleared", c.get("/v1/customers/"+contoso), 200, "")
}
