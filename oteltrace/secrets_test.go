package oteltrace_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// people are personal data, or lead to some; none that an identifier could hold
// by chance.
var people = []string{
	"Visser", "Joris", "visser@", "31201234567", "Keizersgracht", partnercentertest.UserName, "Operator O'Brien",
	"Contoso", "contososecret", "attestationid", "Bearer", "eyJ",
}

// work calls everything that knows secrets or people. What comes of it does
// not matter here.
func work(t *testing.T, b *bench, client *partnercenter.Client) (attestation auth.Secret) {
	t.Helper()
	ctx, span := b.tracer.Start(t.Context(), "the caller")
	defer span.End()
	service := customers.New(client)
	_, _ = service.DomainTaken(ctx, "contososecret")
	for range service.Search(ctx, customers.Filter{Value: "Contoso"}) {
		break
	}
	_, _ = service.ValidateAddress(ctx, customers.Address{FirstName: "Joris", LastName: "Visser", AddressLine1: "Keizersgracht 1", City: "Amsterdam", PostalCode: "1015 AA", Country: "NL", PhoneNumber: "+31201234567"})

	agreements, err := mca.New(client)
	if err != nil {
		t.Fatal(err)
	}
	created, err := agreements.CreateAttestation(ctx, details())
	attestation = "49a69a39-8244-4c51-9805-4f5aa3adac6b"
	if err == nil {
		attestation = created.ID
	}
	_, _ = agreements.AttestationStatus(ctx, attestation)
	_, _ = agreements.CreateAgreement(ctx, contoso, mca.NewAgreement{
		AttestationID: attestation, Agreed: time.Now(), Signatory: mca.Signatory{FirstName: "Joris", LastName: "Visser", Email: "joris.visser@contoso.example"},
	})

	desk := b.desk(client)
	_, _ = desk.Start(ctx, contoso, details())
	_, _ = desk.Advance(ctx, contoso)
	_, _ = desk.Refresh(ctx, contoso)
	_, _ = desk.Refresh(ctx, "Joris Visser")

	workflow, err := offboard.New(offboard.NewPartner(client), new(offboard.MemoryStore), offboard.WithObserver(b.observer))
	if err != nil {
		t.Fatal(err)
	}
	runner := offboard.NewRunner(workflow, offboard.Options{
		Actor: offboard.Actor{Name: "Operator O'Brien"}, Policy: offboard.Policy{GDAP: true}, Wait: 10 * time.Minute,
	})
	_, _ = runner.Run(ctx, contoso)
	_, _ = runner.Run(ctx, "Joris Visser")
	return attestation
}

// hides fails if one of the texts shows in what was given out.
func (b *bench) hides(texts ...string) {
	b.t.Helper()
	out := strings.ToLower(b.everything())
	if len(out) < 5000 {
		b.t.Fatalf("hardly anything was given out:\n%s", out)
	}
	for _, hidden := range texts {
		if i := strings.Index(out, strings.ToLower(hidden)); i >= 0 {
			b.t.Errorf("%q shows in …%s…", hidden, out[max(0, i-100):min(len(out), i+100)])
		}
	}
}

func TestNothingSecretOrPersonalIsGivenOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		fake := partnercentertest.New(partnercentertest.Customer{ID: contoso, Company: "Contoso BV", Domain: "contososecret.onmicrosoft.com"}.
			With(partnercentertest.License(subA), partnercentertest.GDAPRelationship("11111111-0000-4000-8000-00000000000a-11111111-0000-4000-8000-00000000000b")))
		fake.Inject(partnercentertest.Fault{Path: "/attestations", Status: 503}, partnercentertest.Fault{Path: "/attestations", After: 1, Cut: true})
		attestation := work(t, b, b.client(fake))
		if len(b.named("partnercenter GET /v1/attestations/enhanced/{id}")) == 0 || len(b.named("offboard run")) != 2 {
			t.Fatal("the work did not reach what it is about")
		}
		b.hides(append(append(fake.Secrets(), attestation.Reveal()), people...)...)
	})
}

// A service, or a proxy on the way, that repeats whatever it gets.
func TestNothingThatAServiceRepeatsIsGivenOut(t *testing.T) {
	for name, reply := range map[string]func(echo string) (status int, body string, header http.Header, err error){
		"an error": func(echo string) (int, string, http.Header, error) {
			body, _ := json.Marshal(map[string]string{"code": echo, "errorName": echo, "description": echo})
			return 400, string(body), nil, nil
		},
		"a passing error": func(echo string) (int, string, http.Header, error) { return 503, echo, nil, nil },
		"an answer":       func(echo string) (int, string, http.Header, error) { return 200, echo, nil, nil },
		"a redirect": func(echo string) (int, string, http.Header, error) {
			return 302, "", http.Header{"Location": {"https://evil.example/?" + echo}}, nil
		},
		"a broken connection": func(echo string) (int, string, http.Header, error) { return 0, "", nil, errors.New(echo) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				var tokens []string
				entra := partnercentertest.New()
				client := b.client(service(func(r *http.Request) (*http.Response, error) {
					if strings.HasSuffix(r.URL.Path, "/token") {
						return entra.RoundTrip(r)
					}
					var body []byte
					if r.Body != nil {
						body, _ = io.ReadAll(r.Body)
					}
					tokens = append(tokens, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
					status, text, header, err := reply(fmt.Sprint(r.Header.Get("Authorization"), " ", r.URL, " ", string(body), " ", strings.Join(people, " ")))
					if err != nil {
						return nil, err
					}
					if header == nil {
						header = http.Header{}
					}
					return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader([]byte(text))), Request: r}, nil
				}))
				attestation := work(t, b, client)
				hidden := slices.Concat(entra.Secrets(), tokens, people, []string{attestation.Reveal(), "evil.example"})
				b.hides(slices.DeleteFunc(hidden, func(s string) bool { return s == "" })...)
			})
		})
	}
}
