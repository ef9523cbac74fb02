package customers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"github.com/cspkit/cspkit/partnercenter"
)

// SearchField is what a search of customers looks at. Another value than
// these goes out as it is: the service may know more.
type SearchField string

const (
	ByCompanyName SearchField = "CompanyName"
	ByDomain      SearchField = "Domain"
	// ByIndirectReseller finds the customers of an indirect reseller, by its
	// tenant id. It needs app+user credentials.
	ByIndirectReseller SearchField = "IndirectReseller"
	// ByIndirectCloudSolutionProvider finds the customers that an indirect
	// reseller has through a provider, by the provider's tenant id.
	ByIndirectCloudSolutionProvider SearchField = "IndirectCloudSolutionProvider"
)

// Filter narrows a list of customers to those whose field starts with a value.
type Filter struct {
	Field    SearchField
	Value    string // must not be empty; letter case does not count
	PageSize int    // customers in one answer; zero means 500, the most there is. Never changes what is yielded
}

// Search yields the customers that the filter lets pass. That a field starts
// with the value is all that Microsoft can look for.
//
// Source: GET /v1/customers?filter=…,
// https://learn.microsoft.com/partner-center/developer/get-a-customer-by-name,
// https://learn.microsoft.com/partner-center/developer/get-customers-of-an-indirect-reseller
func (s *Service) Search(ctx context.Context, f Filter) iter.Seq2[*Customer, error] {
	r := listing("searching customers by "+string(f.Field), f.PageSize)
	if strings.EqualFold(string(f.Field), string(ByIndirectReseller)) {
		r.Credential = partnercenter.AppUser
	}
	filter, err := f.query()
	r.Query.Set("filter", filter)
	return func(yield func(*Customer, error) bool) {
		if err != nil {
			yield(nil, partnercenter.Unsent(fmt.Errorf("searching customers: %w", err)))
			return
		}
		partnercenter.All[*Customer](ctx, s.pc, r)(yield)
	}
}

// query returns the filter as the service reads it. An empty value would find
// everybody, which is [Service.All] to ask for.
func (f Filter) query() (string, error) {
	value := strings.TrimSpace(f.Value)
	switch {
	case f.Field == "":
		return "", errors.New("the filter has no field")
	case value == "":
		return "", errors.New("the filter has no value")
	}
	data, err := json.Marshal(struct{ Field, Value, Operator string }{string(f.Field), value, "starts_with"})
	return string(data), err
}

// listing is the request for customers, a page at a time.
func listing(operation string, size int) partnercenter.Request {
	if size <= 0 || size > 500 {
		size = 500
	}
	return partnercenter.Request{
		Operation: operation, Resource: partnercenter.Customers,
		Path: "/customers", Query: url.Values{"size": {fmt.Sprint(size)}},
	}
}
