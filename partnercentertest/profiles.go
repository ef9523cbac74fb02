package partnercentertest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"unicode"
)

// company renders the company profile.
func (a *account) company() map[string]any {
	out := map[string]any{
		"tenantId": a.c.ID, "domain": a.c.Domain, "companyName": a.c.Company,
		"links":      map[string]any{"self": link("/customers/" + a.c.ID + "/profiles/company")},
		"attributes": map[string]any{"objectType": "CustomerCompanyProfile"},
	}
	if a.c.RegistrationNumber != "" {
		out["organizationRegistrationNumber"] = a.c.RegistrationNumber
	}
	return out
}

// billing renders the billing profile.
func (a *account) billing() map[string]any {
	out := map[string]any{
		"id": guidFrom("billing/" + strings.ToLower(a.c.ID)), "companyName": a.c.Company,
		"culture": "en-US", "language": "en", "email": "billing@" + a.c.Domain,
		"defaultAddress": map[string]any{"country": a.c.Country},
	}
	maps.Copy(out, a.c.Billing)
	out["links"] = map[string]any{"self": link("/customers/" + a.c.ID + "/profiles/billing")}
	out["attributes"] = map[string]any{"etag": a.billingETag(), "objectType": "CustomerBillingProfile"}
	return out
}

// billingETag returns the opaque number that changes with the billing profile.
func (a *account) billingETag() string {
	sum := sha256.Sum256([]byte(strings.ToLower(a.c.ID) + "/" + strconv.Itoa(a.c.BillingVersion)))
	return strconv.FormatInt(int64(binary.BigEndian.Uint64(sum[:])), 10)
}

// companyProfile answers GET /v1/customers/{id}/profiles/company.
func (s *Server) companyProfile(_ *call, a *account, _ []string) *answer {
	return jsonAnswer(http.StatusOK, a.company())
}

// billingProfile answers GET /v1/customers/{id}/profiles/billing.
func (s *Server) billingProfile(_ *call, a *account, _ []string) *answer {
	return jsonAnswer(http.StatusOK, a.billing())
}

// updateBillingProfile answers PUT /v1/customers/{id}/profiles/billing. The
// body becomes the profile: what it leaves out is lost.
func (s *Server) updateBillingProfile(c *call, a *account, _ []string) *answer {
	body, err := decodeCamel(c.body)
	if err != nil {
		return refuse(http.StatusBadRequest, "3000", "The body is invalid: "+err.Error())
	}
	switch strings.Trim(c.header.Get("If-Match"), `"`) {
	case a.billingETag():
	case "":
		return refuse(http.StatusBadRequest, "3000", "The header If-Match is required.")
	default:
		return refuse(http.StatusBadRequest, "2055", "The etag is no longer valid.")
	}
	read := a.billing()
	if id, there := body["id"]; there && id != read["id"] {
		return refuse(http.StatusBadRequest, "3000", "The property Id is not that of the profile.")
	}
	if refused := checkBilling(body); refused != nil {
		return refused
	}
	if loses(read, body) {
		s.partial++
	}
	delete(body, "links")
	delete(body, "attributes")
	a.c.Billing = body
	a.c.BillingVersion++
	a.count("billing")
	return jsonAnswer(http.StatusOK, a.billing()).did()
}

// loses reports whether a body lacks members that were read. Links and
// attributes may stay away.
func loses(read, body map[string]any) bool {
	for name, old := range read {
		if name == "links" || name == "attributes" {
			continue
		}
		value, there := body[name]
		inner, isObject := old.(map[string]any)
		sent, alsoObject := value.(map[string]any)
		if !there && !empty(old) || isObject && (!alsoObject || loses(inner, sent)) {
			return true
		}
	}
	return false
}

// decodeCamel reads a JSON object whose members may be spelled in PascalCase,
// as older clients do, and returns it in camelCase.
func decodeCamel(data []byte) (map[string]any, error) {
	if _, err := decodeObject(data); err != nil { // also a member in two spellings
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff")))
	d.UseNumber()
	var body map[string]any
	err := d.Decode(&body)
	return camel(body).(map[string]any), err
}

func camel(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, m := range v {
			first := []rune(k)
			if len(first) > 0 {
				first[0] = unicode.ToLower(first[0])
			}
			out[string(first)] = camel(m)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, m := range v {
			out[i] = camel(m)
		}
		return out
	}
	return v
}
