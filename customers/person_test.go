package customers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/cspkit/cspkit/customers"
)

func TestNobodyIsNamedInAPrintOrALog(t *testing.T) {
	address := customers.Address{
		FirstName: "Hidden1", MiddleName: "Hidden2", LastName: "Hidden3", AddressLine1: "Hidden4", AddressLine2: "Hidden5",
		City: "Amsterdam", State: "NH", PostalCode: "Hidden6", Country: "NL", PhoneNumber: "+31-hidden",
	}
	var profile customers.BillingProfile
	text, err := json.Marshal(map[string]any{
		"firstName": "Hidden7", "lastName": "Hidden8", "email": "hidden9@fabrikam.example", "companyName": "Fabrikam BV", "defaultAddress": address,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &profile); err != nil {
		t.Fatal(err)
	}
	company := customers.Company{CompanyProfile: customers.CompanyProfile{CompanyName: "Fabrikam BV"}, Email: "hidden@fabrikam.example", Address: &address}
	for shows, values := range map[string][]any{
		"Amsterdam, NH, NL": {address, &address, []customers.Address{address}, customers.AddressValidation{Original: address, Suggested: []customers.Address{address}}},
		"Fabrikam BV": {
			profile, &profile, company, &company,
			customers.CompanyInfo{CompanyName: "Fabrikam BV", FirstName: "Hidden", MiddleName: "Hidden", LastName: "Hidden", Email: "hidden@fabrikam.example"},
			customers.NewCustomer{CompanyName: "Fabrikam BV", Email: "hidden@fabrikam.example", DefaultAddress: address},
			struct{ C customers.NewCustomer }{customers.NewCustomer{CompanyName: "Fabrikam BV", DefaultAddress: address}},
		},
	} {
		for _, v := range values {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
				checkPrint(t, fmt.Sprintf("%s of %T", verb, v), fmt.Sprintf(verb, v), shows)
			}
			if _, logged := v.(slog.LogValuer); !logged {
				continue
			}
			var out bytes.Buffer
			slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
			checkPrint(t, fmt.Sprintf("log of %T", v), out.String(), shows)
		}
	}
	if got := (customers.Address{PostalCode: "Hidden"}).String(); got != "address" {
		t.Errorf("String of an address without a place = %q, want address", got)
	}
	if text, err := json.Marshal(address); err != nil || strings.Count(strings.ToLower(string(text)), "hidden") != 7 {
		t.Errorf("marshalled, the address is %s, %v, want it whole: it is sent so", text, err)
	}
}

func checkPrint(t *testing.T, what, text, shows string) {
	t.Helper()
	if strings.Contains(strings.ToLower(text), "hidden") || !strings.Contains(text, shows) {
		t.Errorf("%s = %s, want %s and nobody", what, text, shows)
	}
}
