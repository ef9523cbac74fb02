package customtransport_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/examples/customtransport"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

const license = "a4c1340d-6911-4758-bba3-0c4c6007d161"

// people are whom the conversation below is about, and what would lead to them.
// None of it is hexadecimal, or it would be found in a GUID one day.
var people = []string{"Margriet", "Visser", "+31205550101", "Northwind", "Damrak"}

// TestARecordHoldsNoSecretAndNoPerson has a conversation in which every kind
// of secret is sent or answered, and looks for each of them in the file.
func TestARecordHoldsNoSecretAndNoPerson(t *testing.T) {
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV"}.
		With(partnercentertest.License(license), partnercentertest.GDAPRelationship("g1")))
	fake.RotateRefreshTokens = true
	name := filepath.Join(t.TempDir(), "wire.jsonl")
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	recorder := customtransport.Recorded(fake, file)
	converse(t, fake, newClient(t, customtransport.Signed(recorder, "billing", key)))
	if err := errors.Join(recorder.Err(), file.Close()); err != nil {
		t.Fatal(err)
	}
	record, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}

	secrets := fake.Secrets()
	if len(secrets) < 8 {
		t.Fatalf("only %d secrets were in play", len(secrets))
	}
	for _, hidden := range append(secrets, people...) {
		escaped, err := json.Marshal(hidden)
		if err != nil {
			t.Fatal(err)
		}
		for how, form := range map[string]string{
			"as it is": hidden, "in JSON": strings.Trim(string(escaped), `"`),
			"in a URL": url.QueryEscape(hidden), "in base64": base64.StdEncoding.EncodeToString([]byte(hidden)),
		} {
			if strings.Contains(strings.ToLower(string(record)), strings.ToLower(form)) {
				t.Errorf("the record shows a secret or a person %s, %d characters long", how, len(hidden))
			}
		}
	}
	for what, shown := range map[string]string{
		"sign-in":         `"path":"/{}/oauth2/v2.0/token"`,
		"customer":        `"path":"/v1/customers/` + string(contoso) + `"`,
		"subscription":    `"path":"/v1/customers/` + string(contoso) + `/subscriptions/` + license + `"`,
		"Graph":           `"path":"/v1.0/tenantRelationships/delegatedAdminRelationships/g1/requests"`,
		"attestation":     `"path":"/v1/attestations/enhanced/{}"`,
		"removal":         `"relationshipToPartner":"none"`,
		"error code":      `"code":`,
		"request id":      `"Ms-Requestid":"`,
		"hidden member":   `"password":"REDACTED"`,
		"refused attempt": `"status":400`,
	} {
		if !strings.Contains(string(record), shown) {
			t.Errorf("the record does not show the %s: %s", what, shown)
		}
	}
	if got, want := bytes.Count(record, []byte("\n")), len(fake.Requests()); got != want {
		t.Errorf("%d lines of %d requests", got, want)
	}
}

