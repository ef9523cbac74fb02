package customers_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/customers"
)

// rules returns the rules of the findings as "errors | warnings".
func rules(f customers.Findings) string {
	var words []string
	for _, e := range f.Errors {
		words = append(words, string(e.Rule))
	}
	if len(f.Warnings) > 0 {
		words = append(words, "|")
	}
	for _, w := range f.Warnings {
		words = append(words, string(w.Rule))
	}
	return strings.Join(words, " ")
}

func found(f customers.Findings, rule customers.Rule) bool {
	is := func(f customers.Finding) bool { return f.Rule == rule }
	return slices.ContainsFunc(f.Errors, is) || slices.ContainsFunc(f.Warnings, is)
}

// valid is company info that breaks no rule.
func valid() customers.CompanyInfo {
	return customers.CompanyInfo{
		CompanyName: "Fabrikam BV", FirstName: "Ada", LastName: "Visser", Email: "ada.visser@fabrikam.example",
		OwnDomains: []string{"partner.example", "reseller.example"}, Placeholders: []string{"nemo"},
	}
}

func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	c := customers.CompanyInfo{
		CompanyName: "l l c", FirstName: "7", MiddleName: "Nemo", Email: "ada@partner.example@microsoft.com",
		OwnDomains: []string{"microsoft.com"}, Placeholders: []string{"nemo"},
	}
	want := customers.Findings{Errors: []customers.Finding{
		{Rule: "R5", Field: "companyName", Message: "company name must not be single characters with spaces between"},
		{Rule: "R6", Field: "companyName", Message: "company name must not be an abbreviation of a legal form alone"},
		{Rule: "R10", Field: "firstName", Message: "first name must have more than one character"},
		{Rule: "R13", Field: "firstName", Message: "first name must have a letter"},
		{Rule: "R11", Field: "middleName", Message: "middle name must be the name of a person, not a placeholder"},
		{Rule: "required", Field: "lastName", Message: "last name is missing"},
		{Rule: "email", Field: "email", Message: "e-mail address must be one address such as name@company.example"},
		{Rule: "R15", Field: "email", Message: "e-mail address must not be at microsoft.com"},
		{Rule: "R16", Field: "email", Message: "e-mail address must not be at a domain of the partner or the reseller"},
	}}
	if diff := cmp.Diff(want, c.Check()); diff != "" {
		t.Errorf("Check (-want +got):\n%s", diff)
	}
}

func TestWarningsAreNoErrors(t *testing.T) {
	c := valid()
	c.CompanyName = "Fabrikam™.com"
	f := c.Check()
	if got := rules(f); got != "| R8 R9" || f.Err() != nil {
		t.Errorf("Check finds %q with error %v, want two warnings and no error", got, f.Err())
	}
}

func TestNothingIsRequiredButWhatMicrosoftRequires(t *testing.T) {
	var c customers.CompanyInfo
	if got := rules(c.Check()); got != "required required required required" {
		t.Errorf("Check of nothing finds %q, want company, first and last name and e-mail as required", got)
	}
	if got := rules(valid().Check()); got != "" {
		t.Errorf("Check without a middle name finds %q, want nothing (R14)", got)
	}
}

// TestEveryRuleIsTriedFromBothSides keeps the tables honest: each rule is found
// in one value at least, and only just kept by another.
func TestEveryRuleIsTriedFromBothSides(t *testing.T) {
	all := slices.Concat(companyNames, personNames, emails)
	if n := len(all) + len(addresses); n < 180 {
		t.Errorf("the tables have %d values, want 180", n)
	}
	broken, kept := make(map[string]bool), make(map[string]bool)
	for _, tt := range all {
		want := strings.Fields(tt.want)
		for _, r := range want {
			broken[r] = true
		}
		for near := range strings.FieldsSeq(tt.near) {
			kept[near] = true
			if slices.Contains(want, near) {
				t.Errorf("%+q both keeps and breaks %s", tt.value, near)
			}
		}
	}
	for _, tt := range addresses {
		for pair := range strings.FieldsSeq(tt.want) {
			_, rule, _ := strings.Cut(pair, ":")
			broken[rule] = true
		}
		kept[tt.near] = true
	}
	for _, r := range []customers.Rule{
		customers.R1, customers.R2, customers.R3, customers.R4, customers.R5, customers.R6, customers.R7, customers.R8,
		customers.R9, customers.R10, customers.R11, customers.R12, customers.R13, customers.R15, customers.R16,
		customers.RuleLength, customers.RuleEmail, customers.RuleCountry,
		customers.RuleState, customers.RulePostalCode, customers.RulePhone,
	} {
		if !broken[string(r)] || !kept[string(r)] {
			t.Errorf("%s: broken by a value %v, only just kept by another %v, want both", r, broken[string(r)], kept[string(r)])
		}
	}
	// R14 allows an empty middle name: no value can break it, and the other two
	// names show what it lifts.
	for field, want := range map[customers.Field]string{
		customers.FieldFirstName: "required", customers.FieldMiddleName: "", customers.FieldLastName: "required",
	} {
		if got := rules(customers.CheckPersonName(field, " ")); got != want {
			t.Errorf("CheckPersonName(%s) of nothing finds %q, want %q", field, got, want)
		}
	}
	if got := rules(customers.CheckPersonName(customers.FieldMiddleName, "7")); got != "R10 R13" {
		t.Errorf("CheckPersonName(middleName) of a digit finds %q, want R10 R13", got)
	}
}

// FuzzCompanyInfo checks what holds for any value: the same answer twice, the
// same without the white space around it, and no message that repeats it.
func FuzzCompanyInfo(f *testing.F) {
	for _, tt := range slices.Concat(companyNames, personNames, emails) {
		f.Add(tt.value)
	}
	checks := map[string]func(string) customers.Findings{
		"CheckCompanyName": customers.CheckCompanyName,
		"CheckPersonName": func(s string) customers.Findings {
			return customers.CheckPersonName(customers.FieldFirstName, s, s+"x")
		},
		"CheckMiddleName": func(s string) customers.Findings { return customers.CheckPersonName(customers.FieldMiddleName, s) },
		"CheckEmail":      func(s string) customers.Findings { return customers.CheckEmail(s, own...) },
		"Check": func(s string) customers.Findings {
			return customers.CompanyInfo{CompanyName: s, FirstName: s, MiddleName: s, LastName: s, Email: s}.Check()
		},
	}
	f.Fuzz(func(t *testing.T, value string) {
		trimmed := strings.TrimSpace(value)
		for name, check := range checks {
			got := check(value)
			if diff := cmp.Diff(got, check(value)); diff != "" {
				t.Errorf("%s(%+q) differs the second time:\n%s", name, value, diff)
			}
			// A company name of white space alone is R4, and none at all is missing:
			// the one difference that white space makes.
			want := check(trimmed)
			if trimmed == "" && value != "" && found(got, customers.R4) {
				got.Errors[0], want.Errors[0] = customers.Finding{}, customers.Finding{}
			}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Errorf("%s(%+q) differs for the trimmed value:\n%s", name, value, diff)
			}
			for _, finding := range slices.Concat(check("zq9"+value).Errors, check(value+"zq9").Warnings) {
				if strings.Contains(finding.String(), "zq9") {
					t.Errorf("%s(%+q) repeats the value: %s", name, value, finding)
				}
			}
		}
	})
}
