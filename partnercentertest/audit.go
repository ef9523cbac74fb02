package partnercentertest

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// UserName is the person behind app+user tokens, as audit records name it. A
// test can look for it where it should not be.
const UserName = "admin.agent@partner.example"

// AuditRecord is what Partner Center recorded of an operation. The server
// records its own writes; [Server.Record] adds others.
type AuditRecord struct {
	ID            string // "" is left out of answers
	Date          time.Time
	CustomerID    string
	CustomerName  string // "" = that of the customer
	UserName      string
	ApplicationID string
	ResourceType  string
	OldValue      string // JSON text of the resource; "" = null
	NewValue      string // likewise
	Operation     string
	Status        string // "" = succeeded
	CorrelationID string // "" is left out of answers
}

// audited is a record with the time from which it shows.
type audited struct {
	AuditRecord
	shows time.Time
}

// Record adds audit records as they are, which show at once: those of another
// person or program, or such as the server does not make itself. A zero Date
// is now.
func (s *Server) Record(records ...AuditRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		if r.Date.IsZero() {
			r.Date = s.now()
		}
		s.audit(r, time.Time{})
	}
}

func (s *Server) audit(r AuditRecord, shows time.Time) {
	r.Status = cmp.Or(r.Status, "succeeded")
	if a := s.account(r.CustomerID); a != nil {
		r.CustomerName = cmp.Or(r.CustomerName, a.c.Company)
	}
	s.audits = append(s.audits, audited{r, shows})
}

// note records a write that took effect at a time. The values are the resource
// before and after it; nil is none.
func (s *Server) note(c *call, a *account, at time.Time, operation, resource string, before, after any) {
	r := AuditRecord{
		ID: newGUID(), Date: at, CustomerID: a.c.ID, ApplicationID: ClientID, Operation: operation,
		ResourceType: resource, OldValue: jsonText(before), NewValue: jsonText(after), CorrelationID: c.header.Get("MS-CorrelationId"),
	}
	if c.token.user {
		r.UserName = UserName
	}
	s.audit(r, at.Add(s.Delays.Audit))
}

// jsonText writes a resource as audit records hold it: JSON inside a string.
func jsonText(v any) string {
	if v == nil {
		return ""
	}
	data, _ := json.Marshal(v)
	return string(data)
}

func (r AuditRecord) json() map[string]any {
	out := map[string]any{
		"partnerId": TenantID, "customerId": r.CustomerID, "customerName": r.CustomerName, "userPrincipalName": r.UserName,
		"applicationId": r.ApplicationID, "resourceType": r.ResourceType, "resourceOldValue": nil, "resourceNewValue": nil,
		"operationType": r.Operation, "operationDate": date(r.Date), "operationStatus": r.Status,
		"customizedData": []any{}, "attributes": map[string]any{"objectType": "AuditRecord"},
	}
	for name, text := range map[string]string{
		"id": r.ID, "originalCorrelationId": r.CorrelationID, "resourceOldValue": r.OldValue, "resourceNewValue": r.NewValue,
	} {
		if text != "" {
			out[name] = text
		}
	}
	return out
}

// auditQuery is what a list of audit records was asked for. A continuation
// carries it, so that only the link of the page before leads on.
type auditQuery struct {
	Start, End   time.Time // End is the first moment that is not asked for
	Field, Value string    // the filter, in lower case
	Size, After  int       // After is how many records the pages before went through
}

// listAudit answers GET /v1/auditrecords, a page at a time. That endDate counts
// as a whole day is not documented.
func (s *Server) listAudit(c *call, _ *account, _ []string) *answer {
	for k := range c.query {
		switch k {
		case "startDate", "endDate", "size", "filter", "seekOperation":
		default:
			return unsupported(c)
		}
	}
	q, why := s.auditQuery(c)
	if why != "" {
		return refuse(http.StatusBadRequest, "3000", why)
	}
	if q.After == endOfList {
		return refuse(http.StatusBadRequest, "2000", "There are no more items.")
	}
	var items []any
	more := false
	for i := q.After; i < len(s.audits); i++ {
		r := s.audits[i]
		if r.shows.After(c.now) || !q.matches(r.AuditRecord) {
			continue
		}
		if more = len(items) == q.Size; more {
			break
		}
		items = append(items, r.json())
		q.After = i + 1
	}
	self := "size=" + strconv.Itoa(q.Size)
	body := collection(items, "/auditrecords?"+self)
	if !more && s.EndOfListCode {
		q.After, more = endOfList, true
	}
	if more {
		next := link("/auditrecords?" + self + "&seekOperation=Next")
		next["headers"] = []any{map[string]any{"key": "MS-ContinuationToken", "value": q.continuation()}}
		body["links"].(map[string]any)["next"] = next
	}
	return jsonAnswer(http.StatusOK, body).withBOM()
}

