package partnercentertest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
)

// listContracts answers GET /v1.0/contracts of Graph, a page at a time: the
// customers of the partner, as its tenant knows them.
func (s *Server) listContracts(c *call) *answer {
	for k := range c.query {
		if k != "$top" && k != "$skiptoken" {
			return unsupported(c)
		}
	}
	top := 100
	if s.PageSize > 0 {
		top = s.PageSize
	}
	if text := c.query.Get("$top"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 999 {
			return graphError(http.StatusBadRequest, "BadRequest", "The value of $top must be between 1 and 999.")
		}
		top = min(n, top)
	}
	skip, ok := parseSkip(c.query.Get("$skiptoken"))
	if !ok {
		return graphError(http.StatusBadRequest, "BadRequest", "The $skiptoken is invalid.")
	}
	items := []any{}
	for _, a := range s.accounts {
		if a.gone(c.now) || a.relationship(c.now) == "none" {
			continue
		}
		items = append(items, map[string]any{
			"id": guidFrom("contract/" + a.c.ID), "customerId": a.c.ID, "contractType": "ResellerPartner",
			"defaultDomainName": a.c.Domain, "displayName": a.c.Company,
		})
	}
	items = items[min(skip, len(items)):]
	body := map[string]any{"@odata.context": c.origin + "/v1.0/$metadata#contracts", "value": items[:min(top, len(items))]}
	if len(items) > top {
		next := url.Values{"$skiptoken": {base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(skip + top)))}}
		if c.query.Has("$top") {
			next.Set("$top", c.query.Get("$top"))
		}
		body["@odata.nextLink"] = c.origin + "/v1.0/contracts?" + next.Encode()
	}
	return jsonAnswer(http.StatusOK, body)
}

// parseSkip reads how many items came on the pages before.
func parseSkip(text string) (n int, ok bool) {
	if text == "" {
		return 0, true
	}
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, false
	}
	n, err = strconv.Atoi(string(data))
	return n, err == nil && n >= 0
}
