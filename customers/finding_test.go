package customers_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
)

func TestErr(t *testing.T) {
	c := valid()
	if err := c.Check().Err(); err != nil {
		t.Errorf("Err = %v for valid company info, want nil", err)
	}
	c.CompanyName, c.LastName = "LLC.", ""
	f := c.Check()
	err := fmt.Errorf("creating a customer: %w", f.Err())
	const want = "creating a customer: company info: company name must not be an abbreviation of a legal form alone (R6); last name is missing (required)"
	if err.Error() != want {
		t.Errorf("Err = %s\nwant %s", err, want)
	}
	if !errors.Is(err, customers.ErrCompanyInfo) || errors.Is(err, customers.ErrTenantID) {
		t.Errorf("Err = %#v, want it to match ErrCompanyInfo alone", err)
	}
	e, ok := errors.AsType[*customers.InvalidError](err)
	if !ok {
		t.Fatalf("Err = %#v, want an InvalidError", err)
	}
	if diff := cmp.Diff(f, e.Findings); diff != "" {
		t.Errorf("the findings of the error (-want +got):\n%s", diff)
	}
}

func TestErrorsDoNotRepeatValues(t *testing.T) {
	for _, tt := range slices.Concat(companyNames, personNames, emails) {
		value := strings.TrimSpace(tt.value)
		if len(value) < 5 { // too short to tell from the words of a message
			continue
		}
		c := customers.CompanyInfo{CompanyName: value, FirstName: value, MiddleName: value, LastName: value, Email: value, OwnDomains: own}
		f := c.Check()
		for _, text := range []string{fmt.Sprint(f.Err()), fmt.Sprintf("%+v", f), fmt.Sprintf("%#v", f)} {
			if strings.Contains(text, value) {
				t.Errorf("the findings about %+q repeat it: %s", value, text)
			}
		}
	}
}

func TestJoinLeavesItsPartsAlone(t *testing.T) {
	finding := func(rule customers.Rule) customers.Finding { return customers.Finding{Rule: rule} }
	first := customers.Findings{Errors: append(make([]customers.Finding, 0, 9), finding("a")), Warnings: []customers.Finding{finding("w")}}
	second := customers.Findings{Errors: []customers.Finding{finding("b")}, Warnings: []customers.Finding{finding("x")}}
	joined := first.Join(second, customers.Findings{}, second)
	if got := rules(first.Join(first)); got != "a a | w w" {
		t.Errorf("Join with itself = %q, want a a | w w", got)
	}
	if got := rules(joined); got != "a b b | w x x" {
		t.Errorf("Join, after another Join, = %q, want a b b | w x x", got)
	}
	if got := rules(first) + ", " + rules(second); got != "a | w, b | x" {
		t.Errorf("after Join its parts are %q, want a | w, b | x", got)
	}
	if diff := cmp.Diff(customers.Findings{}, customers.Findings{}.Join()); diff != "" {
		t.Errorf("Join of nothing (-want +got):\n%s", diff)
	}
}
