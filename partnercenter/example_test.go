package partnercenter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/partnercenter"
)

// partnerCenter plays Partner Center in the examples: two pages of customers,
// and none behind any other path.
var partnerCenter = transport(func(r *http.Request) (*http.Response, error) {
	answer := func(status int, body string) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
	switch {
	case r.URL.Path != "/v1/customers":
		return answer(404, `{"code":20000,"description":"The customer was not found."}`)
	case r.Header.Get("MS-ContinuationToken") == "":
		return answer(200, `{"items":[{"companyProfile":{"companyName":"Contoso"}}],"links":{"next":{
			"uri":"/customers?size=1&seekOperation=Next","headers":[{"key":"MS-ContinuationToken","value":"opaque"}]}}}`)
	}
	return answer(200, `{"items":[{"companyProfile":{"companyName":"Fabrikam"}}],"links":{}}`)
})

func ExampleNew() {
	client, err := partnercenter.New(
		auth.Credentials{App: auth.Static("an access token")},
		partnercenter.WithTransport(partnerCenter), // for this example: without a network
		partnercenter.WithApplicationName("Contoso billing"),
		partnercenter.WithLocale("nl-NL"),
		partnercenter.WithRetry(partnercenter.Retry{Attempts: 3, MaxWait: 10 * time.Second}),
	)
	if err != nil {
		log.Fatal(err)
	}
	resp, err := client.Send(context.Background(), partnercenter.Request{
		Operation: "listing customers", Resource: partnercenter.Customers, Path: partnercenter.Path("customers"),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Status)
	// Output: 200
}

func ExampleNew_missingCredential() {
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("an access token")}, partnercenter.WithTransport(partnerCenter))
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Send(context.Background(), partnercenter.Request{
		Operation: "removing a reseller relationship", Credential: partnercenter.AppUser,
		Method: http.MethodPatch, Path: partnercenter.Path("customers", "4bb82ba2-d5d6-4b1f-9a7c-8b2d3f6c1a10"),
	})
	fmt.Println(err)
	// Output: removing a reseller relationship needs app+user credentials: credentials are missing
}

func ExampleNew_problems() {
	_, err := partnercenter.New(auth.Credentials{},
		partnercenter.WithBaseURL("http://partnercenter.example"),
		partnercenter.WithRetry(partnercenter.Retry{Attempts: -1}))
	fmt.Println(err)
	// Output:
	// partnercenter: the Partner Center URL must be https; plain http is for loopback addresses only
	// no field of Retry may be negative
	// no credentials: set App, AppUser or both
}

func ExampleAll() {
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("an access token")}, partnercenter.WithTransport(partnerCenter))
	if err != nil {
		log.Fatal(err)
	}
	type customer struct {
		CompanyProfile struct {
			CompanyName string `json:"companyName"`
		} `json:"companyProfile"`
	}
	list := partnercenter.Request{Operation: "listing customers", Resource: partnercenter.Customers, Path: partnercenter.Path("customers")}
	for c, err := range partnercenter.All[customer](context.Background(), client, list) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(c.CompanyProfile.CompanyName)
	}
	// Output:
	// Contoso
	// Fabrikam
}

func ExampleError() {
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("an access token")}, partnercenter.WithTransport(partnerCenter))
	if err != nil {
		log.Fatal(err)
	}
	r := partnercenter.Request{
		Operation: "reading a customer", Resource: partnercenter.Customers, Path: partnercenter.Path("customers", "4bb82ba2-d5d6-4b1f-9a7c-8b2d3f6c1a10"),
	}.With(partnercenter.RequestID("b44bb1fb-c595-45b0-9e09-d657365580bf"), partnercenter.CorrelationID("7a1e0f5d-1c0b-4b1c-8f8e-3d5c2a9b7e61"))
	_, err = client.Send(context.Background(), r)
	if errors.Is(err, partnercenter.ErrNotFound) {
		fmt.Println("not a customer of this partner")
	}
	if e, ok := errors.AsType[*partnercenter.Error](err); ok {
		fmt.Println(e.Status, e.Code, e.Message)
	}
	fmt.Println(err)
	// Output:
	// not a customer of this partner
	// 404 20000 The customer was not found.
	// reading a customer: 404 20000: The customer was not found. (request b44bb1fb-c595-45b0-9e09-d657365580bf, correlation 7a1e0f5d-1c0b-4b1c-8f8e-3d5c2a9b7e61)
}

func ExamplePerMinute() {
	// Two clients of one partner tenant share what Microsoft allows it.
	budget := partnercenter.PerMinute(partnercenter.DefaultBudget)
	for _, token := range []string{"a token", "another token"} {
		_, err := partnercenter.New(auth.Credentials{App: auth.Static(token)}, partnercenter.WithRateBudget(budget))
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// <nil>
}

func ExampleObserverFunc() {
	observer := partnercenter.ObserverFunc(func(_ context.Context, e partnercenter.Event) {
		if e.Kind == partnercenter.EventAttempt {
			fmt.Println(e.Operation, "attempt", e.Attempt, "status", e.Status)
		}
	})
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("an access token")},
		partnercenter.WithTransport(partnerCenter), partnercenter.WithObserver(observer))
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Send(context.Background(), partnercenter.Request{
		Operation: "listing customers", Resource: partnercenter.Customers, Path: partnercenter.Path("customers"),
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: listing customers attempt 1 status 200
}

// timer tells how long each part of a call took, indented by what it is part of.
type timer struct{}

type level struct{}

func (timer) Start(ctx context.Context, _ partnercenter.Event) context.Context {
	n, _ := ctx.Value(level{}).(int)
	return context.WithValue(ctx, level{}, n+1)
}

func (timer) Observe(ctx context.Context, e partnercenter.Event) {
	n, _ := ctx.Value(level{}).(int)
	fmt.Println(strings.Repeat("  ", n), e.Kind, e.Method, e.Path, e.Status, e.Duration < time.Minute)
}

func ExampleStartObserver() {
	client, err := partnercenter.New(auth.Credentials{App: auth.Static("an access token")},
		partnercenter.WithTransport(partnerCenter), partnercenter.WithObserver(timer{}))
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Send(context.Background(), partnercenter.Request{
		Operation: "listing customers", Resource: partnercenter.Customers, Path: partnercenter.Path("customers"),
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	//    token GET /v1/customers 0 true
	//      attempt GET /v1/customers 200 true
	//    operation GET /v1/customers 200 true
}
