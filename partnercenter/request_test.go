package partnercenter_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

func TestAnOperationIsSignedWithTheCredentialThatItDeclares(t *testing.T) {
	all := credentials()
	app, user := auth.Credentials{App: all.App}, auth.Credentials{AppUser: all.AppUser}
	tests := []struct {
		name    string
		creds   auth.Credentials
		kind    partnercenter.Credential
		service partnercenter.Service
		want    string // the token; empty if the call is refused
	}{
		{"app-only of both", all, partnercenter.AppOnly, partnercenter.PartnerCenter, appToken},
		{"app+user of both", all, partnercenter.AppUser, partnercenter.PartnerCenter, userToken},
		{"either of both", all, partnercenter.Either, partnercenter.PartnerCenter, appToken},
		{"app-only of app", app, partnercenter.AppOnly, partnercenter.PartnerCenter, appToken},
		{"app+user of app", app, partnercenter.AppUser, partnercenter.PartnerCenter, ""},
		{"either of app", app, partnercenter.Either, partnercenter.PartnerCenter, appToken},
		{"app-only of user", user, partnercenter.AppOnly, partnercenter.PartnerCenter, ""},
		{"app+user of user", user, partnercenter.AppUser, partnercenter.PartnerCenter, userToken},
		{"either of user", user, partnercenter.Either, partnercenter.PartnerCenter, userToken},
		{"Graph of all", all, partnercenter.Either, partnercenter.Graph, graphToken},
		{"Graph of user", user, partnercenter.AppUser, partnercenter.Graph, ""},
		{"webhooks of all", all, partnercenter.Either, partnercenter.Webhooks, appToken},
		{"webhooks of user", user, partnercenter.Either, partnercenter.Webhooks, userToken},
		{"webhooks of Graph", auth.Credentials{Graph: all.Graph}, partnercenter.Either, partnercenter.Webhooks, ""},
		{"either of Graph", auth.Credentials{Graph: all.Graph}, partnercenter.Either, partnercenter.PartnerCenter, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			service := play(says(204, ""))
			client, err := partnercenter.New(tt.creds, partnercenter.WithTransport(service))
			if err != nil {
				t.Fatal(err)
			}
			r := write
			r.Credential, r.Service = tt.kind, tt.service
			_, err = client.Send(t.Context(), r)
			ready := client.Authorize(t.Context(), r)
			got := service.requests()
			if tt.want == "" {
				if !errors.Is(err, partnercenter.ErrMissingCredential) || !strings.Contains(err.Error(), r.Operation) || !partnercenter.NotSent(err) {
					t.Errorf("Send error = %v, want ErrMissingCredential that names %q", err, r.Operation)
				}
				if !errors.Is(ready, partnercenter.ErrMissingCredential) {
					t.Errorf("Authorize error = %v, want ErrMissingCredential", ready)
				}
				if len(got) != 0 {
					t.Errorf("%d requests were sent, want none", len(got))
				}
				return
			}
			if err != nil || ready != nil || len(got) != 1 {
				t.Fatalf("Send error = %v, Authorize error = %v, %d requests; want one request", err, ready, len(got))
			}
			if token := got[0].Header.Get("Authorization"); token != "Bearer "+tt.want {
				t.Errorf("Authorization = %q, want the token %q", token, tt.want)
			}
		})
	}
}

func TestWhatACloudDoesNotOfferIsNotSent(t *testing.T) {
	tests := []struct {
		cloud auth.Cloud
		sent  bool
	}{
		{auth.Public(), true},
		{auth.USGovernment(), true},
		{auth.China(), false},
	}
	for _, tt := range tests {
		t.Run(tt.cloud.Name, func(t *testing.T) {
			service := play(says(204, ""))
			client := newClient(t, service, partnercenter.WithCloud(tt.cloud))
			r := write
			r.NotIn = []string{"china"}
			_, err := client.Send(t.Context(), r)
			ready := client.Authorize(t.Context(), r)
			if got := len(service.requests()); tt.sent != (got == 1) || got > 1 {
				t.Errorf("%d requests were sent", got)
			}
			if tt.sent {
				if err != nil || ready != nil {
					t.Errorf("Send error = %v, Authorize error = %v", err, ready)
				}
				return
			}
			if !errors.Is(err, partnercenter.ErrNotSupported) || !strings.Contains(err.Error(), r.Operation) || !partnercenter.NotSent(err) {
				t.Errorf("Send error = %v, want ErrNotSupported that names %q", err, r.Operation)
			}
			if !errors.Is(ready, partnercenter.ErrNotSupported) {
				t.Errorf("Authorize error = %v, want ErrNotSupported", ready)
			}
		})
	}
}

