package webhooks_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
	"github.com/cspkit/cspkit/webhooks"
)

// ours is the registration that the tests want.
func ours() webhooks.Registration {
	return webhooks.Registration{
		URL: "https://receiver.example/events?key=DoNotLog", Events: []webhooks.EventName{webhooks.SubscriptionUpdated, webhooks.TestCreated},
	}
}

// answers is a Partner Center that says the same to every request, and keeps them.
type answers struct {
	status int
	body   string
	sent   []string // method, path and body
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	a.sent = append(a.sent, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Method, r.URL, body)))
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

// serviceThatHears returns a service and the Partner Center that answers it.
func serviceThatHears(t *testing.T, status int, body string) (*webhooks.Service, *answers) {
	t.Helper()
	a := &answers{status: status, body: body}
	client, err := partnercenter.New(auth.Credentials{AppUser: auth.Static("user")}, partnercenter.WithTransport(a),
		partnercenter.WithRetry(partnercenter.Retry{Attempts: 1}))
	if err != nil {
		t.Fatal(err)
	}
	return webhooks.New(client), a
}

func TestARegistrationIsMadeReadAndUpdated(t *testing.T) {
	service := newService(t, partnercentertest.New())
	if _, err := service.Registration(t.Context()); !errors.Is(err, partnercenter.ErrNotFound) {
		t.Errorf("Registration before = %v, want ErrNotFound", err)
	}
	if _, err := service.Update(t.Context(), ours()); !errors.Is(err, partnercenter.ErrNotFound) {
		t.Errorf("Update before = %v, want ErrNotFound", err)
	}
	wanted := ours()
	wanted.SubscriberID = "ours is not sent"
	made, err := service.Register(t.Context(), wanted)
	if err != nil || made.SubscriberID == "" || made.SubscriberID == wanted.SubscriberID {
		t.Fatalf("Register = %+v, %v, want an id of Partner Center's", made, err)
	}
	changed := ours()
	changed.URL = "https://other.example"
	updated, err := service.Update(t.Context(), changed)
	if err != nil || updated.SubscriberID != made.SubscriberID || updated.URL != changed.URL {
		t.Errorf("Update = %+v, %v, want the new URL under the same id", updated, err)
	}
	found, err := service.Registration(t.Context())
	if diff := cmp.Diff(&changed, found); err != nil || diff != "" {
		t.Errorf("Registration after (-want +got): %v\n%s", err, diff)
	}
}

