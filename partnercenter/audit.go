package partnercenter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"
	"time"

	"github.com/cspkit/cspkit/auth"
	"github.com/cspkit/cspkit/internal/guid"
)

// AuditReach is how far back the service shows audit records.
//
// Source: https://learn.microsoft.com/partner-center/developer/get-a-record-of-partner-center-activity-by-user
const AuditReach = 90 * day

// AuditRecordsResource has no budget of ours, as Microsoft publishes none; it
// only pauses when the service answers 429.
const AuditRecordsResource Resource = "auditrecords"

// auditDefault is how far back it looks if nobody says.
const auditDefault = 30 * day

const day = 24 * time.Hour

// AuditQuery says which audit records to list. The zero value asks for those
// of the last 30 days.
//
// At most one of Customer, Company and ResourceType may be set: how the
// service combines several filters is UNCONFIRMED.
type AuditQuery struct {
	Since        time.Time     // operations at this moment or later; zero means the service's 30 days. At most 90 days (UTC) back
	Until        time.Time     // operations before this moment; zero means all until now
	Customer     string        // tenant id of the customer
	Company      string        // a part of the customer's name, in any letter case
	ResourceType AuditResource // what the operation was about
}

// AuditRecords yields what Partner Center recorded of the operations of the
// partner's users and apps, in the order of Partner Center. A record may show
// some time after its operation. Those of a customer whose relationship has
// ended are there, too.
//
// A query that cannot be answered ends with an error that matches
// [ErrValidation], and nothing is sent: one that goes back more than
// [AuditReach], and one with more than one filter. Not available in 21Vianet.
// Whether the service records what Microsoft itself does, such as the expiry
// of a subscription, is UNCONFIRMED.
//
// Source: GET /v1/auditrecords,
// https://learn.microsoft.com/partner-center/developer/get-a-record-of-partner-center-activity-by-user
func (c *Client) AuditRecords(ctx context.Context, q AuditQuery) iter.Seq2[*AuditRecord, error] {
	return func(yield func(*AuditRecord, error) bool) {
		r, err := q.request(time.Now())
		if err != nil {
			yield(nil, err)
			return
		}
		for record, err := range All[*AuditRecord](ctx, c, r) {
			if err == nil && !q.wants(record) {
				continue
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// request returns the call that answers the query, as asked at the time now.
func (q AuditQuery) request(now time.Time) (Request, error) {
	r := Request{Operation: "listing audit records", Resource: AuditRecordsResource, NotIn: []string{auth.China().Name}, Path: Path("auditrecords"), Query: url.Values{"size": {"500"}}}
	today := dayOf(now)
	first := dayOf(q.Since)
	switch {
	case q.Since.IsZero():
		first = today.Add(-auditDefault)
	case first.Before(today.Add(-AuditReach)):
		return r, r.invalid("Partner Center shows audit records of the last 90 days: Since must not be before %s, and is %s: %w",
			today.Add(-AuditReach).Format(time.DateOnly), first.Format(time.DateOnly), ErrValidation)
	default:
		r.Query.Set("startDate", first.Format(time.DateOnly))
	}
	if !q.Until.IsZero() {
		last := dayOf(q.Until.Add(-1))
		switch {
		case q.Since.IsZero() && last.Before(first):
			return r, r.invalid("the service looks 30 days back, and Until is before that: set Since, too: %w", ErrValidation)
		case !q.Since.IsZero() && !q.Until.After(q.Since):
			return r, r.invalid("Until must be after Since: %w", ErrValidation)
		case last.Before(today):
			// Whether the service counts the whole of the last day is
			// UNCONFIRMED, so the next one is named; wants drops what is too much.
			r.Query.Set("endDate", last.Add(day).Format(time.DateOnly))
		}
	}
	filter, err := q.filter()
	if err != nil {
		return r, r.invalid("%w: %w", err, ErrValidation)
	}
	if filter != "" {
		r.Query.Set("filter", filter)
	}
	return r, nil
}

// dayOf returns the start of t's day in UTC.
func dayOf(t time.Time) time.Time { return t.UTC().Truncate(day) }

// filter returns the filter in the form of the service, or "".
//
// Source: https://learn.microsoft.com/partner-center/developer/get-a-record-of-partner-center-activity-by-user
func (q AuditQuery) filter() (string, error) {
	type filter struct{ Field, Value, Operator string }
	var filters []filter
	if q.Customer != "" {
		if !guid.Valid(q.Customer) {
			return "", fmt.Errorf("a customer is named by its tenant id, a GUID, not %.60q", q.Customer)
		}
		filters = append(filters, filter{"CustomerId", q.Customer, "equals"})
	}
	if q.Company != "" {
		filters = append(filters, filter{"CompanyName", q.Company, "substring"})
	}
	if q.ResourceType != "" {
		filters = append(filters, filter{"ResourceType", string(q.ResourceType), "equals"})
	}
	switch len(filters) {
	case 0:
		return "", nil
	case 1:
		text, err := json.Marshal(filters[0])
		return string(text), err
	default:
		return "", errors.New("only one of Customer, Company and ResourceType can be asked for at once")
	}
}

// wants reports whether the record is one that was asked for: the service is
// asked by the day, and its filters are its own to honour. Which part of a name
// it finds is left to the service.
func (q AuditQuery) wants(r *AuditRecord) bool {
	at := r.OperationDate
	switch {
	case !at.IsZero() && at.Before(q.Since):
		return false
	case !at.IsZero() && !q.Until.IsZero() && !at.Before(q.Until):
		return false
	case q.Customer != "" && !strings.EqualFold(r.CustomerID, q.Customer):
		return false
	}
	return q.ResourceType == "" || r.ResourceType.Is(q.ResourceType)
}