func TestARequestCarriesTheHeadersOfPartnerCenter(t *testing.T) {
	service := play(says(204, ""))
	client := newClient(t, service, partnercenter.WithApplicationName("Contoso billing"), partnercenter.WithLocale("nl-NL"))
	r := write.With(partnercenter.RequestID("11111111-2222-4333-8444-555555555555"), partnercenter.CorrelationID("66666666-2222-4333-8444-555555555555"))
	r.Header = http.Header{"if-match": {`"etag"`}}
	r.Query = url.Values{"filter": {`{"Field":"CompanyName","Value":"a b+c"}`}}
	resp, err := client.Send(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	got := service.requests()[0]
	for name, want := range map[string]string{
		"MS-RequestId":                 "11111111-2222-4333-8444-555555555555",
		"MS-CorrelationId":             "66666666-2222-4333-8444-555555555555",
		"MS-Contract-Version":          "v1",
		"X-Locale":                     "nl-NL",
		"MS-PartnerCenter-Application": "Contoso billing",
		"Accept":                       "application/json",
		"Content-Type":                 "application/json; charset=utf-8",
		"If-Match":                     `"etag"`,
	} {
		if value := got.Header.Get(name); value != want {
			t.Errorf("%s = %q, want %q", name, value, want)
		}
	}
	if got.body != string(r.Body) || got.Method != http.MethodPatch {
		t.Errorf("sent %s %s, want PATCH %s", got.Method, got.body, r.Body)
	}
	want := host + "/v1/customers/1?filter=%7B%22Field%22%3A%22CompanyName%22%2C%22Value%22%3A%22a%20b%2Bc%22%7D"
	if got.URL.String() != want {
		t.Errorf("sent to %s, want %s", got.URL, want)
	}
	if resp.RequestID != r.RequestID || resp.CorrelationID != r.CorrelationID {
		t.Errorf("Response ids = %s, %s, want those of the request", resp.RequestID, resp.CorrelationID)
	}
}

func TestAReadHasNoContentType(t *testing.T) {
	service := play(says(200, "{}"))
	if _, err := newClient(t, service).Send(t.Context(), read); err != nil {
		t.Fatal(err)
	}
	got := service.requests()[0]
	if _, ok := got.Header["Content-Type"]; ok || got.Header.Get("X-Locale") != "en-US" {
		t.Errorf("headers = %v, want X-Locale en-US and no Content-Type", got.Header)
	}
	if _, ok := got.Header["Ms-Partnercenter-Application"]; ok {
		t.Errorf("headers = %v, want no application name by default", got.Header)
	}
}

func TestGraphIsCalledWithItsOwnVersionAndHeaders(t *testing.T) {
	service := play(says(200, "{}"))
	r := read
	r.Service, r.Path = partnercenter.Graph, partnercenter.Path("tenantRelationships")
	if _, err := newClient(t, service).Send(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	got := service.requests()[0]
	if got.URL.String() != "https://graph.microsoft.com/v1.0/tenantRelationships" || got.Header.Get("Client-Request-Id") == "" {
		t.Errorf("sent to %s with %v, want Graph and a client-request-id", got.URL, got.Header)
	}
	if got.Header.Get("MS-Contract-Version") != "" {
		t.Errorf("MS-Contract-Version went to Graph")
	}
}

func TestWebhooksAreCalledOnTheHostOfPartnerCenterUnderTheirOwnVersion(t *testing.T) {
	for base, want := range map[string]string{host: host, "https://proxy.example/pc": "https://proxy.example/pc"} {
		service, events := play(says(200, "{}", "Location", "/registration")), new(recorder)
		client := newClient(t, service, partnercenter.WithBaseURL(base), partnercenter.WithObserver(events))
		r := read
		r.Service, r.Path = partnercenter.Webhooks, partnercenter.Path("registration")
		for _, r := range []partnercenter.Request{r, read} {
			if _, err := client.Send(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		got := service.requests()[0]
		if got.URL.String() != want+"/webhooks/v1/registration" || got.Header.Get("MS-Contract-Version") != "v1" || got.Header.Get("MS-RequestId") == "" {
			t.Errorf("sent to %s with %v, want the registration and the headers of Partner Center", got.URL, got.Header)
		}
		if n := len(events.of(partnercenter.EventToken)); n != 1 {
			t.Errorf("%d new tokens for two calls, want one: they share it", n)
		}
	}
}

func TestEveryCallHasItsOwnIDs(t *testing.T) {
	service := play(says(200, "{}"))
	client := newClient(t, service)
	seen := map[string]bool{}
	for range 20 {
		if _, err := client.Send(t.Context(), read); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range service.requests() {
		for _, id := range []string{r.Header.Get("MS-RequestId"), r.Header.Get("MS-CorrelationId")} {
			if seen[id] || len(id) != 36 {
				t.Fatalf("id %q: seen before, or no GUID", id)
			}
			seen[id] = true
		}
	}
}

func TestARequestThatCannotBeRightIsNotSent(t *testing.T) {
	tests := []struct {
		name   string
		change func(*partnercenter.Request)
	}{
		{"request id", func(r *partnercenter.Request) { r.RequestID = "1" }},
		{"correlation id", func(r *partnercenter.Request) { r.CorrelationID = "x\r\ny" }},
		{"body", func(r *partnercenter.Request) { r.Body = []byte("{") }},
		{"no path", func(r *partnercenter.Request) { r.Path = "" }},
		{"relative path", func(r *partnercenter.Request) { r.Path = "customers" }},
		{"missing id", func(r *partnercenter.Request) { r.Path = partnercenter.Path("customers", "") }},
		{"missing id inside", func(r *partnercenter.Request) { r.Path = partnercenter.Path("customers", "", "subscriptions") }},
		{"dots for an id", func(r *partnercenter.Request) { r.Path = partnercenter.Path("customers", "..") }},
		{"one dot for an id", func(r *partnercenter.Request) { r.Path = partnercenter.Path("customers", ".", "orders") }},
		{"query in the path", func(r *partnercenter.Request) { r.Path = "/customers?size=1" }},
		{"fragment in the path", func(r *partnercenter.Request) { r.Path = "/customers#1" }},
		{"broken escape", func(r *partnercenter.Request) { r.Path = "/customers/%zz" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			service := play(says(200, "{}"))
			r := write
			tt.change(&r)
			_, err := newClient(t, service).Send(t.Context(), r)
			if err == nil || !partnercenter.NotSent(err) || partnercenter.OutcomeUnknown(err) || !strings.Contains(err.Error(), r.Operation) {
				t.Errorf("Send error = %v, want one that names %q and says that nothing was sent", err, r.Operation)
			}
			if n := len(service.requests()); n != 0 {
				t.Errorf("%d requests were sent, want none", n)
			}
		})
	}
}

func TestPathEscapesItsSegments(t *testing.T) {
	got := partnercenter.Path("customers", "a/b?c#d e%")
	if want := "/customers/a%2Fb%3Fc%23d%20e%25"; got != want {
		t.Errorf("Path = %s, want %s", got, want)
	}
}

func TestAWriteForAUserNeedsMFAInTheToken(t *testing.T) {
	onWebhooks := write
	onWebhooks.Service = partnercenter.Webhooks
	tests := []struct {
		name, token string
		request     partnercenter.Request
		refused     bool
	}{
		{"write on webhooks without mfa", jwt(`{"amr":["pwd"]}`), onWebhooks, true},
		{"write with mfa", jwt(`{"amr":["pwd","mfa"]}`), write, false},
		{"write without mfa", jwt(`{"amr":["pwd"]}`), write, true},
		{"write with an empty amr", jwt(`{"amr":[]}`), write, true},
		{"write without amr", jwt(`{"oid":"1"}`), write, false},
		{"write with an opaque token", "opaque-user-token", write, false},
		{"read without mfa", jwt(`{"amr":["pwd"]}`), read, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			service := play(says(204, ""))
			client, err := partnercenter.New(auth.Credentials{AppUser: auth.Static(tt.token)}, partnercenter.WithTransport(service))
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Send(t.Context(), tt.request)
			ready := client.Authorize(t.Context(), tt.request)
			if errors.Is(err, partnercenter.ErrMFARequired) != tt.refused || errors.Is(ready, partnercenter.ErrMFARequired) != tt.refused {
				t.Errorf("Send error = %v, Authorize error = %v, refused = %t, want %t", err, ready, err != nil, tt.refused)
			}
			if n := len(service.requests()); (n == 0) != tt.refused {
				t.Errorf("%d requests were sent, refused = %t", n, tt.refused)
			}
			if tt.refused && !partnercenter.NotSent(err) {
				t.Errorf("NotSent(%v) = false, want true", err)
			}
		})
	}
}

func TestAppOnlyWritesNeedNoMFA(t *testing.T) {
	service := play(says(204, ""))
	client, err := partnercenter.New(auth.Credentials{App: auth.Static(jwt(`{"amr":["pwd"]}`))}, partnercenter.WithTransport(service))
	if err != nil {
		t.Fatal(err)
	}
	r := write
	r.Credential = partnercenter.Either
	if _, err := client.Send(t.Context(), r); err != nil {
		t.Errorf("Send error = %v, want none", err)
	}
}