func TestARegistrationIsSentAsTheReferenceShows(t *testing.T) {
	const path = "https://api.partnercenter.microsoft.com/webhooks/v1/registration"
	service, a := serviceThatHears(t, 200, "\xef\xbb\xbf"+`{"subscriberId":"e82cac64","webhookUrl":"https://receiver.example/","webhookEvents":["invoice-ready"]}`)
	wanted := ours()
	got, err := service.Register(t.Context(), wanted)
	want := &webhooks.Registration{SubscriberID: "e82cac64", URL: "https://receiver.example/", Events: []webhooks.EventName{webhooks.InvoiceReady}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Register (-want +got): %v\n%s", err, diff)
	}
	if diff := cmp.Diff(ours(), wanted); diff != "" {
		t.Errorf("the caller's registration was changed:\n%s", diff)
	}
	header := ours()
	header.SignatureHeader = true
	if _, err := service.Update(t.Context(), header); err != nil {
		t.Error(err)
	}
	body := `{"WebhookUrl":"https://receiver.example/events?key=DoNotLog","WebhookEvents":["subscription-updated","test-created"]`
	if diff := cmp.Diff([]string{"POST " + path + " " + body + "}", "PUT " + path + " " + body + `,"SignatureTokenToMsSignatureHeader":true}`}, a.sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	service, _ = serviceThatHears(t, 204, "")
	if got, err := service.Register(t.Context(), header); err != nil || got.URL != header.URL || !got.SignatureHeader {
		t.Errorf("Register answered without a body = %+v, %v, want what was sent", got, err)
	}
}

func TestARegistrationThatCannotBeRightIsNotSent(t *testing.T) {
	service, a := serviceThatHears(t, 500, "")
	for name, change := range map[string]func(*webhooks.Registration){
		"http":       func(r *webhooks.Registration) { r.URL = "http://receiver.example/DoNotLog" },
		"no scheme":  func(r *webhooks.Registration) { r.URL = "receiver.example/DoNotLog" },
		"no host":    func(r *webhooks.Registration) { r.URL = "https:///DoNotLog" },
		"a port":     func(r *webhooks.Registration) { r.URL = "https://:443/DoNotLog" },
		"unreadable": func(r *webhooks.Registration) { r.URL = "https://%zz/DoNotLog" },
		"a user":     func(r *webhooks.Registration) { r.URL = "https://user:DoNotLog@receiver.example/" },
		"fragment":   func(r *webhooks.Registration) { r.URL = "https://receiver.example/#DoNotLog" },
		"no URL":     func(r *webhooks.Registration) { r.URL = "" },
		"no events":  func(r *webhooks.Registration) { r.Events = nil },
		"no name":    func(r *webhooks.Registration) { r.Events = append(r.Events, "") },
	} {
		r := ours()
		change(&r)
		_, register := service.Register(t.Context(), r)
		_, update := service.Update(t.Context(), r)
		_, ensure := service.Ensure(t.Context(), r)
		for call, err := range map[string]error{"Register": register, "Update": update, "Ensure": ensure} {
			if err == nil || strings.Contains(err.Error(), "DoNotLog") {
				t.Errorf("%s: %s = %v, want an error without the URL", name, call, err)
			}
			if !partnercenter.NotSent(err) || partnercenter.OutcomeUnknown(err) {
				t.Errorf("%s: %s = %v, which does not say that nothing was sent", name, call, err)
			}
		}
	}
	_, err := service.Register(t.Context(), webhooks.Registration{})
	if err == nil || !strings.Contains(err.Error(), "https") || !strings.Contains(err.Error(), "event") {
		t.Errorf("Register of nothing = %v, want both problems", err)
	}
	if len(a.sent) != 0 {
		t.Errorf("%q were sent, want nothing", a.sent)
	}
}

func TestTheAddressOfTheReceiverShowsNowhere(t *testing.T) {
	registration := ours()
	registration.URL = "https://receiver.example/DoNotLog?code=DoNotLog"
	result := webhooks.TestResult{CorrelationID: "04af2aea", Status: "completed", CallbackURL: registration.URL}
	var out bytes.Buffer
	for _, v := range []any{registration, &registration, result, &result, []any{registration, result}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("x", "registration", registration, "result", &result)
	}
	for _, body := range []string{
		`{"code":3000,"description":"https://receiver.example/DoNotLog?code=DoNotLog cannot be reached"}`,
		`{"code":3000,"description":"HTTPS://RECEIVER.EXAMPLE/DONOTLOG?CODE=DONOTLOG cannot be reached"}`,
	} {
		service, _ := serviceThatHears(t, 400, body)
		_, err := service.Register(t.Context(), registration)
		fmt.Fprintf(&out, "%v\n%+v\n", err, err)
	}
	if text := out.String(); strings.Contains(strings.ToLower(text), "donotlog") ||
		!strings.Contains(text, "receiver.example") || !strings.Contains(text, "cannot be reached") {
		t.Errorf("printed, want the host without path and query, and the refusal:\n%s", text)
	}
}

func TestEnsureWritesOnlyWhereItMust(t *testing.T) {
	fake := partnercentertest.New()
	service := newService(t, fake)
	writes := func() (methods []string) {
		for _, r := range fake.Requests() {
			if r.Service == "partnercenter" && r.Method != http.MethodGet {
				methods = append(methods, r.Method)
			}
		}
		return methods
	}
	other := ours()
	slices.Reverse(other.Events)
	other.Events[0] = webhooks.EventName(strings.ToUpper(string(other.Events[0])))
	header := ours()
	header.SignatureHeader = true
	more := ours()
	more.Events = append(more.Events, webhooks.InvoiceReady)
	for _, step := range []struct {
		name   string
		wanted webhooks.Registration
		writes int
	}{{"first", ours(), 1}, {"the same", ours(), 1}, {"in another order", other, 1}, {"more events", more, 2}, {"fewer events", ours(), 3}, {"the other header", header, 4}} {
		got, err := service.Ensure(t.Context(), step.wanted)
		if err != nil || got.URL != step.wanted.URL || len(got.Events) != len(step.wanted.Events) || len(writes()) != step.writes {
			t.Errorf("%s: Ensure = %+v, %v after %v, want %d writes", step.name, got, err, writes(), step.writes)
		}
	}
	fake.Inject(partnercentertest.Fault{Method: http.MethodGet, Path: "registration", Status: 403, Code: "1002"})
	if _, err := service.Ensure(t.Context(), more); !errors.Is(err, partnercenter.ErrForbidden) || len(writes()) != 4 {
		t.Errorf("Ensure that cannot read = %v after %v, want ErrForbidden and no write", err, writes())
	}
}

func TestNoRegistrationIsNotFoundHoweverItIsSaid(t *testing.T) {
	for _, answer := range []struct {
		status int
		body   string
	}{{404, ""}, {200, "{}"}, {200, "null"}, {204, ""}} {
		service, _ := serviceThatHears(t, answer.status, answer.body)
		if got, err := service.Registration(t.Context()); got != nil || !errors.Is(err, partnercenter.ErrNotFound) {
			t.Errorf("%d %s: Registration = %v, %v, want ErrNotFound", answer.status, answer.body, got, err)
		}
	}
}

func TestTheEventsThatOneCanRegisterFor(t *testing.T) {
	names, err := newService(t, partnercentertest.New()).Events(t.Context())
	if err != nil || !slices.Contains(names, webhooks.SubscriptionUpdated) || !slices.Contains(names, webhooks.GDAPRelationshipTerminated) {
		t.Errorf("Events = %v, %v", names, err)
	}
	service, _ := serviceThatHears(t, 200, `{}`)
	if names, err := service.Events(t.Context()); names != nil || !errors.Is(err, partnercenter.ErrUnexpectedAnswer) {
		t.Errorf("Events of an answer without any = %v, %v, want ErrUnexpectedAnswer", names, err)
	}
}

// Every name that this package has is one of the emulator's, too, which were
// written from the reference apart from it.
func TestNamesAreThoseOfTheReference(t *testing.T) {
	names, err := newService(t, partnercentertest.New()).Events(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	known := []webhooks.EventName{
		webhooks.TestCreated, webhooks.SubscriptionUpdated, webhooks.ResellerRelationshipAccepted, webhooks.IndirectRelationshipAccepted,
		webhooks.DAPRelationshipApproved, webhooks.DAPRelationshipTerminated, webhooks.DAPRelationshipTerminatedByMicrosoft,
		webhooks.GDAPRelationshipApproved, webhooks.GDAPRelationshipActivated, webhooks.GDAPRelationshipTerminated, webhooks.GDAPRelationshipExpired,
		webhooks.GDAPAssignmentCreated, webhooks.GDAPAssignmentActivated, webhooks.GDAPAssignmentUpdated, webhooks.GDAPAssignmentDeleted,
		webhooks.InvoiceReady, webhooks.AzureFraudEventDetected, webhooks.UsageThresholdExceeded,
		webhooks.ReferralCreated, webhooks.ReferralUpdated, webhooks.RelatedReferralCreated, webhooks.RelatedReferralUpdated,
	}
	slices.Sort(names)
	slices.Sort(known)
	if diff := cmp.Diff(names, known); diff != "" {
		t.Errorf("names (-emulator +ours):\n%s", diff)
	}
}