// converse attests, creates a customer and looks it up by name, meets an error that repeats a secret,
// and offboards, GDAP included.
func converse(t *testing.T, fake *partnercentertest.Server, client *partnercenter.Client) {
	t.Helper()
	partner, err := mca.NewPartner(client)
	if err != nil {
		t.Fatal(err)
	}
	desk, err := mca.NewDesk(partner, new(mca.MemoryStore))
	if err != nil {
		t.Fatal(err)
	}
	record, err := desk.Start(t.Context(), contoso, mca.NewAttestation("Contoso BV").Country("NL").Language("nl-NL").
		Signatory("Margriet", "Visser", "margriet.visser@contoso.example", "+31205550101"))
	if err != nil {
		t.Fatal(err)
	}
	if err := fake.Accept(record.Newest().ID.Reveal()); err != nil {
		t.Fatal(err)
	}
	if status, err := desk.Finalize(t.Context(), contoso); err != nil || status.State != mca.Compliant {
		t.Fatalf("Finalize = %v, %v", status, err)
	}

	service := customers.New(client)
	_, err = service.Create(t.Context(), customers.NewCustomer{
		Domain: "northwindtest01.onmicrosoft.com", CompanyName: "Northwind BV", Email: "ops@northwind.example", Culture: "nl-NL", Language: "nl",
		DefaultAddress: customers.Address{FirstName: "Margriet", LastName: "Visser", AddressLine1: "Damrak 1", City: "Amsterdam", PostalCode: "1012LG", Country: "NL"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range service.Search(t.Context(), customers.Filter{Field: customers.ByCompanyName, Value: "Northwind"}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	fake.Inject(partnercentertest.Fault{Method: http.MethodGet, Path: "/v1/customers/", Status: 400, Code: "2000", Description: "not " + partnercentertest.ClientSecret})
	if _, err := service.Get(t.Context(), contoso); err == nil {
		t.Fatal("Get met no fault")
	}

	workflow, err := offboard.New(offboard.NewPartner(client), new(offboard.MemoryStore))
	if err != nil {
		t.Fatal(err)
	}
	report, err := offboard.NewRunner(workflow, offboard.Options{Poll: time.Millisecond, Policy: offboard.Policy{GDAP: true}}).Run(t.Context(), contoso)
	if err != nil || report.State != offboard.Done {
		t.Fatalf("Run = %+v, %v", report, err)
	}
}

// exchange sends body through a recorder, which is answered with it, and
// returns what the caller gets and the line that was written.
func exchange(t *testing.T, path string, body []byte, end error) (got []byte, line map[string]any, err error) {
	t.Helper()
	echo := transport(func(r *http.Request) (*http.Response, error) {
		sent, err := io.ReadAll(r.Body)
		if err != nil || !bytes.Equal(sent, body) {
			t.Errorf("%d bytes arrived, %v, want %d", len(sent), err, len(body))
		}
		answer := io.Reader(bytes.NewReader(body))
		if end != nil {
			answer = io.MultiReader(answer, failing{end})
		}
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Set-Cookie": {"session=s3cr3t"}}, Body: io.NopCloser(answer)}, nil
	})
	var record bytes.Buffer
	recorder := customtransport.Recorded(echo, &record)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.partnercenter.microsoft.com"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer s3cr3t")
	resp, err := recorder.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if recorder.Err() != nil {
		t.Fatal(recorder.Err())
	}
	if strings.Contains(record.String(), "s3cr3t") {
		t.Errorf("the record shows what must be hidden: %s", &record)
	}
	if err := json.Unmarshal(record.Bytes(), &line); err != nil || bytes.Count(record.Bytes(), []byte("\n")) != 1 {
		t.Fatalf("%q is not one line of JSON: %v", &record, err)
	}
	got, err = io.ReadAll(resp.Body)
	return got, line, err
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestARecordedAnswerThatIsCutShortStaysCutShort(t *testing.T) {
	cut := errors.New("connection reset")
	got, line, err := exchange(t, "/v1/customers", []byte(`{"items":[`), cut)
	if string(got) != `{"items":[` || !errors.Is(err, cut) {
		t.Errorf("the caller reads %q, %v, want the half and the error", got, err)
	}
	if status, ok := line["status"]; ok {
		t.Errorf("the record shows status %v of an answer that never ended", status)
	}
}

func TestBodiesOfSignInAttestationsAndAgreementsAreNotRecorded(t *testing.T) {
	for _, path := range []string{
		"/partner.example/oauth2/v2.0/token", "/v1/attestations/enhanced", "/v1/customers/" + string(contoso) + "/agreements",
	} {
		_, line, _ := exchange(t, path, []byte(`{"id":"s3cr3t","status":"pending"}`), nil)
		for _, side := range []string{"request", "response"} {
			message, _ := line[side].(map[string]any)
			if _, has := message["body"]; has || message["bytes"] == nil {
				t.Errorf("%s: the %s is %v, want its size alone", path, side, message)
			}
		}
	}
}

func TestAFullDiskStopsTheRecordAndNoRequest(t *testing.T) {
	full := errors.New("no space left on device")
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(contoso)})
	recorder := customtransport.Recorded(fake, diskful{full})
	if _, err := customers.New(newClient(t, recorder)).Get(t.Context(), contoso); err != nil {
		t.Errorf("Get = %v", err)
	}
	if !errors.Is(recorder.Err(), full) {
		t.Errorf("Err = %v, want %v", recorder.Err(), full)
	}
}

type diskful struct{ err error }

func (d diskful) Write([]byte) (int, error) { return 0, d.err }

func FuzzRecorded(f *testing.F) {
	for _, seed := range []string{"", "\xef\xbb\xbf{}", `{"items":[{"id":1.5,"Password":"x"}],"next":null}`, `"x"`, "<html>", `{"a":`, "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := "/v1/customers/" + string(contoso)
		if bytes.Contains(data, []byte("s3cr3t")) {
			t.Skip("it may stand at a member that is shown")
		}
		if got, _, err := exchange(t, path, data, nil); err != nil || !bytes.Equal(got, data) {
			t.Errorf("the caller reads %q, %v, want %q", got, err, data)
		}
		hidden, err := json.Marshal(map[string]any{"password": "s3cr3t" + string(data), "deep": []any{map[string]any{"id": 1, "name": "s3cr3t"}}})
		if err != nil {
			t.Fatal(err)
		}
		exchange(t, path, hidden, nil) // looks for s3cr3t
	})
}
