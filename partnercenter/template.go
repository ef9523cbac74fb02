package partnercenter

import "strings"

// pathWords are the words in the paths of this library's calls.
var pathWords = words(`
	v1 v1.0 webhooks
	addons address agreements agreementtemplates attestations auditrecords azureEntitlements billing cancel company
	contracts countryvalidationrules customers delegatedAdminRelationships directSignedMicrosoftCustomerAgreementStatus
	document domains enhanced entitlements events orders profiles reactivate registration relationshiprequests
	relationships requests subscriptions tenantRelationships validationEvents validations`)

func words(text string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		set[strings.ToLower(word)] = true
	}
	return set
}

// pathTemplate returns a path with {id} in place of every segment that is not
// one of pathWords: identifiers cannot be told by their form, and one must not
// be shown only because it looks like a word.
func pathTemplate(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if s != "" && !pathWords[strings.ToLower(s)] {
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}