// auditQuery reads what is asked for, or says why it cannot be answered.
func (s *Server) auditQuery(c *call) (q auditQuery, why string) {
	if c.query.Has("seekOperation") {
		q, ok := parseAuditContinuation(c.header.Get("MS-ContinuationToken"))
		if !ok || c.query.Get("seekOperation") != "Next" {
			return q, "The continuation needs seekOperation=Next and the header MS-ContinuationToken of the page before."
		}
		return q, ""
	}
	most := s.PageSize
	if most <= 0 {
		most = 500
	}
	q.Size = most
	if text := c.query.Get("size"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return q, "The property size is invalid."
		}
		if n > 0 {
			q.Size = min(n, most)
		}
	}
	if why := q.days(c.query, c.now.UTC().Truncate(day)); why != "" {
		return q, why
	}
	if c.query.Has("filter") {
		return q, q.filter(c.query.Get("filter"))
	}
	return q, ""
}

// days reads the dates, which are days in UTC.
func (q *auditQuery) days(query url.Values, today time.Time) (why string) {
	q.Start, q.End = today.Add(-30*day), today.Add(day)
	for name, to := range map[string]*time.Time{"startDate": &q.Start, "endDate": &q.End} {
		if !query.Has(name) {
			continue
		}
		t, err := time.Parse(time.DateOnly, query.Get(name))
		if err != nil {
			return "The property " + name + " is invalid: write it as yyyy-mm-dd."
		}
		if *to = t; name == "endDate" {
			q.End = t.Add(day)
		}
	}
	switch {
	case q.Start.Before(today.Add(-90 * day)):
		return "The property startDate is invalid: it is more than 90 days back."
	case !q.Start.Before(q.End):
		return "The property endDate is invalid: it is before startDate."
	}
	return ""
}

// auditOperators are the fields that a filter may name, each with its operator.
var auditOperators = map[string]string{"companyname": "substring", "customerid": "equals", "resourcetype": "equals"}

// filter reads a filter such as {"Field":"CustomerId","Value":"…","Operator":"equals"}.
func (q *auditQuery) filter(text string) (why string) {
	f, err := decodeObject([]byte(text))
	if err != nil {
		return "The property filter is invalid: " + err.Error()
	}
	get := func(name string) string {
		text, _ := f[name].(string)
		return strings.ToLower(text)
	}
	q.Field, q.Value = get("field"), get("value")
	switch operator := auditOperators[q.Field]; {
	case len(f) != 3 || q.Value == "":
		return "The property filter is invalid: it needs a Field, a Value and an Operator."
	case operator == "":
		return "The property filter is invalid: audit records are filtered by CompanyName, CustomerId or ResourceType."
	case operator != get("operator"):
		return "The property filter is invalid: the operator of " + q.Field + " is " + operator + "."
	}
	return ""
}

func (q *auditQuery) matches(r AuditRecord) bool {
	if r.Date.Before(q.Start) || !r.Date.Before(q.End) {
		return false
	}
	switch q.Field {
	case "companyname":
		return strings.Contains(strings.ToLower(r.CustomerName), q.Value)
	case "customerid":
		return strings.ToLower(r.CustomerID) == q.Value
	case "resourcetype":
		return strings.ToLower(r.ResourceType) == q.Value
	}
	return true
}

// continuation returns the opaque text that leads to the next page.
func (q auditQuery) continuation() string {
	data, _ := json.Marshal(q)
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "audit;%s", data))
}

func parseAuditContinuation(text string) (q auditQuery, ok bool) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return q, false
	}
	inner, ok := strings.CutPrefix(string(data), "audit;")
	if !ok || json.Unmarshal([]byte(inner), &q) != nil {
		return q, false
	}
	return q, q.Size > 0 && q.After >= endOfList
}
