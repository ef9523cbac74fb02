package customtransport

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// These lists say what a record shows. All else is left out, so that a secret
// which nobody thought of, or a member that Microsoft adds, is not shown
// either. Add what you need; letter case does not count.
var (
	shownHeaders = []string{
		"Content-Type", "MS-RequestId", "MS-CorrelationId", "MS-CV", "MS-PartnerCenter-Application", "X-Locale",
		"client-request-id", "request-id", "Retry-After", "Signature-Input",
	}
	shownQuery = []string{"size", "agreementType", "api-version"}

	// A path may show these words …
	shownWords = []string{
		"v1", "v1.0", "v2.0", "customers", "subscriptions", "addOns", "azureEntitlements", "cancel", "reactivate", "orders", "entitlements",
		"agreements", "attestations", "enhanced", "directSignedMicrosoftCustomerAgreementStatus", "relationships", "relationshipRequests",
		"profiles", "company", "billing", "auditRecords", "validations", "address", "domains", "countryValidationRules",
		"oauth2", "token", "authorize", "deviceCode", "tenantRelationships", "delegatedAdminRelationships", "requests",
		"webhooks", "registration", "events",
	}
	// … and the ids behind these. The id of an attestation is not among them:
	// with it anybody can accept for the customer.
	shownIDs = []string{"customers", "subscriptions", "orders", "azureEntitlements", "delegatedAdminRelationships", "requests"}

	// Bodies are shown of paths that begin so, and of these the values of the
	// members below. Sign-in and attestations are not among them, and agreements
	// are left out: they name the attestation in a member of any name.
	shownBodies  = [][]string{{"v1", "customers"}, {"v1", "relationships"}, {"v1.0", "tenantRelationships"}}
	shownMembers = []string{
		"id", "code", "errorName", "status", "totalCount", "relationshipToPartner", "etag", "offerId", "orderId", "productType",
		"parentSubscriptionId", "quantity", "billingType", "billingCycle", "termDuration", "autoRenewEnabled", "isTrial",
		"scheduledType", "actionType", "action", "creationDate", "effectiveStartDate", "commitmentEndDate", "cancellationAllowedUntilDate",
	}
)

const (
	redacted = "REDACTED"
	segment  = "{}" // in place of a part of a path
)

func message(path string, header http.Header, body []byte) Message {
	m := Message{Header: map[string]string{}, Bytes: len(body)}
	for name := range header {
		if contains(shownHeaders, name) {
			m.Header[name] = header.Get(name)
		}
	}
	if showsBody(segments(path)) {
		m.Body = safeBody(body)
	}
	return m
}

func showsBody(path []string) bool {
	return !contains(path, "agreements") && slices.ContainsFunc(shownBodies, func(start []string) bool {
		return len(path) >= len(start) && slices.EqualFunc(path[:len(start)], start, strings.EqualFold)
	})
}

func safePath(path string) string {
	safe, before := "", ""
	for _, word := range segments(path) {
		if contains(shownWords, word) || contains(shownIDs, before) {
			safe += "/" + word
		} else {
			safe += "/" + segment
		}
		before = word
	}
	return safe
}

func segments(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// safeQuery shows every name, and the values that may be.
func safeQuery(query url.Values) map[string]string {
	safe := map[string]string{}
	for name := range query {
		if safe[name] = redacted; contains(shownQuery, name) {
			safe[name] = query.Get(name)
		}
	}
	return safe
}

// safeBody returns what may be shown of a body: the whole shape of JSON, and
// the values of some members. It returns nil for anything else.
func safeBody(body []byte) any {
	var v any
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))) // Microsoft sends a byte order mark
	decoder.UseNumber()
	if decoder.Decode(&v) != nil {
		return nil
	}
	return safeValue("", v)
}

func safeValue(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for member, value := range v {
			v[member] = safeValue(member, value)
		}
	case []any:
		for i, value := range v {
			v[i] = safeValue(name, value)
		}
	case string, json.Number:
		if !contains(shownMembers, name) {
			return redacted
		}
	}
	return v // also true, false and null, which tell nothing about anybody
}

func contains(list []string, word string) bool {
	return slices.ContainsFunc(list, func(w string) bool { return strings.EqualFold(w, word) })
}
