package partnercentertest

import (
	"crypto/rand"
	"net/http"
	"strings"
	"unicode/utf8"
)

// createCustomer answers POST /v1/customers. The password in the answer is
// shown once, and is one of [Server.Secrets].
func (s *Server) createCustomer(c *call, _ *account, _ []string) *answer {
	body, err := decodeCamel(c.body)
	if err != nil {
		return refuse(http.StatusBadRequest, "3000", "The body is invalid: "+err.Error())
	}
	company, _ := body["companyProfile"].(map[string]any)
	billing, _ := body["billingProfile"].(map[string]any)
	if refused := checkBilling(billing); refused != nil {
		return refused
	}
	address := billing["defaultAddress"].(map[string]any)
	code, _ := address["country"].(string)
	number, _ := company["organizationRegistrationNumber"].(string)
	// UNCONFIRMED by Microsoft's pages: which of its codes says this.
	if countries[code].register && number == "" {
		return refuse(http.StatusBadRequest, "600002", "The property OrganizationRegistrationNumber is required.")
	}
	partner, _ := body["associatedPartnerId"].(string)
	reseller, known := s.reseller(partner)
	switch {
	case partner != "" && !c.token.user: // the page on creating for an indirect reseller says so
		return refuse(http.StatusForbidden, "900329", "App only access is not supported for this resource.")
	case partner != "" && !known:
		return invalid("AssociatedPartnerId")
	}
	domain, _ := company["domain"].(string)
	if !strings.Contains(domain, ".") || s.taken(c, domain) {
		return invalid("Domain")
	}
	name, _ := billing["companyName"].(string)
	delete(billing, "id")
	a := newAccount(len(s.accounts)+1, Customer{
		ID: newGUID(), Company: name, Domain: domain, Country: code, Reseller: reseller.ID,
		RegistrationNumber: number, Billing: billing,
	})
	s.accounts = append(s.accounts, a)
	s.index(a)
	a.count(a.c.ID)
	// Microsoft's samples show the answer of a direct partner with none.
	relationship := "none"
	if known {
		relationship = "reseller"
	}
	password := "Pw." + rand.Text()
	s.secrets = append(s.secrets, password)
	out := s.customerJSON(a, true, relationship)
	out["userCredentials"] = map[string]any{"userName": "admin", "password": password}
	return jsonAnswer(http.StatusCreated, out).did()
}

// taken reports whether a tenant has the domain.
func (s *Server) taken(c *call, domain string) bool {
	for _, a := range s.accounts {
		if !a.gone(c.now) && strings.EqualFold(a.c.Domain, domain) {
			return true
		}
	}
	return false
}

// addressLimits are how long the members of a profile's address may be, in characters.
var addressLimits = []struct {
	name        string
	least, most int
}{
	{"firstName", 1, 50}, {"lastName", 1, 50}, {"addressLine1", 1, 200}, {"addressLine2", 0, 200},
	{"city", 1, 255}, {"state", 0, 2}, {"postalCode", 0, 30}, {"phoneNumber", 0, 30}, {"country", 2, 2},
}

// checkBilling refuses a billing profile that lacks something.
func checkBilling(billing map[string]any) *answer {
	for _, name := range []string{"companyName", "email", "culture", "language"} {
		if text, _ := billing[name].(string); strings.TrimSpace(text) == "" {
			return invalid(strings.ToUpper(name[:1]) + name[1:])
		}
	}
	address, _ := billing["defaultAddress"].(map[string]any)
	for _, l := range addressLimits {
		text, isText := address[l.name].(string)
		n := utf8.RuneCountInString(text)
		if address[l.name] != nil && !isText || n < l.least || n > l.most {
			return invalid(strings.ToUpper(l.name[:1]) + l.name[1:])
		}
	}
	return checkPlace(address)
}
