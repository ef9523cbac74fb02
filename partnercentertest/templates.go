package partnercentertest

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
)

// Templates of agreements. An agreement can only be created with
// CustomerTemplate, the one with the highest rank.
const (
	CustomerTemplate       = "117a77b0-9360-443b-8795-c6dedc750cf9"
	FormerCustomerTemplate = "5c1e8d02-7f3a-4b69-8d1c-2a9e4f60b713" // invented: that there can be several is documented, no second one is
	CloudTemplate          = "998b88de-aa99-4388-a42c-1b3517d49490"
)

// agreementTemplate is what Partner Center tells about the text of an agreement.
type agreementTemplate struct {
	id, kind, link string
	rank           int
}

// templates are all there are. The former one comes first, for clients that
// take the first instead of the highest rank.
var templates = []agreementTemplate{
	{FormerCustomerTemplate, CustomerAgreement, "https://aka.ms/customeragreement", 0},
	{CustomerTemplate, CustomerAgreement, "https://aka.ms/customeragreement", 1},
	{CloudTemplate, CloudAgreement, "https://agreements.example/cloud", 0},
}

// agreementLink returns where the text of a template is published, or "".
func agreementLink(templateID string) string {
	for _, t := range templates {
		if strings.EqualFold(t.id, templateID) {
			return t.link
		}
	}
	return ""
}

// listTemplates answers GET /v1/agreements.
func (s *Server) listTemplates(c *call, _ *account, _ []string) *answer {
	kind, refused := agreementType(c)
	if refused != nil {
		return refused
	}
	items := []any{}
	for _, t := range templates {
		if kind == "*" || t.kind == kind {
			items = append(items, map[string]any{
				"templateId": t.id, "agreementType": t.kind, "agreementLink": t.link, "versionRank": t.rank,
			})
		}
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"totalCount": len(items), "items": items, "attributes": map[string]any{"objectType": "Collection"},
	})
}

// templateLanguages are the languages beside en-US of the countries whose list
// we know. For any other country every language is served.
var templateLanguages = map[string]string{
	"AT": "de-DE", "BE": "nl-NL", "BG": "bg-BG", "BR": "pt-BR", "CA": "fr-FR", "CZ": "cs-CZ", "DK": "da-DK", "FR": "fr-FR",
}

// templateDocument answers GET /v1/agreementtemplates/{id}/document. The
// addresses in it are of the published form, but lead nowhere.
func (s *Server) templateDocument(c *call, _ *account, ids []string) *answer {
	for k := range c.query {
		if k != "language" && k != "country" {
			return unsupported(c)
		}
	}
	// Unlike all else in a path, this ID tells letter case apart.
	if !slices.ContainsFunc(templates, func(t agreementTemplate) bool { return t.id == ids[0] }) {
		return bare(http.StatusNotFound)
	}
	language, country := cmp.Or(c.query.Get("language"), "en-US"), cmp.Or(c.query.Get("country"), "US")
	if !countryCode.MatchString(country) {
		return invalidMember("country")
	}
	local, known := templateLanguages[country]
	if !locale.MatchString(language) || known && language != local && language != "en-US" {
		return invalidMember("language")
	}
	base := "https://agreements.example/" + ids[0] + "/" + country + "/" + language
	return jsonAnswer(http.StatusOK, map[string]any{
		"displayUri": base, "downloadUri": base + "?until=5m&sig=" + rand.Text(), // a new one for each call
		"language": language, "country": country,
	})
}
