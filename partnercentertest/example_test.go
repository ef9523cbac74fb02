package partnercentertest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/cspkit/cspkit/partnercentertest"
)

// The server is the transport of an ordinary HTTP client: there is no port.
func Example() {
	fake := partnercentertest.New(partnercentertest.Demo()...)
	client := &http.Client{Transport: fake}

	res, err := client.PostForm("https://login.microsoftonline.com/"+partnercentertest.TenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "scope": {"https://api.partnercenter.microsoft.com/.default"},
		"client_id": {partnercentertest.ClientID}, "client_secret": {partnercentertest.ClientSecret},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	var token struct {
		Value string `json:"access_token"`
	}
	_ = json.NewDecoder(res.Body).Decode(&token)

	const customer, subscription = "7f60c2b4-91b8-4362-80d4-b17382f5a467", "unknown"
	req, _ := http.NewRequest("GET", "https://api.partnercenter.microsoft.com/v1/customers/"+customer+"/subscriptions/"+subscription, strings.NewReader(""))
	req.Header.Set("Authorization", "Bearer "+token.Value)
	res, err = client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	var refusal struct {
		Code        int
		Description string
	}
	_ = json.NewDecoder(res.Body).Decode(&refusal)
	fmt.Println(res.StatusCode, refusal.Code, refusal.Description)
	fmt.Println(fake.State(customer).Company, "has", len(fake.State(customer).Subscriptions), "subscriptions")
	// Output:
	// 404 20003 The subscription was not found.
	// Humongous Insurance has 3 subscriptions
}

// An operation of somebody else stands in the audit records.
func ExampleServer_Record() {
	fake := partnercentertest.New(partnercentertest.Demo()...)
	fake.Record(partnercentertest.AuditRecord{CustomerID: "8071d3c5-a2c9-4473-91e5-c2849306b578", Operation: "extend_relationship"})
	client := &http.Client{Transport: fake}

	res, err := client.PostForm("https://login.microsoftonline.com/"+partnercentertest.TenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "scope": {"https://api.partnercenter.microsoft.com/.default"},
		"client_id": {partnercentertest.ClientID}, "client_secret": {partnercentertest.ClientSecret},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	var token struct {
		Value string `json:"access_token"`
	}
	_ = json.NewDecoder(res.Body).Decode(&token)

	req, _ := http.NewRequest("GET", "https://api.partnercenter.microsoft.com/v1/auditrecords?size=500", nil)
	req.Header.Set("Authorization", "Bearer "+token.Value)
	res, err = client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	var list struct {
		Items []struct{ CustomerName, OperationType, OperationStatus string }
	}
	_ = json.Unmarshal(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), &list)
	fmt.Println(list.Items)
	// Output: [{Alpine Ski House extend_relationship succeeded}]
}

// A fault cuts the connection after the write took effect.
func ExampleServer_Inject() {
	fake := partnercentertest.New()
	fake.Inject(partnercentertest.Fault{Path: "/token", Cut: true})

	_, err := (&http.Client{Transport: fake}).PostForm("https://login.microsoftonline.com/any/oauth2/v2.0/token", nil)
	fmt.Println(err)
	fmt.Println(len(fake.Requests()), "request arrived")
	// Output:
	// Post "https://login.microsoftonline.com/any/oauth2/v2.0/token": unexpected EOF
	// 1 request arrived
}

// A customer accepts on the page of its link, or a test does it instead.
func ExampleServer_Accept() {
	fake := partnercentertest.New()
	client := &http.Client{Transport: fake}

	res, err := client.PostForm("https://login.microsoftonline.com/"+partnercentertest.TenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "scope": {"https://api.partnercenter.microsoft.com/.default"},
		"client_id": {partnercentertest.ClientID}, "client_secret": {partnercentertest.ClientSecret},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	var token struct {
		Value string `json:"access_token"`
	}
	_ = json.NewDecoder(res.Body).Decode(&token)

	req, _ := http.NewRequest("POST", "https://api.partnercenter.microsoft.com/v1/attestations/enhanced", strings.NewReader(`{
		"country": "NL", "language": "nl-NL", "companyName": "Contoso Bakery",
		"signatoryFirstName": "Ada", "signatoryLastName": "Visser", "signatoryEmail": "ada@contosobakery.example"}`))
	req.Header.Set("Authorization", "Bearer "+token.Value)
	req.Header.Set("MS-RequestId", "0d3c7c0e-5a0c-4a1d-9b1c-6a5b7f0f2c11")
	res, err = client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	var attestation struct{ AttestationID, Status string }
	_ = json.NewDecoder(res.Body).Decode(&attestation)
	fmt.Println(res.StatusCode, attestation.Status)

	fmt.Println(fake.Accept(attestation.AttestationID))
	res, err = client.Get("https://cdn.partner.microsoft.com/mca/?attestationid=" + attestation.AttestationID)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	page, _ := io.ReadAll(res.Body)
	fmt.Println(res.StatusCode, strings.Contains(string(page), "Already accepted"))
	// Output:
	// 201 Pending
	// <nil>
	// 200 true
}

// An event goes to the URL that was registered, signed as Partner Center would.
func ExampleServer_Deliver() {
	fake := partnercentertest.New()
	receiver := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL, r.Header.Get("X-MS-Signature-Algorithm"))
	})
	event := partnercentertest.SubscriptionUpdated("7f60c2b4-91b8-4362-80d4-b17382f5a467", "a4c1340d-6911-4758-bba3-0c4c6007d161")
	err := fake.Deliver(context.Background(), partnercentertest.Handler{Handler: receiver}, event)
	fmt.Println(err) // a program registers first: see package webhooks
	_, err = partnercentertest.Handler{Handler: receiver}.RoundTrip(fake.SignedEvent(context.Background(), event))
	fmt.Println(err)
	// Output:
	// partnercentertest: nobody has registered for events
	// POST https://receiver.example/partner-center rsa-sha256
	// <nil>
}
