package partnercentertest_test

import (
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
